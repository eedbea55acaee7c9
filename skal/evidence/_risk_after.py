"""What would still be lost if a row were labelled: trained once for each possible answer."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from skal._containers import stack_rows, take_rows
from skal.evidence._measure import gives_proba
from skal.evidence._need import Facts, Said
from skal.measures import entropy

__all__ = ["RiskAfter"]


@dataclass(frozen=True)
class RiskAfter(Said):
    """Expected risk over the other candidates once a row is labelled and trained on, (n,).

    Trains one clone of the classifier for every candidate and class.

    Parameters
    ----------
    loss : {"log", "zero_one"}, default="log"
        "log": summed entropy; "zero_one": summed uncertainty, 1 - p(1).
    """

    words = "training once for every candidate and class"
    axis: ClassVar[int | None] = 0
    joint: ClassVar[bool] = True
    judges = True
    loss: str = "log"

    def __post_init__(self) -> None:
        if self.loss not in ("log", "zero_one"):
            raise ValueError(f"loss must be 'log' or 'zero_one', got {self.loss!r}.")

    def provided_by(self, classifier: Any) -> bool:
        return gives_proba(classifier)

    def said(self, evidence: Facts) -> NDArray[np.floating]:
        estimator, n, n_known = evidence.estimator, len(evidence), len(evidence.y_labeled)
        X = take_rows(evidence.X, evidence.rows)
        # stacked once: what is trained on is always all that was taught and one row more
        together = stack_rows(take_rows(evidence.X_labeled, evidence.rows_labeled), X)
        belief = estimator.predict_proba(X)  # (n, n_seen): how likely each answer is
        risk = np.zeros(n)
        for i in range(n):
            rows = np.append(np.arange(n_known), n_known + i)
            others = np.delete(np.arange(n), i)
            for answer, weight in zip(estimator.classes_, belief[i], strict=True):
                if weight == 0 or not len(others):  # spares a training that adds 0
                    continue
                y = np.append(evidence.y_labeled, answer)
                # a clone, so that neither warm starts nor the order of candidates matter
                model = clone(estimator).fit(take_rows(together, rows), y)
                proba = model.predict_proba(take_rows(X, others))
                losses = entropy(proba) if self.loss == "log" else 1 - proba.max(axis=1)
                risk[i] += weight * losses.sum()
        return risk
