"""What people said: events that only grow, and the current answers that they come to."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from skal.exceptions import StoreError
from skal.labeling._schema import ANSWERS, current, event, item, lease, wish

CLASS_ID = re.compile(r"class:\d+")
LONGEST = 10_000  # characters of a key, a name, a note: nothing that a person types


@dataclass(frozen=True)
class Event:
    """What happened, as the store keeps it.

    Attributes
    ----------
    id : int
        Events count upwards in the order in which they became visible.
    item : int or None
        None where the event is about a class.
    annotator : str
    action : str
        ``"label"``, ``"skip"``, ``"unsure"``, ``"undo"`` or ``"class"``.
    label : str or None
        The name that the class has today.
    at : float
        Seconds since 1970.
    request : str
        What the caller named it by.
    seconds : float or None
        How long the person looked.
    undoes : int or None
        The event that this one takes back.
    model : int or None
        The round whose suggestion was shown.
    suggested : str or None
        The class that was suggested.
    note : str or None
    """

    id: int
    item: int | None
    annotator: str
    action: str
    label: str | None
    at: float
    request: str
    seconds: float | None = None
    undoes: int | None = None
    model: int | None = None
    suggested: str | None = None
    note: str | None = None


def text(value: Any, name: str) -> str:
    """Return a text that every home can keep, or refuse it."""
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST or "\0" in value:
        raise StoreError(f"`{name}` must be a text of 1 to {LONGEST:,} characters, got {value!r}.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise StoreError(f"`{name}` must be valid Unicode, got {value!r}; rename it.") from None
    return value


def whole(value: Any, name: str) -> int:
    """Return a number as Python's own: drivers refuse those of NumPy."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise StoreError(f"`{name}` must be a whole number, got {value!r}.")
    return int(value)


# ---------------------------------------------------------------- classes


CLASSES = sa.select(event.c.label, event.c.note).where(event.c.item.is_(None)).order_by("id")


def classes(conn: Connection, until: int | None = None) -> dict[str, str]:
    """Return the names of all classes by id, in the order in which they were added."""
    query = CLASSES if until is None else CLASSES.where(event.c.id <= until)
    return {id_: name for id_, name in conn.execute(query)}  # a later name replaces


def class_id(names: Mapping[str, str], label: str, what: str = "label") -> str:
    """Return the id of a class that is told by its id or by its name."""
    if label in names:
        return label
    for id_, name in names.items():
        if name == label:
            return id_
    known = ", ".join(map(repr, names.values())) or "none"
    raise StoreError(f"`{what}` must be a class of the store ({known}), got {label!r}; add it.")


def name_class(
    conn: Connection, annotator: str, name: str, at: float, request: str, id_: str | None = None
) -> str:
    """Add a class, or give one another name; return its id."""
    if (first := by_request(conn, request)) is not None:
        return first.label
    names = classes(conn)
    text(name, "name")
    if CLASS_ID.fullmatch(name):
        raise StoreError(
            f"`name` must not look like the id of a class, got {name!r}; take another."
        )
    if id_ is not None and id_ not in names:
        raise StoreError(f"`id` must be one of {list(names)}, got {id_!r}.")
    if name in names.values() and names.get(id_ or "") != name:
        raise StoreError(
            f"`name` must be new, got {name!r}, which another class has; take another."
        )
    id_ = f"class:{len(names)}" if id_ is None else id_
    _append(conn, annotator=annotator, action="class", label=id_, note=name, at=at, request=request)
    return id_


# ---------------------------------------------------------------- answers


BY_REQUEST = sa.select(event).where(event.c.request == sa.bindparam("request"))
BY_ID = sa.select(event).where(event.c.id == sa.bindparam("of"))
IS_ITEM = sa.select(item.c.id).where(item.c.id == sa.bindparam("of"))
LATER = event.alias()
# Statements are built once: to build one takes longer than to run it.
STANDS = event.c.action.in_(ANSWERS) & ~sa.exists().where(LATER.c.undoes == event.c.id)
NEWEST = sa.select(event).where(STANDS, event.c.annotator == sa.bindparam("me"))
NEWEST_OF_ITEM = NEWEST.where(event.c.item == sa.bindparam("of"))
NEWEST, NEWEST_OF_ITEM = (q.order_by(event.c.id.desc()).limit(1) for q in (NEWEST, NEWEST_OF_ITEM))
STANDS_STILL = NEWEST.where(event.c.id == sa.bindparam("of"))
FORGET, GIVE_BACK = (
    sa.delete(t).where(t.c.item == sa.bindparam("of"), t.c.annotator == sa.bindparam("me"))
    for t in (current, lease)
)
LABELS = (
    sa.select(sa.func.count())
    .where(current.c.item == sa.bindparam("of"), current.c.action == "label")
    .scalar_subquery()
)
COUNT, COUNT_WISH = (
    sa.update(t).where(id_ == sa.bindparam("of")).values(answers=LABELS)
    for t, id_ in ((item, item.c.id), (wish, wish.c.item))
)


def by_request(conn: Connection, request: str) -> Row | None:
    return conn.execute(BY_REQUEST, {"request": request}).one_or_none()


