"""Worked numbers of every strategy, and that none lacks a row in the table."""

import numpy as np
import pytest

from skal.strategies import STRATEGIES, Strategy, UtilityStrategy, check_strategy, top
from tests.strategies.cases import CASES
from tests.strategies.cases.uncertainty import SHARP, P
from tests.strategies.oracle import evidence_of

WORKED = {name: case for name, case in CASES.items() if case.arrays}
RANKED = {name: case for name, case in WORKED.items() if case.utilities is not None}
CHOSEN = {name: case for name, case in WORKED.items() if case.utilities is None}


def given(case):
    return {
        name: np.asarray(values) if isinstance(values, list) else values
        for name, values in case.arrays.items()
    }


@pytest.mark.parametrize("name", RANKED)
def test_utilities_are_the_worked_numbers(name):
    case = RANKED[name]
    np.testing.assert_allclose(case.strategy.utility(**given(case)), case.utilities, atol=1e-6)


@pytest.mark.parametrize("name", [name for name in RANKED if RANKED[name].order])
def test_rows_come_in_the_worked_order(name):
    case = RANKED[name]
    utility = case.strategy.utility(**given(case))
    assert top(utility, len(case.order), np.random.default_rng(0)).tolist() == case.order


@pytest.mark.parametrize("name", CHOSEN)
def test_positions_are_the_worked_ones(name):
    case = CHOSEN[name]
    found = case.strategy.select(len(case.order), np.random.default_rng(0), **given(case))
    assert np.asarray(found).tolist() == case.order


@pytest.mark.parametrize("name", WORKED)
def test_a_case_names_all_needs_of_its_strategy(name):
    case = WORKED[name]
    assert set(case.arrays) == set(case.strategy.needs())


@pytest.mark.parametrize("name", sorted(STRATEGIES))
def test_every_name_has_a_row_in_the_table(name):
    default = STRATEGIES[name]()
    assert name in CASES, f"add a Case called {name!r} to tests/strategies/cases"
    assert type(CASES[name].strategy) is type(default)
    assert CASES[name].strategy.get_params() == default.get_params()


@pytest.mark.parametrize("name", sorted(STRATEGIES))
def test_a_name_stands_for_the_defaults(name):
    strategy = check_strategy(name)
    assert isinstance(strategy, Strategy)
    assert strategy.name == name


@pytest.mark.parametrize("name", RANKED)
def test_a_strategy_that_ranks_derives_from_utility_strategy(name):
    assert isinstance(RANKED[name].strategy, UtilityStrategy)


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


@pytest.mark.parametrize("name", ["least_confidence", "entropy", "margin"])
def test_a_temperature_of_zero_is_refused(name):
    strategy = STRATEGIES[name](temperature=0.0)
    with pytest.raises(ValueError, match="temperature must be positive"):
        strategy.choose(evidence_of(P), 1, np.random.default_rng(0))


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
