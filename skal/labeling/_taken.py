"""What is taken out of a session: its answers as tables that others read."""

from typing import Any

from skal.labeling._snapshot import Snapshot, settled
from skal.labeling._tasks import Asking

__all__ = ["answer_table", "settled_table"]

Table = dict[str, list[Any]]


def answer_table(session: Asking, *, of_pool: bool) -> Table:
    """Give every current answer, in the order in which they came; with `of_pool` see `_of_pool`."""
    said, digests = session.store.current(), _digests(session)
    columns = ("key", "label", "annotator", "at", "seconds", "action")
    table = {name: said[name].tolist() for name in columns}
    table["round"] = [None if model < 0 else model for model in said["model"].tolist()]
    table["sha256"] = [digests.get(key) for key in table["key"]]
    return _of_pool(session, said["item"].tolist(), table) if of_pool else table


def settled_table(session: Asking) -> Table:
    """Give one label an item, by the policy of the session."""
    snapshot = Snapshot.taken(session.store, session.store.last_event)
    found, digests = settled(snapshot, session._settings.policy), _digests(session)
    keys = [session._known.key(item) for item in found.item.tolist()]
    table = {
        "key": keys,
        "label": [snapshot.classes[id_] for id_ in found.label.tolist()],
        "confidence": found.weight.tolist(),
        "sha256": [digests.get(key) for key in keys],
    }
    return _of_pool(session, found.item.tolist(), table)


def _of_pool(session: Asking, items: list[int], table: Table) -> Table:
    """Name items as the pool does today, which some moved in, and leave out what it cannot show."""
    gone = set(session._known.gone())
    here = [k for k, item in enumerate(items) if item not in gone]
    table["key"] = [str(session.items.keys[session._row(item)]) for item in items]
    return {name: [values[k] for k in here] for name, values in table.items()}


def _digests(session: Asking) -> dict[str, str | None]:
    table = session.store.items()
    return dict(zip(table["key"].tolist(), table["digest"].tolist(), strict=True))
