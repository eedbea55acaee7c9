"""Answers of another tool as answers of a store."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from skal.labeling._store import LabelStore
from skal.labeling.exchange._table import as_table, listed

__all__ = ["Recorded", "record_answers"]


class Recorded(NamedTuple):
    """What became of answers that were taken into a store.

    Attributes
    ----------
    n_new : int
        Answers that the store did not have.
    unknown : list of str
        Keys that the store does not have, each once.
    """

    n_new: int
    unknown: list[str]


def record_answers(
    store: LabelStore,
    table: Mapping[str, Any],
    *,
    annotator: str = "import",
    add_classes: bool = False,
) -> Recorded:
    """Take answers of another tool into a store; the same table twice changes nothing.

    Parameters
    ----------
    store : LabelStore
        Such as ``session.store``.
    table : dict of columns
        As `read_labels` gives it, in the order of time.
    annotator : str, default="import"
        Whose answers they are where the table does not say.
    add_classes : bool, default=False
        Add classes that the store does not have.

    Returns
    -------
    Recorded
        ``n_new`` answers, and ``unknown`` keys, which are left out.

    Raises
    ------
    ValueError
        If a class is not known, or the content of an item is not what was labelled; nothing is
        recorded then.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from skal.labeling import LabelStore
    >>> from skal.labeling.exchange import record_answers
    >>> answers = {"key": ["a.png", "z.png"], "label": ["cat", "cat"], "annotator": ["ben"] * 2}
    >>> with TemporaryDirectory() as folder, LabelStore(f"{folder}/pets.skal") as store:
    ...     store.setup(["cat", "dog"])
    ...     _ = store.add_items(["a.png", "b.png"])
    ...     print(record_answers(store, answers))
    ...     print(record_answers(store, answers))
    Recorded(n_new=1, unknown=['z.png'])
    Recorded(n_new=0, unknown=['z.png'])
    """
    answers, items = as_table(table), store.items()
    id_of = dict(zip(items["key"].tolist(), items["id"].tolist()))
    entries = [dict(zip(answers, values)) for values in zip(*answers.values())]
    unknown = [*dict.fromkeys(entry["key"] for entry in entries if entry["key"] not in id_of)]
    entries = [entry for entry in entries if entry["key"] in id_of]
    _check_content(entries, dict(zip(items["key"].tolist(), items["digest"].tolist())))
    names = dict.fromkeys(entry["label"] for entry in entries if entry["label"] is not None)
    new = [name for name in names if name not in store.classes.values()]
    if new and not add_classes:
        raise ValueError(
            f"labels must be classes of the store, got {listed(new)}; rename them in the table, or "
            "pass add_classes=True."
        )
    for name in new:
        store.add_class(annotator, name)
    before = store.last_event
    found = [_record(store, id_of[entry["key"]], entry, annotator) for entry in entries]
    return Recorded(sum(event > before for event in found), unknown)


def _record(store: LabelStore, item: int, entry: dict[str, Any], annotator: str) -> int:
    """Record one answer under a name that the same answer always has."""
    who = entry["annotator"] or annotator
    told = json.dumps([who, *(entry[name] for name in ("key", "action", "label", "at"))])
    return store.record(
        who,
        item,
        entry["action"],
        label=entry["label"],
        seconds=entry["seconds"],
        request=f"import-{hashlib.sha256(told.encode()).hexdigest()}",
    ).id


def _check_content(entries: list[dict[str, Any]], digests: Mapping[str, str | None]) -> None:
    others = [
        entry["key"]
        for entry in entries
        if entry["sha256"] and digests[entry["key"]] not in (None, entry["sha256"])
    ]
    if others:
        raise ValueError(
            f"items must be what was labelled, got another content for {listed(others)}; leave "
            "them out, or drop the column sha256 if the change does not matter."
        )
