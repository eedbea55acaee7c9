"""What a store does when programs die, disks fill up, and files are not what they should be."""

import multiprocessing
import os
import re
import resource
import sqlite3
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from skal.exceptions import StoreError
from skal.labeling import LabelStore, Wish, _homes
from tests.labeling import kills

FORK = multiprocessing.get_context("fork")


@pytest.mark.parametrize("n_kills", [3, pytest.param(25, marks=pytest.mark.slow)])
def test_nothing_acknowledged_is_lost_or_doubled_when_programs_are_killed(place, n_kills):
    found = kills.play(place, n_kills)
    assert found.pop("kept") >= n_kills / 2
    assert found == {"lost": 0, "doubled": 0, "unasked": 0}


def take_all(url, who, pipe):
    mine = []
    with LabelStore(url, timeout=120) as store:
        while claims := store.claim(who, 10, skip=mine):
            mine += [claim.item for claim in claims]
    pipe.send(mine)


@pytest.mark.slow
def test_eight_programs_share_two_thousand_items_without_meeting(place):
    with LabelStore(place) as store:
        store.setup(["cat", "dog"])
        store.add_items(map(str, range(2000)))
        url = store.url
    pipes, programs = [], []
    for n in range(8):
        ours, theirs = FORK.Pipe(duplex=False)
        programs.append(FORK.Process(target=take_all, args=(url, f"p{n}", theirs)))
        programs[-1].start()
        pipes.append(ours)
    taken = [item for pipe in pipes for item in pipe.recv()]
    for program in programs:
        program.join()
    assert sorted(taken) == list(range(1, 2001))


def test_threads_and_children_of_a_process_share_one_store(store):
    def answer(first):
        for item in range(first, 20, 4):
            store.answer(f"p{first}", item, "cat")

    threads = [threading.Thread(target=answer, args=(n,)) for n in range(2, 5)]
    child = FORK.Process(target=answer, args=(1,))
    for job in (child, *threads):
        job.start()
    for job in (child, *threads):
        job.join()
    assert child.exitcode == 0
    assert sorted(store.current()["item"]) == list(range(1, 20))


def test_a_child_that_was_forked_in_the_middle_of_a_call_refuses_the_file(file):
    with LabelStore(file) as store:
        within, done = threading.Event(), threading.Event()

        def slow(conn):
            within.set()
            done.wait(60)

        reader = threading.Thread(target=store._home.read, args=(slow,))
        reader.start()
        within.wait(60)
        for work in (lambda: store.n_events, lambda: LabelStore(file)):
            assert "start processes by spawn" in in_child(work)
        done.set()
        reader.join()
        assert store.n_events == 3
        assert in_child(lambda: store.n_events) == 3


def test_a_server_that_cut_the_line_is_asked_again(postgres_url, place):
    if "://" not in str(place):
        pytest.skip("a file has no line")
    with LabelStore(place) as store:
        engine = sa.create_engine(store.url)
        with engine.begin() as conn:
            conn.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        engine.dispose()
        store.setup(["cat"])
        assert store.n_events == 1


def test_a_server_that_is_away_is_said_to_be_away(tmp_path):
    with pytest.raises(StoreError, match="cannot be reached"):
        LabelStore(f"postgresql://skal:secret@/none?host={tmp_path}", timeout=1)


# ---------------------------------------------------------------- files


@pytest.fixture
def file(tmp_path):
    """Path of an SQLite store with one answer."""
    path = tmp_path / "pets.skal"
    with LabelStore(path) as store:
        store.setup(["cat", "dog"])
        store.add_items(f"{n}.png" for n in range(500))
        store.answer("anna", 1, "cat")
    return path


def in_child(work, *args):
    """Run something that changes what a process may do; return what it says."""

    def run(pipe):
        try:
            pipe.send(work(*args))
        except StoreError as error:
            pipe.send(str(error))

    ours, theirs = FORK.Pipe(duplex=False)
    child = FORK.Process(target=run, args=(theirs,))
    child.start()
    theirs.close()
    said = ours.recv()
    child.join()
    return said


def answer_until_refused(path, stop):
    with LabelStore(path, timeout=1) as store:
        stop(store)
        for n in range(1, 5000):
            try:
                store.answer("ben", n % 500 + 1, "dog", request=f"r{n}", note="x" * 5000)
            except StoreError as error:
                return n, str(error)


