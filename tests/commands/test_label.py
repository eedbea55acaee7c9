"""``skal label`` on the command line."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from skal.__main__ import main
from skal.labeling import LabelingSession, default_learner
from tests.labeling.web.client import Served


@pytest.fixture
def folder(tmp_path):
    """Images of two shades, without class folders."""
    place = tmp_path / "photos"
    place.mkdir()
    for i in range(12):
        Image.fromarray(np.full((9, 9), 40 + 15 * i, np.uint8)).save(place / f"{i:02}.png")
    return place


def test_a_folder_is_labelled_today_and_tomorrow_by_the_same_command(folder):
    words = [folder, "--classes", "dark", "light", "--no-model"]
    first = Served(*words, "--who", "anna", "ben")
    assert "12 images; classes: dark, light." in first.said and {*first.links} == {"anna", "ben"}
    label = {"request": "request-0", "item": 1, "action": "label", "label": "class:0"}
    assert first.ask("answer", **label).status == 200
    assert first.stop() == 130 and "Every answer is in" in first.said
    second = Served(folder, "--no-model")
    assert second.links == first.links  # a page that is still open goes on
    assert b'"mine":1' in second.ask("state").content
    second.stop()


def test_labels_are_written_without_a_page(folder, capsys):
    names = ["dark", "light"]
    with LabelingSession(folder.with_name("photos.skal"), folder, classes=names).store as store:
        store.answer("anna", 3, "light")
    path = folder.with_name("labels.csv")
    assert main(["label", str(folder), "--export", str(path)]) == 0
    assert f"The labels are in {path}" in capsys.readouterr().out
    assert "02.png,light,anna" in path.read_text(encoding="utf8")


def test_a_killed_command_loses_no_answer(folder):
    served = Served(folder, "--classes", "dark", "light", "--no-model", "--who", "anna")
    label = {"request": "request-0", "item": 1, "action": "label", "label": "class:1"}
    assert served.ask("answer", **label).status == 200
    served.kill()
    with LabelingSession(folder.with_name("photos.skal"), folder).store as store:
        assert store.current()["label"].tolist() == ["light"]


@pytest.mark.parametrize(
    ("name", "text", "more", "kind", "n"),
    [
        ("lines.txt", "\ufeffgood\nbad\n", [], "texts", 2),
        ("one.csv", "text\ngood\nbad\n\n", [], "texts", 2),
        ("two.csv", "size,colour\n1,red\n2,\n", [], "rows", 2),
        ("two.tsv", "size\tcolour\n1\tred\n2\tblue\n", ["--column", "colour"], "texts", 2),
    ],
)
def test_texts_and_tables_are_read(tmp_path, capsys, monkeypatch, name, text, more, kind, n):
    path = tmp_path / name
    path.write_text(text, encoding="utf8")
    monkeypatch.setattr("skal.labeling.web.serve", lambda *args, **how: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        main(["label", str(path), "--classes", "good", "bad", "--no-model", *more])
    assert f"{n} {kind}; classes: good, bad." in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["texts", "table"])
def test_the_model_of_texts_and_tables_learns_from_few_labels(tmp_path, kind):
    from skal.commands.label import _pool

    path = tmp_path / f"{kind}.csv"
    rows = []
    for i in range(20):
        word = "red" if i % 2 else "blue"
        rows.append(f"{word} {i}" if kind == "texts" else f"{word},{i % 2},")
    head = "text" if kind == "texts" else "colour,number,empty"
    path.write_text("\n".join([head, *rows]) + "\n")
    options = parsed(path)
    pool = _pool(options)
    learner = default_learner(pool).set_params(init_size=6, query_size=4, budget=10)
    y = np.array(["even", "odd"] * 10)
    assert learner.fit(pool, y).score(pool, y) == 1.0


def parsed(path, *more):
    from skal.__main__ import _parser

    return _parser().parse_args(["label", str(path), *more])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere", "--classes", "a", "b"], "not there"),
        (["photos"], "`--classes` must name the classes"),
        (["photos", "--classes", "a", "b", "--port", "99999"], "`port` must be in [0, 65535]"),
        (["book.pdf", "--classes", "a", "b"], "must be a folder of images, a .txt"),
        (["table.csv", "--classes", "a", "--column", "z"], "`--column` must be one of ['x', 'y']"),
        (["photos", "--classes", "a", "b", "--overlap", "2"], "`overlap` must be"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(folder, capsys, monkeypatch, words, said):
    monkeypatch.chdir(folder.parent)
    Path("book.pdf").touch()
    Path("table.csv").write_text("x,y\n1,2\n3,4\n")
    assert main(["label", *words, "--no-browser", "--no-model"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("skal: ") and said in error
