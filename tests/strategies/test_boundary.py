"""MASE and BASE: distances to the boundaries of a linear layer."""

import numpy as np
import pytest

from skal import measures
from skal.evidence import LinearHead
from skal.strategies import BASE, MASE
from skal.strategies.boundary import _distances
from tests.strategies.cases.boundary import HEAD, Z


def rng(seed=0):
    return np.random.default_rng(seed)


def base(n, embedding=Z, head=HEAD):
    return BASE().select(n, rng(), embedding=embedding, head=head).tolist()


def test_distances_to_each_class_are_the_worked_numbers():
    by_class = [
        [0.670820, 0.134164, 0.849706, 1.201666, 0.536656],
        [0.670820, 0.134164, 0.357771, 0.939149, 0.536656],
        [0.948683, 0.491935, 0.357771, 0.939149, 1.073313],
    ]
    np.testing.assert_allclose(_distances(Z, HEAD).T, by_class, atol=1e-6)


def test_the_nearest_rows_are_not_balanced():
    choice = np.argsort(-MASE().utility(embedding=Z, head=HEAD))[:3]
    assert (choice.tolist(), base(3)) == ([1, 2, 4], [1, 2, 3])


def test_a_step_of_that_length_reaches_the_boundary():
    head = LinearHead(rng().normal(size=(4, 3)), rng(1).normal(size=4))
    z = rng(2).normal(size=(1, 3))
    distance = _distances(z, head)[0]
    best = int((z @ head.weight.T + head.bias).argmax())
    for k in set(range(4)) - {best}:
        towards = head.weight[k] - head.weight[best]
        logits = (z + distance[k] * towards / np.linalg.norm(towards)) @ head.weight.T + head.bias
        assert logits[0, k] == pytest.approx(logits[0, best])


@pytest.mark.parametrize(
    ("n", "expected"), [(1, [1]), (2, [1, 2]), (4, [1, 4, 2, 3]), (5, [1, 4, 2, 0, 3])]
)
def test_the_first_classes_take_what_does_not_divide(n, expected):
    assert base(n) == expected


def test_more_classes_than_rows_give_each_row_once():
    head = LinearHead(rng().normal(size=(9, 2)), np.zeros(9))
    assert sorted(base(5, head=head)) == [0, 1, 2, 3, 4]


def test_equal_weights_have_no_boundary():
    head = LinearHead(np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), np.array([0.0, 0.1, 0.0]))
    distance = _distances(np.array([[2.0, 0.0]]), head)
    np.testing.assert_allclose(distance, [[np.inf, 2.1 / np.sqrt(2), 2.1 / np.sqrt(2)]])
    assert sorted(base(5, head=head)) == [0, 1, 2, 3, 4]


def test_rows_without_a_boundary_have_the_lowest_finite_utility():
    same = LinearHead(np.ones((2, 2)), np.array([0.0, 1.0]))
    assert MASE().utility(embedding=Z, head=same).tolist() == [-1.0] * 5
    assert sorted(base(4, head=same)) == [0, 1, 2, 3]


def test_a_single_class_is_refused():
    head = LinearHead(np.ones((1, 2)), np.zeros(1))
    for call in (lambda: MASE().utility(embedding=Z, head=head), lambda: base(1, head=head)):
        with pytest.raises(ValueError, match="between two classes, but the last layer knows 1"):
            call()


def test_duplicates_are_asked_once_each_and_the_first_come_first():
    assert base(4, embedding=np.ones((6, 2))) == [0, 1, 2, 3]


@pytest.mark.parametrize("dtype", [np.float32, np.uint8])
def test_other_numbers_serve_as_embedding(dtype):
    z = np.array([[1, 0], [2, 2], [0, 4]])
    plain = MASE().utility(embedding=z.astype(float), head=HEAD)
    np.testing.assert_allclose(MASE().utility(embedding=z.astype(dtype), head=HEAD), plain)


def test_blocks_do_not_change_the_distances(monkeypatch):
    z = rng().normal(size=(50, 2))
    whole = _distances(z, HEAD)
    monkeypatch.setattr(measures, "BLOCK", 12)
    np.testing.assert_allclose(_distances(z, HEAD), whole)
