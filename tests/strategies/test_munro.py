"""Munro's diversity sampling: worked numbers of its parts, and the faults of its code."""

import numpy as np
import pytest

from skal.evidence import Evidence, Labeled, Logits, On
from skal.strategies import (
    AdaptiveRepresentative,
    ClusterBased,
    ModelOutliers,
    Representative,
    RepresentativeClusters,
    munro,
)
from skal.strategies._fill import even_out
from skal.strategies.strata import RealWorldDiversity
from tests.strategies.cases.munro import KNOWN, LOGITS, POOL
from tests.strategies.oracle import evidence_of, random_proba

SEEDS = range(5)


def select(strategy, n, seed=0, **arrays):
    return strategy.select(n, np.random.default_rng(seed), **arrays).tolist()


def arrays_for(strategy, rows, n_labeled=3):
    known = {"embedding": rows, "labeled_embedding": rows[:n_labeled] + rows[:n_labeled]}
    return {name: known[name] for name in strategy.needs()}


def directions(n=60, d=6, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d)) + 0.5


SETS = [AdaptiveRepresentative(), ClusterBased(), RepresentativeClusters()]
sets = pytest.mark.parametrize("strategy", SETS, ids=[s.name for s in SETS])


# ---------------------------------------------------------------- all that choose sets


@sets
def test_equal_rows_are_asked_once_each(strategy):
    for n in [1, 5, 12]:
        for value in [0.0, 1.0]:
            arrays = arrays_for(strategy, np.full((12, 3), value))
            assert len(set(select(strategy, n, **arrays))) == n


@sets
def test_nothing_needs_to_be_labelled(strategy):
    arrays = arrays_for(strategy, directions(30), n_labeled=0)
    assert len(set(select(strategy, 9, **arrays))) == 9


@sets
def test_bytes_are_numbers(strategy):
    rows = np.random.default_rng(0).integers(1, 120, size=(40, 3)).astype(np.uint8)
    numbers = rows.astype(np.float32)
    plain = select(strategy, 6, **arrays_for(strategy, numbers))
    assert select(strategy, 6, **arrays_for(strategy, rows)) == plain


@sets
def test_float32_and_float64_agree(strategy):
    rows = directions().astype(np.float32)
    double = select(strategy, 9, **arrays_for(strategy, rows.astype(np.float64)))
    assert select(strategy, 9, **arrays_for(strategy, rows)) == double


@sets
def test_scaled_rows_give_the_same_order(strategy):
    plain = select(strategy, 9, **arrays_for(strategy, directions()))
    assert select(strategy, 9, **arrays_for(strategy, 32 * directions())) == plain


# ---------------------------------------------------------------- model-based outliers


def test_logits_of_labelled_rows_are_the_default():
    assert ModelOutliers().needs() == {"logits": Logits(), "known_logits": Labeled(Logits())}


def test_validation_rows_can_be_given():
    X = np.zeros((4, 2))
    assert ModelOutliers(X).needs() == {"logits": Logits(), "known_logits": On(Logits(), X)}


def test_ranks_are_the_worked_numbers():
    for known, value, expected in [
        ([1, 2, 3, 4], 2.5, 0.5),
        ([0, 1, 2, 4], 3, 0.833333),
        ([0, 1, 2, 4], 0.5, 0.166667),
        ([0, 1, 2, 4], -1, 0),
        ([0, 1, 2, 4], 4, 1),
        ([1, 1, 2], 1, 0.25),  # ranks 0 and 1, of 0 to 2
        ([1, 1, 2], 1.5, 0.625),
        ([1, 1, 2], 0.9, 0),
        ([5, 5, 5], 5, 0.5),  # a straight line between equal values divides by zero
        ([5, 5, 5], 6, 1),
        ([5], 4, 0),
        ([5], 5, 0.5),
        ([5], 6, 1),
        ([4, 0, 2, 1], 3, 0.833333),  # in any order
    ]:
        rank = munro._rank(np.array(known, dtype=float), np.array([value], dtype=float))
        np.testing.assert_allclose(rank, [expected], atol=1e-6)


def test_a_rank_among_infinite_values_is_finite():
    rank = munro._rank(np.array([-np.inf, -np.inf, 0.0]), np.array([-np.inf, -5.0, 1.0]))
    np.testing.assert_allclose(rank, [0.25, 1, 1])


def test_ranks_grow_with_the_value():
    rng = np.random.default_rng(0)
    known, values = rng.integers(6, size=30), np.linspace(-1, 7, 200)
    rank = munro._rank(known, values)
    assert (np.diff(rank) >= 0).all()
    assert rank[0] == 0
    assert rank[-1] == 1


