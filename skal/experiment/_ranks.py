"""How learners rank over data sets."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from skal.experiment._curve_measures import area_under_curve
from skal.experiment._data_curves import DataCurves, read_curves
from skal.experiment._runs import RunTable, check_comparison

__all__ = [
    "Friedman",
    "Ranks",
    "critical_difference",
    "friedman",
    "rank_learners",
    "ranks",
    "sort_out",
]

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Friedman:
    """Whether several learners rank differently over data sets.

    Parameters
    ----------
    mean_ranks : array of shape (n_learners,)
        1 is best; ties share their ranks.
    statistic, p_value : float
        Friedman's chi-squared, corrected for ties; n_learners - 1 degrees of freedom.
    f_statistic, f_p_value : float
        Of Iman and Davenport, less conservative.
    """

    mean_ranks: Floats
    statistic: float
    p_value: float
    f_statistic: float
    f_p_value: float


def friedman(table: ArrayLike) -> Friedman:
    """Test whether learners rank alike over data sets.

    Parameters
    ----------
    table : array of shape (n_data, n_learners)
        One score each, averaged over the repeats; larger is better. Two data sets and three
        learners at least.

    Returns
    -------
    Friedman

    References
    ----------
    Demšar (2006), "Statistical comparisons of classifiers over multiple data sets", JMLR 7.

    Examples
    --------
    >>> from skal.experiment import friedman
    >>> found = friedman([[0.80, 0.78, 0.75], [0.70, 0.71, 0.65], [0.90, 0.88, 0.85]])
    >>> print(found.mean_ranks.round(3), round(found.p_value, 4))
    [1.333 1.667 3.   ] 0.097
    """
    values = np.asarray(table, dtype=np.float64)
    if values.ndim != 2 or values.shape[0] < 2 or values.shape[1] < 3:
        raise ValueError(
            f"table has shape {values.shape}; two data sets (rows) and three learners (columns) "
            "are needed at least. With two learners, use paired_tests."
        )
    if not np.isfinite(values).all():
        raise ValueError("table holds NaN or infinity; leave these data sets or learners out.")
    values = values.round(12)  # ties up to rounding
    n, k = values.shape
    mean_ranks = stats.rankdata(-values, axis=1).mean(axis=0)  # (k,)
    if (values == values[:, :1]).all():  # SciPy's correction for ties would divide by 0
        return Friedman(mean_ranks, 0.0, 1.0, 0.0, 1.0)
    statistic, p_value = (float(v) for v in stats.friedmanchisquare(*values.T))
    left = n * (k - 1) - statistic  # 0 where all data sets have the same order
    f = (n - 1) * statistic / left if left > 1e-9 else np.inf
    f_p = float(stats.f.sf(f, k - 1, (k - 1) * (n - 1)))
    return Friedman(mean_ranks, statistic, p_value, f, f_p)


def critical_difference(n_learners: int, n_data: int, *, alpha: float = 0.05) -> float:
    """Compute the difference of mean ranks from which on two learners differ (Nemenyi).

    Parameters
    ----------
    n_learners, n_data : int
        Two and one at least.
    alpha : float in (0, 1), default=0.05

    Returns
    -------
    float

    References
    ----------
    Demšar (2006), "Statistical comparisons of classifiers over multiple data sets", JMLR 7.

    Examples
    --------
    >>> from skal.experiment import critical_difference
    >>> print(round(critical_difference(3, 6), 6))
    1.353136
    """
    if n_learners < 2 or n_data < 1:
        raise ValueError(
            f"n_learners and n_data must be at least 2 and 1, got {n_learners} and {n_data}; "
            "compare more."
        )
    # Demšar's table of q holds the quantiles for infinite degrees of freedom, over sqrt(2)
    q = stats.studentized_range.ppf(1 - alpha, n_learners, np.inf) / np.sqrt(2)
    return float(q * np.sqrt(n_learners * (n_learners + 1) / (6 * n_data)))


@dataclass(frozen=True, eq=False)
class Ranks:
    """Mean ranks of learners over data sets, by the area under the curve.

    Parameters
    ----------
    names : list of str
    mean_ranks : array of shape (n_learners,)
        1 is best.
    n_data : int
    statistic, p_value : float
        Friedman's test.
    f_statistic, f_p_value : float
        That of Iman and Davenport.
    critical_difference : float
        Mean ranks that lie closer are not told apart (Nemenyi).
    areas : array of shape (n_data, n_learners)
        Over the labels of `ranges`, mean over the runs.
    alpha : float
    ranges : dict of str to (float, float)
        Data set -> first and last number of labels that all of these learners have.
    left_out : dict of str to str
        Learner that is not ranked -> why.
    """

    names: list[str]
    mean_ranks: Floats
    n_data: int
    statistic: float
    p_value: float
    f_statistic: float
    f_p_value: float
    critical_difference: float
    areas: Floats
    alpha: float
    ranges: Mapping[str, tuple[float, float]]
    left_out: Mapping[str, str]

    @property
    def least_p_value(self) -> float:
        """Smallest p-value that Friedman's test could give: the same order on every data set."""
        k = len(self.names)
        return float(stats.chi2.sf(self.n_data * (k - 1), k - 1))

    @property
    def is_small(self) -> bool:
        """Whether there are fewer than ten data sets: then only large differences are found."""
        return self.n_data < 10

    @property
    def can_differ(self) -> bool:
        """Whether so few data sets could tell any of the learners apart."""
        widest = len(self.names) - 1  # between one that is always first and one always last
        return self.least_p_value < self.alpha and self.critical_difference <= widest


