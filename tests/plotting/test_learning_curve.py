from time import perf_counter
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.testing import assert_allclose, assert_array_equal

from skal.plotting import LearningCurveDisplay
from tests.plotting.runs import comparison

from_histories = LearningCurveDisplay.from_histories


def history(*scores, key="test_score", step=10, pool=100):
    return [
        {"round": i, "n_labeled": step * (i + 1), "fraction": step * (i + 1) / pool, key: score}
        for i, score in enumerate(scores)
    ]


RISING = np.linspace(0.5, 0.9, 20)
TWO = {"margin": [history(0.5, 0.7), history(0.7, 0.9)], "random": history(0.4, 0.5)}


# ---------------------------------------------------------------- numbers and drawing


def test_lines_hold_the_numbers_of_the_curves():
    display = from_histories(TWO)
    assert_array_equal(display.lines_["margin"].get_xdata(), [10, 20])
    assert_allclose(display.lines_["margin"].get_ydata(), [0.6, 0.8])
    assert_allclose(display.lines_["random"].get_ydata(), [0.4, 0.5])


def test_only_repeats_have_a_band():
    display = from_histories(TWO, band="range")
    assert list(display.bands_) == ["margin"]
    heights = display.bands_["margin"].get_paths()[0].vertices[:, 1]
    assert_allclose([heights.min(), heights.max()], [0.5, 0.9])


def test_band_is_explained_in_the_legend():
    assert from_histories(TWO, band="ci95").legend_.get_title().get_text() == (
        "mean, 95 % CI of 2 runs"
    )


def test_numbers_alone_make_a_display():
    curve = SimpleNamespace(x=[1, 2], mean=[0.5, 0.6], low=None, high=None, n_repeats=1)
    display = LearningCurveDisplay({"paper": curve}, score_name="accuracy").plot()
    assert display.ax_.get_ylabel() == "accuracy"
    assert_array_equal(display.lines_["paper"].get_ydata(), [0.5, 0.6])


def test_fraction_is_drawn_in_percent():
    display = from_histories(history(0.5, 0.7), x="fraction")
    assert_allclose(display.curves["learner"].x, [0.1, 0.2])
    assert_allclose(display.lines_["learner"].get_xdata(), [10, 20])
    assert display.ax_.get_xlabel() == "labelled fraction of the pool (%)"


def timed(query, fit, scores=(0.5, 0.7, 0.9)):
    rounds = zip(history(*scores), query, fit, strict=True)
    return [record | {"query_seconds": q, "fit_seconds": f} for record, q, f in rounds]


def test_seconds_of_queries_and_fits_add_up():
    display = from_histories(timed([0, 1, 2], [0.5, 0.5, 1]), x="seconds")
    assert_allclose(display.lines_["learner"].get_xdata(), [0.5, 2, 5])
    assert display.ax_.get_xlabel() == "time to query and fit (s)"


def test_repeats_of_other_speed_are_compared_at_equal_times():
    curve = from_histories([timed([0, 1, 1], [1, 1, 1])], x="seconds").curves["run 1"]
    assert_allclose(curve.x, [1, 3, 5])
    both = [timed([0, 1, 1], [1, 1, 1]), timed([0, 1, 1], [2, 1, 1])]
    curve = from_histories({"margin": both}, x="seconds").curves["margin"]
    assert_allclose(curve.x, [2, 3, 4, 5])
    assert_allclose(curve.mean, [0.55, 0.65, 0.75, 0.85])


def test_rounds_without_seconds_point_to_n_labeled():
    with pytest.raises(ValueError, match="got rounds without; use x='n_labeled'"):
        from_histories(TWO, x="seconds")


def test_a_comparison_gives_the_same_curves_as_its_histories():
    held = comparison({name: [from_one] for name, from_one in TWO.items() if name == "random"})
    curve = LearningCurveDisplay.from_comparison(held, data="digits").curves["random"]
    assert_allclose(curve.mean, [0.4, 0.5])
    with pytest.raises(ValueError, match="data must be one of"):
        LearningCurveDisplay.from_comparison(held, data="mnist")


def test_names_that_begin_with_an_underscore_are_in_the_legend():
    legend = from_histories({"_a": history(0.5, 0.7), "b": history(0.5, 0.7)}).legend_
    assert [text.get_text().strip() for text in legend.get_texts()] == ["_a", "b"]


