"""Soft labels: shares of classes become weighed rows."""

import json

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal import ActiveLearner, ANNClassifier
from skal.learner import restored, round_record
from skal.learner._soft import spread

SHARES = np.array([[0.8, 0.2, 0], [0, 1, 0], [0.5, 0, 0.5], [0, 0.3, 0.7]])


def learner_of(estimator=None, **params):
    return ActiveLearner(GaussianNB() if estimator is None else estimator, random_state=0, **params)


def test_a_row_becomes_one_row_a_class_with_the_loss_of_soft_labels():
    soft = {"a": np.array([0.8, np.nan]), "b": np.array([0.2, np.nan])}
    X, y, params = spread(np.array([[1.0], [2.0]]), np.array(["a", "b"]), {}, soft, "w")
    assert X.ravel().tolist() == [1, 1, 2] and y.tolist() == ["a", "b", "b"]
    p = {"a": 0.6, "b": 0.4}
    loss = -sum(w * np.log(p[label]) for w, label in zip(params["w"][:2], y[:2], strict=True))
    assert params["w"].tolist() == [0.8, 0.2, 1] and loss == pytest.approx(0.591919, abs=1e-6)


@pytest.mark.parametrize("mode", ["cumulative", "half-cumulative", "incremental"])
def test_shares_are_learned_as_weights_in_every_mode(blobs, mode):
    X, y = blobs
    soft, hard = (learner_of(mode=mode) for _ in range(2))
    soft.teach(X[:20], y[:20], [0, 1, 2], rows=range(20))
    hard.teach(X[:20], y[:20], [0, 1, 2], rows=range(20))
    # columns stand in the order of classes
    soft.teach(X[20:24], SHARES[:, ::-1], [2, 1, 0], rows=range(20, 24))
    k, c = np.nonzero(SHARES)
    classifier = GaussianNB()
    if mode == "cumulative":
        classifier.fit(X[:20], y[:20])
        rows, labels = np.append(np.arange(20), 20 + k), np.append(y[:20], c)
        weight = np.append(np.ones(20), SHARES[k, c])
        classifier.fit(X[rows], labels, weight)
        np.testing.assert_allclose(soft.predict_proba(X), classifier.predict_proba(X), atol=1e-6)
    assert soft.answers_["label"][20:].tolist() == [0, 1, 0, 2]
    assert soft.answers_["share_2"][20:].tolist() == [0, 0, 0.5, 0.7]
    assert not np.array_equal(soft.predict_proba(X), hard.predict_proba(X))


@pytest.mark.parametrize(
    "estimator",
    [make_pipeline(StandardScaler(), LogisticRegression()), ANNClassifier(max_epochs=2)],
    ids=["pipeline", "net"],
)
def test_pipelines_and_nets_take_shares(blobs, estimator):
    X, _ = blobs
    shares = np.tile(SHARES, (5, 1))
    learner = learner_of(estimator).teach(X[:20], shares, ["a", "b", "c"], rows=range(20))
    assert learner.predict_proba(X).shape == (60, 3) and learner.n_labeled_ == 20


def test_a_learner_with_shares_is_restored(blobs):
    X, y = blobs
    learner, records = learner_of(), []
    learner.teach(X[:10], y[:10], rows=range(10))
    records.append(json.loads(json.dumps(round_record(learner))))
    learner.teach(X[10:14], SHARES, [0, 1, 2], rows=range(10, 14))
    records.append(json.loads(json.dumps(round_record(learner))))
    again = restored(learner_of(), records, X)
    np.testing.assert_array_equal(again.predict_proba(X), learner.predict_proba(X))


@pytest.mark.parametrize(
    ("shares", "classes", "estimator", "message"),
    [
        (SHARES, None, None, "one column for each of classes"),
        (SHARES, [0, 1], None, "one column for each of classes"),
        (2 * SHARES, [0, 1, 2], None, "sum to 1"),
        (SHARES, [0, 1, 2], KNeighborsClassifier(), "takes no sample_weight"),
    ],
)
def test_shares_that_cannot_be_learned_are_refused(blobs, shares, classes, estimator, message):
    X, _ = blobs
    learner = learner_of(estimator)
    with pytest.raises((TypeError, ValueError), match=message):
        learner.teach(X[:4], shares, classes, rows=range(4))
    assert not hasattr(learner, "estimator_")
