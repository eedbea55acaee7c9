"""Coverage by balls and by kernels."""

from functools import partial

import numpy as np
import pytest

import skal.measures
from skal.evidence import Embedding, Inputs, Labeled, Labels
from skal.strategies import FacilityLocation, KernelHerding, ProbCover, coverage
from skal.strategies._cover import (
    Balls,
    Similarity,
    cosine,
    greedy,
    inverse_distance,
    median_distance,
    nearest_other,
    pure_radius,
    rbf,
)
from skal.strategies._kmeans import clusters_by_sample

LINE = np.array([[0.0], [0.5], [1.0], [3.0], [3.4], [3.8], [10.0]])
PSEUDO = np.array([0, 0, 0, 1, 1, 0, 1])  # labels of the sheet's purity
EVERY = np.arange(7)
TABLE = np.array(
    [[1.0, 0.8, 0.1, 0.0], [0.8, 1.0, 0.2, 0.1], [0.1, 0.2, 1.0, 0.6], [0.0, 0.1, 0.6, 1.0]]
)
FIXED = {
    "facility location": FacilityLocation(),
    "facility location by distance": FacilityLocation("euclidean"),
    "kernel herding": KernelHerding(),
    "prob cover": ProbCover(delta=0.7),
}
fixed = pytest.mark.parametrize("strategy", FIXED.values(), ids=FIXED)


def choose(strategy, rows, n, labeled=None, seed=0):
    labeled = rows[:0] if labeled is None else labeled
    rng = np.random.default_rng(seed)
    return strategy.select(n, rng, embedding=rows, labeled_embedding=labeled).tolist()


def by_table(rows, reference):
    """Similarities read from the sheet's matrix; a row is its own number."""
    return TABLE[np.ix_(rows[:, 0].astype(int), reference[:, 0].astype(int))].copy()


def balls(delta, known=LINE[:0], max_edges=1000):
    return Balls(LINE, known, delta, max_edges, np.random.default_rng(0))


def slow_greedy(similarity, covered, n, ties_to_first_gain=True):
    """Greedy over a whole matrix of similarities, (n_candidates, n_reference)."""
    picks, first = [], np.maximum(similarity - covered, 0).sum(axis=1)
    for _ in range(n):
        gains = np.maximum(similarity - covered, 0).sum(axis=1).round(9)
        gains[picks] = -1
        tied = np.flatnonzero(gains == gains.max())
        picks.append(int(tied[first[tied].argmax()] if ties_to_first_gain else tied[0]))
        covered = np.maximum(covered, similarity[picks[-1]])
    return picks


def rows_of(n=80, d=4, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))


# ---------------------------------------------------------------- worked numbers


def test_gains_of_facility_location_are_the_worked_numbers():
    number = np.arange(4.0)[:, None]
    coverage = Similarity(number, number[:0], np.arange(4), by_table)
    np.testing.assert_allclose(coverage.gains(np.arange(4)), [1.9, 2.1, 1.9, 1.7], atol=1e-9)
    coverage.take(1)
    np.testing.assert_allclose(coverage.gains(np.arange(4)), [0.2, 0, 1.3, 1.3], atol=1e-9)
    coverage.take(2)
    np.testing.assert_allclose(coverage.gains(np.arange(4)), [0.2, 0, 0, 0.4], atol=1e-9)
    fresh = Similarity(number, number[:0], np.arange(4), by_table)
    assert greedy(fresh, 3, np.random.default_rng(0)).tolist() == [1, 2, 3]


def test_degrees_of_prob_cover_are_the_worked_numbers():
    coverage = balls(0.6)
    assert coverage.gains(EVERY).tolist() == [2, 3, 2, 2, 3, 2, 1]
    gains = []
    for position in (1, 4, 6):
        gains.append(coverage.gains(EVERY)[position])
        coverage.take(position)
    assert gains == [3, 3, 1]
    assert not coverage.gains(EVERY).any()  # a fourth has degree 0


def test_what_a_label_covers_counts_no_more():
    assert balls(0.6, known=LINE[1:2]).gains(EVERY).tolist() == [0, 0, 0, 2, 3, 2, 1]


