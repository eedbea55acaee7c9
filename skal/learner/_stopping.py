"""When to stop before the budget is spent."""

from collections.abc import Sequence
from numbers import Integral, Real

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from skal.learner._history import History
from skal.learner._scoring import check_target

__all__ = ["Plateau", "ScoreRule", "TargetScore"]


class ScoreRule(BaseEstimator):
    """Base of rules that watch a test score, so that a loop without one is refused beforehand."""

    score: str | None = None  # None: the first in the history

    def check(self, names: Sequence[str]) -> None:
        """Refuse scores among which the watched one is not."""
        if not names:
            raise ValueError(
                f"stopping={self!r} watches a test score, but there is none; pass X_test and "
                "y_test to fit, or to teach."
            )
        if self.score is not None and self.score not in names:
            raise ValueError(
                f"stopping={self!r} watches {self.score!r}, but the scores are {list(names)}; "
                "watch one of these, or add it to scoring."
            )

    def check_reachable(self, scorer: str) -> None:
        """Refuse parameters that stop it never or always; `scorer` is "" where not known."""

    def scores(self, history: History) -> NDArray[np.floating]:
        """Read the watched score of all rounds that have one."""
        names = history.score_names
        self.check(names)
        values = history[self.score or names[0]]
        return values[~np.isnan(values)]  # a round of people need not be scored


class TargetScore(ScoreRule):
    """Stop as soon as a test score reaches a target.

    Parameters
    ----------
    target : float
        At most what the score can be: 0.85, not 85; below 0 where its name begins with neg_.
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

    def check_reachable(self, scorer: str) -> None:
        check_target(self.target, scorer)

    def __call__(self, history: History) -> bool:
        return bool((self.scores(history)[-1:] >= self.target).any())


class Plateau(ScoreRule):
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

    def check_reachable(self, scorer: str) -> None:
        if not isinstance(self.patience, Integral) or self.patience < 1:
            raise ValueError(
                f"patience must be an int of at least 1, got {self.patience!r}; pass how many "
                "rounds without a rise are one too many."
            )
        if not isinstance(self.min_delta, Real) or not self.min_delta >= 0:
            raise ValueError(
                f"min_delta must be a number from 0 up, got {self.min_delta!r}; 0 takes any rise."
            )

    def __call__(self, history: History) -> bool:
        best, since = -np.inf, 0
        for value in self.scores(history):
            since = 0 if value > best + self.min_delta else since + 1
            best = max(best, value)
        return since >= self.patience
