"""A good default across budgets."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any, ClassVar

import numpy as np

from skal._compat import Interval
from skal.evidence import Evidence, IfAny, Labels, Need
from skal.strategies._base import STRATEGIES, Choice, Strategy
from skal.strategies._held import Holder

__all__ = ["Auto"]

MAX_CANDIDATES = 10_000  # rows that typical ones are looked for among


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
    `TypiClust` until there are per_class * n_classes labels, `Margin` from then on. Of a pool above
    10,000 rows, typical ones are looked for among as many drawn at random. What cannot be known is
    done without: where rows are no points (missing values, words), the margin decides from the
    start; where the classifier says labels only, rows stay typical.
    Time O(iter n n_labeled d) while typical rows are asked, then O(n c); memory O(n d), then O(n).
    Use where one setting must do for small and large budgets: the default of `ActiveLearner`.
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
        needs = super().needs()
        if self.space is not None:  # then it is wanted, and not to be done without
            return {"labels": Labels(), **needs, "scores_1": IfAny(needs["scores_1"])}
        return {"labels": Labels()} | {name: IfAny(need) for name, need in needs.items()}

    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        n_labeled = len(self.answers(evidence, "labels")["labels"])
        typical, uncertain = self.parts()
        turn = self.current(n_labeled, len(evidence.classes))
        choice = self._typical(evidence, n, rng) if type(turn) is type(typical) else None
        if choice is None and self.answers(evidence, "scores_1")["scores_1"] is not None:
            return uncertain.choose(evidence, n, rng)
        choice = choice or self._typical(evidence, n, rng)
        return choice or STRATEGIES["random"]().choose(evidence, n, rng)

    def _typical(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice | None:
        """Choose typical rows, or None where rows are no points."""
        some = np.arange(len(evidence))
        if len(some) > max(n, MAX_CANDIDATES):
            some = np.sort(rng.choice(some, size=max(n, MAX_CANDIDATES), replace=False))
            evidence = evidence.part(some)
        found = self.answers(evidence, "embedding_0", "labeled_embedding_0")
        if not all(_are_points(points) for points in found.values()):
            return None
        return self.parts()[0].choose(evidence, n, rng).among(some)


def _are_points(points: Any) -> bool:
    """Tell whether distances can be taken: there are numbers, and none is missing."""
    return points is not None and (points.dtype.kind != "f" or bool(np.isfinite(points).all()))
