"""The bandit trusts what paid, remembers it, and is not misled by rows asked on purpose."""

import numpy as np
import pytest

from skal.evidence import Evidence
from skal.strategies import ALBL
from skal.strategies.bandit import _drawn, weighted_accuracy
from tests.strategies.oracle import evidence_of, random_proba


def rng(seed=0):
    return np.random.default_rng(seed)


def heads(n, rng, proba):
    return np.arange(n)


def tails(n, rng, proba):
    return np.arange(len(proba))[::-1][:n]


def after(evidence, notes):
    """The evidence of the next round."""
    return Evidence(**{**vars_of(evidence), "past": notes})


def vars_of(evidence):
    names = ("estimator", "X", "rows", "classes", "X_labeled", "rows_labeled", "y_labeled")
    return {name: getattr(evidence, name) for name in names}


def test_accuracy_weighs_rows_by_one_over_their_chance():
    correct = np.array([True, False, True])
    assert weighted_accuracy(correct, np.ones(3)) == pytest.approx(2 / 3)
    assert weighted_accuracy(correct, np.array([1, 0.1, 1])) == pytest.approx(2 / 12)
    assert weighted_accuracy(correct, np.array([7, 1, 1])) == pytest.approx(2 / 3)  # no chance > 1


def test_rows_are_drawn_in_proportion_and_distinct():
    q = np.array([0.1, 0.2, 0.7])
    first = np.array([_drawn(q, 2, rng(seed))[0] for seed in range(2000)])
    np.testing.assert_allclose(np.bincount(first) / 2000, q, atol=0.04)
    assert all(len(set(_drawn(q, 2, rng(seed)).tolist())) == 2 for seed in range(50))


def test_rows_that_nobody_advised_come_last():
    assert set(_drawn(np.array([0, 0.5, 0, 0.5]), 2, rng()).tolist()) == {1, 3}
    assert len(set(_drawn(np.array([0, 0.5, 0, 0.5]), 4, rng()).tolist())) == 4


def test_every_row_asked_was_advised_by_somebody():
    evidence = evidence_of(random_proba(30))
    choice = ALBL([heads, tails]).choose(evidence, 4, rng())
    assert set(choice.positions.tolist()) <= {0, 1, 2, 3, 26, 27, 28, 29}
    np.testing.assert_allclose(choice.notes["advice"].sum(axis=0), 0.25)
    np.testing.assert_allclose(choice.notes["q"], 0.125)  # half of a fourth


def test_the_first_round_trusts_all_alike():
    choice = ALBL([heads, tails]).choose(evidence_of(random_proba(30)), 4, rng())
    np.testing.assert_allclose(choice.notes["heard"], 0.5)


def test_trust_goes_to_those_who_advised_what_was_asked():
    bandit = ALBL([heads, tails], p_min=0.1)
    evidence = evidence_of(random_proba(30))
    notes = {
        "trust": np.ones(2),
        "heard": np.full(2, 0.5),
        "advice": np.array([[0.5, 0.5], [0.0, 0.0]]),  # only the first was followed
        "q": np.array([0.25, 0.25]),
        "chance": np.ones(8),
    }
    found = bandit.choose(after(evidence, notes), 4, rng()).notes
    assert found["trust"][0] > found["trust"][1]
    assert found["heard"].sum() == pytest.approx(1)
    assert found["heard"].min() >= 0.1


def test_nobody_falls_below_the_least_chance():
    bandit = ALBL([heads, tails], p_min=0.1)
    notes = {
        "trust": np.array([1.0, 1e-12]),
        "heard": np.array([0.9, 0.1]),
        "advice": np.array([[0.5, 0.5], [0.0, 0.0]]),
        "q": np.array([0.45, 0.45]),
        "chance": np.ones(8),
    }
    found = bandit.choose(after(evidence_of(random_proba(30)), notes), 4, rng()).notes
    np.testing.assert_allclose(found["heard"], [0.9, 0.1])


def test_chances_of_rows_that_others_taught_count_as_one():
    bandit = ALBL([heads, tails])
    first = bandit.choose(evidence_of(random_proba(30)), 4, rng())
    np.testing.assert_allclose(first.notes["chance"], [1] * 8 + [0.5] * 4)
    short = {**first.notes, "chance": np.ones(3)}
    again = bandit.choose(after(evidence_of(random_proba(30)), short), 4, rng())
    assert len(again.notes["chance"]) == 12


def test_notes_of_other_strategies_are_no_trust():
    evidence = after(evidence_of(random_proba(30)), {"times": 3})
    np.testing.assert_allclose(ALBL([heads, tails]).choose(evidence, 2, rng()).notes["trust"], 1)


@pytest.mark.parametrize(
    ("bandit", "words"),
    [
        (ALBL(["margin"]), "needs two strategies or more"),
        (ALBL("margin"), "needs two strategies or more"),
        (ALBL(["margin", "entropy"], p_min=0.6), r"p_min must lie in \(0, 1/2\]"),
        (ALBL(["margin", "entropy"], delta=0.0), r"delta in \(0, 1\)"),
    ],
)
def test_wrong_parameters_are_refused(bandit, words):
    with pytest.raises((TypeError, ValueError), match=words):
        bandit.needs()
