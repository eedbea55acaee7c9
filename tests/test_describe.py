import json
from functools import partial

import numpy as np
import pandas
import pytest
import torch
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer
from sklearn.preprocessing import StandardScaler

from skal import ActiveLearner, ANNClassifier
from skal._describe import describe, versions
from skal.strategies import Margin, Power


def scorer_of(factor):
    def score(x):
        return factor * x

    return score


def fitted(label):
    return LogisticRegression().fit([[0.0], [1.0], [2.0]], [label, 2, 2])


def class_of(word):
    class Local:
        called = word

        def __call__(self, history):
            return word

    return Local


@pytest.mark.parametrize(
    "make",
    [
        lambda: torch.nn.CrossEntropyLoss(weight=torch.ones(3)),
        lambda: class_of("a")(),
        lambda: np.random.RandomState(3),
        lambda: partial(scorer_of(2), x=1),
    ],
)
def test_equal_things_made_twice_are_described_alike(make):
    assert json.dumps(describe(make())) == json.dumps(describe(make()))


def iter_of(value):
    yield value


def test_equal_learners_are_described_alike_and_in_json():
    one, other = (describe(ActiveLearner(ANNClassifier(8), Power("margin"))) for _ in range(2))
    assert one == other == json.loads(json.dumps(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ActiveLearner(budget=10), ActiveLearner(budget=11)),
        (ActiveLearner(strategy=Margin()), ActiveLearner(strategy=Power("margin"))),
        (lambda p: p.max(axis=1), lambda p: p.min(axis=1)),
        (lambda p: [q + 1 for q in p], lambda p: [q + 2 for q in p]),
        (scorer_of(1), scorer_of(2)),
        (lambda p, n=1: p, lambda p, n=2: p),
        (np.zeros(3), np.ones(3)),
        ({"a": (1, 2)}, {"a": (2, 1)}),
        ({0: 1, 1: 2}, {"0": 1, "1": 2}),
        (StandardScaler(), StandardScaler().set_output(transform="pandas")),
        (FrozenEstimator(fitted(0)), FrozenEstimator(fitted(1))),
        (partial(max, fitted(0)), partial(max, fitted(1))),
        (1, True),
        (1, 1.0),
        (float("nan"), None),
        (torch.zeros(2), torch.ones(2)),
        (torch.zeros(2), torch.zeros(2, 1)),
        (torch.nn.Linear(1, 1, bias=False), torch.nn.Linear(1, 2, bias=False)),
        (partial(max, 1), partial(max, 2)),
        (make_scorer(scorer_of(1)), make_scorer(scorer_of(2))),
        (class_of("a"), class_of("b")),
        (class_of("a")(), class_of("b")()),
    ],
)
def test_what_differs_is_described_differently(one, other):
    assert json.dumps(describe(one)) != json.dumps(describe(other))


def test_numpy_numbers_are_numbers():
    assert describe(np.float64(0.5)) == 0.5 and describe(np.int64(3)) == 3


def test_sets_have_no_order():
    assert describe({"b", "a"}) == ["a", "b"]


def test_a_frozen_net_fitted_twice_is_the_same_net():
    X, y = np.eye(4, dtype=np.float32), [0, 1, 0, 1]
    one, two, other = (
        FrozenEstimator(ANNClassifier(4, max_epochs=2, random_state=seed).fit(X, y))
        for seed in (0, 0, 1)
    )
    assert describe(one) == describe(two) != describe(other)


def test_what_a_clone_drops_does_not_count():
    assert describe(LogisticRegression()) == describe(fitted(1))


def test_own_things_are_called_by_their_names_alone_and_those_of_libraries_in_full():
    assert describe(scorer_of(1))["is"] == "score"
    assert describe(Margin())["is"] == "skal.strategies.uncertainty.Margin"
    assert describe(torch.nn.ReLU) == "torch.nn.modules.activation.ReLU"


def test_versions_are_those_of_the_packages_that_were_met(monkeypatch):
    packages = set()
    describe([make_scorer(scorer_of(1)), pandas.Timestamp(0), json.dumps], packages)
    assert packages == {"builtins", "json", "pandas", "sklearn"}
    found = versions(packages)
    assert list(found) == ["numpy", "pandas", "scipy", "skal", "sklearn", "skorch", "torch"]
    assert found["pandas"] == pandas.__version__
    assert versions(["yaml_or_none"])["yaml_or_none"] == "None"


def test_what_cannot_be_pickled_is_refused():
    with pytest.raises(TypeError, match="cannot be pickled"):
        describe(iter_of(1))
