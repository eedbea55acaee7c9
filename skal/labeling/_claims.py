"""Who is asked what: claims that no two people share by accident, and that end by themselves."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from skal.labeling._events import class_id, classes
from skal.labeling._schema import EXTRA, current, event, item, lease, look_again, wish


@dataclass(frozen=True)
class Wish:
    """What a model would like to know; wishes are told in order of rank.

    Attributes
    ----------
    item : int
    utility : float or None
        Larger is asked first; kept for people to see, the order decides.
    prediction : str or None
        The class that the model believes in, by name or id.
    confidence : float or None
        Its probability.
    why : dict
        What a page may tell of the choice; plain values that JSON knows.
    """

    item: int
    utility: float | None = None
    prediction: str | None = None
    confidence: float | None = None
    why: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Claim:
    """An item that somebody holds.

    Attributes
    ----------
    item : int
    key : str
    row : int
        Its place among all items at first sight.
    rank : int or None
        Its place in the latest queue; None where no model wished for it.
    utility : float or None
    model : int or None
        The round that wished for it.
    why : dict
    prediction : str or None
        Name of the class that the model believes in.
    confidence : float or None
    """

    item: int
    key: str
    row: int
    rank: int | None
    utility: float | None
    model: int | None
    why: dict[str, Any]
    prediction: str | None
    confidence: float | None


@dataclass(frozen=True)
class Claimant:
    """Who asks, when, and how many answers an item shall have."""

    annotator: str
    now: float
    answers_per_item: int
    overlap: float

    def told(self, **more: Any) -> dict[str, Any]:
        """Return the values of the parameters of the statements below."""
        shared = {"me": self.annotator, "now": self.now}
        return {**shared, "per_item": self.answers_per_item, "overlap": self.overlap, **more}


# ---------------------------------------------------------------- statements, built once
# To build one takes SQLAlchemy longer than SQLite needs to answer it.

ME = sa.bindparam("me", type_=sa.Text)
NOW = sa.bindparam("now", type_=sa.Double)
PER_ITEM = sa.bindparam("per_item", type_=sa.Integer)
OVERLAP = sa.bindparam("overlap", type_=sa.Double)
LEVEL = sa.bindparam("level", type_=sa.Integer)
LIMIT = sa.bindparam("n", type_=sa.Integer)
BUT = sa.bindparam("but", type_=sa.Integer, expanding=True)
IDS = sa.bindparam("ids", type_=sa.Integer, expanding=True)

LIVE = lease.c.until > NOW
MINE = lease.c.annotator == ME
OTHERS = (
    sa.select(sa.func.count())
    .select_from(lease)
    .where(lease.c.item == item.c.id, lease.c.annotator != ME, LIVE)
    .scalar_subquery()
)
WANTED = PER_ITEM + item.c.extra + sa.case((item.c.lot < OVERLAP, 1), else_=0)
OPEN = sa.and_(  # what a person may be given now
    item.c.present == 1,
    item.c.answers + OTHERS < WANTED,
    ~sa.exists().where(current.c.item == item.c.id, current.c.annotator == ME),
    ~sa.exists().where(lease.c.item == item.c.id, MINE, LIVE),
)


def _ranked(rank: sa.ColumnElement, *where: sa.ColumnElement[bool], of_wish: bool = False):
    query = sa.select(item.c.id, rank)
    query = query.join(wish, wish.c.item == item.c.id) if of_wish else query
    query = query.where(*where, item.c.id.not_in(BUT), OPEN).order_by(rank).limit(LIMIT)
    # FOR UPDATE is PostgreSQL's: there claims do not queue, they pass each other's rows by.
    return query.with_for_update(of=item, skip_locked=True, key_share=True)


WISHED = _ranked(wish.c.rank, wish.c.answers == LEVEL, of_wish=True)
NEW = _ranked(item.c.place, item.c.answers == LEVEL)  # and those that have some of many answers
SHARED = _ranked(item.c.lot, item.c.answers == PER_ITEM, item.c.lot < OVERLAP)
AGAIN = _ranked(item.c.place, EXTRA, item.c.answers > 0)
STILL = sa.select(item.c.id).where(item.c.id.in_(IDS), OPEN)
IN_HAND = (
    sa.select(item.c.id)
    .join(lease, lease.c.item == item.c.id)
    .outerjoin(wish, wish.c.item == item.c.id)
    .where(MINE, LIVE, item.c.present == 1, item.c.id.not_in(BUT))
    .order_by(wish.c.rank.is_(None), wish.c.rank, item.c.place)
    .limit(LIMIT)
)
ENDED = sa.delete(lease).where(MINE, lease.c.until <= NOW)
TEN = sa.select(sa.literal(1)).where(current.c.annotator == ME).limit(10).subquery()
STATE = sa.select(  # each the end of an index
    sa.select(sa.func.max(item.c.extra)).where(EXTRA).scalar_subquery().label("extra"),
    sa.select(sa.func.min(current.c.annotator)).scalar_subquery().label("first"),
    sa.select(sa.func.max(current.c.annotator)).scalar_subquery().label("last"),
    sa.select(sa.func.count()).select_from(TEN).scalar_subquery().label("so_far"),
    sa.select(sa.func.max(event.c.id)).scalar_subquery().label("event"),
)
DETAILS = (
    sa.select(
        *(item.c[name] for name in ("id", "key", "row")),
        *(wish.c[name] for name in ("rank", "utility", "model", "why")),
        *(wish.c[name] for name in ("prediction", "confidence")),
    )
    .outerjoin(wish, wish.c.item == item.c.id)
    .where(item.c.id.in_(IDS))
)


# ---------------------------------------------------------------- claims


def claim(
    conn: Connection, who: Claimant, k: int, seconds: float, skip: Sequence[int]
) -> list[Claim]:
    """Give a person up to `k` items: those in hand first, then what a model wishes."""
    conn.execute(ENDED, who.told())
    found = list(conn.execute(IN_HAND, who.told(n=k, but=skip)).scalars())
    if len(found) < k:
        new = _find(conn, who, k - len(found))
        if new:
            until = who.now + seconds
            rows = [{"item": i, "annotator": who.annotator, "until": until} for i in new]
            conn.execute(sa.insert(lease), rows)
        found += new
    if not found:
        return []
    by_id = {row.id: row for row in conn.execute(DETAILS, {"ids": found})}
    is_named = any(row.prediction for row in by_id.values())
    names = classes(conn) if is_named else {}
    return [_claim_of(by_id[id_], names) for id_ in found]


def _find(conn: Connection, who: Claimant, n: int) -> list[int]:
    """Find items for a person: some that colleagues began, then wished ones, then any."""
    state = conn.execute(STATE, who.told()).one()
    most = who.answers_per_item + (who.overlap > 0) + (state.extra or 0)
    # One who works alone has no use for the scan of what others began.
    is_alone = {state.first, state.last} <= {who.annotator, None}
    begun = [] if most == 1 or is_alone else _begun(who)
    # A newcomer's first ten tell how well they agree; after that every other item is new.
    quota = n if state.so_far < 10 else (n + (state.event or 0) % 2) // 2
    found = _take(conn, who, begun, quota) if begun else []
    wished = [(WISHED, {"level": level}) for level in range(most)]
    for sources in (wished, [(NEW, {"level": 0})], begun):
        if len(found) < n:
            found += _take(conn, who, sources, n - len(found), but=found)
    return found


Source = tuple[sa.Select, dict[str, int]]


def _begun(who: Claimant) -> list[Source]:
    """List where items are that have answers and want more: each part has an index."""
    some = [(NEW, {"level": level}) for level in range(1, who.answers_per_item)]
    return [*some, *([(SHARED, {})] if who.overlap > 0 else []), (AGAIN, {})]


def _take(
    conn: Connection, who: Claimant, sources: Sequence[Source], n: int, but: Sequence[int] = ()
) -> list[int]:
    """Take the first `n` open items of several sources, and lock them where rows can be."""
    if n == 0:
        return []
    found: list[tuple[Any, int]] = []
    for query, more in sources:
        rows = conn.execute(query, who.told(n=n, but=but, **more))
        found += [(rank, id_) for id_, rank in rows]
    ids = list(dict.fromkeys(id_ for _, id_ in sorted(found)))[:n]
    if ids and conn.dialect.name == "postgresql":
        # A row that was free when we locked it may have been leased since our snapshot.
        free = set(conn.execute(STILL, who.told(ids=ids)).scalars())
        lost = len(ids) - len(free)
        ids = [id_ for id_ in ids if id_ in free]
        if lost:
            ids += _take(conn, who, sources, lost, but=[*but, *ids])
    return ids


def _claim_of(row: Any, names: dict[str, str]) -> Claim:
    return Claim(
        row.id,
        row.key,
        row.row,
        row.rank,
        row.utility,
        row.model,
        json.loads(row.why or "{}"),
        names.get(row.prediction or ""),
        row.confidence,
    )


# ---------------------------------------------------------------- leases and wishes


def renew(
    conn: Connection, annotator: str, items: Collection[int], now: float, until: float
) -> list[int]:
    """Hold items longer; return those that are still this person's."""
    mine = (lease.c.annotator == annotator) & lease.c.item.in_(items) & (lease.c.until > now)
    query = sa.update(lease).where(mine).values(until=until).returning(lease.c.item)
    return sorted(conn.execute(query).scalars())


def release(conn: Connection, annotator: str, items: Collection[int] | None) -> None:
    """Give items back, all of a person's or some."""
    mine = lease.c.annotator == annotator
    if items is not None:
        mine &= lease.c.item.in_(items)
    conn.execute(sa.delete(lease).where(mine))


def put_wishes(conn: Connection, wishes: Sequence[Wish], model: int) -> None:
    """Replace the queue by what the newest model wishes."""
    conn.execute(sa.delete(wish))
    if not wishes:
        return
    names = classes(conn)
    rows = [
        {
            "item": int(w.item),
            "rank": rank,
            "utility": None if w.utility is None else float(w.utility),
            "prediction": None if w.prediction is None else class_id(names, w.prediction),
            "confidence": None if w.confidence is None else float(w.confidence),
            "model": model,
            "why": json.dumps(w.why),
            "answers": 0,
        }
        for rank, w in enumerate(wishes)
    ]
    conn.execute(sa.insert(wish), rows)
    n = sa.select(item.c.answers).where(item.c.id == wish.c.item).scalar_subquery()
    conn.execute(sa.update(wish).values(answers=n))
    look_again(conn, wish)
