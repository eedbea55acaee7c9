"""Rankings weighed by density and by distance."""

import numpy as np
import pytest

import skal.measures
from skal.evidence import Embedding, Inputs, Labeled, Proba
from skal.strategies import (
    Entropy,
    InformationDensity,
    LeastConfidence,
    Margin,
    RankedBatch,
)
from skal.strategies.density import (
    _cosine_density,
)

POINTS = np.array([[0.0, 0.0], [0.0, 1.0], [3.0, 4.0]])


def ranked(embedding, proba, n, n_labeled=3):
    return (
        RankedBatch()
        .select(
            n,
            np.random.default_rng(0),
            embedding=embedding,
            labeled_embedding=embedding[:n_labeled] + 0.05,
            proba_0=proba,
        )
        .tolist()
    )


def data(n=60, dtype=np.float64):
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, 4)).astype(dtype), rng.dirichlet(np.ones(3), size=n)


def euclidean_density(rows, max_reference):
    """What a ranking of ones is worth."""

    def ones(inputs):
        return np.ones(len(inputs))

    strategy = InformationDensity(ones, similarity="euclidean", max_reference=max_reference)
    return strategy.utility(embedding=rows, inputs_0=rows)


# ---------------------------------------------------------------- worked numbers


def test_euclidean_densities_are_the_worked_numbers():
    density = euclidean_density(POINTS, 2000)
    np.testing.assert_allclose(density, [0.555556, 0.563581, 0.452470], atol=1e-6)
    weighed = np.array([0.2, 0.3, 0.4]) * density
    np.testing.assert_allclose(weighed, [0.111111, 0.169074, 0.180988], atol=1e-6)


def test_cosine_densities_are_the_worked_numbers():
    np.testing.assert_allclose(
        _cosine_density(POINTS + 1), [0.980856, 0.975495, 0.990562], atol=1e-6
    )


# ---------------------------------------------------------------- density


def test_a_power_of_zero_leaves_the_ranking():
    rows, proba = data()
    u = InformationDensity(beta=0).utility(embedding=rows, proba_0=proba)
    np.testing.assert_allclose(u, Entropy().utility(proba=proba))


def test_a_higher_power_counts_density_more():
    rows = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.6, 0.8]])  # densities .9 and .7
    proba = np.array([[0.7, 0.3], [0.9, 0.1], [0.9, 0.1], [0.6, 0.4]])
    first = [
        InformationDensity(LeastConfidence(), beta=beta)
        .utility(embedding=rows, proba_0=proba)
        .argmax()
        for beta in (0.0, 1.0, 2.0)
    ]
    assert first == [3, 3, 0]  # .4 > .3; .28 > .27; .196 < .243


def test_rows_that_point_away_from_the_pool_come_last():
    rows = np.array([[1.0, 0.0], [1.0, 0.1], [1.0, -0.1], [-1.0, 0.0]])
    proba = np.array([[0.9, 0.1], [0.9, 0.1], [0.9, 0.1], [0.5, 0.5]])
    for beta in (0.5, 1.0, 2.0):
        u = InformationDensity(beta=beta).utility(embedding=rows, proba_0=proba)
        assert u[3] == 0
        assert (u[:3] > 0).all()


def test_a_row_of_zeros_has_no_angle_and_no_nan():
    density = _cosine_density(np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]))
    np.testing.assert_allclose(density, [0, (1 + 0.5**0.5) / 3, (1 + 0.5**0.5) / 3])


def test_a_reference_of_some_rows_comes_close_to_all():
    rows = np.random.default_rng(0).normal(size=(3000, 4))
    every, some = (euclidean_density(rows, size) for size in (3000, 1000))
    assert np.abs(every - some).max() > 0
    np.testing.assert_allclose(every, some, rtol=0.1)
    assert np.corrcoef(every, some)[0, 1] > 0.99


def test_constant_rows_leave_the_ranking():
    proba = data(9)[1]
    rows = np.ones((9, 3))
    for similarity in ("cosine", "euclidean"):
        strategy = InformationDensity(similarity=similarity)
        u = strategy.utility(embedding=rows, proba_0=proba)
        np.testing.assert_allclose(u, Entropy().utility(proba=proba))
    assert len(set(ranked(rows, proba, 9, n_labeled=0))) == 9


def test_densities_are_those_of_a_loop_over_pairs():
    rows = data(40)[0]
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    np.testing.assert_allclose(_cosine_density(rows), [np.mean(unit @ u) for u in unit])
    distances = np.linalg.norm(rows[:, None] - rows, axis=2)
    np.testing.assert_allclose(euclidean_density(rows, 40), (1 / (1 + distances)).mean(axis=1))


# ---------------------------------------------------------------- ranked batches


def test_distance_to_the_rows_asked_before_counts():
    rows = np.array([[10.0], [10.1], [5.0]])  # two near duplicates, far from what is labelled
    proba = np.array([[0.5, 0.5], [0.5, 0.5], [0.7, 0.3]])
    strategy = RankedBatch()
    arrays = {"embedding": rows, "labeled_embedding": np.zeros((1, 1)), "proba_0": proba}
    assert strategy.select(2, np.random.default_rng(0), **arrays).tolist() == [1, 2]


