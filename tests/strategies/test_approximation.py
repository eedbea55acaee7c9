"""ACSFW and SparseApproximation: the fits step by step."""

from itertools import islice, product

import numpy as np
import pytest

from skal.evidence import MCProba
from skal.strategies import ACSFW, SparseApproximation
from skal.strategies.approximation import _frank_wolfe, _greedy, _log_likelihoods

VECTORS = np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 0.2], [0.5, -0.5]])


def rng(seed=0):
    return np.random.default_rng(seed)


def some_draws(n=30, n_draws=6, n_classes=3, seed=0):
    return rng(seed).dirichlet(np.ones(n_classes), size=(n_draws, n))


def residual(weight, vectors=VECTORS):
    rest = vectors.sum(axis=0) - weight @ vectors
    return rest @ rest


def objective(weight, vectors, doubt, a, b):
    return residual(weight, vectors) - a * doubt[weight > 0].sum() + b * ((weight - 1) ** 2).sum()


# ---------------------------------------------------------------- the vectors


def test_a_row_is_its_expected_log_likelihood_under_each_draw():
    draws = np.array([[[0.8, 0.2]], [[0.4, 0.6]]])  # mean (.6, .4)
    vectors, doubt = _log_likelihoods(draws)
    expected = [0.6 * np.log(0.8) + 0.4 * np.log(0.2), 0.6 * np.log(0.4) + 0.4 * np.log(0.6)]
    np.testing.assert_allclose(vectors, [np.array(expected) / np.sqrt(2)])
    np.testing.assert_allclose(doubt, [0.673012], atol=1e-6)


def test_a_draw_that_excludes_a_class_stays_finite():
    vectors, _ = _log_likelihoods(np.array([[[1.0, 0.0]], [[0.0, 1.0]]], dtype=np.float32))
    np.testing.assert_allclose(vectors, 0.5 * np.log(1e-12) / np.sqrt(2), rtol=1e-6)


def test_entropy_is_added_with_weight_gamma():
    draws = some_draws()
    vectors, doubt = _log_likelihoods(draws)
    moved = vectors + 2.0 * doubt[:, None] / np.sqrt(6)
    best = np.argmax(moved @ moved.sum(axis=0) / np.linalg.norm(moved, axis=1))
    assert ACSFW(gamma=2.0).select(1, rng(), mc_proba=draws).tolist() == [best]


# ---------------------------------------------------------------- Frank-Wolfe


def test_three_steps_are_the_worked_numbers():
    (f1, w1), (f2, w2), (f3, w3) = islice(_frank_wolfe(VECTORS), 3)
    assert (f1, f2, f3) == (2, 1, 2)
    np.testing.assert_allclose(w1, [0, 0, 2.730769, 0], atol=1e-6)
    np.testing.assert_allclose(w2, [0, 0.516950, 2.133477, 0], atol=1e-6)
    np.testing.assert_allclose(w3, [0, 0.454599, 2.435211, 0], atol=1e-6)
    squares = [residual(w) for w in (w1, w2, w3)]
    np.testing.assert_allclose(squares, [1.384615, 0.191653, 0.096468], atol=1e-6)


def test_the_first_row_has_the_largest_worked_score():
    scores = VECTORS @ VECTORS.sum(axis=0) / np.linalg.norm(VECTORS, axis=1)
    np.testing.assert_allclose(scores, [2.5, 1.7, 2.784849, 0.565685], atol=1e-6)


def test_the_fit_never_gets_worse_and_no_weight_is_negative():
    vectors = rng().normal(size=(40, 10))
    last = np.inf
    for _, weight in islice(_frank_wolfe(vectors), 60):
        assert weight.min() >= 0
        now = residual(weight, vectors)
        assert now <= last + 1e-9
        last = now


def test_an_exact_fit_ends():
    assert len(list(islice(_frank_wolfe(np.ones((5, 3))), 100))) == 1
    assert list(_frank_wolfe(np.zeros((5, 3)))) == []


@pytest.mark.parametrize("n", [1, 3, 20, 30])
def test_a_row_taken_again_does_not_shorten_the_batch(n):
    found = ACSFW().select(n, rng(), mc_proba=some_draws())
    assert len(set(found.tolist())) == n


