"""Clusterings: worked numbers of their parts, and the faults of others."""

import numpy as np
import pytest

from skal.evidence import LinearHead
from skal.strategies import _kmeans
from skal.strategies import cluster as parts
from skal.strategies import weighted_cluster as weighted
from skal.strategies._fill import fill_farthest
from skal.strategies.cluster import KMeansSampling, TypiClust
from skal.strategies.weighted_cluster import CLUE, ClusterMargin, DiverseMiniBatch, DropQuery
from tests.strategies.cases.cluster import DOUBTED, LINE, MARGINS, SCORES, THREE, WEIGHTS

SEEDS = range(5)


def select(strategy, n, seed=0, **arrays):
    return strategy.select(n, np.random.default_rng(seed), **arrays).tolist()


def blobs(n=60, d=4, n_blobs=6, seed=0):
    """Rows in well separated balls, in mixed order."""
    rng = np.random.default_rng(seed)
    return 20 * rng.normal(size=(n_blobs, d))[np.arange(n) % n_blobs] + rng.normal(size=(n, d))


def random_proba(n, c=3, seed=1):
    return np.random.default_rng(seed).dirichlet(np.ones(c), size=n)


def wide_head(c=3, d=4, seed=2):
    rng = np.random.default_rng(seed)
    return LinearHead(rng.normal(size=(c, d)), rng.normal(size=c))


def arrays_for(strategy, rows):
    """Arrays for every need of a strategy on these rows."""
    known = {
        "embedding": rows,
        "labeled_embedding": rows[:0],
        "proba": random_proba(len(rows)),
        "scores": random_proba(len(rows)),
        "head": wide_head(d=rows.shape[1]),
    }
    return {name: known[name] for name in strategy.needs()}


EVERY = [
    KMeansSampling(),
    TypiClust(),
    DiverseMiniBatch(),
    CLUE(),
    ClusterMargin(),
    DropQuery(),
]
everywhere = pytest.mark.parametrize("strategy", EVERY, ids=[s.name for s in EVERY])


# ---------------------------------------------------------------- all of them


@everywhere
def test_equal_rows_are_asked_once_each(strategy):
    for n in [1, 5, 12]:
        arrays = arrays_for(strategy, np.ones((12, 3)))
        assert len(set(select(strategy, n, **arrays))) == n


@everywhere
def test_bytes_are_numbers(strategy):
    rows = np.random.default_rng(0).integers(256, size=(40, 3)).astype(np.uint8)
    arrays = arrays_for(strategy, rows)
    as_floats = {**arrays, "embedding": rows.astype(np.float32)}
    assert select(strategy, 6, **arrays) == select(strategy, 6, **as_floats)


@everywhere
def test_float32_and_float64_agree(strategy):
    rows = blobs().astype(np.float32)
    arrays = arrays_for(strategy, rows)
    double = {**arrays, "embedding": rows.astype(np.float64)}
    assert select(strategy, 6, **arrays) == select(strategy, 6, **double)


@everywhere
def test_rows_need_not_lie_one_after_the_other(strategy):
    rows = blobs()
    arrays = arrays_for(strategy, rows)
    columns = {**arrays, "embedding": np.asfortranarray(rows)}
    assert select(strategy, 6, **columns) == select(strategy, 6, **arrays)


# ---------------------------------------------------------------- k-means


