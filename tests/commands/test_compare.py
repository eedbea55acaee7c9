"""``skal compare`` on the command line."""

import os
import re
import shlex
import shutil
import sys
import warnings

import numpy as np
import pytest
from PIL import Image

from skal.__main__ import main
from skal.commands._strategy_text import strategy_from_text
from skal.commands.compare import _check_surroundings
from skal.evidence import Inputs
from skal.experiment import Comparison
from skal.nets import CNNClassifier, cnn_params
from skal.strategies import BALD, RankedBatch

QUICK = ["--max-epochs", "2", "--budget", "30", "--init-size", "10", "--query-size", "10"]


def run(folder, *words, repeats="2"):
    how = [*QUICK, "--n-repeats", repeats, "--folder", str(folder)]
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
    assert run(out, str(folders / "plain"), "--strategies", "margin") == 0
    said = capsys.readouterr().out
    assert "plain, by accuracy over 10–30 labels" in said and "open page.html" in said
    page = (out / "page.html").read_text(encoding="utf8")
    assert (
        "light" in page and f"skal compare {folders / 'plain'} " in (out / "report.md").read_text()
    )
    assert (out / "curves_plain.pdf").stat().st_size


def test_the_command_in_a_report_plays_the_same_again(folders, monkeypatch):
    assert run(folders / "out", str(folders / "plain"), "--strategies", "margin", repeats="1") == 0
    report = (folders / "out" / "report.md").read_text()
    command = re.search(r"```sh\nskal (.+)\n```", report)[1]
    (folders / "out").rename(folders / "before")  # nothing is there that would be read again
    monkeypatch.setattr(
        "skal.commands.compare.write_report", lambda found, folder, *_, **__: stop(found)
    )
    again = []

    def stop(found):
        again.append(found)
        raise KeyboardInterrupt

    assert main(shlex.split(command)) == 130
    tables = [Comparison.load(folders / "before"), again[0]]
    assert len({str(found.verdict()) for found in tables}) == 1
    scores = [[record["test_accuracy"] for record in found.to_records()] for found in tables]
    assert scores[0] == scores[1]


def test_the_first_lines_say_what_was_read_and_what_will_be_played(folders, capsys, monkeypatch):
    (folders / "split" / "Testing" / "dark" / "0.png").write_bytes(b"no image")
    given = {}

    def stop(learner, data, **how):
        given.update(how, net=learner.estimator, data=data)
        raise KeyboardInterrupt

    monkeypatch.setattr("skal.commands.compare.compare", stop)
    assert run(folders / "out", str(folders / "split"), "--strategies", "margin") == 130
    read, test, playing, sizes, net, takes = capsys.readouterr().out.splitlines()
    assert read.startswith("split: 60 images of 2 classes (dark 30, light 30)")
    assert "9 × 9 pixels, grey" in read
    assert "59 images" in test and "images that cannot be read: 1 (Testing/dark/0.png)" in test
    assert "random, margin, 2 repeats each: 4 runs, scored by accuracy" in playing
    assert "10 labels at first, then 10 a round, 30 in all; 3 trainings" in sizes
    assert "2 epochs" in sizes and "CNNClassifier" in net and "takes about" in takes
    assert given["strategies"] == ["random", "margin"]
    assert isinstance(given["net"], CNNClassifier) and len(given["data"]["split"]) == 4


def test_random_is_not_added_beside_another_baseline(tmp_path, monkeypatch):
    found = {}
    monkeypatch.setattr(
        "skal.commands.compare.compare", lambda *args, **how: found.update(how) or 1 / 0
    )
    with pytest.raises(ZeroDivisionError):
        run(tmp_path, "digits", "--strategies", "margin", "entropy", "--baseline", "entropy")
    assert found["strategies"] == ["margin", "entropy"]


def test_strategies_are_written_as_in_python():
    text = "RankedBatch(BALD(n_passes=3), space=Inputs())"
    assert repr(strategy_from_text(text)) == repr(RankedBatch(BALD(n_passes=3), space=Inputs()))
    assert strategy_from_text("margin") == "margin"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Bald()", "Bald is no strategy; did you mean BALD"),
        (
            "BALD(n_pases=3)",
            "BALD got an unexpected keyword argument 'n_pases'; its parameters are n_passes.",
        ),
        ("BALD(", "was never closed"),
        ("BALD(n_passes=open('x'))", "open is no strategy"),
        ("BALD(n_passes=1 + x)", "malformed node"),
    ],
)
def test_strategies_that_cannot_be_built_are_refused(text, said):
    with pytest.raises(ValueError, match="`--strategies` must be") as caught:
        strategy_from_text(text)
    assert said in str(caught.value)