def test_the_rest_is_filled_with_the_longest_vectors():
    draws = some_draws(n=50, n_draws=2)  # in two dimensions, few rows fit everything
    found = ACSFW().select(20, rng(), mc_proba=draws).tolist()
    vectors, _ = _log_likelihoods(draws)
    weighted = [i for i, _ in islice(_frank_wolfe(vectors), 100)]
    n_fitted = sum(i in weighted for i in found)
    length = np.linalg.norm(vectors, axis=1)
    left = [i for i in np.argsort(-length).tolist() if i not in found[:n_fitted]]
    assert n_fitted < 20
    assert found[n_fitted:] == left[: 20 - n_fitted]


# ---------------------------------------------------------------- sparse approximation


def test_the_objective_is_the_worked_number():
    weight, doubt = np.array([0.0, 2, 0, 1]), np.array([0.1, 0.2, 0.3, 0.4])
    assert residual(weight) == pytest.approx(7.24)
    assert objective(weight, VECTORS, doubt, a=1, b=0) == pytest.approx(6.64)
    assert objective(weight, VECTORS, doubt, a=1, b=0.1) == pytest.approx(6.94)


@pytest.mark.parametrize(("a", "b"), [(1.0, 0.1), (0.0, 0.0), (5.0, 2.0)])
def test_each_step_sets_the_weight_that_lowers_the_objective_most(a, b):
    doubt = np.array([0.1, 0.2, 0.3, 0.4])
    grid = np.linspace(0, 4, 4001)
    weight = np.zeros(4)
    for i, found in _greedy(VECTORS, doubt, 3, a, b).items():
        reached = {}
        for j in np.flatnonzero(weight == 0):
            tries = np.repeat(weight[None], len(grid), axis=0)
            tries[:, j] = grid
            reached[j] = min(objective(w, VECTORS, doubt, a, b) for w in tries)
        weight[i] = found
        assert objective(weight, VECTORS, doubt, a, b) <= min(reached.values()) + 1e-5
        assert reached[i] == pytest.approx(min(reached.values()), abs=1e-5)


def test_a_large_alpha_asks_the_most_uncertain_rows():
    draws = some_draws()
    _, doubt = _log_likelihoods(draws)
    found = SparseApproximation(alpha=1e6).select(5, rng(), mc_proba=draws)
    assert set(found.tolist()) == set(np.argsort(-doubt)[:5].tolist())


def test_alpha_and_beta_weigh_in_units_of_the_misfit():
    draws = some_draws(n=40)
    vectors, doubt = _log_likelihoods(draws)
    misfit = residual(np.zeros(40), vectors)
    for alpha, beta in product([0.1, 0.3, 1, 3], [0.1, 1, 10]):
        a, b = alpha * misfit / (5 * doubt.max()), beta * misfit * 5 / 40**2
        found = SparseApproximation(alpha, beta).select(5, rng(), mc_proba=draws)
        assert found.tolist() == list(_greedy(vectors, doubt, 5, a, b))


def test_rows_that_are_sure_or_alike_are_taken():
    for strategy in [ACSFW(), SparseApproximation(), SparseApproximation(0, 0)]:
        for n in [1, 5, 12]:
            sure = np.broadcast_to(np.eye(3)[np.zeros(12, dtype=int)], (4, 12, 3))
            one_class = np.ones((4, 12, 1))
            alike = np.full((4, 12, 3), 1 / 3, dtype=np.float32)
            opposed = np.eye(2)[[0, 1, 0, 1]][:, None, :].repeat(12, axis=1)
            for draws in (sure, one_class, alike, opposed):
                found = strategy.select(n, rng(), mc_proba=draws)
                assert len(set(found.tolist())) == n


@pytest.mark.parametrize("strategy", [ACSFW(), SparseApproximation()])
def test_float32_draws_serve_and_stay_as_they_are(strategy):
    draws = some_draws().astype(np.float32)
    kept = draws.copy()
    draws.flags.writeable = False
    single = strategy.select(5, rng(), mc_proba=draws)
    assert single.tolist() == strategy.select(5, rng(), mc_proba=draws.astype(float)).tolist()
    np.testing.assert_array_equal(draws, kept)


def test_the_number_of_draws_is_asked_for():
    assert ACSFW(n_passes=7).needs() == {"mc_proba": MCProba(7)}
    assert SparseApproximation(n_passes=7).needs() == {"mc_proba": MCProba(7)}
