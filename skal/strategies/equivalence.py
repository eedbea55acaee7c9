"""Ask what separates hypotheses that would decide differently."""

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skal._compat import Interval
from skal.evidence import MCProba, Need
from skal.measures import blocks
from skal.strategies._base import UtilityStrategy
from skal.strategies._draws import (
    AmongAFew,
    draws_in_blocks,
    mutual_information,
    warn_if_alone,
)
from skal.strategies._fill import fill_best

__all__ = ["BALanCe", "BatchBALanCe"]

Floats = NDArray[np.floating]
PAIRS: dict[str, list[Any]] = {
    "n_pairs": [Interval(Integral, 1, None, closed="left")],
    "threshold": [None, Interval(Real, 0, 1, closed="both")],
    "anneal_ratio": [Interval(Real, 0, None, closed="left")],
}


class BALanCe(UtilityStrategy):
    """Ask first what tells apart draws of the model that would decide differently.

    Draws come in pairs. A pair counts as different if it disagrees on enough of the candidates;
    the better the model, the less is enough.

    Parameters
    ----------
    n_pairs : int >= 1, default=20
        Pairs of dropout passes of a net; a committee has half as many pairs as members.
    threshold : float in [0, 1], default=None
        Share of the candidates on which a pair of different draws disagrees at least. None:
        `anneal_ratio` times the error that the model expects of itself, the mean over
        candidates of 1 - max(mean p).
    anneal_ratio : float >= 0, default=0.125

    Notes
    -----
    Utility is the sum over y of p(y) mean_k d_k (1 - l_k(y) l'_k(y)), in [0, 1].
    Here p is averaged over draws, l = p / max(p) of each draw of pair k, and d_k is 1 for pairs
    that are different. Where no pair is, utility is that of BALD.
    Time O(T n c); memory O(T n) bytes.
    Use where the uncertainty that is left no longer changes decisions, so that BALD wastes labels.
    Avoid where draws of the model are few or all alike: no pair then differs.

    References
    ----------
    Zhang, Khan, Grossman, Chen (2023), "Scalable batch-mode deep Bayesian active learning via
    equivalence class annealing", ICLR, arXiv 2112.13737.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import BALanCe
    >>> draws = np.array([[[0.8, 0.2]], [[0.6, 0.4]], [[0.3, 0.7]], [[0.9, 0.1]]])  # two pairs
    >>> BALanCe().utility(draws).round(6)
    array([0.34127])
    """

    name: ClassVar[str] = "balance"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = PAIRS

    def __init__(
        self, n_pairs: int = 20, threshold: float | None = None, anneal_ratio: float = 0.125
    ):
        self.n_pairs = n_pairs
        self.threshold = threshold
        self.anneal_ratio = anneal_ratio

    def needs(self) -> dict[str, Need]:
        return {"mc_proba": MCProba(2 * self.n_pairs)}

    def utility(self, mc_proba: Floats) -> Floats:
        warn_if_alone(mc_proba, self)
        different = different_pairs(mc_proba, self.threshold, self.anneal_ratio)
        if not different.any():
            return mutual_information(mc_proba)
        return separation(mc_proba, different)


