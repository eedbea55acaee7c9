"""BALanCe: worked steps; batches against full enumeration; pairs that do not differ."""

from itertools import product

import numpy as np
import pytest

from skal.evidence import MCProba
from skal.strategies import BALD, BALanCe, BatchBALanCe
from skal.strategies.equivalence import different_pairs, likeness, separation
from tests.strategies.cases.equivalence import PAIRS
from tests.strategies.oracle import evidence_of, random_proba

DRAWS = PAIRS["mc_proba"]  # (4, 1, 2): two pairs
NONE, SECOND, BOTH = np.array([[False, False], [False, True], [True, True]])


def rng(seed=0):
    return np.random.default_rng(seed)


def random_draws(n_draws=8, n=12, n_classes=3, alpha=0.5, seed=0):
    return rng(seed).dirichlet(np.full(n_classes, alpha), size=(n_draws, n))


def enumerated_separation(draws, different):
    """Separation by the labels of all rows together, labelling by labelling."""
    scaled = draws / draws.max(axis=2, keepdims=True)
    found = 0.0
    for labels in product(range(draws.shape[2]), repeat=draws.shape[1]):
        p = np.prod([draws[:, i, y] for i, y in enumerate(labels)], axis=0).mean()
        ratio = np.prod([scaled[:, i, y] for i, y in enumerate(labels)], axis=0)
        found += p * (different * (1 - ratio[0::2] * ratio[1::2])).mean()
    return found


# ---------------------------------------------------------------- worked numbers


@pytest.mark.parametrize(
    ("different", "expected"), [(SECOND, 0.341270), (BOTH, 0.487103), (NONE, 0.0)]
)
def test_the_separation_of_a_row_is_the_worked_one(different, expected):
    assert separation(DRAWS, different) == pytest.approx([expected], abs=1e-6)
    assert enumerated_separation(DRAWS, different) == pytest.approx(expected, abs=1e-6)


def test_the_steps_are_the_worked_ones():
    scaled = DRAWS / DRAWS.max(axis=2, keepdims=True)
    np.testing.assert_allclose(scaled[0::2, 0], [[1, 0.25], [0.428571, 1]], atol=1e-6)
    np.testing.assert_allclose(scaled[1::2, 0], [[1, 0.666667], [1, 0.111111]], atol=1e-6)
    told = SECOND[:, None] * (1 - scaled[0::2, 0] * scaled[1::2, 0])
    np.testing.assert_allclose(told.mean(axis=0), [0.285714, 0.444444], atol=1e-6)
    np.testing.assert_allclose(DRAWS.mean(axis=0), [[0.65, 0.35]])


# ---------------------------------------------------------------- which pairs differ


def sure(votes):
    """Draws that are sure of the given classes, (T, n) -> (T, n, 2)."""
    return np.eye(2)[np.asarray(votes)]


VOTES = [[0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 1], [1, 1, 1, 1]]  # differ on 1/4 and on 1/2


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [(0.0, [True, True]), (0.25, [True, True]), (0.3, [False, True]), (0.51, [False, False])],
)
def test_a_pair_differs_from_the_threshold_on(threshold, expected):
    assert different_pairs(sure(VOTES), threshold, 0.125).tolist() == expected


def test_without_a_threshold_the_models_own_expected_error_counts():
    # Averages: 1/4, 1/4, 1/2, 3/4 for class 1, so 1 - max is 1/4, 1/4, 1/2, 1/4: 5/16 in the mean.
    draws = sure(VOTES)
    assert different_pairs(draws, None, 0.79).tolist() == [True, True]  # 0.247
    assert different_pairs(draws, None, 0.81).tolist() == [False, True]  # 0.253
    assert different_pairs(draws, None, 1.61).tolist() == [False, False]  # 0.503


def test_fewer_pairs_differ_under_a_larger_threshold():
    draws = random_draws(40, n=50)
    n_different = [different_pairs(draws, t, 0).sum() for t in (0, 0.55, 0.62, 0.7, 1)]
    assert n_different == sorted(n_different, reverse=True)
    assert n_different[0] == 20
    assert n_different[-1] == 0


