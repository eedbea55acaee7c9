"""Where a store lives: an SQLite file or PostgreSQL, and what each promises of a transaction."""

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from skal.exceptions import StoreError
from skal.labeling._schema import APPLICATION

Result = TypeVar("Result")
Work = Callable[[Connection], Result]
NETWORKS = (
    "nfs",
    "cifs",
    "smb",
    "9p",
    "afs",
    "ceph",
    "lustre",
    "glusterfs",
    "fuse.sshfs",
    "vboxsf",
)
SQLITE_NEEDS = (3, 37)  # STRICT tables


class Home:
    """A place of tables: short transactions, none of which waits for another without end."""

    def __init__(self, url: URL, timeout: float, **options: Any):
        self.url = url
        self.timeout = timeout
        self.engine = sa.create_engine(
            url, pool_size=8, max_overflow=120, pool_timeout=timeout, **options
        )
        self._calls: set[object] = set()  # of all threads, under way
        self.was_in_use = False
        HOMES.add(self)

    def __str__(self) -> str:
        return self.url.render_as_string(hide_password=True)

    def read(self, work: Work[Result]) -> Result:
        """Run `work` on one snapshot of the tables."""
        return self._run(work, {})

    def write(self, work: Work[Result], lasting: bool = True) -> Result:
        """Run `work` in a transaction that is on disk when this returns.

        No other writes events meanwhile: their ids appear in the order in which they become
        visible, so that a reader who saw event 7 will never find a new event 6. With `lasting`
        false the transaction is neither: a lease may be lost when power fails.
        """
        return self._run(work, {"skal_write": "lasting" if lasting else "passing"})

    def _run(self, work: Work[Result], options: dict[str, Any]) -> Result:
        deadline = time.monotonic() + self.timeout
        self._calls.add(call := object())
        try:
            while True:
                try:
                    with self.engine.connect().execution_options(**options) as conn, conn.begin():
                        return work(conn)
                except (DBAPIError, PoolTimeout) as error:
                    if not (self.is_passing(error) and time.monotonic() < deadline):
                        raise self.refusal(error) from error
                time.sleep(0.01)
        finally:
            self._calls.discard(call)

    def now(self, conn: Connection) -> float:
        return time.time()

    def is_passing(self, error: Exception) -> bool:
        """Tell whether the same transaction may succeed in a moment."""
        raise NotImplementedError

    def refusal(self, error: Exception) -> StoreError:
        """Say in one sentence what the home refused, and what to do."""
        raise NotImplementedError

    def is_empty(self, conn: Connection) -> bool:
        return not sa.inspect(conn).has_table("meta")

    def close(self) -> None:
        self.engine.dispose()

    def before_fork(self) -> None:
        """Close idle connections: they, and what SQLite knows of locks, are a process's own."""
        self.was_in_use = bool(self._calls)
        self.engine.dispose()

    def after_fork(self) -> None:
        """Forget, in the child, the connections that other threads of the parent had in use."""
        self._calls.clear()
        self.engine.dispose(close=False)


