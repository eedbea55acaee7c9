import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skal.experiment import (
    align,
    area_under_curve,
    choose_score,
    curve_points,
    deficiency,
    drop_after_peak,
    labels_to_target,
)


def history(n_labeled, scores, key="test_score", **more):
    pairs = enumerate(zip(n_labeled, scores, strict=True))
    return [{"round": i, "n_labeled": n, key: score, **more} for i, (n, score) in pairs]


def points(records, score="test_score", x="n_labeled"):
    return curve_points(records, score, x)


# ---------------------------------------------------------------- reading records


def test_rounds_without_the_score_are_left_out():
    records = history([10, 20, 30], [0.1, np.nan, 0.3])
    records.append({"round": 3, "n_labeled": 40})
    assert_array_equal(points(records)[0], [10, 30])


def test_history_without_any_score_asks_for_a_test_set():
    with pytest.raises(ValueError, match=r"no 'test_score' in any.*X_test=.*y_test="):
        points(history([10], [np.nan]))


def test_of_rounds_with_equal_counts_the_last_stays():
    x, y = points(history([10, 10, 20], [0.1, 0.2, 0.3]))
    assert_array_equal(x, [10, 20])
    assert_array_equal(y, [0.2, 0.3])


def test_falling_counts_are_refused():
    with pytest.raises(ValueError, match="falls from one round to the next"):
        points(history([20, 10], [0.1, 0.2]))


def test_unknown_fraction_points_to_n_labeled():
    with pytest.raises(ValueError, match="use x='n_labeled'"):
        points(history([10], [0.1], fraction=np.nan), x="fraction")


def test_the_only_score_is_found():
    assert choose_score([history([1], [0.5], key="test_f1_macro")]) == "test_f1_macro"


def test_several_scores_are_named_when_none_is_chosen():
    records = history([1], [0.5], key="test_accuracy", test_f1=0.5)
    with pytest.raises(ValueError, match=r"\['test_accuracy', 'test_f1'\], got 'auto'; pass one"):
        choose_score([records])


def test_absent_score_names_those_there_are():
    with pytest.raises(ValueError, match=r"score must be one of \['test_score'\], got 'accuracy'"):
        choose_score([history([10, 20], [0.2, 0.5])], "accuracy")


def test_no_score_at_all_asks_for_a_test_set():
    with pytest.raises(ValueError, match="X_test="):
        choose_score([[{"round": 0, "n_labeled": 5}]])


def test_a_score_that_is_no_number_is_left_out():
    assert_array_equal(points(history([10, 20, 30], [0.1, np.inf, 0.3]))[0], [10, 30])


def test_curves_are_never_extrapolated():
    grid, scores = align([([0, 10, 20], [0.0, 0.4, 0.6]), ([5, 15, 40], [0.4, 0.6, 1.1])])
    assert_array_equal(grid, [5, 10, 15, 20])
    assert_allclose(scores, [[0.2, 0.4, 0.5, 0.6], [0.4, 0.5, 0.6, 0.7]])


def test_no_curve_at_all_is_refused():
    with pytest.raises(ValueError, match="one curve at least"):
        align([])


# ---------------------------------------------------------------- area

X = [100, 200, 400, 800]
Y = [0.5, 0.7, 0.8, 0.85]
RANDOM = [0.5, 0.62, 0.74, 0.85]


def test_area_of_the_worked_curve():
    assert_allclose(area_under_curve(X, Y), 0.771429, atol=1e-6)
    assert_allclose(area_under_curve(X, Y, log=True), 0.725, atol=1e-6)


def test_area_equals_the_budget_area_of_equal_batches():
    assert_allclose(area_under_curve([100, 200, 300, 400], Y), 0.725, atol=1e-6)


@pytest.mark.parametrize("log", [False, True])
def test_area_of_a_constant_is_the_constant(log):
    assert_allclose(area_under_curve([3, 4, 50], [0.3, 0.3, 0.3], log=log), 0.3)


def test_area_does_not_change_with_points_on_the_line():
    more = [100, 150, 200, 300, 400, 600, 800]
    assert_allclose(area_under_curve(more, np.interp(more, X, Y)), area_under_curve(X, Y))


def test_area_of_one_point_is_its_score():
    assert area_under_curve([7], [0.4]) == 0.4
    assert_array_equal(area_under_curve([7], [[0.4], [0.5]]), [0.4, 0.5])


def test_x_may_grow_by_less_than_one():
    assert_allclose(area_under_curve([0.1, 0.2, 0.4], [1, 2, 2]), (0.1 * 1.5 + 0.2 * 2) / 0.3)


