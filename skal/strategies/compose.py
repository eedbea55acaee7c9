"""Strategies made of other strategies."""

import math
from numbers import Integral, Real
from typing import Any

import numpy as np

from skal.evidence import Evidence, Need
from skal.strategies._base import Choice, Strategy, UtilityStrategy, top
from skal.strategies._function import check_strategy

__all__ = ["Skip", "Subsample"]


class Skip(Strategy):
    """Step over the top of a ranking, then ask the rows that follow.

    The very top often holds outliers, mislabelled rows and near duplicates. Always as many rows
    come back as were asked for: near the end of the pool the window moves up.

    Parameters
    ----------
    strategy : str, UtilityStrategy or callable, default="margin"
        Gives the ranking.
    n_skip : int >= 0, default=8
        Rows to step over.

    References
    ----------
    Bossér, Sörstadius, Chehreghani (2020), "Model-centric and data-centric aspects of active
    learning for deep neural networks", arXiv 2009.10835.

    Examples
    --------
    >>> from skal import ActiveLearner
    >>> from skal.strategies import Skip
    >>> ActiveLearner(strategy=Skip("entropy", n_skip=16)).strategy.n_skip
    16
    """

    def __init__(self, strategy: Any = "margin", n_skip: int = 8):
        self.strategy = strategy
        self.n_skip = n_skip

    def _inner(self) -> UtilityStrategy:
        inner = check_strategy(self.strategy)
        if not isinstance(inner, UtilityStrategy) or getattr(inner, "gives_positions", False):
            raise TypeError(
                f"Skip needs a strategy that ranks rows by utility; {inner!r} does not rank. "
                "Use it without Skip."
            )
        if not isinstance(self.n_skip, Integral) or self.n_skip < 0:
            raise ValueError(f"n_skip must be an int of at least 0, got {self.n_skip!r}.")
        return inner

    def needs(self) -> dict[str, Need]:
        return self._inner().needs()

    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        u = self._inner().utilities(evidence)
        start = min(int(self.n_skip), max(0, len(u) - n))
        positions = top(u, start + n, rng)[start:]
        return Choice(positions, u[positions])


class Subsample(Strategy):
    """Let a strategy choose among candidates drawn at random: a query in a fraction of the time.

    Anew in every query. The best of r candidates is on average in the top 1 / (r + 1) of all.

    Parameters
    ----------
    strategy : str, Strategy or callable, default="margin"
    max_candidates : int or float, default=10_000
        Number of candidates, or their share in (0, 1]; never fewer than are asked for.

    Examples
    --------
    >>> from skal import ActiveLearner
    >>> from skal.strategies import Subsample
    >>> ActiveLearner(strategy=Subsample("margin", max_candidates=2000)).strategy.max_candidates
    2000
    """

    def __init__(self, strategy: Any = "margin", max_candidates: int | float = 10_000):
        self.strategy = strategy
        self.max_candidates = max_candidates

    def _size(self, n_candidates: int) -> int:
        size = self.max_candidates
        if isinstance(size, Integral) and not isinstance(size, bool) and size >= 1:
            return int(size)
        if isinstance(size, Real) and not isinstance(size, Integral) and 0 < size <= 1:
            return math.ceil(size * n_candidates)
        raise ValueError(f"max_candidates must be an int >= 1 or a float in (0, 1], got {size!r}.")

    def needs(self) -> dict[str, Need]:
        self._size(1)
        return check_strategy(self.strategy).needs()

    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        size = min(max(self._size(len(evidence)), n), len(evidence))
        drawn = np.sort(rng.choice(len(evidence), size=size, replace=False))
        chosen = check_strategy(self.strategy).choose(evidence.part(drawn), n, rng)
        return Choice(drawn[chosen.positions], chosen.utility)
