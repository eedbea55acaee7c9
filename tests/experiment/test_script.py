"""The lines that make a comparison again do so."""

import re

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skal import ActiveLearner
from skal.experiment import Comparison, compare
from skal.experiment._script import learners_in_python
from skal.plotting import write_report
from skal.strategies import BADGE, Blend
from tests.experiment.runs import X, Y, learner, same, small


def again(lines, **names):
    exec(lines, names)
    return names["result"]


def test_the_lines_of_a_comparison_make_it_again(tmp_path):
    scaled = make_pipeline(MinMaxScaler(feature_range=(-1, 1)), LogisticRegression(max_iter=300))
    result = compare(
        [
            learner(strategy="random"),
            ActiveLearner(scaled, strategy="margin", init_size=20, query_size=10, budget=0.2),
        ],
        {"digits": (X, Y)},
        n_repeats=2,
        test_size=0.3,
        random_state=7,
        folder=tmp_path,
        verbose=0,
    )
    for found in (result, Comparison.load(tmp_path), Comparison.load(result.save(tmp_path / "b"))):
        assert same(again(found.to_python(), data={"digits": (X, Y)}), result)


def test_the_lines_in_a_report_make_it_again(tmp_path):
    result = small(n_repeats=2)
    files = write_report(result, tmp_path, formats=["png"], dpi=40, command="skal compare x")
    text = files["report"].read_text(encoding="utf8")
    assert same(again(re.search(r"```python\n(.*?)```", text, re.DOTALL)[1], X=X, y=Y), result)
    for words in (
        "300 rows of shape (64,), 10 classes; scored on 75 rows",
        "random, margin: 20 at first, 10 a query, 50 in all",
        "Seed 0, 1 thread a run.",
        f"numpy {np.__version__}",
        "Classifier of random, margin: `LogisticRegression(C=1.0, ",
        "max_iter=200",
        "Parameters of random: `ActiveLearner(budget=50, ",
        "```sh\nskal compare x\n```",
    ):
        assert words in text


def test_a_test_set_of_its_own_is_asked_for():
    lines = small(n_repeats=1, X_test=X[:50], y_test=Y[:50]).to_python()
    assert "X_test=X_test" in lines and "# X, y, X_test, y_test: 300 rows" in lines


def test_runs_put_together_by_hand_have_no_lines():
    result = small(n_repeats=1)
    assert Comparison(result.runs).to_python() == ""
    assert result.merge(Comparison(result.runs)).to_python() == ""


def test_the_net_that_nobody_named_is_written_with_its_epochs():
    result = compare(ActiveLearner(init_size=10, budget=10), X, Y, n_repeats=1, verbose=0)
    estimator = result.settings["estimators"]["learner"]
    assert estimator["is"].endswith("ANNClassifier") and "max_epochs" in estimator


class Mine(ClassifierMixin, BaseEstimator):
    def __init__(self, n=1):
        self.n = n


def mine(y, p):
    return 0.0


@pytest.mark.parametrize(
    ("params", "expression", "own"),
    [
        ({"strategy": ActiveLearner().strategy}, "ActiveLearner(strategy='", []),
        ({"strategy": Blend(["margin", BADGE()])}, "Blend(strategies=['margin', BADGE()])", []),
        (
            {"estimator": MLPClassifier(hidden_layer_sizes=(10,), tol=float("inf"))},
            'MLPClassifier(hidden_layer_sizes=(10,), tol=float("inf"))',
            [],
        ),
        ({"estimator": Mine(n=3)}, "estimator=Mine(n=3)", ["Mine"]),
        ({"scoring": mine}, "scoring=mine", ["mine"]),
    ],
)
def test_learners_are_written_as_they_would_be_typed(params, expression, own):
    found = learners_in_python({"a": ActiveLearner(**params)})
    assert expression in found["learners"]["a"] and found["own"] == own
    assert all("._" not in home for home in found["imports"])
