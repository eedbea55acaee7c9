"""Similarity to the labelled rows of a class, and how well their components rebuild a row."""

import numpy as np
import pytest

from skal.strategies import FRE, FeatureSim, prototypes
from tests.strategies.cases.prototypes import (
    LABELED,
    LABELS,
    LINE,
    OFF_LINE,
    PROBA,
    ROWS,
)

EVERY = [FeatureSim(), FRE()]
everywhere = pytest.mark.parametrize("strategy", EVERY, ids=[s.name for s in EVERY])


def select(strategy, n, **arrays):
    return strategy.select(n, np.random.default_rng(0), **arrays).tolist()


def arrays_of(n=60, n_labeled=30, c=3, d=12, seed=0):
    rng = np.random.default_rng(seed)
    return {
        "proba": rng.dirichlet(np.ones(c), size=n),
        "embedding": rng.normal(size=(n, d)),
        "labeled_embedding": rng.normal(size=(n_labeled, d)),
        "labels": np.arange(n_labeled) % c,
    }


def similarity(rows, predicted, directions=LABELED, labels=LABELS):
    return prototypes._similarity(np.asarray(rows), np.asarray(predicted), directions, labels)


def error(rows, predicted, labeled_embedding=LINE, labels=(0, 0, 0, 0), variance=0.995):
    rows, labels = np.asarray(rows, dtype=float), np.asarray(labels)
    return prototypes._rebuild_error(
        rows, np.asarray(predicted), labeled_embedding, labels, variance
    )


# ---------------------------------------------------------------- FeatureSim


def test_similarities_are_the_worked_numbers():
    unit = ROWS / np.linalg.norm(ROWS, axis=1, keepdims=True)
    found = similarity(unit, [0, 0, 1])
    np.testing.assert_allclose(found, [0.600000, 0.894427, 0.894427], atol=1e-6)


def test_a_projection_has_the_length_of_the_row():
    found = similarity(ROWS, [0, 0, 1])  # (3, 4).(1, 0); (2, -1).(1, 0); (-1, 2).(0, 1)
    np.testing.assert_allclose(found, [3, 2, 2])
    arrays = {"proba": PROBA, "embedding": ROWS, "labeled_embedding": 7 * LABELED, "labels": LABELS}
    assert select(FeatureSim(normalize=False), 3, **arrays) == [1, 2, 0]


def test_a_class_without_labels_is_compared_with_all_labelled_rows():
    found = similarity([[0.6, 0.8]], [2])
    np.testing.assert_allclose(found, [1.0])


# ---------------------------------------------------------------- FRE


def test_errors_are_the_worked_numbers():
    np.testing.assert_allclose(error(OFF_LINE, [0, 0, 0]), [1, 2, 0], atol=1e-6)


def test_as_few_components_are_kept_as_hold_the_share_of_variance():
    # variances 100 : 1 along the axes
    cross = np.array([[10.0, 0], [-10.0, 0], [0, 1.0], [0, -1.0]])
    kept = [len(prototypes._plane(cross, share)[1]) for share in (0.5, 0.99, 0.995, 1.0)]
    assert kept == [1, 1, 2, 2]


@pytest.mark.parametrize("labels", [[0, 0, 0, 0], [1, 0, 0, 0]], ids=["none", "one"])
def test_a_class_of_fewer_than_two_labels_takes_the_plane_of_all(labels):
    found = error(OFF_LINE, [1, 1, 1], labels=labels)
    np.testing.assert_allclose(found, [1, 2, 0], atol=1e-6)


def test_a_single_labelled_row_is_a_plane_of_no_dimension():
    found = error([[1.0, 2.0, 2.0]], [0], LINE[:1], [0])
    np.testing.assert_allclose(found, [9.0])


def test_equal_labelled_rows_are_a_plane_of_no_dimension():
    labeled = np.full((3, 2), 0.1)
    assert len(prototypes._plane(labeled, 0.995)[1]) == 0
    np.testing.assert_allclose(error([[0.1, 2.1]], [0], labeled, [0, 0, 0]), [4.0])


def test_errors_in_float32_are_accurate_far_from_the_origin():
    shift = np.array([4096.0, -4096.0, 4096.0])
    rows, labeled = (OFF_LINE + shift).astype(np.float32), (LINE + shift).astype(np.float32)
    found = prototypes._rebuild_error(rows, np.zeros(3, int), labeled, np.zeros(4, int), 0.995)
    np.testing.assert_allclose(found, [1, 2, 0], atol=1e-6)


