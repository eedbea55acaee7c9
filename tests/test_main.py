"""The command line."""

import numpy as np
import pytest
from PIL import Image

from skal.__main__ import main

QUICK = ["--epochs", "2", "--budget", "30", "--init-size", "10", "--query-size", "10"]


def run(folder, *words, repeats="2"):
    how = [*QUICK, "--repeats", repeats, "--out", str(folder)]
    return main(["compare", words[0], *how, *words[1:]])


@pytest.fixture
def folders(tmp_path):
    """Images of two classes, as a plain folder and as one with train/ and test/."""
    rng = np.random.default_rng(0)
    for part in ("plain", "split/Training", "split/Testing"):
        for name, grey in (("dark", 40), ("light", 200)):
            folder = tmp_path / part / name
            folder.mkdir(parents=True)
            for i in range(30):
                pixels = np.clip(rng.normal(grey, 20, (9, 9)), 0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(folder / f"{i}.png")
    return tmp_path


def test_a_folder_of_images_gives_a_verdict_and_a_page(folders, capsys):
    out = folders / "out"
    assert run(out, str(folders / "plain"), "--image-size", "8") == 0
    said = capsys.readouterr().out
    assert "plain, by accuracy over 10–30 labels" in said and "open page.html" in said
    page = (out / "page.html").read_text(encoding="utf8")
    assert "light" in page and (out / "report.md").stat().st_size
    assert (out / "curves_plain.pdf").stat().st_size


def test_train_and_test_folders_are_used_and_more_repeats_add_to_what_is_there(folders, capsys):
    out, data = folders / "out", str(folders / "split")
    assert run(out, data, "--image-size", "8", repeats="1") == 0
    first = {path.name: path.stat().st_mtime_ns for path in (out / "runs").iterdir()}
    assert run(out, data, "--image-size", "8", repeats="2") == 0
    second = {path.name: path.stat().st_mtime_ns for path in (out / "runs").iterdir()}
    assert len(first) == 2 and len(second) == 4 and first.items() <= second.items()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere"], "there is no folder 'nowhere'"),
        (["digits", "--strategies", "margn"], "margin"),  # what was meant
        (["digits", "--baseline", "entropy"], "baseline='entropy' is no learner"),
        (["digits", "--scoring", "acuracy"], "acuracy"),
        (["digits", "--budget", "5"], "budget=5"),
        (["digits", "--random-state", "-1"], "random_state must be an int of at least 0, got -1"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(words, said, tmp_path, capsys):
    assert run(tmp_path / "out", *words) == 2
    error = capsys.readouterr().err
    assert error.startswith("skal: ") and said in error


def test_folders_of_one_name_are_two_data_sets(folders, capsys):
    (folders / "plain").rename(folders / "images")
    (folders / "more").mkdir()
    (folders / "split" / "Training").rename(folders / "more" / "images")
    paths = [str(folders / "images"), str(folders / "more" / "images")]
    more = ["--epochs", "1", "--repeats", "1", "--out", str(folders / "out"), "--image-size", "8"]
    assert main(["compare", *paths, "--budget", "20", *more]) == 0
    assert len(list((folders / "out" / "runs").iterdir())) == 4


def test_an_interruption_says_how_to_go_on(tmp_path, capsys, monkeypatch):
    def interrupted(*args, **how):
        raise KeyboardInterrupt

    monkeypatch.setattr("skal.__main__.compare", interrupted)
    assert run(tmp_path / "out", "digits") == 130
    assert "the same command goes on" in capsys.readouterr().err
