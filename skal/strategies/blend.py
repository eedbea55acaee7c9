"""Rankings made of several rankings."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from skal.evidence import Evidence, Need
from skal.strategies._base import UtilityStrategy, all_needs
from skal.strategies._function import check_ranking

__all__ = ["Blend", "Product"]

Floats = NDArray[np.floating]


class _Mixture(UtilityStrategy):
    """A ranking made of other rankings, which share one sweep of evidence."""

    def __init__(self, strategies: Sequence[Any], weights: Sequence[float] | None, on: str):
        self.strategies = strategies
        self.weights = weights
        self.on = on

    def _parts(self) -> list[UtilityStrategy]:
        owner = type(self).__name__
        if isinstance(self.strategies, str) or not len(self.strategies):
            raise TypeError(f"{owner} needs a list of strategies, got {self.strategies!r}.")
        if self.on not in ("ranks", "values"):
            raise ValueError(f"on must be 'ranks' or 'values', got on={self.on!r}.")
        if self.weights is not None and len(self.weights) != len(self.strategies):
            raise ValueError(
                f"{owner} has {len(self.strategies)} strategies but {len(self.weights)} weights; "
                "give one weight for each."
            )
        return [check_ranking(strategy, owner) for strategy in self.strategies]

    def needs(self) -> dict[str, Need]:
        return all_needs(self._parts())

    def utilities(self, evidence: Evidence) -> Floats:
        evidence.arrays(self.needs())  # of all parts, in one sweep
        u = np.stack([part.utilities(evidence) for part in self._parts()])  # (n_parts, n)
        if self.on == "ranks":
            u = (rankdata(u, axis=1) - 1) / max(1, u.shape[1] - 1)
        return self.utility(u)

    @abstractmethod
    def utility(self, parts: Floats) -> Floats:
        """Out of the parts' utilities, (n_parts, n_candidates)."""

    def _weights(self, n_parts: int) -> Floats:
        return np.ones(n_parts) if self.weights is None else np.asarray(self.weights, dtype=float)


class Blend(_Mixture):
    """Ask first what several rankings want, on a weighted average.

    Parameters
    ----------
    strategies : sequence of str, UtilityStrategy or callable, default=("margin", "entropy")
    weights : sequence of float, default=None
        One for each; None weighs all alike.
    on : {"ranks", "values"}, default="ranks"
        Average the ranks, scaled to [0, 1], which needs no common unit; or the utilities
        themselves.

    Notes
    -----
    Utility is the sum of w_s u_s over the strategies, in [0, sum of w_s] on ranks.
    Time O(n log n) and that of its parts; memory O(n) for each part.
    Use where two aims count at once, such as doubt and density.
    Avoid where one part alone does as well.

    References
    ----------
    Settles (2009), "Active learning literature survey", TR 1648.

    Examples
    --------
    >>> from skal import ActiveLearner
    >>> from skal.strategies import Blend
    >>> ActiveLearner(strategy=Blend(["margin", "information_density"], weights=[2, 1])).budget
    """

    def __init__(
        self,
        strategies: Sequence[Any] = ("margin", "entropy"),
        weights: Sequence[float] | None = None,
        on: str = "ranks",
    ):
        super().__init__(strategies, weights, on)

    def utility(self, parts: Floats) -> Floats:
        return self._weights(len(parts)) @ parts


class Product(_Mixture):
    """Ask first what several rankings want at the same time: their weighted product.

    Parameters
    ----------
    strategies : sequence of str, UtilityStrategy or callable, default=("margin", "entropy")
    weights : sequence of float, default=None
        Exponents; None is 1 for each.
    on : {"ranks", "values"}, default="ranks"
        Multiply ranks scaled to [0, 1], or the utilities themselves, none of which may then be
        negative.

    Notes
    -----
    Utility is the product of u_s ** w_s over the strategies, in [0, 1] on ranks.
    Time O(n log n) and that of its parts; memory O(n) for each part.
    Use where a row that fails one aim should not be asked, however well it meets the others.
    Avoid where a part gives most rows zero.

    References
    ----------
    Settles, Craven (2008), "An analysis of active learning strategies for sequence labeling
    tasks", EMNLP.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import Product
    >>> Product(weights=[1, 2]).utility(np.array([[0.5, 1.0], [0.5, 0.1]])).round(6)
    array([0.125, 0.01 ])
    """

    def __init__(
        self,
        strategies: Sequence[Any] = ("margin", "entropy"),
        weights: Sequence[float] | None = None,
        on: str = "ranks",
    ):
        super().__init__(strategies, weights, on)

    def utility(self, parts: Floats) -> Floats:
        if (parts < 0).any():
            raise ValueError(
                "Product multiplies utilities that are not negative; use on='ranks', or parts "
                "such as Margin(normalize=True)."
            )
        return np.prod(parts ** self._weights(len(parts))[:, None], axis=0)
