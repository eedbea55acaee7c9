"""The page's messages and a session that keeps them: both mean the same."""

import inspect
import json
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from skal.labeling import LabelingSession
from skal.labeling.web import Desk
from tests.labeling.web.client import Client
from tests.labeling.web.standin import MemorySession

X, Y = load_digits(return_X_y=True)


@pytest.fixture
def session(tmp_path):
    classes = [str(digit) for digit in range(10)]
    made = LabelingSession(
        tmp_path / "digits.skal",
        X[:300],
        LogisticRegression(max_iter=200),
        classes,
        image_shape=(8, 8),
        random_state=0,
    )
    yield made
    made.close()


def answer(desk, task, label, request, annotator="anna", **more):
    body = {"request": request, "item": task["item"], "action": "label", "label": label, **more}
    return desk.reply(annotator, "answer", body)


def test_the_stand_in_of_the_tests_takes_what_a_session_takes():
    for name in ("next", "task", "image", "undo", "add_class", "rename_class", "renew", "release"):
        mine = inspect.signature(getattr(MemorySession, name)).parameters
        theirs = inspect.signature(getattr(LabelingSession, name)).parameters
        assert list(mine) == list(theirs), name
    for name in ("answer", "skip", "unsure", "settle", "review", "progress", "invite"):
        assert callable(getattr(LabelingSession, name))


def test_messages_of_a_day_are_in_the_store(session):
    desk = Desk(session)
    tasks = desk.reply("anna", "next", {"k": 3})["tasks"]
    first = answer(desk, tasks[0], "class:3", "request-1", seconds=1.5, shown_model=None)
    assert answer(desk, tasks[0], "class:3", "request-1") == first
    for action in ("skip", "unsure"):
        task = tasks.pop()
        body = {"request": f"request-{action}", "item": task["item"], "action": action}
        desk.reply("anna", "answer", body)
    more = desk.reply("anna", "next", {"k": 5, "held": []})["tasks"]
    assert not {task["item"] for task in more} & {task["item"] for task in tasks}
    assert desk.reply("anna", "undo", {"request": "request-2"})["task"]["view"]["kind"] == "image"
    added = desk.reply("anna", "class", {"name": "smudge"})
    desk.reply("anna", "class", {"id": added["id"], "name": "blot"})
    state = desk.reply("anna", "state", {})
    assert [one["count"] for one in state["classes"]][3] == 1
    assert state["classes"][-1]["name"] == "blot" and state["kind"] == "image"
    entries = desk.reply("anna", "review", {"kind": "own"})["entries"]
    assert entries[-1]["answers"][-1]["label"] == "class:3"
    assert json.dumps(state) and json.dumps(entries)


def test_suggestions_and_the_grid_come_from_the_model(session):
    for k in range(60):
        task = session.next("anna")[0]
        session.answer("anna", task.item, str(Y[task.row]), request=f"request-{k}")
    session.train()
    desk = Desk(session)
    task = desk.reply("ben", "next", {"k": 1})["tasks"][0]
    assert task["suggestion"][0].startswith("class:") and task["why"]["text"]
    grid = desk.reply("ben", "grid", {"k": 4, "held": [task["item"]]})
    assert len(grid["tasks"]) >= 2
    assert {one["suggestion"][0] for one in grid["tasks"]} == {grid["guess"]}
    # what is not in the grid is free for others
    held = session.store.leases()["item"].tolist()
    assert sorted(held) == sorted([task["item"], *(one["item"] for one in grid["tasks"])])


def test_a_review_settles_what_two_people_contradict_each_other_about(tmp_path):
    session = LabelingSession(
        tmp_path / "two.skal", ["good", "bad"], classes=["+", "-"], answers_per_item=2
    )
    desk = Desk(session)
    for who, label in (("anna", "class:0"), ("ben", "class:1")):
        answer(desk, {"item": 1}, label, f"request-{who}", who)
    assert [one["item"] for one in desk.reply("eve", "review", {})["entries"]] == [1]
    answer(desk, {"item": 1}, "class:0", "request-eve", "eve", review="conflicts")
    assert desk.reply("eve", "review", {})["entries"] == []
    assert session.labels()[1].tolist() == ["+"]
    session.close()


def bomb(width, height):
    """A PNG file of few bytes that says it has many pixels."""

    def chunk(kind, data):
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + data + chunk(b"IEND", b"")


def test_no_file_outside_of_the_folder_and_no_bomb_is_shown(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("a.png", "b.png", "c.png"):
        Image.fromarray(np.full((9, 9), 99, np.uint8)).save(folder / name)
    secret = tmp_path / "secret.png"
    Image.fromarray(np.full((9, 9), 7, np.uint8)).save(secret)
    session = LabelingSession(tmp_path / "photos.skal", folder, classes=["a", "b"])
    (folder / "b.png").unlink()
    (folder / "b.png").symlink_to(secret)
    (folder / "c.png").write_bytes(bomb(50_000, 50_000))
    with session.serve(who=["anna"], port=0) as server:
        client = Client(server)
        token = {"x-skal-token": session.invite("anna")}
        said = {
            row: client.get(f"/api/item/{item}/image", token)
            for item, row in zip(*(session.store.items()[name].tolist() for name in ("id", "row")))
        }
        tasks = client.post("/api/next", {"k": 3}, token)
    session.close()
    assert said[0].status == 200 and said[0].headers["content-type"] == "image/png"
    assert said[1].status in (404, 422) and said[2].status == 422, said
    assert b"secret" not in said[1].content and tasks.status == 200
