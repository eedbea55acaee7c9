"""Ask what would make the trained classifier best."""

from numbers import Integral
from typing import Any, ClassVar

import numpy as np

from skal._compat import Interval, StrOptions
from skal.evidence import Evidence, Need, RiskAfter
from skal.strategies._base import Choice, Strategy, top

__all__ = ["ExpectedErrorReduction"]


class ExpectedErrorReduction(Strategy):
    """Ask first what would leave the least error over the other candidates, once labelled.

    For each candidate and each class a clone of the classifier is trained on the labelled rows
    and this one; its uncertainty about the other candidates is weighed by the class probabilities.

    Parameters
    ----------
    loss : {"log", "zero_one"}, default="log"
        Uncertainty: the entropy, or 1 - p(1).
    max_candidates : int >= 1, default=100
        So many candidates are drawn at random and looked at, never fewer than are asked for. The
        error is summed over the drawn ones.

    Notes
    -----
    Rows are ranked by minus the expected sum of uncertainties; ties are broken at random.
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
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "loss": [StrOptions({"log", "zero_one"})],
        "max_candidates": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, loss: str = "log", max_candidates: int = 100):
        self.loss = loss
        self.max_candidates = max_candidates

    def needs(self) -> dict[str, Need]:
        return {"risk": RiskAfter(self.loss)}

    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        self.check_params()
        size = min(max(self.max_candidates, n), len(evidence))
        # the error is summed over the drawn rows too: over the pool it would cost m c n predictions
        drawn = np.sort(rng.choice(len(evidence), size=size, replace=False))
        risk = self.answers(evidence.part(drawn))["risk"]
        utility = -np.asarray(risk, dtype=np.float64)
        best = top(utility, n, rng)
        return Choice(drawn[best], utility[best])
