"""When to stop before the budget is spent."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from skal.learner._history import History

__all__ = ["Plateau", "TargetScore"]

StoppingRule = Callable[[History], bool]


class TargetScore(BaseEstimator):
    """Stop as soon as a test score reaches a target.

    Parameters
    ----------
    target : float
    score : str, default=None
        Name in the history; None takes the first.

    Examples
    --------
    >>> from skal.learner import History, TargetScore
    >>> TargetScore(0.9)(History([{"test_score": 0.8}, {"test_score": 0.91}]))
    True
    """

    def __init__(self, target: float, score: str | None = None):
        self.target = target
        self.score = score

    def __call__(self, history: History) -> bool:
        return bool((_scores(history, self.score, self)[-1:] >= self.target).any())


class Plateau(BaseEstimator):
    """Stop when a test score has not risen for some rounds.

    Parameters
    ----------
    patience : int, default=10
        Rounds in a row without a rise.
    min_delta : float, default=1e-4
        A rise counts from this much above the best so far.
    score : str, default=None
        Name in the history; None takes the first.

    Examples
    --------
    >>> from skal.learner import History, Plateau
    >>> scores = [0.70, 0.78, 0.80, 0.803, 0.804]
    >>> Plateau(patience=2, min_delta=0.005)(History([{"test_score": s} for s in scores]))
    True
    """

    def __init__(self, patience: int = 10, min_delta: float = 1e-4, score: str | None = None):
        self.patience = patience
        self.min_delta = min_delta
        self.score = score

    def __call__(self, history: History) -> bool:
        best, since = -np.inf, 0
        for value in _scores(history, self.score, self):
            since = 0 if value > best + self.min_delta else since + 1
            best = max(best, value)
        return since >= self.patience


def _scores(history: History, name: str | None, rule: Any) -> Any:
    names = history.score_names
    if not names or (name is not None and name not in names):
        raise ValueError(
            f"stopping={rule!r} watches a test score, but the history has {names}; "
            "pass X_test and y_test to fit, or to teach."
        )
    scores = history[name or names[0]]
    return scores[~np.isnan(scores)]  # a round of people need not be scored
