"""Rankings made of several rankings."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from skal._compat import StrOptions
from skal.evidence import Given, Need
from skal.strategies._base import UtilityStrategy
from skal.strategies._held import RankingHolder

__all__ = ["Blend", "PerCost", "Product"]

Floats = NDArray[np.floating]


class _Mixture(RankingHolder, UtilityStrategy):
    """A ranking made of other rankings, which share one sweep of evidence."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "on": [StrOptions({"ranks", "values"})],
    }

    def __init__(self, strategies: Sequence[Any], weights: Sequence[float] | None, on: str):
        self.strategies = strategies
        self.weights = weights
        self.on = on

    def parts(self) -> Sequence[Any]:
        return self.strategies

    def check_params(self) -> None:
        if isinstance(self.strategies, str) or not len(self.strategies):
            raise TypeError(
                f"`strategies` must be a list of strategies, got {self.strategies!r}; give "
                f"{type(self).__name__} one or more."
            )
        super().check_params()
        if self.weights is not None and len(self.weights) != len(self.strategies):
            raise ValueError(
                f"`weights` must be one for each of {len(self.strategies)} strategies, got "
                f"{len(self.weights)}."
            )
        if self.weights is not None and not np.any(self.weights):
            raise ValueError(
                f"`weights` must not all be 0, got {self.weights!r}; None weighs all alike."
            )

    def utility(self, **arrays: Any) -> Floats:
        u = self.utilities_of_parts(arrays)  # (n_parts, n)
        if self.on == "ranks":
            # tied rows share their mean rank, so that no place in the pool is favoured
            u = (rankdata(u, axis=1) - 1) / max(1, u.shape[1] - 1)
        weights = np.ones(len(u)) if self.weights is None else np.asarray(self.weights, float)
        return self._together(u, weights)

    @abstractmethod
    def _together(self, parts: Floats, weights: Floats) -> Floats:
        """Out of the parts' utilities, (n_parts, n), and their weights, (n_parts,)."""


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
    Utility is the sum of w_s u_s over the strategies, divided by the sum of |w_s|; on ranks it
    lies in [0, 1] where no weight is negative.
    Time O(n log n) and that of its parts; memory O(n) for each part.
    Use where two aims count at once, such as uncertainty and density.
    Avoid where one part alone does as well.

    References
    ----------
    Settles (2009), "Active learning literature survey", TR 1648.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import Blend
    >>> p = np.array([[0.5, 0.5, 0.0], [0.4, 0.3, 0.3], [0.9, 0.1, 0.0]])
    >>> Blend(["margin", "entropy"], weights=[2, 1]).utility(scores_0=p, proba_1=p)
    array([0.83333333, 0.66666667, 0.        ])
    """

    def __init__(
        self,
        strategies: Sequence[Any] = ("margin", "entropy"),
        weights: Sequence[float] | None = None,
        on: str = "ranks",
    ):
        super().__init__(strategies, weights, on)

    def _together(self, parts: Floats, weights: Floats) -> Floats:
        # so ranks stay in [0, 1], as those who hold a blend may ask
        return weights @ parts / np.abs(weights).sum()


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
    >>> p = np.array([[0.5, 0.5, 0.0], [0.4, 0.3, 0.3], [0.9, 0.1, 0.0]])
    >>> Product(["margin", "entropy"], weights=[2, 1]).utility(scores_0=p, proba_1=p)
    array([0.5 , 0.25, 0.  ])
    """

    def __init__(
        self,
        strategies: Sequence[Any] = ("margin", "entropy"),
        weights: Sequence[float] | None = None,
        on: str = "ranks",
    ):
        super().__init__(strategies, weights, on)

    def takes_negative(self) -> bool:
        return self.on == "ranks"

    def _together(self, parts: Floats, weights: Floats) -> Floats:
        if (parts < 0).any():
            raise ValueError(
                f"utilities that Product multiplies must not be negative, got {parts.min():g}; use "
                "on='ranks', or parts such as Margin(normalize=True)."
            )
        return np.prod(parts ** weights[:, None], axis=0)


@dataclass(frozen=True)
class _Column:
    """A function of X as the column of features that a need asks for; equal if it is the same."""

    function: Callable[[Any], Any]

    def __call__(self, X: Any) -> Floats:
        return np.asarray(self.function(X), dtype=np.float64).reshape(-1, 1)


class PerCost(RankingHolder, UtilityStrategy):
    """Ask first what a ranking wants most for what its label costs.

    Parameters
    ----------
    strategy : str, UtilityStrategy or callable, default="entropy"
        Gives the ranking; its utilities must not be negative.
    cost : array of shape (n_rows,) or callable, default=None
        What a label of each row of the pool costs, such as seconds or the length of a text, above
        0; or a function of X that gives it. None: all cost the same.

    Notes
    -----
    Utility is that of the ranking divided by the cost, in [0, inf).
    Time O(n) and that of the ranking; memory O(n).
    Use where labels take very different times, such as long and short texts.
    Avoid where the rows that cost most are the ones worth knowing.

    References
    ----------
    Settles, Craven, Friedland (2008), "Active learning with real annotation costs", NIPS workshop
    on cost-sensitive learning.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.evidence import Evidence
    >>> from skal.strategies import PerCost
    >>> def doubt(inputs):
    ...     return inputs[:, 0]
    >>> pool = Evidence(None, np.array([[0.9], [0.6], [0.5]]), np.arange(3))
    >>> strategy = PerCost(doubt, cost=np.array([3, 1, 0.5]))
    >>> strategy.choose(pool, 2, np.random.default_rng(0)).positions
    array([2, 1])
    """

    def __init__(self, strategy: Any = "entropy", cost: Any = None):
        self.strategy = strategy
        self.cost = cost

    def takes_negative(self) -> bool:
        return False  # dividing them would ask the dearest first

    def needs(self) -> dict[str, Need]:
        if self.cost is None:
            return super().needs()
        is_function = callable(self.cost)
        costs = _Column(self.cost) if is_function else np.asarray(self.cost).reshape(-1, 1)
        return {**super().needs(), "cost": Given(costs)}

    def utility(self, **arrays: Any) -> Floats:
        u = self.utilities_of_parts(arrays)[0]
        if (u < 0).any():
            raise ValueError(
                f"utilities that PerCost divides must not be negative, got {u.min():g}; use parts "
                "such as Margin(normalize=True)."
            )
        if self.cost is None:
            return u
        costs = np.asarray(arrays["cost"], dtype=np.float64).ravel()
        if not (costs > 0).all():
            raise ValueError(
                f"`cost` must be above 0 for every row, got {costs[~(costs > 0)][0]:g}; give what "
                "the cheapest label costs at least."
            )
        return u / costs
