"""A good default across budgets."""

from typing import Any, ClassVar

import numpy as np

from skal.evidence import Evidence, Labels, Need
from skal.strategies._base import Choice, Strategy, all_needs, check_count
from skal.strategies.cluster import TypiClust
from skal.strategies.uncertainty import Margin

__all__ = ["Auto"]


class Auto(Strategy):
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

    def __init__(self, per_class: int = 5, space: Any = None):
        self.per_class = per_class
        self.space = space

    def current(self, n_labeled: int, n_classes: int) -> Strategy:
        """The strategy whose turn it is.

        Parameters
        ----------
        n_labeled, n_classes : int

        Returns
        -------
        Strategy
        """
        few = n_labeled < check_count(self.per_class, "per_class", least=0) * n_classes
        return TypiClust(space=self.space) if few else Margin()

    def needs(self) -> dict[str, Need]:
        self.current(0, 0)
        return {"labels": Labels(), **all_needs([TypiClust(space=self.space), Margin()])}

    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        n_labeled = len(evidence.arrays({"labels": Labels()})["labels"])
        return self.current(n_labeled, len(evidence.classes)).choose(evidence, n, rng)
