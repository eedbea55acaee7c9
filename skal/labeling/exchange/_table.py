"""Answers as a table: what every format writes and reads."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skal.labeling._items import Items
from skal.labeling._votes import is_missing

__all__ = [
    "ACTIONS",
    "COLUMNS",
    "Matched",
    "as_items",
    "as_table",
    "instant_of",
    "listed",
    "match_items",
    "settled",
    "written_instant",
]

COLUMNS = ("key", "label", "annotator", "at", "seconds", "action", "confidence", "round", "sha256")
ACTIONS = ("label", "skip", "unsure")
NUMBERS = ("seconds", "confidence")
SHOWN = 5  # names in a message

Table = dict[str, list[Any]]


class Matched(NamedTuple):
    """Where the entries of a table stand in a pool.

    Attributes
    ----------
    rows : int array of shape (n_entries,)
        -1 where the pool has no such key.
    unknown : list of str
        Keys that the pool does not have, each once.
    """

    rows: NDArray[np.intp]
    unknown: list[str]


def as_table(columns: Mapping[str, Any]) -> Table:
    """Check a table and fill it up: every column of `COLUMNS`, None where nothing is known."""
    unknown = sorted(set(columns) - set(COLUMNS))
    if unknown or "key" not in columns or "label" not in columns:
        raise ValueError(
            f"a table must have the columns key and label, and of {', '.join(COLUMNS)} what is "
            f"known, got {', '.join(map(str, columns)) or 'none'}; leave others out."
        )
    n = len(columns["key"])
    table: Table = {}
    for name in COLUMNS:
        given = columns.get(name)
        values = [None] * n if given is None else [_plain(value) for value in given]
        if len(values) != n:
            raise ValueError(
                f"`{name}` must hold one entry an answer, got {len(values)} for {n} keys."
            )
        table[name] = values
    table["key"] = [str(key) for key in table["key"]]
    table["label"] = [None if label is None else str(label) for label in table["label"]]
    table["at"] = [instant_of(value) for value in table["at"]]
    for name in NUMBERS:
        table[name] = [_number(name, value) for value in table[name]]
    table["round"] = [None if value is None else int(value) for value in table["round"]]
    table["action"] = [
        _action(action, label) for action, label in zip(table["action"], table["label"])
    ]
    return table


def settled(columns: Mapping[str, Any]) -> Table:
    """Take the labels of a table, one a key; refuse two."""
    table = as_table(columns)
    place: dict[str, int] = {}
    for at, (key, label) in enumerate(zip(table["key"], table["label"])):
        if label is None:
            continue
        if key in place and table["label"][place[key]] != label:
            raise ValueError(
                f"this format must have one label a key, got {table['label'][place[key]]!r} and "
                f"{label!r} for {key!r}; aggregate the answers first, or export CSV."
            )
        place.setdefault(key, at)
    return {name: [values[at] for at in place.values()] for name, values in table.items()}


def match_items(columns: Mapping[str, Any], pool: Any) -> Matched:
    """Find the items of a pool that a table speaks of.

    Parameters
    ----------
    columns : dict of columns
        With ``key``; where it has ``sha256``, the content is compared too.
    pool : Items or anything that Items takes

    Returns
    -------
    Matched
        ``rows`` of the pool, -1 where it has no such key, and the ``unknown`` keys, each once.

    Raises
    ------
    ValueError
        If the content of an item is another than the one that was labelled.

    Examples
    --------
    >>> from skal.labeling.exchange import match_items
    >>> match_items({"key": ["1", "7"], "label": ["spam", "spam"]}, ["a text", "another"])
    Matched(rows=array([ 1, -1]), unknown=['7'])
    """
    items, table = as_items(pool), as_table(columns)
    told = {key: digest for key, digest in zip(table["key"], table["sha256"]) if digest}
    row_of = {key: row for row, key in enumerate(items.keys.tolist())}
    others = [
        key for key, digest in told.items() if key in row_of and items.digest(row_of[key]) != digest
    ]
    if others:
        raise ValueError(
            f"items must be what was labelled, got another content for {listed(others)}; leave "
            "them out, or drop the column sha256 if the change does not matter."
        )
    rows = np.array([row_of.get(key, -1) for key in table["key"]], dtype=np.intp)
    return Matched(rows, [*dict.fromkeys(key for key in table["key"] if key not in row_of)])


def as_items(pool: Any) -> Items:
    """Give the items of a pool."""
    return pool if isinstance(pool, Items) else Items(pool)


def listed(names: list[str]) -> str:
    """Name a few of many."""
    more = len(names) - SHOWN
    return ", ".join(map(repr, names[:SHOWN])) + (f" and {more} more" if more > 0 else "")


def instant_of(value: Any) -> float | None:
    """Read seconds since 1970, or a time as ISO 8601 writes it; without a zone it is UTC."""
    if value is None or value == "":
        return None
    try:
        return float(value)
    except ValueError:
        pass
    try:
        when = datetime.fromisoformat(str(value))
    except ValueError:
        raise ValueError(
            f"`at` must be seconds since 1970 or a time such as 2026-01-31T12:00:00Z, got "
            f"{value!r}."
        ) from None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def written_instant(at: float | None) -> str | None:
    """Write seconds since 1970 as ISO 8601, in UTC."""
    if at is None:
        return None
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


def _plain(value: Any) -> Any:
    value = value.item() if isinstance(value, np.generic) else value
    return None if is_missing(value) or value == "" else value


def _number(name: str, value: Any) -> float | None:
    if value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError(f"`{name}` must be numbers, got {value!r}; leave it empty.") from None


def _action(action: Any, label: str | None) -> str:
    if action is None:
        return "skip" if label is None else "label"
    if action not in ACTIONS or (action == "label") == (label is None):
        raise ValueError(
            "`action` must be 'label' where there is a label, else 'skip' or 'unsure', got "
            f"{action!r} for the label {label!r}."
        )
    return action
