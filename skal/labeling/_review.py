"""What is worth another look: where people disagree, what a model doubts, one's own answers."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from skal.labeling._snapshot import Snapshot, settled
from skal.labeling._tasks import Asking

__all__ = ["review"]

Found = tuple[int, str, tuple[str, float] | None]  # item, reason, suggestion
KINDS = ("conflicts", "suspects", "own")
MOST = 200  # items of a list that a person works through


def review(
    session: Asking, kind: str, annotator: str | None, suspected: Iterable[tuple[int, str, float]]
) -> list[dict[str, Any]]:
    """List items with all that was said of them."""
    if kind not in KINDS:
        raise ValueError(f"`kind` must be one of {', '.join(map(repr, KINDS))}, got {kind!r}.")
    table = session.store.current()
    if kind == "own":
        if annotator is None:
            raise ValueError("`annotator` must be named for kind='own', got None; say whose.")
        mine = np.flatnonzero(table["annotator"] == annotator)[::-1]
        found: list[Found] = [(item, "", None) for item in table["item"][mine].tolist()]
    elif kind == "conflicts":
        found = _conflicts(session)
    else:
        found = [
            (item, f"the model takes it for {name} ({p:.0%})", (name, p))
            for item, name, p in suspected
        ]
    answers: dict[int, list[dict[str, Any]]] = {}
    columns = ("annotator", "label", "action", "at", "seconds")
    rows = zip(table["item"].tolist(), *(table[c].tolist() for c in columns), strict=True)
    for item, *values in rows:
        answers.setdefault(item, []).append(dict(zip(columns, values, strict=True)))
    return [
        {
            "item": item,
            "key": (task := session.task(item)).key,
            "view": task.view,
            "reason": reason,
            "answers": answers.get(item, []),
            "suggestion": suggestion,
        }
        for item, reason, suggestion in found[:MOST]
    ]


def _conflicts(session: Asking) -> list[Found]:
    """Find what people answered differently, what no policy could settle first."""
    snapshot = Snapshot.taken(session.store, session.store.last_event)
    found = settled(snapshot, session._settings.policy)
    open_ones, label = set(found.open_conflicts.tolist()), dict(found.pairs())
    weight = dict(zip(found.item.tolist(), found.weight.tolist(), strict=True))
    order = sorted(found.conflicts.tolist(), key=lambda i: (i not in open_ones, weight.get(i, 0)))
    said: list[Found] = []
    for item in order:
        if item in open_ones:
            said.append((item, "people disagree, and no answer prevails", None))
        else:
            name = snapshot.classes[label[item]]
            said.append((item, f"people disagree; it counts as {name}", (name, weight[item])))
    return said