def test_k_means_finds_the_worked_centres():
    for seed in SEEDS:
        cluster = _kmeans.k_means(LINE, 2, np.random.default_rng(seed))
        means = _kmeans.cluster_means(LINE, cluster, 2)
        np.testing.assert_allclose(np.sort(means.ravel()), [1, 11], atol=1e-6)
        assert np.square(LINE - means[cluster]).sum() == pytest.approx(4.0, abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_k_means_asks_the_worked_rows_at_every_seed(seed):
    assert select(KMeansSampling(), 2, seed, embedding=LINE) == [1, 3]


@pytest.mark.parametrize("whole", [2**23, 0], ids=["k-means", "mini-batch"])
def test_positions_are_members_next_to_the_centre_and_not_numbers_of_clusters(whole, monkeypatch):
    monkeypatch.setattr(_kmeans, "WHOLE", whole)
    rows = np.concatenate([np.full((50, 2), 100.0), blobs(40, 2, 4)])
    cluster = _kmeans.k_means(rows, 5, np.random.default_rng(0))
    means = _kmeans.cluster_means(rows, cluster, 5)
    expected = set()
    for c in np.unique(cluster):
        members = np.flatnonzero(cluster == c)
        far = np.square(rows[members] - means[c]).sum(axis=1)
        expected.add(int(members[far.argmin()]))
    asked = select(KMeansSampling(), 5, embedding=rows)
    assert expected <= set(asked)
    assert max(asked) > 5


def test_a_member_of_another_cluster_never_stands_for_it():
    # centres 0 and 10: the row at 4 is nearest to neither, and each cluster gives one of its own
    rows = np.array([[-4.0], [4.0], [9.0], [11.0]])
    asked = select(KMeansSampling(), 2, embedding=rows)
    assert sorted(rows[asked].ravel() > 5) == [False, True]


@pytest.mark.parametrize("whole", [2**23, 0], ids=["k-means", "mini-batch"])
def test_empty_clusters_are_made_good_by_the_farthest_rows(whole, monkeypatch):
    monkeypatch.setattr(_kmeans, "WHOLE", whole)
    rows = np.repeat([[0.0], [5.0], [20.0]], 4, axis=0)
    asked = select(KMeansSampling(), 6, embedding=rows)
    assert len(set(asked)) == 6
    assert set(rows[asked].ravel()) == {0.0, 5.0, 20.0}


def test_the_fill_is_farthest_first():
    rows = np.array([[0.0], [1.0], [2.0], [5.0], [9.0], [10.0]])
    assert fill_farthest(rows, np.array([0]), 4).tolist() == [0, 5, 3, 2]


def test_the_largest_cluster_comes_first():
    rows = np.concatenate([np.full((2, 1), 50.0), np.zeros((3, 1)), np.full((6, 1), 99.0)])
    assert select(KMeansSampling(), 3, embedding=rows) == [5, 2, 0]


@pytest.mark.parametrize("scale", [0.25, 64.0])
def test_scaled_rows_are_clustered_alike(scale):
    rows = blobs()
    plain = select(KMeansSampling(), 8, embedding=rows)
    assert select(KMeansSampling(), 8, embedding=scale * rows) == plain


def test_a_common_offset_hides_no_ties():
    line = (LINE + 4096).astype(np.float32)
    assert select(KMeansSampling(), 2, embedding=line) == [1, 3]


def test_a_mini_batch_clustering_finds_all_balls(monkeypatch):
    monkeypatch.setattr(_kmeans, "WHOLE", 0)
    asked = select(KMeansSampling(), 6, embedding=blobs(600))
    assert len({position % 6 for position in asked}) == 6


def test_another_seed_may_ask_other_rows():
    rows = np.random.default_rng(0).normal(size=(80, 3))
    assert len({tuple(select(KMeansSampling(), 9, s, embedding=rows)) for s in SEEDS}) > 1


def test_a_sparse_embedding_is_refused_in_words():
    from scipy.sparse import csr_matrix

    with pytest.raises(TypeError, match="sparse"):
        select(KMeansSampling(), 2, embedding=csr_matrix(LINE))


# ---------------------------------------------------------------- TypiClust


@pytest.mark.parametrize(
    ("members", "k", "expected"),
    [
        ([0, 0.1, 0.2, 0.5], 2, [6.666222, 9.999000, 6.666222, 2.857061]),
        ([4, 4.1, 4.3], 1, [9.999000, 9.999000, 4.999750]),
    ],
)
def test_typicality_is_the_worked_numbers(members, k, expected):
    rows = np.array(members, dtype=float)[:, None]
    np.testing.assert_allclose(parts._typicality(rows, k), expected, atol=1e-6)


def test_typicality_looks_at_one_neighbour_at_least():
    rows = np.array([[0.0], [2.0]])
    np.testing.assert_allclose(parts._typicality(rows, 0), [0.499998, 0.499998], atol=1e-6)


def test_typicality_of_a_row_alone_is_finite():
    assert parts._typicality(np.ones((1, 2)), 0).tolist() == [0.0]


def test_typicality_of_equal_rows_is_bounded():
    np.testing.assert_allclose(parts._typicality(np.ones((4, 2)), 2), 1e5)


def test_typicality_does_not_depend_on_blocks(monkeypatch):
    rows = blobs(40)
    whole = parts._typicality(rows, 5)
    monkeypatch.setattr("skal.measures.BLOCK", 40 * 7)
    np.testing.assert_allclose(parts._typicality(rows, 5), whole, rtol=1e-12)


def three_sizes():
    """Balls of 9, 7 and 2 rows at 0, 100 and 200; row 4 and row 12 are in the middle."""
    at = [np.linspace(-1, 1, 9), 100 + np.linspace(-1, 1, 7), [200.0, 200.5]]
    return np.concatenate(at)[:, None]


def test_clusters_take_turns_and_small_ones_wait():
    rows = three_sizes()
    asked = select(TypiClust(max_clusters=3), 18, embedding=rows, labeled_embedding=rows[:0])
    ball = np.repeat([0, 1, 2], [9, 7, 2])[asked].tolist()
    assert ball == [0, 1] * 7 + [0, 0] + [2, 2]


def test_a_cluster_of_the_least_size_waits():
    rows = np.concatenate([np.linspace(0, 1, 6), np.linspace(100, 101, 5)])[:, None]
    arrays = {"embedding": rows, "labeled_embedding": np.array([[0.5]])}
    assert select(TypiClust(max_clusters=2, min_size=5), 1, **arrays)[0] < 6
    assert select(TypiClust(max_clusters=2, min_size=4), 1, **arrays)[0] >= 6  # it has no label


def test_without_a_least_size_small_clusters_take_their_turn():
    rows = three_sizes()
    asked = select(
        TypiClust(max_clusters=3, min_size=0), 6, embedding=rows, labeled_embedding=rows[:0]
    )
    assert np.repeat([0, 1, 2], [9, 7, 2])[asked].tolist() == [0, 1, 2, 0, 1, 2]


def test_the_cluster_of_fewest_labels_is_first():
    rows = three_sizes()
    labeled = np.array([[0.05], [100.05], [0.15]])
    asked = select(TypiClust(max_clusters=3), 2, embedding=rows, labeled_embedding=labeled)
    assert np.repeat([0, 1, 2], [9, 7, 2])[asked].tolist() == [1, 0]


def test_a_cluster_of_labels_alone_is_skipped():
    rows = three_sizes()[:9]
    labeled = 50 + np.linspace(0, 1, 8)[:, None]
    asked = select(TypiClust(max_clusters=2), 3, embedding=rows, labeled_embedding=labeled)
    assert sorted(asked) == sorted(set(asked))
    assert max(asked) < 9


def test_a_cluster_of_a_few_labels_alone_does_not_use_up_the_turns():
    rows = np.linspace(0, 1, 9)[:, None]
    labeled = np.concatenate([np.linspace(50, 51, 6), np.linspace(0, 1, 7)])[:, None]
    asked = select(TypiClust(max_clusters=2), 1, embedding=rows, labeled_embedding=labeled)
    assert len(asked) == 1


def test_there_are_as_many_clusters_as_rows_will_be_labelled(monkeypatch):
    seen = []
    k_means = parts.k_means

    def watched(points, n_clusters, rng):
        seen.append((len(points), n_clusters))
        return k_means(points, n_clusters, rng)

    monkeypatch.setattr(parts, "k_means", watched)
    rows = blobs()
    select(TypiClust(), 5, embedding=rows, labeled_embedding=rows[:7])
    select(TypiClust(max_clusters=9), 5, embedding=rows, labeled_embedding=rows[:7])
    assert seen == [(67, 12), (67, 9)]


def test_half_of_a_small_cluster_are_neighbours(monkeypatch):
    seen = []
    monkeypatch.setattr(parts, "_typicality", lambda p, k: seen.append(k) or np.arange(len(p)))
    rows = np.random.default_rng(0).normal(size=(60, 2))
    strategy = TypiClust(max_clusters=1)
    select(strategy, 1, embedding=rows[:9], labeled_embedding=rows[:0])
    select(strategy, 1, embedding=rows, labeled_embedding=rows[:0])
    assert seen == [4, 20]


# ---------------------------------------------------------------- weighted k-means


def test_weighted_k_means_finds_the_worked_centres():
    for seed in SEEDS:
        cluster = _kmeans.k_means(LINE, 2, np.random.default_rng(seed), WEIGHTS)
        means = _kmeans.cluster_means(LINE, cluster, 2, WEIGHTS)
        np.testing.assert_allclose(np.sort(means.ravel()), [1.266667, 11.5], atol=1e-6)
        inertia = (WEIGHTS * np.square(LINE - means[cluster]).ravel()).sum()
        assert inertia == pytest.approx(1.093333, abs=1e-6)


def test_weights_decide_who_is_clustered_with_whom():
    for seed in SEEDS:
        # unweighted, 6 and 10 are together; but 0 hardly weighs, so 6 and 0 cost less
        rows, weights = np.array([[0.0], [6.0], [10.0]]), np.array([1e-3, 1.0, 1.0])
        first, second, third = _kmeans.k_means(rows, 2, np.random.default_rng(seed), weights)
        assert first == second != third


def test_only_the_most_uncertain_rows_are_clustered():
    margins = np.concatenate([np.full(20, 0.1), np.full(80, 0.9)])
    proba = np.column_stack([(1 + margins) / 2, (1 - margins) / 2])
    rows = np.random.default_rng(0).normal(size=(100, 3))
    for seed in SEEDS:
        assert max(select(DiverseMiniBatch(), 2, seed, proba=proba, embedding=rows)) < 20


def test_rows_tied_at_the_edge_have_equal_chances():
    rows = np.random.default_rng(0).normal(size=(40, 2))
    asked = [select(DiverseMiniBatch(beta=2), 2, s, proba=np.full((40, 2), 0.5), embedding=rows)
             for s in range(30)]  # fmt: skip
    assert max(max(pair) for pair in asked) >= 20


def test_clue_looks_at_the_whole_pool():
    rows = np.array([[0.0], [0.1], [50.0], [99.9], [100.0]])
    proba = np.array([[0.5, 0.5], [0.5, 0.5], [0.99, 0.01], [0.5, 0.5], [0.5, 0.5]])
    assert 2 in select(CLUE(), 3, proba=proba, embedding=rows)


@pytest.mark.parametrize("strategy", [DiverseMiniBatch(), CLUE()], ids=["dbal", "clue"])
def test_certain_rows_weigh_little_but_can_be_asked(strategy):
    proba = np.eye(3)[np.arange(24) % 3]
    asked = select(strategy, 6, proba=proba, embedding=blobs(24))
    assert sorted(position % 6 for position in asked) == list(range(6))  # one of each ball


def test_the_heaviest_cluster_is_first():
    rows = np.array([[0.0], [0.1], [0.2], [50.0]])
    proba = np.array([[0.99, 0.01], [0.99, 0.01], [0.99, 0.01], [0.5, 0.5]])
    assert select(CLUE(), 2, proba=proba, embedding=rows)[0] == 3


def test_one_class_has_no_margin_to_weigh():
    with pytest.raises(ValueError, match="at least two classes"):
        select(DiverseMiniBatch(), 1, proba=np.ones((4, 1)), embedding=blobs(4))


# ---------------------------------------------------------------- Cluster-Margin


def test_rare_clusters_come_first_in_the_worked_order():
    margins = np.array([0.05, 0.5, 0.10, 0.01, 0.02, 0.3, 0.04, 0.2])
    scores = np.column_stack([1 + margins, 1 - margins]) / 2
    line = np.array([[0.0], [0.1], [0.2], [10.0], [10.1], [10.2], [20.0], [20.1]])
    strategy = ClusterMargin(factor=5 / 3, distance=1.0, within="margin")  # 5 rows of 8
    assert strategy.select(3, np.random.default_rng(0), scores, line).tolist() == [6, 0, 3]
    strategy.set_params(factor=1)  # a cluster's turn comes after those of all others
    assert strategy.select(5, np.random.default_rng(0), scores, line).tolist() == [6, 0, 3, 2, 4]


def test_only_the_rows_of_smallest_margin_are_asked():
    unsure = set(np.argsort(MARGINS)[:5].tolist())
    for seed in SEEDS:
        strategy = ClusterMargin(factor=5 / 3, distance=1.0)
        assert set(select(strategy, 3, seed, scores=SCORES, embedding=THREE)) <= unsure


def test_within_a_cluster_rows_are_drawn():
    strategy = ClusterMargin(factor=5 / 3, distance=1.0)
    asked = [select(strategy, 3, s, scores=SCORES, embedding=THREE) for s in range(60)]
    assert {rows[0] for rows in asked} == {6}
    assert {rows[1] for rows in asked} == {0, 2}
    assert {rows[2] for rows in asked} == {3, 4}
    assert 15 < sum(rows[1] == 0 for rows in asked) < 45  # 30 are expected


def test_decision_values_have_margins_too():
    strategy = ClusterMargin(factor=5 / 3, distance=1.0, within="margin")
    assert select(strategy, 3, scores=10 * SCORES - 3, embedding=THREE) == [6, 0, 3]


def test_rows_that_were_not_clustered_join_the_nearest_mean():
    rows = blobs(120)
    strategy = ClusterMargin(distance=15.0, max_clustered=40)
    found = strategy._clusters(rows, np.arange(120), np.random.default_rng(0))
    np.testing.assert_array_equal(found, found[:6][np.arange(120) % 6])
    assert len(set(found[:6].tolist())) == 6


def test_by_default_a_cluster_holds_ten_rows_in_the_mean():
    found = ClusterMargin()._clusters(blobs(60), np.arange(60), np.random.default_rng(0))
    assert len(np.unique(found)) == 6


def test_permuted_rows_give_the_same_rows_in_cluster_margin():
    rows, scores = blobs(), random_proba(60)
    strategy = ClusterMargin(distance=15.0, within="margin", factor=3)
    plain = select(strategy, 6, scores=scores, embedding=rows)
    order = np.random.default_rng(3).permutation(60)
    permuted = select(strategy, 6, scores=scores[order], embedding=rows[order])
    assert sorted(order[permuted]) == sorted(plain)


# ---------------------------------------------------------------- DropQuery


def test_strict_candidates_are_the_worked_rows():
    plain = np.array([0, 1, 2, 1])
    masks = np.array([[0, 1, 2, 0], [0, 2, 2, 0], [1, 2, 2, 1]])
    changed = (masks != plain).sum(axis=0)
    assert changed.tolist() == [1, 2, 0, 2]
    assert weighted._candidates(changed, 3, 2).tolist() == [1, 3]


@pytest.mark.parametrize(("least", "expected"), [(1, [1, 3]), (3, [0, 1, 3]), (4, [0, 1, 2, 3])])
def test_fewer_disagreements_are_enough_where_rows_are_missing(least, expected):
    assert weighted._candidates(np.array([1, 2, 0, 2]), 3, least).tolist() == expected


def test_more_than_half_of_the_passes_are_enough():
    assert weighted._candidates(np.array([3, 2, 1, 0]), 3, 1).tolist() == [0, 1]
    assert weighted._candidates(np.array([3, 2, 1, 0]), 4, 1).tolist() == [0]


def test_there_are_never_more_candidates_than_rows():
    assert weighted._candidates(np.zeros(4, dtype=int), 3, 100).tolist() == [0, 1, 2, 3]


def test_dropped_features_are_scaled_up_again():
    # the first class scores the mean of the units, 1; the second always .6
    head = LinearHead(np.array([np.full(2000, 1 / 2000), np.zeros(2000)]), np.array([0.0, 0.6]))
    rng = np.random.default_rng(0)
    changed = DropQuery()._disagreements(np.ones((20, 2000)), head, rng)
    assert changed.tolist() == [0] * 20


def test_a_share_p_of_the_units_is_dropped():
    # one unit: the prediction changes exactly where it is dropped
    head = LinearHead(np.array([[1.0], [0.0]]), np.array([0.0, 0.5]))
    changed = DropQuery(p=0.75)._disagreements(np.ones((4000, 1)), head, np.random.default_rng(0))
    assert changed.mean() / 3 == pytest.approx(0.75, abs=0.02)


def test_rows_near_the_boundary_are_asked():
    sure = np.concatenate([np.full((40, 20), 9.0), np.full((40, 20), 1.0)], axis=1)
    close = np.concatenate([np.full((20, 20), 1.0), np.full((20, 20), 1.01)], axis=1)
    head = LinearHead(np.repeat(np.eye(2), 20, axis=1), np.zeros(2))
    rows = np.concatenate([sure, close])
    rows = rows + 0.01 * np.random.default_rng(0).normal(size=rows.shape)
    strategy = DropQuery(p=0.5, n_passes=5, factor=1)
    assert min(select(strategy, 4, embedding=rows, head=head)) >= 40


def test_directions_are_clustered_and_not_lengths():
    rows = np.array([[1.0, 0.0], [1.0, 0.01], [1.0, 0.02], [99.0, 0.0], [99.0, 1.0], [0.0, 1.0]])
    for seed in SEEDS:
        asked = select(DropQuery(), 2, seed, embedding=rows, head=wide_head(d=2))
        assert asked[0] < 5
        assert asked[1] == 5


def test_rows_missing_after_clustering_are_drawn():
    rows = np.repeat(np.eye(2), 15, axis=0)
    asked = {tuple(select(DropQuery(), 4, s, embedding=rows, head=wide_head(d=2))) for s in SEEDS}
    assert len({rest for _, _, *pair in asked for rest in pair}) > 2


def test_a_head_of_one_class_leaves_all_rows_in_play():
    asked = select(DropQuery(), 3, embedding=blobs(), head=wide_head(c=1))
    assert len(set(asked)) == 3


def test_doubt_is_the_weight_of_the_worked_example():
    np.testing.assert_allclose(DOUBTED[:, 0] - DOUBTED[:, 1], 1 - WEIGHTS)


def test_the_neighbours_of_a_huge_cluster_are_looked_for_among_some(monkeypatch):
    rows = np.random.default_rng(0).normal(size=(400, 2))
    exact = parts._typicality(rows, 20)
    monkeypatch.setattr(parts, "MAX_NEIGHBORHOOD", 200)
    some = parts._typicality(rows, 20)
    assert np.isfinite(some).all()
    assert not np.allclose(some, exact)
    assert np.corrcoef(np.argsort(np.argsort(some)), np.argsort(np.argsort(exact)))[0, 1] > 0.9


def test_a_single_unsure_row_outweighs_three_that_are_sure():
    line = np.array([[0.0], [0.1], [0.2], [10.0]])
    p = np.array([0.95, 0.95, 0.95, 0.55])  # weights 0.1, 0.1, 0.1 and 0.9
    proba = np.column_stack([p, 1 - p])
    assert select(DiverseMiniBatch(), 2, proba=proba, embedding=line) == [3, 1]
