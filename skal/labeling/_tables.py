"""What a store holds, read as columns; and as lines of JSON, from which it can be made again."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from skal.exceptions import StoreError
from skal.labeling import _events
from skal.labeling._schema import current, event, item, lease, look_again, meta, round_, wish

Columns = dict[str, np.ndarray]
WHOLE = {"id", "item", "row", "event", "undoes", "model", "rank", "answers", "extra", "present"}
REAL = {"seconds", "at", "until", "place", "lot", "utility", "confidence"}


def columns(conn: Connection, query: sa.Select) -> Columns:
    """Read a query as one array a column: -1, NaN and None stand for what is not known."""
    result = conn.execute(query)
    names = list(result.keys())
    rows = result.fetchall()
    values = list(zip(*rows)) if rows else [()] * len(names)
    return {name: _column(name, value) for name, value in zip(names, values)}


def _column(name: str, values: Sequence[Any]) -> np.ndarray:
    if name in WHOLE:
        return np.array([-1 if v is None else v for v in values], dtype=np.int64)
    if name in REAL:
        return np.array([np.nan if v is None else v for v in values], dtype=np.float64)
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def named(conn: Connection, table: Columns, *names: str) -> Columns:
    """Put the names of classes where their ids are."""
    of = _events.classes(conn)
    for name in names:
        table[name] = _column(name, [None if v is None else of[v] for v in table[name]])
    return table


def items(conn: Connection) -> Columns:
    names = ("id", "key", "row", "digest", "source", "place", "lot", "present", "answers")
    return columns(conn, sa.select(*(item.c[name] for name in names)).order_by(item.c.id))


def events(conn: Connection, after: int) -> Columns:
    query = sa.select(event, item.c.key, item.c.row).outerjoin(item, item.c.id == event.c.item)
    found = columns(conn, query.where(event.c.id > after).order_by(event.c.id))
    return named(conn, found, "label", "suggested")


def answers(conn: Connection, until: int | None, ids: bool = False) -> Columns:
    """Read the current answers, or those that were current when event `until` was the last."""
    said = (event.c.at, event.c.seconds, event.c.model, event.c.note)
    columns_ = (event.c.item, item.c.key, item.c.row, event.c.annotator, event.c.action)
    query = sa.select(*columns_, event.c.label, event.c.id.label("event"), *said)
    query = query.join(item, item.c.id == event.c.item)
    if until is None:
        query = query.join(current, current.c.event == event.c.id)
    else:
        query = query.where(event.c.id.in_(_events.newest(until)))
    found = columns(conn, query.order_by(event.c.id))
    return found if ids else named(conn, found, "label")


def leases(conn: Connection, now: float) -> Columns:
    query = sa.select(lease.c.item, item.c.row, lease.c.annotator, lease.c.until)
    query = query.join(item, item.c.id == lease.c.item).where(lease.c.until > now)
    return columns(conn, query.order_by(lease.c.item, lease.c.annotator))


def wishes(conn: Connection) -> Columns:
    query = sa.select(wish, item.c.row).join(item, item.c.id == wish.c.item)
    return named(conn, columns(conn, query.order_by(wish.c.rank)), "prediction")


def counts(conn: Connection, now: float) -> dict[str, Any]:
    """Count what there is, by class and by person."""
    names = _events.classes(conn)
    said = sa.select(current.c.annotator, current.c.action, current.c.label, sa.func.count())
    said = said.group_by(current.c.annotator, current.c.action, current.c.label)
    by_class = dict.fromkeys(names.values(), 0)
    people: dict[str, dict[str, int]] = {}
    for annotator, action, label, n in conn.execute(said):
        of = people.setdefault(annotator, {"label": 0, "skip": 0, "unsure": 0})
        of[action] += n
        if action == "label":
            by_class[names[label]] += n
    count = sa.select(sa.func.count())
    present = count.select_from(item).where(item.c.present == 1)
    live = count.select_from(lease).where(lease.c.until > now)
    return {
        "items": conn.execute(present).scalar_one(),
        "answered": conn.execute(present.where(item.c.answers > 0)).scalar_one(),
        "answers": sum(by_class.values()),
        "leased": conn.execute(live).scalar_one(),
        "wished": conn.execute(count.select_from(wish).where(wish.c.answers == 0)).scalar_one(),
        "classes": by_class,
        "annotators": people,
    }


# ---------------------------------------------------------------- items


def add_items(
    conn: Connection, keys: Sequence[str], digests: Sequence[str | None], source: str, seed: str
) -> int:
    """Append the items whose keys are new; keep the digest that a known one had first."""
    known = {key: digest for key, digest in conn.execute(sa.select(item.c.key, item.c.digest))}
    start = conn.execute(sa.select(sa.func.coalesce(sa.func.max(item.c.row), -1))).scalar_one() + 1
    new = [(key, digest) for key, digest in zip(keys, digests) if key not in known]
    rows = []
    for n, (key, digest) in enumerate(new):
        place, lot = _draws(seed, key)
        rows.append(
            {"key": key, "row": start + n, "digest": digest, "source": source}
            | {"place": place, "lot": lot, "extra": 0, "present": 1, "answers": 0}
        )
    if rows:
        conn.execute(sa.insert(item), rows)
        look_again(conn, item)
    late = [
        {"of_key": key, "digest": digest}
        for key, digest in zip(keys, digests)
        if digest is not None and known.get(key, digest) is None
    ]
    if late:
        conn.execute(sa.update(item).where(item.c.key == sa.bindparam("of_key")), late)
    return len(rows)


def _draws(seed: str, key: str) -> tuple[float, float]:
    """Draw two numbers in [0, 1) for an item, whenever and after whichever others it comes."""
    drawn = hashlib.blake2b(f"{seed}\0{key}".encode(), digest_size=16).digest()
    place, lot = (int.from_bytes(drawn[i : i + 8]) >> 11 for i in (0, 8))
    return place / 2**53, lot / 2**53


# ---------------------------------------------------------------- lines

LINES = {"item": item, "event": event, "round": round_}


def lines(conn: Connection) -> Iterator[str]:
    """Yield all that cannot be computed again, a JSON object a line."""
    # Notes stay behind ("note:..."): they may be secret, and each machine makes its own.
    about = conn.execute(sa.select(meta.c.key, meta.c.value).where(~meta.c.key.like("%:%")))
    yield _line("store", {key: json.loads(value) for key, value in about})
    for kind, table in LINES.items():
        for row in conn.execute(sa.select(table).order_by(table.c.id)).mappings():
            values = dict(row)
            if kind == "round":
                values["record"] = json.loads(values["record"])
            is_class = kind == "event" and values["action"] == "class"
            yield _line("class" if is_class else kind, values)


def _line(kind: str, values: dict[str, Any]) -> str:
    return json.dumps({"kind": kind, **values}, ensure_ascii=False)


def read_lines(conn: Connection, texts: Iterable[str]) -> None:
    """Fill an empty store with what `lines` gave."""
    if any(conn.execute(sa.select(t.c.id).limit(1)).first() for t in LINES.values()):
        raise StoreError("`store` must be empty, got one that is in use; choose a new one.")
    rows: dict[str, list[dict[str, Any]]] = {kind: [] for kind in LINES}
    for number, text in enumerate(texts, start=1):
        try:
            values = json.loads(text)
            kind = values.pop("kind")
        except (ValueError, AttributeError, KeyError):
            raise StoreError(
                f"`lines` must be whole, got line {number} that is none of a store: {text[:60]!r}."
            ) from None
        if kind == "store":
            conn.execute(sa.delete(meta))
            told = [{"key": key, "value": json.dumps(value)} for key, value in values.items()]
            conn.execute(sa.insert(meta), told)
            continue
        if kind == "round":
            values["record"] = json.dumps(values["record"])
        rows["event" if kind == "class" else kind].append(values)
    for kind, table in LINES.items():
        if rows[kind]:
            conn.execute(sa.insert(table), rows[kind])
            if conn.dialect.name == "postgresql":  # ids were given: its counter must follow
                conn.exec_driver_sql(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), "
                    f"(SELECT max(id) FROM {table.name}))"
                )
    _events.rebuild(conn)
    look_again(conn, item, event, current, lease, wish)