def _append(conn: Connection, **values: Any) -> int:
    # Not INSERT OR IGNORE, which passes over a failed CHECK too and acknowledges a lost answer.
    if conn.dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert
    else:
        from sqlalchemy.dialects.postgresql import insert  # type: ignore[assignment]
    rows = insert(event).on_conflict_do_nothing(index_elements=["request"])
    return conn.execute(rows.returning(event.c.id), values).scalar_one()


def record(
    conn: Connection,
    annotator: str,
    item_id: int,
    action: str,
    *,
    at: float,
    request: str,
    label: str | None,
    suggested: str | None,
    **values: Any,
) -> Row:
    """Append an answer, once however often its request arrives."""
    if (first := by_request(conn, request)) is not None:
        return _same(first, annotator, request)
    item_id = whole(item_id, "item")
    if values["model"] is not None:
        values["model"] = whole(values["model"], "model")
    if conn.execute(IS_ITEM, {"of": item_id}).first() is None:
        raise StoreError(f"`item` must be an item of the store, got {item_id!r}; add it first.")
    if label is not None or suggested is not None:
        names = classes(conn)
        label = None if label is None else class_id(names, label)
        suggested = None if suggested is None else class_id(names, suggested, "suggested")
    values |= {"annotator": annotator, "item": item_id, "action": action, "label": label}
    id_ = _append(conn, **values, suggested=suggested, at=at, request=request)
    made = conn.execute(BY_ID, {"of": id_}).one()
    settle(conn, item_id, annotator, made)
    conn.execute(GIVE_BACK, {"of": item_id, "me": annotator})
    return made


def undo(
    conn: Connection, annotator: str, *, at: float, request: str, event_id: int | None, hold: float
) -> Row | None:
    """Take back one's newest answer, or the one that is named; the item returns to its author."""
    if (first := by_request(conn, request)) is not None:
        return _same(first, annotator, request)
    event_id = None if event_id is None else whole(event_id, "event")
    query = NEWEST if event_id is None else STANDS_STILL
    target = conn.execute(query, {"me": annotator, "of": event_id}).one_or_none()
    if target is None:
        if event_id is None:
            return None
        raise StoreError(
            f"`event` must be an answer of {annotator!r} that still stands, got {event_id!r}."
        )
    mine = {"of": target.item, "me": annotator}
    values = {"annotator": annotator, "item": target.item, "undoes": target.id}
    id_ = _append(conn, **values, action="undo", at=at, request=request)
    settle(conn, target.item, annotator, conn.execute(NEWEST_OF_ITEM, mine).one_or_none())
    conn.execute(GIVE_BACK, mine)
    held = {"item": target.item, "annotator": annotator, "until": at + hold}
    conn.execute(sa.insert(lease), held)
    return conn.execute(BY_ID, {"of": id_}).one()


def _same(first: Row, annotator: str, request: str) -> Row:
    if first.annotator != annotator:
        raise StoreError(f"`request` must be new, got {request!r}, which somebody else has used.")
    return first


def settle(conn: Connection, item_id: int, annotator: str, stands: Row | None) -> None:
    """Say in `current` what now stands, and count again what depends on it."""
    conn.execute(FORGET, {"of": item_id, "me": annotator})
    if stands is not None:
        values = {"event": stands.id, "action": stands.action, "label": stands.label}
        conn.execute(sa.insert(current), {"item": item_id, "annotator": annotator, **values})
    conn.execute(COUNT, {"of": item_id})
    conn.execute(COUNT_WISH, {"of": item_id})


def newest(until: int | None = None) -> sa.Select:
    """Find the answers that stand: each person's last to each item, as of event `until`."""
    later = event.alias()
    undone = later.c.undoes == event.c.id
    query = sa.select(sa.func.max(event.c.id)).group_by(event.c.item, event.c.annotator)
    if until is not None:
        query, undone = query.where(event.c.id <= until), undone & (later.c.id <= until)
    return query.where(event.c.action.in_(ANSWERS), ~sa.exists().where(undone))


def rebuild(conn: Connection) -> None:
    """Make `current` again from all events."""
    conn.execute(sa.delete(current))
    columns = (event.c.item, event.c.annotator, event.c.id, event.c.action, event.c.label)
    answers = sa.select(*columns).where(event.c.id.in_(newest()))
    conn.execute(
        sa.insert(current).from_select(["item", "annotator", "event", "action", "label"], answers)
    )
    for table, id_ in ((item, item.c.id), (wish, wish.c.item)):
        of_item = (current.c.item == id_) & (current.c.action == "label")
        n = sa.select(sa.func.count()).select_from(current).where(of_item).scalar_subquery()
        conn.execute(sa.update(table).values(answers=n))


def duration(seconds: float | None) -> float | None:
    """Return seconds that somebody can have needed, or None where they are not known."""
    if seconds is None or seconds != seconds:  # NaN
        return None
    if not (isinstance(seconds, Real) and 0 <= seconds < math.inf):
        raise StoreError(f"`seconds` must be at least 0, or None, got {seconds!r}.")
    return float(seconds)
