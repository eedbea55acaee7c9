import itertools
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from skal.labeling import LabelStore
from skal.labeling._homes import PostgresHome, SqliteHome
from tests.labeling import postgres

NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def postgres_url():
    """URL of a server that lives as long as the tests, or skip."""
    with postgres.server(*postgres.QUICK) as url:
        if url is None:
            pytest.skip("no PostgreSQL server is installed (Debian: postgresql)")
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    """Where a new store may be made: a path or a URL."""
    if request.param == "sqlite":
        return tmp_path / "pets.skal"
    url = request.getfixturevalue("postgres_url")
    schema = f"test{next(NUMBERS)}"
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as conn:
        conn.exec_driver_sql(f"CREATE SCHEMA {schema}")
    engine.dispose()
    return f"{url}&options=-csearch_path%3D{schema}"


@pytest.fixture
def clock(monkeypatch):
    """A clock that only the test moves: `clock.time += 10`."""
    clock = SimpleNamespace(time=1000.0)
    for home in (SqliteHome, PostgresHome):
        monkeypatch.setattr(home, "now", lambda self, conn: clock.time)
    return clock


@pytest.fixture
def store(place):
    """A store of twenty items and two classes."""
    with LabelStore(place) as made:
        made.setup(["cat", "dog"])
        made.add_items(f"{n:02}.png" for n in range(20))
        yield made
