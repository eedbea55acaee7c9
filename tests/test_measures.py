"""Worked numbers of measures; every function gets arrays and no model."""

import numpy as np
import pytest

from skal.measures import (
    blocks,
    entropy,
    expected_calibration_error,
    fit_temperature,
    log,
    margin,
    squared_distances,
    temper,
    top_two,
)

FIXTURE = np.array([[0.70, 0.20, 0.10], [0.40, 0.35, 0.25], [0.50, 0.49, 0.01], [0.35, 0.33, 0.32]])
MUNRO = np.array([[0.032, 0.643, 0.087, 0.236]])  # as printed: the row sums to 0.998
CERTAIN = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])


def softmax(z):
    e = np.exp(np.asarray(z, dtype=float))
    return e / e.sum(axis=-1, keepdims=True)


# ---------------------------------------------------------------- entropy


def test_entropy_is_in_nats():
    nats = [0.801819, 1.080528, 0.742167, 1.097915]
    np.testing.assert_allclose(entropy(FIXTURE), nats, atol=5e-7)


def test_entropy_divided_by_log_2_is_in_bits():
    bits = [1.156780, 1.558872, 1.070720, 1.583957]
    np.testing.assert_allclose(entropy(FIXTURE) / np.log(2), bits, atol=5e-7)


def test_normalized_entropy_is_divided_by_log_n_classes():
    normalized = [0.729847, 0.983539, 0.675549, 0.999366]
    np.testing.assert_allclose(entropy(FIXTURE, normalize=True), normalized, atol=5e-7)


def test_entropy_takes_munros_row_as_printed():
    np.testing.assert_allclose(entropy(MUNRO, normalize=True), [0.683337], atol=5e-7)


def test_entropy_of_munros_row_made_to_sum_to_one():
    row = MUNRO / MUNRO.sum()
    np.testing.assert_allclose(entropy(row, normalize=True), [0.683263], atol=5e-7)


def test_entropy_of_certain_rows_is_zero_without_a_sign():
    values = entropy(CERTAIN)
    assert values.tolist() == [0.0, 0.0]
    assert not np.signbit(values).any()


def test_entropy_of_a_vanishing_probability_is_finite():
    assert np.isfinite(entropy([[1.0, 5e-324]])).all()


def test_entropy_of_one_class_is_zero_also_normalized():
    assert entropy([[1.0], [1.0]], normalize=True).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("n_classes", [2, 3, 10, 1000])
def test_a_uniform_row_has_normalized_entropy_one(n_classes):
    uniform = np.full((1, n_classes), 1 / n_classes)
    np.testing.assert_allclose(entropy(uniform, normalize=True), [1.0], rtol=1e-12)


def test_entropy_reads_the_last_axis():
    passes = np.stack([FIXTURE, FIXTURE[::-1]])  # (n_passes, n, n_classes)
    values = entropy(passes)
    assert values.shape == (2, 4)
    np.testing.assert_array_equal(values[1], values[0][::-1])


def test_entropy_of_float32_is_computed_in_float64():
    assert entropy(FIXTURE.astype(np.float32)).dtype == np.float64


# ---------------------------------------------------------------- two largest


def test_margin_is_the_gap_of_the_two_largest():
    np.testing.assert_allclose(margin(FIXTURE), [0.50, 0.05, 0.01, 0.02], atol=1e-12)


def test_margin_does_not_depend_on_the_order_of_columns():
    np.testing.assert_array_equal(margin(FIXTURE), margin(FIXTURE[:, [1, 2, 0]]))


def test_margin_of_a_tie_is_zero():
    assert margin([[0.4, 0.2, 0.4]]).tolist() == [0.0]


def test_margin_of_decision_values_may_pass_one():
    assert margin([[-3.0, 4.0, 1.5]]).tolist() == [2.5]


def test_top_two_keeps_both_of_a_tie():
    first, second = top_two([[0.4, 0.2, 0.4]])
    assert (first[0], second[0]) == (0.4, 0.4)


def test_ratio_of_the_two_largest():
    first, second = top_two(FIXTURE)
    np.testing.assert_allclose(second / first, [0.285714, 0.875, 0.98, 0.942857], atol=5e-7)
    np.testing.assert_allclose(first / second, [3.5, 1.142857, 1.020408, 1.060606], atol=5e-7)


