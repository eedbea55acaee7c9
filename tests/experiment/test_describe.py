import json
import os
import subprocess
import sys
import textwrap
from functools import partial

import numpy as np
import pytest
import torch
from sklearn.metrics import make_scorer

from skal import ActiveLearner, ANNClassifier
from skal.experiment._describe import describe
from skal.strategies import Margin, Power


def scorer_of(factor):
    def score(x):
        return factor * x

    return score


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


def test_what_holds_itself_comes_to_an_end():
    def rule(history):
        return rule(history)

    around = []
    around.append(around)
    assert json.dumps(describe(rule)) and describe(around) == [{"above": 1}]


def test_a_description_is_the_same_in_another_process():
    program = """
        import json
        from skal.experiment._describe import describe
        print(json.dumps(describe(lambda h: h in {"alpha", "beta", "gamma", "delta"})))
    """
    said = {
        subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in "12"
    }
    assert len(said) == 1


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


def test_what_cannot_be_pickled_is_refused():
    with pytest.raises(TypeError, match="cannot be pickled"):
        describe(iter_of(1))
