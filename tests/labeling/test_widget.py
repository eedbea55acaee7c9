"""The page in a notebook: its messages, and what stands where scripts do not run."""

import json
from threading import Thread
from unittest.mock import Mock

import numpy as np
import pytest

from skal.exceptions import StoreError
from skal.labeling import LabelingSession

pytest.importorskip("anywidget", reason="anywidget is not installed")

HOSTILE = "</section><script>alert(1)</script>"


@pytest.fixture
def session(tmp_path):
    texts = [f"text {n} {HOSTILE}" for n in range(40)]
    with LabelingSession(tmp_path / "t.skal", texts, classes=["good", HOSTILE]) as made:
        yield made


@pytest.fixture
def widget(session):
    made = session.widget("anna")
    yield made
    made.close()


@pytest.fixture
def ask(widget, monkeypatch):
    """Send a message as the browser does; return the status, the answer and the buffers."""
    said = []
    monkeypatch.setattr(
        widget, "send", lambda content, buffers=None: said.append((content, buffers))
    )

    def ask(verb, **body):
        message = {"id": "m1", "verb": verb, "body": json.loads(json.dumps(body))}
        data = {"method": "custom", "content": message}
        widget._handle_msg({"content": {"data": data}, "buffers": []})
        content, buffers = said.pop()
        assert content["id"] == "m1" and not said
        json.dumps(content, allow_nan=False)
        return content["status"], content["answer"], buffers

    return ask


def an_answer(item, request="0" * 32):
    return {"request": request, "item": item, "action": "label", "label": "class:0", "seconds": 1.0}


def test_an_answer_that_came_twice_is_one_event(ask, session):
    [task] = ask("next", k=1)[1]["tasks"]
    first, again = (ask("answer", **an_answer(task["item"])) for _ in range(2))
    assert first == again and first[0] == 200
    assert session.progress("anna")["answered"] == session.progress("anna")["mine"] == 1


def test_a_message_that_cannot_be_taken_is_answered_with_words(ask, session, monkeypatch):
    assert ask("answer", **an_answer(0) | {"label": "fox"})[0] == 400
    assert ask("image", item=999)[0] == 404
    assert ask("read_file")[0] == 404
    full = Mock(side_effect=StoreError("the disk is full; make room."))
    monkeypatch.setattr(session.store, "claim", full)
    assert ask("next", k=1)[:2] == (503, {"error": "the disk is full; make room."})


def test_a_fault_is_answered_too_and_logged(widget, ask, monkeypatch, caplog):
    monkeypatch.setattr(widget._desk, "respond", lambda *_: 1 / 0)
    assert ask("state")[0] == 500 and "division by zero" in caplog.text


def test_messages_may_come_from_any_thread(ask, session):
    items = [task["item"] for task in ask("next", k=4)[1]["tasks"]]
    for n, item in enumerate(items):
        thread = Thread(target=ask, args=["answer"], kwargs=an_answer(item, f"{n:032}"))
        thread.start()
        thread.join()
    assert session.progress("anna")["answered"] == 4


def test_pictures_travel_as_bytes(tmp_path):
    images = np.zeros((5, 8, 8), np.uint8)
    with LabelingSession(tmp_path / "i.skal", images, classes=["a", "b"]) as session:
        widget, said = session.widget("anna"), []
        widget.send = lambda content, buffers=None: said.append((content, buffers))
        widget._take(widget, {"id": "m", "verb": "image", "body": {"item": 1, "size": 512}}, [])
        [(content, [picture])] = said
        assert content["answer"] == {"type": "image/png"} and picture[1:4] == b"PNG"
        shown = widget._repr_mimebundle_()[0]["text/html"]
        assert '<img src="data:image/png;base64,' in shown and 'width="160"' in shown
        widget.close()


def test_the_frame_without_scripts_shows_the_item_and_what_to_do(widget, session):
    task = session.next("anna")[0]
    session.answer("anna", task.item, "good")
    data, _ = widget._repr_mimebundle_()
    shown = data["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in data
    assert (
        "<b>1</b> of 40 answered. <bdi>good</bdi>: 1, " in shown and "run this cell again" in shown
    )
    assert session.next("anna")[0].view["text"].partition(" <")[0] in shown
    assert "<script" not in shown and "&lt;script&gt;" in shown


def test_closing_gives_back_what_the_person_held(widget, session):
    held = {task.item for task in session.next("anna", 40)}
    assert session.next("ben", 5) == []
    widget.close()
    assert held >= {task.item for task in session.next("ben", 5)} != set()


def test_who_labels_is_a_name(session, monkeypatch):
    monkeypatch.setenv("LOGNAME", "carla")
    widget = session.widget()
    assert widget.annotator == "carla"
    widget.close()
    with pytest.raises(ValueError, match="`annotator` must be a name"):
        session.widget(" ")


NOTEBOOK = """
from skal.exceptions import StoreError
from skal.labeling import LabelingSession
session = LabelingSession("t.skal", ["one", "two"], classes=["good", "bad"])
session.widget("anna")
"""


@pytest.mark.slow
def test_a_notebook_keeps_the_widget_and_the_frame(tmp_path):
    reason = "runs a notebook: pip install nbclient ipykernel"
    nbclient = pytest.importorskip("nbclient", reason=reason)
    pytest.importorskip("ipykernel", reason=reason)
    from nbformat.v4 import new_code_cell, new_notebook

    notebook = new_notebook(cells=[new_code_cell(NOTEBOOK)])
    resources = {"metadata": {"path": tmp_path}}
    nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources=resources
    ).execute()
    [shown] = [output["data"] for output in notebook.cells[0].outputs if "data" in output]
    assert "<b>0</b> of 2 answered" in shown["text/html"]
    states = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    model = states[shown["application/vnd.jupyter.widget-view+json"]["model_id"]]
    assert "export default widget;" in model["state"]["_esm"]
