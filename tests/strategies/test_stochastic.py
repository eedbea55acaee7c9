"""Gumbel noise on rankings: worked scores, chances of each row, refusals."""

from itertools import permutations

import numpy as np
import pytest

from skal.evidence import Proba
from skal.strategies import (
    Blend,
    ClassQuota,
    Funnel,
    Margin,
    Power,
    Random,
    Schedule,
    Skip,
    Softmax,
    SoftRank,
    Subsample,
    UtilityStrategy,
)
from skal.strategies._draws import chances, draw_top
from tests.strategies.oracle import evidence_of, random_proba

S = np.array([0.1, 0.2, 0.4, 0.3])
G = np.array([1.2, -0.3, 0.1, 0.8])
WRAPPERS = [Power, Softmax, SoftRank]
with_each = pytest.mark.parametrize("wrapper", WRAPPERS)


class FixedNoise:
    """A generator whose Gumbel noise is G."""

    def gumbel(self, size):
        return G

    def permutation(self, tied):
        return tied

    def random(self, n):
        return np.zeros(n)


class Column(UtilityStrategy):
    """Ask by the first column of the probabilities, less `shift`."""

    def __init__(self, shift=0.0):
        self.shift = shift

    def needs(self):
        return {"proba": Proba()}

    def utility(self, proba):
        return proba[:, 0] - self.shift


def evidence_for(utility):
    return evidence_of(np.column_stack([utility, 1 - np.asarray(utility)]))


def scores(wrapper, utility=S):
    return wrapper()._logs(np.asarray(utility), np.random.default_rng(0))


def first_picks(strategy, utility=S, n_draws=1500, seed=0):
    rng, evidence = np.random.default_rng(seed), evidence_for(utility)
    counts = np.zeros(len(utility))
    for _ in range(n_draws):
        counts[strategy.choose(evidence, 1, rng).positions] += 1
    return counts / n_draws


# ---------------------------------------------------------------- worked numbers


@pytest.mark.parametrize(
    ("wrapper", "beta", "expected", "order"),
    [
        (Power, 1, [-1.102585, -1.909438, -0.816291, -0.403973], [3, 2, 0, 1]),
        (Power, 2, [-1.702585, -1.759438, -0.866291, -0.803973], [3, 2, 0, 1]),
        (Softmax, 1, [1.3, -0.1, 0.5, 1.1], [0, 3, 2, 1]),
        (SoftRank, 1, [-0.186294, -1.398612, 0.1, 0.106853], [3, 2, 0, 1]),
        (Softmax, 10, [0.22, 0.17, 0.41, 0.38], [2, 3, 0, 1]),
    ],
)
def test_rows_come_in_the_worked_order_of_their_noisy_logarithms(wrapper, beta, expected, order):
    np.testing.assert_allclose(scores(wrapper) + G / beta, expected, atol=1e-6)
    assert draw_top(scores(wrapper), 4, FixedNoise(), beta).tolist() == order


def weights(wrapper, beta=1.0):
    w = np.exp(beta * scores(wrapper))
    return w / w.sum()


@pytest.mark.parametrize(
    ("wrapper", "expected"),
    [
        (Power, [0.1, 0.2, 0.4, 0.3]),
        (Softmax, [0.213838, 0.236328, 0.288651, 0.261183]),
        (SoftRank, [0.12, 0.16, 0.48, 0.24]),
    ],
)
def test_the_chance_to_be_drawn_first_is_the_worked_one(wrapper, expected):
    np.testing.assert_allclose(weights(wrapper), expected, atol=1e-6)
    found = first_picks(wrapper(Column()), n_draws=4000)
    np.testing.assert_allclose(found, expected, atol=0.032)  # 4 sigma


def test_the_chance_to_be_in_a_batch_of_two_is_the_worked_one():
    expected = [0.234524, 0.441270, 0.715873, 0.608333]
    w = weights(Power)
    exact = np.zeros(4)
    for i, j in permutations(range(4), 2):
        exact[[i, j]] += w[i] * w[j] / (1 - w[i])
    np.testing.assert_allclose(exact, expected, atol=1e-6)

    rng, evidence = np.random.default_rng(1), evidence_for(S)
    found = np.zeros(4)
    for _ in range(4000):
        found[Power(Column()).choose(evidence, 2, rng).positions] += 1
    np.testing.assert_allclose(found / 4000, expected, atol=0.032)  # 4 sigma


