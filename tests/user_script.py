"""A user's script of the README's jobs, which must be right to a strict type checker.

`make lint` checks it: mypy --strict --follow-imports=silent. It is not run as a test.
"""

from typing import assert_type

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from skal import (
    ActiveLearner,
    ANNClassifier,
    Comparison,
    History,
    LearningCurveDisplay,
    TargetScore,
    compare,
    write_report,
)
from skal.evidence import Need, Proba
from skal.strategies import BALD, Entropy, Margin, Skip, Strategy, UtilityStrategy


class Gini(UtilityStrategy):
    """A strategy of one's own."""

    def needs(self) -> dict[str, Need]:
        return {"proba": Proba()}

    def utility(self, proba: NDArray[np.floating]) -> NDArray[np.floating]:
        impurity: NDArray[np.floating] = 1 - (proba**2).sum(axis=1)
        return impurity


def decide(X: NDArray[np.float64], y: NDArray[np.intp]) -> History:
    strategy: Strategy = Skip(Gini(), n_skip=3)
    learner = ActiveLearner(
        ANNClassifier(hidden_dim=16), strategy, budget=60, stopping=TargetScore(0.9)
    )
    learner.fit(X[:900], y[:900], X_test=X[900:], y_test=y[900:])
    LearningCurveDisplay.from_histories({"margin": learner}).save("curves.png")
    learner.set_params(strategy=Entropy(temperature=2.0)).fit(X, y)
    return learner.history_


def do(X: NDArray[np.float64], y: NDArray[np.intp]) -> NDArray[np.intp]:
    learner = ActiveLearner(LogisticRegression(), random_state=0)
    for _ in range(3):
        rows = assert_type(learner.query(X, 5), NDArray[np.intp])
        learner.teach(X[rows], y[rows], rows=rows)
    rows, utility = learner.query(X, 5, return_utility=True)
    largest: np.float64 = utility.max()
    print(rows[0], largest, learner.predict(X).shape)
    return learner.labeled_rows_


def compared(X: NDArray[np.float64], y: NDArray[np.intp]) -> Comparison:
    learner = ActiveLearner(LogisticRegression(), budget=60)
    result = compare(learner, X, y, grid={"strategy": ["random", Margin(), BALD()]})
    print(result.verdict())
    write_report(result, "report")
    return result


if __name__ == "__main__":
    X, y = map(np.asarray, load_digits(return_X_y=True))
    decide(X / 16, y)
    do(X / 16, y)
    compared(X / 16, y)
