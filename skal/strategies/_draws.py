"""Draws of the model, read in blocks of rows; and draws of candidates by chance."""

import warnings
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from skal.evidence import Evidence
from skal.measures import blocks, entropy
from skal.strategies._base import BatchStrategy, Choice, top

__all__ = [
    "AmongAFew",
    "above_rounding",
    "chances",
    "draw_one",
    "draw_top",
    "draws_in_blocks",
    "entropy_of_mean",
    "mean_draw",
    "mutual_information",
    "row_by_row",
    "some_of",
    "vote_shares",
    "warn_if_alone",
]

Floats = NDArray[np.floating]
Ints = NDArray[np.intp]


# ---------------------------------------------------------------- draws of the model


def warn_if_alone(draws: Floats, strategy: object) -> None:
    """Warn where there is nobody to disagree with: all utilities are then 0."""
    if len(draws) == 1:
        warnings.warn(
            f"{strategy!r} compares draws of the model, but there is only one, so no row is "
            "preferred; use a committee of several members, or a net with dropout.",
            UserWarning,
            stacklevel=3,
        )


def draws_in_blocks(draws: Floats) -> Iterator[tuple[slice, Floats]]:
    """Cut (T, n, c) probabilities into blocks of rows; not to be written to."""
    n_draws, n, n_classes = draws.shape
    for rows in blocks(n, n_draws * n_classes):
        yield rows, draws[:, rows]


def row_by_row(draws: Floats, measure: Callable[[Floats], Floats]) -> Floats:
    """Apply a measure of (T, block, c) -> (block,) to all rows."""
    out = np.empty(draws.shape[1])
    for rows, p in draws_in_blocks(draws):
        out[rows] = measure(p)
    return out


def mean_draw(draws: Floats) -> Floats:
    """Mean of p_t of each row, float64 (n, c)."""
    return draws.mean(axis=0, dtype=np.float64)


def entropy_of_mean(draws: Floats) -> Floats:
    """H(mean of p_t) of each row, (n,)."""
    return row_by_row(draws, lambda p: entropy(mean_draw(p)))


def mutual_information(draws: Floats) -> Floats:
    """H(mean of p_t) - mean of H(p_t) of each row, (n,); what rounding leaves counts as 0."""
    found = row_by_row(draws, lambda p: entropy(mean_draw(p)) - entropy(p).mean(axis=0))
    return above_rounding(found, draws)


def above_rounding(utility: Floats, draws: Floats) -> Floats:
    """Utilities of at least 0, those within the rounding of the draws' entropies made 0."""
    # draws that agree leave differences of entropies around eps, which must not rank rows
    resolution = 8 * np.finfo(np.result_type(draws, np.float32)).eps
    return np.where(utility > resolution, utility, 0)


def vote_shares(draws: Floats) -> Floats:
    """Share of the draws that vote for each class, (n, c); ties go to the first class."""
    n_draws, n, n_classes = draws.shape
    shares = np.zeros((n, n_classes))  # counted draw by draw: votes of all would be (T, n, c)
    for draw in draws:
        shares[np.arange(n), draw.argmax(axis=1)] += 1
    shares /= n_draws
    return shares


# ---------------------------------------------------------------- draws of candidates


def some_of(n: int, size: int, rng: np.random.Generator) -> Ints:
    """Positions drawn at random, in order; all where there are no more, without a draw."""
    return np.arange(n) if n <= size else np.sort(rng.choice(n, size=int(size), replace=False))


def draw_one(weights: Floats, rng: np.random.Generator) -> int:
    """A position with probability proportional to its weight; -1 where all are 0."""
    cumulative = np.cumsum(weights, dtype=np.float64)
    if not cumulative[-1] > 0:
        return -1
    cumulative /= cumulative[-1]  # ends in 1, above all that rng.random gives
    return int(np.searchsorted(cumulative, rng.random(), side="right"))


def draw_top(logs: Floats, n: int, rng: np.random.Generator, beta: float = 1.0) -> Ints:
    """`n` positions without replacement, each in turn with a weight of exp(beta * log).

    The top of the logarithms with Gumbel noise is such a draw; -inf comes after all others.
    """
    return top(logs + rng.gumbel(size=len(logs)) / beta, n, rng)


def chances(logs: Floats, drawn: Ints, beta: float) -> Floats | None:
    """Chance of each drawn row, in the order drawn, among those still left; None: no draw.

    Row i is drawn with exp(beta s_i) / sum of exp(beta s_j) over the rows j left. The sums are
    built up from the last draw to the first, in logarithms: nothing is ever subtracted.
    """
    n_left = len(logs) - np.arange(len(drawn))
    is_drawn = np.zeros(len(logs), dtype=bool)
    is_drawn[drawn] = True
    weighs = logs > -np.inf
    scaled = np.full(len(logs), -np.inf)
    # beta may be inf, or large enough to overflow: both are told by what is not finite below
    with np.errstate(over="ignore", invalid="ignore"):
        scaled[weighs] = beta * (logs[weighs] - logs[weighs].max(initial=-np.inf))
    if not np.isfinite(scaled[weighs]).all():
        return None  # so cold that it is the plain ranking
    rest = scaled[~is_drawn]
    best = rest.max(initial=-np.inf)
    log_rest = best + np.log(np.exp(rest - best).sum()) if best > -np.inf else -np.inf
    backwards = np.append(log_rest, scaled[drawn][::-1])
    left = np.logaddexp.accumulate(backwards)[:0:-1]  # (n,) log of each sum
    weightless = left == -np.inf  # all that is left has weight 0: drawn evenly
    shares = np.exp(np.where(weightless, 0.0, scaled[drawn]) - np.where(weightless, 0.0, left))
    return np.where(weightless, 1 / n_left, shares)


class AmongAFew(BatchStrategy):
    """Base of batch strategies that look at no more candidates than `max_candidates`."""

    max_candidates: int

    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        self.check_params()
        if max(self.max_candidates, n) >= len(evidence):
            return super().choose(evidence, n, rng)
        drawn = some_of(len(evidence), max(self.max_candidates, n), rng)
        return super().choose(evidence.part(drawn), n, rng).among(drawn)
