"""CAL and FALCUN: neighbours, divergences and chances by hand."""

import numpy as np
import pytest

from skal import measures
from skal.evidence import Embedding, Labeled, Proba
from skal.measures import kl_divergence, margin
from skal.strategies import CAL, FALCUN
from skal.strategies.contrast import _chances

P = np.array([[0.6, 0.4, 0.0], [0.5, 0.5, 0.0], [0.9, 0.05, 0.05], [0.1, 0.5, 0.4]])
EVERYONE = np.ones(4, dtype=bool)
WITHOUT_1 = np.array([True, False, True, True])


def rng(seed=0):
    return np.random.default_rng(seed)


# ---------------------------------------------------------------- CAL


def some_rows(n=40, n_labeled=25, seed=0):
    generator = rng(seed)
    return {
        "proba": generator.dirichlet(np.ones(3), n),
        "embedding": generator.normal(size=(n, 4)),
        "labeled_proba": generator.dirichlet(np.ones(3), n_labeled),
        "labeled_embedding": generator.normal(size=(n_labeled, 4)),
    }


def test_the_divergence_goes_from_the_neighbour_to_the_candidate():
    q = np.array([0.7, 0.3])
    towards = [kl_divergence(p, q) for p in ([0.9, 0.1], [0.6, 0.4])]
    np.testing.assert_allclose(towards, [0.116322, 0.022582], atol=1e-6)
    assert np.mean(towards) == pytest.approx(0.069452, abs=1e-6)  # the case of the table
    backwards = np.mean([kl_divergence(q, p) for p in ([0.9, 0.1], [0.6, 0.4])])
    assert backwards == pytest.approx(0.087632, abs=1e-6)


def test_neighbours_are_the_nearest_labelled_rows_by_direction():
    arrays = some_rows()
    unit = {key: v / np.linalg.norm(v, axis=1, keepdims=True) for key, v in arrays.items()}
    expected = []
    for p, e in zip(arrays["proba"], unit["embedding"]):
        near = np.argsort(((unit["labeled_embedding"] - e) ** 2).sum(axis=1))[:3]
        expected.append(np.mean([kl_divergence(arrays["labeled_proba"][j], p) for j in near]))
    np.testing.assert_allclose(CAL(3).utility(**arrays), expected, atol=1e-12)


def test_a_candidate_is_no_neighbour_of_its_own():
    # Alone with a labelled row of another opinion; counted among its neighbours, it would halve.
    arrays = some_rows(n=1, n_labeled=1)
    expected = kl_divergence(arrays["labeled_proba"][0], arrays["proba"][0])
    assert CAL().utility(**arrays)[0] == pytest.approx(expected)


def test_other_candidates_are_no_neighbours():
    arrays = some_rows()
    few = {key: v[:5] if "labeled" not in key else v for key, v in arrays.items()}
    np.testing.assert_allclose(CAL().utility(**few), CAL().utility(**arrays)[:5])


def test_fewer_labelled_rows_than_neighbours_are_all_compared():
    arrays = some_rows(n_labeled=4)
    np.testing.assert_allclose(CAL(10).utility(**arrays), CAL(4).utility(**arrays))


def test_probabilities_of_zero_give_a_finite_utility():
    sure = np.eye(2)
    found = CAL().utility(
        proba=sure, embedding=sure, labeled_proba=sure[:1], labeled_embedding=sure[:1]
    )
    np.testing.assert_allclose(found, [0, 12 * np.log(10)])


def test_an_embedding_of_zeros_is_measured():
    arrays = some_rows()
    arrays["embedding"][0] = 0
    assert np.isfinite(CAL().utility(**arrays)).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_images_of_small_integers_serve_as_embedding(dtype):
    arrays = some_rows()
    for key in ("embedding", "labeled_embedding"):
        arrays[key] = np.abs(50 * arrays[key]).astype(np.uint8)
    plain = CAL(3).utility(**arrays)
    for key in ("embedding", "labeled_embedding"):
        arrays[key] = arrays[key].astype(dtype)
    np.testing.assert_allclose(CAL(3).utility(**arrays), plain)