@pytest.mark.parametrize(("delta", "share"), [(0.45, 0.714286), (2.5, 0.428571)])
def test_purity_is_the_worked_number(delta, share):
    other = nearest_other(LINE, PSEUDO, EVERY)
    np.testing.assert_allclose(other, [3, 2.5, 2, 0.8, 0.4, 0.4, 6.2], atol=1e-9)
    np.testing.assert_allclose(np.mean(other >= delta - 1e-9), share, atol=1e-6)


# ---------------------------------------------------------------- the greedy


@pytest.mark.parametrize("n_labeled", [0, 6])
def test_the_lazy_greedy_is_the_greedy_over_all_gains(n_labeled):
    rows, labeled = rows_of(), rows_of(6, seed=9)[:n_labeled]
    for strategy, kernel, scale in (
        (FacilityLocation("euclidean"), inverse_distance, 1),
        (KernelHerding(sigma=1.5), partial(rbf, sigma=1.5), 1),
        (FacilityLocation(), cosine, None),
    ):
        a, b = rows, labeled
        if scale is None:
            a, b = (r / np.linalg.norm(r, axis=1, keepdims=True) for r in (rows, labeled))
        table = kernel(a, a)
        np.fill_diagonal(table, 1)
        covered = np.max([np.zeros(80), *kernel(b, a)], axis=0)
        assert choose(strategy, rows, 25, labeled) == slow_greedy(table, covered, 25)


def test_prob_cover_is_the_greedy_over_all_degrees():
    rows = rows_of()
    near = (np.linalg.norm(rows[:, None] - rows, axis=2) < 1.2).astype(float)
    known = rows_of(4, seed=9)
    covered = (np.linalg.norm(rows[:, None] - known, axis=2) < 1.2).any(axis=1).astype(float)
    wanted = slow_greedy(near, covered, 12, ties_to_first_gain=False)
    assert choose(ProbCover(delta=1.2, normalize=False), rows, 12, known) == wanted


def test_two_rows_that_only_cover_each_other_come_in_the_order_of_all_they_cover():
    line = np.array([[0.0], [1.0], [2.0], [9.5], [9.0]])  # 9 and 9.5 are tied once 1 is picked
    assert choose(FacilityLocation("euclidean"), line, 2) == [1, 4]
    assert choose(FacilityLocation("euclidean"), line.astype(np.float32), 2) == [1, 4]
    assert choose(FacilityLocation("euclidean"), line[[0, 1, 2, 4, 3]], 2) == [1, 3]


def test_few_gains_are_measured_anew():
    measured = []
    rows = rows_of(2000)

    class Counted(Similarity):
        def gains(self, at):
            measured.append(len(at))
            return super().gains(at)

    coverage = Counted(rows, rows[:0], np.arange(0, 2000, 10), partial(rbf, sigma=1.0))
    greedy(coverage, 20, np.random.default_rng(0))
    assert sum(measured) < 5 * 2000  # 20 * 2000 without bounds


def test_what_is_left_once_all_is_covered_is_drawn_at_random():
    strategy = ProbCover(delta=0.6, normalize=False)
    found = {tuple(choose(strategy, LINE, 5, seed=seed)) for seed in range(20)}
    assert {picks[:3] for picks in found} == {(1, 4, 6)}
    assert {p for picks in found for p in picks[3:]} == {0, 2, 3, 5}


def test_a_labelled_row_is_no_candidate_that_comes_back():
    rows = rows_of(30)
    positions = choose(ProbCover(delta=0.5), rows, 30, rows[:3])
    assert sorted(positions) == list(range(30))  # duplicates of labelled rows are candidates


# ---------------------------------------------------------------- balls


def test_a_row_at_the_radius_is_not_covered():
    assert Balls(
        np.array([[0.0], [1.0]]), np.zeros((0, 1)), 1.0, 10, np.random.default_rng(0)
    ).gains(np.arange(2)).tolist() == [1, 1]


def test_every_row_is_in_the_graph_however_the_blocks_fall(monkeypatch):
    rows = rows_of(103)
    wanted = (np.linalg.norm(rows[:, None] - rows, axis=2) < 1.0).sum(axis=1)
    for size in (2**22, 103 * 10, 1):  # the last block is not full
        monkeypatch.setattr(skal.measures, "BLOCK", size)
        graph = Balls(rows, rows[:0], 1.0, 10**6, np.random.default_rng(0))
        assert graph.gains(np.arange(103)).tolist() == wanted.tolist()


