import numpy as np
import pytest


def make_blobs(n, n_features=4, n_classes=3, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(n_classes, size=n)
    centers = rng.normal(size=(n_classes, n_features))
    return centers[y] + rng.normal(scale=0.8, size=(n, n_features)), y


@pytest.fixture
def blobs():
    """Sixty rows, four features, three overlapping classes."""
    return make_blobs(60)


@pytest.fixture
def test_set():
    """Forty rows of the same kind, to be scored."""
    X, y = make_blobs(100)
    return {"X_test": X[60:], "y_test": y[60:]}


@pytest.fixture
def seven():
    """Seven rows of two classes: initial set of 3, then two queries of 2."""
    X = np.array([[0.0, 1], [1, 0], [0, 2], [2, 0], [0, 3], [3, 0], [1, 4]])
    return X, np.array([0, 1, 0, 1, 0, 1, 0])
