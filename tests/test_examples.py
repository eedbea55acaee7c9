"""Every example runs with small settings and saves its figures."""

import runpy
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"

# arguments for a small run; and what is saved
CASES = {
    "demo": (
        ["--n-seeds", "2", "--budget", "64"],
        ["report.md", "table.csv", "table.md", "learning_curve.png", "learning_curve.pdf"],
    ),
    "plot_quickstart": (["--small"], ["quickstart_curves.png", "quickstart_asked.png"]),
    "plot_pipelines_and_cross_validation": (["--small"], ["cross_validation.png"]),
    "plot_grid_search": (["--small"], ["grid_search.png"]),
    "plot_modal": (["--small"], ["modal.png"]),
    "plot_human_loop": (["--small"], ["human_loop.png"]),
}
DATA_CASES = {
    "plot_fashion_mnist_study": (
        ["--n-rows", "600", "--strategies", "margin"],
        ["fashion_mnist_incremental.png", "fashion_mnist_cumulative.png"],
    ),
    "plot_brain_mri": (
        ["--size", "16", "--budget", "64", "--query-size", "20", "--max-epochs", "1"],
        ["brain_mri_curves.png", "brain_mri_asked.png"],
    ),
}


@pytest.fixture
def run_example(monkeypatch):
    """Run an example as a program would; in this process, as importing takes longest."""

    def run(name, *arguments):
        monkeypatch.setattr(sys, "argv", [f"{name}.py", *arguments])
        return runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")

    yield run
    plt.close("all")


@pytest.mark.parametrize("name", CASES)
def test_the_example_runs_and_saves_its_figures(name, run_example, tmp_path, monkeypatch):
    monkeypatch.delenv("SKAL_DATA", raising=False)
    arguments, files = CASES[name]
    run_example(name, *arguments, "--out", str(tmp_path / "out"))
    assert not [file for file in files if not (tmp_path / "out" / file).stat().st_size]


@pytest.mark.needs_data
@pytest.mark.parametrize("name", DATA_CASES)
def test_the_example_runs_on_real_images(name, run_example, tmp_path, data_home):
    arguments, files = DATA_CASES[name]
    run_example(name, *arguments, "--out", str(tmp_path / "out"))
    assert not [file for file in files if not (tmp_path / "out" / file).stat().st_size]


@pytest.mark.parametrize(
    ("name", "argument"),
    [("plot_fashion_mnist_study", "--data-home"), ("plot_brain_mri", "--folder")],
)
def test_an_example_without_its_data_says_how_to_get_it(name, argument, run_example, tmp_path):
    with pytest.raises(SystemExit, match=argument):
        run_example(name, argument, str(tmp_path))


def test_an_example_without_out_writes_nothing(run_example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_example("plot_human_loop", "--small")
    assert not list(tmp_path.iterdir())


def test_every_example_has_a_case():
    names = {path.stem for path in EXAMPLES.glob("*.py")}
    assert names == {*CASES, *DATA_CASES}


# ---------------------------------------------------------------- the sentence of the demo


def from_demo(name):
    return runpy.run_path(str(EXAMPLES / "demo.py"))[name]


def rows_of(chosen, base):
    """What `summarize` gives the sentence: labels on average, and seed by seed."""
    return {
        "margin": {"labels": chosen[0], "each": chosen[1]},
        "random": {"labels": base[0], "each": base[1]},
    }


def test_the_demo_counts_the_labels_saved():
    rows = rows_of((60, [40, 80, None]), (100, [120, 80, None]))
    sentence = from_demo("verdict")(0.9, rows, budget=120)
    assert "90.0% accuracy" in sentence
    assert "margin needed 60 labels and random 100: 40 labels (40%) saved" in sentence
    assert "fewer in 1 of 3 paired seeds" in sentence


@pytest.mark.parametrize(("labels", "needed"), [(100, "100"), (None, "over 120")])
def test_the_demo_admits_that_nothing_was_saved(labels, needed):
    sentence = from_demo("verdict")(0.9, rows_of((labels, [None]), (100, [100])), budget=120)
    assert "saved no labels" in sentence and f"it needed {needed} and random 100" in sentence


def test_the_demo_reads_the_first_label_count_at_the_target():
    first_reach = from_demo("first_reach")
    n_labeled, scores = np.array([20, 40, 60]), np.array([0.5, 0.9, 0.8])
    assert first_reach(n_labeled, scores, 0.9) == 40
    assert first_reach(n_labeled, scores, 0.95) is None