# ---------------------------------------------------------------- the ends of beta


@with_each
def test_a_large_beta_is_the_plain_ranking(wrapper):
    utility = np.random.default_rng(2).random(50)
    choice = wrapper(Column(), beta=1e9).choose(evidence_for(utility), 20, np.random.default_rng(0))
    assert choice.positions.tolist() == np.argsort(-utility)[:20].tolist()


@with_each
def test_an_infinite_beta_is_the_plain_ranking(wrapper):
    choice = wrapper(Column(), beta=np.inf).choose(evidence_for(S), 4, np.random.default_rng(0))
    assert choice.positions.tolist() == [2, 3, 1, 0]


@with_each
def test_a_beta_near_zero_is_a_random_draw(wrapper):
    np.testing.assert_allclose(first_picks(wrapper(Column(), beta=1e-9)), 0.25, atol=0.05)


# ---------------------------------------------------------------- what they wrap


@with_each
def test_the_larger_utility_is_the_likelier(wrapper):
    found = first_picks(wrapper(Column(), beta=3.0))
    assert np.argsort(-found).tolist() == [2, 3, 1, 0]


@with_each
def test_rows_are_drawn_without_replacement(wrapper):
    for seed in range(30):
        choice = wrapper(Column()).choose(evidence_for(S), 4, np.random.default_rng(seed))
        assert sorted(choice.positions.tolist()) == [0, 1, 2, 3]


@with_each
def test_the_order_drawn_is_no_ranking(wrapper):
    choice = wrapper(Column()).choose(evidence_for(S), 3, np.random.default_rng(0))
    assert np.isnan(choice.utility).all()


@with_each
def test_only_the_given_generator_is_drawn_from(wrapper, global_rng_untouched):
    evidence = evidence_of(random_proba(40))
    found = [
        wrapper().choose(evidence, 9, np.random.default_rng(seed)).positions.tolist()
        for seed in (0, 0, 1)
    ]
    assert found[0] == found[1] != found[2]


@with_each
def test_needs_are_those_of_the_ranking(wrapper):
    assert wrapper(Column()).needs() == {"proba_0": Proba()}


# ---------------------------------------------------------------- zeros and signs


def test_rows_of_utility_zero_fill_a_power_batch_at_random():
    u = np.array([0.0, 0.3, 0.0, 0.0])
    found = set()
    for seed in range(40):
        positions = (
            Power(Column()).choose(evidence_for(u), 2, np.random.default_rng(seed)).positions
        )
        assert positions[0] == 1
        found.add(int(positions[1]))
    assert found == {0, 2, 3}


def test_power_of_nothing_but_zeros_is_a_random_draw():
    np.testing.assert_allclose(first_picks(Power(Column()), np.zeros(4)), 0.25, atol=0.05)


def test_power_refuses_negative_utilities_with_advice():
    with pytest.raises(
        ValueError, match=r"at least 0, got -0.* use a normalized form such as Margin\("
    ):
        Power(lambda proba: -proba[:, 0]).choose(evidence_for(S), 1, np.random.default_rng(0))


def test_power_takes_the_normalized_margin():
    expected = np.array([0.2, 0.4, 0.8, 0.6]) / 2  # 1 - (p(1) - p(2))
    found = first_picks(Power(Margin(normalize=True)))
    np.testing.assert_allclose(found, expected, atol=0.05)


@pytest.mark.parametrize("wrapper", [Softmax, SoftRank])
def test_negative_utilities_are_served_by_the_others(wrapper):
    found = first_picks(wrapper(Column(shift=10.0)))
    np.testing.assert_allclose(found, weights(wrapper), atol=0.05)


def test_ranks_of_tied_rows_are_drawn():
    np.testing.assert_allclose(first_picks(SoftRank(Column()), np.full(4, 0.5)), 0.25, atol=0.05)


# ---------------------------------------------------------------- the chance that is told


