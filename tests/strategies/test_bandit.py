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


def after(evidence, past, rounds=None):
    """The evidence of the next round."""
    return Evidence(**{**vars_of(evidence), "past": past, "rounds": rounds})


def noted(trust, heard, advice, q, times=1.0):
    """Notes of eight labelled rows: nobody asked the first six, the bandit the last two."""
    rows = {"heard": heard, "advice": np.transpose(advice), "q": q, "times": times}
    blank = {k: np.full((6, *np.shape(v)[1:]), np.nan) for k, v in rows.items() if np.ndim(v)}
    rows |= {"heard": np.tile(heard, (2, 1)), "times": np.full(2, times)}
    blank |= {"heard": np.full((6, 2), np.nan), "times": np.full(6, np.nan)}
    return {"trust": np.array(trust)} | {k: np.concatenate([blank[k], rows[k]]) for k in rows}


ROUNDS = np.array([0] * 6 + [1] * 2)


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
    np.testing.assert_allclose(choice.row_notes["advice"].sum(axis=1), 0.25)
    np.testing.assert_allclose(choice.row_notes["q"], 0.125)  # half of a fourth


def test_the_first_round_trusts_all_alike():
    choice = ALBL([heads, tails]).choose(evidence_of(random_proba(30)), 4, rng())
    np.testing.assert_allclose(choice.notes["trust"], 1)
    np.testing.assert_allclose(choice.row_notes["heard"], np.full((4, 2), 0.5))


def test_trust_goes_to_those_who_advised_what_was_asked():
    bandit = ALBL([heads, tails], p_min=0.1)
    past = noted([1, 1], [0.5, 0.5], [[0.5, 0.5], [0, 0]], [0.25, 0.25])  # the first was followed
    evidence = evidence_of(random_proba(30))
    found = bandit.choose(after(evidence, past, ROUNDS), 4, rng())
    trust, heard = found.notes["trust"], found.row_notes["heard"][0]
    right = evidence.arrays(bandit.needs())
    worth = (right["labeled_proba"].argmax(axis=1) == right["labels"]).mean()
    bonus = np.sqrt(np.log(2 / 0.1) / (2 * 8))
    gain = 0.1 / 2 * (2 * 0.5 * worth / 0.25 / 2 + 2 * (0.5 / 0.5) * bonus)  # of the first
    assert trust[1] / trust[0] == pytest.approx(np.exp(-gain))
    np.testing.assert_allclose(heard, 0.8 * trust / trust.sum() + 0.1)


def test_only_the_rows_taught_last_pay():
    bandit = ALBL([heads, tails], p_min=0.1)
    past = noted([1, 1], [0.5, 0.5], [[0.5, 0.5], [0, 0]], [0.25, 0.25])
    long_ago = np.array([2] * 6 + [1] * 2)  # since then somebody else taught six rows
    found = bandit.choose(after(evidence_of(random_proba(30)), past, long_ago), 4, rng())
    np.testing.assert_allclose(found.notes["trust"], 1)


def test_nobody_falls_below_the_least_chance():
    bandit = ALBL([heads, tails], p_min=0.1)
    past = noted([1.0, 1e-12], [0.9, 0.1], [[0.5, 0.5], [0, 0]], [0.45, 0.45])
    found = bandit.choose(after(evidence_of(random_proba(30)), past, ROUNDS), 4, rng())
    np.testing.assert_allclose(found.row_notes["heard"], np.tile([0.9, 0.1], (4, 1)))


def test_a_row_tells_how_often_it_was_to_be_asked():
    choice = ALBL([heads, tails]).choose(evidence_of(random_proba(30)), 4, rng())
    np.testing.assert_allclose(choice.row_notes["times"], 0.5)


def test_rows_that_others_taught_weigh_one():
    bandit = ALBL([heads, tails], p_min=0.1)
    evidence = evidence_of(random_proba(30))
    often, seldom = (
        noted([1, 1], [0.5, 0.5], [[0.5, 0.5], [0, 0]], [0.25, 0.25], times=t) for t in (1.0, 1e-6)
    )
    told = [
        bandit.choose(after(evidence, p, ROUNDS), 4, rng()).notes["trust"] for p in (often, seldom)
    ]
    assert not np.allclose(*told)  # the seldom asked rows decide alone what the batch was worth


def test_notes_of_other_strategies_are_no_trust():
    evidence = after(evidence_of(random_proba(30)), {"q": np.ones(8), "trust": 3})
    evidence.past["trust"] = np.ones(3)
    np.testing.assert_allclose(ALBL([heads, tails]).choose(evidence, 2, rng()).notes["trust"], 1)
