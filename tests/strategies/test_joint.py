"""BatchBALD against full enumeration, EPIG against single targets, and the faults of others."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import norm

import skal.measures
from skal.evidence import MCProba, On, Seed
from skal.measures import entropy
from skal.strategies import BALD, EPIG, BatchBALD
from skal.strategies.joint import Configurations, expected_information
from tests.strategies.cases.bayesian import F
from tests.strategies.cases.joint import TARGETS
from tests.strategies.oracle import evidence_of, random_proba


def rng(seed=0):
    return np.random.default_rng(seed)


def random_draws(n_draws=6, n=12, n_classes=3, alpha=0.5, seed=0):
    return rng(seed).dirichlet(np.full(n_classes, alpha), size=(n_draws, n))


def enumerated_entropy(draws):
    """Joint entropy of all rows of (T, b, c), label by label."""
    n_draws, n, n_classes = draws.shape
    found = 0.0
    for labels in product(range(n_classes), repeat=n):
        p = np.prod([draws[:, i, y] for i, y in enumerate(labels)], axis=0).mean()
        found -= p * np.log(p) if p > 0 else 0.0
    return found


def information(draws):
    """I(labels; model) of all rows together."""
    return enumerated_entropy(draws) - entropy(draws).mean(axis=0).sum()


def configurations(draws, size=None):
    """All labellings of the rows, or `size` drawn ones."""
    if size is not None:
        return Configurations.sample(draws, size, rng())
    found = Configurations.none(len(draws))
    for row in range(draws.shape[1]):
        found = found.extend(draws[:, row], rng())
    return found


# ---------------------------------------------------------------- BatchBALD: worked numbers


@pytest.mark.parametrize(
    ("rows", "expected"),
    [([1, 3], 1.386294), ([1, 2], 1.248571), ([2, 3], 1.318384), ([1, 3, 2], 1.913635)],
)
def test_joint_entropies_are_the_worked_ones(rows, expected):
    assert configurations(F[:, rows]).entropy() == pytest.approx(expected, abs=1e-6)
    assert enumerated_entropy(F[:, rows]) == pytest.approx(expected, abs=1e-6)


def test_the_information_of_batches_is_the_worked_one():
    for rows, expected, of_single_rows in [
        ([1], 0.693147, 0.693147),
        ([1, 1], 0.693147, 1.386294),
        ([1, 3], 1.386294, 1.386294),
        ([1, 2], 0.721231, 0.813254),
        ([2, 3], 0.791044, 0.813254),
        ([1, 3, 2], 1.386294, 1.506401),
    ]:
        told = 0.0
        for i, row in enumerate(rows):  # the sum of the gains, by the chain rule
            p = F[:, [row]]
            told += configurations(F[:, rows[:i]]).gains(p, entropy(p))[0]
        assert told == pytest.approx(expected, abs=1e-6)
        assert information(F[:, rows]) == pytest.approx(expected, abs=1e-6)
        assert BALD().utility(F[:, rows]).sum() == pytest.approx(of_single_rows, abs=1e-6)


def test_chances_of_labellings_sum_to_one_where_probabilities_do_not_quite():
    assert configurations(F[:, [1, 2, 3]] * 0.998).share.sum() == pytest.approx(1, abs=1e-12)


def test_greedy_picks_are_those_of_full_enumeration():
    draws = random_draws(n_draws=8, n=9)
    chosen = []
    for _ in range(4):
        others = [i for i in range(9) if i not in chosen]
        chosen.append(max(others, key=lambda i: information(draws[:, [*chosen, i]])))
    assert BatchBALD().select(4, rng(), draws).tolist() == chosen


def test_the_order_is_that_of_the_greedy_choice():
    draws = random_draws(n_draws=8, n=40)
    whole = BatchBALD().select(6, rng(), draws).tolist()
    for n in range(1, 6):
        assert BatchBALD().select(n, rng(), draws).tolist() == whole[:n]


def test_the_first_pick_is_that_of_bald():
    draws = random_draws(n=300)
    assert BatchBALD().select(1, rng(), draws)[0] == BALD().utility(draws).argmax()


# ---------------------------------------------------------------- drawn configurations


def test_drawn_configurations_estimate_the_joint_entropy():
    draws = random_draws(n_draws=10, n=5)
    found = configurations(draws, 20_000)
    deviation = found.log_proba.std() / np.sqrt(20_000)
    assert abs(found.entropy() - enumerated_entropy(draws)) < norm.isf(1e-4) * deviation


def test_drawn_configurations_estimate_the_gains():
    draws, more = random_draws(n_draws=10, n=4), random_draws(n_draws=10, n=30, seed=1)
    doubt = entropy(more)
    exact = configurations(draws).gains(more, doubt)
    found = configurations(draws, 20_000).gains(more, doubt)
    np.testing.assert_allclose(found, exact, atol=0.01)


def test_every_draw_of_the_model_gives_equally_many_configurations():
    found = configurations(random_draws(n_draws=10, n=3), 1003)
    assert np.bincount(found.drawn).tolist() == [100] * 10


def test_a_budget_below_the_number_of_draws_gives_one_configuration_each():
    assert len(configurations(random_draws(n_draws=10, n=3), 4).weight) == 10


def test_impossible_labels_are_never_drawn_and_dropped_where_all_are_looked_at():
    draws = np.eye(3)[np.array([[0, 1], [0, 2]])]  # two draws, sure of their labels
    assert len(configurations(draws).weight) == 2
    found = configurations(draws, 1000)
    np.testing.assert_allclose(found.log_proba, np.log(0.5), atol=1e-6)


def test_long_products_do_not_underflow():
    draws = np.full((2, 5000, 10), 0.1)
    found = configurations(draws, 10)
    assert np.isfinite(found.weight).all()
    np.testing.assert_allclose(found.log_proba, 5000 * np.log(0.1), rtol=1e-5)


def test_batches_beyond_the_budget_are_chosen_and_reproducible():
    draws = random_draws(n_draws=20, n=60)
    strategy = BatchBALD(max_configurations=50)
    first, again = (strategy.select(30, rng(4), draws).tolist() for _ in range(2))
    assert first == again
    assert sorted(set(first)) == sorted(first)


def test_drawn_configurations_choose_nearly_as_well_as_all():
    draws = random_draws(n_draws=20, n=40, alpha=0.3)
    best = information(draws[:, BatchBALD().select(5, rng(), draws)])
    drawn = information(draws[:, BatchBALD(max_configurations=400).select(5, rng(), draws)])
    assert drawn > 0.97 * best


# ---------------------------------------------------------------- faults of other libraries


def test_as_many_rows_come_back_as_were_asked_for_even_when_nothing_is_left_to_learn():
    draws = random_draws(n_draws=2, n=30)  # ln 2 in all: spent after a few rows
    assert len(set(BatchBALD().select(30, rng(), draws).tolist())) == 30


def test_what_follows_a_spent_sample_is_ordered_by_bald():
    sure = np.array([[1, 0.9, 0.5, 0.8], [0, 0.1, 0.5, 0.2]])
    draws = np.stack([sure, 1 - sure], axis=2)
    assert BatchBALD().select(4, rng(), draws).tolist() == [0, 1, 3, 2]


@pytest.mark.parametrize("max_configurations", [1, 4, 10_000])
def test_no_row_is_chosen_twice_however_few_draws_there_are(max_configurations):
    draws = np.repeat(random_draws(n_draws=2, n=3), 8, axis=1)
    chosen = BatchBALD(max_configurations=max_configurations).select(24, rng(), draws)
    assert sorted(chosen.tolist()) == list(range(24))


def test_copies_are_left_where_bald_takes_them():
    draws = np.repeat(F[:, [1, 3]], 5, axis=1)  # five copies of either
    assert set(BatchBALD().select(2, rng(), draws) // 5) == {0, 1}


def test_draws_that_agree_leave_the_order_to_the_position():
    draws = np.repeat(random_draws(1, n=6), 4, axis=0)
    assert BatchBALD().select(3, rng(), draws).tolist() == [0, 1, 2]


def test_a_single_draw_is_warned_of():
    with pytest.warns(UserWarning, match="there is only one"):
        assert BatchBALD().select(2, rng(), random_draws(1)).tolist() == [0, 1]
    with pytest.warns(UserWarning, match="there is only one"):
        assert EPIG().utility(random_draws(1), random_draws(1)).max() < 1e-12


# ---------------------------------------------------------------- candidates


def test_larger_pools_are_sampled_and_positions_mapped_back():
    evidence = evidence_of(random_proba(60))
    strategy = BatchBALD(max_candidates=10)
    asked = []
    measure = evidence.estimator.measure
    evidence.estimator.measure = lambda X, rows, *more, **seed: (
        asked.append(len(rows)) or measure(X, rows, *more, **seed)
    )
    found = [strategy.choose(evidence, 4, rng(seed)).positions.tolist() for seed in range(6)]
    assert set(asked) == {10}  # nothing else is measured
    assert max(map(max, found)) >= 10
    assert len({tuple(f) for f in found}) > 1


def test_never_fewer_candidates_than_are_asked_for():
    choice = BatchBALD(max_candidates=3).choose(evidence_of(random_proba(30)), 12, rng())
    assert len(set(choice.positions.tolist())) == 12


# ---------------------------------------------------------------- EPIG


def test_the_joint_of_a_row_and_a_target_is_the_worked_one():
    joint = np.einsum("tc,td->cd", F[:, 1], TARGETS[:, 0]) / 4
    np.testing.assert_allclose(joint, [[0.425, 0.075], [0.075, 0.425]])
    told = entropy(joint.sum(axis=1)) + entropy(joint.sum(axis=0)) - entropy(joint.ravel())
    assert EPIG().utility(F, TARGETS)[1] == pytest.approx(told)


def test_epig_separates_rows_that_are_alike_to_bald():
    bald, epig = BALD().utility(F), EPIG().utility(F, TARGETS)
    assert bald[1] == bald[3]
    assert epig[1] > 50 * epig[3]


def test_epig_of_many_targets_is_the_mean_over_targets():
    draws, targets = random_draws(n=20), random_draws(n=7, seed=1)
    single = [expected_information(draws, targets[:, [i]]) for i in range(7)]
    np.testing.assert_allclose(EPIG().utility(draws, targets), np.mean(single, axis=0), atol=1e-12)


def test_epig_lies_between_zero_and_bald():
    draws, targets = random_draws(n=200, alpha=0.05), random_draws(n=50, alpha=0.05, seed=1)
    u = EPIG().utility(draws, targets)
    assert u.min() >= 0
    assert (u <= BALD().utility(draws) + 1e-12).all()  # y* learns of y only through the model


def test_a_row_that_has_nothing_to_do_with_the_targets_is_not_asked():
    # Draws 0, 1 and 2, 3 agree on the target; row 0 splits them alike, row 1 crosswise.
    rows = np.array([[0.9, 1.0], [0.9, 0.0], [0.1, 1.0], [0.1, 0.0]])
    target = np.array([1.0, 1.0, 0.0, 0.0])[:, None]
    draws, targets = (np.stack([p, 1 - p], axis=2) for p in (rows, target))
    assert BALD().utility(draws).argmax() == 1
    assert EPIG().utility(draws, targets).argmax() == 0
    assert EPIG().utility(draws, targets)[1] == pytest.approx(0, abs=1e-12)


def test_epig_does_not_depend_on_blocks(monkeypatch):
    draws, targets = random_draws(n=40), random_draws(n=5, seed=1)
    whole = EPIG().utility(draws, targets)
    monkeypatch.setattr(skal.measures, "BLOCK", 1)
    np.testing.assert_allclose(EPIG().utility(draws, targets), whole, rtol=1e-12)


def test_targets_of_ones_own_are_a_need_of_their_own():
    X = np.zeros((3, 2))
    assert EPIG().needs() == {"mc_proba": MCProba(20), "seed": Seed()}
    assert EPIG(targets=X).needs() == {"mc_proba": MCProba(20), "target_proba": On(MCProba(20), X)}


def test_targets_are_otherwise_drawn_from_the_candidates():
    evidence = evidence_of(random_proba(60))
    draws = evidence.arrays({"draws": MCProba(20)})["draws"]
    u = EPIG(n_targets=10).utilities(evidence)
    np.testing.assert_array_equal(u, EPIG(n_targets=10).utilities(evidence))
    assert not np.allclose(u, EPIG().utilities(evidence))
    drawn = np.sort(rng(evidence.seed).choice(60, size=10, replace=False))
    np.testing.assert_allclose(u, EPIG().utility(draws, draws[:, drawn]))


def test_another_round_draws_other_targets():
    one, other = evidence_of(random_proba(60)), evidence_of(random_proba(60))
    other.seed = 1
    strategy = EPIG(n_targets=10)
    assert not np.allclose(strategy.utilities(one), strategy.utilities(other))


def test_epig_that_is_not_finite_is_refused_by_name():
    evidence = evidence_of(random_proba(60))
    evidence.estimator.draws[0, 0] = np.nan
    with pytest.raises(ValueError, match=r"got nan for row .* by EPIG\(n_targets=10\)"):
        EPIG(n_targets=10).choose(evidence, 1, rng())