def test_margin_and_ratio_of_munros_row():
    first, second = top_two(MUNRO)
    np.testing.assert_allclose(1 - margin(MUNRO), [0.593], atol=1e-12)
    np.testing.assert_allclose(second / first, [0.367030], atol=5e-7)


@pytest.mark.parametrize("measure", [margin, top_two])
def test_one_column_has_no_second_largest(measure):
    with pytest.raises(ValueError, match=r"at least two classes to compare, got 1 column"):
        measure([[1.0], [1.0]])


# ---------------------------------------------------------------- temperature


Z = np.array([[4.0, 2.0, 0.0]])


def test_temperature_one_gives_the_softmax():
    np.testing.assert_allclose(temper(softmax(Z), 1.0), [[0.866813, 0.117310, 0.015876]], atol=5e-7)


def test_temperature_two_flattens():
    np.testing.assert_allclose(temper(softmax(Z), 2.0), [[0.665241, 0.244728, 0.090031]], atol=5e-7)


@pytest.mark.parametrize(
    ("temperature", "doubt", "gap", "nats"),
    [
        (1.0, 0.133187, 0.749503, 0.441057),
        (2.0, 0.334759, 0.420512, 0.832396),
        (0.5, 0.018310, None, 0.093035),
    ],
)
def test_measures_at_a_temperature(temperature, doubt, gap, nats):
    p = temper(softmax(Z), temperature)
    np.testing.assert_allclose(1 - p.max(axis=1), [doubt], atol=5e-7)
    np.testing.assert_allclose(entropy(p), [nats], atol=5e-7)
    if gap is not None:
        np.testing.assert_allclose(margin(p), [gap], atol=5e-7)


@pytest.mark.parametrize(
    ("temperature", "doubts"), [(1.0, [0.425668, 0.423883]), (2.0, [0.467809, 0.548137])]
)
def test_temperature_turns_the_order_of_two_rows(temperature, doubts):
    p = temper(softmax([[3, 2.7, -5], [2, 1, 1]]), temperature)
    np.testing.assert_allclose(1 - p.max(axis=1), doubts, atol=5e-7)


def test_temperature_keeps_the_order_by_ratio():
    p = softmax(np.random.default_rng(0).normal(size=(200, 5)))
    orders = []
    for temperature in (0.3, 1.0, 4.0):
        first, second = top_two(temper(p, temperature))
        orders.append(np.argsort(second / first).tolist())
    assert orders[0] == orders[1] == orders[2]


def test_a_very_low_temperature_gives_one_hot_rows():
    np.testing.assert_allclose(temper(FIXTURE[:1], 1e-3), [[1.0, 0.0, 0.0]], atol=1e-12)


def test_a_very_high_temperature_gives_uniform_rows():
    np.testing.assert_allclose(temper(FIXTURE, 1e9), np.full((4, 3), 1 / 3), atol=1e-7)


@pytest.mark.parametrize("temperature", [1e-3, 0.1, 1.0, 10.0, 1e6])
def test_temperature_of_certain_rows_gives_no_nan(temperature):
    np.testing.assert_array_equal(temper(CERTAIN, temperature), CERTAIN)


def test_no_temperature_changes_nothing():
    np.testing.assert_array_equal(temper(FIXTURE), FIXTURE)


def test_temperature_is_not_applied_in_place():
    p = FIXTURE.copy()
    temper(p, 3.0)
    np.testing.assert_array_equal(p, FIXTURE)


@pytest.mark.parametrize("temperature", [0, -1.0, float("nan")])
def test_temperature_must_be_positive(temperature):
    with pytest.raises(ValueError, match="`temperature` must be positive, got"):
        temper(FIXTURE, temperature)


def test_fitted_temperature_of_four_rows():
    logits, y = [[2, 0], [4, 0], [0, 3], [1, 0]], [0, 0, 1, 1]
    assert fit_temperature(logits, y) == pytest.approx(1.210540, abs=5e-6)


def test_fitted_temperature_lowers_the_loss():
    logits, y = np.array([[2, 0], [4, 0], [0, 3], [1, 0]]), np.array([0, 0, 1, 1])

    def loss(temperature):
        return -np.log(softmax(logits / temperature)[np.arange(4), y]).mean()

    assert loss(1.0) == pytest.approx(0.376732, abs=5e-7)
    assert loss(fit_temperature(logits, y)) == pytest.approx(0.370279, abs=5e-7)


