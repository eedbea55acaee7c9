"""Tasks for Label Studio, and its exports back."""

import json
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from PIL import Image

from skal.data import ImageFolderPool
from skal.labeling.exchange import (
    label_studio_config,
    match_items,
    read_label_studio,
    read_labels,
    write_label_studio,
)

TEXTS = ["buy now", "see you", "cheap & <b>nice</b>"]
ANSWERS = {
    "key": ["0", "1", "1", "2"],
    "label": ["spam", "ham", None, None],
    "annotator": ["anna", "anna", "ben", "anna"],
    "at": [1700000000.0, 1700000001.0, 1700000002.0, 1700000003.0],
    "seconds": [1.5, None, 2.0, None],
    "action": ["label", "label", "skip", "skip"],
}


def export(tmp_path, tasks):
    path = tmp_path / "export.json"
    path.write_text(json.dumps(tasks))
    return path


def annotation(choice, who=1, *, at="2026-01-01T10:00:00Z", **more):
    result = [{"type": "choices", "value": {"choices": [choice]}}] if choice else []
    return {"result": result, "completed_by": who, "updated_at": at, **more}


# ---------------------------------------------------------------- out


def test_answers_come_back_as_they_were(tmp_path):
    path = write_label_studio(tmp_path / "tasks.json", TEXTS, ANSWERS)
    found = read_labels(path)
    for name, values in ANSWERS.items():
        assert found[name] == values[:2], name
    assert match_items(found, TEXTS).rows.tolist() == [0, 1]
    with pytest.raises(ValueError, match="another content for '1'"):
        match_items(found, ["buy now", "changed", TEXTS[2]])


def imported(path):
    """What Label Studio makes of a file: it keeps results, and answers are the importer's."""
    tasks = json.loads(path.read_text())
    for task in tasks:
        for number, answer in enumerate(task.get("annotations", [])):
            kept = {name: answer.get(name) for name in ("result", "was_cancelled", "lead_time")}
            answer.clear()
            answer |= kept | {"completed_by": 1, "updated_by": None}
            answer["updated_at"] = f"2026-01-01T10:00:0{number}Z"
    return tasks


def test_answers_of_several_people_survive_an_import_as_one(tmp_path):
    table = {"key": ["0", "0"], "label": ["spam", "ham"], "annotator": ["anna", "ben"]}
    tasks = imported(write_label_studio(tmp_path / "tasks.json", TEXTS, table))
    found = read_label_studio(export(tmp_path, tasks))
    assert [*zip(found["annotator"], found["label"], strict=True)] == [
        ("anna", "spam"),
        ("ben", "ham"),
    ]
    tasks[0]["annotations"][1]["updated_by"] = 1  # who corrects an answer gave it
    assert read_label_studio(export(tmp_path, tasks))["annotator"] == ["anna", "1"]


def test_skips_are_told_of_those_only_whom_label_studio_knows(tmp_path):
    path = tmp_path / "tasks.json"
    write_label_studio(path, TEXTS, ANSWERS, emails={"ben": "ben@example.org"})
    skips = [
        answer["completed_by"]["email"]
        for task in json.loads(path.read_text())
        for answer in task.get("annotations", [])
        if answer.get("was_cancelled")
    ]
    assert skips == ["ben@example.org"]


def test_choices_fit_the_configuration(tmp_path):
    classes = ["spam", 'ham "&" <eggs>']
    config = ElementTree.fromstring(label_studio_config(classes, "text"))
    assert [choice.get("value") for choice in config.iter("Choice")] == classes
    (choices,) = config.iter("Choices")
    (text,) = config.iter("Text")
    table = {"key": ["0"], "label": ["spam"]}
    (task, *_) = json.loads(write_label_studio(tmp_path / "t.json", TEXTS, table).read_text())
    (result,) = task["annotations"][0]["result"]
    assert result["from_name"] == choices.get("name") and result["to_name"] == text.get("name")
    assert task["data"][text.get("value")[1:]] == "buy now"