OWN = """
from dataclasses import dataclass

import numpy as np

from skal.strategies import Margin, UtilityStrategy


@dataclass
class Unused:
    number: "int" = 0


class Mine(Margin):
    def __init__(self, sign: int = 1):
        super().__init__()
        self.sign = sign

    def utility(self, scores):
        return self.sign * super().utility(scores)


if __name__ == "__main__":
    raise RuntimeError("run as a script")
"""


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Mine", "Mine()"),
        ("Mine(sign=-1)", "Mine(sign=-1)"),
        ("Funnel(Mine(), BALD())", "Funnel(first=Mine(), then=BALD())"),
    ],
)
def test_a_strategy_of_ones_own_is_named_by_its_file(written, read, tmp_path):
    (tmp_path / "my.py").write_text(OWN)
    assert str(strategy_from_text(f"{tmp_path / 'my.py'}:{written}")) == read
    assert "my" not in sys.modules


def test_workers_are_sent_a_strategy_of_ones_own_whole(tmp_path):
    cloudpickle = pytest.importorskip("cloudpickle", reason="joblib has it inside")
    (tmp_path / "my.py").write_text(OWN)
    sent = cloudpickle.dumps(strategy_from_text(f"{tmp_path / 'my.py'}:Mine(sign=-1)"))
    assert repr(cloudpickle.loads(sent)) == "Mine(sign=-1)"  # there is no module to import


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("none.py:Mine", "there is no file 'none.py'"),
        ("{folder}/my.py:Mien", "Mien is no strategy; did you mean Mine?"),
        ("{folder}/my.py:Nope", "Nope is no strategy; there are Unused, Mine"),
        ("{folder}/my.py", "my.py:ClassName. The file holds Unused, Mine"),
        ("{folder}/bad.py:Mine", "bad.py ends in ZeroDivisionError"),
    ],
)
def test_a_file_without_the_strategy_is_refused(text, said, tmp_path):
    (tmp_path / "my.py").write_text(OWN)
    (tmp_path / "bad.py").write_text("1 / 0")
    with pytest.raises(ValueError, match=said):
        strategy_from_text(text.format(folder=tmp_path))


@pytest.mark.parametrize(
    ("side", "blocks"), [((9, 9), 2), ((28, 28), 2), ((48, 64), 3), ((96, 96), 4), ((512, 9), 4)]
)
def test_larger_images_pass_more_blocks(side, blocks):
    params = cnn_params([(4, 4), side])
    assert params["channels"] == (16, 32, 64, 128)[:blocks]
    assert ("lr" in params) == (blocks > 2)


def test_one_class_leaves_nothing_to_ask(folders, capsys):
    shutil.rmtree(folders / "plain" / "dark")
    assert run(folders / "out", str(folders / "plain")) == 2
    assert "must hold images of two classes or more, got 30 images" in capsys.readouterr().err


def test_a_warning_is_a_line_without_code(capsys, monkeypatch):
    def warn(options):
        warnings.warn("so and so", stacklevel=2)

    monkeypatch.setattr("skal.commands.compare._compare", warn)
    with warnings.catch_warnings():
        warnings.simplefilter("default")  # the tests make errors of them
        main(["compare", "digits"])
    assert capsys.readouterr().err == "skal: so and so\n"


def test_a_long_comparison_says_how_to_have_a_first_look(tmp_path, capsys, monkeypatch):
    seconds = iter([1000.0, 90.0])
    monkeypatch.setattr("skal.commands._outlook._seconds_of_run", lambda *args: next(seconds))
    monkeypatch.setattr("skal.commands.compare.compare", lambda *args, **how: 1 / 0)
    for k in range(40):
        folder = tmp_path / "large" / ("a" if k % 2 else "b")
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((64, 64), k, dtype=np.uint8)).save(folder / f"{k}.png")
    with pytest.raises(ZeroDivisionError):
        out = ["--folder", str(tmp_path / "out"), "--query-size", "1"]
        main(["compare", str(tmp_path / "large"), *out])
    said = capsys.readouterr().out
    assert "takes about 2.8 hours at most" in said and "first of 10 runs ends after 17 min" in said
    assert (
        "For a first look in about 9 minutes, add: --size 32 --n-repeats 3 --query-size 3 "
        f"--folder {tmp_path / 'out'}_look" in said
    )