def test_blocks_do_not_change_the_utilities(monkeypatch):
    arrays = some_rows()
    whole = CAL(3).utility(**arrays)
    monkeypatch.setattr(measures, "BLOCK", 100)
    np.testing.assert_allclose(CAL(3).utility(**arrays), whole)


def test_cal_refuses_to_compare_with_nothing():
    needs = CAL(space="3").needs()
    assert needs["labeled_embedding"] == Labeled(Embedding("3"))  # required
    assert needs["labeled_proba"] == Labeled(Proba())


# ---------------------------------------------------------------- FALCUN


def test_the_doubt_is_the_worked_number():
    np.testing.assert_allclose(1 - margin(P), [0.8, 1, 0.15, 0.9])


@pytest.mark.parametrize(
    ("gamma", "expected"),
    [
        (10, [0.061280, 0.713333, 0.000000, 0.225387]),
        (1, [0.284644, 0.363831, 0.027287, 0.324238]),
    ],
)
def test_the_first_chances_are_the_worked_numbers(gamma, expected):
    doubt = 1 - margin(P)
    np.testing.assert_allclose(_chances(doubt.copy(), doubt, EVERYONE, gamma), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("gamma", "expected"),
    [
        (10, [0.000438, 0, 0.000000, 0.999562]),
        (1, [0.299606, 0, 0.051248, 0.649146]),
    ],
)
def test_the_chances_after_one_row_are_the_worked_numbers(gamma, expected):
    doubt = 1 - margin(P)
    distance = doubt.copy()
    distance = np.minimum(distance, np.abs(P - P[1]).sum(axis=1))
    np.testing.assert_allclose(distance[WITHOUT_1], [0.2, 0.15, 0.8])
    np.testing.assert_allclose(_chances(distance, doubt, WITHOUT_1, gamma), expected, atol=1e-6)


def test_scaling_for_a_draw_leaves_the_distances():
    distance, doubt = np.array([0.2, 0.4, 0.15, 0.8]), 1 - margin(P)
    _chances(distance, doubt, WITHOUT_1, 10)
    assert distance.tolist() == [0.2, 0.4, 0.15, 0.8]


def test_chosen_rows_do_not_stretch_the_scale():
    doubt = np.array([0.5, 0.5, 0.5])
    left = np.array([True, True, False])
    near = _chances(np.array([0.2, 0.4, 0.0]), doubt, left, 1)
    far = _chances(np.array([0.2, 0.4, 99.0]), doubt, left, 1)
    np.testing.assert_allclose(near, [0.25, 0.75, 0])
    np.testing.assert_allclose(far, near)


def test_equal_distances_count_one():
    chances = _chances(np.full(2, 0.3), np.array([0.0, 1.0]), np.ones(2, dtype=bool), 1)
    np.testing.assert_allclose(chances, [1 / 3, 2 / 3])


def test_draws_follow_the_chances():
    first = [FALCUN(gamma=1).select(1, rng(seed), proba=P)[0] for seed in range(2000)]
    share = np.bincount(first, minlength=4) / 2000
    np.testing.assert_allclose(share, [0.284644, 0.363831, 0.027287, 0.324238], atol=0.04)


def test_alike_and_sure_rows_give_distinct_positions():
    for gamma in [0, 1, 10, 5000]:
        for n in [1, 5, 12]:
            for proba in (
                np.full((12, 3), 1 / 3),
                np.eye(3)[np.arange(12) % 3],
                np.repeat(P, 3, axis=0),
            ):
                found = FALCUN(gamma).select(n, rng(), proba=proba)
                assert len(set(found.tolist())) == n


def test_a_single_class_is_refused():
    with pytest.raises(ValueError, match="at least two classes"):
        FALCUN().select(1, rng(), proba=np.ones((3, 1)))