def test_a_tiny_radius_still_covers_the_row_itself():
    rows = (rows_of(50) * 100).astype(np.float32)
    graph = Balls(rows, rows[:0], 1e-6, 1000, np.random.default_rng(0))
    assert (graph.gains(np.arange(50)) >= 1).all()


def test_the_graph_stays_below_its_limit_and_all_rows_stay_candidates():
    rows = rows_of(2000, d=2)
    whole = Balls(rows, rows[:0], 1.0, 10**9, np.random.default_rng(0))
    some = Balls(rows, rows[:0], 1.0, 50_000, np.random.default_rng(0))
    assert len(whole.indices) > 500_000
    assert len(some.indices) < 75_000
    share = some.n_reference / 2000
    degrees = [graph.gains(np.arange(2000)) for graph in (whole, some)]
    assert np.corrcoef(*degrees)[0, 1] > 0.9
    np.testing.assert_allclose(degrees[1].mean() / degrees[0].mean(), share, rtol=0.1)


@pytest.mark.parametrize("delta", [0.5, "auto"])
def test_a_pool_covered_by_its_labels_is_drawn_from(delta):
    rows = np.ones((9, 3))
    positions = choose(ProbCover(delta=delta, n_clusters=2), rows, 9, rows[:1])
    assert sorted(positions) == list(range(9))


# ---------------------------------------------------------------- radius and width


def test_the_radius_is_the_largest_that_is_pure_enough():
    rng = np.random.default_rng(0)
    rows = np.concatenate([rng.normal(size=(100, 2)), rng.normal(size=(100, 2)) + 4])
    delta = pure_radius(rows, 2, np.random.default_rng(0))
    clusters = clusters_by_sample(rows, 2, np.random.default_rng(0))
    other = nearest_other(rows, clusters, np.arange(200))
    assert np.mean(other >= delta) >= 0.95
    assert np.mean(other >= np.nextafter(delta, 9)) < 0.95


def test_as_many_clusters_as_labels_have_classes(monkeypatch):
    seen = []
    monkeypatch.setattr(coverage, "pure_radius", lambda rows, k, rng: seen.append(k) or 1.0)
    rows = np.eye(4)
    for strategy, labels in [
        (ProbCover(), [0, 3, 3]),
        (ProbCover(), [0, 0]),
        (ProbCover(), []),
        (ProbCover(n_clusters=5), None),
    ]:
        known = {} if labels is None else {"labels": np.array(labels, dtype=int)}
        strategy.select(1, np.random.default_rng(0), rows, rows[:0], **known)
    assert seen == [4, 2, 10, 5]


def test_the_width_is_the_median_distance():
    rows = np.array([[0.0], [1.0], [3.0]])  # distances 1, 2, 3
    assert median_distance(rows) == pytest.approx(2)
    assert median_distance(np.array([[0.0], [0.0], [0.0], [0.0], [5.0]])) == pytest.approx(5)
    assert median_distance(np.zeros((4, 2))) == 1
    assert median_distance(np.zeros((1, 2))) == 1


def test_the_width_says_how_far_a_row_covers():
    rows = np.array([[0.0], [1.0], [2.0], [9.0], [9.5]])
    assert choose(KernelHerding(sigma=1.0), rows, 2) == [3, 1]
    assert choose(KernelHerding(sigma=20.0), rows, 1) == [2]  # nearest the middle


# ---------------------------------------------------------------- numbers at the edge


@fixed
def test_constant_rows_give_distinct_positions(strategy):
    for n in [1, 5, 12]:
        for rows in [np.zeros((12, 3)), np.full((12, 3), 0.1, dtype=np.float32)]:
            assert len(set(choose(strategy, rows, n))) == n
            assert len(set(choose(strategy, rows, n, rows[:2]))) == n


def test_constant_rows_have_a_radius():
    for rows in (np.zeros((12, 3)), np.full((30, 3), 0.1, dtype=np.float32)):
        positions = choose(ProbCover(), rows, len(rows))
        assert sorted(positions) == list(range(len(rows)))


