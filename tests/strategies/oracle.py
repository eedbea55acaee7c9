"""A classifier that answers every need from tables: row i of the pool is row i of them."""

import numpy as np

from skal.evidence import (
    Attack,
    CommitteeProba,
    Embedding,
    Evidence,
    Head,
    LinearHead,
    Logits,
    MCProba,
    Proba,
    Scores,
)

ANSWERED = Attack | CommitteeProba | Embedding | Head | Logits | MCProba | Proba | Scores
N_LABELED = 8
N_UNITS = 5


class Oracle:
    """Known answers; `tied` makes those of all rows equal."""

    def __init__(self, proba, classes=None, *, tied=False, dtype=np.float64, seed=0):
        rng = np.random.default_rng(seed)
        self.proba = np.asarray(proba)
        n, c = self.proba.shape
        rows = 1 if tied else n
        spread = 0.0 if tied else 0.5
        noise = rng.dirichlet(np.ones(c), size=(20, n))
        self.classes_ = np.arange(c) if classes is None else np.asarray(classes)
        self.embedding = np.repeat(rng.normal(size=(rows, N_UNITS)), n // rows, axis=0).astype(
            dtype
        )
        self.draws = ((1 - spread) * self.proba + spread * noise).astype(dtype)  # (20, n, c)
        self.attack = np.repeat(rng.random(rows), n // rows)
        self.head = LinearHead(rng.normal(size=(c, N_UNITS)), rng.normal(size=c))

    def _index(self, X):
        return np.asarray(X).reshape(len(X), -1)[:, 0].astype(int)

    def predict_proba(self, X):
        return self.proba[self._index(X)]

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def embed(self, X):
        return self.embedding[self._index(X)]

    # trained on anything, it stays what it is

    def __sklearn_clone__(self):
        return self

    def fit(self, X, y):
        return self

    # as a net answers

    def provides(self, need):
        return isinstance(need, ANSWERED)

    def measure(self, X, rows, needs, *, seed=0):
        index = self._index(X if rows is None else X[rows])
        return {need: self._answer(need, index) for need in needs}

    def _answer(self, need, index):
        if isinstance(need, Proba | Scores):
            return self.proba[index]
        if isinstance(need, Embedding):
            return self.embedding[index]
        if isinstance(need, Logits):
            return self.embedding[index] @ self.head.weight.T + self.head.bias
        if isinstance(need, MCProba | CommitteeProba):
            return self.draws[: getattr(need, "n_passes", 20), index]
        if isinstance(need, Attack):
            return self.attack[index]
        assert isinstance(need, Head), need
        return self.head


def evidence_of(
    proba, rows=None, shape=(1,), classes=None, *, n_labeled=N_LABELED, tied=False, dtype=np.float64
):
    """Evidence over a pool of images of `shape` whose first pixel is the row's own number.

    `n_labeled` more rows are labelled; their labels go round the classes.
    """
    proba = np.asarray(proba)
    n, c = proba.shape
    extra = proba[:1] if tied else random_proba(n_labeled, c, seed=99)
    known = np.concatenate([proba, np.broadcast_to(extra, (n_labeled, c))])
    oracle = Oracle(known, classes, tied=tied, dtype=dtype)
    numbers = np.arange(n + n_labeled).reshape(-1, *(1 for _ in shape))
    X = np.broadcast_to(numbers, (n + n_labeled, *shape))
    y = oracle.classes_[np.arange(n_labeled) % c]
    return Evidence(
        oracle,
        X,
        np.arange(n) if rows is None else np.asarray(rows),
        classes=oracle.classes_,
        X_labeled=X,
        rows_labeled=np.arange(n, n + n_labeled),
        y_labeled=y,
        rounds=np.arange(n_labeled) // 2,
        seed=0,
    )


def random_proba(n, n_classes=4, seed=0):
    return np.random.default_rng(seed).dirichlet(np.ones(n_classes), size=n)
