import re
import sys
from dataclasses import replace

import numpy as np
import pytest

from skal.experiment import Comparison, DataSet
from skal.learner import History
from skal.plotting import write_report
from skal.plotting._report import _figures
from tests.experiment.runs import X, small
from tests.plotting.runs import comparison, history, many

SKETCH = {"formats": ["png"], "dpi": 40}  # quick to draw


@pytest.fixture(scope="module")
def found():
    return small(n_repeats=2)


@pytest.fixture(scope="module")
def files(found, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report") / "new"
    return write_report(found, folder, X.reshape(-1, 8, 8), title="Is it worth it?")


def test_everything_named_is_there_and_nothing_else(files):
    assert all(path.stat().st_size for path in files.values())
    assert {*files["report"].parent.iterdir()} == {*files.values()}
    assert {"curves.pdf", "map.png", "asked.png", "seconds.pdf"} <= set(files)


def test_the_report_says_the_verdict_and_links_to_files_that_exist(files, found):
    text = files["report"].read_text()
    assert text.startswith("# Is it worth it?\n")
    assert all(line in text for line in str(found.verdict()).splitlines())
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) >= 8
    assert all((files["report"].parent / link).exists() for link in links)


def test_a_table_of_several_learners_says_what_was_corrected(found, files, tmp_path):
    crowd = many(["random", "margin", "badge"], n_rounds=2, n_repeats=3)
    text = write_report(crowd, tmp_path, **SKETCH)["report"].read_text()
    assert "p is corrected for comparing several learners (Holm); the intervals are not" in text
    assert "Holm" not in files["report"].read_text()


def test_the_figures_stand_before_how_it_was_played(files):
    text = files["report"].read_text()
    assert text.index("](curves.png)") < text.index("## What was played") < text.index("Played: ")
    assert "Data: 300 rows" in text and "Labels of " in text  # it was given no name


def test_the_table_holds_every_round_of_every_run(files, found):
    lines = files["table"].read_text().splitlines()
    assert len(lines) == 1 + sum(len(run.history) for run in found.runs)


def test_the_target_reaches_the_verdict(found, tmp_path):
    files = write_report(found, tmp_path, target=0.6, **SKETCH)
    assert "0.6" in files["report"].read_text()
    assert not {"map.png", "asked.png"} & {*files}  # nothing to map without X


def test_a_single_run_is_reported_without_comparisons(found, tmp_path):
    files = write_report(Comparison(found.runs[:1]), tmp_path, **SKETCH)
    assert "difference.png" not in files and "penalties.png" not in files


def test_a_wrong_score_is_refused_before_any_work(found, tmp_path):
    with pytest.raises(ValueError, match="test_f1"):
        write_report(found, tmp_path / "new", score="test_f1")
    assert not (tmp_path / "new").exists()


def figures_of(found, X=None):
    """Names, displays and arguments of what a report draws; nothing is drawn."""
    of_data = dict.fromkeys(found.data_names, X)
    return list(_figures(found, of_data, dict.fromkeys(found.data_names), "auto", None, None))


def named(found, name):
    return Comparison([replace(run, data=name) for run in found.runs])


@pytest.mark.parametrize("name", ["../a/b", "my data (1)", "°"])
def test_names_of_data_sets_lead_nowhere_else(tmp_path, name):
    two = comparison({"margin": [history(0.5, 0.6)], "random": [history(0.4, 0.5)]}, data=name)
    files = write_report(two, tmp_path, **SKETCH)
    assert {path.parent for path in files.values()} == {tmp_path}
    links = re.findall(r"\]\(([^)]+)\)", files["report"].read_text())
    assert all((tmp_path / link).exists() for link in links)


@pytest.mark.parametrize("kind", ["flat", "frame", "with gaps"])
def test_rows_that_are_no_images_are_reported_too(found, tmp_path, kind):
    import pandas

    gaps = X.copy()
    gaps[5] = np.nan
    rows = {"flat": X, "frame": pandas.DataFrame(X), "with gaps": gaps}[kind]
    files = write_report(Comparison(found.runs[:1]), tmp_path, rows, **SKETCH)
    assert files["page"].exists() and "asked.png" not in files
    assert ("Left out: map:" in files["report"].read_text()) == (kind == "with gaps")


def test_names_of_data_sets_that_read_alike_get_files_of_their_own(tmp_path):
    names = ["a", "a_2", "a!", "a?"]
    all_runs = [run for name in names for run in comparison({"m": [history(0.5)]}, data=name).runs]
    files = write_report(Comparison(all_runs), tmp_path, **SKETCH)
    curves = {path.name for name, path in files.items() if name.startswith("curves_")}
    assert curves == {f"curves_{word}.png" for word in ("a", "a_2", "a_3", "a_4")}


