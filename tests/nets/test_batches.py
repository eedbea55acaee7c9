"""Batches, and the last of them."""

import numpy as np
import pytest
import torch
from torch import nn

from skal import ActiveLearner, ANNClassifier, NetClassifier
from skal.evidence.sweep import RowReader
from skal.nets._batches import BatchIterator, LabeledRows

X = np.random.default_rng(0).normal(size=(9, 3))
Y = np.arange(9) % 3


class Normed(nn.Sequential):
    def __init__(self, n_features, n_classes):
        super().__init__(
            nn.Linear(n_features, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, n_classes)
        )


def sizes(n, **params):
    data = LabeledRows(RowReader(X[:n], torch.float64), Y[:n])
    batches = BatchIterator(data, generator=torch.Generator().manual_seed(0), **params)
    found = [len(rows) for rows, _ in batches]
    assert len(found) == len(batches)
    return found


@pytest.mark.parametrize(
    ("n", "params", "expected"),
    [
        (9, {"batch_size": 4, "shuffle": True}, [4, 5]),
        (9, {"batch_size": 4, "shuffle": False}, [4, 4, 1]),
        (8, {"batch_size": 3, "shuffle": True}, [3, 3, 2]),
        (8, {"batch_size": 4, "shuffle": True}, [4, 4]),
        (9, {"batch_size": 4, "shuffle": True, "drop_last": True}, [4, 4]),
        (3, {"batch_size": 4, "shuffle": True, "drop_last": True}, [3]),
        (1, {"batch_size": 4, "shuffle": True}, [1]),
        (3, {"batch_size": 1, "shuffle": True}, [1, 1, 1]),
    ],
)
def test_a_single_last_row_joins_the_batch_before(n, params, expected):
    assert sizes(n, **params) == expected


def test_every_row_comes_once():
    data = LabeledRows(RowReader(X, torch.float64), np.arange(9))
    batches = BatchIterator(data, 4, shuffle=True, generator=torch.Generator().manual_seed(0))
    assert sorted(int(label) for _, y in batches for label in y) == list(range(9))


def test_training_draws_a_new_order_every_epoch():
    orders = []

    class Watching(Normed):
        def forward(self, batch):
            if self.training:
                orders.append(batch[:, 0].tolist())
            return super().forward(batch)

    NetClassifier(Watching, max_epochs=2, batch_size=9, random_state=0).fit(X, Y)
    first, second = orders
    assert first != second and first != X[:, 0].tolist()
    assert sorted(first) == sorted(second) == sorted(X[:, 0])


def test_a_validation_split_is_not_shuffled():
    batches = BatchIterator(LabeledRows(RowReader(X, torch.float64), np.arange(9)), 4)
    assert [int(label) for _, y in batches for label in y] == list(range(9))


def test_shuffling_needs_a_generator():
    with pytest.raises(ValueError, match="shuffle=True needs a generator"):
        BatchIterator(LabeledRows(RowReader(X, torch.float64), Y), shuffle=True)


def test_batch_norm_goes_on_from_a_single_row():
    net = NetClassifier(Normed, max_epochs=2, random_state=0)
    net.partial_fit(X, Y, classes=[0, 1, 2])
    before = net.module_[1].running_mean.clone()
    net.partial_fit(X[:1], Y[:1])
    torch.testing.assert_close(net.module_[1].running_mean, before)
    learner = ActiveLearner(net, mode="incremental", init_size=4, query_size=1, random_state=0)
    assert learner.fit(X, Y).n_labeled_ == 9


def test_a_class_weight_may_name_some_classes_only():
    weight = {0: 2.0, 1: 3.0}
    named = ANNClassifier(4, max_epochs=2, class_weight=weight, random_state=0).fit(X, Y)
    all_named = ANNClassifier(4, max_epochs=2, class_weight={**weight, 2: 1.0}, random_state=0)
    np.testing.assert_array_equal(named.predict_proba(X), all_named.fit(X, Y).predict_proba(X))
    learner = ActiveLearner(named, mode="incremental", init_size=4, query_size=1, random_state=0)
    assert learner.fit(X, Y).n_labeled_ == 9


def test_a_single_row_of_labelled_rows_is_a_row_and_its_label():
    row, label = LabeledRows(RowReader(X, torch.float64), Y)[4]
    assert row.tolist() == X[4].tolist() and int(label) == Y[4]


def test_a_single_weighted_row_brings_its_weight():
    weight = np.arange(9.0)
    _, y = LabeledRows(RowReader(X, torch.float64), Y, weight)[4]
    assert (int(y["label"]), float(y["weight"])) == (Y[4], 4.0)


def test_batches_of_one_row_stay_batches_of_one_row():
    assert sizes(3, batch_size=1, shuffle=True) == [1, 1, 1]
