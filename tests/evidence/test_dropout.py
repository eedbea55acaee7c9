"""Stochastic passes: only dropout is switched on, one mask a pass, and nothing else moves."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from torch import nn

from skal import ActiveLearner, ANNClassifier, NetClassifier
from skal.evidence import Embedding, Evidence, Labeled, MCProba, Proba, check_provides
from skal.evidence._dropout import DropoutMasks, split_at_dropout
from skal.evidence.sweep import RowReader, sweep
from skal.exceptions import EvidenceError

X = np.random.default_rng(0).normal(size=(300, 6)).astype(np.float32)
Y = np.arange(300) % 3


def assert_near(found, expected):
    """As far as is promised where rows lie, or are laid out, in another way."""
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


class Odd(nn.Module):
    """No Sequential, with BatchNorm, and dropout that is called twice."""

    def __init__(self, n_features=6, n_classes=3):
        super().__init__()
        self.first = nn.Linear(n_features, 8)
        self.norm = nn.BatchNorm1d(8)
        self.drop = nn.Dropout(0.5)
        self.second = nn.Linear(8, 8)
        self.last = nn.Linear(8, n_classes)

    def forward(self, x):
        x = self.drop(torch.relu(self.norm(self.first(x))))
        return self.last(self.drop(torch.relu(self.second(x))))


@pytest.fixture(scope="module")
def net():
    return ANNClassifier(8, n_hidden=2, dropout=0.5, max_epochs=3, random_state=0).fit(X, Y)


def evidence_of(net, rows=None, seed=0, **labeled):
    rows = np.arange(len(X)) if rows is None else rows
    return Evidence(net, X, rows, classes=net.classes_, seed=seed, **labeled)


def draws_of(net, n_passes=5, **kwargs):
    return evidence_of(net, **kwargs).arrays({"q": MCProba(n_passes)})["q"]


def passes_of(module, n_passes, seed=0, batch_size=64):
    reader = RowReader(X, torch.float32)
    need = MCProba(n_passes)
    return sweep(module, reader, needs=[need], seed=seed, batch_size=batch_size)[need]


def test_passes_are_probabilities_that_differ(net):
    q = draws_of(net)
    assert q.shape == (5, 300, 3)
    assert q.dtype == np.float32
    np.testing.assert_allclose(q.sum(axis=2), 1, rtol=1e-5)
    assert not np.allclose(q[0], q[1])


def test_all_rows_of_a_pass_share_their_mask():
    module = nn.Sequential(nn.Linear(6, 40), nn.Dropout(0.5), nn.Linear(40, 3))
    rows = np.repeat(X[:1], 300, axis=0)  # the same row everywhere
    found = sweep(module, RowReader(rows, torch.float32), needs=[MCProba(4)], batch_size=64)[
        MCProba(4)
    ]
    np.testing.assert_allclose(found, np.repeat(found[:, :1], 300, axis=1), rtol=1e-6)
    assert len(np.unique(found[:, 0, 0])) == 4


def test_a_mask_is_what_dropout_does_in_training():
    p, width = 0.3, 4000
    module = nn.Sequential(nn.Dropout(p))
    with DropoutMasks(module, seed=1) as masks:
        module.eval()
        ones = torch.ones(2, width)
        (given,) = [module(ones) for _ in masks.passes(1)]
    np.testing.assert_allclose(given.unique(), [0, 1 / (1 - p)], rtol=1e-6)
    assert abs(float((given[0] == 0).float().mean()) - p) < 0.03
    assert torch.equal(given[0], given[1])


@pytest.mark.parametrize("kind", [nn.Dropout2d, nn.FeatureAlphaDropout])
def test_some_kinds_drop_whole_channels(kind):
    module = nn.Sequential(kind(0.5)).eval()
    with DropoutMasks(module, seed=0) as masks:
        (given,) = [module(torch.ones(1, 50, 3, 3)) for _ in masks.passes(1)]
    assert all(len(channel.unique()) == 1 for channel in given[0])
    assert len(given.unique()) == 2


def test_alpha_dropout_keeps_mean_and_spread():
    module = nn.Sequential(nn.AlphaDropout(0.2)).eval()
    x = torch.randn(1, 200_000, generator=torch.Generator().manual_seed(0))
    with DropoutMasks(module, seed=0) as masks:
        (given,) = [module(x) for _ in masks.passes(1)]
    assert abs(float(given.mean())) < 0.02
    assert abs(float(given.std()) - 1) < 0.02


def test_alpha_dropout_switches_off_to_what_torch_does():
    module, x = nn.Sequential(nn.AlphaDropout(0.2)), torch.zeros(1, 100)
    with torch.random.fork_rng(devices=[]):
        expected = module.train()(x).unique()
    with DropoutMasks(module.eval(), seed=0) as masks:
        (given,) = [module(x) for _ in masks.passes(1)]
    np.testing.assert_allclose(given.unique(), expected, rtol=1e-6)


def test_dropout_of_everything_gives_zeros():
    module = nn.Sequential(nn.Dropout(1.0)).eval()
    with DropoutMasks(module, seed=0) as masks:
        (given,) = [module(torch.ones(2, 3)) for _ in masks.passes(1)]
    assert not given.any()


def test_the_same_seed_gives_the_same_passes_and_another_other_ones(net):
    np.testing.assert_array_equal(draws_of(net, seed=3), draws_of(net, seed=3))
    assert not np.allclose(draws_of(net, seed=3), draws_of(net, seed=4))


def test_few_passes_are_the_first_of_many(net):
    found = evidence_of(net).arrays({"few": MCProba(2), "many": MCProba(6)})
    np.testing.assert_array_equal(found["few"], found["many"][:2])


def test_a_rows_passes_are_the_same_among_other_rows(net):
    rows = np.array([250, 3, 77])
    assert_near(draws_of(net, rows=rows), draws_of(net)[:, rows])


def test_labelled_rows_are_seen_under_the_same_masks(net):
    labeled = {"X_labeled": X, "rows_labeled": np.array([9, 4]), "y_labeled": Y[[9, 4]]}
    found = evidence_of(net, **labeled).arrays({"all": MCProba(3), "some": Labeled(MCProba(3))})
    assert_near(found["some"], found["all"][:, [9, 4]])


def test_a_part_keeps_the_passes_of_its_rows(net):
    evidence = evidence_of(net)
    whole = evidence.arrays({"q": MCProba(3)})["q"]
    part = evidence.part(np.array([5, 2]))
    np.testing.assert_array_equal(part.arrays({"q": MCProba(3)})["q"], whole[:, [5, 2]])


def test_a_net_whose_front_is_shared_gives_the_passes_of_the_whole():
    plain = nn.Sequential(
        nn.Linear(6, 8),
        nn.ReLU(),
        nn.Dropout(0.4),
        nn.Linear(8, 8),
        nn.Dropout(0.4),
        nn.Linear(8, 3),
    )

    class Whole(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = plain

        def forward(self, x):
            return self.inner(x)

    front, rest = split_at_dropout(plain)
    assert (len(front), len(rest)) == (2, 4)
    assert_near(passes_of(plain, 4), passes_of(Whole(), 4))


def test_plain_probabilities_of_the_same_sweep_know_no_dropout(net):
    found = evidence_of(net).arrays({"p": Proba(), "q": MCProba(3), "e": Embedding()})
    assert_near(found["p"], net.predict_proba(X))
    assert_near(found["e"], net.embed(X))


def test_batchnorm_and_modes_stay_as_they_were():
    net = NetClassifier(Odd, max_epochs=2, random_state=0).fit(X, Y)
    module = net.module_
    module.norm.train()  # a user may have left it so
    before = {name: value.clone() for name, value in module.state_dict().items()}
    modes = [m.training for m in module.modules()]
    draws_of(net)
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    assert [m.training for m in module.modules()] == modes
    assert not any(m._forward_hooks for m in module.modules())


def test_hooks_are_removed_and_masks_are_off_when_a_pass_fails():
    module = nn.Sequential(nn.Dropout(0.5), nn.Linear(5, 3))  # too narrow for X
    with pytest.raises(RuntimeError):
        passes_of(module, 2)
    assert not any(m._forward_hooks for m in module.modules())


def test_no_global_generator_is_moved(net, global_rng_untouched):
    draws_of(net)


def test_the_mean_of_many_passes_is_near_the_plain_prediction():
    linear = nn.Sequential(nn.Dropout(0.2), nn.Linear(6, 3))
    plain = sweep(linear, RowReader(X, torch.float32))[Proba()]
    mean = passes_of(linear, 400).mean(axis=0)
    assert np.abs(mean - plain).max() < 0.12


def test_a_net_without_dropout_is_refused_before_any_work():
    with pytest.raises(EvidenceError, match=r"MCProba.*ANNClassifier\(dropout=0.2\)"):
        ActiveLearner(ANNClassifier(), "bald").fit(X, Y)
    with pytest.raises(EvidenceError, match="LogisticRegression does not give"):
        check_provides(LogisticRegression(), [MCProba()], "bald")
    check_provides(ANNClassifier(module__dropout=0.1), [MCProba()], "bald")


def test_a_module_that_turns_out_to_have_none_says_so():
    net = NetClassifier(nn.Linear, max_epochs=1, random_state=0).fit(X, Y)
    with pytest.raises(EvidenceError, match="Linear has no dropout layer"):
        draws_of(net)
