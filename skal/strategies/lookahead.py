"""Ask what would make the trained classifier best."""

from numbers import Integral
from typing import ClassVar

import numpy as np

from skal.evidence import Evidence, Need, RiskAfter
from skal.strategies._base import Choice, Strategy, top

__all__ = ["ExpectedErrorReduction"]


class ExpectedErrorReduction(Strategy):
    """Ask first what would leave the least error over the other candidates, once labelled.

    For each candidate and each class a clone of the classifier is trained on the labelled rows
    and this one; its doubt about the other candidates is weighed by the class probabilities.

    Parameters
    ----------
    loss : {"log", "zero_one"}, default="log"
        Doubt: the entropy, or 1 - p(1).
    max_candidates : int >= 1, default=100
        So many candidates are drawn at random and looked at, never fewer than are asked for. The
        error is summed over the drawn ones.

    Notes
    -----
    Rows are ranked by minus the expected sum of doubts; ties are broken at random.
    Time O(m c) trainings and m c predictions of m rows, for m candidates; memory O(m c).
    Use where the classifier trains in milliseconds and labels are dear.
    Avoid where it is a net.

    References
    ----------
    Roy, McCallum (2001), "Toward optimal active learning through sampling estimation of error
    reduction", ICML.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal.evidence import Evidence
    >>> from skal.strategies import ExpectedErrorReduction
    >>> X, known, y = np.linspace(0, 1, 5)[:, None], np.array([0, 4]), np.array([0, 1])
    >>> model = LogisticRegression(C=100).fit(X[known], y)
    >>> evidence = Evidence(
    ...     model, X, np.array([1, 2, 3]), classes=y, X_labeled=X, rows_labeled=known, y_labeled=y
    ... )
    >>> len(ExpectedErrorReduction().choose(evidence, 2, np.random.default_rng(0)).positions)
    2
    """

    name: ClassVar[str] = "expected_error_reduction"

    def __init__(self, loss: str = "log", max_candidates: int = 100):
        self.loss = loss
        self.max_candidates = max_candidates

    def needs(self) -> dict[str, Need]:
        if self.loss not in ("log", "zero_one"):
            raise ValueError(f"loss must be 'log' or 'zero_one', got {self.loss!r}.")
        if not isinstance(self.max_candidates, Integral) or self.max_candidates < 1:
            raise ValueError(
                f"max_candidates must be an int of at least 1, got {self.max_candidates!r}."
            )
        return {"risk": RiskAfter(self.loss)}

    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        needs = self.needs()
        size = min(max(self.max_candidates, n), len(evidence))
        drawn = np.sort(rng.choice(len(evidence), size=size, replace=False))
        utility = -np.asarray(evidence.part(drawn).arrays(needs)["risk"], dtype=np.float64)
        best = top(utility, n, rng)
        return Choice(drawn[best], utility[best])
