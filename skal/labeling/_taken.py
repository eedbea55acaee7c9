"""What is taken out of a session: its answers as tables that others read."""

from typing import Any

from skal.labeling._snapshot import Snapshot, settled
from skal.labeling._tasks import Asking

__all__ = ["answer_table", "settled_table"]

Table = dict[str, list[Any]]


def answer_table(session: Asking) -> Table:
    """Give every current answer, in the order in which they came."""
    said, digests = session.store.current(), _digests(session)
    columns = ("key", "label", "annotator", "at", "seconds", "action")
    table = {name: said[name].tolist() for name in columns}
    table["round"] = [None if model < 0 else model for model in said["model"].tolist()]
    table["sha256"] = [digests.get(key) for key in table["key"]]
    return table


def settled_table(session: Asking) -> Table:
    """Give one label an item, by the policy of the session."""
    snapshot = Snapshot.taken(session.store, session.store.last_event)
    found, digests = settled(snapshot, session._settings.policy), _digests(session)
    keys = [session._known.key(item) for item in found.item.tolist()]
    return {
        "key": keys,
        "label": [snapshot.classes[id_] for id_ in found.label.tolist()],
        "confidence": found.weight.tolist(),
        "sha256": [digests.get(key) for key in keys],
    }


def _digests(session: Asking) -> dict[str, str | None]:
    table = session.store.items()
    return dict(zip(table["key"].tolist(), table["digest"].tolist(), strict=True))