def test_maps_are_of_eight_learners_and_images_of_the_first_that_is_no_baseline():
    crowd = many(["random", *"abcdefghi"], n_rounds=2, n_repeats=2)
    runs = [run for run in crowd.runs if run.repeat or run.learner != "a"]  # its first is lost
    runs.sort(key=lambda run: (run.learner != "random", run.learner))
    X = np.zeros((1000, 2, 2))
    made = {name: how for name, _, how in figures_of(Comparison(runs), X)}
    assert made["map_data_0"]["learners"] == ["random", *"abcdefg"]
    assert (made["asked_data_0"]["learner"], made["asked_data_0"]["repeat"]) == ("a", 1)
    assert made["map_data_0"]["repeat"] == 1


@pytest.mark.parametrize(
    ("n_learners", "n_data", "over_data"),
    [
        (1, 2, []),
        (2, 1, []),
        (2, 2, []),
        (3, 1, []),  # one data set: single tests would contradict the verdict
        (3, 2, ["penalties"]),
        (3, 3, ["penalties", "ranks"]),
    ],
)
def test_figures_over_data_sets_need_some(n_learners, n_data, over_data):
    crowd = many([f"m {i}" for i in range(n_learners)], n_rounds=1, n_repeats=1, n_data=n_data)
    names = [name for name, _, _ in figures_of(crowd)]
    assert [name for name in names if "data" not in name] == over_data
    assert ("difference_data_0" in names) == (n_learners > 1)


@pytest.mark.filterwarnings("ignore:No run on .data 2.")  # that is the point
def test_figures_that_would_show_nothing_are_left_out_and_named(tmp_path):
    alone = many(["random", "margin", "badge"], n_rounds=2, n_repeats=1, n_data=3)
    unscored = [
        replace(run, history=History({**record, "test_score": np.nan} for record in run.history))
        for run in alone.runs
        if run.data == "data 2"
    ]
    runs = [run for run in alone.runs if run.data != "data 2"]
    files = write_report(Comparison([*runs, *unscored]), tmp_path, **SKETCH)
    assert not {"penalties.png", "ranks.png"} & {*files}
    text = files["report"].read_text()
    assert "Left out: penalties: no learner beats another one" in text
    assert "Left out: ranks: mean ranks need 3 data sets with scores, got 2." in text


def test_a_map_says_which_learners_it_leaves_out(tmp_path):
    crowd = many(["random", *"abcdefgh"], n_rounds=2, n_repeats=1)
    rows = np.random.default_rng(0).normal(size=(1000, 3))
    text = write_report(crowd, tmp_path, rows, **SKETCH)["report"].read_text()
    assert "![map data 0](map_data_0.png)" in text and "Left out: map_data_0 of h: it holds" in text


@pytest.mark.parametrize(
    ("ends", "why"),
    [
        ([0.5, 0.52], "random learns next to nothing"),
        ([0.9, 0.9], "all reach the target with their first labels"),
        ([0.5, 0.9], ""),
    ],
)
def test_labels_to_a_target_that_means_nothing_are_left_out(tmp_path, ends, why):
    low, high = ends
    runs = {name: [history(low, high), history(low, high)] for name in ("random", "margin")}
    how = {"data": {"digits": DataSet(100, 10, {0: 50, 1: 50})}}
    how["params"] = {name: {"scoring": None} for name in runs}
    files = write_report(Comparison(comparison(runs).runs, **how), tmp_path, **SKETCH)
    assert ("labels_to_target_digits.png" in files) == (not why)
    assert f"Left out: labels_to_target_digits: {why}" in files["report"].read_text() or not why


def test_class_names_reach_figures_and_page(found, tmp_path):
    names = [f"digit {k}" for k in range(10)]
    files = write_report(Comparison(found.runs[:1]), tmp_path, X, target_names=names, **SKETCH)
    assert "digit 7" in files["page"].read_text()


def test_a_data_set_without_its_baseline_does_not_lose_the_report(found, tmp_path):
    some = [run for run in found.runs if run.learner != "random"]
    whole = Comparison([*found.runs, *named(Comparison(some), "other").runs])
    files = write_report(whole, tmp_path, **SKETCH)
    text = files["report"].read_text()
    assert "Left out: difference_other" in text and "curves_other.png" in text


def test_a_report_needs_no_pandas_and_its_table_is_what_pandas_would_write(
    found, tmp_path, monkeypatch
):
    import pandas

    frame = found.to_frame()
    monkeypatch.setitem(sys.modules, "pandas", None)  # importing it fails
    files = write_report(found, tmp_path, **SKETCH)
    monkeypatch.undo()
    pandas.testing.assert_frame_equal(pandas.read_csv(files["table"]), frame)
