"""`max_epochs="auto"`: few rows are learned, many cost no more, and a number means itself."""

import numpy as np
import pytest

from skal import ANNClassifier


def rows_and_labels(n):
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, 8)).astype(np.float32), rng.integers(2, size=n)


def n_epochs(X, y, **params):
    return len(ANNClassifier(8, lr=1e-3, random_state=0, **params).fit(X, y).history_)


@pytest.mark.parametrize("n, epochs", [(20, 200), (64, 200), (65, 100), (400, 30)])
def test_fresh_weights_take_200_steps_or_30_epochs_whichever_is_more(n, epochs):
    assert n_epochs(*rows_and_labels(n)) == epochs


def test_steps_are_counted_in_batches():
    assert n_epochs(*rows_and_labels(20), batch_size=5) == 50


@pytest.mark.parametrize("n", [20, 4_000])
def test_training_ends_once_ten_epochs_gain_nothing(n):
    X, y = rows_and_labels(n)
    X, y = np.zeros_like(X), np.arange(n) % 2
    losses = ANNClassifier(8, random_state=0).fit(X, y).history_[:, "train_loss"]
    assert 11 <= len(losses) < 25
    assert min(losses[:-10]) - min(losses[-10:]) < 1e-3


def test_training_goes_on_while_ten_epochs_together_gain_a_thousandth():
    X, y = rows_and_labels(20)
    net = ANNClassifier(8, lr=2e-4, random_state=0).fit(X, y)
    losses = np.array(net.history_[:, "train_loss"])
    assert (losses[:-1] - losses[1:]).max() < 1e-3
    assert len(losses) == 200


def test_a_number_of_epochs_is_kept_though_nothing_is_gained():
    X, y = rows_and_labels(20)
    assert n_epochs(np.zeros_like(X), y, max_epochs=40) == 40


def test_weights_that_have_learned_get_30_epochs_more_at_most():
    X, y = rows_and_labels(20)
    net = ANNClassifier(8, lr=1e-3, random_state=0).partial_fit(X, y, classes=[0, 1])
    assert len(net.history_) == 200
    assert len(net.partial_fit(X, y).history_) == 230


def test_a_number_that_is_set_later_holds_from_then_on():
    X, y = rows_and_labels(20)
    net = ANNClassifier(8, random_state=0).partial_fit(np.zeros_like(X), y, classes=[0, 1])
    n_before = len(net.history_)
    net.set_params(max_epochs=35).partial_fit(np.zeros_like(X), y)
    assert len(net.history_) == n_before + 35