class SqliteHome(Home):
    """One file. Every write takes the one lock from its first moment (BEGIN IMMEDIATE)."""

    def __init__(self, path: Path, timeout: float):
        self.path = path.absolute()
        if sqlite3.sqlite_version_info < SQLITE_NEEDS:
            found = ".".join(map(str, sqlite3.sqlite_version_info))
            raise StoreError(f"SQLite must be at least 3.37, got {found}; use a newer Python.")
        refuse_network(self.path)
        refuse_read_only(self.path)
        if self.path in INHERITED:
            raise StoreError(FORKED.format(home=self))
        super().__init__(
            URL.create("sqlite", database=str(self.path)),
            timeout,
            connect_args={"timeout": timeout, "check_same_thread": False},
        )
        # Threads of one process queue here: SQLite's own waiting sleeps up to 100 ms a turn.
        self._turn = threading.Lock()
        sa.event.listen(self.engine, "connect", self._connected)
        sa.event.listen(self.engine, "begin", self._begun)

    def __str__(self) -> str:
        return str(self.path)

    def after_fork(self) -> None:
        super().after_fork()
        self._turn = threading.Lock()  # a thread that is not in the child may have had it
        if self.was_in_use:
            INHERITED.add(self.path)

    def _run(self, work: Work[Result], options: dict[str, Any]) -> Result:
        if self.path in INHERITED:
            raise StoreError(FORKED.format(home=self))
        return super()._run(work, options)

    def write(self, work: Work[Result], lasting: bool = True) -> Result:
        if not self._turn.acquire(timeout=self.timeout):
            raise StoreError(f"{self} is locked: another thread has been writing for too long.")
        try:
            return super().write(work, lasting)
        finally:
            self._turn.release()

    def _connected(self, connection: Any, record: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say, not where Python does
        execute = connection.execute
        mode = execute("PRAGMA journal_mode").fetchone()[0]
        if mode != "wal":
            mine = execute("PRAGMA application_id").fetchone()[0] == APPLICATION
            if not mine and execute("SELECT 1 FROM sqlite_master").fetchone():
                raise StoreError(f"`store` must be empty or a store of skal, got {self}.")
            mode = execute("PRAGMA journal_mode = WAL").fetchone()[0]
        if mode != "wal":
            raise StoreError(
                f"{self} must be on a disk that SQLite can share between processes, got journal "
                f"mode {mode!r}; do put it on a local disk, or use PostgreSQL."
            )
        execute("PRAGMA foreign_keys = ON")
        execute("PRAGMA recursive_triggers = ON")  # else INSERT OR REPLACE passes the triggers by

    def _begun(self, conn: Connection) -> None:
        write = conn.get_execution_options().get("skal_write")
        # NORMAL leaves the newest transactions to the system, which loses them if power fails;
        # the next FULL one takes all before it to the disk.
        conn.exec_driver_sql(f"PRAGMA synchronous = {'NORMAL' if write == 'passing' else 'FULL'}")
        conn.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    def is_passing(self, error: Exception) -> bool:
        # Met although `timeout` is set: some locks (recovery, change of mode) never wait.
        return _sqlite_name(error).startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))

    def refusal(self, error: Exception) -> StoreError:
        name = _sqlite_name(error)
        for start, text in SQLITE_SAYS.items():
            if name.startswith(start):
                return StoreError(text.format(home=self, timeout=self.timeout, error=_said(error)))
        return StoreError(f"{self} refused: {_said(error)}; nothing of this call was kept.")


HOMES: weakref.WeakSet[Home] = weakref.WeakSet()
INHERITED: set[Path] = set()  # files of which a forked child believes to hold its parent's locks


def _before_fork() -> None:
    for home in list(HOMES):
        home.before_fork()


def _after_fork() -> None:
    for home in list(HOMES):
        home.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_child=_after_fork)

SERVER_CLOCK = sa.select(sa.func.extract("epoch", sa.func.clock_timestamp()))