def test_images_are_files_below_the_document_root(tmp_path):
    (tmp_path / "a b").mkdir()
    Image.fromarray(np.zeros((8, 8), dtype=np.uint8)).save(tmp_path / "a b" / "ü&1.png")
    pool = ImageFolderPool(tmp_path)
    path = write_label_studio(tmp_path / "tasks.json", pool, prefix="/data/local-files/?d=pets/")
    (task,) = json.loads(path.read_text())
    assert task["data"]["image"] == "/data/local-files/?d=pets/a%20b/%C3%BC%261.png"
    assert task["data"]["skal_key"] == "a b/ü&1.png"


def test_what_is_asked_first_has_the_smallest_score(tmp_path):
    guesses = {"key": ["2", "0", "1"], "label": ["spam"] * 3, "confidence": [0.5, 0.6, 0.9]}
    path = write_label_studio(tmp_path / "tasks.json", TEXTS, predictions=guesses)
    scores = {t["data"]["skal_key"]: t["predictions"][0] for t in json.loads(path.read_text())}
    assert [scores[key]["score"] for key in "201"] == [0, 0.5, 1]
    assert scores["1"]["result"][0]["score"] == 0.9


def test_images_in_memory_are_refused(tmp_path):
    with pytest.raises(ValueError, match="got images in memory; write them"):
        write_label_studio(tmp_path / "tasks.json", np.zeros((2, 8, 8)))


# ---------------------------------------------------------------- in


def test_a_cancelled_annotation_is_a_skip_and_people_have_names(tmp_path):
    task = {
        "data": {"text": "buy now"},
        "annotations": [
            annotation("spam", {"id": 4, "email": "b@x.org"}, lead_time=3.5),
            annotation(None, 7, was_cancelled=True),
            annotation("ham", None),
        ],
    }
    found = read_label_studio(export(tmp_path, [task]), people={"b@x.org": "ben", 7: "anna"})
    assert found["annotator"] == ["ben", "anna", None]
    assert found["action"] == ["label", "skip", "label"] and found["seconds"][0] == 3.5
    assert found["key"] == ["buy now"] * 3


def test_the_newest_annotation_of_a_person_counts(tmp_path):
    tasks = [  # imported twice, so that there are two tasks of one item
        {"data": {"text": "x"}, "annotations": [annotation("ham", at="2026-01-01T11:00:00Z")]},
        {"data": {"text": "x"}, "annotations": [annotation("spam", at="2026-01-01T10:00:00Z")]},
    ]
    assert read_labels(export(tmp_path, tasks))["label"] == ["ham"]


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("/data/local-files/?d=pets/a%20b/1.png", "pets/a b/1.png"),
        ("http://localhost:8080/data/local-files/?d=1.png", "1.png"),
        ("/data/upload/3/1a2b3c4d-my-cat.png", "my-cat.png"),
        ("https://example.org/pets/1.png", "https://example.org/pets/1.png"),
    ],
)
def test_items_are_known_by_their_path(tmp_path, address, key):
    tasks = [{"data": {"image": address}, "annotations": [annotation("cat")]}]
    assert read_labels(export(tmp_path, tasks))["key"] == [key]


def test_the_flat_export_is_read(tmp_path):
    tasks = [
        {
            "text": "x",
            "skal_key": "7",
            "id": 1,
            "annotator": 2,
            "label": "spam",
            "lead_time": 1.5,
            "created_at": "2026-01-01T10:00:00Z",
        },  # fmt: skip
        {"text": "y", "skal_key": "8", "id": 2, "annotator": 2},
    ]
    found = read_labels(export(tmp_path, tasks))
    assert found["key"] == ["7"] and found["label"] == ["spam"]  # "8" was not answered
    assert found["annotator"] == ["2"] and found["seconds"] == [1.5]


TWO = {"result": [{"type": "choices", "value": {"choices": ["a", "b"]}}]}


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ({"data": {"image": "/data/local-files/?d=../../etc/passwd"}}, "must lie inside"),
        ({"data": {"audio": "x"}}, "must have skal_key, image or text, got audio"),
        ({"data": {"text": "x"}, "annotations": [TWO]}, r"one choice, got \['a', 'b'\]"),
    ],
)
def test_exports_that_make_no_sense_are_refused(tmp_path, task, message):
    with pytest.raises(ValueError, match=message):
        read_label_studio(export(tmp_path, [task]))