def chance_by_definition(s, drawn, beta=1.0):
    """exp(beta s) over its sum over those left, one draw after the other."""
    left, found = list(range(len(s))), []
    for i in drawn:
        w = np.exp(beta * (np.asarray(s)[left] - max(s[j] for j in left)))
        found.append((w / w.sum())[left.index(i)])
        left.remove(i)
    return found


@with_each
def test_the_chance_that_is_told_is_that_of_the_definition(wrapper):
    for beta in [0.5, 1.0, 3.0]:
        for n in [1, 2, 4]:
            choice = wrapper(Column(), beta=beta).choose(
                evidence_for(S), n, np.random.default_rng(n)
            )
            expected = chance_by_definition(scores(wrapper), choice.positions, beta)
            np.testing.assert_allclose(choice.chance, expected, rtol=1e-12)


def test_the_chance_of_a_worked_draw():
    """Weights .1 .2 .4 .3; drawn are row 3 and then row 1: .3 and .2 / .7."""
    told = chances(np.log([0.1, 0.2, 0.4, 0.3]), np.array([3, 1]), 1.0)
    np.testing.assert_allclose(told, [0.3, 0.2 / 0.7], rtol=1e-12)


def test_rows_of_utility_zero_are_drawn_evenly_once_all_others_are_gone():
    utility = np.array([0.0, 0.4, 0.0, 0.0])
    choice = Power(Column()).choose(evidence_for(utility), 3, np.random.default_rng(0))
    assert choice.positions[0] == 1
    np.testing.assert_allclose(choice.chance, [1, 1 / 3, 1 / 2], rtol=1e-12)


def test_a_pool_without_utility_is_drawn_evenly():
    choice = Power(Column()).choose(evidence_for(np.zeros(4)), 4, np.random.default_rng(0))
    np.testing.assert_allclose(choice.chance, [1 / 4, 1 / 3, 1 / 2, 1], rtol=1e-12)


@pytest.mark.parametrize("shift", [-1e6, 0.0, 1e6])
def test_chances_do_not_depend_on_where_the_scores_lie(shift):
    s = np.array([0.0, -800.0, -800.0, -1600.0])
    told = chances(s + shift, np.array([0, 1, 2, 3]), 1.0)
    np.testing.assert_allclose(told, [1, 0.5, 1, 1], rtol=1e-12)


def test_chances_are_exact_where_beta_is_huge():
    told = chances(np.array([1.0, 2.0, 3.0]), np.array([2, 1]), 1e300)
    np.testing.assert_allclose(told, [1, 1])


@pytest.mark.parametrize("beta", [1.7e308, np.inf])
def test_a_beta_beyond_all_numbers_has_no_chance(beta):
    choice = Softmax(Column(), beta=beta).choose(evidence_for(100 * S), 2, np.random.default_rng(0))
    assert choice.chance is None


def test_random_rows_have_even_chances():
    choice = Random().choose(evidence_for(S), 3, np.random.default_rng(0))
    np.testing.assert_allclose(choice.chance, [1 / 4, 1 / 3, 1 / 2], rtol=1e-15)


@pytest.mark.parametrize(
    "strategy",
    [
        Subsample(Softmax(Column()), max_candidates=3),
        Subsample("random", max_candidates=3),
        Funnel("random", "random", keep=2),
        Funnel(Column(), Softmax(Column()), keep=2),
        Skip(Column(), n_skip=1),
        Blend([Column()]),
        Column(),
    ],
    ids=repr,
)
def test_a_strategy_that_does_not_know_the_chance_tells_none(strategy):
    assert strategy.choose(evidence_for(S), 2, np.random.default_rng(0)).chance is None


def test_a_schedule_tells_the_chance_of_the_strategy_whose_turn_it_is():
    rng = np.random.default_rng(0)
    choice = Schedule([(0, "margin"), (5, "random")]).choose(evidence_for(S), 2, rng)
    np.testing.assert_allclose(choice.chance, [1 / 4, 1 / 3])


def test_quotas_tell_no_chance_although_they_draw_within_each_class():
    evidence = evidence_of(np.column_stack([S, 1 - S]))
    assert ClassQuota("random").choose(evidence, 2, np.random.default_rng(0)).chance is None
