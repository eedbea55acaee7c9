import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skal.plotting._histories import gather_histories
from skal.plotting._mean_curves import Curve, average, score_points


def history(n_labeled, scores, key="test_score", **more):
    pairs = enumerate(zip(n_labeled, scores, strict=True))
    return [{"round": i, "n_labeled": n, key: score, **more} for i, (n, score) in pairs]


def curve(*histories, score="test_score", x="n_labeled", band="std"):
    return average([score_points(history, score, x) for history in histories], band)


class Learner:
    def __init__(self, records):
        self.history_ = records

    def fit(self, X, y): ...


# ---------------------------------------------------------------- averages and bands

THREE = [history([10, 20], scores) for scores in ([0.2, 0.5], [0.4, 0.5], [0.9, 0.8])]


def test_repeats_with_equal_counts_are_averaged_there():
    result = curve(*THREE)
    assert_array_equal(result.x, [10, 20])
    assert_allclose(result.mean, [0.5, 0.6])
    assert result.n_repeats == 3


@pytest.mark.parametrize(
    ("band", "low", "high"),
    [
        # deviations -.3 -.1 .4: sum of squares .26, over n - 1 = 2: .13; and .06 / 2 = .03
        ("std", [0.5 - 0.13**0.5, 0.6 - 0.03**0.5], [0.5 + 0.13**0.5, 0.6 + 0.03**0.5]),
        ("sem", [0.5 - (0.13 / 3) ** 0.5, 0.5], [0.5 + (0.13 / 3) ** 0.5, 0.7]),
        ("range", [0.2, 0.5], [0.9, 0.8]),
        # Student's t at 97.5 % with 2 degrees of freedom is 4.302653, times .2081666 and times .1
        ("ci95", [0.5 - 0.8956686, 0.6 - 0.4302653], [0.5 + 0.8956686, 0.6 + 0.4302653]),
    ],
)
def test_band_by_hand(band, low, high):
    result = curve(*THREE, band=band)
    assert_allclose(result.low, low, atol=1e-6)
    assert_allclose(result.high, high, atol=1e-6)


def test_one_repeat_has_no_band():
    result = curve(THREE[0])
    assert result.low is None and result.high is None


def test_band_none_gives_no_band():
    assert curve(*THREE, band=None).low is None


def test_unequal_counts_are_interpolated_on_their_union_inside_the_common_range():
    result = curve(history([0, 10, 20], [0.0, 0.4, 0.6]), history([5, 15, 40], [0.4, 0.6, 1.1]))
    assert_array_equal(result.x, [5, 10, 15, 20])  # from 5, where both have begun, to 20
    assert_allclose(result.mean, [(0.2 + 0.4) / 2, (0.4 + 0.5) / 2, (0.5 + 0.6) / 2, 0.65])


def test_repeats_without_common_range_are_refused():
    with pytest.raises(ValueError, match="no x in common"):
        curve(history([1, 2], [0, 1]), history([3, 4], [0, 1]))


# ---------------------------------------------------------------- forms of learners

ONE = THREE[0]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (ONE, {"learner": [ONE]}),
        (Learner(ONE), {"learner": [ONE]}),
        ([Learner(ONE), ONE], {"run 1": [ONE], "run 2": [ONE]}),
        ({"a": ONE, "b": Learner(ONE)}, {"a": [ONE], "b": [ONE]}),
        ({"a": [ONE, Learner(ONE)]}, {"a": [ONE, ONE]}),
    ],
)
def test_every_form_becomes_names_and_repeats(given, named):
    assert gather_histories(given) == named


@pytest.mark.parametrize("given", [{}, [], {"a": []}])
def test_nothing_to_plot_is_refused(given):
    with pytest.raises(ValueError, match="must be a history to plot"):
        gather_histories(given)


def test_unfitted_learner_is_told_to_fit():
    unfitted = Learner(ONE)
    del unfitted.history_
    with pytest.raises(TypeError, match="got Learner; call fit first"):
        gather_histories({"a": unfitted})


def test_what_is_no_history_is_refused():
    with pytest.raises(TypeError, match="got str; give history_"):
        gather_histories("margin")


# ---------------------------------------------------------------- Curve


def test_curve_refuses_unequal_lengths():
    with pytest.raises(ValueError, match="equally long"):
        Curve([1, 2], [0.5])


def test_curve_refuses_half_a_band():
    with pytest.raises(ValueError, match="both low and high"):
        Curve([1, 2], [0.5, 0.6], low=[0.4, 0.5])