def test_without_labels_the_first_row_has_the_smallest_mean_distance():
    rows = np.array([[0.0], [1.0], [2.0], [3.0], [100.0]])  # the mean, 21.2, is nearest to 3
    assert ranked(rows, np.full((5, 2), 0.5), 1, n_labeled=0) == [2]


def test_any_uncertainty_up_to_one_will_do():
    rows, proba = data()
    arrays = {"embedding": rows, "labeled_embedding": rows[:2]}
    picks = RankedBatch("entropy" if proba.shape[1] < 3 else Entropy(normalize=True)).select(
        5, np.random.default_rng(0), **arrays, proba_0=proba
    )
    assert len(set(picks.tolist())) == 5


# ---------------------------------------------------------------- what is refused


def test_a_negative_utility_cannot_be_weighed():
    rows, proba = data()
    with pytest.raises(ValueError, match="must not be negative"):
        InformationDensity("margin").utility(embedding=rows, scores_0=proba)
    shifted = InformationDensity(Margin(normalize=True))
    assert (shifted.utility(embedding=rows, scores_0=proba) >= 0).all()


def test_a_utility_above_one_cannot_be_ranked_with_distances():
    rows, proba = data()
    with pytest.raises(ValueError, match=r"must lie in \[0, 1\], got"):
        RankedBatch("entropy").select(
            2,
            np.random.default_rng(0),
            embedding=rows,
            labeled_embedding=rows[:2],
            proba_0=np.full((60, 3), 1 / 3),
        )


def test_the_needs_of_the_ranking_inside_keep_apart():
    def ranking(embedding):
        return np.arange(len(embedding), dtype=float)

    strategy = InformationDensity(ranking, space=Inputs())
    assert strategy.needs() == {"embedding_0": Embedding(), "embedding": Inputs()}
    rows = np.ones((3, 2))
    u = strategy.utility(embedding_0=np.zeros((3, 5)), embedding=rows)
    np.testing.assert_allclose(u, [0, 1, 2])
    assert RankedBatch().needs() == {
        "proba_0": Proba(),
        "embedding": Embedding(),
        "labeled_embedding": Labeled(Embedding(), required=False),
    }


# ---------------------------------------------------------------- what must not matter


def test_permuting_the_pool_permutes_the_answer():
    rows, proba = data()
    order = np.random.default_rng(1).permutation(60)
    labeled = rows[:3] + 0.05
    for strategy in (InformationDensity(), InformationDensity(similarity="euclidean")):
        u = strategy.utility(embedding=rows, proba_0=proba)
        again = strategy.utility(embedding=rows[order], proba_0=proba[order])
        np.testing.assert_allclose(again, u[order], rtol=1e-6)
    rng = np.random.default_rng(0)
    plain, permuted = (
        RankedBatch().select(
            20, rng, embedding=rows[at], labeled_embedding=labeled, proba_0=proba[at]
        )
        for at in (np.arange(60), order)
    )
    assert order[permuted].tolist() == plain.tolist()


@pytest.mark.parametrize("factor", [1e-3, 1e4])
def test_scaling_the_embedding_leaves_cosine_densities(factor):
    rows = data()[0]
    np.testing.assert_allclose(_cosine_density(rows * factor), _cosine_density(rows))


def test_block_size_does_not_matter(monkeypatch):
    rows, proba = data()
    picks = ranked(rows, proba, 20), ranked(rows, proba, 20, n_labeled=0)
    density = euclidean_density(rows, 50)
    monkeypatch.setattr(skal.measures, "BLOCK", 70)
    assert (ranked(rows, proba, 20), ranked(rows, proba, 20, n_labeled=0)) == picks
    np.testing.assert_allclose(euclidean_density(rows, 50), density)


def test_the_kind_of_numbers_does_not_matter():
    rows, proba = data(dtype=np.float32)
    assert ranked(rows, proba, 20) == ranked(rows.astype(np.float64), proba, 20)
    for similarity in ("cosine", "euclidean"):
        strategy = InformationDensity(similarity=similarity)
        single, double = (
            strategy.utility(embedding=r, proba_0=proba) for r in (rows, rows.astype(np.float64))
        )
        assert single.dtype == double.dtype == np.float64
        np.testing.assert_allclose(single, double, rtol=1e-4, atol=1e-6)
    numbers = np.arange(120, dtype=np.uint8).reshape(60, 2)
    assert ranked(numbers.astype(float), proba, 20) == ranked(numbers.astype(np.float32), proba, 20)


def test_arrays_are_left_as_they_were():
    rows, proba = data()
    for array in (rows, proba):
        array.flags.writeable = False
    ranked(rows, proba, 20)
    InformationDensity(similarity="euclidean").utility(embedding=rows, proba_0=proba)


def test_rounding_makes_no_row_unlike_itself():
    for seed in range(40):
        rows = 1e7 * np.random.default_rng(seed).normal(size=(3, 7))
        assert euclidean_density(rows, 3).min() >= 1 / 3
