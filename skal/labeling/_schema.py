"""The tables of a store, the same in an SQLite file and in PostgreSQL."""

from sqlalchemy import (
    REAL,
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    literal_column,
    text,
)
from sqlalchemy.engine import Connection
from sqlalchemy.types import TypeEngine

FORMAT = 1  # of the tables; a store says which it has, and newer ones are refused
APPLICATION = 0x736B616C  # "skal": how an SQLite file says whose it is
ANSWERS = ("label", "skip", "unsure")  # what a person says of an item
ACTIONS = (*ANSWERS, "undo", "class")

metadata = MetaData()
Number: TypeEngine[float] = Double().with_variant(
    REAL(), "sqlite"
)  # STRICT tables know REAL, not DOUBLE
Id: TypeEngine[int] = BigInteger().with_variant(
    Integer(), "sqlite"
)  # only INTEGER counts by itself there


def _table(name: str, *parts: Column | CheckConstraint | Index, counts: bool = False) -> Table:
    return Table(name, metadata, *parts, sqlite_strict=True, sqlite_autoincrement=counts)


meta = _table("meta", Column("key", Text, primary_key=True), Column("value", Text, nullable=False))

item = _table(
    "item",
    Column("id", Id, primary_key=True),
    Column("key", Text, unique=True, nullable=False),
    Column("row", Id, unique=True, nullable=False),
    Column("digest", Text),
    Column("source", Text, nullable=False),
    Column("place", Number, nullable=False),  # in [0, 1): the order where no model wishes
    Column("lot", Number, nullable=False),  # in [0, 1): below `overlap`, one more answer is wanted
    Column("extra", Id, nullable=False),  # answers wanted beyond everybody's
    Column("present", Id, nullable=False),  # 0: its file has gone, nobody is asked
    Column("answers", Id, nullable=False),  # labels in `current`, kept with it
    Index("item_by_place", "answers", "place"),
    Index("item_by_lot", "answers", "lot"),
    counts=True,
)
EXTRA = item.c.extra > literal_column("0")  # a parameter would hide the index
Index("item_by_extra", item.c.extra, sqlite_where=EXTRA, postgresql_where=EXTRA)

event = _table(
    "event",
    Column("id", Id, primary_key=True),
    Column("item", Id, ForeignKey("item.id")),  # NULL: it is about a class
    Column("annotator", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("label", Text),  # the id of a class, which no new name can change
    Column("seconds", Number),
    Column("at", Number, nullable=False),
    Column("request", Text, unique=True, nullable=False),
    Column("undoes", Id, ForeignKey("event.id")),
    Column("model", Id),
    Column("suggested", Text),
    Column("note", Text),
    CheckConstraint(f"action IN {ACTIONS}", name="event_action"),
    CheckConstraint("(action = 'class') = (item IS NULL)", name="event_item"),
    CheckConstraint("(action IN ('label', 'class')) = (label IS NOT NULL)", name="event_label"),
    CheckConstraint("(action = 'undo') = (undoes IS NOT NULL)", name="event_undoes"),
    Index("event_by_answer", "item", "annotator", "id"),
    Index("event_by_annotator", "annotator", "id"),
    counts=True,  # an id is never given twice
)
UNDOES = event.c.undoes.is_not(None)
Index("event_undone", event.c.undoes, unique=True, sqlite_where=UNDOES, postgresql_where=UNDOES)

current = _table(  # what `event` comes to: without it a claim reads all that ever happened
    "current",
    Column("item", Id, ForeignKey("item.id"), primary_key=True, autoincrement=False),
    Column("annotator", Text, primary_key=True),
    Column("event", Id, ForeignKey("event.id"), nullable=False),
    Column("action", Text, nullable=False),
    Column("label", Text),
    Index("current_by_annotator", "annotator", "action", "label"),
)

wish = _table(
    "wish",
    Column("item", Id, ForeignKey("item.id"), primary_key=True, autoincrement=False),
    Column("rank", Id, nullable=False),
    Column("utility", Number),
    Column("prediction", Text),  # the id of a class
    Column("confidence", Number),
    Column("model", Id, nullable=False),
    Column("why", Text, nullable=False),
    Column("answers", Id, nullable=False),  # as in `item`: who is answered leaves the front
    Index("wish_by_rank", "answers", "rank"),
)

lease = _table(
    "lease",
    Column("item", Id, ForeignKey("item.id"), primary_key=True, autoincrement=False),
    Column("annotator", Text, primary_key=True),
    Column("until", Number, nullable=False),
    Index("lease_by_annotator", "annotator", "until"),
)

round_ = _table(
    "round",
    Column("id", Id, primary_key=True),
    Column("n_labels", Id),
    Column("last_event", Id, nullable=False),
    Column("ended", Number, nullable=False),
    Column("record", Text, nullable=False),
    counts=True,
)

KEPT = ("event", "round")  # append only
SQLITE_GUARD = """
CREATE TRIGGER {table}_keeps_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'what happened stays: {table} is append-only'); END
"""
POSTGRES_GUARD = """
CREATE FUNCTION skal_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'what happened stays: % is append-only', TG_TABLE_NAME; END $$
"""
POSTGRES_TRIGGER = """
CREATE TRIGGER {table}_keeps_{verb} BEFORE {verb} ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION skal_refuse()
"""


def look_again(conn: Connection, *tables: Table) -> None:
    """Let PostgreSQL count rows after many came at once: it plans by what it last counted."""
    if conn.dialect.name == "postgresql":
        conn.exec_driver_sql(f"ANALYZE {', '.join(table.name for table in tables)}")


def create(conn: Connection) -> None:
    """Make all tables, and the triggers that refuse to change what happened."""
    metadata.create_all(conn, checkfirst=False)
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql(f"PRAGMA application_id = {APPLICATION}")
        conn.exec_driver_sql(f"PRAGMA user_version = {FORMAT}")
        guard, verbs = SQLITE_GUARD, ["UPDATE", "DELETE"]
    else:
        conn.execute(text(POSTGRES_GUARD))
        guard, verbs = POSTGRES_TRIGGER, ["UPDATE", "DELETE", "TRUNCATE"]
    for table in KEPT:
        for verb in verbs:
            conn.execute(text(guard.format(table=table, verb=verb)))
