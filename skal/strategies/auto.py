"""A good default across budgets."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any, ClassVar

import numpy as np

from skal._compat import Interval
from skal.evidence import Evidence, Labels, Need
from skal.strategies._base import STRATEGIES, Choice, Strategy
from skal.strategies._held import Holder

__all__ = ["Auto"]


class Auto(Holder):
    """Ask typical rows while labels are few, then those whose two likeliest classes nearly tie.

    Parameters
    ----------
    per_class : int >= 0, default=5
        Labels for each class, on average, up to which typical rows are asked.
    space : None, str, Need, array or callable, default=None
        What rows are typical in; None: the penultimate layer. See `skal.evidence.as_space`.

    Notes
    -----
    `TypiClust` until there are per_class * n_classes labels, `Margin` from then on.
    Time O(iter n n_labeled d) while typical rows are asked, then O(n c); memory O(n d), then O(n).
    Use where one setting must do for small and large budgets: a net, its budget not known yet.
    Avoid where you can measure: compare strategies on data like yours.

    References
    ----------
    Hacohen, Dekel, Weinshall (2022), "Active learning on a budget: opposite strategies suit high
    and low budgets", ICML, arXiv 2202.02794.

    Examples
    --------
    >>> from skal.strategies import Auto
    >>> Auto().current(n_labeled=30, n_classes=10), Auto().current(n_labeled=50, n_classes=10)
    (TypiClust(), Margin())
    """

    name: ClassVar[str] = "auto"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "per_class": [Interval(Integral, 0, None, closed="left")],
    }

    def __init__(self, per_class: int = 5, space: Any = None):
        self.per_class = per_class
        self.space = space

    def parts(self) -> Sequence[Strategy]:
        return [STRATEGIES["typiclust"](space=self.space), STRATEGIES["margin"]()]

    def current(self, n_labeled: int, n_classes: int) -> Strategy:
        """Give the strategy whose turn it is.

        Parameters
        ----------
        n_labeled, n_classes : int

        Returns
        -------
        Strategy
        """
        typical, uncertain = self.parts()  # 0012: typical rows first, then the margin
        return typical if n_labeled < self.per_class * n_classes else uncertain

    def needs(self) -> dict[str, Need]:
        return {"labels": Labels(), **super().needs()}

    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        n_labeled = len(self.answers(evidence, "labels")["labels"])
        return self.current(n_labeled, len(evidence.classes)).choose(evidence, n, rng)
