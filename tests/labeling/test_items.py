"""What people see of the items of any pool."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.sparse import csr_array

from skal import DatasetRows
from skal.data import ImageFolderPool
from skal.exceptions import ImageError

pytest.importorskip("sqlalchemy")
from skal.labeling._items import Items


def pixels_of(shown):
    data, media_type = shown
    image = Image.open(io.BytesIO(data))
    assert media_type == f"image/{image.format.lower()}"
    return np.asarray(image)


@pytest.fixture
def folder(tmp_path):
    for name, grey in [("a.png", 10), ("b.png", 20)]:
        Image.new("L", (6, 4), grey).save(tmp_path / name)
    return tmp_path


# ---------------------------------------------------------------- images


def test_a_folder_is_shown_file_by_file_in_its_own_size(folder):
    items = Items(ImageFolderPool(folder, size=2))
    assert items.kind == "image" and items.keys.tolist() == ["a.png", "b.png"]
    assert items.view(1) == {"kind": "image", "name": "b.png", "width": 6, "height": 4}
    np.testing.assert_array_equal(pixels_of(items.image(1)), np.full((4, 6), 20))
    assert pixels_of(items.image(1, longest=3)).shape == (2, 3)


def test_a_path_is_a_folder_of_images(folder):
    assert len(Items(str(folder))) == 2


def test_a_photo_is_turned_and_sent_as_jpeg_without_what_is_said_of_it(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "made by somebody"
    photo = Image.new("RGB", (400, 300), (200, 10, 10))
    photo.save(tmp_path / "a.jpg", exif=exif, comment="said by somebody")
    items = Items(tmp_path)
    assert items.view(0)["width"] == 300
    data, media_type = items.image(0)
    assert media_type == "image/jpeg" and b"somebody" not in data
    assert pixels_of((data, media_type)).shape == (400, 300, 3)


def test_transparency_is_kept(tmp_path):
    Image.new("LA", (400, 300), (200, 10)).save(tmp_path / "a.png")
    assert pixels_of(Items(tmp_path).image(0)).shape == (300, 400, 4)


def test_what_cannot_be_shown_says_why(folder):
    (folder / "c.png").write_bytes(b"no image")
    items = Items(folder)
    assert items.view(2)["unreadable"] == "no image of a known format"
    with pytest.raises(ImageError, match="no image of a known format"):
        items.image(2)


def test_an_image_of_too_many_pixels_cannot_be_shown(folder, monkeypatch):
    items = Items(folder)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 11)  # half of what Pillow refuses
    with pytest.raises(ImageError, match="decompression bomb"):
        items.image(0)


@pytest.mark.parametrize(
    "row",
    [
        np.array([[0, 51], [102, 255]], dtype=np.uint8),
        np.array([[0.0, 0.2], [0.4, 1.0]]),
        np.array([[-5.0, -3.0], [-1.0, 5.0]], dtype=np.float32),
        np.array([[0, 1], [2, 5]]),
    ],
    ids=lambda row: str(row.dtype),
)
def test_numbers_are_shown_from_black_to_white(row):
    items = Items(row[None])
    assert items.kind == "image"
    np.testing.assert_array_equal(pixels_of(items.image(0)), [[0, 51], [102, 255]])
    assert items.view(0) == {"kind": "image", "name": "0", "width": 2, "height": 2}


@pytest.mark.parametrize("shape", [(3, 4, 5), (4, 5, 3), (1, 4, 5), (4, 5)], ids=repr)
def test_channels_stand_first_or_last(shape):
    items = Items(np.zeros((2, *shape), dtype=np.uint8))
    assert pixels_of(items.image(1)).shape[:2] == (4, 5)


def test_flat_rows_are_images_of_the_shape_that_is_told():
    items = Items(np.zeros((2, 20)), image_shape=(4, 5))
    assert (items.kind, items.view(0)["width"]) == ("image", 5)
    with pytest.raises(ValueError, match=r"`image_shape` must be .*, got \(4, 4\)"):
        Items(np.zeros((2, 20)), image_shape=(4, 4))


# ---------------------------------------------------------------- texts and tables


def series():
    return pytest.importorskip("pandas").Series(["one", "<b>two</b>"], name="text")


@pytest.mark.parametrize(
    "texts",
    [["one", "<b>two</b>"], np.array(["one", "<b>two</b>"]), series()],
    ids=["list", "array", "series"],
)
def test_texts_are_shown_as_they_are(texts):
    items = Items(texts)
    assert items.view(1) == {"kind": "text", "text": "<b>two</b>"}
    with pytest.raises(ImageError, match="a text, which is no image"):
        items.image(1)


def test_a_frame_is_shown_by_its_columns():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"n": [1, 2], "x": [0.5, 1 / 3], "s": ["u", None]}, index=["p", "q"])
    items = Items(frame)
    assert items.keys.tolist() == ["p", "q"]
    assert items.view(1)["cells"] == [["n", "2"], ["x", "0.333333"], ["s", ""]]


@pytest.mark.parametrize(
    ("rows", "cells"),
    [
        (np.array([[1, 2.5]]), [["0", "1"], ["1", "2.5"]]),
        ([[1, "b"]], [["0", "1"], ["1", "b"]]),
        ([{"a": 1, "b": None}], [["a", "1"], ["b", ""]]),
        (csr_array([[0, 0, 2.5]]), [["2", "2.5"]]),
        (DatasetRows([np.array([1, 2])]), [["0", "1"], ["1", "2"]]),
    ],
    ids=["array", "lists", "dicts", "sparse", "dataset"],
)
def test_rows_of_all_kinds_are_tables(rows, cells):
    view = Items(rows).view(0)
    assert view == {"kind": "table", "cells": cells}
    assert json.loads(json.dumps(view)) == view


@pytest.mark.parametrize("pool", [[], np.zeros((2, 3, 4, 5, 6))], ids=["nothing", "volumes"])
def test_what_nobody_can_look_at_is_refused(pool):
    with pytest.raises(ValueError, match="got (none|rows of shape)"):
        Items(pool)


@pytest.mark.parametrize("kind", [str, Path])
def test_names_of_files_are_neither_images_nor_texts(folder, kind):
    with pytest.raises(TypeError, match="got a list of files, .*; pass the folder"):
        Items([kind(folder / "a.png"), kind(folder / "b.png")])


# ---------------------------------------------------------------- tomorrow


def test_new_items_are_found(folder):
    items, texts = Items(folder), ["one"]
    Image.new("L", (6, 4), 5).save(folder / "0.png")
    assert items.refresh().tolist() == [2] and items.keys[2] == "0.png"
    of_texts = Items(texts)
    texts.append("two")
    assert of_texts.refresh().tolist() == [1] and len(of_texts) == 2


def test_items_are_found_again_after_a_move_and_a_change(folder):
    before = Items(folder)
    keys, digests = before.keys, [before.digest(row) for row in (0, 1)]
    (folder / "a.png").rename(folder / "z.png")
    Image.new("L", (6, 4), 99).save(folder / "b.png")
    found = Items(folder).find([*keys, "gone"], [*digests, None], verify=True)
    assert found.rows.tolist() == [1, 0, -1]
    assert found.moved.tolist() == [True, False, False]
    assert found.changed.tolist() == [False, True, False]
