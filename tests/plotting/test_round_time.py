import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skal.plotting import RoundTimeDisplay
from tests.plotting.runs import comparison, history

FAST = history(0.5, 0.6, 0.7, query_seconds=[0.0, 1.0, 3.0], fit_seconds=[2.0, 4.0, 6.0])
SLOW = history(0.5, 0.6, 0.7, query_seconds=[0.0, 3.0, 5.0], fit_seconds=[4.0, 6.0, 8.0])


def test_seconds_of_each_part_are_averaged_over_the_repeats():
    seconds = RoundTimeDisplay.from_comparison(comparison({"margin": [FAST, SLOW]})).seconds
    assert_allclose(seconds["query"]["margin"].mean, [2, 4])
    assert_allclose(seconds["fit"]["margin"].mean, [3, 5, 7])


def test_rounds_that_took_no_time_are_left_out():
    seconds = RoundTimeDisplay.from_histories({"margin": FAST}).seconds
    assert_array_equal(seconds["query"]["margin"].x, [20, 30])


def test_the_initial_set_has_no_seconds_of_choosing():
    drawn = history(0.5, 0.6, query_seconds=[0.0001, 1.0], fit_seconds=1.0)
    seconds = RoundTimeDisplay.from_histories({"margin": drawn}).seconds
    assert_array_equal(seconds["query"]["margin"].x, [20])
    assert_array_equal(seconds["fit"]["margin"].x, [10, 20])


def test_a_part_that_no_history_has_gets_no_panel():
    display = RoundTimeDisplay.from_histories({"margin": FAST})
    titles = [ax.get_title(loc="left") for ax in display.axes_]
    assert titles == ["query: choosing rows", "fit: training"]


def test_a_learner_keeps_its_hue_where_another_took_no_time():
    idle = history(0.5, 0.6, 0.7, query_seconds=0.0, fit_seconds=1.0)
    display = RoundTimeDisplay.from_histories({"idle": idle, "margin": FAST})
    _, query = display.axes_[0].get_lines()
    fits = {line.get_label(): line.get_color() for line in display.axes_[1].get_lines()}
    assert query.get_color() == fits["margin"] != fits["idle"]


def test_the_log_scale_spans_a_decade_at_least():
    display = RoundTimeDisplay.from_histories({"margin": FAST})
    for ax in display.axes_:
        low, high = ax.get_ylim()
        assert high >= 9.99 * low


def test_the_linear_scale_begins_at_zero():
    display = RoundTimeDisplay.from_histories({"margin": FAST}, yscale="linear")
    assert display.axes_[0].get_ylim()[0] == 0


def test_unknown_scale_names_those_there_are():
    with pytest.raises(ValueError, match="must be one of 'log', 'linear'"):
        RoundTimeDisplay.from_histories(FAST, yscale="sqrt")


def test_histories_without_seconds_are_refused():
    with pytest.raises(ValueError, match="must hold query_seconds"):
        RoundTimeDisplay.from_histories(history(0.5))
