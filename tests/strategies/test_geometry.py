"""Farthest first by distance, and sampling by distance."""

import numpy as np
import pytest

import skal.measures
from skal.evidence import Evidence, Inputs, Labeled
from skal.strategies import CDAL, KCenter, LightweightCoreset
from skal.strategies.geometry import (
    Euclid,
    _chance_by_distance,
    _Divergence,
    farthest_first,
)

LINE = np.array([[0.0], [1.0], [2.0], [5.0], [9.0], [10.0]])
P = np.array([[0.9, 0.1], [0.5, 0.5], [0.6, 0.4]])


def k_center(embedding, n, labeled=None):
    labeled = embedding[:0] if labeled is None else labeled
    picks = KCenter().select(
        n, np.random.default_rng(0), embedding=embedding, labeled_embedding=labeled
    )
    return picks.tolist()


def cdal(proba, n, labeled=None):
    labeled = proba[:0] if labeled is None else labeled
    return CDAL().select(n, np.random.default_rng(0), proba=proba, labeled_proba=labeled).tolist()


def slow_farthest_first(distances, reach, n):
    """Farthest first over a whole matrix of distances."""
    reach, picks = reach.copy(), []
    for _ in range(n):
        picks.append(int(reach.argmax()))
        reach = np.minimum(reach, distances[picks[-1]])
        reach[picks] = -1
    return picks


# ---------------------------------------------------------------- worked numbers


def test_k_center_picks_at_the_worked_distances_and_leaves_the_worked_radius():
    space = Euclid(LINE)
    reach, first = space.start(LINE[:1])
    picks, distance = farthest_first(reach, first, space.to_row, 3)
    assert picks.tolist() == [5, 3, 2]
    np.testing.assert_allclose(np.sqrt(distance), [10, 5, 2], atol=1e-12)
    np.testing.assert_allclose(np.sqrt(reach[reach >= 0].max()), 1.0, atol=1e-12)


def test_divergences_are_the_worked_numbers():
    space = _Divergence(P)
    np.testing.assert_allclose(space.to_row(0), [0, 0.439445, 0.268764], atol=1e-6)
    np.testing.assert_allclose(space.to_row(1), [0.439445, 0, 0.020273], atol=1e-6)


def test_chances_by_distance_are_the_worked_numbers():
    chance = _chance_by_distance(np.array([[0.0], [1.0], [2.0], [5.0]]))
    np.testing.assert_allclose(chance, [0.267857, 0.160714, 0.125, 0.446429], atol=1e-6)


def test_rows_are_drawn_as_often_as_their_chance_says():
    line = np.array([[0.0], [1.0], [2.0], [5.0]])
    rng = np.random.default_rng(0)
    drawn = [int(LightweightCoreset().select(1, rng, embedding=line)[0]) for _ in range(4000)]
    shares = np.bincount(drawn, minlength=4) / 4000
    np.testing.assert_allclose(shares, [0.267857, 0.160714, 0.125, 0.446429], atol=0.032)  # 4 sd


def test_the_whole_pool_is_one_draw_and_not_one_for_each_block():
    rng = np.random.default_rng(0)
    positions = LightweightCoreset().select(50, rng, embedding=np.arange(1000.0)[:, None])
    assert len(set(positions.tolist())) == 50
    assert positions.max() > 500


# ---------------------------------------------------------------- against the whole matrix


def test_k_center_is_the_greedy_over_all_distances():
    rng = np.random.default_rng(0)
    rows, labeled = rng.normal(size=(200, 6)), rng.normal(size=(15, 6))
    distances = np.linalg.norm(rows[:, None] - rows, axis=2)
    reach = np.linalg.norm(rows[:, None] - labeled, axis=2).min(axis=1)
    assert k_center(rows, 40, labeled) == slow_farthest_first(distances, reach, 40)


def test_cdal_is_the_greedy_over_all_divergences():
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet(np.ones(5), size=100), rng.dirichlet(np.ones(5), size=7)

    def divergence(a, b):
        return ((a - b) * (np.log(a) - np.log(b))).sum(axis=-1) / 2

    reach = divergence(p[:, None], q).min(axis=1)
    assert cdal(p, 30, q) == slow_farthest_first(divergence(p[:, None], p), reach, 30)


def test_without_labels_k_center_starts_nearest_the_mean():
    rows = np.random.default_rng(3).normal(size=(50, 4))
    nearest = np.linalg.norm(rows - rows.mean(axis=0), axis=1).argmin()
    assert k_center(rows, 1) == [nearest]
    assert nearest != 0  # an empty list must not stand for row 0


def test_labelled_rows_count_from_the_first_pick_of_cdal():
    assert cdal(P, 1, P[:1]) == [1]  # the farthest from it, whatever the draw
    assert cdal(P, 1, P[1:2]) == [0]


# ---------------------------------------------------------------- numbers at the edge


def test_a_duplicate_of_a_labelled_row_comes_last():
    rng = np.random.default_rng(1)
    base = rng.normal(size=(30, 8)).astype(np.float32) + 1000  # far from the origin
    rows = np.concatenate([base[:5], base])
    picks = k_center(rows, 30, base[:5])
    copies = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
    assert set(picks[:25]).isdisjoint(copies)
    assert set(picks[25:]) < copies