def test_rows_within_the_plane_are_tied():
    rng = np.random.default_rng(0)
    labeled, rows = rng.normal(size=(30, 5)), rng.normal(size=(20, 5))
    assert error(rows, [0] * 20, labeled, [0] * 30, variance=1.0).tolist() == [0.0] * 20


# ---------------------------------------------------------------- both


def test_predicted_classes_give_equal_numbers():
    score, predicted = np.arange(9.0), np.array([0] * 6 + [1, 1, 2])
    assert prototypes._stratified(-score, predicted, 6).tolist() == [0, 6, 8, 1, 7, 2]


def test_a_class_that_runs_out_leaves_its_turn_to_others():
    score, predicted = np.array([5.0, 4.0, 3.0, 9.0]), np.array([0, 0, 0, 1])
    assert prototypes._stratified(-score, predicted, 4).tolist() == [2, 3, 1, 0]


@everywhere
def test_each_class_gives_a_third(strategy):
    arrays = arrays_of()
    asked = select(strategy, 9, **arrays)
    assert np.bincount(arrays["proba"][asked].argmax(axis=1)).tolist() == [3, 3, 3]


@everywhere
def test_permuted_rows_give_the_same_rows(strategy):
    arrays, order = arrays_of(), np.random.default_rng(3).permutation(60)
    mixed = {**arrays, "proba": arrays["proba"][order], "embedding": arrays["embedding"][order]}
    assert order[select(strategy, 9, **mixed)].tolist() == select(strategy, 9, **arrays)


@everywhere
def test_the_order_of_the_labelled_rows_means_nothing(strategy):
    arrays, order = arrays_of(), np.random.default_rng(3).permutation(30)
    mixed = {
        **arrays,
        "labeled_embedding": arrays["labeled_embedding"][order],
        "labels": arrays["labels"][order],
    }
    assert select(strategy, 9, **mixed) == select(strategy, 9, **arrays)


@everywhere
def test_block_size_changes_nothing(strategy, monkeypatch):
    arrays = arrays_of()
    whole = select(strategy, 9, **arrays)
    monkeypatch.setattr("skal.measures.BLOCK", 9)
    assert select(strategy, 9, **arrays) == whole


@everywhere
def test_float32_and_float64_agree(strategy):
    arrays = arrays_of()
    single = {name: arrays[name].astype(np.float32) for name in ("embedding", "labeled_embedding")}
    double = {name: values.astype(np.float64) for name, values in single.items()}
    asked = select(strategy, 9, **{**arrays, **single})
    assert asked == select(strategy, 9, **{**arrays, **double})


@everywhere
def test_scaled_rows_give_the_same_order(strategy):
    arrays = arrays_of()
    scaled = {name: 8 * arrays[name] for name in ("embedding", "labeled_embedding")}
    assert select(strategy, 9, **{**arrays, **scaled}) == select(strategy, 9, **arrays)


@everywhere
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_equal_rows_are_asked_once_each(strategy, value):
    same = {"embedding": np.full((12, 3), value), "labeled_embedding": np.full((4, 3), value)}
    arrays = {**arrays_of(12, 4), **same}
    assert len(set(select(strategy, 7, **arrays))) == 7


@everywhere
def test_as_many_rows_as_candidates_are_all_of_them(strategy):
    assert sorted(select(strategy, 60, **arrays_of())) == list(range(60))


@everywhere
def test_one_class_is_enough(strategy):
    assert len(set(select(strategy, 5, **arrays_of(c=1)))) == 5


@everywhere
def test_bytes_are_numbers(strategy):
    arrays = arrays_of()
    rng = np.random.default_rng(0)
    rows, labeled = (rng.integers(256, size=(n, 12)).astype(np.uint8) for n in (60, 30))
    plain = {"embedding": rows.astype(np.float64), "labeled_embedding": labeled.astype(np.float64)}
    asked = select(strategy, 9, **{**arrays, "embedding": rows, "labeled_embedding": labeled})
    assert asked == select(strategy, 9, **{**arrays, **plain})


@everywhere
def test_no_array_is_changed(strategy):
    arrays = arrays_of()
    for array in arrays.values():
        array.flags.writeable = False
    select(strategy, 9, **arrays)
