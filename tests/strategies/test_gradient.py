"""BADGE, EGL and BAIT: factors against the gradients and Fisher matrices themselves."""

import tracemalloc

import numpy as np
import pytest

from skal.strategies import BADGE, BAIT, EGL
from skal.strategies._draws import draw_one
from skal.strategies._space import squared_lengths
from skal.strategies.gradient import (
    _FisherGain,
    _mean_fisher,
    _squared_distances_from,
)
from tests.strategies.cases.gradient import FISHER_H, FISHER_P, H, P


def rng(seed=0):
    return np.random.default_rng(seed)


def factors(proba, embedding):
    residual = proba - np.eye(proba.shape[1])[proba.argmax(axis=1)]
    return residual, embedding, squared_lengths(residual) * squared_lengths(embedding)


def rows(n, n_classes=3, n_units=4, seed=0):
    return rng(seed).dirichlet(np.ones(n_classes), n), rng(seed + 1).normal(size=(n, n_units))


def badge(n, proba, embedding, seed=0):
    return BADGE().select(n, rng(seed), proba=proba, embedding=embedding)


# ---------------------------------------------------------------- BADGE


def test_lengths_and_distances_of_gradients_are_the_worked_numbers():
    residual, h, length = factors(P, H)
    np.testing.assert_allclose(length, [1.3, 0.14, 1.68])
    table = [_squared_distances_from(i, residual, h, length) for i in range(3)]
    np.testing.assert_allclose(table, [[0, 2.08, 1.66], [2.08, 0, 1.82], [1.66, 1.82, 0]])


def test_the_second_row_is_drawn_with_the_worked_probabilities():
    second = [badge(2, P, H, seed)[1] for seed in range(2000)]
    share = np.bincount(second, minlength=3) / 2000
    np.testing.assert_allclose(share, [0.477011, 0.522989, 0], atol=0.04)  # 3.6 deviations


def test_factored_distances_are_those_of_the_gradients():
    proba, h = rows(30)
    residual, _, length = factors(proba, h)
    gradients = np.einsum("nc,nd->ncd", residual, h).reshape(30, -1)
    plain = ((gradients - gradients[7]) ** 2).sum(axis=1)
    np.testing.assert_allclose(_squared_distances_from(7, residual, h, length), plain, atol=1e-12)


def test_the_origin_is_no_centre():
    # Row 1 lies at the origin, far from the first centre: as far as the rule goes, it may come.
    proba = np.array([[0.5, 0.5], [1.0, 0.0], [0.5, 0.5]])
    h = np.array([[2.0], [1.0], [1.9]])
    second = [badge(2, proba, h, seed)[1] for seed in range(50)]
    assert second.count(1) > 40  # squared distances 2 against 0.005


