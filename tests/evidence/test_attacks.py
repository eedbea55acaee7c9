"""How little a row must change for another class to win: worked numbers on a linear net."""

import numpy as np
import pytest
import torch
from torch import nn

from skal import ANNClassifier
from skal.evidence import Attack, Evidence
from skal.evidence.sweep import RowReader, sweep

ROWS = torch.tensor([[0.52, 0.2], [0.32, 0.1], [-0.22, 0.0]], dtype=torch.float64)


def linear(weight, bias):
    module = nn.Linear(len(weight[0]), len(weight)).double()
    with torch.no_grad():
        module.weight.copy_(torch.tensor(weight, dtype=torch.float64))
        module.bias.copy_(torch.tensor(bias, dtype=torch.float64))
    return module


def attack(module, rows, need):
    return sweep(module, RowReader(rows.numpy(), torch.float64), needs=[need])[need]


@pytest.fixture
def module():
    return linear([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]], [0.0, 0.1, 0.0])


def test_deepfool_walks_to_the_nearest_boundary(module):
    size = attack(module, ROWS, Attack("deepfool"))
    np.testing.assert_allclose(size, [0.155563, 0.084853, 0.084853], atol=1e-6)


def test_deepfool_keeps_the_nearest_class_and_not_the_last(module):
    # to class 2, the last one, it is 0.52 from the first row
    assert attack(module, ROWS[:1], Attack("deepfool"))[0] < 0.2


class Ball(nn.Module):
    """Class 1 within the unit circle."""

    def forward(self, x):
        inside = 1 - x.square().sum(dim=1)
        return torch.stack([torch.zeros_like(inside), inside], dim=1)


def test_deepfool_follows_a_bent_boundary_from_where_it_has_come():
    row = torch.tensor([[1.8, 2.4]], dtype=torch.float64)  # radius 3; Newton's: 1.6667, 1.1333
    assert attack(Ball(), row, Attack("deepfool"))[0] == pytest.approx(1.992157, abs=1e-6)
    assert np.isinf(attack(Ball(), row, Attack("deepfool", max_steps=2))[0])
    assert np.isfinite(attack(Ball(), row, Attack("deepfool", max_steps=3))[0])


def test_bim_takes_no_step_more_than_it_may(module):
    for max_steps, found in [(2, False), (3, True)]:
        need = Attack("bim", step=0.05, max_steps=max_steps)
        assert np.isfinite(attack(module, ROWS[:1], need)[0]) == found


def test_bim_counts_its_signed_steps(module):
    size = attack(module, ROWS, Attack("bim", step=0.05))
    np.testing.assert_allclose(size, [0.045, 0.02, 0.02], atol=1e-6)


class Curved(nn.Module):
    """A boundary at x = 1, and behind the row, at x = -3: a step backwards finds the far one."""

    def forward(self, x):
        gap = (x[:, 0] - 1) * (x[:, 0] + 3)  # class 1 wins beyond either
        return torch.stack([torch.zeros_like(gap), gap], dim=1)


def test_an_attack_walks_towards_the_boundary_and_not_away_from_it():
    rows = torch.tensor([[0.0]], dtype=torch.float64)
    size = attack(Curved(), rows, Attack("bim", step=0.25))
    np.testing.assert_allclose(size, [1.25**2])  # at 1 it is a tie still
    # the gap -3 over the slope 2 is one step, and past the boundary
    np.testing.assert_allclose(attack(Curved(), rows, Attack("deepfool")), [1.5])


@pytest.mark.parametrize("method", ["deepfool", "bim"])
def test_a_row_that_cannot_be_turned_is_infinitely_far(method):
    flat = linear([[0.0, 0.0], [0.0, 0.0]], [1.0, 0.0])
    assert np.isinf(attack(flat, ROWS, Attack(method))).all()


def test_an_unknown_attack_is_refused():
    with pytest.raises(ValueError, match="method must be 'deepfool' or 'bim', got 'deepfol'"):
        Attack("deepfol")


@pytest.mark.parametrize("method", ["deepfool", "bim"])
def test_an_attack_ends_after_its_steps(method):
    calls = []

    class Wall(nn.Module):  # moves on with whoever comes near
        def forward(self, x):
            calls.append(len(x))
            return torch.stack([torch.ones(len(x)), 1e-4 * x[:, 0].float()], dim=1).double()

    attack(Wall(), ROWS, Attack(method, max_steps=3, step=1e-6))
    assert len(calls) <= 1 + 2 * 3


@pytest.mark.parametrize("method", ["deepfool", "bim"])
def test_weights_get_no_gradients_and_nothing_is_moved(module, method, global_rng_untouched):
    before = [p.clone() for p in module.parameters()]
    rows = ROWS.clone()
    attack(module, rows, Attack(method))
    assert all(p.grad is None and p.requires_grad for p in module.parameters())
    assert all(torch.equal(p, b) for p, b in zip(module.parameters(), before, strict=True))
    assert torch.equal(rows, ROWS)


def test_attacks_come_out_of_a_sweep(module):
    reader = RowReader(ROWS.numpy(), torch.float64)
    need = Attack("deepfool")
    found = sweep(module, reader, np.array([2, 0]), needs=[need], batch_size=1)
    np.testing.assert_allclose(found[need], [0.084853, 0.155563], atol=1e-6)


@pytest.mark.parametrize("method", ["deepfool", "bim"])
@pytest.mark.parametrize("shape", [(16,), (4, 4)])
def test_a_trained_net_is_attacked(method, shape):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, *shape)).astype(np.float32)
    y = (X.reshape(60, -1)[:, 0] > 0).astype(int)
    net = ANNClassifier(8, max_epochs=20, random_state=0).fit(X, y)
    evidence = Evidence(net, X, np.arange(60), classes=net.classes_)
    size = evidence.arrays({"a": Attack(method, step=0.2)})["a"]
    order = np.argsort(net.predict_proba(X).max(axis=1))  # the least sure first
    assert np.isfinite(size).mean() > 0.9
    assert size[order[:15]].mean() < size[order[-15:]].mean()
