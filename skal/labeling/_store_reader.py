"""Opening and reading a store."""

import json
import os
import platform
import uuid
from collections.abc import Iterator
from typing import Any, Self

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from skal.exceptions import StoreError
from skal.labeling import _events, _schema, _tables
from skal.labeling._homes import home_of
from skal.labeling._schema import meta, round_
from skal.labeling._tables import Columns


class StoreReader:
    """What can be asked of a store; see `LabelStore`."""

    def __init__(self, store: str | os.PathLike[str], *, timeout: float = 10.0):
        self._home = home_of(store, timeout)
        self.url = self._home.url.render_as_string(hide_password=False)
        self.timeout = timeout
        try:
            if self._home.read(self._home.is_empty):
                self._home.write(self._create)
            self.id: str = self._home.read(self._check)
        except BaseException:
            self._home.close()
            raise

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._home)!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __reduce__(self) -> tuple:
        return _reopened, (type(self), self.url, self.timeout)

    def close(self) -> None:
        """Give all connections back; the next call opens new ones."""
        self._home.close()

    def _create(self, conn: Connection) -> None:
        if not self._home.is_empty(conn):
            return  # another process was faster
        if sa.inspect(conn).get_table_names():
            raise StoreError(f"`store` must be empty or a store of skal, got {self._home}.")
        _schema.create(conn)
        about = {"format": _schema.FORMAT, "id": uuid.uuid4().hex, "settings": {}}
        about |= {"seed": 0, "python": platform.python_version(), "numpy": np.__version__}
        for key, value in about.items():
            put(conn, key, value)

    def _check(self, conn: Connection) -> str:
        if (found := get(conn, "format")) != _schema.FORMAT:
            raise StoreError(
                f"{self._home} must have format {_schema.FORMAT}, got {found}; "
                "open it with the skal that wrote it, or a newer one."
            )
        return get(conn, "id")

    # ------------------------------------------------------------ reading

    @property
    def settings(self) -> dict[str, Any]:
        """What `setup` and `configure` said."""
        return self._home.read(lambda conn: get(conn, "settings"))

    @property
    def classes(self) -> dict[str, str]:
        """Names of the classes by their ids, which stay when a name changes."""
        return self._home.read(_events.classes)

    def items(self) -> Columns:
        """Read all items: id, key, row, digest, source, place, lot, present, answers."""
        return self._home.read(_tables.items)

    def rounds(self, after: int = 0) -> list[dict[str, Any]]:
        """Read the records of all rounds, each with its number as "round"."""
        query = sa.select(round_.c.id, round_.c.record, round_.c.ended, round_.c.last_event)
        query = query.where(round_.c.id > after).order_by(round_.c.id)
        rows = self._home.read(lambda conn: conn.execute(query).all())
        return [
            {"ended": row.ended, "last_event": row.last_event}
            | json.loads(row.record)
            | {"round": row.id}
            for row in rows
        ]

    def events(self, after: int = 0) -> Columns:
        """Read all that happened after an event, one array a column."""
        return self._home.read(lambda conn: _tables.events(conn, after))

    def current(self, until: int | None = None, ids: bool = False) -> Columns:
        """Read what everybody says of every item today, or said when event `until` was the last.

        With `ids`, labels are the ids of classes, which no new name changes.
        """
        return self._home.read(lambda conn: _tables.answers(conn, until, ids))

    def classes_at(self, until: int) -> dict[str, str]:
        """Read the names of the classes by id as they were when event `until` was the last."""
        return self._home.read(lambda conn: _events.classes(conn, until))

    def leases(self) -> Columns:
        """Read who holds what."""
        return self._home.read(lambda conn: _tables.leases(conn, self._home.now(conn)))

    def wishes(self) -> Columns:
        """Read the queue of the latest round."""
        return self._home.read(_tables.wishes)

    def counts(self) -> dict[str, Any]:
        """Count items, answers, and what each class and person has."""
        return self._home.read(lambda conn: _tables.counts(conn, self._home.now(conn)))

    @property
    def last_event(self) -> int:
        """Number of the newest event; 0 before the first."""
        return self._home.read(last_event)

    @property
    def n_events(self) -> int:
        """How many events there are."""
        query = sa.select(sa.func.count()).select_from(_schema.event)
        return self._home.read(lambda conn: conn.execute(query).scalar_one())

    def lines(self) -> Iterator[str]:
        """Yield the whole record as lines of JSON, from which `from_lines` makes it again."""
        yield from self._home.read(lambda conn: list(_tables.lines(conn)))

    def noted(self, key: str, default: Any = None) -> Any:
        """Read what `note` kept."""
        return self._home.read(lambda conn: get(conn, f"note:{key}", default))


def _reopened(kind: type[StoreReader], url: str, timeout: float) -> StoreReader:
    return kind(url, timeout=timeout)


def put(conn: Connection, key: str, value: Any) -> None:
    conn.execute(sa.delete(meta).where(meta.c.key == key))
    if value is not None:
        conn.execute(sa.insert(meta).values(key=key, value=json.dumps(value)))


def get(conn: Connection, key: str, default: Any = None) -> Any:
    value = conn.execute(sa.select(meta.c.value).where(meta.c.key == key)).scalar_one_or_none()
    return default if value is None else json.loads(value)


def last_event(conn: Connection) -> int:
    query = sa.select(sa.func.coalesce(sa.func.max(_schema.event.c.id), 0))
    return conn.execute(query).scalar_one()
