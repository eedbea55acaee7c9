"""What a learner is asked for: the next items, and what it takes them for."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skal.exceptions import EvidenceError, FinishedError
from skal.learner import ActiveLearner

__all__ = ["asked", "is_cold", "likeliest"]

PER_CLASS, COLD = 2, 50  # labels of each class, or in all, with which a model may judge
Ints = NDArray[np.intp]


def is_cold(labels: Sequence[str], classes: Collection[str]) -> bool:
    """Tell whether labels are too few for a model to judge by."""
    counts = Counter(labels)
    return len(labels) < COLD and any(counts[id_] < PER_CLASS for id_ in classes)


def asked(
    learner: ActiveLearner, X: Any, n: int, candidates: Ints, pending: Ints, *, cold: bool
) -> tuple[Ints, NDArray[np.float64], str | None]:
    """Ask for rows and their utilities, and why there are none if the learner has finished.

    As long as labels are few, the strategy of the start chooses.
    """
    nothing = np.empty(0, dtype=np.intp), np.empty(0)
    if n < 1:
        return *nothing, None
    strategy = learner.strategy
    told: dict[str, Any] = {"candidates": candidates, "pending": pending, "return_utility": True}
    if cold and not isinstance(learner.initial, str):
        learner.strategy = learner.initial
    try:
        return *learner.query(X, n, **told), None
    except FinishedError as error:
        return *nothing, str(error)
    except EvidenceError:
        if not cold:
            raise
    finally:
        learner.strategy = strategy
    # rows that are no points, such as texts: nothing is typical of them
    initial, learner.initial = learner.initial, "random"
    try:
        return *learner.query(X, n, **told), None
    finally:
        learner.initial = initial


def likeliest(learner: ActiveLearner, rows: Any) -> list[list[tuple[str, float | None]]]:
    """Say the two likeliest classes of each row, with their probabilities where there are any."""
    if not hasattr(learner, "predict_proba"):
        return [[(str(name), None)] for name in learner.predict(rows).tolist()]
    proba, names = learner.predict_proba(rows), learner.classes_.tolist()
    best = np.argsort(-proba, axis=1, kind="stable")[:, :2]
    return [[(str(names[k]), float(p[k])) for k in two] for p, two in zip(proba, best, strict=True)]
