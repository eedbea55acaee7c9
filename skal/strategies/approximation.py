"""Ask a sparse subset that stands for the whole pool."""

from collections.abc import Iterator
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skal._compat import Interval
from skal.evidence import MCProba, Need
from skal.measures import blocks, entropy, log
from skal.strategies._base import BatchStrategy
from skal.strategies._fill import fill_best
from skal.strategies._space import squared_lengths

__all__ = ["ACSFW", "SparseApproximation"]

Floats = NDArray[np.floating]
STEPS = 5  # of Frank-Wolfe for each row asked, before the rest is filled up


class ACSFW(BatchStrategy):
    """Ask rows whose weighted log-likelihoods add up to those of the whole pool.

    Each row is a vector: its expected log-likelihood under each of several draws of the model. A
    few rows with weights are fitted to the sum over the pool by the Frank-Wolfe algorithm
    (active Bayesian coresets).

    Parameters
    ----------
    n_passes : int >= 2, default=20
        Draws of the model, see `MCProba`; more draws tell more rows apart.
    gamma : float, default=0.0
        Weight of the predictive entropy that is added to the log-likelihoods.

    Notes
    -----
    Probabilities under a logarithm are at least 1e-12. The algorithm often returns to a row it has,
    so it goes on until n rows have weight, for 5n steps at most or until the fit is exact; the
    longest of the other vectors fill up the rest.

    Time O(B n J) for J draws; memory O(n J).
    Use where a net has dropout and the batch should mirror the whole pool.
    Avoid where the batch is far larger than the number of draws: most of it is then filled up.

    References
    ----------
    Pinsler, Gordon, Nalisnick, Hernández-Lobato (2019), "Bayesian batch active learning as sparse
    subset approximation", NeurIPS, arXiv 1908.02144.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import ACSFW
    >>> draws = np.array([[[0.9, 0.1], [0.5, 0.5]], [[0.9, 0.1], [0.1, 0.9]]])
    >>> ACSFW().select(1, np.random.default_rng(0), mc_proba=draws)
    array([1])
    """

    name: ClassVar[str] = "acs_fw"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_passes": [Interval(Integral, 2, None, closed="left")],
        "gamma": [Interval(Real, None, None, closed="neither")],
    }

    def __init__(self, n_passes: int = 20, gamma: float = 0.0):
        self.n_passes = n_passes
        self.gamma = gamma

    def needs(self) -> dict[str, Need]:
        return {"mc_proba": MCProba(self.n_passes)}

    def select(self, n: int, rng: np.random.Generator, mc_proba: Floats) -> NDArray[np.intp]:
        vectors, nats = _log_likelihoods(mc_proba)
        vectors += self.gamma * nats[:, None] / np.sqrt(vectors.shape[1])
        first_taken: dict[int, None] = {}  # in the order of the first step
        weight: Floats = np.zeros(len(vectors))
        for step, (i, weight) in enumerate(_frank_wolfe(vectors), start=1):
            first_taken[i] = None
            if np.count_nonzero(weight) == n or step == STEPS * n:
                break
        chosen = np.array([i for i in first_taken if weight[i] > 0], dtype=np.intp)
        return fill_best(chosen, n, np.sqrt(squared_lengths(vectors)), rng)


