"""Ctrl-C at any place, then `warm_start=True`: the result is that of one whole `fit`."""

import pickle

import numpy as np
import pytest
import torch
from sklearn.linear_model import SGDClassifier
from skorch.callbacks import GradientNormClipping
from torch import nn

from skal import ActiveLearner, NetClassifier
from skal.learner import MODES

modes = pytest.mark.parametrize("mode", MODES)


class Fuse:
    """Raises KeyboardInterrupt at a chosen one of its calls; cannot be copied apart."""

    left = 0

    @classmethod
    def set(cls, calls):
        cls.left = calls

    @classmethod
    def burn(cls):
        cls.left -= 1
        if cls.left == 0:
            raise KeyboardInterrupt


@pytest.fixture(autouse=True)
def no_fuse():
    Fuse.set(0)
    yield
    Fuse.set(0)


class Fragile(nn.Module):
    """Net with BatchNorm and dropout that may be interrupted in any batch it is trained on."""

    def __init__(self, n_features, n_classes):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(n_features, 6), nn.BatchNorm1d(6), nn.Dropout(0.3))
        self.head = nn.Linear(6, n_classes)

    def forward(self, x):
        if self.training:
            Fuse.burn()
        return self.head(torch.relu(self.body(x)))


class FragileSGD(SGDClassifier):
    """Linear classifier that may be interrupted when half of its rows are learned."""

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        half = len(X) // 2
        super().partial_fit(X[:half], y[:half], classes=classes)
        Fuse.burn()
        return super().partial_fit(X[half:], y[half:])

    def fit(self, X, y):
        Fuse.burn()
        return super().fit(X, y)


NET = NetClassifier(Fragile, max_epochs=2, batch_size=4)
SGD = FragileSGD(loss="log_loss", max_iter=5, tol=None)


def fragile_margin(proba):
    Fuse.burn()
    top = np.sort(proba, axis=1)
    return top[:, -2] - top[:, -1]


def fragile_accuracy(estimator, X, y):
    Fuse.burn()
    return estimator.score(X, y)


def learner_of(estimator=NET, **params):
    sizes = {"init_size": 8, "query_size": 6, "budget": 26, "random_state": 0}
    return ActiveLearner(estimator, **(sizes | params))


def interrupted(learner, X, y, calls, **test_set):
    Fuse.set(calls)
    with pytest.raises(KeyboardInterrupt):
        learner.fit(X, y, **test_set)
    Fuse.set(0)
    return learner


