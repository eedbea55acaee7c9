"""Labels that are likely wrong."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal import ActiveLearner
from skal.labeling import out_of_fold, suspects, suspects_from_proba


def test_suspects_as_worked():
    p = np.array([0.9, 0.8, 0.3, 0.4, 0.2, 0.75])
    rows, scores, instead = suspects_from_proba(np.stack([p, 1 - p], 1), [0, 0, 0, 1, 1, 1])
    assert rows.tolist() == [5, 2] and instead.tolist() == [0, 1]
    np.testing.assert_allclose(scores, [0.25, 0.3], atol=1e-6)


def test_a_class_without_labels_is_suspected_of_nothing():
    rows, _, _ = suspects_from_proba([[0.4, 0.3, 0.3], [0.2, 0.7, 0.1]], ["a", "b"], list("abc"))
    assert not len(rows)


def blobs(n=60):
    rng = np.random.default_rng(0)
    y = np.arange(n) % 3
    return rng.normal(size=(n, 2)) + 6 * np.eye(3)[y][:, :2], np.array(["a", "b", "c"])[y]


def test_no_row_is_predicted_by_what_learned_it():
    X, y = blobs()
    seen = []

    class Spy(LogisticRegression):
        def fit(self, X, y, sample_weight=None):
            self.rows = {row.tobytes() for row in X}
            return super().fit(X, y, sample_weight)

        def predict_proba(self, X):
            seen.extend(row.tobytes() in self.rows for row in X)
            return super().predict_proba(X)

    proba, classes = out_of_fold(Spy(), X, y, sample_weight=np.ones(60))
    assert len(seen) == 60 and not any(seen) and classes.tolist() == ["a", "b", "c"]
    assert (classes[proba.argmax(axis=1)] == y).mean() > 0.9


@pytest.mark.parametrize("weighted", [False, True])
def test_changed_labels_of_a_learner_are_found(weighted):
    X, y = blobs()
    changed = y.copy()
    changed[[3, 40]] = "c", "a"
    rows = np.arange(60)[::-1]
    learner = ActiveLearner(make_pipeline(StandardScaler(), LogisticRegression()), random_state=0)
    learner.teach(X[rows], changed[rows], rows=rows)
    weight = np.ones(60) if weighted else None
    found, scores = suspects(learner, X, sample_weight=weight)
    assert set(found[:2]) == {3, 40} and (np.diff(scores) >= 0).all()


def test_the_only_label_of_a_class_is_no_suspect():
    X, y = blobs(30)
    y[0] = "d"
    learner = ActiveLearner(LogisticRegression(), random_state=0).teach(X, y, rows=np.arange(30))
    assert 0 not in suspects(learner, X)[0]


def test_nothing_is_suspected_of_one_class():
    X, _ = blobs(30)
    learner = ActiveLearner(LogisticRegression(), random_state=0)
    with pytest.warns(UserWarning, match="the single class"):
        learner.teach(X[:3], ["a"] * 3, rows=[0, 1, 2])
    assert not len(suspects(learner, X)[0])