class SparseApproximation(BatchStrategy):
    """Ask uncertain rows whose weighted log-likelihoods add up to those of the whole pool.

    As `ACSFW`, with a bonus for uncertain rows, weights drawn towards each other, and a greedy
    choice that takes a new row in every step.

    Parameters
    ----------
    alpha : float >= 0, default=1.0
        Worth of uncertainty. At 1, the bonus of n rows of the highest uncertainty equals the whole
        misfit.
    beta : float >= 0, default=1.0
        Pull of the weights towards 1. At 1, each row takes a fair share of about 1 / n of what is
        to be fitted.
    n_passes : int >= 2, default=20
        Draws of the model, see `MCProba`.

    Notes
    -----
    With φ_j the vector of row j, v the sum of all N, s_j the predictive entropy and w weights,
    each step sets one more weight so that ‖v - Σ w_j φ_j‖² - a Σ_{w_j > 0} s_j + b ‖w - 1‖² falls
    most, where a = alpha ‖v‖² / (n max s) and b = beta ‖v‖² n / N². The paper leaves both scales
    to the user. Rows that can have no positive weight come last, the most uncertain first.

    Time O(B n J) for J draws; memory O(n J).
    Use where a net has dropout and batches should be both uncertain and like the pool.
    Avoid where outliers should be found.

    References
    ----------
    Shen, Jiang, Zhang, Koyejo (2022), "Batch active learning from the perspective of sparse
    approximation", arXiv 2211.00246.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import SparseApproximation
    >>> draws = np.array([[[0.9, 0.1], [0.5, 0.5]], [[0.9, 0.1], [0.1, 0.9]]])
    >>> SparseApproximation().select(1, np.random.default_rng(0), mc_proba=draws)
    array([1])
    """

    name: ClassVar[str] = "sparse_approximation"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "alpha": [Interval(Real, 0, None, closed="left")],
        "beta": [Interval(Real, 0, None, closed="left")],
        "n_passes": [Interval(Integral, 2, None, closed="left")],
    }

    def __init__(self, alpha: float = 1.0, beta: float = 1.0, n_passes: int = 20):
        self.alpha = alpha
        self.beta = beta
        self.n_passes = n_passes

    def needs(self) -> dict[str, Need]:
        return {"mc_proba": MCProba(self.n_passes)}

    def select(self, n: int, rng: np.random.Generator, mc_proba: Floats) -> NDArray[np.intp]:
        vectors, nats = _log_likelihoods(mc_proba)
        whole = vectors.sum(axis=0)
        misfit, most = float(whole @ whole), float(nats.max())
        # the paper leaves the scales to the user: these make alpha and beta pure numbers
        a = self.alpha * misfit / (n * most) if most > 0 else 0.0
        b = self.beta * misfit * n / len(vectors) ** 2
        return fill_best(list(_greedy(vectors, nats, n, a, b)), n, nats, rng)


def _log_likelihoods(mc_proba: Floats) -> tuple[Floats, Floats]:
    """Expected log-likelihood of each row under each draw over √J, (n, J), and its entropy."""
    n_draws, n, n_classes = mc_proba.shape
    vectors, nats = np.empty((n, n_draws)), np.empty(n)
    for rows in blocks(n, n_draws * n_classes):
        p = mc_proba[:, rows].astype(np.float64)  # (J, block, c)
        mean = p.mean(axis=0)
        nats[rows] = entropy(mean)
        # (sum over k of mean p_k log p_jk) / √J; ACSFW adds gamma H(mean p) / √J
        vectors[rows] = np.einsum("nk,jnk->nj", mean, log(p)) / np.sqrt(n_draws)
    return vectors, nats


def _frank_wolfe(vectors: Floats) -> Iterator[tuple[int, Floats]]:
    """The row taken and the weights, after each step of fitting the sum of all vectors."""
    length = np.sqrt(squared_lengths(vectors))
    some = length > 0  # a row of zeros has nothing to give
    total = length.sum()
    unit = np.divide(vectors, length[:, None], out=np.zeros_like(vectors), where=some[:, None])
    whole = vectors.sum(axis=0)
    fitted, weight = np.zeros_like(whole), np.zeros(len(vectors))
    while some.any():
        rest = whole - fitted
        i = int(np.argmax(np.where(some, unit @ rest, -np.inf)))  # <L - L(w), L_i> / σ_i
        towards = total * unit[i] - fitted  # (σ / σ_i) L_i - L(w)
        step = float(towards @ rest)
        if step <= np.finfo(float).eps * float(whole @ whole):
            return  # the fit is exact, or no row makes it better
        step = min(1.0, step / float(towards @ towards))  # above 1 by rounding only
        # w becomes (1 - γ) w + γ (σ / σ_i) 1_i; a new array, since the last one was given away
        weight = (1 - step) * weight
        weight[i] += step * total / length[i]
        fitted += step * towards
        yield i, weight


def _greedy(vectors: Floats, nats: Floats, n: int, a: float, b: float) -> dict[int, float]:
    """Up to n rows and their weights, in the order in which they lower the objective most."""
    stiff = squared_lengths(vectors) + b
    rest = vectors.sum(axis=0)
    weight: dict[int, float] = {}
    while len(weight) < n:
        slope = vectors @ rest + b
        # with one more weight w_j the objective is least at (φ_j.rest + b) / (φ_j.φ_j + b)
        best = np.divide(slope, stiff, out=np.zeros_like(slope), where=(stiff > 0) & (slope > 0))
        # by which it falls by w_j (φ_j.rest + b), and by a s_j for a weight at all
        gain = np.where(best > 0, best * slope + a * nats, -np.inf)
        gain[list(weight)] = -np.inf
        i = int(np.argmax(gain))
        if gain[i] == -np.inf:
            break
        weight[i] = float(best[i])
        rest = rest - best[i] * vectors[i]
    return weight
