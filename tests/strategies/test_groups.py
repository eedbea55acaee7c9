"""Batches shared out among groups: worked numbers, caps, and turns."""

import numpy as np
import pytest

from skal.strategies import ClassQuota, Funnel, Schedule, check_strategy
from skal.strategies._fill import even_out
from tests.strategies.oracle import evidence_of, random_proba


def rng():
    return np.random.default_rng(0)


def test_sizes_follow_the_shares():
    for shares, room, n, sizes in [
        ([0.5, 0.25, 0.25], [9, 9, 9], 8, [4, 2, 2]),
        ([1 / 3, 1 / 3, 1 / 3], [9, 9, 9], 7, [3, 2, 2]),  # equal remainders: the lower group
        ([0.5, 0.25, 0.25], [1, 9, 9], 5, [1, 2, 2]),  # a full group's share goes to the others
        ([0, 0, 1], [5, 5, 2], 6, [2, 2, 2]),  # and to those that wanted nothing at last
        ([0.5, 0.5], [0, 5], 3, [0, 3]),
    ]:
        nothing = np.zeros(len(room), dtype=int)
        assert even_out(np.array(shares), nothing, np.array(room), n).tolist() == sizes


def test_sizes_always_sum_to_n_and_fit():
    draw = np.random.default_rng(1)
    for _ in range(200):
        room, labeled = draw.integers(0, 9, size=(2, 5))
        n = int(draw.integers(0, room.sum() + 1))
        sizes = even_out(draw.dirichlet(np.ones(5)), labeled, room, n)
        assert sizes.sum() == n
        assert (sizes <= room).all()


def test_groups_with_few_labels_get_more():
    sizes = even_out(np.array([0.5, 0.5]), np.array([6, 2]), np.array([9, 9]), 8)
    assert sizes.tolist() == [2, 6]  # 8 of each in the end


def test_a_group_with_too_many_labels_gets_none():
    sizes = even_out(np.array([0.5, 0.5]), np.array([20, 0]), np.array([9, 9]), 4)
    assert sizes.tolist() == [0, 4]


def test_a_quota_evens_out_the_predicted_classes():
    proba = random_proba(60, n_classes=3)
    evidence = evidence_of(proba, n_labeled=9)  # three labels of each class
    chosen = ClassQuota("entropy").choose(evidence, 6, rng())
    predicted = proba[chosen.positions].argmax(axis=1)
    assert np.bincount(predicted).tolist() == [2, 2, 2]
    assert (np.diff(chosen.utility) <= 0).all()


def test_groups_take_turns_where_nothing_is_ranked():
    proba = random_proba(60, n_classes=3)
    evidence = evidence_of(proba, n_labeled=9)
    chosen = ClassQuota("k_center").choose(evidence, 6, rng()).positions
    assert sorted(proba[chosen[:3]].argmax(axis=1).tolist()) == [0, 1, 2]


def test_a_quota_asks_the_best_of_each_class():
    proba = random_proba(60, n_classes=3)
    chosen = ClassQuota("entropy").choose(evidence_of(proba, n_labeled=9), 3, rng()).positions
    entropy = -(proba * np.log(proba)).sum(axis=1)
    for position in chosen:
        same = proba.argmax(axis=1) == proba[position].argmax()
        assert entropy[position] == entropy[same].max()


def test_targets_are_shares_of_the_classes():
    proba = random_proba(90, n_classes=3)
    strategy = ClassQuota("margin", targets=[2, 1, 1])
    chosen = strategy.choose(evidence_of(proba, n_labeled=0), 8, rng()).positions
    assert np.bincount(proba[chosen].argmax(axis=1)).tolist() == [4, 2, 2]


def test_targets_of_another_number_of_classes_are_refused():
    with pytest.raises(ValueError, match="one share for each of 3 classes, got 2"):
        ClassQuota(targets=[1, 1]).choose(evidence_of(random_proba(9, n_classes=3)), 2, rng())


def test_a_funnel_measures_the_second_strategy_on_the_survivors_only():
    evidence = evidence_of(random_proba(100))
    asked = []
    measure = evidence.estimator.measure
    evidence.estimator.measure = lambda X, rows, *rest, **seed: (
        asked.append(len(rows)) or measure(X, rows, *rest, **seed)
    )
    Funnel("entropy", "egl", keep=4).choose(evidence, 3, rng())
    assert asked == [100, 12]


def test_a_funnel_asks_only_what_the_first_let_through():
    proba = random_proba(100)
    entropy = -(proba * np.log(proba)).sum(axis=1)
    best = set(np.argsort(-entropy)[:20].tolist())
    chosen = Funnel("entropy", "k_center", keep=0.2).choose(evidence_of(proba), 5, rng())
    assert set(chosen.positions.tolist()) <= best


@pytest.mark.parametrize(("n_labeled", "first"), [(4, "entropy"), (5, "k_center"), (9, "k_center")])
def test_a_schedule_changes_with_the_labels(n_labeled, first):
    schedule = Schedule([(0, "entropy"), (5, "k_center")])
    evidence = evidence_of(random_proba(30), n_labeled=n_labeled)
    expected = check_strategy(first).choose(evidence, 4, rng()).positions
    assert schedule.choose(evidence, 4, rng()).positions.tolist() == expected.tolist()


def test_a_schedule_measures_only_what_its_turn_needs():
    evidence = evidence_of(random_proba(30), n_labeled=3)
    asked = []
    measure = evidence.estimator.measure
    evidence.estimator.measure = lambda X, rows, needs, *, seed: (
        asked.extend(needs) or measure(X, rows, needs, seed=seed)
    )
    Schedule([(0, "random"), (5, "k_center")]).choose(evidence, 4, rng())
    assert asked == []
