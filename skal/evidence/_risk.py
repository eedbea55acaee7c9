"""What would still be lost if a row were labelled: trained once for each possible answer."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from skal._containers import n_rows, stack_rows, take_rows
from skal.measures import entropy

__all__ = ["risk_after"]


def risk_after(
    estimator: Any,
    X: Any,
    X_labeled: Any,
    y_labeled: NDArray[Any],
    loss: str = "log",
) -> NDArray[np.floating]:
    """Expected risk over the other candidates, for each candidate.

    Parameters
    ----------
    estimator : fitted classifier
        Its probabilities weigh the answers; clones of it are trained.
    X : candidates
    X_labeled, y_labeled : what was taught
    loss : {"log", "zero_one"}, default="log"

    Returns
    -------
    array of shape (n,)
        Sums over the other candidates.
    """
    n, together = n_rows(X), stack_rows(X_labeled, X)
    n_known = len(y_labeled)
    belief = estimator.predict_proba(X)  # (n, n_seen)
    risk = np.zeros(n)
    for i in range(n):
        rows = np.append(np.arange(n_known), n_known + i)
        others = np.delete(np.arange(n), i)
        for answer, weight in zip(estimator.classes_, belief[i], strict=True):
            if weight == 0 or not len(others):
                continue
            y = np.append(y_labeled, answer)
            model = clone(estimator).fit(take_rows(together, rows), y)
            proba = model.predict_proba(take_rows(X, others))
            losses = entropy(proba) if loss == "log" else 1 - proba.max(axis=1)
            risk[i] += weight * losses.sum()
    return risk