def test_area_of_several_curves_is_that_of_each():
    both = area_under_curve(X, [Y, RANDOM])
    assert_allclose(both, [area_under_curve(X, Y), area_under_curve(X, RANDOM)])


@pytest.mark.parametrize(
    ("x", "y", "why"),
    [
        ([1, 2], [0.5], "a score for each x"),
        ([], [], "1-D"),
        ([2, 1], [0.5, 0.6], "must grow"),
        ([1, 2], [0.5, np.nan], "NaN"),
    ],
)
def test_what_is_no_curve_is_refused(x, y, why):
    with pytest.raises(ValueError, match=why):
        area_under_curve(x, y)


def test_the_logarithm_of_no_labels_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        area_under_curve([0, 1], [0.1, 0.2], log=True)


# ---------------------------------------------------------------- labels to target


def test_labels_to_target_of_the_worked_curves():
    labels = labels_to_target(X, Y, 0.75), labels_to_target(X, RANDOM, 0.75)
    assert_allclose(labels, [300, 436.363636], atol=1e-6)
    assert_allclose(labels[0] / labels[1], 0.6875, atol=1e-6)
    assert_allclose(labels[1] / labels[0], 1.454545, atol=1e-6)


def test_without_interpolation_the_first_measured_point_counts():
    steps = [labels_to_target(X, y, 0.75, interpolate=False) for y in (Y, RANDOM)]
    assert steps == [400, 800]


def test_a_target_never_reached_is_infinite():
    assert labels_to_target(X, Y, 0.86) == np.inf
    assert labels_to_target([100], [0.5], 0.6) == np.inf


def test_a_target_reached_at_once_takes_the_first_point():
    assert labels_to_target(X, Y, 0.5) == 100
    assert labels_to_target([100], [0.5], 0.4) == 100


DIP = [0.5, 0.8, 0.6, 0.9]


def test_a_dip_does_not_matter_unless_it_has_to_stay():
    assert labels_to_target(X, DIP, 0.65) == 150
    assert_allclose(labels_to_target(X, DIP, 0.65, stay=True), 400 + 400 * 0.05 / 0.3)
    assert labels_to_target(X, DIP, 0.65, stay=True, interpolate=False) == 800


def test_a_curve_that_ends_below_did_not_stay():
    assert labels_to_target(X, [0.5, 0.8, 0.9, 0.7], 0.75, stay=True) == np.inf


def test_the_line_starts_at_the_running_maximum():
    # from .8, reached at 200, to .9 at 800: the point (400, .6) counts as .8
    assert_allclose(labels_to_target(X, DIP, 0.85), 600)


@pytest.mark.parametrize("stay", [False, True])
@pytest.mark.parametrize("interpolate", [False, True])
def test_a_higher_target_never_needs_fewer_labels(stay, interpolate):
    y = np.random.default_rng(0).random((20, 4))
    targets = np.linspace(-0.1, 1.1, 50)
    labels = [labels_to_target(X, y, t, stay=stay, interpolate=interpolate) for t in targets]
    assert (np.array(labels[1:]) >= np.array(labels[:-1])).all()


def test_several_curves_may_have_a_target_each():
    both = labels_to_target(X, [Y, RANDOM], [0.75, 0.74])
    assert_allclose(both, [300, 400])


# ---------------------------------------------------------------- deficiency, drop, error


def test_deficiency_of_the_worked_curves():
    assert_allclose(deficiency(X, Y, RANDOM), 0.797101, atol=1e-6)
    assert_allclose(deficiency(X, Y, RANDOM, form="trapezoid"), 55 / 85, atol=1e-6)


@pytest.mark.parametrize("form", ["sum", "trapezoid"])
def test_deficiency_of_the_reference_is_one(form):
    assert_allclose(deficiency(X, RANDOM, RANDOM, form=form), 1)


def test_deficiency_against_a_flat_reference_is_nan():
    assert np.isnan(deficiency(X, Y, [0.5] * 4))
    assert np.isnan(deficiency(X, [0.5] * 4, [0.5] * 4))


def test_deficiency_refuses_an_unknown_form():
    with pytest.raises(ValueError, match="'sum' or 'trapezoid'"):
        deficiency(X, Y, RANDOM, form="mean")


def test_drop_is_from_the_peak_to_the_end():
    assert_allclose(drop_after_peak([DIP, [0.5, 0.8, 0.9, 0.7]]), [0, 0.2])
