import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.testing import assert_allclose

from skal.plotting import ClassBalanceDisplay
from skal.plotting._curve_drawing import band_title, check_log, label_x, line_style, look_of
from skal.plotting._mean_curves import Curve
from tests.plotting.runs import many


@pytest.mark.parametrize(
    ("n_points", "marked", "dashed"),
    [(30, True, True), (31, False, True), (500, False, True), (501, False, False)],
)
def test_lines_of_more_points_are_plainer(n_points, marked, dashed):
    style = line_style(1, n_points)
    assert (("marker" in style), ("linestyle" in style)) == (marked, dashed)


def test_fifteen_lines_differ_in_hue_or_dashes():
    looks = [line_style(i) for i in range(-1, 14)]
    assert len({look["color"] for look in looks}) == 8  # one of them the baseline's alone
    assert len({(look["color"], look["marker"]) for look in looks}) == 15
    assert len({(look["color"], str(look["linestyle"])) for look in looks}) == 15


@pytest.mark.parametrize(
    ("names", "baseline", "numbers"),
    [
        (["random", "margin", "bald"], "random", [-1, 0, 1]),
        (["margin", "random", "bald"], "random", [0, -1, 1]),
        (["margin", "random"], "margin", [0, -1]),
        (["margin", "bald"], "margin", [-1, 0]),
        (["margin", "random"], None, [0, -1]),
        (["margin", "bald"], None, [0, 1]),
    ],
)
def test_wherever_random_stands_all_keep_their_looks(names, baseline, numbers):
    assert list(look_of(names, baseline).values()) == numbers


@pytest.mark.parametrize(
    ("repeats", "band", "title"),
    [
        ([2, 2], "std", "mean ± std of 2 runs"),
        ([5, 3, 4], "range", "mean, min to max of 3–5 runs"),
        ([], "std", None),
        ([2], None, None),
    ],
)
def test_a_band_is_explained(repeats, band, title):
    assert band_title(repeats, band) == title


@pytest.mark.parametrize(
    ("x", "ticks"),
    [([10, 90], [10, 15, 20, 30, 50, 70]), ([10, 900], [10, 20, 50, 100, 200, 500])],
)
def test_the_less_of_a_log_axis_there_is_the_more_is_labelled(x, ticks):
    ax = Figure().subplots()
    ax.plot(x, [0, 1])
    label_x(ax, [Curve(x, [0, 1])], "n_labeled", "log")
    low, high = x
    assert_allclose([at for at in ax.get_xticks() if low <= at <= high], ticks)


def test_counts_of_labels_are_whole_and_have_commas():
    ax = Figure().subplots()
    ax.plot([1000, 1002], [0, 1])
    label_x(ax, [Curve([1000, 1002], [0, 1])], "n_labeled")
    assert ax.xaxis.get_major_formatter()(1000) == "1,000"
    assert_allclose(np.diff(ax.get_xticks()) % 1, 0)
    assert ax.get_xlabel() == "labels"


def test_a_log_axis_takes_points_above_zero():
    check_log([Curve([0.5, 2], [0, 1])], "log")
    check_log([Curve([0, 2], [0, 1])], "linear")


# ---------------------------------------------------------------- panels


@pytest.mark.parametrize(
    ("n_classes", "with_numbers"), [(5, [2, 3, 4]), (6, [3, 4, 5]), (2, [0, 1])]
)
def test_the_lowest_panel_of_each_column_has_the_numbers(n_classes, with_numbers):
    display = ClassBalanceDisplay.from_comparison(many(["random"], n_classes=n_classes, n_rounds=3))
    shown = [
        i
        for i, ax in enumerate(display.axes_)
        if any(tick.label1.get_visible() for tick in ax.xaxis.get_major_ticks())
    ]
    assert shown == with_numbers


def test_thousands_are_short_where_panels_are_narrow():
    crowd = many(["random"], n_rounds=3, step=2000, n_rows=10_000)
    ax = ClassBalanceDisplay.from_comparison(crowd).axes_[0]
    write = ax.xaxis.get_major_formatter()
    assert [write(at) for at in (0, 2500, 6000)] == ["0", "2.5k", "6k"]