@pytest.mark.parametrize("n_draws", [3, 5])
def test_the_last_of_an_odd_number_of_draws_has_no_pair(n_draws):
    draws = random_draws(n_draws)
    assert len(different_pairs(draws, 0.0, 0.125)) == n_draws // 2
    np.testing.assert_allclose(
        BALanCe(threshold=0).utility(draws), BALanCe(threshold=0).utility(draws[:-1])
    )
    assert len(set(BatchBALanCe(threshold=0).select(5, rng(), draws).tolist())) == 5


def test_where_no_pair_differs_bald_decides():
    draws = random_draws()
    bald = BALD().utility(draws)
    np.testing.assert_array_equal(BALanCe(threshold=1).utility(draws), bald)
    order = BatchBALanCe(threshold=1).select(12, rng(), draws)
    assert order.tolist() == np.argsort(-bald).tolist()


def test_a_single_draw_has_no_pair_and_is_warned_of():
    draws = random_draws(1)
    with pytest.warns(UserWarning, match="there is only one"):
        assert BALanCe().utility(draws).max() < 1e-12
    with pytest.warns(UserWarning, match="there is only one"):
        assert len(set(BatchBALanCe().select(3, rng(), draws).tolist())) == 3


# ---------------------------------------------------------------- properties


def test_the_separation_lies_between_zero_and_the_share_of_pairs_that_differ():
    draws = random_draws(n=200, alpha=0.05)
    different = np.array([True, False, True, False])
    u = separation(draws, different)
    assert u.min() >= 0
    assert 0.49 < u.max() <= 0.5 + 1e-12


def test_pairs_that_do_not_differ_do_not_count():
    draws = random_draws(n=30)
    different = np.array([True, False, False, False])
    other = draws.copy()
    other[2:] = other[[3, 2, 5, 4, 7, 6]]  # the same average, other pairs
    other[[3, 5]] = other[[5, 3]]
    np.testing.assert_allclose(separation(other, different), separation(draws, different))


def test_probabilities_of_zero_separate_without_a_warning():
    draws = sure(VOTES)
    assert np.isfinite(BALanCe().utility(draws)).all()


# ---------------------------------------------------------------- batches


def test_sums_over_labellings_are_products_over_rows():
    draws = random_draws(n=4)
    different = np.array([True, True, False, True])
    product_of_rows = likeness(draws, different).prod(axis=0)
    told = different.mean() - product_of_rows.mean() * different.sum() / len(different)
    assert told == pytest.approx(enumerated_separation(draws, different), abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_greedy_picks_are_those_of_full_enumeration(seed):
    draws = random_draws(n=7, seed=seed)
    different = different_pairs(draws, 0.5, 0)
    assert 0 < different.sum()
    chosen = []
    for _ in range(4):
        others = [i for i in range(7) if i not in chosen]
        gain = {i: enumerated_separation(draws[:, [*chosen, i]], different) for i in others}
        chosen.append(max(gain, key=gain.get))
    assert BatchBALanCe(threshold=0.5).select(4, rng(), draws).tolist() == chosen


def test_the_first_pick_is_that_of_single_rows():
    draws = random_draws(n=300)
    first = BatchBALanCe().select(1, rng(), draws)[0]
    assert first == BALanCe().utility(draws).argmax()


def test_a_row_that_tells_other_pairs_apart_comes_before_a_copy():
    votes = np.array([[0, 0, 0], [1, 1, 0], [0, 0, 0], [0, 0, 1]])
    assert BatchBALanCe().select(2, rng(), sure(votes)).tolist() == [0, 2]


def test_a_batch_of_all_rows_is_chosen_without_underflow():
    draws = random_draws(40, n=600, n_classes=10, alpha=0.05).astype(np.float32)
    chosen = BatchBALanCe(threshold=0).select(600, rng(), draws)
    assert sorted(chosen.tolist()) == list(range(600))
    assert chosen.tolist()[100:110] != sorted(chosen.tolist()[100:110])  # still by worth


def test_larger_pools_are_sampled():
    evidence = evidence_of(random_proba(60))
    strategy = BatchBALanCe(max_candidates=10)
    found = {tuple(strategy.choose(evidence, 4, rng(s)).positions.tolist()) for s in range(6)}
    assert len(found) > 1


# ---------------------------------------------------------------- parameters


@pytest.mark.parametrize("strategy", [BALanCe, BatchBALanCe])
def test_two_passes_are_asked_for_each_pair(strategy):
    assert strategy(n_pairs=7).needs() == {"mc_proba": MCProba(14)}
    assert strategy().needs() == {"mc_proba": MCProba(40)}
