"""Rankings made of rankings: worked numbers, one sweep, and clear refusals."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.evidence import Evidence, Proba
from skal.strategies import Blend, Margin, PerCost, Product, RankedBatch
from tests.strategies.cases.uncertainty import P
from tests.strategies.oracle import evidence_of, random_proba

U = np.array([[0.1, 0.4, 0.3], [5.0, 1.0, 3.0]])


def test_a_blend_is_the_weighted_average():
    found = Blend()._together(U, np.array([2, 1]))
    np.testing.assert_allclose(found, np.array([5.2, 1.8, 3.6]) / 3)
    found = Blend()._together(U, np.array([2, -1]))
    np.testing.assert_allclose(found, np.array([-4.8, -0.2, -2.4]) / 3)


def test_weights_of_nothing_but_zero_are_refused():
    with pytest.raises(ValueError, match="`weights` must not all be 0, got"):
        Blend(weights=[0, 0]).check_params()


def test_a_blend_serves_where_a_utility_must_be_a_share():
    rng, evidence = np.random.default_rng(0), evidence_of(random_proba(20))
    strategy = RankedBatch(Blend(["margin", "entropy", "ratio"], weights=[3, 1, 1]))
    assert len(set(strategy.choose(evidence, 5, rng).positions.tolist())) == 5


def test_a_product_is_the_product_of_powers():
    np.testing.assert_allclose(Product()._together(U, np.array([2, 1])), [0.05, 0.16, 0.27])


def test_ranks_lie_between_zero_and_one_and_share_ties():
    evidence = evidence_of(P[[0, 1, 1, 3]])  # entropies 0.80, 1.08, 1.08, 1.10
    found = Blend(["entropy"]).utilities(evidence)
    np.testing.assert_allclose(found, [0, 0.5, 0.5, 1])


def test_values_are_blended_in_their_own_units():
    found = Blend(["entropy", "least_confidence"], on="values").utilities(evidence_of(P))
    expected = np.array([1.101819, 1.680528, 1.242167, 1.747915]) / 2
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_heavy_weight_decides():
    evidence = evidence_of(P)  # margin puts row 2 first, entropy row 3
    rng = np.random.default_rng(0)
    for weights, first in ([(9, 1), 2], [(1, 9), 3]):
        assert Blend(["margin", "entropy"], weights=weights).choose(evidence, 1, rng)[0] == [first]


def test_all_parts_share_one_sweep():
    evidence = evidence_of(random_proba(30))
    sweeps = []
    measure = evidence.estimator.measure
    evidence.estimator.measure = lambda X, rows, needs, *, seed: (
        sweeps.append(set(needs)) or measure(X, rows, needs, seed=seed)
    )
    Blend(["entropy", "egl", Margin(temperature=2.0)]).utilities(evidence)
    assert len(sweeps) == 1
    assert Proba() in sweeps[0]


def test_a_product_of_negative_utilities_is_refused():
    with pytest.raises(
        ValueError, match=r"must not be negative, got -0.7; .*Margin\(normalize=True\)"
    ):
        Product([lambda proba: -proba[:, 0]], on="values").utilities(evidence_of(P))


def test_a_rank_of_a_single_candidate_is_zero():
    assert Blend(["margin", "entropy"]).utilities(evidence_of(P[:1])).tolist() == [0]


# ---------------------------------------------------------------- per cost


def wanted(inputs):
    return inputs[:, 0]


def pool_of(values, rows=None):
    X = np.array(values)[:, None]
    return Evidence(None, X, np.arange(len(X)) if rows is None else np.array(rows))


@pytest.mark.parametrize("cost", [np.array([3, 1, 0.5]), lambda X: [3, 1, 0.5]])
def test_utility_is_divided_by_what_a_label_costs(cost):
    found = PerCost(wanted, cost).utilities(pool_of([0.9, 0.6, 0.5]))
    np.testing.assert_allclose(found, [0.3, 0.6, 1])


def test_costs_are_those_of_rows_of_the_pool():
    found = PerCost(wanted, np.array([3, 1, 0.5])).utilities(pool_of([0.9, 0.6, 0.5], [2, 0]))
    np.testing.assert_allclose(found, [1, 0.3])


@pytest.mark.parametrize(
    ("strategy", "message"),
    [
        (PerCost(wanted, np.array([1, 0, 1])), "`cost` must be above 0 for every row, got 0"),
        (PerCost(wanted, np.array([1, np.nan, 1])), "got nan"),
        (PerCost(wanted, np.array([1, 2])), "has 2 rows, but the pool has 3"),
        (PerCost(lambda inputs: -inputs[:, 0]), "must not be negative, got -0.9"),
        (PerCost("margin"), "must not be negative, got Margin"),
    ],
)
def test_what_cannot_be_divided_by_a_cost_is_refused(strategy, message):
    with pytest.raises(ValueError, match=message):
        strategy.check_params()
        strategy.utilities(pool_of([0.9, 0.6, 0.5]))


def test_a_learner_asks_what_is_cheap_among_equals():
    X, y = np.random.default_rng(0).normal(size=(60, 2)), np.arange(60) % 2
    cost = np.where(np.arange(60) < 30, 100.0, 1.0)
    learner = ActiveLearner(LogisticRegression(), PerCost("entropy", cost), random_state=0)
    rows = learner.teach(X[[0, 1, 30, 31]], y[[0, 1, 30, 31]], rows=[0, 1, 30, 31]).query(X, 20)
    assert (rows >= 30).all()
