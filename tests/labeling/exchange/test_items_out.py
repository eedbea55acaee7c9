"""Formats that hold items beside labels: folders of classes, COCO, datasets."""

import hashlib
import json
import os

import numpy as np
import pytest
from PIL import Image

from skal.data import ImageFolderPool, load_image_folder
from skal.labeling._items import Items
from skal.labeling.exchange import read_labels, to_dataset, write_labels, write_parquet
from skal.labeling.exchange._hub import _entries
from skal.labeling.exchange._table import settled


@pytest.fixture
def pool(tmp_path):
    """Four images of two sizes in two folders, of which two have one name."""
    root = tmp_path / "pool"
    for number, name in enumerate(["a/x.png", "a/y.png", "b/x.png", "b/z.png"]):
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((8, 6), 40 * number, dtype=np.uint8)).save(file)
    return ImageFolderPool(root)


LABELS = {
    "key": ["a/x.png", "b/x.png", "a/y.png", "b/z.png"],
    "label": ["cat", "cat", "dog/fox", None],
    "annotator": ["anna", "ben", "anna", "anna"],
    "confidence": [0.75, None, None, None],
}


def labelled(found):
    return sorted(zip(found["key"], found["label"], found["annotator"], strict=True))


WANTED = [("a/x.png", "cat", "anna"), ("a/y.png", "dog/fox", "anna"), ("b/x.png", "cat", "ben")]


# ---------------------------------------------------------------- folders


@pytest.mark.parametrize("how", ["copy", "hardlink", "symlink"])
def test_folders_come_back_as_labels(pool, tmp_path, how):
    out = write_labels(tmp_path / "out", LABELS, pool, how=how)
    assert labelled(read_labels(out)) == WANTED
    file = out / "cat" / "x.png"
    assert file.is_symlink() == (how == "symlink")
    assert os.path.samefile(file, pool.path(0)) == (how != "copy")


def test_the_manifest_says_what_every_file_was(pool, tmp_path):
    out = write_labels(tmp_path / "out", LABELS, pool)
    entries = [json.loads(line) for line in (out / "manifest.jsonl").read_text().splitlines()]
    assert [entry["file"] for entry in entries] == ["cat/x.png", "cat/b%2Fx.png", "dog%2Ffox/y.png"]
    for entry in entries:
        content = (out / entry["file"]).read_bytes()
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()


def test_folders_are_a_data_set_of_images(pool, tmp_path):
    out = write_labels(tmp_path / "out", LABELS, pool)
    data = load_image_folder(out)
    names = np.asarray(data.target_names)[data.target].tolist()
    assert sorted(names) == ["cat", "cat", "dog%2Ffox"]


def test_folders_without_a_manifest_tell_classes_by_their_names(pool, tmp_path):
    out = write_labels(tmp_path / "out", LABELS, pool)
    (out / "manifest.jsonl").unlink()
    found = read_labels(out)
    assert set(zip(found["key"], found["label"], strict=True)) == {
        ("cat/x.png", "cat"),
        ("cat/b%2Fx.png", "cat"),
        ("dog%2Ffox/y.png", "dog%2Ffox"),
    }


def test_a_changed_file_is_refused_by_name(pool, tmp_path):
    out = write_labels(tmp_path / "out", LABELS, pool)
    (out / "cat" / "x.png").write_bytes(b"other")
    with pytest.raises(ValueError, match="others or none for 'cat/x.png'"):
        read_labels(out)
    assert labelled(read_labels(out, verify=False)) == WANTED


@pytest.mark.parametrize("name", ["../secret.png", "/etc/passwd", "cat/../../x", "C:\\x", "..\\x"])
def test_a_manifest_that_leads_out_of_its_folder_is_refused(pool, tmp_path, name):
    out = write_labels(tmp_path / "out", LABELS, pool)
    line = json.dumps({"file": name, "key": "k", "label": "x", "sha256": "0"})
    (out / "manifest.jsonl").write_text(line + "\n")
    with pytest.raises(ValueError, match="must lie inside its folder"):
        read_labels(out, verify=False)


@pytest.mark.parametrize("name", ["..", ".", "a/../b", "nul\0", "con:", ".hidden", "end.", " "])
def test_class_names_make_no_path(pool, tmp_path, name):
    out = write_labels(tmp_path / "out", {"key": ["a/x.png"], "label": [name]}, pool)
    files = [file for file in out.rglob("*.png") if file.is_file()]
    assert [file.parent.parent for file in files] == [out]
    assert read_labels(out)["label"] == [name]


