"""Whom to ask what: worked numbers, and what must hold for any."""

import numpy as np
import pytest

from skal.labeling import predict_seconds
from skal.labeling.allocation import (
    again_or_new,
    expected_information,
    iethresh,
    information_per_cost,
    known_confusion,
    posterior_after,
    spend_budget,
)

OPEN, NEARLY = [0.5, 0.3, 0.2], [0.9, 0.05, 0.05]


def coin(right, n_classes=3):
    return np.where(np.eye(n_classes), right, (1 - right) / (n_classes - 1))


EXPERT, STUDENT, SPAMMER = coin(0.9), coin(0.7), coin(1 / 3)


# ---------------------------------------------------------------- whom


def test_information_is_that_of_the_answer():
    found = expected_information([OPEN, NEARLY], [EXPERT, STUDENT])
    np.testing.assert_allclose(found, [[0.654490, 0.258971], [0.212726, 0.077746]], atol=1e-6)


def test_per_cost_the_student_comes_first():
    found = information_per_cost([OPEN], [EXPERT, STUDENT], [5, 1])
    np.testing.assert_allclose(found, [[0.130898, 0.258971]], atol=1e-6)


def test_a_spammer_tells_nothing_and_is_asked_last():
    always = np.zeros((3, 3))
    always[:, 1] = 1  # the same answer to everything
    found = information_per_cost([OPEN, NEARLY], [SPAMMER, always, STUDENT], [0.01, 0.01, 100])
    np.testing.assert_allclose(found[:, :2], 0, atol=1e-9)
    assert (found.argmax(axis=1) == 2).all()


def test_who_never_errs_tells_all_there_is():
    found = expected_information([OPEN], [np.eye(3)])
    np.testing.assert_allclose(found, 1.029653, atol=1e-6)


def test_who_is_not_there_is_asked_nothing():
    found = information_per_cost([OPEN], [EXPERT, STUDENT], available=[[False, True]])
    assert found[0, 0] == -np.inf and found[0, 1] > 0


def test_newcomers_are_asked_like_usual_people():
    wrong = np.roll(np.eye(3), 1, axis=1)  # nine answers, all wrong
    known = known_confusion([wrong, wrong, np.full((3, 3), np.nan)], [9, 10, 0])
    np.testing.assert_allclose(known[0], 9 / 19 * wrong + 10 / 19 * coin(0.8))
    np.testing.assert_allclose(known[1], wrong)
    np.testing.assert_allclose(known[2], coin(0.8))
    asked = information_per_cost([OPEN], [SPAMMER, SPAMMER], n_answers=[0, 50])
    assert asked[0, 0] > asked[0, 1] + 0.1


def test_an_answer_moves_what_is_believed():
    np.testing.assert_allclose(
        posterior_after(OPEN, STUDENT, 1), [0.238095, 0.666667, 0.095238], atol=1e-6
    )


def test_upper_ends_of_rewards():
    upper, asked = iethresh([[0, 1, 1, 1], [0, 1, 1, 0], [0, 1]])
    np.testing.assert_allclose(upper, [1.545612, 1.418693, 6.853102], atol=1e-6)
    assert asked.tolist() == [False, False, True]


# ---------------------------------------------------------------- what


def test_again_or_new_as_worked():
    found = again_or_new(
        [0.6, 0.6, 0.6, 0.9], [0.8, 1.4, 0, 0], model_weight=0.9, mean_weight=0.7, n_classes=3
    )
    np.testing.assert_allclose(-found[[0, 2, 3]], [0.522222, 0.483333, 0.652083], atol=1e-6)
    np.testing.assert_allclose(-found[1], 0.537778, atol=1e-6)
    assert np.argsort(-found).tolist() == [2, 0, 1, 3]


def test_the_best_choice_is_not_the_greedy_one():
    assert spend_budget([0.9, 0.6, 0.5], [3, 1, 0.5], 3.5).tolist() == [2, 0]


def test_without_a_unit_one_dear_item_may_be_the_best():
    costs = [1.0, np.pi]
    assert spend_budget([0.5, 1.0], costs, 3.2).tolist() == [1]  # greedy: the first alone


@pytest.mark.parametrize("unit", [None, 0.3])
def test_no_budget_is_exceeded(unit):
    rng = np.random.default_rng(0)
    utility, costs = rng.random(50), rng.random(50) + 0.01
    taken = spend_budget(utility, costs, 5, unit=unit)
    assert 0 < costs[taken].sum() <= 5 and len(set(taken)) == len(taken)


@pytest.mark.parametrize("costs", [[0, 1], [-1, 1], [np.nan, 1], [1]])
def test_costs_must_be_positive(costs):
    with pytest.raises(ValueError, match="`costs` must be 2 numbers above 0"):
        spend_budget([1, 1], costs, 1)


# ---------------------------------------------------------------- how long


def test_seconds_are_learned_from_thirty_answers():
    length = np.arange(1.0, 61.0)[:, None]
    spent = np.exp(length[:, 0] / 30)
    few = predict_seconds(length[:29], spent[:29], [[1.0], [60.0]])
    np.testing.assert_allclose(few, spent[:29].mean())
    low, high = predict_seconds(length, spent, [[-1000.0], [1000.0]])
    np.testing.assert_allclose([low, high], np.percentile(spent, [5, 95]))


def test_unknown_seconds_are_left_out():
    spent = np.array([2.0, np.nan, 4.0])
    assert predict_seconds(np.ones((3, 1)), spent, [[1.0]]).tolist() == [3.0]
