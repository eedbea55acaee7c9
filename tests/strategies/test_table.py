"""Worked numbers of every strategy, and that none lacks a row in the table."""

import numpy as np
import pytest

from skal.strategies import STRATEGIES, UtilityStrategy, check_strategy, top
from tests.strategies.cases import CASES
from tests.strategies.cases.uncertainty import SHARP, P
from tests.strategies.oracle import evidence_of

WORKED = {name: case for name, case in CASES.items() if case.arrays}


@pytest.mark.parametrize("name", WORKED)
def test_the_answer_is_the_worked_one(name):
    case = WORKED[name]
    arrays = {
        need: np.asarray(values) if isinstance(values, list) else values
        for need, values in case.arrays.items()
    }
    assert set(arrays) == set(case.strategy.needs())
    rng = np.random.default_rng(0)
    if case.utilities is None:
        assert case.strategy.select(len(case.order), rng, **arrays).tolist() == case.order
        return
    assert isinstance(case.strategy, UtilityStrategy)
    utility = case.strategy.utility(**arrays)
    np.testing.assert_allclose(utility, case.utilities, atol=1e-6)
    assert top(utility, len(case.order or []), rng).tolist() == (case.order or [])


def test_every_name_has_a_row_in_the_table():
    ours = {n: kind for n, kind in STRATEGIES.items() if kind.__module__.startswith("skal.")}
    for name, kind in ours.items():
        assert name in CASES, f"add a Case called {name!r} to tests/strategies/cases"
        assert type(CASES[name].strategy) is type(check_strategy(name)) is kind
        assert CASES[name].strategy.get_params() == kind().get_params()


# ---------------------------------------------------------------- temperature


@pytest.mark.parametrize("name", ["least_confidence", "entropy"])
def test_temperature_one_changes_nothing(name):
    plain, same = STRATEGIES[name](), STRATEGIES[name](temperature=1.0)
    np.testing.assert_array_equal(plain.utility(proba=P), same.utility(proba=P))


@pytest.mark.parametrize("name", ["least_confidence", "entropy", "margin"])
def test_a_higher_temperature_raises_the_utility_of_a_sharp_row(name):
    values = []
    for temperature in (0.5, 1.0, 2.0):
        strategy = STRATEGIES[name](temperature=temperature)
        (argument,) = strategy.needs()
        values.append(float(strategy.utility(**{argument: SHARP})[0]))
    assert values == sorted(values)
    assert len(set(values)) == 3


def test_temperature_turns_the_order_of_least_confidence():
    logits = np.array([[3, 2.7, -5], [2, 1, 1]])
    proba = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    first = [
        int(
            STRATEGIES["least_confidence"](temperature=temperature)
            .choose(evidence_of(proba), 1, np.random.default_rng(0))
            .positions[0]
        )
        for temperature in (1.0, 2.0)
    ]
    assert first == [0, 1]


def test_margin_with_a_temperature_asks_for_probabilities():
    from skal.evidence import Proba, Scores

    assert STRATEGIES["margin"]().needs() == {"scores": Scores()}
    assert STRATEGIES["margin"](temperature=2.0).needs() == {"scores": Proba()}


# ---------------------------------------------------------------- probabilities at the edge


def test_munros_row_is_taken_as_printed():
    munro = np.array([[0.032, 0.643, 0.087, 0.236]])  # sums to 0.998
    values = {
        "least_confidence": STRATEGIES["least_confidence"](normalize=True).utility(proba=munro),
        "margin": STRATEGIES["margin"](normalize=True).utility(scores=munro),
        "ratio": STRATEGIES["ratio"]().utility(proba=munro),
        "entropy": STRATEGIES["entropy"](normalize=True).utility(proba=munro),
    }
    np.testing.assert_allclose(
        [float(v[0]) for v in values.values()], [0.476, 0.593, 0.367030, 0.683337], atol=5e-7
    )


@pytest.mark.parametrize("name", ["least_confidence", "entropy"])
def test_one_class_is_never_uncertain(name):
    one = np.ones((3, 1))
    assert STRATEGIES[name](normalize=True).utility(proba=one).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(("name", "argument"), [("margin", "scores"), ("ratio", "proba")])
def test_one_class_has_no_runner_up(name, argument):
    with pytest.raises(ValueError, match="at least two classes"):
        STRATEGIES[name]().utility(**{argument: np.ones((3, 1))})