def test_images_in_memory_and_texts_are_written(tmp_path):
    images = np.zeros((2, 8, 6), dtype=np.uint8)
    labels = {"key": ["0", "1"], "label": ["x", "y"]}
    out = write_labels(tmp_path / "images", labels, images)
    with Image.open(out / "x" / "0.png") as image:
        assert image.size == (6, 8)
    out = write_labels(tmp_path / "texts", labels, ["one", "two"])
    assert (out / "y" / "1.txt").read_text() == "two"


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({"key": ["gone.png"], "label": ["x"]}, "got none for 'gone.png'"),
        ({"key": ["a/x.png"] * 2, "label": ["x", "y"]}, "got 'x' and 'y' for 'a/x.png'"),
        ({"key": ["a/x.png"], "label": ["x"], "sha256": ["0"]}, "another content for 'a/x.png'"),
    ],
)
def test_nothing_is_laid_out_that_is_not_clear(pool, tmp_path, labels, message):
    with pytest.raises(ValueError, match=message):
        write_labels(tmp_path / "out", labels, pool)
    assert not (tmp_path / "out").exists()


def test_a_folder_with_files_is_not_written_into(pool, tmp_path):
    with pytest.raises(ValueError, match="must be a new or empty folder"):
        write_labels(tmp_path / "pool", LABELS, pool, format="folders")


# ---------------------------------------------------------------- COCO


def test_coco_comes_back_as_labels(pool, tmp_path):
    path = write_labels(tmp_path / "coco.json", LABELS, pool, format="coco")
    found = read_labels(path)
    assert labelled(found) == WANTED
    assert found["confidence"][0] == 0.75
    whole = json.loads(path.read_text())
    assert whole["annotations"][0]["bbox"] == [0, 0, 6, 8] and whole["images"][0]["height"] == 8
    assert [category["id"] for category in whole["categories"]] == [1, 2]


def coco(tmp_path, names, categories):
    whole = {
        "images": [{"id": k, "file_name": name} for k, name in enumerate(names)],
        "categories": [{"id": k, "name": name} for k, name in enumerate("ab")],
        "annotations": [{"image_id": i, "category_id": c} for i, c in categories],
    }
    path = tmp_path / "coco.json"
    path.write_text(json.dumps(whole))
    return path


def test_several_boxes_of_one_category_are_one_label(tmp_path):
    path = coco(tmp_path, ["x", "y"], [(0, 1), (0, 1), (1, 0)])
    assert read_labels(path)["label"] == ["b", "a"]


def test_several_categories_are_refused_or_answers(tmp_path):
    path = coco(tmp_path, ["x"], [(0, 1), (0, 0)])
    with pytest.raises(ValueError, match="several for 'x'"):
        read_labels(path)
    found = read_labels(path, several="answers")
    assert found["label"] == ["b", "a"] and len(set(found["annotator"])) == 2


@pytest.mark.parametrize(
    ("names", "pairs", "message"),
    [(["../x"], [(0, 0)], "lie inside"), (["x"], [(7, 0)], "image_id 7")],
)
def test_coco_that_makes_no_sense_is_refused(tmp_path, names, pairs, message):
    with pytest.raises(ValueError, match=message):
        read_labels(coco(tmp_path, names, pairs))


# ---------------------------------------------------------------- datasets


def test_without_the_extra_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "datasets", None)
    with pytest.raises(ImportError, match=r"skal\[datasets\]"):
        to_dataset({"key": ["0"], "label": ["x"]}, ["a text"])


def test_a_dataset_holds_items_and_labels(pool, tmp_path):
    datasets = pytest.importorskip("datasets", reason="an extra that the tests do not install")
    made = to_dataset(LABELS, pool)
    assert made.features["label"].names == ["cat", "dog/fox"] and len(made) == 3
    assert made[0]["image"].size == (6, 8) and made[0]["annotator"] == "anna"
    path = write_parquet(tmp_path / "labels.parquet", LABELS, pool)
    again = datasets.Dataset.from_parquet(str(path), cache_dir=str(tmp_path))
    assert again[2]["key"] == "a/y.png" and again[2]["image"].size == (6, 8)


def test_a_dataset_of_texts_and_of_rows():
    pytest.importorskip("datasets", reason="an extra that the tests do not install")
    labels = {"key": ["1"], "label": ["x"]}
    assert to_dataset(labels, ["a", "b"])[0] == {"text": "b", "label": 0, "key": "1"}
    assert to_dataset(labels, np.eye(2))[0] == {"0": "0", "1": "1", "label": 0, "key": "1"}


def test_a_column_of_the_table_never_stands_for_what_people_said():
    pandas = pytest.importorskip("pandas")
    items = Items(pandas.DataFrame({"label": ["dog"], "legs": [4]}))
    table = settled({"key": ["0"], "label": ["cat"]})
    wanted = {"label", "row_label", "legs", "key"}
    [entry] = _entries(items, table, [0], ["cat", "dog"], wanted)
    assert entry == {"key": "0", "label": 0, "row_label": "dog", "legs": "4"}