def test_near_rows_are_told_apart_in_single_precision():
    rows = np.array([[1e4, 0], [1e4, 1e-2], [-1e4, 0], [-1e4, 2e-2]], dtype=np.float32)
    assert k_center(rows, 2, rows[[0, 2]])[0] == 3
    np.testing.assert_allclose(Euclid(rows).to_row(0)[1], 1e-4, rtol=1e-4)


def test_distances_are_never_negative():
    rows = np.repeat(np.random.default_rng(0).normal(size=(1, 64)), 20, axis=0) * 1e3
    for dtype in (np.float32, np.float64):
        assert (Euclid(rows.astype(dtype)).to_row(3) == 0).all()


def test_constant_rows_give_distinct_positions():
    for n in [1, 4, 9]:
        for n_labeled in [0, 2]:
            rows = np.full((9, 3), 0.1, dtype=np.float32)
            assert len(set(k_center(rows, n, rows[:n_labeled]))) == n
            assert len(set(cdal(np.full((9, 3), 1 / 3), n, np.full((n_labeled, 3), 1 / 3)))) == n
            drawn = LightweightCoreset().select(n, np.random.default_rng(0), embedding=rows)
            assert len(set(drawn.tolist())) == n


def test_probabilities_of_zero_and_one_have_finite_divergences():
    certain = np.eye(4)[np.arange(12) % 4]
    assert np.isfinite(_Divergence(certain).to_row(0)).all()
    assert sorted(cdal(certain, 12)) == list(range(12))
    assert set(cdal(certain, 3, certain[:1])) == {1, 2, 3}


def test_one_class_is_all_alike():
    assert sorted(cdal(np.ones((4, 1)), 4)) == [0, 1, 2, 3]


def test_a_sparse_embedding_is_refused():
    from scipy.sparse import csr_matrix

    with pytest.raises(TypeError, match="sparse"):
        k_center(csr_matrix(np.eye(3)), 1, np.eye(3))


# ---------------------------------------------------------------- what must not matter


@pytest.mark.parametrize("n_labeled", [0, 5])
def test_permuting_the_pool_permutes_the_answer(n_labeled):
    rng = np.random.default_rng(2)
    rows, order = rng.normal(size=(60, 4)), rng.permutation(60)
    proba = rng.dirichlet(np.ones(4), size=60)
    plain, permuted = (k_center(r, 20, rows[:n_labeled]) for r in (rows, rows[order]))
    assert order[permuted].tolist() == plain
    plain, permuted = (cdal(p, 20, proba[:n_labeled]) for p in (proba, proba[order]))
    assert order[permuted].tolist() == plain


@pytest.mark.parametrize("factor", [1e-3, 7.0, 1e4])
def test_scaling_the_embedding_changes_nothing(factor):
    rows = np.random.default_rng(2).normal(size=(60, 4))
    assert k_center(rows * factor, 20, rows[:3] * factor) == k_center(rows, 20, rows[:3])
    np.testing.assert_allclose(_chance_by_distance(rows * factor), _chance_by_distance(rows))


def test_block_size_does_not_matter(monkeypatch):
    rng = np.random.default_rng(2)
    rows, proba = rng.normal(size=(60, 4)), rng.dirichlet(np.ones(4), size=60)
    whole = k_center(rows, 20, rows[:9] + 0.1), cdal(proba, 20, proba[:9])
    chance = _chance_by_distance(rows)
    monkeypatch.setattr(skal.measures, "BLOCK", 40)
    assert (k_center(rows, 20, rows[:9] + 0.1), cdal(proba, 20, proba[:9])) == whole
    np.testing.assert_allclose(_chance_by_distance(rows), chance)


def test_the_kind_of_numbers_does_not_matter():
    rows = np.random.default_rng(2).integers(0, 256, size=(60, 8), dtype=np.uint8)
    wanted = k_center(rows.astype(np.float64), 20, rows[:3].astype(np.float64))
    assert k_center(rows, 20, rows[:3]) == wanted
    assert k_center(rows.astype(np.float32), 20, rows[:3].astype(np.float32)) == wanted
    assert k_center(np.asfortranarray(rows), 20, rows[:3]) == wanted


def test_arrays_are_left_as_they_were():
    rows = np.random.default_rng(2).normal(size=(20, 3)).astype(np.float32)
    rows.flags.writeable = False
    k_center(rows, 20, rows[:2])
    LightweightCoreset().select(5, np.random.default_rng(0), embedding=rows)


def test_farthest_first_asks_for_one_row_of_distances_a_pick():
    asked = []
    space = Euclid(LINE)

    def distances_to(j):
        asked.append(j)
        return space.to_row(j)

    picks, _ = farthest_first(*space.start(LINE[:0]), distances_to, 4)
    assert asked == picks.tolist()


def test_k_center_needs_no_label_and_no_model():
    strategy = KCenter(space=Inputs())
    assert strategy.needs()["labeled_embedding"] == Labeled(Inputs(), required=False)
    choice = strategy.choose(Evidence(None, LINE, np.arange(6)), 2, np.random.default_rng(0))
    assert choice.positions.tolist() == [3, 0]