def ranks(comparison: RunTable, *, score: str = "auto", alpha: float = 0.05) -> Ranks:
    """Rank learners over the data sets of a comparison.

    Parameters
    ----------
    comparison : Comparison
        Two data sets and three learners at least. A learner that lacks a data set is left out,
        with a warning; so are those with the fewest labels where not all have some range of labels
        in common, since the areas are taken over that range.
    score : str, default="auto"
    alpha : float in (0, 1), default=0.05
        Of the critical difference.

    Returns
    -------
    Ranks

    Examples
    --------
    >>> from skal.experiment import Comparison, Run, ranks
    >>> from skal.learner import History
    >>> areas = {"random": [0.5, 0.6], "margin": [0.7, 0.8], "entropy": [0.6, 0.7]}
    >>> runs = [
    ...     Run(f"data {i}", learner, 0, History([{"n_labeled": 10, "test_score": scores[i]}]))
    ...     for i in range(2) for learner, scores in areas.items()
    ... ]
    >>> found = ranks(Comparison(runs))
    >>> print(found.mean_ranks, round(found.p_value, 3))
    [3. 1. 2.] 0.135
    """
    check_comparison(comparison)
    _, everything = read_curves(comparison, score)
    names, left_out = sort_out(everything, comparison.learner_names)
    for why in dict.fromkeys(left_out.values()):
        which = [name for name, reason in left_out.items() if reason == why]
        warnings.warn(f"{which} are not ranked: {why}.", stacklevel=2)
    return rank_learners(everything, names, left_out, alpha)


def sort_out(
    everything: Sequence[DataCurves], names: Sequence[str]
) -> tuple[list[str], dict[str, str]]:
    """Return the learners that can be ranked, and why the others cannot."""
    ranked = [name for name in names if all(curves.repeats(name) for curves in everything)]
    left_out = {name: "not on every data set" for name in names if name not in ranked}
    for curves in everything:
        while len(ranked) > 1 and curves.shared(*ranked) is None:
            # a learner with few labels must not cost the others the range that they share
            own = {name: [x for x, _ in curves.curves[name].values()] for name in ranked}
            widths = {
                name: min(x[-1] for x in runs) - max(x[0] for x in runs)
                for name, runs in own.items()
            }
            shortest = min(ranked, key=widths.__getitem__)
            ranked.remove(shortest)
            left_out[shortest] = "too few labels in common"
    return ranked, left_out


def rank_learners(
    everything: Sequence[DataCurves], names: list[str], left_out: Mapping[str, str], alpha: float
) -> Ranks:
    """Rank these learners by their areas over the labels that all of them have."""
    if len(names) < 3 or len(everything) < 2:
        raise ValueError(
            f"Ranks of {names} on {len(everything)} data set(s) were asked for; three learners "
            "and two data sets are needed at least. With two learners, see the verdict."
        )
    areas, ranges = np.empty((len(everything), len(names))), {}
    for i, curves in enumerate(everything):
        x = curves.shared(*names)
        if x is None:
            raise ValueError(f"{names} have no range of labels in common on {curves.data!r}.")
        ranges[curves.data] = (float(x[0]), float(x[-1]))
        for j, name in enumerate(names):
            areas[i, j] = area_under_curve(x, curves.at(name, curves.repeats(name), x)).mean()
    test = friedman(areas)
    return Ranks(
        names,
        test.mean_ranks,
        len(everything),
        test.statistic,
        test.p_value,
        test.f_statistic,
        test.f_p_value,
        critical_difference(len(names), len(everything), alpha=alpha),
        areas,
        alpha,
        ranges,
        left_out,
    )
