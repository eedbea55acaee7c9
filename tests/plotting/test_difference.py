import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skal.plotting import DifferenceDisplay
from tests.plotting.runs import comparison, history

# differences .1, .2, .3 at 10 labels, and .1, .1, .1 at 20
MARGIN = [history(0.6, 0.9), history(0.8, 0.8), history(0.7, 0.7)]
RANDOM = [history(0.5, 0.8), history(0.6, 0.7), history(0.4, 0.6)]
TWO = {"margin": MARGIN, "random": RANDOM}


def test_differences_are_paired_before_they_are_averaged():
    curve = DifferenceDisplay.from_comparison(comparison(TWO)).curves["margin"]
    assert_allclose(curve.mean, [0.2, 0.1])
    # sample deviation .1, over the root of 3; Student's t with 2 degrees of freedom is 4.302653
    assert_allclose(curve.high - curve.mean, [4.302653 * 0.1 / 3**0.5, 0], atol=1e-6)
    assert_allclose(curve.mean - curve.low, curve.high - curve.mean)


def test_the_baseline_is_a_line_at_zero_without_a_band():
    display = DifferenceDisplay.from_comparison(comparison(TWO))
    assert_array_equal(display.lines_["random"].get_ydata(), [0, 0])
    assert list(display.bands_) == ["margin"]
    assert [t.get_text() for t in display.legend_.get_texts()] == ["margin", "random (baseline)"]


def test_another_baseline_turns_the_sign():
    display = DifferenceDisplay.from_comparison(comparison(TWO), baseline="margin")
    assert_allclose(display.curves["random"].mean, [-0.2, -0.1])


def test_repeats_that_only_one_has_are_left_out():
    display = DifferenceDisplay.from_comparison(
        comparison({"margin": MARGIN, "random": RANDOM[:2]})
    )
    assert display.curves["margin"].n_repeats == 2
    assert_allclose(display.curves["margin"].mean, [0.15, 0.1])


def test_histories_give_the_same_as_a_comparison():
    one = DifferenceDisplay.from_histories(TWO, baseline="random").curves["margin"]
    other = DifferenceDisplay.from_comparison(comparison(TWO)).curves["margin"]
    assert_array_equal(one.mean, other.mean)
    assert_array_equal(one.low, other.low)


def test_unequal_label_counts_are_compared_where_both_have_scores():
    display = DifferenceDisplay.from_histories(
        {"a": history(0.5, 0.7, 0.9), "b": history(0.4, 0.8, step=15)}, baseline="b"
    )
    assert_array_equal(display.curves["a"].x, [15, 20, 30])
    assert_allclose(display.curves["a"].mean, [0.6 - 0.4, 0.7 - (0.4 + 0.4 / 3), 0.1])


def test_a_learner_keeps_the_hue_that_it_has_among_all():
    both = [DifferenceDisplay.from_comparison(comparison(TWO), baseline=name) for name in TWO]
    for name in TWO:
        assert len({display.lines_[name].get_color() for display in both}) == 1


def test_unequal_numbers_of_repeats_cannot_be_paired():
    with pytest.raises(ValueError, match=r"must come in pairs, got {'a': 3, 'b': 2}"):
        DifferenceDisplay.from_histories({"a": MARGIN, "b": RANDOM[:2]}, baseline="b")


@pytest.mark.parametrize("baseline", ["nobody", None])
def test_unknown_baseline_names_those_there_are(baseline):
    with pytest.raises(ValueError, match="must be one of 'margin', 'random'"):
        DifferenceDisplay.from_histories(TWO, baseline=baseline)


@pytest.mark.parametrize("option", [{"x": "rounds"}, {"band": "iqr"}, {"data": "mnist"}])
def test_unknown_option_names_those_there_are(option):
    with pytest.raises(ValueError, match="one of"):
        DifferenceDisplay.from_comparison(comparison(TWO), **option)


def test_no_repeat_in_common_is_refused():
    runs = comparison({"margin": MARGIN[:1], "random": RANDOM[:1]}).runs
    apart = comparison({"margin": MARGIN})
    apart.runs = (runs[0], *[r for r in comparison({"random": RANDOM}).runs if r.repeat == 2])
    with pytest.raises(ValueError, match="a repeat in common with every learner"):
        DifferenceDisplay.from_comparison(apart, baseline="random")


def test_one_repeat_has_no_band():
    display = DifferenceDisplay.from_histories(
        {"margin": MARGIN[0], "random": RANDOM[0]}, baseline="random"
    )
    assert display.bands_ == {}
    assert np.isfinite(display.ax_.get_ylim()).all()
