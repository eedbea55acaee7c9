from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from torch.utils.data import Dataset, TensorDataset

from skal import ActiveLearner, ANNClassifier, CNNClassifier, DatasetRows

RNG = np.random.default_rng(0)
Y = np.arange(60) % 3
IMAGES = (RNG.integers(0, 60, size=(60, 6, 6)) + 60 * Y[:, None, None]).astype(np.uint8)


class Counted(Dataset):
    """Images with labels, that says which rows were read."""

    def __init__(self):
        self.read = []

    def __len__(self):
        return len(IMAGES)

    def __getitem__(self, i):
        self.read.append(i)
        return torch.from_numpy(IMAGES[i]), int(Y[i])


def learner(estimator):
    return ActiveLearner(estimator, init_size=6, query_size=6, budget=24, random_state=0)


@pytest.mark.parametrize("net", [ANNClassifier, CNNClassifier])
def test_a_dataset_gives_the_result_of_the_array_it_holds(net):
    estimator = net(hidden_dim=8, max_epochs=3, batch_size=8)
    test = {"X_test": IMAGES, "y_test": Y}
    array = learner(estimator).fit(IMAGES, Y, **test)
    pool = DatasetRows(Counted())
    view = learner(estimator).fit(pool, Y, X_test=pool, y_test=Y)
    np.testing.assert_array_equal(view.labeled_rows_, array.labeled_rows_)
    np.testing.assert_array_equal(view.history_["test_score"], array.history_["test_score"])
    view.set_params(budget=None), array.set_params(budget=None)  # which was spent
    np.testing.assert_array_equal(view.query(pool, 5), array.query(IMAGES, 5))
    np.testing.assert_array_equal(view.predict_proba(pool), array.predict_proba(IMAGES))


def test_a_classifier_of_scikit_learn_reads_a_dataset():
    rows = TensorDataset(torch.from_numpy(IMAGES.reshape(60, -1).astype(np.float32)))
    array = learner(LogisticRegression(max_iter=500)).fit(rows.tensors[0].numpy(), Y)
    view = learner(LogisticRegression(max_iter=500)).fit(DatasetRows(rows), Y)
    np.testing.assert_array_equal(view.labeled_rows_, array.labeled_rows_)


def test_a_random_query_reads_no_row_but_the_taught_and_the_asked_ones():
    dataset = Counted()
    pool = DatasetRows(dataset)
    player = ActiveLearner(ANNClassifier(max_epochs=1), "random", random_state=0)
    rows = player.query(pool, 4)
    player.teach(pool[rows], Y[rows], rows=rows)
    dataset.read.clear()
    again = player.query(pool, 4)
    assert set(dataset.read) <= {*rows.tolist(), *again.tolist()}
    assert not set(again) & set(rows)


def test_rows_come_in_the_order_asked():
    pool = DatasetRows(Counted())
    assert pool.shape == (60, 6, 6)
    assert pool.dtype == np.uint8
    np.testing.assert_array_equal(pool[[5, 2]], IMAGES[[5, 2]])
    np.testing.assert_array_equal(pool[3:5], IMAGES[3:5])
    np.testing.assert_array_equal(pool[7], IMAGES[7])
    np.testing.assert_array_equal(np.asarray(pool), IMAGES)


def test_another_column_can_be_the_row():
    assert DatasetRows([(0, np.ones(2)), (1, np.zeros(2))], column=1).shape == (2, 2)


@pytest.mark.parametrize(
    ("dataset", "kind", "message"),
    [
        ([], ValueError, "at least one row, got none"),
        (iter([1]), TypeError, "must have a length and be read by position"),
        ({1}, TypeError, "must have a length and be read by position"),
    ],
)
def test_what_is_no_pool_is_refused(dataset, kind, message):
    with pytest.raises(kind, match=message):
        DatasetRows(dataset)


@pytest.mark.parametrize("row", ["a.png", Path("a.png"), b"a", None], ids=repr)
def test_rows_that_are_no_numbers_are_refused(row):
    with pytest.raises(TypeError, match="must give rows of numbers, got .* in row 0.*FolderPool"):
        DatasetRows([row, row])


def test_rows_of_another_shape_are_refused_by_number():
    pool = DatasetRows([np.zeros(3), np.zeros(2)])
    with pytest.raises(ValueError, match=r"of shape \(3,\), .* got \(2,\) in row 1"):
        pool[[0, 1]]


def test_images_of_another_size_are_refused():
    fitted = learner(ANNClassifier(hidden_dim=4, max_epochs=1)).fit(IMAGES, Y)
    with pytest.raises(ValueError, match=r"rows of shape \(6, 5\)"):
        fitted.query(DatasetRows(list(IMAGES[:, :, :5])), 2)