def assert_same(first, second, X):
    np.testing.assert_array_equal(first.labeled_rows_, second.labeled_rows_)
    for name in ("n_labeled", "n_trained", "fraction", *first.history_.score_names):
        np.testing.assert_array_equal(first.history_[name], second.history_[name])
    for one, other in zip(first.history_["utility"], second.history_["utility"], strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(first.predict_proba(X), second.predict_proba(X))


@modes
@pytest.mark.parametrize("calls", [9, 12, 15])  # 4 batches in round 0, 4 or 8 in round 1, ...
def test_net_interrupted_in_training_goes_on_as_if_nothing_had_been(blobs, test_set, mode, calls):
    whole = learner_of(mode=mode).fit(*blobs, **test_set)
    broken = interrupted(learner_of(mode=mode), *blobs, calls, **test_set)
    assert 0 < len(broken.history_) < len(whole.history_)
    assert_same(broken.set_params(warm_start=True).fit(*blobs, **test_set), whole, blobs[0])


@modes
@pytest.mark.parametrize("calls", [2, 3, 4])
def test_sgd_interrupted_in_training_goes_on_as_if_nothing_had_been(blobs, test_set, mode, calls):
    whole = learner_of(SGD, mode=mode).fit(*blobs, **test_set)
    broken = interrupted(learner_of(SGD, mode=mode), *blobs, calls, **test_set)
    assert len(broken.history_) == calls - 1
    assert_same(broken.set_params(warm_start=True).fit(*blobs, **test_set), whole, blobs[0])


@modes
@pytest.mark.parametrize(
    "params", [{"strategy": fragile_margin}, {"scoring": fragile_accuracy}], ids=["query", "score"]
)
@pytest.mark.parametrize("calls", [2, 3])
def test_interrupted_in_query_or_scoring_goes_on_alike(blobs, test_set, mode, params, calls):
    steady = NetClassifier(nn.Linear, module__out_features=3, max_epochs=2)
    whole = learner_of(steady, mode=mode, **params).fit(*blobs, **test_set)
    broken = interrupted(learner_of(steady, mode=mode, **params), *blobs, calls, **test_set)
    assert len(broken.history_) < len(whole.history_)
    assert_same(broken.set_params(warm_start=True).fit(*blobs, **test_set), whole, blobs[0])


@modes
def test_interrupted_again_while_catching_up(blobs, test_set, mode):
    whole = learner_of(mode=mode).fit(*blobs, **test_set)
    broken = interrupted(learner_of(mode=mode), *blobs, 15, **test_set).set_params(warm_start=True)
    for calls in (1, 3, 6):
        interrupted(broken, *blobs, calls, **test_set)
    assert_same(broken.fit(*blobs, **test_set), whole, blobs[0])


@pytest.mark.parametrize("mode", ["half-cumulative", "incremental"])
def test_interrupted_in_training_and_then_in_the_query_after_catching_up(blobs, mode):
    learner = learner_of(SGD, mode=mode, strategy=fragile_margin)
    whole = learner_of(SGD, mode=mode, strategy=fragile_margin).fit(*blobs)
    interrupted(learner, *blobs, 5).set_params(warm_start=True)  # train, ask, train, ask, train
    assert len(learner.history_) == 2
    interrupted(learner, *blobs, 3)  # train, train, ask
    assert_same(learner.fit(*blobs), whole, blobs[0])


@modes
def test_interrupted_learner_survives_a_pickle(blobs, test_set, mode):
    whole = learner_of(mode=mode).fit(*blobs, **test_set)
    broken = interrupted(learner_of(mode=mode), *blobs, 13, **test_set)
    loaded = pickle.loads(pickle.dumps(broken)).set_params(warm_start=True)
    assert_same(loaded.fit(*blobs, **test_set), whole, blobs[0])


@modes
def test_interrupted_learner_shows_only_whole_rounds(blobs, mode):
    broken = interrupted(learner_of(mode=mode), *blobs, 13)
    n = broken.n_labeled_
    assert len(broken.labeled_rows_) == n == broken.history_[-1]["n_labeled"]
    rows = np.concatenate([record["rows"] for record in broken.history_])
    np.testing.assert_array_equal(rows, broken.labeled_rows_)


@modes
def test_interrupted_learner_can_be_taught_by_people(blobs, mode):
    X, y = blobs
    whole = learner_of(mode=mode, budget=14).fit(X, y)
    broken = interrupted(learner_of(mode=mode), X, y, 6)  # in round 1
    assert broken.n_labeled_ == 8
    rows = whole.labeled_rows_[8:]
    broken.teach(X[rows], y[rows], rows=rows)
    np.testing.assert_array_equal(broken.predict_proba(X), whole.predict_proba(X))


def test_interrupted_fit_goes_on_with_callbacks_that_are_set_to_equal_ones(blobs):
    def clipped():
        return NetClassifier(
            Fragile, max_epochs=2, batch_size=4, callbacks=[GradientNormClipping(1.0)]
        )

    whole = learner_of(clipped(), mode="incremental").fit(*blobs)
    broken = interrupted(learner_of(clipped(), mode="incremental"), *blobs, 12)
    broken.set_params(warm_start=True, estimator=clipped())
    assert_same(broken.fit(*blobs), whole, blobs[0])


def test_interrupted_in_the_initial_set_leaves_the_learner_as_it_was(blobs):
    learner = learner_of()
    before = vars(learner).copy()
    interrupted(learner, *blobs, 2)
    assert vars(learner) == before


def test_interrupted_refit_leaves_the_former_fit(blobs):
    learner = learner_of().fit(*blobs)
    before = learner.predict_proba(blobs[0])
    interrupted(learner, *blobs, 2)
    np.testing.assert_array_equal(learner.predict_proba(blobs[0]), before)


# ---------------------------------------------------------------- going on with more


@modes
def test_larger_budget_goes_on(blobs, test_set, mode):
    whole = learner_of(mode=mode, budget=26).fit(*blobs, **test_set)
    short = learner_of(mode=mode, budget=14).fit(*blobs, **test_set)
    assert short.n_labeled_ == 14
    short.set_params(warm_start=True, budget=26)
    assert_same(short.fit(*blobs, **test_set), whole, blobs[0])


def test_finished_fit_that_goes_on_changes_nothing(blobs):
    learner = learner_of().fit(*blobs)
    before = learner.predict_proba(blobs[0])
    learner.set_params(warm_start=True).fit(*blobs)
    assert len(learner.history_) == 4
    np.testing.assert_array_equal(learner.predict_proba(blobs[0]), before)


def test_first_fit_with_warm_start_is_a_plain_fit(blobs):
    assert_same(learner_of(warm_start=True).fit(*blobs), learner_of().fit(*blobs), blobs[0])


def test_fit_without_warm_start_begins_again(blobs):
    broken = interrupted(learner_of(), *blobs, 15)
    assert_same(broken.fit(*blobs), learner_of().fit(*blobs), blobs[0])


OTHERS = {
    "other values": lambda X, y: (X + 1, y),
    "fewer rows": lambda X, y: (X[:30], y[:30]),
    "another order": lambda X, y: (X[::-1], y[::-1]),
    "other labels": lambda X, y: (X, (y + 1) % 3),
    "other kind of label": lambda X, y: (X, y.astype(str)),
}


@pytest.mark.parametrize("other", OTHERS)
def test_going_on_with_another_pool_is_refused(blobs, other):
    learner = learner_of(budget=14).fit(*blobs).set_params(warm_start=True, budget=26)
    before = pickle.dumps(learner)
    with pytest.raises(ValueError, match="warm_start=True goes on .* X or y differ"):
        learner.fit(*OTHERS[other](*blobs))
    assert pickle.dumps(learner) == before


def test_going_on_where_one_labelled_row_has_moved_is_refused(blobs):
    X, y = blobs
    learner = learner_of(warm_start=True, budget=26).teach(X[:10], y[:10], rows=range(10))
    swapped = np.arange(60)
    swapped[[0, 50]] = 50, 0
    with pytest.raises(ValueError, match="X or y differ"):
        learner.fit(X[swapped], y[swapped])
