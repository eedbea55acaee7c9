"""BALD and its parts: bounds, identities, odd inputs and the faults of other libraries."""

import warnings

import numpy as np
import pytest

from skal.evidence import MCProba
from skal.measures import kl_divergence
from skal.strategies import (
    BALD,
    ExpectedEntropy,
    MeanStd,
    PredictiveEntropy,
    VariationRatio,
    check_strategy,
)
from tests.strategies.cases.bayesian import F
from tests.strategies.oracle import evidence_of, random_proba

ALL = [PredictiveEntropy(), ExpectedEntropy(), BALD(), VariationRatio(), MeanStd()]
ALL += [VariationRatio(kind="mean"), MeanStd(ddof=1)]
everywhere = pytest.mark.parametrize("strategy", ALL, ids=str)


def random_draws(n_draws=5, n=200, n_classes=3, alpha=0.3, seed=0):
    return np.random.default_rng(seed).dirichlet(np.full(n_classes, alpha), size=(n_draws, n))


def refuse_warnings():
    return warnings.catch_warnings(action="error")


# ---------------------------------------------------------------- BALD


def test_bald_is_the_mean_divergence_from_the_average():
    draws = random_draws()
    expected = kl_divergence(draws, draws.mean(axis=0)).mean(axis=0)
    np.testing.assert_allclose(BALD().utility(draws), expected, atol=1e-12)


def test_bald_is_the_predictive_less_the_expected_entropy():
    draws = random_draws()
    gap = PredictiveEntropy().utility(draws) - ExpectedEntropy().utility(draws)
    np.testing.assert_allclose(BALD().utility(draws), gap, atol=1e-12)


@pytest.mark.parametrize(("n_draws", "n_classes"), [(2, 5), (7, 2), (4, 4)])
def test_bald_lies_between_zero_and_the_log_of_classes_or_draws(n_draws, n_classes):
    u = BALD().utility(random_draws(n_draws, n_classes=n_classes, alpha=0.01))
    assert u.min() >= 0
    assert u.max() <= np.log(min(n_draws, n_classes)) + 1e-12
    assert u.max() > 0.9 * np.log(min(n_draws, n_classes))  # the bound is nearly reached


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bald_of_draws_that_agree_is_zero_and_never_below(dtype):
    one = random_draws(1, n_classes=10, alpha=1.0)
    u = BALD().utility(np.repeat(one, 20, axis=0).astype(dtype))
    assert u.min() >= 0
    assert u.max() < 1e-12


def test_bald_cannot_tell_a_copy_from_another_row():
    draws = F[:, [1, 1, 3, 2]]
    u = BALD().utility(draws)
    assert u[0] == u[1]
    assert u[:3] == pytest.approx(np.log(2))


def test_the_predictive_entropy_cannot_tell_shared_doubt_from_dissent():
    u = PredictiveEntropy().utility(F)
    assert u[0] == pytest.approx(u[1])
    assert BALD().utility(F)[0] < 1e-12 < 0.6 < BALD().utility(F)[1]


# ---------------------------------------------------------------- faults of other libraries


@everywhere
def test_probabilities_of_zero_give_numbers_and_no_warning(strategy):
    draws = np.eye(3)[np.array([[0, 1, 2], [0, 1, 1]])]  # (2, 3, 3), zeros and ones only
    with refuse_warnings():
        assert np.isfinite(strategy.utility(draws)).all()


def test_the_average_is_taken_of_probabilities_and_not_of_logits():
    draws = np.array([[[0.99, 0.01]], [[0.2, 0.8]]])
    of_logits = np.log(draws).mean(axis=0)
    of_logits = np.exp(of_logits) / np.exp(of_logits).sum()
    u = VariationRatio(kind="mean").utility(draws)
    assert u == pytest.approx([1 - (0.99 + 0.2) / 2])
    assert abs(u[0] - (1 - of_logits.max())) > 0.2


def test_the_variation_ratio_counts_votes_of_all_passes():
    # One deterministic pass gives 1 - max p for the rows; votes do not look at p at all.
    draws = np.array([[[0.51, 0.49]], [[0.51, 0.49]], [[0.51, 0.49]]])
    assert VariationRatio().utility(draws).tolist() == [0.0]
    assert VariationRatio().needs() == {"mc_proba": MCProba(20)}


def test_a_tied_vote_goes_to_the_first_class():
    draws = np.array([[[0.5, 0.5]], [[0.9, 0.1]], [[0.1, 0.9]]])
    assert VariationRatio().utility(draws) == pytest.approx([1 / 3])


@pytest.mark.parametrize(
    "strategy", [BALD(), VariationRatio(), MeanStd(), MeanStd(ddof=1)], ids=str
)
def test_a_single_draw_disagrees_with_nobody(strategy):
    with pytest.warns(UserWarning, match="there is only one"):
        u = strategy.utility(random_draws(1))
    np.testing.assert_allclose(u, 0, atol=1e-12)


@pytest.mark.parametrize(
    "strategy", [PredictiveEntropy(), ExpectedEntropy(), VariationRatio(kind="mean")], ids=str
)
def test_a_single_draw_may_doubt(strategy):
    with refuse_warnings():
        assert strategy.utility(random_draws(1)).max() > 0.1


@pytest.mark.parametrize("name", ["bald", "predictive_entropy", "expected_entropy", "mean_std"])
def test_the_torn_row_is_asked_before_the_sure_one(name):
    sure, torn = np.tile([0.98, 0.02], (4, 1)), np.array([[0.9, 0.1], [0.1, 0.9]] * 2)
    u = check_strategy(name).utility(np.stack([sure, torn], axis=1))
    assert u[1] > u[0]


# ---------------------------------------------------------------- arrays


@everywhere
def test_single_precision_is_summed_in_double(strategy):
    draws = random_draws(20, n_classes=10, alpha=0.1).astype(np.float32)
    single, double = strategy.utility(draws), strategy.utility(draws.astype(np.float64))
    assert single.dtype == np.float64
    np.testing.assert_allclose(single, double, atol=1e-12)


@everywhere
def test_arrays_that_may_not_be_written_to_and_are_not_contiguous_will_do(strategy):
    draws = np.asfortranarray(random_draws())
    expected = strategy.utility(np.ascontiguousarray(draws))
    draws.flags.writeable = False
    np.testing.assert_allclose(strategy.utility(draws), expected, atol=1e-15)


@everywhere
def test_a_permutation_of_the_draws_changes_nothing(strategy):
    draws = random_draws()
    np.testing.assert_allclose(
        strategy.utility(draws[::-1]), strategy.utility(draws), atol=1e-12
    )  # the sum in another order


# ---------------------------------------------------------------- parameters


def test_the_number_of_passes_is_asked_for():
    assert BALD(n_passes=7).needs() == {"mc_proba": MCProba(7)}


def test_strategies_share_the_passes_of_one_need():
    evidence = evidence_of(random_proba(10))
    asked = []
    answer = evidence.estimator._answer
    evidence.estimator._answer = lambda *given: asked.append(given[0]) or answer(*given)
    for strategy in ALL:
        strategy.choose(evidence, 3, np.random.default_rng(0))
    assert asked == [MCProba(20)]