def test_a_group_of_duplicates_is_left_for_a_short_gradient_elsewhere():
    proba = np.full((10, 2), 0.5)
    h = np.array([[10.0, 0.0]] * 9 + [[0.0, 0.1]])
    assert set(badge(2, proba, h).tolist()) == {0, 9}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_duplicates_are_never_drawn_while_other_rows_are_left(dtype):
    proba, h = rows(6, n_units=50)
    many, far = np.repeat(proba, 20, axis=0), np.repeat(h, 20, axis=0).astype(dtype)
    for seed in range(20):
        chosen = badge(6, many, far, seed)
        assert sorted(chosen // 20) == list(range(6))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rounding_leaves_no_distance_between_duplicates(dtype):
    proba, h = rows(1, n_classes=10, n_units=301)
    residual = factors(np.repeat(proba, 50, axis=0), h)[0].astype(dtype)
    h = np.repeat(h, 50, axis=0).astype(dtype)
    length = np.einsum("ij,ij->i", residual, residual) * (h @ h[0])  # summed in another order
    assert _squared_distances_from(0, residual, h, length).tolist() == [0] * 50
    assert _squared_distances_from(0, residual, h, length * 1.001).min() > 0


@pytest.mark.parametrize("n", [1, 5, 12])
def test_gradients_that_are_all_alike_end_and_give_distinct_rows(n):
    for proba, h in [
        (np.full((12, 3), 1 / 3), np.ones((12, 4))),
        (np.eye(3)[np.zeros(12, dtype=int)], np.ones((12, 4))),  # all gradients are 0
        (np.full((12, 3), 1 / 3), np.zeros((12, 4))),
        (np.ones((12, 1)), np.ones((12, 4))),  # one class
    ]:
        assert len(set(badge(n, proba, h).tolist())) == n


def test_rows_left_over_are_drawn_uniformly():
    proba, h = np.full((4, 2), 0.5), np.ones((4, 2))
    second = [badge(2, proba, h, seed)[1] for seed in range(300)]
    counts = np.bincount(second, minlength=4)
    assert counts[0] == 0  # the first
    assert counts[1:].min() > 60  # 100 are expected


def test_all_rows_come_once_when_all_are_asked():
    proba, h = rows(40)
    assert sorted(badge(40, proba, h).tolist()) == list(range(40))


def test_two_classes_use_gradients_and_not_embeddings():
    proba = np.array([[0.99, 0.01], [0.5, 0.5]])
    h = np.array([[5.0, 0.0], [1.0, 1.0]])
    assert badge(1, proba, h).tolist() == [1]  # the longer embedding is sure


def test_rows_are_indexed_by_row_and_not_by_class():
    proba = np.array([[0.9, 0.1], [0.1, 0.9], [0.2, 0.8], [0.55, 0.45]])
    assert badge(1, proba, np.ones((4, 1))).tolist() == [3]


@pytest.mark.parametrize("dtype", [np.uint8, np.float16, np.float32])
def test_other_numbers_and_layouts_serve_as_embeddings(dtype):
    proba, h = rows(30)
    h = np.abs(10 * h).astype(np.uint8)
    plain = badge(8, proba, h.astype(np.float32))
    assert badge(8, proba, np.asfortranarray(h.astype(dtype))).tolist() == plain.tolist()


def test_no_gradients_are_built():
    n, n_classes, n_units = 5000, 20, 64
    proba, h = rows(n, n_classes, n_units)
    h = h.astype(np.float32)
    badge(3, proba, h)
    tracemalloc.start()
    badge(3, proba, h)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < n * (n_classes + n_units) * 8 * 2  # the gradients alone: 6.4e6 values of 4 bytes


def test_a_draw_follows_its_weights_and_tells_when_there_are_none():
    weights = np.array([0.0, 3.0, 0.0, 1.0, 0.0])
    generator = rng()
    counts = np.bincount([draw_one(weights, generator) for _ in range(2000)], minlength=5)
    assert counts[[0, 2, 4]].tolist() == [0, 0, 0]
    assert abs(counts[1] / 2000 - 0.75) < 0.04
    assert draw_one(np.zeros(3), generator) == -1
    assert draw_one(np.array([0, 1e-30, 0]), generator) == 1  # whatever the sum is


# ---------------------------------------------------------------- EGL


@pytest.mark.parametrize("norm", ["l1", "l2"])
@pytest.mark.parametrize("bias", [False, True])
def test_expected_lengths_are_those_of_the_gradients(norm, bias):
    proba, h = rows(20)
    wide = np.column_stack([h, np.ones(20)]) if bias else h
    expected = np.zeros(20)
    for k in range(3):
        gradients = np.einsum("nc,nd->ncd", proba - np.eye(3)[k], wide).reshape(20, -1)
        expected += proba[:, k] * np.linalg.norm(gradients, ord=int(norm[1]), axis=1)
    found = EGL(norm, bias).utility(proba=proba, embedding=h)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_a_sure_row_expects_no_gradient():
    sure = np.eye(3)
    for norm in ("l1", "l2"):
        assert EGL(norm).utility(proba=sure, embedding=np.ones((3, 2))).tolist() == [0, 0, 0]


# ---------------------------------------------------------------- BAIT


def fisher(p, h):
    return np.kron(np.outer(h, h), np.diag(p) - np.outer(p, p))


def fishers(proba, embedding):
    return np.array([fisher(p, h) for p, h in zip(proba, embedding)])


def plain_bait(n, regularization, proba, embedding, labeled_proba, labeled_embedding):
    """Bait by the definition: every trace computed anew."""
    F, L = fishers(proba, embedding), fishers(labeled_proba, labeled_embedding)
    size, n_labeled = F.shape[1], len(L)

    def trace(S):  # each candidate's Fisher weighs n / (n_labeled + n)
        known = regularization * np.eye(size) + F[S].sum(axis=0) * n / (n + n_labeled)
        known = known + (L.mean(axis=0) * n_labeled / (n + n_labeled) if n_labeled else 0)
        return np.trace(np.linalg.solve(known, F.mean(axis=0)))

    S = []
    for _ in range(min(2 * n, len(F))):
        left = [i for i in range(len(F)) if i not in S]
        S.append(min(left, key=lambda i: trace([*S, i])))
    while len(S) > n:
        S.remove(min(S, key=lambda i: trace([s for s in S if s != i])))
    return S


def test_the_mean_fisher_is_that_of_the_definition():
    proba, h = rows(9)
    np.testing.assert_allclose(_mean_fisher(proba, h), fishers(proba, h).mean(axis=0), atol=1e-12)


def test_traces_after_one_row_are_the_worked_numbers():
    gain = _FisherGain(FISHER_P, FISHER_H, np.eye(4), share=1.0)
    after = np.trace(_mean_fisher(FISHER_P, FISHER_H)) - gain.trace_saved()
    np.testing.assert_allclose(after, [0.371111, 0.371667, 0.375315], atol=1e-6)


def test_bait_asks_what_the_definition_asks():
    for n_labeled in [0, 5]:
        for regularization in [1.0, 0.01]:
            for n in [1, 3, 8]:
                proba, h = rows(12)
                known = rows(n_labeled, seed=10)
                found = BAIT(regularization).select(n, rng(), proba, h, *known)
                assert found.tolist() == plain_bait(n, regularization, proba, h, *known)


def test_a_row_that_enters_and_leaves_changes_nothing():
    proba, h = rows(12)
    gain = _FisherGain(proba, h, np.eye(12), share=0.5)
    before = [a.copy() for a in (gain.inner, gain.outer, gain.inverse, gain.spread)]
    gain.move(4, add=True)
    assert not np.allclose(gain.inner, before[0])
    gain.move(4, add=False)
    for now, then in zip((gain.inner, gain.outer, gain.inverse, gain.spread), before):
        np.testing.assert_allclose(now, then, atol=1e-12)


def test_what_is_labelled_is_not_sought_again():
    proba = np.full((2, 2), 0.5)
    h = np.array([[1.0, 0.0], [0.0, 0.9]])
    nothing = BAIT().select(1, rng(), proba, h, proba[:0], h[:0])
    known = BAIT().select(1, rng(), proba, h, np.full((20, 2), 0.5), np.array([[1.0, 0.0]] * 20))
    assert (nothing.tolist(), known.tolist()) == ([0], [1])


def test_bait_draws_candidates_where_there_are_many():
    proba, h = rows(300)
    found = BAIT(max_candidates=10).select(30, rng(), proba, h, proba[:0], h[:0])
    again = BAIT(max_candidates=10).select(30, rng(1), proba, h, proba[:0], h[:0])
    assert len(set(found.tolist())) == 30
    assert found.max() > 60
    assert set(found.tolist()) != set(again.tolist())


@pytest.mark.parametrize("n", [1, 7, 12])
def test_bait_takes_duplicates_and_sure_rows(n):
    nothing = {"labeled_proba": np.empty((0, 3)), "labeled_embedding": np.empty((0, 4))}
    for proba in (np.full((12, 3), 1 / 3), np.eye(3)[np.zeros(12, dtype=int)]):
        found = BAIT().select(n, rng(), proba=proba, embedding=np.ones((12, 4)), **nothing)
        assert len(set(found.tolist())) == n


def test_bait_refuses_a_layer_that_is_too_wide():
    proba, h = np.full((3, 10), 0.1), np.ones((3, 512))
    with pytest.raises(ValueError, match=r"at most max_size=2000, .* got 10 \* 512 = 5120; take"):
        BAIT().select(1, rng(), proba, h, proba[:0], h[:0])