@pytest.mark.filterwarnings("always:.*counted nowhere")  # the command writes it as a line
def test_what_a_strategy_of_ones_own_raised_is_told_with_its_line(tmp_path, capsys):
    (tmp_path / "my.py").write_text(OWN.replace("self.sign *", "1 / 0 *"))
    assert run(tmp_path / "out", "digits", "--strategies", f"{tmp_path / 'my.py'}:Mine") == 1
    said = capsys.readouterr()
    assert "ZeroDivisionError: division by zero (my.py, line 20, in utility)" in said.err
    assert said.err.count("counted nowhere") == 1
    report = (tmp_path / "out" / "report.md").read_text()
    assert "ZeroDivisionError: division by zero (my.py, line 20, in utility)" in report


@pytest.mark.filterwarnings("ignore:.*runs of another comparison")  # compare says it of the runs
def test_a_folder_of_another_comparison_is_told_and_what_is_there_is_not_timed(folders, capsys):
    how = folders / "out", str(folders / "plain"), "--strategies", "margin"
    assert run(*how, repeats="1") == 0
    said = capsys.readouterr().out
    assert "takes about" in said and "Writing the report" in said
    names = (folders / "out" / "asked.csv").read_text()
    assert f"light{os.sep}" in names and f"{os.sep}dark" not in names.splitlines()[1]
    assert run(*how, repeats="1") == 0
    said = capsys.readouterr().out
    assert "2 finished runs" in said and "takes about" not in said and "another command" not in said
    assert run(*how, "--mode", "incremental", repeats="1") == 0
    assert "holds the report of another command (skal compare" in capsys.readouterr().out


def test_half_of_few_images_is_the_budget(folders, capsys, monkeypatch):
    monkeypatch.setattr("skal.commands.compare.compare", lambda *args, **how: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        main(["compare", str(folders / "plain"), "--folder", str(folders / "out")])
    assert "22 in all" in capsys.readouterr().out  # of the 45 that are not kept for the test


def test_a_backend_that_needs_a_screen_is_not_asked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "no backend")
    monkeypatch.delitem(sys.modules, "matplotlib", raising=False)
    monkeypatch.setattr(
        "skal.commands.compare.import_module", lambda name: os.environ["MPLBACKEND"]
    )
    _check_surroundings(tmp_path)
    assert os.environ["MPLBACKEND"] == "agg"


def test_a_place_that_cannot_be_written_is_refused_before_images_are_read(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert run(tmp_path / "file", "nowhere") == 2
    assert "`--folder` must be a folder that can be written" in capsys.readouterr().err


def test_train_and_test_folders_are_used_and_more_repeats_add_to_what_is_there(folders, capsys):
    out, data = folders / "out", str(folders / "split")
    assert run(out, data, "--size", "8", repeats="1") == 0
    first = {path.name: path.stat().st_mtime_ns for path in (out / "runs").iterdir()}
    assert run(out, data, "--size", "8", repeats="2") == 0
    second = {path.name: path.stat().st_mtime_ns for path in (out / "runs").iterdir()}
    assert len(first) == 2 and len(second) == 4 and first.items() <= second.items()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere"], "there is no folder 'nowhere'"),
        (["digits", "--strategies", "margn"], "margin"),  # what was meant
        (["digits", "--baseline", "entropy"], "`--baseline` must be one of ['"),
        (["digits", "--size", "20"], "`--size` and `--color` must come with a folder"),
        (["digits", "--target", "90"], "`--target` must be an accuracy in (0, 1)"),
        (["digits", "--test-size", "2000"], "`--test-size` must leave images to ask for"),
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
    more = [
        "--max-epochs",
        "1",
        "--n-repeats",
        "1",
        "--folder",
        str(folders / "out"),
        "--size",
        "8",
    ]
    assert main(["compare", *paths, "--budget", "20", *more]) == 0
    assert len(list((folders / "out" / "runs").iterdir())) == 4


def test_an_interruption_says_how_to_go_on(tmp_path, capsys, monkeypatch):
    def interrupted(*args, **how):
        raise KeyboardInterrupt

    monkeypatch.setattr("skal.commands.compare.compare", interrupted)
    assert run(tmp_path / "out", "digits") == 130
    assert "the same command goes on" in capsys.readouterr().err
