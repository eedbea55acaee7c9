"""Tests on paired repeats, corrections for several of them, intervals."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

__all__ = ["PairedTests", "bootstrap_interval", "holm", "paired_tests"]

Floats: TypeAlias = NDArray[np.float64]
Alternative: TypeAlias = Literal["two-sided", "less", "greater"]

NEGLIGIBLE = 1e-12  # of the values: smaller differences are rounding


@dataclass(frozen=True)
class PairedTests:
    """What pairs of numbers say about a difference.

    Parameters
    ----------
    n_pairs : int
    difference : float
        Mean of a - b.
    low, high : float
        Interval of the mean difference by Student's t; NaN for fewer than two pairs.
    effect : float
        Mean difference in units of its standard deviation over the pairs.
    t, t_p_value : float
        Paired t test. Of differences that are all alike, t is infinite and p is 0; of differences
        that are all zero, t is 0 and p is 1.
    wilcoxon, wilcoxon_p_value : float
        Signed-rank test, zeros dropped. The statistic is the smaller of the two rank sums if the
        test is two-sided, the sum over positive differences otherwise. With n pairs, its
        two-sided p can never be below 2 / 2**n: 0.0625 for five.
    """

    n_pairs: int
    difference: float = np.nan
    low: float = np.nan
    high: float = np.nan
    effect: float = np.nan
    t: float = np.nan
    t_p_value: float = np.nan
    wilcoxon: float = np.nan
    wilcoxon_p_value: float = np.nan


def paired_tests(
    a: ArrayLike, b: ArrayLike, *, level: float = 0.95, alternative: Alternative = "two-sided"
) -> PairedTests:
    """Test whether paired numbers differ: Student's t and Wilcoxon's signed ranks.

    Parameters
    ----------
    a, b : array of shape (n_pairs,)
        Pairs with NaN are left out, with a warning.
    level : float in (0, 1), default=0.95
        Of the two-sided interval.
    alternative : {"two-sided", "less", "greater"}, default="two-sided"
        What the p-values are against: a differs from b, is less, is greater.

    Returns
    -------
    PairedTests

    Examples
    --------
    >>> from skal.experiment import paired_tests
    >>> found = paired_tests([0.80, 0.82, 0.81, 0.83, 0.79], [0.78, 0.80, 0.80, 0.80, 0.78])
    >>> round(found.difference, 6), round(found.t_p_value, 6), found.wilcoxon_p_value
    (0.018, 0.008581, 0.0625)
    """
    check_level(level)
    d, slack = _differences(a, b)
    n = len(d)
    if n < 2:
        return PairedTests(n, difference=float(d.mean()) if n else np.nan)
    mean, low, high = student_interval(d, level)
    w, w_p = _wilcoxon(d, slack, alternative)
    if low == high:  # no spread at all: the limit of the test, where rounding would decide
        sign = np.sign(mean)
        t = sign * np.inf if sign else 0.0
        t_p = {"two-sided": sign == 0, "greater": sign <= 0, "less": sign >= 0}[alternative]
        return PairedTests(n, mean, low, high, t, t, float(t_p), w, w_p)
    effect = mean / float(d.std(ddof=1))
    t = effect * np.sqrt(n)
    t_p = {
        "less": special.stdtr(n - 1, t),
        "greater": special.stdtr(n - 1, -t),
        "two-sided": 2 * special.stdtr(n - 1, -abs(t)),
    }
    return PairedTests(n, mean, low, high, effect, t, float(t_p[alternative]), w, w_p)


def student_interval(d: Floats, level: float) -> tuple[float, float, float]:
    """Mean of two values or more, and its interval; one that is rounding has no width."""
    mean, n = float(d.mean()), len(d)
    half = special.stdtrit(n - 1, (1 + level) / 2) * float(d.std(ddof=1)) / np.sqrt(n)
    if half <= NEGLIGIBLE * abs(mean):
        return mean, mean, mean
    return mean, mean - half, mean + half


def _differences(a: ArrayLike, b: ArrayLike) -> tuple[Floats, float]:
    """Return a - b of the whole pairs, rounding errors set to zero, and what rounding may add."""
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.ndim != 1 or first.shape != second.shape:
        raise ValueError(
            f"a has shape {first.shape}, b has {second.shape}; pairs need two 1-D arrays of the "
            "same length, in the same order of repeats."
        )
    whole = np.isfinite(first) & np.isfinite(second)
    if not whole.all():
        missing = int((~whole).sum())
        warnings.warn(f"{missing} pair(s) with NaN or infinity are left out.", stacklevel=3)
    first, second = first[whole], second[whole]
    d = first - second
    slack = NEGLIGIBLE * np.maximum(np.abs(first), np.abs(second))
    d[np.abs(d) <= slack] = 0.0
    return d, float(slack.max(initial=0.0))


def _wilcoxon(d: Floats, slack: float, alternative: Alternative) -> tuple[float, float]:
    """Statistic and p-value of the signed-rank test of differences, zeros dropped."""
    d = d[d != 0]
    if not len(d):
        return 0.0, 1.0
    # 0.9 - 0.8 and 0.3 - 0.2 tie: sizes that rounding alone tells apart become the smallest of them
    order = np.argsort(np.abs(d))
    sizes = np.abs(d)[order]
    is_new = np.diff(sizes, prepend=-np.inf) > slack
    d[order] = np.sign(d[order]) * sizes[is_new][np.cumsum(is_new) - 1]
    test = stats.wilcoxon(d, alternative=alternative)
    return float(test.statistic), float(test.pvalue)


def check_level(level: float) -> None:
    """Refuse a level of confidence that is no share."""
    if not 0 < level < 1:
        raise ValueError(
            f"level must be a number between 0 and 1, got {level!r}; give one such as 0.95."
        )


def holm(p_values: ArrayLike) -> Floats:
    """Adjust the p-values of several tests, so that all errors together keep the level.

    Parameters
    ----------
    p_values : array of shape (n_tests,)
        NaN: no test was possible; it is not counted and stays NaN.

    Returns
    -------
    array of shape (n_tests,)

    References
    ----------
    Holm (1979), "A simple sequentially rejective multiple test procedure", Scand. J. Statist. 6.

    Examples
    --------
    >>> from skal.experiment import holm
    >>> holm([0.01, 0.04, 0.03])
    array([0.03, 0.06, 0.06])
    """
    p = np.asarray(p_values, dtype=np.float64)
    adjusted = np.full(p.shape, np.nan)
    tests = np.flatnonzero(~np.isnan(p))
    order = tests[np.argsort(p[tests], kind="stable")]
    factors = np.arange(len(order), 0, -1)  # the smallest p is corrected for all, the largest not
    # the running maximum keeps the order of the p-values
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * factors), 1.0)
    return adjusted


def bootstrap_interval(
    statistic: Callable[[Floats], Any],
    n: int,
    *,
    level: float = 0.95,
    n_resamples: int = 9999,
    random_state: int = 0,
) -> tuple[float, float]:
    """Estimate the interval of a statistic of averages over few repeats: expanded percentiles.

    Plain percentiles of the bootstrap are too narrow for few repeats; here they are taken further
    out, so that the interval of a mean is about as wide as Student's.

    Parameters
    ----------
    statistic : callable
        Is given weights of shape (n_draws, n), whose rows sum to 1, so that
        ``weights @ values`` are the averages of the draws; returns an array (n_draws,). Where a
        draw only bounds the value, it returns (lower bounds, upper bounds), shape (2, n_draws).
    n : int
        How many repeats there are.
    level : float in (0, 1), default=0.95
    n_resamples : int, default=9999
    random_state : int, default=0

    Returns
    -------
    low, high : float
        Values that the statistic took; NaN for fewer than two repeats. Infinite values are ranked
        as such.

    References
    ----------
    Hesterberg (2015), "What teachers should know about the bootstrap", The American Statistician
    69.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.experiment import bootstrap_interval
    >>> values = np.array([0.5, 0.7, 0.6, 0.6, 0.8])
    >>> low, high = bootstrap_interval(lambda weights: weights @ values, n=5)
    >>> print(round(low, 2), round(high, 2))
    0.52 0.78
    """
    check_level(level)
    if n < 2:
        return np.nan, np.nan
    weights, times = _draws(n, n_resamples, random_state)
    values = np.atleast_2d(np.asarray(statistic(weights), dtype=np.float64))
    values = np.repeat(values, times, axis=1)  # (1 or 2, n_resamples)
    # Hesterberg's expanded tail: the normal one of Student's quantile, wider by sqrt(n / (n - 1))
    tail = special.ndtr(np.sqrt(n / (n - 1)) * special.stdtrit(n - 1, (1 - level) / 2))
    # inverted_cdf never interpolates: between a number and infinity there is nothing
    low = np.quantile(values[0], tail, method="inverted_cdf")
    high = np.quantile(values[-1], 1 - tail, method="inverted_cdf")
    return float(low), float(high)


@lru_cache(maxsize=8)  # every learner of a comparison has the same
def _draws(n: int, n_resamples: int, seed: int) -> tuple[Floats, NDArray[np.intp]]:
    """Weights (n_draws, n) of distinct draws with replacement, and how often each came."""
    draws = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=n_resamples)
    times = np.ones(n_resamples, dtype=np.intp)
    if n <= 8:  # few are distinct, 126 of 5 repeats: the statistic sees each once
        keys = draws @ (n + 1) ** np.arange(n)  # digits to the base n + 1: one number a draw
        _, first, times = np.unique(keys, return_index=True, return_counts=True)
        draws = draws[first]
    weights = draws / n
    weights.flags.writeable = False  # the cache hands out this very array
    return weights, times