def test_the_order_of_the_known_rows_means_nothing():
    expected = ModelOutliers().utility(logits=LOGITS, known_logits=KNOWN)
    shuffled = ModelOutliers().utility(logits=LOGITS, known_logits=KNOWN[[2, 0, 3, 1]])
    np.testing.assert_allclose(shuffled, expected)


def test_no_validation_rows_are_refused():
    with pytest.raises(ValueError, match="`X_validation` must have rows"):
        ModelOutliers().utility(logits=LOGITS, known_logits=KNOWN[:0])


# ---------------------------------------------------------------- representative


def test_a_row_of_zeros_has_no_direction():
    rows = np.array([[0.0, 0.0], [1.0, 0.0]])
    u = Representative().utility(embedding=rows, labeled_embedding=rows[:1])
    assert u.tolist() == [0.0, 1.0]


def test_raw_vectors_are_averaged():
    rows = np.array([[10.0, 0.0], [0.0, 1.0]])  # the mean points to (10, 1)
    u = Representative().utility(embedding=rows, labeled_embedding=rows[:0])
    np.testing.assert_allclose(u, [0.995037, 0.099504], atol=1e-6)


def test_adaptive_picks_have_the_worked_scores():
    picks, scores = munro._adaptive(POOL, POOL[:1], 3)
    assert picks.tolist() == [2, 0, 3]
    np.testing.assert_allclose(scores, [0.707107, 0.156672, 0.095522], atol=1e-6)


def test_adaptive_adds_what_it_picks_to_the_labelled_rows():
    static = np.argsort(-Representative().utility(embedding=POOL, labeled_embedding=POOL[:1]))
    assert static[1] == 3
    assert select(AdaptiveRepresentative(), 2, embedding=POOL, labeled_embedding=POOL[:1])[1] == 0


def test_running_sums_agree_with_sums_made_anew():
    rows, labeled = directions(40).astype(np.float32), directions(5, seed=1)
    left, known = list(range(40)), labeled
    expected = []
    for _ in range(25):
        u = Representative().utility(
            embedding=rows[left].astype(np.float64), labeled_embedding=known
        )
        j = left.pop(int(u.argmax()))
        known = np.concatenate([known, rows[[j]]])
        expected.append(j)
    assert (
        select(AdaptiveRepresentative(), 25, embedding=rows, labeled_embedding=labeled) == expected
    )


def test_permuted_rows_give_the_same_rows_in_adaptive_sampling():
    rows, order = directions(), np.random.default_rng(3).permutation(60)
    plain = select(AdaptiveRepresentative(), 9, embedding=rows, labeled_embedding=rows[:4])
    permuted = select(
        AdaptiveRepresentative(), 9, embedding=rows[order], labeled_embedding=rows[:4]
    )
    assert order[permuted].tolist() == plain


# ---------------------------------------------------------------- clusters

FAN = np.array([[1, 0], [1, 0.1], [1, 0.5], [0, 1], [0.1, 1], [-0.1, 1], [-0.5, 1]])


@pytest.mark.parametrize("seed", SEEDS)
def test_nearest_and_farthest_member_of_each_cluster_come_first(seed):
    # (1, 0.1) and (-0.1, 1) are nearest their mean directions, (1, 0.5) and (-0.5, 1) farthest
    strategy = ClusterBased(n_clusters=2, quotas=(1, 1, 0))
    assert select(strategy, 4, seed, embedding=FAN) == [5, 1, 6, 2]


def test_random_members_fill_the_quota():
    strategy = ClusterBased(n_clusters=1, quotas=(1, 1, 3))
    asked = [select(strategy, 5, seed, embedding=directions()) for seed in range(40)]
    assert len({tuple(rows[:2]) for rows in asked}) == 1
    drawn = [position for rows in asked for position in rows[2:]]
    assert len(set(drawn)) > 40  # 120 draws out of 58


def test_automatic_clusters_are_as_many_as_the_quotas_need(monkeypatch):
    seen = []
    k_means = munro.k_means
    monkeypatch.setattr(munro, "k_means", lambda x, k, rng: seen.append(k) or k_means(x, k, rng))
    for n in (1, 5, 6, 20):
        select(ClusterBased(), n, embedding=directions())
    assert seen == [1, 1, 2, 4]


