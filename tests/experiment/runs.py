"""Small comparisons for tests."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.experiment import compare
from skal.experiment._run_files import same_history

X, Y = load_digits(return_X_y=True)
X, Y = X[:300] / 16, Y[:300]
GRID = {"strategy": ["random", "margin"]}


def learner(**params):
    params = {"init_size": 20, "query_size": 10, "budget": 50} | params
    return ActiveLearner(LogisticRegression(max_iter=200), **params)


def small(n_repeats=2, **how):
    how = {"learners": learner(), "grid": GRID, "verbose": 0} | how
    return compare(how.pop("learners"), X, Y, n_repeats=n_repeats, **how)


def same(one, other):
    """Whether two comparisons found the same, bit for bit, seconds apart."""
    return [run.key for run in one.runs] == [run.key for run in other.runs] and all(
        same_history(a.history, b.history) for a, b in zip(one.runs, other.runs, strict=True)
    )


def bits(comparison):
    """Everything in a table but the seconds, as bytes."""
    frame = comparison.to_frame()
    frame = frame[[name for name in frame if not name.endswith("_seconds")]]
    numbers = frame.select_dtypes("number").to_numpy(np.float64)
    return numbers.tobytes(), frame.select_dtypes(exclude="number").to_csv()