class BatchBALanCe(AmongAFew):
    """Ask the rows that together tell apart draws of the model that would decide differently.

    Greedy, each row beside those before it: a row that separates other pairs of draws than its
    predecessors is worth more than one that separates the same.

    Parameters
    ----------
    n_pairs : int >= 1, default=20
        Pairs of dropout passes of a net; a committee has half as many pairs as members.
    threshold : float in [0, 1], default=None
        Share of the candidates on which a pair of different draws disagrees at least. None:
        `anneal_ratio` times the error that the model expects of itself, the mean over
        candidates of 1 - max(mean p).
    anneal_ratio : float >= 0, default=0.125
    max_candidates : int >= 1, default=20_000
        Larger pools are sampled at random first.

    Notes
    -----
    Asked is the argmax of sum over labellings y of the batch of p(y) mean_k d_k (1 - l_k(y)
    l'_k(y)), with products over the batch's rows; see BALanCe. Sums over labellings of products
    over rows are products over rows of sums, so no labelling is sampled.
    Where no pair of draws is different, or all those are told apart, BALD orders the rows.
    Time O(m K^2 (c + n)) with K pairs and m candidates; memory O(m K^2) floats, 64 MB at most
    by default.
    Use where BatchBALD would, and only decisions count; it stays quick in batches of 1,000.
    Avoid where draws of the model are few or all alike: no pair then differs.

    References
    ----------
    Zhang, Khan, Grossman, Chen (2023), "Scalable batch-mode deep Bayesian active learning via
    equivalence class annealing", ICLR, arXiv 2112.13737.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import BatchBALanCe
    >>> p = np.array([[1, 1, 1], [0, 0, 1], [1, 1, 1], [1, 1, 0]])  # rows 0 and 1 are copies
    >>> draws = np.stack([p, 1 - p], axis=2)
    >>> BatchBALanCe().select(2, np.random.default_rng(0), draws)
    array([0, 2])
    """

    name: ClassVar[str] = "batch_balance"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **PAIRS,
        "max_candidates": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        n_pairs: int = 20,
        threshold: float | None = None,
        anneal_ratio: float = 0.125,
        max_candidates: int = 20_000,
    ):
        self.n_pairs = n_pairs
        self.threshold = threshold
        self.anneal_ratio = anneal_ratio
        self.max_candidates = max_candidates

    def needs(self) -> dict[str, Need]:
        return {"mc_proba": MCProba(2 * self.n_pairs)}

    def select(self, n: int, rng: np.random.Generator, mc_proba: Floats) -> NDArray[np.intp]:
        warn_if_alone(mc_proba, self)
        different = different_pairs(mc_proba, self.threshold, self.anneal_ratio)
        chosen: list[int] = []
        if different.any():
            factors = likeness(mc_proba, different)  # (n_candidates, 2K K')
            batch = np.ones(factors.shape[1], dtype=factors.dtype)  # product over chosen rows
            while len(chosen) < n and batch.any():
                alike = factors @ batch  # the gain is 1 - this, up to factors
                alike[chosen] = np.inf
                chosen.append(int(np.argmin(alike)))
                batch = batch * factors[chosen[-1]]
                batch /= batch.max() or 1.0  # only its direction counts, and products underflow
        return fill_best(chosen, n, mutual_information(mc_proba))


def different_pairs(
    draws: Floats, threshold: float | None, anneal_ratio: float
) -> NDArray[np.bool_]:
    """Which pairs of draws disagree on a share of at least `threshold` of the candidates, (K,).

    Draws 2k and 2k + 1 are pair k; the last of an odd number has none.
    """
    votes = np.stack([draw.argmax(axis=1) for draw in draws])  # (T, n)
    paired = len(draws) // 2 * 2
    disagreement = (votes[0:paired:2] != votes[1:paired:2]).mean(axis=1)
    if threshold is None:
        errors = sum((1 - p.mean(axis=0).max(axis=1)).sum() for _, p in draws_in_blocks(draws))
        threshold = anneal_ratio * errors / draws.shape[1]
    return disagreement >= threshold


def separation(draws: Floats, different: NDArray[np.bool_]) -> Floats:
    """How well the label of each row alone tells the different pairs apart, (n,)."""
    utility = np.empty(draws.shape[1])
    paired = 2 * len(different)
    for rows, p in draws_in_blocks(draws[:paired]):
        alike = _products_of_pairs(p)[different].sum(axis=0)  # (b, c): sum of d_k l_k(y) l'_k(y)
        told = different.sum() - alike
        utility[rows] = (p.mean(axis=0) * told).sum(axis=1) / len(different)
    return np.clip(utility, 0, 1)  # where rounding leads over


def likeness(draws: Floats, different: NDArray[np.bool_]) -> Floats:
    """Sum over y of p_t(y) l_k(y) l'_k(y), (n, 2K K'), for every draw t and different pair k."""
    paired, n = 2 * len(different), draws.shape[1]
    n_different = int(different.sum())
    out = np.empty((n, paired * n_different), dtype=np.result_type(draws, np.float32))
    for rows in blocks(n, paired * (draws.shape[2] + n_different)):
        p = np.asarray(draws[:paired, rows], dtype=np.float64)
        pairs = _products_of_pairs(p)[different]  # (K', b, c)
        table = p.transpose(1, 0, 2) @ pairs.transpose(1, 2, 0)  # (b, 2K, K')
        out[rows] = table.reshape(len(table), -1)
    return out


def _products_of_pairs(p: Floats) -> Floats:
    """l_k(y) l'_k(y) of pairs of consecutive draws: (2K, b, c) -> (K, b, c)."""
    scaled = p / p.max(axis=2, keepdims=True)
    return scaled[0::2] * scaled[1::2]
