"""What reaches a module: rows of one shape, one after another in memory, however X is laid out."""

import numpy as np
import pytest
import torch
from torch import nn

from skal.evidence import Attack, Embedding, Evidence, Labeled, Logits, MCProba, Proba
from skal.nets import NetClassifier

NEEDS = [Proba(), Logits(), Embedding(), MCProba(3), Labeled(Proba())]
ROWS = np.random.default_rng(0).integers(0, 256, (40, 3, 4))
Y = np.arange(40) % 2
seen = []


class Spy(nn.Module):
    def __init__(self, n_features, n_classes):
        super().__init__()
        layers = [nn.Linear(n_features, 6), nn.ReLU(), nn.Dropout(0.5), nn.Linear(6, n_classes)]
        self.layers = nn.Sequential(nn.Flatten(), *layers)

    def forward(self, batch):
        seen.append(batch)
        return self.layers(batch)


def memmap(X, folder):
    np.save(folder / "X.npy", X)
    return np.load(folder / "X.npy", mmap_mode="r")


def read_only(X, _):
    X = X.copy()
    X.flags.writeable = False
    return X


# the layout is looked at, not what is learned from pixels as floats
pytestmark = pytest.mark.filterwarnings("ignore:X holds values")

LAYOUTS = {
    "plain": lambda X, _: X,
    "fortran": lambda X, _: np.asfortranarray(X),
    "strided": lambda X, _: np.repeat(X, 2, axis=0)[::2],
    "reversed": lambda X, _: X[::-1].copy()[::-1],
    "axes moved": lambda X, _: np.moveaxis(np.moveaxis(X, 1, 2).copy(), 2, 1),
    "channels last": lambda X, _: np.moveaxis(X[..., None].copy(), 3, 1),
    "read-only": read_only,
    "memmap": memmap,
}
each_layout = pytest.mark.parametrize("layout", LAYOUTS)
each_dtype = pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])


def in_layout(layout, dtype, folder):
    return LAYOUTS[layout](ROWS.astype(dtype), folder)


def fitted(X):
    net = NetClassifier(Spy, max_epochs=1, batch_size=8, predict_batch_size=16, random_state=0)
    net.fit(X, Y)
    return net


def lies_row_after_row(batch):
    return batch.stride() == torch.empty(batch.shape).stride()


@each_layout
@each_dtype
def test_training_sees_rows_one_after_another(layout, dtype, tmp_path):
    X = in_layout(layout, dtype, tmp_path)
    seen.clear()
    fitted(X).partial_fit(X, Y)
    assert all(lies_row_after_row(batch) for batch in seen)
    assert [len(batch) for batch in seen if len(batch) != 2] == [8] * 10  # 2: a first look


@each_layout
@each_dtype
def test_sweeps_see_batches_of_one_shape_one_row_after_another(layout, dtype, tmp_path):
    X = in_layout(layout, dtype, tmp_path)
    net = fitted(X)
    labeled = {"X_labeled": X, "rows_labeled": np.array([4, 9]), "y_labeled": Y[[4, 9]]}
    evidence = Evidence(net, X, np.array([5, 2, 30]), classes=net.classes_, **labeled)
    seen.clear()
    evidence.arrays({repr(need): need for need in NEEDS})
    net.predict_proba(X), net.embed(X)
    assert {tuple(batch.shape) for batch in seen} == {(16, *X.shape[1:])}
    assert all(lies_row_after_row(batch) for batch in seen)


@pytest.mark.parametrize(("width", "size"), [(8, 1024), (2**16, 64), (2**18, 32)])
def test_batches_of_prediction_get_smaller_as_rows_get_wider(width, size):
    X = np.zeros((2, width), np.float32)
    net = NetClassifier(Spy, max_epochs=0, random_state=0).fit(X, [0, 1])
    seen.clear()
    net.predict_proba(X)
    assert [len(batch) for batch in seen] == [size]


@each_layout
@pytest.mark.parametrize("method", ["deepfool", "bim"])
def test_an_attack_moves_rows_that_lie_one_after_another(method, layout, tmp_path):
    X = in_layout(layout, "float32", tmp_path)
    net = fitted(X)
    seen.clear()
    Evidence(net, X, np.arange(40), classes=net.classes_).arrays({"size": Attack(method)})
    assert seen and all(lies_row_after_row(batch) for batch in seen)
