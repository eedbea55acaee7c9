"""Figures in a notebook: those of skal are shown, and the user's own after them."""

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt

from skal.plotting import ClassBalanceDisplay, LearningCurveDisplay
from tests.plotting.runs import history


def test_the_first_figure_leaves_the_interactive_mode_as_the_backend_sets_it(monkeypatch):
    figure = plt.figure

    def first_figure(*args, **how):
        mpl.interactive(True)  # what the backend of a notebook does when a figure loads it
        return figure(*args, **how)

    monkeypatch.setattr(plt, "figure", first_figure)
    with mpl.rc_context():
        LearningCurveDisplay.from_histories(history(0.5, 0.75))
        assert mpl.is_interactive()


SETUP = """
from matplotlib import pyplot as plt
from skal.plotting import ClassBalanceDisplay, LearningCurveDisplay, RoundTimeDisplay
history = [
    {"n_labeled": n, "test_score": n / 20, "class_counts": {0: 5, 1: 5}, "fit_seconds": 0.1}
    for n in (10, 20)
]
"""
FIGURES = [
    "LearningCurveDisplay.from_histories(history);",
    "ClassBalanceDisplay.from_histories(history);",
    "display = RoundTimeDisplay.from_histories(history)\ndisplay",
    "display",
    "plt.plot([1, 2]);",
]


@pytest.mark.slow
def test_a_notebook_shows_three_displays_and_the_plot_after_them(monkeypatch):
    reason = "runs a notebook: pip install nbclient ipykernel"
    nbclient = pytest.importorskip("nbclient", reason=reason)
    pytest.importorskip("ipykernel", reason=reason)
    from nbformat.v4 import new_code_cell, new_notebook

    monkeypatch.delenv("MPLBACKEND", raising=False)  # the kernel takes that of notebooks
    notebook = new_notebook(cells=[new_code_cell(source) for source in [SETUP, *FIGURES]])
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    shown = [
        sum("image/png" in output.get("data", {}) for output in cell.outputs)
        for cell in notebook.cells
    ]
    assert shown == [0, 1, 1, 1, 1, 1]


@pytest.mark.parametrize("kind", [LearningCurveDisplay, ClassBalanceDisplay])
def test_a_display_that_is_drawn_again_leaves_one_open_figure(kind):
    plt.close("all")
    display = kind.from_histories(history(0.5, 0.75, class_counts={0: 5, 1: 5}))
    owner = plt.figure()
    display.plot(owner.subplots())  # a figure of its owner stays
    assert display.plot().figure_.number in plt.get_fignums()
    assert len(plt.get_fignums()) == 2
