"""ExpectedErrorReduction: which candidates are looked at, and the worked example."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin

from skal.evidence import Evidence
from skal.strategies import ExpectedErrorReduction


class Kernel(ClassifierMixin, BaseEstimator):
    """Votes weighed by exp(-2 d²)."""

    def fit(self, X, y):
        self.X_, self.y_, self.classes_ = np.asarray(X), np.asarray(y), np.unique(y)
        return self

    def predict_proba(self, X):
        near = np.exp(-2 * (np.asarray(X) - self.X_.T) ** 2)
        votes = near @ (self.y_[:, None] == self.classes_)
        return votes / votes.sum(axis=1, keepdims=True)

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def evidence_on(line):
    X = np.array([0.0, 1.0, *line])[:, None]
    known, y = np.array([0, 1]), np.array([0, 1])
    return Evidence(
        Kernel().fit(X[:2], y),
        X,
        np.arange(2, len(X)),
        classes=y,
        X_labeled=X,
        rows_labeled=known,
        y_labeled=y,
    )


@pytest.mark.parametrize(
    ("loss", "risk"),
    [("zero_one", [0.589508, 0.609185, 0.687219]), ("log", [1.056866, 1.201832, 1.264022])],
)
def test_rows_come_by_the_worked_risks(loss, risk):
    strategy = ExpectedErrorReduction(loss)
    choice = strategy.choose(evidence_on([0.2, 0.5, 0.9]), 3, np.random.default_rng(0))
    assert choice.positions.tolist() == [1, 0, 2]
    np.testing.assert_allclose(choice.utility, -np.array(risk), atol=1e-6)


def test_candidates_are_drawn_where_there_are_many():
    evidence = evidence_on(np.linspace(0, 1, 30))
    strategy = ExpectedErrorReduction(max_candidates=3)
    found = {
        int(strategy.choose(evidence, 1, np.random.default_rng(seed)).positions[0])
        for seed in range(10)
    }
    assert len(found) > 3


def test_more_rows_than_candidates_are_asked_from_as_many():
    evidence = evidence_on(np.linspace(0, 1, 12))
    choice = ExpectedErrorReduction(max_candidates=2).choose(evidence, 5, np.random.default_rng(0))
    assert len(set(choice.positions.tolist())) == 5