@pytest.mark.parametrize(
    ("key", "words"),
    [("test_accuracy", "test accuracy"), ("test_f1_macro", "test F1 macro")],
)
def test_score_is_named_in_words(key, words):
    assert from_histories(history(0.5, key=key)).ax_.get_ylabel() == words


def test_score_name_can_be_given():
    assert (
        from_histories(history(0.5), score_name="accuracy (%)").ax_.get_ylabel() == "accuracy (%)"
    )


def test_second_display_in_an_ax_takes_other_colours():
    ax = Figure().subplots()
    first = from_histories({"a": history(0.5, 0.6)}, ax=ax).lines_["a"]
    second = from_histories({"b": history(0.5, 0.6)}, ax=ax).lines_["b"]
    assert first.get_color() != second.get_color()


def test_line_arguments_go_before_the_defaults():
    line = from_histories(history(0.5, 0.7), lw=3, color="red").lines_["learner"]
    assert (line.get_linewidth(), line.get_color()) == (3, "red")


@pytest.mark.parametrize(("level", "label"), [(0.98, "target (0.98)"), ({"all": 0.98}, "all")])
def test_level_is_a_labelled_horizontal_line(level, label):
    display = from_histories(TWO, target=level)
    (line,) = [line for line in display.ax_.get_lines() if line.get_label() == label]
    assert_array_equal(line.get_ydata(), [0.98, 0.98])


def test_log_scale_refuses_no_labels():
    curve = SimpleNamespace(x=[0, 2], mean=[0.5, 0.6], low=None, high=None, n_repeats=1)
    with pytest.raises(ValueError, match="must be 'linear' for a curve with a point at 0"):
        LearningCurveDisplay({"a": curve}).plot(xscale="log")


@pytest.mark.parametrize("option", [{"x": "rounds"}, {"band": "iqr"}, {"xscale": "symlog"}])
def test_unknown_option_names_those_there_are(option):
    with pytest.raises(ValueError, match="must be one of"):
        from_histories(TWO, **option)


# ---------------------------------------------------------------- the legend


def test_unnamed_single_curve_needs_no_legend():
    assert from_histories(history(0.5, 0.7)).legend_ is None


def test_named_single_curve_keeps_its_name():
    legend = from_histories({"margin": history(0.5, 0.7)}).legend_
    assert [text.get_text() for text in legend.get_texts()] == ["margin"]


def legend_is_inside(display):
    display.figure_.draw_without_rendering()
    frame = display.ax_.get_window_extent()
    return display.legend_.get_window_extent().y0 < frame.y1


def test_legend_of_rising_curves_is_inside():
    assert legend_is_inside(from_histories({"a": history(*RISING)}))


def test_legend_leaves_the_axes_when_a_curve_runs_there():
    assert not legend_is_inside(from_histories({"a": history(*RISING[::-1])}))


def test_legend_leaves_the_axes_when_a_level_runs_there():
    assert not legend_is_inside(from_histories({"a": history(*RISING)}, reference=0.52))


def test_long_legend_is_above_and_leaves_the_axes_their_height():
    few = from_histories({f"name {i}": history(*RISING) for i in range(2)})
    many = from_histories({f"name {i}": history(*RISING) for i in range(8)})
    assert not legend_is_inside(many)
    heights = []
    for display in (few, many):
        display.figure_.draw_without_rendering()
        heights.append(display.ax_.get_window_extent().height / display.figure_.dpi)
    assert_allclose(heights[0], heights[1], atol=0.15)  # inches


# ---------------------------------------------------------------- speed


def test_15_000_points_a_line_are_quick():
    scores = 1 - 0.5 * np.exp(-np.arange(15_000) / 3000)
    histories = {f"seed {i}": history(*scores, pool=150_000) for i in range(3)}
    start = perf_counter()
    display = from_histories(histories)
    display.figure_.canvas.draw()
    assert perf_counter() - start < 5  # 0.3 s on an idle machine
    assert display.lines_["seed 0"].get_marker() == "None"


def test_a_test_set_that_grows_is_warned_of_at_the_line_of_the_user():
    first, last = history(0.5, 0.75)
    with pytest.warns(UserWarning, match="has 50 rows at first and 80 at last") as found:
        from_histories([first | {"n_test": 50}, last | {"n_test": 80}])
    assert [one.filename for one in found] == [__file__]