class PostgresHome(Home):
    """A database where several machines write; one lock orders the events, rows order claims."""

    def __init__(self, url: URL, timeout: float):
        super().__init__(
            url, timeout, pool_pre_ping=True, connect_args={"connect_timeout": max(2, int(timeout))}
        )
        sa.event.listen(self.engine, "connect", self._connected)
        sa.event.listen(self.engine, "begin", self._begun)

    def _connected(self, connection: Any, record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = on")  # acknowledged means on disk
            # A plan for any person and item reads whole tables where one for these does not.
            cursor.execute("SET plan_cache_mode = force_custom_plan")
            cursor.execute(f"SET lock_timeout = {int(1000 * self.timeout)}")
        connection.commit()

    def _begun(self, conn: Connection) -> None:
        write = conn.get_execution_options().get("skal_write")
        if write == "passing":
            conn.exec_driver_sql("SET LOCAL synchronous_commit = off")
        elif write:
            conn.exec_driver_sql(
                "SELECT pg_advisory_xact_lock(hashtext('skal'), hashtext(current_schema()))"
            )

    def now(self, conn: Connection) -> float:
        # The server's clock: machines differ by more than a lease.
        return float(conn.execute(SERVER_CLOCK).scalar_one())

    def is_passing(self, error: Exception) -> bool:
        return getattr(getattr(error, "orig", None), "sqlstate", "") in {"40P01", "40001"}

    def refusal(self, error: Exception) -> StoreError:
        state = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
        for start, text in POSTGRES_SAYS.items():
            if state.startswith(start):
                return StoreError(text.format(home=self, timeout=self.timeout, error=_said(error)))
        if isinstance(error, OperationalError | PoolTimeout):
            return StoreError(
                f"{self} cannot be reached: {_said(error)}; nothing of this call is known to be "
                "kept. Send it again with the same request when the server is back."
            )
        return StoreError(f"{self} refused: {_said(error)}; nothing of this call was kept.")


KEPT_NOTHING = "nothing of this call was kept."
FULL = "{home} has no room left ({error}); " + KEPT_NOTHING + " Make room and try again."
READ_ONLY = (
    "{home} cannot be written ({error}); "
    + KEPT_NOTHING
    + " Allow writing to the file and its folder."
)
LOCKED = "{home} was locked for {timeout:g} s by another program ({error}); " + KEPT_NOTHING
FORKED = (
    "{home} was in use when this process was forked from another, so that its locks cannot be "
    "told apart; start processes by spawn, or fork while no call runs."
)
BROKEN = "{home} is no whole store ({error}); open a copy from a backup."
SQLITE_SAYS = {
    "SQLITE_FULL": FULL,
    "SQLITE_IOERR": "{home} could not be read or written, as its disk is full, failing or away "
    "({error}); " + KEPT_NOTHING,
    "SQLITE_READONLY": READ_ONLY,
    "SQLITE_PERM": READ_ONLY,
    "SQLITE_BUSY": LOCKED,
    "SQLITE_LOCKED": LOCKED,
    "SQLITE_CANTOPEN": "{home} cannot be opened ({error}); its folder must exist and be writable.",
    "SQLITE_CORRUPT": BROKEN,
    "SQLITE_NOTADB": "{home} must be a store of skal, got a file of another kind; choose another "
    "name.",
}
POSTGRES_SAYS = {
    "53100": FULL,
    "25006": READ_ONLY,
    "42501": READ_ONLY,
    "55P03": LOCKED,
}


def _sqlite_name(error: Exception) -> str:
    return getattr(getattr(error, "orig", None), "sqlite_errorname", "")


def _said(error: Exception) -> str:
    return str(getattr(error, "orig", error)).strip().splitlines()[0]


def refuse_network(path: Path) -> None:
    """Refuse a file on a drive of another machine: WAL shares memory, which machines do not."""
    kind = drive_of(path)
    if kind.startswith(NETWORKS):
        raise StoreError(
            f"`store` must be on a disk of this machine, got {path} on a network drive ({kind}), "
            "where SQLite can lose answers; put it on a local disk, or use PostgreSQL "
            "(postgresql://...) where several machines write."
        )


def refuse_read_only(path: Path) -> None:
    """Refuse a file that exists and cannot grow: SQLite would say so at the first answer only."""
    if path.exists() and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        raise StoreError(READ_ONLY.format(home=path, error="it is read-only"))


def drive_of(path: Path, mounts: str | Path = "/proc/mounts") -> str:
    """Find the kind of file system that holds a path; "" where that cannot be known."""
    if str(path).startswith(("\\\\", "//")):
        return "smb"
    try:
        lines = Path(mounts).read_text(encoding="utf8", errors="replace").splitlines()
    except OSError:
        return ""
    folder = path.parent.resolve()
    best = ("", "")
    for line in lines:
        _, where, kind, *_ = line.split(" ")
        where = where.replace("\\040", " ")
        if folder.is_relative_to(where) and len(where) >= len(best[0]):
            best = (where, kind)
    return best[1]


def home_of(store: str | os.PathLike[str], timeout: float) -> Home:
    """Find the home that a path or a URL names."""
    text = os.fspath(store)
    if "://" not in text:
        if text in {"", ":memory:"}:
            raise StoreError(f"`store` must be a path or a URL, got {text!r}; name a file.")
        return SqliteHome(Path(text), timeout)
    url = make_url(text)
    if url.get_backend_name() == "sqlite":
        return home_of(url.database or "", timeout)
    if url.get_backend_name() == "postgresql":
        from skal._optional import require

        require("psycopg", extra="postgresql", purpose="a store in PostgreSQL")
        return PostgresHome(url.set(drivername="postgresql+psycopg"), timeout)
    raise StoreError(
        f"`store` must be a file or postgresql://..., got {url.drivername}; use one of these."
    )