def test_a_duplicate_adds_nothing():
    rows = np.repeat(rows_of(6).astype(np.float32) + 100, 4, axis=0)
    for strategy in (FacilityLocation("euclidean"), KernelHerding(), ProbCover(delta=1e-3)):
        picks = choose(strategy, rows, 6)
        assert len({p // 4 for p in picks}) == 6


def test_all_candidates_come_back():
    for strategy in FIXED.values():
        assert sorted(choose(strategy, rows_of(), 80)) == list(range(80))


# ---------------------------------------------------------------- what must not matter


@fixed
@pytest.mark.parametrize("n_labeled", [0, 5])
def test_permuting_the_pool_permutes_the_answer(strategy, n_labeled):
    rows, labeled = rows_of(), rows_of(5, seed=9)[:n_labeled]
    if isinstance(strategy, ProbCover):  # degrees are tied: only how much is covered can agree
        order = np.random.default_rng(1).permutation(80)
        graphs = [
            Balls(r, labeled, 0.7, 10**6, np.random.default_rng(0)) for r in (rows, rows[order])
        ]
        degrees = [graph.gains(np.arange(80)) for graph in graphs]
        assert degrees[0][order].tolist() == degrees[1].tolist()
        return
    order = np.random.default_rng(1).permutation(80)
    plain, permuted = (choose(strategy, r, 20, labeled) for r in (rows, rows[order]))
    assert order[permuted].tolist() == plain


@pytest.mark.parametrize("factor", [0.01, 50.0])
def test_scaling_the_embedding_changes_nothing(factor):
    rows, labeled = rows_of(), rows_of(5, seed=9)
    for strategy in (FacilityLocation(), KernelHerding(), ProbCover(delta=0.7)):
        scaled = choose(strategy, rows * factor, 20, labeled * factor)
        assert scaled == choose(strategy, rows, 20, labeled)
    plain, scaled = (
        choose(ProbCover(delta=1.2 * f, normalize=False), rows * f, 20, labeled * f)
        for f in (1.0, factor)
    )
    assert scaled == plain


@fixed
def test_block_size_does_not_matter(strategy, monkeypatch):
    rows, labeled = rows_of(), rows_of(5, seed=9)
    whole = choose(strategy, rows, 20, labeled)
    monkeypatch.setattr(skal.measures, "BLOCK", 200)
    assert choose(strategy, rows, 20, labeled) == whole


@fixed
def test_the_kind_of_numbers_does_not_matter(strategy):
    numbers = np.random.default_rng(3).integers(0, 256, size=(80, 6), dtype=np.uint8)
    wanted = choose(strategy, numbers.astype(np.float64), 15, numbers[:3].astype(np.float64))
    assert choose(strategy, numbers, 15, numbers[:3]) == wanted
    single = numbers.astype(np.float32)
    assert choose(strategy, single, 15, single[:3]) == wanted
    assert choose(strategy, np.asfortranarray(single), 15, single[:3]) == wanted


@fixed
def test_arrays_are_left_as_they_were(strategy):
    rows = rows_of()
    rows.flags.writeable = False
    choose(strategy, rows, 20, rows[:3])


def test_a_reference_drawn_at_random_covers_nearly_as_well():
    rows = rows_of(1500, d=2)

    def covered(picks):
        return rbf(rows, rows[picks], 1.0).max(axis=1).mean()

    every = covered(choose(KernelHerding(sigma=1.0), rows, 10))
    some = covered(choose(KernelHerding(sigma=1.0, max_reference=150), rows, 10))
    chance = covered(np.arange(10))
    assert chance < some <= every
    assert every - some < (every - chance) / 4


# ---------------------------------------------------------------- needs and parameters


def test_coverage_needs_no_model():
    both = {"embedding": Inputs(), "labeled_embedding": Labeled(Inputs(), required=False)}
    for strategy in (
        FacilityLocation(space=Inputs()),
        KernelHerding(space=Inputs()),
        ProbCover(delta=0.5, space=Inputs()),
        ProbCover(n_clusters=3, space=Inputs()),
    ):
        assert strategy.needs() == both
    assert ProbCover().needs()["labels"] == Labels()
    assert ProbCover().needs()["embedding"] == Embedding()
