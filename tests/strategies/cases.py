"""The table of strategies: one row each, arrays in and utilities out.

A new strategy is one more `Case`; the generic checks in test_invariants.py find it here.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skal.evidence import Evidence
from skal.strategies import (
    Entropy,
    LeastConfidence,
    Margin,
    Random,
    Ratio,
    Skip,
    Subsample,
    check_strategy,
)

P = np.array([[0.70, 0.20, 0.10], [0.40, 0.35, 0.25], [0.50, 0.49, 0.01], [0.35, 0.33, 0.32]])
SHARP = np.exp([[4.0, 2.0, 0.0]]) / np.exp([4.0, 2.0, 0.0]).sum()


@dataclass(frozen=True)
class Case:
    strategy: Any
    arrays: dict[str, Any]
    utilities: list[float] | None = None  # None: the strategy gives none
    order: list[int] | None = None  # None: left to chance


CASES = {
    "random": Case(Random(), {}),
    "least_confidence": Case(
        LeastConfidence(), {"proba": P}, [0.30, 0.60, 0.50, 0.65], [3, 1, 2, 0]
    ),
    "least_confidence normalized": Case(
        LeastConfidence(normalize=True), {"proba": P}, [0.45, 0.90, 0.75, 0.975], [3, 1, 2, 0]
    ),
    "least_confidence at temperature 2": Case(
        LeastConfidence(temperature=2.0), {"proba": SHARP}, [0.334759], [0]
    ),
    "margin": Case(Margin(), {"scores": P}, [-0.50, -0.05, -0.01, -0.02], [2, 3, 1, 0]),
    "margin normalized": Case(
        Margin(normalize=True), {"scores": P}, [0.50, 0.95, 0.99, 0.98], [2, 3, 1, 0]
    ),
    "margin at temperature 2": Case(
        Margin(temperature=2.0), {"scores": SHARP}, [-0.420512], [0]
    ),
    "ratio": Case(Ratio(), {"proba": P}, [0.285714, 0.875, 0.98, 0.942857], [2, 3, 1, 0]),
    "entropy": Case(
        Entropy(), {"proba": P}, [0.801819, 1.080528, 0.742167, 1.097915], [3, 1, 0, 2]
    ),
    "entropy normalized": Case(
        Entropy(normalize=True),
        {"proba": P},
        [0.729847, 0.983539, 0.675549, 0.999366],
        [3, 1, 0, 2],
    ),
    "entropy at temperature 2": Case(
        Entropy(temperature=2.0), {"proba": SHARP}, [0.832396], [0]
    ),
}  # fmt: skip


def doubt(proba):
    return 1 - proba.max(axis=1)


def doubtful_rows(proba, n, rng):
    return np.lexsort((rng.random(len(proba)), proba.max(axis=1)))[:n]


# Made of others: no utilities of their own, but the generic checks hold for them too.
COMPOSED = {
    "skip": Skip("entropy", n_skip=2),
    "skip nothing": Skip("margin", n_skip=0),
    "subsample": Subsample("entropy", max_candidates=8),
    "subsample all": Subsample("margin", max_candidates=1.0),
    "subsample of skip": Subsample(Skip("margin", n_skip=1), max_candidates=8),
    "function of utilities": check_strategy(doubt),
    "function of positions": check_strategy(doubtful_rows),
}


class Oracle:
    """A classifier that gives a known table: row i of the pool is row i of the table."""

    def __init__(self, proba, classes=None):
        self.proba = np.asarray(proba)
        self.classes_ = np.arange(self.proba.shape[1]) if classes is None else np.asarray(classes)

    def predict_proba(self, X):
        return self.proba[np.asarray(X).reshape(len(X), -1)[:, 0].astype(int)]

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def evidence_of(proba, rows=None, shape=(1,), classes=None):
    """Evidence over a pool of images of `shape` whose first pixel is the row's own number."""
    proba = np.asarray(proba)
    X = np.broadcast_to(
        np.arange(len(proba)).reshape(-1, *(1 for _ in shape)), (len(proba), *shape)
    )
    oracle = Oracle(proba, classes)
    rows = np.arange(len(proba)) if rows is None else np.asarray(rows)
    return Evidence(oracle, X, rows, classes=oracle.classes_)


def random_proba(n, n_classes=4, seed=0):
    return np.random.default_rng(seed).dirichlet(np.ones(n_classes), size=n)