def test_log_probabilities_serve_as_logits():
    logits, y = np.array([[2.0, 0], [4, 0], [0, 3], [1, 0]]), [0, 0, 1, 1]
    assert fit_temperature(np.log(softmax(logits)), y) == pytest.approx(
        fit_temperature(logits, y), abs=1e-6
    )


def test_fitted_temperature_stays_within_its_bounds():
    assert fit_temperature([[1, 0], [1, 0]], [1, 1]) <= np.exp(3)
    assert fit_temperature([[1, 0], [1, 0]], [0, 0]) >= np.exp(-3)


# ---------------------------------------------------------------- all of them


MEASURES = {
    "doubt": lambda p: 1 - p.max(axis=-1),
    "margin": lambda p: -margin(p),
    "ratio": lambda p: top_two(p)[1] / top_two(p)[0],
    "entropy": entropy,
}


@pytest.mark.parametrize("name", MEASURES)
def test_two_classes_rank_alike_by_every_measure(name):
    positive = np.random.default_rng(1).permutation(np.linspace(0.001, 0.999, 211))
    p = np.column_stack([1 - positive, positive])
    nearest_to_a_half = np.round(np.abs(positive - 0.5), 9)
    values = np.round(MEASURES[name](p), 9)  # p and 1 - p tie
    order = np.lexsort((np.arange(211), nearest_to_a_half))
    assert np.lexsort((np.arange(211), -values)).tolist() == order.tolist()


@pytest.mark.parametrize("measure", [entropy, margin, top_two, temper], ids=lambda f: f.__name__)
def test_a_measure_leaves_its_input_as_it_was(measure):
    p = FIXTURE.copy()
    p.flags.writeable = False
    measure(p)
    np.testing.assert_array_equal(p, FIXTURE)


@pytest.mark.parametrize("name", MEASURES)
def test_zeros_and_ones_give_no_nan(name):
    assert np.isfinite(MEASURES[name](CERTAIN)).all()


# ---------------------------------------------------------------- calibration error


def test_calibration_error_of_bins_closed_on_the_right():
    # .9 and .95 share a bin: |.925 - 1| * 2/4; .8 is alone and wrong: .8/4; .6 is right: .4/4
    error = expected_calibration_error([0.9, 0.8, 0.6, 0.95], [1, 0, 1, 1])
    assert error == pytest.approx(0.3375, abs=1e-9)


def test_calibration_error_takes_the_ends_of_the_range():
    assert expected_calibration_error([0.0, 1.0], [False, True]) == 0


def test_calibration_error_of_one_bin_is_the_gap_of_the_means():
    error = expected_calibration_error([0.2, 0.9, 0.7], [1, 1, 0], n_bins=1)
    assert error == pytest.approx(abs(0.6 - 2 / 3))


@pytest.mark.parametrize(
    ("confidence", "correct", "why"),
    [([], [], "one row"), ([0.5], [1, 0], "one number for each row"), ([2.0], [1], "not logits")],
)
def test_calibration_error_refuses_what_are_no_confidences(confidence, correct, why):
    with pytest.raises(ValueError, match=why):
        expected_calibration_error(confidence, correct)


def test_squared_distances_are_the_worked_numbers_and_never_negative():
    assert squared_distances([[1.0, 2.0]], [[3.0, 5.0], [1.0, 2.0]]).tolist() == [[13.0, 0.0]]
    rows = 1e4 * np.random.default_rng(0).normal(size=(50, 7)).astype(np.float32)
    assert squared_distances(rows, rows).min() >= 0


def test_the_floor_is_one_in_a_million_millions():
    np.testing.assert_allclose(np.exp(log([0.0, 1e-13])), 1e-12)


def test_the_top_two_lie_along_the_last_axis_of_any_table():
    for shape in [(3,), (1, 3), (1, 1, 3)]:
        first, second = top_two(np.reshape([0.2, 0.7, 0.1], shape))
        assert (first.shape, first.item(), second.item()) == (shape[:-1], 0.7, 0.2)


def test_blocks_of_rows_wider_than_a_block_hold_one_row_each():
    assert list(blocks(2, 2**30)) == [slice(0, 1), slice(1, 2)]
