"""Query by committee: numbers between the steps, odd committees and the faults of others."""

import warnings

import numpy as np
import pytest

from skal.measures import kl_divergence
from skal.strategies import BALD, ConsensusEntropy, MaxDisagreement, MeanDisagreement, VoteEntropy
from tests.strategies.cases.committee import MEMBERS

PROBA = MEMBERS["committee_proba"]
ALL = [VoteEntropy(), ConsensusEntropy(), MaxDisagreement(), MeanDisagreement()]
everywhere = pytest.mark.parametrize("strategy", ALL, ids=str)


def members(n_members=5, n=100, n_classes=3, alpha=0.5, seed=0):
    return np.random.default_rng(seed).dirichlet(np.full(n_classes, alpha), size=(n_members, n))


def test_the_divergence_of_each_member_is_the_worked_one():
    divergence = kl_divergence(PROBA, PROBA.mean(axis=0))
    expected = [[0.057866, 0.005279], [0.020468, 0.017413], [0.133270, 0.005279]]
    np.testing.assert_allclose(divergence, expected, atol=1e-6)


def test_the_mean_disagreement_is_bald_of_the_members():
    proba = members()
    np.testing.assert_allclose(
        MeanDisagreement().utility(proba), BALD().utility(proba), atol=1e-12
    )  # eq. of mutual information and mean divergence


def test_the_largest_disagreement_is_at_least_the_mean_and_at_most_log_of_members():
    proba = members(alpha=0.05)
    largest = MaxDisagreement().utility(proba)
    assert (largest >= MeanDisagreement().utility(proba)).all()
    assert largest.max() <= np.log(5)


@pytest.mark.parametrize(
    ("normalize", "most"), [("classes", np.log(2) / np.log(3)), ("members", 1)]
)
def test_two_members_can_fill_the_scale_of_members_only(normalize, most):
    torn = np.array([[[0.8, 0.1, 0.1]], [[0.1, 0.8, 0.1]]])
    assert VoteEntropy(normalize).utility(torn) == pytest.approx([most])


# ---------------------------------------------------------------- faults of other libraries


def test_a_class_that_a_member_has_not_seen_gives_a_finite_divergence():
    proba = np.array([[[0.5, 0.5, 0.0]], [[0.0, 0.5, 0.5]]])  # zeros where p(mean) is positive
    average = np.array([0.25, 0.5, 0.25])
    expected = 0.5 * np.log(0.5 / average[0]) + 0.5 * np.log(0.5 / average[1])
    with warnings.catch_warnings(action="error"):
        assert MaxDisagreement().utility(proba) == pytest.approx([expected])
        assert MeanDisagreement().utility(proba) == pytest.approx([expected])


def test_small_probabilities_are_not_clipped():
    proba = np.array([[[1 - 1e-12, 1e-12]], [[1e-12, 1 - 1e-12]]])
    assert MaxDisagreement().utility(proba) == pytest.approx([np.log(2)], abs=1e-10)


@everywhere
def test_a_class_that_nobody_has_seen_changes_nothing(strategy):
    proba = members()
    wider = np.concatenate([proba, np.zeros((*proba.shape[:2], 1))], axis=2)
    np.testing.assert_allclose(strategy.utility(wider), strategy.utility(proba), atol=1e-12)


@pytest.mark.parametrize(
    "strategy",
    [VoteEntropy(), VoteEntropy("members"), MaxDisagreement(), MeanDisagreement()],
    ids=str,
)
def test_a_single_member_disagrees_by_exactly_zero_with_a_warning(strategy):
    with pytest.warns(UserWarning, match="there is only one"):
        u = strategy.utility(members(1))
    assert u.tolist() == [0.0] * 100


def test_a_single_member_may_doubt():
    with warnings.catch_warnings(action="error"):
        assert ConsensusEntropy().utility(members(1)).max() > 0.5


@everywhere
def test_members_that_agree_rank_below_members_that_do_not(strategy):
    agree, differ = [[0.9, 0.1], [0.9, 0.1]], [[0.9, 0.1], [0.1, 0.9]]
    u = strategy.utility(np.stack([agree, differ], axis=1))
    assert u[1] > u[0]


@everywhere
def test_the_order_of_members_does_not_matter(strategy):
    proba = members()
    np.testing.assert_allclose(strategy.utility(proba[::-1]), strategy.utility(proba), atol=1e-12)
