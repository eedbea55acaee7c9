"""Several threads on one net: each gets what it would get alone, whatever the others do."""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, get_ident

import numpy as np
import pytest
import torch
from skorch import NeuralNetClassifier
from torch import nn

from skal.evidence import Embedding, MCProba, Proba
from skal.evidence.sweep import RowReader, sweep
from skal.nets import NetClassifier, SkorchClassifier

X = np.random.default_rng(0).normal(size=(12, 6)).astype(np.float32)
Y = np.arange(12) % 3
stops = {}  # what a thread does once in the middle of its next forward pass


class Stopping(nn.Module):
    def __init__(self, n_features=6, n_classes=3):
        super().__init__()
        self.first = nn.Linear(n_features, 20)
        self.drop = nn.Dropout(0.5)
        self.last = nn.Linear(20, n_classes)

    def forward(self, x):
        x = self.first(x)
        stops.pop(get_ident(), lambda: None)()
        return self.last(self.drop(x))


@pytest.fixture
def net():
    return NetClassifier(Stopping, max_epochs=1, predict_batch_size=8, random_state=0).fit(X, Y)


def passes(net, seed):
    module = net.module_ if isinstance(net, NetClassifier) else net.net_.module_
    reader = RowReader(X, torch.float32)
    return sweep(module, reader, needs=[MCProba(3)], seed=seed, batch_size=8)[MCProba(3)]


def in_the_middle(of, do):
    """Answers of `of`, in another thread, and of `do`, in this one, while `of` stands still."""
    meet = Barrier(2, timeout=60)

    def run():
        stops[get_ident()] = lambda: (meet.wait(), meet.wait())
        return of()

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(run)
        meet.wait()
        try:
            found = do()
        finally:
            meet.wait()
        return answer.result(), found


def hooks(module):
    return [hook for m in module.modules() for hook in m._forward_hooks.values()]


def test_a_prediction_is_not_dropped_out_while_another_thread_measures(net):
    alone, plain = passes(net, 3), net.predict_proba(X)
    measured, predicted = in_the_middle(lambda: passes(net, 3), lambda: net.predict_proba(X))
    np.testing.assert_array_equal(predicted, plain)
    np.testing.assert_array_equal(measured, alone)


def test_two_threads_that_measure_get_the_masks_of_their_own_seeds(net):
    alone = passes(net, 3), passes(net, 4)
    together = in_the_middle(lambda: passes(net, 3), lambda: passes(net, 4))
    np.testing.assert_array_equal(together, alone)


def test_a_layer_is_collected_from_the_threads_own_rows(net):
    alone = net.embed(X, "first"), net.embed(X[::-1], "first")
    together = in_the_middle(lambda: net.embed(X, "first"), lambda: net.embed(X[::-1], "first"))
    np.testing.assert_array_equal(together, alone)


def test_a_prediction_stays_in_evaluation_when_another_thread_is_done():
    module, reader = Stopping().train(), RowReader(X, torch.float32)
    alone = sweep(module, reader)[Proba()]
    meet = Barrier(2, timeout=60)

    def first():
        stops[get_ident()] = lambda: (meet.wait(), meet.wait())
        return sweep(module, reader)[Proba()]

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(first)
        meet.wait()  # the first is in the middle; the second comes in, and outlasts it
        stops[get_ident()] = lambda: (meet.wait(), answer.result())
        found = sweep(module, reader)[Proba()]
    np.testing.assert_array_equal(found, alone)
    assert all(m.training for m in module.modules())


def test_a_net_copied_while_it_is_measured_predicts_plainly(net):
    plain = net.predict_proba(X)
    _, copies = in_the_middle(
        lambda: passes(net, 3), lambda: (copy.deepcopy(net), pickle.loads(pickle.dumps(net)))
    )
    for copied in copies:
        np.testing.assert_array_equal(copied.predict_proba(X), plain)
        assert not hooks(copied.module_)


def test_a_module_copied_while_it_is_measured_keeps_no_mask():
    raw = NeuralNetClassifier(
        Stopping, max_epochs=1, train_split=None, verbose=0, criterion=nn.CrossEntropyLoss
    )
    wrapped = SkorchClassifier(raw, random_state=0).fit(X, Y)
    plain = wrapped.predict_proba(X)
    _, copies = in_the_middle(
        lambda: passes(wrapped, 3),
        lambda: (copy.deepcopy(wrapped), pickle.loads(pickle.dumps(wrapped))),
    )
    for copied in copies:
        np.testing.assert_array_equal(copied.predict_proba(X), plain)
        assert all(hook.act is None for hook in hooks(copied.net_.module_))


def test_a_pool_that_asks_the_net_while_it_is_read_gets_plain_answers(net):
    plain, alone = net.predict_proba(X), passes(net, 3)
    answers = []

    class Asking:
        shape, dtype = X.shape, X.dtype

        def __len__(self):
            return len(X)

        def read_rows(self, rows):
            answers.append(net.predict_proba(X))
            return X[rows]

    reader, needs = RowReader(Asking(), torch.float32), [MCProba(3), Embedding("first")]
    found = sweep(net.module_, reader, needs=needs, seed=3, batch_size=8)
    assert len(answers) == 2
    for answer in answers:
        np.testing.assert_array_equal(answer, plain)
    np.testing.assert_array_equal(found[MCProba(3)], alone)


def test_no_hook_is_left_when_a_layer_has_no_name(net):
    with pytest.raises((TypeError, AttributeError, ValueError)):
        sweep(net.module_, RowReader(X, torch.float32), needs=[Embedding("first"), Embedding(3)])
    assert not hooks(net.module_)
