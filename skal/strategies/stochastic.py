"""Batches drawn at random around a ranking, so that near duplicates do not crowd in."""

from abc import abstractmethod
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skal._compat import Interval
from skal.evidence import Evidence
from skal.strategies._base import Choice, top
from skal.strategies._draws import chances, draw_top
from skal.strategies._held import RankingHolder

__all__ = ["Power", "SoftRank", "Softmax"]

Floats = NDArray[np.floating]


class _Perturbed(RankingHolder):
    """Base of the strategies that add Gumbel noise to a ranking and ask the top.

    That is sampling without replacement, each row in turn drawn with a weight of exp(beta log).
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "beta": [Interval(Real, 0, None, closed="right")],
    }

    def __init__(self, strategy: Any = "entropy", beta: float = 1.0):
        self.strategy = strategy
        self.beta = beta

    @abstractmethod
    def _logs(self, utility: Floats, rng: np.random.Generator) -> Floats:
        """Logarithms of weights, before their power; -inf comes after all others."""

    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        self.check_params()
        logs = self._logs(self.held()[0].utilities(evidence), rng)
        positions = draw_top(logs, n, rng, self.beta)
        chance = chances(logs, positions, self.beta)
        return Choice(positions, np.full(n, np.nan), chance=chance)  # the order is no ranking


class Power(_Perturbed):
    """Draw rows with a chance in proportion to a power of their utility.

    Parameters
    ----------
    strategy : str, UtilityStrategy or callable, default="entropy"
        Gives utilities of at least 0, such as "entropy", "bald" or ``Margin(normalize=True)``.
    beta : float > 0, default=1.0
        The power. Large: nearly the plain ranking; near 0: nearly a random draw.

    Notes
    -----
    A row of utility u is drawn first with a chance of u^beta / sum of u^beta.
    Rows of utility 0 come last, in random order.
    Time O(n) and that of the ranking; memory O(n).
    Use where batches are large and the ranking is full of near duplicates: PowerBALD and the like.
    Avoid where a query asks for a single row: the plain ranking is sharper.

    References
    ----------
    Kirsch, Farquhar, Atighehchian, Jesson, Branchaud-Charron, Gal (2023), "Stochastic batch
    acquisition: a simple baseline for deep active learning", TMLR, arXiv 2106.12059.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.evidence import Evidence
    >>> from skal.strategies import Power
    >>> def u(inputs):
    ...     return inputs[:, 0]
    >>> pool = Evidence(None, np.array([[0.0], [0.0], [0.4], [0.0]]), np.arange(4))
    >>> Power(u).choose(pool, 2, np.random.default_rng(0)).positions[0]
    np.int64(2)
    """

    name: ClassVar[str] = "power"

    def takes_negative(self) -> bool:
        return False

    def _logs(self, utility: Floats, rng: np.random.Generator) -> Floats:
        bad = np.flatnonzero(utility < 0)
        if len(bad):
            raise ValueError(
                f"utilities that Power draws by must be at least 0, got {utility[bad[0]]:.6g} by "
                f"{self.strategy!r}; use a normalized form such as Margin(normalize=True), or "
                "Softmax or SoftRank, which take any sign."
            )
        # u^beta is exp(beta log u); no floor under the logarithm: a weight of 0 stays 0
        return np.log(utility, out=np.full(len(utility), -np.inf), where=utility > 0)


class Softmax(_Perturbed):
    """Draw rows with a chance that grows exponentially with their utility.

    Parameters
    ----------
    strategy : str, UtilityStrategy or callable, default="entropy"
        Gives utilities of any sign.
    beta : float > 0, default=1.0
        Coldness, in units of 1 / utility. Large: nearly the plain ranking; near 0: nearly a
        random draw.

    Notes
    -----
    A row of utility u is drawn first with a chance of exp(beta u) / sum of exp(beta u).
    Time O(n) and that of the ranking; memory O(n).
    Use where utilities may be negative and their scale is known, so that beta can be set.
    Avoid where the scale changes from round to round; SoftRank does not see it.

    References
    ----------
    Kirsch, Farquhar, Atighehchian, Jesson, Branchaud-Charron, Gal (2023), "Stochastic batch
    acquisition: a simple baseline for deep active learning", TMLR, arXiv 2106.12059.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.evidence import Evidence
    >>> from skal.strategies import Softmax
    >>> def u(inputs):
    ...     return inputs[:, 0]
    >>> pool = Evidence(None, np.array([[-1.0], [0.0], [1.0], [0.5]]), np.arange(4))
    >>> Softmax(u, beta=1e6).choose(pool, 2, np.random.default_rng(0)).positions
    array([2, 3])
    """

    name: ClassVar[str] = "softmax"

    def _logs(self, utility: Floats, rng: np.random.Generator) -> Floats:
        return utility


class SoftRank(_Perturbed):
    """Draw rows with a chance in proportion to a power of 1 / rank.

    Parameters
    ----------
    strategy : str, UtilityStrategy or callable, default="entropy"
        Gives the ranking.
    beta : float > 0, default=1.0
        The power. Large: nearly the plain ranking; near 0: nearly a random draw.

    Notes
    -----
    The row of rank r is drawn first with a chance of r^-beta / sum of r^-beta; ties of the
    ranking are broken at random.
    Time O(n log n) and that of the ranking; memory O(n).
    Use where only the order of the utilities can be trusted, not their size.
    Avoid where a few rows are worth far more than the rest: ranks hide it.

    References
    ----------
    Kirsch, Farquhar, Atighehchian, Jesson, Branchaud-Charron, Gal (2023), "Stochastic batch
    acquisition: a simple baseline for deep active learning", TMLR, arXiv 2106.12059.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.evidence import Evidence
    >>> from skal.strategies import SoftRank
    >>> def u(inputs):
    ...     return inputs[:, 0]
    >>> pool = Evidence(None, np.array([[-1.0], [0.0], [1.0], [0.5]]), np.arange(4))
    >>> SoftRank(u, beta=1e6).choose(pool, 2, np.random.default_rng(0)).positions
    array([2, 3])
    """

    name: ClassVar[str] = "soft_rank"

    def _logs(self, utility: Floats, rng: np.random.Generator) -> Floats:
        logs = np.empty(len(utility))  # r^-beta is exp(-beta log r)
        logs[top(utility, len(utility), rng)] = -np.log(np.arange(1, len(utility) + 1))
        return logs