def test_lengths_do_not_matter_to_clusters_of_directions():
    rows = np.array([[1.0, 0.0], [50.0, 1.0], [0.0, 1.0], [1.0, 50.0]])
    for seed in SEEDS:
        asked = select(ClusterBased(n_clusters=2), 2, seed, embedding=rows)
        assert sorted(position // 2 for position in asked) == [0, 1]


def test_a_cluster_that_runs_out_leaves_its_turns_to_others():
    rows = np.array([[1.0, 0.0]] + [[0.01 * k, 1.0] for k in range(9)])
    assert len(set(select(ClusterBased(n_clusters=2), 8, embedding=rows))) == 8


@pytest.mark.parametrize("limit", [None, 60, 1000])
def test_a_limit_drops_no_row(limit):
    strategy = ClusterBased(max_candidates=limit)
    assert sorted(select(strategy, 60, embedding=directions())) == list(range(60))


def test_a_limit_below_the_batch_gives_way():
    assert len(set(select(ClusterBased(max_candidates=3), 20, embedding=directions()))) == 20


def test_a_limit_looks_at_other_rows_each_time():
    strategy = ClusterBased(max_candidates=10)
    asked = {p for seed in range(20) for p in select(strategy, 5, seed, embedding=directions())}
    assert len(asked) > 40


def test_each_cluster_of_the_pool_gives_the_row_least_like_the_labelled_ones():
    rows = np.array([[1, 0], [1, 0.1], [1, 0.2], [0, 1], [0.1, 1], [0.2, 1]])
    for seed in SEEDS:
        asked = select(
            RepresentativeClusters(2), 2, seed, embedding=rows, labeled_embedding=rows[:1]
        )
        assert asked == [3, 2]


def test_clusters_of_the_pool_take_turns():
    rows = np.array([[1, 0], [1, 0.1], [1, 0.2], [0, 1], [0.1, 1], [0.2, 1]])
    asked = select(RepresentativeClusters(2), 6, embedding=rows, labeled_embedding=rows[:1])
    assert [position // 3 for position in asked] == [1, 0] * 3


def test_the_best_of_several_labelled_centres_counts():
    rows = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    labeled = np.array([[1.0, 0.0], [1.0, 0.01], [0.0, 1.0], [0.01, 1.0]])
    strategy = RepresentativeClusters(3)
    assert select(strategy, 1, embedding=rows, labeled_embedding=labeled) == [2]


def test_fewer_labelled_rows_than_clusters_are_enough():
    rows = directions()
    assert (
        len(set(select(RepresentativeClusters(20), 25, embedding=rows, labeled_embedding=rows[:2])))
        == 25
    )


# ---------------------------------------------------------------- real-world diversity


@pytest.mark.parametrize(
    ("room", "expected"),
    [
        ([10, 10, 10], [0, 3, 1]),  # they want 0, 2.6 and 1.4
        ([10, 1, 10], [0, 1, 3]),  # the second has one row: the third wants what is left
        ([10, 1, 1], [2, 1, 1]),  # none of those left wants any: by share
        ([0, 3, 1], [0, 3, 1]),
    ],
)
def test_a_batch_is_divided_as_worked_by_hand(room, expected):
    shares, n_labeled = np.array([0.5, 0.3, 0.2]), np.array([6, 1, 1])
    given = even_out(shares, n_labeled, np.array(room), 4)
    assert given.tolist() == expected


def test_a_group_of_share_zero_gives_rows_only_where_others_cannot():
    shares, room = np.array([1.0, 0.0]), np.array([2, 5])
    given = [even_out(shares, np.zeros(2), room, n).tolist() for n in (2, 4)]
    assert given == [[2, 0], [2, 2]]


@pytest.mark.parametrize(
    ("quotas", "expected"),
    [
        ([1.5, 1.5, 1.0], [2, 1, 1]),
        ([0.4, 0.4, 0.2], [1, 0, 0]),
        ([2.9999999999, 0.0000000001], [3, 0]),
        ([2.0, 3.0], [2, 3]),
    ],
)
def test_largest_remainders_are_the_worked_numbers(quotas, expected):
    shares = np.array(quotas) / sum(quotas)
    given = even_out(shares, np.zeros(len(quotas)), np.full(len(quotas), 9), round(sum(quotas)))
    assert given.tolist() == expected


def test_a_division_is_always_whole_and_within_room():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        room, n_labeled = rng.integers(9, size=(2, 6))
        room[0] += 1
        n = int(rng.integers(1, room.sum() + 1))
        given = even_out(rng.dirichlet(np.ones(6)), n_labeled, room, n)
        assert given.sum() == n
        assert (given <= room).all()
        assert (given >= 0).all()


LANGUAGE = np.array(["en", "fr", "de", "en"] * 7)  # 20 candidates and 8 labelled rows


def asked_groups(strategy, n, seed=0):
    evidence = evidence_of(random_proba(20))
    choice = strategy.choose(evidence, n, np.random.default_rng(seed))
    assert len(set(choice.positions.tolist())) == n
    return LANGUAGE[choice.positions].tolist(), choice


def test_the_batch_follows_the_pool_by_default():
    groups, _ = asked_groups(RealWorldDiversity(LANGUAGE), 8)
    assert {g: groups.count(g) for g in set(groups)} == {"en": 4, "fr": 2, "de": 2}


def test_targets_make_up_for_the_labels_there_are():
    # 4 of 8 labels are English; of 12, each language is to have 4
    fair = RealWorldDiversity(LANGUAGE, targets={"en": 1, "fr": 1, "de": 1})
    groups, _ = asked_groups(fair, 4)
    assert sorted(groups) == ["de", "de", "fr", "fr"]


def test_the_strategy_within_sees_one_group_at_a_time():
    fair = RealWorldDiversity(LANGUAGE, "entropy", targets={"fr": 1})
    _, choice = asked_groups(fair, 2)
    proba = random_proba(20)
    french = np.flatnonzero(LANGUAGE[:20] == "fr")
    entropy = -(proba[french] * np.log(proba[french])).sum(axis=1)
    assert choice.positions.tolist() == french[np.argsort(-entropy)[:2]].tolist()
    np.testing.assert_allclose(choice.utility, np.sort(entropy)[::-1][:2])


def test_rows_come_by_utility():
    _, choice = asked_groups(RealWorldDiversity(LANGUAGE), 8)
    assert (np.diff(choice.utility) <= 0).all()


def test_without_utilities_groups_take_turns():
    groups, choice = asked_groups(RealWorldDiversity(LANGUAGE, "random"), 8)
    assert np.isnan(choice.utility).all()
    assert sorted(groups[:3]) == ["de", "en", "fr"]


def test_positions_count_candidates():
    rows = np.array([1, 5, 2, 6])  # French and German
    evidence = evidence_of(random_proba(20), rows=rows)
    fair = RealWorldDiversity(LANGUAGE, targets={"de": 1})
    choice = fair.choose(evidence, 2, np.random.default_rng(0))
    assert sorted(choice.positions.tolist()) == [2, 3]


def test_groups_can_be_said_by_a_function_of_x():
    def group(X):
        return LANGUAGE[np.asarray(X)[:, 0].astype(int)][:, None]

    by_function, _ = asked_groups(RealWorldDiversity(group), 8)
    assert by_function == asked_groups(RealWorldDiversity(LANGUAGE), 8)[0]


def test_groups_can_be_numbers_in_a_column():
    numbers = np.unique(LANGUAGE, return_inverse=True)[1].reshape(-1, 1)
    groups, _ = asked_groups(RealWorldDiversity(numbers), 8)
    assert groups == asked_groups(RealWorldDiversity(LANGUAGE), 8)[0]


def test_nothing_labelled_is_no_hindrance():
    evidence = Evidence(None, np.eye(28), np.arange(28))
    choice = RealWorldDiversity(LANGUAGE, "random").choose(evidence, 8, np.random.default_rng(0))
    groups = LANGUAGE[choice.positions].tolist()
    assert {g: groups.count(g) for g in set(groups)} == {"en": 4, "fr": 2, "de": 2}


def test_all_candidates_can_be_asked():
    groups, choice = asked_groups(RealWorldDiversity(LANGUAGE, targets={"fr": 1}), 20)
    assert sorted(choice.positions.tolist()) == list(range(20))
    assert len(groups) == 20


def test_the_groups_given_stay_as_they_were():
    given = LANGUAGE.copy()
    given.flags.writeable = False
    asked_groups(RealWorldDiversity(given), 8)


@pytest.mark.parametrize("targets", [{}, {"en": -1, "fr": 2}, {"en": 0}, {"en": float("nan")}])
def test_targets_that_are_no_shares_are_refused(targets):
    with pytest.raises(ValueError, match="`targets` must be shares"):
        RealWorldDiversity(LANGUAGE, targets=targets).check_params()


def test_targets_that_name_no_group_are_refused():
    with pytest.raises(ValueError, match="a share to a group of the pool"):
        asked_groups(RealWorldDiversity(LANGUAGE, targets={"EN": 1}), 2)


def test_strata_of_another_shape_are_refused():
    with pytest.raises(ValueError, match="`strata` must be one group for each row"):
        RealWorldDiversity(np.zeros((4, 2))).check_params()


def test_it_has_no_name_since_groups_have_no_default():
    assert RealWorldDiversity.name is None
