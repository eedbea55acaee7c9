"""The bandit trusts what paid, remembers it, and is not misled by rows asked on purpose."""

import numpy as np
import pytest

from skal.evidence import Evidence
from skal.strategies import ALBL, Subsample
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


def noted(trust, heard, advice, q, times=1.0, batch=(1, 1)):
    """Notes of eight labelled rows: nobody asked the first six, the bandit the last two."""
    rows = {
        "batch": np.array(batch),
        "trust": np.tile(trust, (2, 1)),
        "heard": np.tile(heard, (2, 1)),
        "advice": np.transpose(advice),
        "q": np.array(q),
        "times": np.full(2, times),
    }
    return {
        name: np.concatenate([np.full((6, *values.shape[1:]), np.nan), values])
        for name, values in rows.items()
    }


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
    evidence = evidence_of(random_proba(30))
    choice = ALBL([heads, tails]).choose(evidence, 4, rng())
    np.testing.assert_allclose(choice.row_notes["trust"], 1)
    np.testing.assert_allclose(choice.row_notes["heard"], np.full((4, 2), 0.5))
    assert choice.row_notes["batch"].tolist() == [max(evidence.rounds) + 1] * 4


def test_trust_goes_to_those_who_advised_what_was_asked():
    bandit = ALBL([heads, tails], p_min=0.1)
    past = noted([1, 1], [0.5, 0.5], [[0.5, 0.5], [0, 0]], [0.25, 0.25])  # the first was followed
    evidence = evidence_of(random_proba(30))
    found = bandit.choose(after(evidence, past, ROUNDS), 4, rng())
    trust, heard = found.row_notes["trust"][0], found.row_notes["heard"][0]
    right = evidence.arrays(bandit.needs())
    worth = (right["labeled_proba"].argmax(axis=1) == right["labels"]).mean()
    bonus = np.sqrt(np.log(2 / 0.1) / (2 * 8))
    gain = 0.1 / 2 * (2 * 0.5 * worth / 0.25 / 2 + 2 * (0.5 / 0.5) * bonus)  # of the first
    assert trust[1] / trust[0] == pytest.approx(np.exp(-gain))
    np.testing.assert_allclose(heard, 0.8 * trust / trust.sum() + 0.1)


def test_only_the_rows_of_the_newest_batch_pay():
    bandit = ALBL([heads, tails], p_min=0.1)
    whole = noted([1, 1], [0.5, 0.5], [[0.5, 0.5], [0, 0]], [0.25, 0.25], batch=(2, 2))
    older = noted([1, 1], [0.5, 0.5], [[0.5, 0.0], [0, 0.5]], [0.25, 0.25], batch=(2, 1))
    evidence = evidence_of(random_proba(30))
    both, newer = (
        bandit.choose(after(evidence, p, ROUNDS), 4, rng()).row_notes["trust"][0]
        for p in (whole, older)
    )
    assert newer[1] / newer[0] > both[1] / both[0]  # one row paid, not two; nor the second's other


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
        bandit.choose(after(evidence, p, ROUNDS), 4, rng()).row_notes["trust"]
        for p in (often, seldom)
    ]
    assert not np.allclose(*told)  # the seldom asked rows decide alone what the batch was worth


@pytest.mark.parametrize("inner", [ALBL([heads, tails]), Subsample(ALBL([heads, tails]))])
def test_a_bandit_among_the_advisers_is_refused_as_it_would_read_the_notes_of_the_outer(inner):
    with pytest.raises(TypeError, match="keep no notes from round to round, got"):
        ALBL([inner, tails]).choose(evidence_of(random_proba(30)), 4, rng())


def test_notes_of_other_strategies_are_no_trust():
    others = {"batch": np.ones(8), "trust": np.full((8, 3), 7.0)}
    evidence = after(evidence_of(random_proba(30)), others)
    np.testing.assert_allclose(
        ALBL([heads, tails]).choose(evidence, 2, rng()).row_notes["trust"], 1
    )