def few_pages(store):
    @sa.event.listens_for(store._home.engine, "begin")
    def begun(conn):
        conn.exec_driver_sql("PRAGMA max_page_count = 80")


def short_files(store):
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))


@pytest.mark.parametrize(("stop", "why"), [(few_pages, "no room left"), (short_files, "full")])
def test_a_full_disk_is_said_and_nothing_is_acknowledged_that_is_not_kept(file, stop, why):
    n, message = in_child(answer_until_refused, file, stop)
    assert n > 1 and why in message and "nothing of this call was kept" in message
    with LabelStore(file) as store:
        requests = store.events()["request"].tolist()
        assert {f"r{k}" for k in range(1, n)} <= {*requests}
        assert f"r{n}" not in requests
        assert store.answer("ben", 1, "cat", request=f"r{n}").request == f"r{n}"


def test_a_file_that_may_not_be_written_is_refused_at_once(file, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: path != file)
    with pytest.raises(StoreError, match="cannot be written .*Allow writing"):
        LabelStore(file)


def test_a_lock_that_does_not_end_is_said(file):
    with LabelStore(file, timeout=0.2) as store:
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="was locked for 0.2 s by another program"):
            store.answer("anna", 2, "cat")
        assert store.n_events == 3  # reading goes on
        other.execute("ROLLBACK")
        other.close()
        store.answer("anna", 2, "cat")


@pytest.mark.parametrize(
    ("where", "kind"),
    [("/data/team/pets.skal", "nfs4"), ("/data/pets.skal", "ext4"), ("/mnt/a b/x", "cifs")],
)
def test_the_kind_of_a_drive_is_read_from_the_mounts(tmp_path, where, kind):
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/sda / ext4 rw 0 0\nbox:/team /data/team nfs4 rw 0 0\n//w/x /mnt/a\\040b cifs rw 0 0\n"
    )
    assert _homes.drive_of(Path(where), mounts) == kind


def test_a_drive_of_another_machine_is_refused_with_advice(tmp_path, monkeypatch):
    monkeypatch.setattr(_homes, "drive_of", lambda path: "nfs4")
    with pytest.raises(StoreError, match=r"network drive \(nfs4\).*local disk, or use PostgreSQL"):
        LabelStore(tmp_path / "pets.skal")
    assert not (tmp_path / "pets.skal").exists()


def test_an_sqlite_that_is_too_old_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(StoreError, match=r"SQLite must be at least 3.37, got 3.34.1"):
        LabelStore(tmp_path / "pets.skal")


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(StoreError, match="folder must exist"):
        LabelStore(tmp_path / "nowhere" / "pets.skal")


def test_a_file_of_another_program_is_left_as_it_was(tmp_path):
    other = sqlite3.connect(tmp_path / "contacts.db")
    other.execute("CREATE TABLE people (name)")
    other.commit()
    other.close()
    before = (tmp_path / "contacts.db").read_bytes()
    with pytest.raises(StoreError, match="must be empty or a store of skal"):
        LabelStore(tmp_path / "contacts.db")
    assert (tmp_path / "contacts.db").read_bytes() == before


def test_a_store_of_a_newer_skal_is_refused(file):
    other = sqlite3.connect(file)
    other.execute("UPDATE meta SET value = '99' WHERE key = 'format'")
    other.commit()
    other.close()
    with pytest.raises(StoreError, match="must have format 1, got 99"):
        LabelStore(file)


# ---------------------------------------------------------------- speed


def test_no_claim_and_no_answer_reads_a_whole_table(file):
    with LabelStore(file) as store:
        store.end_round({}, [Wish(n) for n in range(2, 9)])
        store.answer("ben", 2, "dog")
        seen = []

        @sa.event.listens_for(store._home.engine, "before_cursor_execute")
        def note(conn, cursor, statement, values, context, many):
            seen.append((statement, values[0] if many else values))

        [held] = store.claim("anna", answers_per_item=2, overlap=0.1)
        store.claim("anna", 9, answers_per_item=2, overlap=0.1)
        store.answer("anna", held.item, "cat")
        store.undo("anna")
        other = sqlite3.connect(file)
        for statement, values in seen:
            if not statement.startswith(("PRAGMA", "BEGIN")):
                plan = other.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
                steps = [row[3] for row in plan if "item_by_extra" not in row[3]]  # a few rows
                assert not [s for s in steps if re.match("SCAN (item|event|current|lease)", s)]
        other.close()
    assert len(seen) > 20
