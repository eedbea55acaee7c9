"""Who is asked what: claims that no two people share by accident, and that end by themselves."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from skal.labeling._events import class_id, classes
from skal.labeling._schema import current, item, lease, wish


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

    def open(self) -> sa.ColumnElement[bool]:
        """Tell which items this person may be given now."""
        others = (
            sa.select(sa.func.count())
            .select_from(lease)
            .where(lease.c.item == item.c.id, lease.c.annotator != self.annotator)
            .where(lease.c.until > self.now)
            .scalar_subquery()
        )
        twice = sa.case((item.c.lot < self.overlap, 1), else_=0)
        wanted = self.answers_per_item + item.c.extra + twice
        answered = (current.c.item == item.c.id) & (current.c.annotator == self.annotator)
        held = (lease.c.item == item.c.id) & (lease.c.annotator == self.annotator)
        return sa.and_(
            item.c.present == 1,
            item.c.answers + others < wanted,
            ~sa.exists().where(answered),
            ~sa.exists().where(held, lease.c.until > self.now),
        )


def claim(conn: Connection, who: Claimant, k: int, seconds: float, skip: Collection[int]) -> list:
    """Give a person up to `k` items: those in hand first, then what a model wishes."""
    outdated = (lease.c.annotator == who.annotator) & (lease.c.until <= who.now)
    conn.execute(sa.delete(lease).where(outdated))
    found = [id_ for id_ in _in_hand(conn, who, k + len(skip)) if id_ not in set(skip)][:k]
    if len(found) < k:
        new = _find(conn, who, k - len(found))
        if new:
            until = who.now + seconds
            rows = [{"item": i, "annotator": who.annotator, "until": until} for i in new]
            conn.execute(sa.insert(lease), rows)
        found += new
    if not found:
        return []
    names = classes(conn)
    by_id = {row.id: row for row in conn.execute(_details().where(item.c.id.in_(found)))}
    return [_claim_of(by_id[id_], names) for id_ in found]


def _in_hand(conn: Connection, who: Claimant, n: int) -> list[int]:
    held = (
        sa.select(item.c.id)
        .join(lease, lease.c.item == item.c.id)
        .outerjoin(wish, wish.c.item == item.c.id)
        .where(lease.c.annotator == who.annotator, lease.c.until > who.now, item.c.present == 1)
        .order_by(wish.c.rank.is_(None), wish.c.rank, item.c.place)
    )
    return list(conn.execute(held.limit(n)).scalars())


def _find(conn: Connection, who: Claimant, n: int) -> list[int]:
    """Find items for a person: some that colleagues began, then wished ones, then any."""
    found: list[int] = []
    quota = n
    if who.answers_per_item > 1 or who.overlap > 0 or _most_extra(conn):
        said = sa.select(sa.func.count()).where(current.c.annotator == who.annotator)
        so_far = conn.execute(said).scalar_one()
        # A newcomer's first ten tell how well they agree; after that every other item is new.
        quota = n if so_far < 10 else (n + so_far % 2) // 2
        found += _take(conn, who, _begun(who), quota)
    for sources in (_wished(conn, who), _new()):
        if len(found) < n:
            found += _take(conn, who, sources, n - len(found), but=found)
    if len(found) < n and quota < n:
        found += _take(conn, who, _begun(who), n - len(found), but=found)
    return found


def _most_extra(conn: Connection) -> int:
    return conn.execute(sa.select(sa.func.max(item.c.extra)).where(item.c.extra > 0)).scalar() or 0


def _begun(who: Claimant) -> list[sa.Select]:
    """Items that have an answer and want more: three parts, each with an index."""
    base = sa.select(item.c.id, item.c.place.label("rank"))
    parts = [base.where(item.c.answers == n) for n in range(1, who.answers_per_item)]
    if who.overlap > 0:
        parts.append(base.where(item.c.answers == who.answers_per_item, item.c.lot < who.overlap))
    return [*parts, base.where(item.c.extra > 0, item.c.answers > 0)]


def _wished(conn: Connection, who: Claimant) -> list[sa.Select]:
    """Items that the latest model asks for, a query for each number of answers they have."""
    base = sa.select(item.c.id, wish.c.rank).join(wish, wish.c.item == item.c.id)
    most = who.answers_per_item + (who.overlap > 0) + _most_extra(conn)
    return [base.where(wish.c.answers == n) for n in range(most)]


def _new() -> list[sa.Select]:
    return [sa.select(item.c.id, item.c.place.label("rank")).where(item.c.answers == 0)]


def _take(
    conn: Connection, who: Claimant, sources: Sequence[sa.Select], n: int, but: Collection[int] = ()
) -> list[int]:
    """Take the first `n` open items of several sources, and lock them where rows can be."""
    found: list[tuple[Any, int]] = []
    for source in sources if n > 0 else ():
        query = source.where(who.open())
        if but:
            query = query.where(item.c.id.not_in(but))
        # FOR UPDATE is PostgreSQL's: there claims do not queue, they pass each other's rows by.
        query = query.order_by(source.selected_columns[1]).limit(n)
        query = query.with_for_update(of=item, skip_locked=True, key_share=True)
        found += [(rank, id_) for id_, rank in conn.execute(query)]
    ids = list(dict.fromkeys(id_ for _, id_ in sorted(found)))[:n]
    if ids and conn.dialect.name == "postgresql":
        # A row that was free when we locked it may have been leased since our snapshot.
        still = conn.execute(sa.select(item.c.id).where(item.c.id.in_(ids), who.open())).scalars()
        free = set(still)
        lost = len(ids) - len(free)
        ids = [id_ for id_ in ids if id_ in free]
        if lost:
            ids += _take(conn, who, sources, lost, but=[*but, *ids])
    return ids


def _details() -> sa.Select:
    told = (wish.c.rank, wish.c.utility, wish.c.model, wish.c.why)
    believed = (wish.c.prediction, wish.c.confidence)
    columns = (item.c.id, item.c.key, item.c.row, *told, *believed)
    return sa.select(*columns).outerjoin(wish, wish.c.item == item.c.id)


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


def renew(conn: Connection, annotator: str, items: Collection[int], now: float, until: float):
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
            "item": w.item,
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
