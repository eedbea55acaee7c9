"""Which learner beats which, at how many checkpoints."""

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skal._optional import require
from skal.experiment._curve_measures import nearly
from skal.experiment._data_curves import check_baseline, read_curves
from skal.experiment._paired_tests import paired_tests
from skal.experiment._runs import RunTable, check_comparison

if TYPE_CHECKING:
    import pandas

__all__ = ["Penalties", "checkpoints", "penalties", "penalty_matrix"]

Floats: TypeAlias = NDArray[np.float64]


def checkpoints(x: ArrayLike, y: ArrayLike, *, share: float = 0.99) -> Floats:
    """Find the numbers of labels at which learners are compared: after 1, 2, 4, 8, ... batches.

    The last is the first of them at which the reference has 99 % of its own final score (later,
    all are alike), or else the last that its curve still holds.

    Parameters
    ----------
    x : array of shape (n_points,)
        Numbers of labels of the reference; the first step is its batch.
    y : array of shape (n_points,)
        Its scores, averaged over the repeats.
    share : float, default=0.99

    Returns
    -------
    array of shape (n_checkpoints,)

    References
    ----------
    Ash, Zhang, Krishnamurthy, Langford, Agarwal (2020), "Deep batch active learning by diverse,
    uncertain gradient lower bounds", ICLR.

    Examples
    --------
    >>> from skal.experiment import checkpoints
    >>> checkpoints([100, 110, 150, 200, 300], [0.5, 0.55, 0.7, 0.795, 0.8])
    array([110., 120., 140., 180., 260.])
    """
    at, scores = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if len(at) < 2:
        return at
    # as many doublings of the first step as end within the curve
    doubled = 2.0 ** np.arange(np.floor(np.log2((at[-1] - at[0]) / (at[1] - at[0]))) + 1)
    # the first step is the batch size, whatever the later ones are
    counts = at[0] + doubled * (at[1] - at[0])
    there = np.flatnonzero(np.interp(counts, at, scores) >= nearly(scores[-1], share))
    return counts[: there[0] + 1] if len(there) else counts


def penalty_matrix(scores: ArrayLike, *, alpha: float = 0.05) -> Floats:
    """Count the share of checkpoints at which one learner beats another, by a paired t test.

    Parameters
    ----------
    scores : array of shape (n_learners, n_checkpoints, n_repeats)
        Scores on one data set, paired by repeat; NaN where a run is missing.
    alpha : float in (0, 1), default=0.05
        Two-sided; the many tests are not corrected.

    Returns
    -------
    array of shape (n_learners, n_learners)
        Row i, column j: how often i beats j. The mean of a column says how often that learner is
        beaten; lower is better.

    References
    ----------
    Ash, Zhang, Krishnamurthy, Langford, Agarwal (2020), "Deep batch active learning by diverse,
    uncertain gradient lower bounds", ICLR.

    Examples
    --------
    >>> from skal.experiment import penalty_matrix
    >>> a, b = [[0.80, 0.82, 0.81]], [[0.70, 0.73, 0.71]]  # one checkpoint, three repeats
    >>> penalty_matrix([a, b])
    array([[0., 1.],
           [0., 0.]])
    """
    values = np.asarray(scores, dtype=np.float64)
    if values.ndim != 3:
        raise ValueError(
            f"scores has shape {values.shape}; (n_learners, n_checkpoints, n_repeats) is needed."
        )
    n_learners, n_checkpoints, _ = values.shape
    matrix = np.zeros((n_learners, n_learners))
    for i in range(n_learners):
        for j in range(i):
            both = np.isfinite(values[i]) & np.isfinite(values[j])
            for a, b, whole in zip(values[i], values[j], both):  # at one checkpoint, (n_repeats,)
                test = paired_tests(a[whole], b[whole], level=1 - alpha)
                if test.t_p_value < alpha:  # NaN, too few pairs, is not
                    winner, loser = (i, j) if test.t > 0 else (j, i)
                    matrix[winner, loser] += 1 / n_checkpoints
    return matrix


@dataclass(frozen=True, eq=False)
class Penalties:
    """How often each learner beats each other one.

    Parameters
    ----------
    names : list of str
    matrix : array of shape (n_learners, n_learners)
        Row beats column; sum over the data sets of the share of checkpoints.
    n_data : int
        Data sets; the largest value that an entry can have.
    alpha : float
        Level of each single test.

    Attributes
    ----------
    mean_penalties : array of shape (n_learners,)
        Column means, the diagonal included; lower is better.
    """

    names: list[str]
    matrix: Floats
    n_data: int
    alpha: float

    @property
    def mean_penalties(self) -> Floats:
        """Means of the columns: how often each learner is beaten."""
        return self.matrix.mean(axis=0)

    def to_frame(self) -> "pandas.DataFrame":
        """Return the matrix with names.

        Returns
        -------
        pandas.DataFrame
        """
        pandas = require("pandas", extra="pandas", purpose="Penalties.to_frame")
        return pandas.DataFrame(self.matrix, index=self.names, columns=self.names)


def penalties(
    comparison: RunTable,
    *,
    score: str = "auto",
    baseline: str | None = None,
    alpha: float = 0.05,
) -> Penalties:
    """Sum the pairwise penalty matrices of a comparison over its data sets.

    Two learners are compared at each checkpoint where both have labels; the others count for
    neither.

    Parameters
    ----------
    comparison : Comparison
    score : str, default="auto"
        Which score, if there are several.
    baseline : str, default=None
        The learner whose averaged curve, to its own end, sets the checkpoints; None: that of the
        comparison. A data set on which it has no run is left out, with a warning.
    alpha : float in (0, 1), default=0.05
        Level of each test; the many tests are not corrected.

    Returns
    -------
    Penalties

    See Also
    --------
    penalty_matrix : The numbers of one data set.
    checkpoints : Where the learners are compared.

    Examples
    --------
    >>> from skal.experiment import Comparison, Run, penalties
    >>> from skal.learner import History
    >>> def run(learner, repeat, scores):
    ...     records = [{"n_labeled": n, "test_score": s} for n, s in zip([10, 20, 30], scores)]
    ...     return Run("digits", learner, repeat, History(records))
    >>> runs = [run("random", k, [0.5, 0.60 + k / 100, 0.70]) for k in range(5)]
    >>> runs += [run("margin", k, [0.5, 0.71 + k / 110, 0.78]) for k in range(5)]
    >>> penalties(Comparison(runs)).to_frame()
            random  margin
    random     0.0     0.0
    margin     1.0     0.0
    """
    check_comparison(comparison)
    name = check_baseline(comparison, baseline)
    _, everything = read_curves(comparison, score)
    names = comparison.learner_names
    matrix, n_data = np.zeros((len(names), len(names))), 0
    for curves in everything:
        if not curves.repeats(name):
            warnings.warn(f"{name!r} has no run on {curves.data!r}; left out.", stacklevel=2)
            continue
        x, own = curves.own(name, curves.repeats(name))
        counts = checkpoints(x, own.mean(axis=0))
        every = sorted({repeat for runs in curves.curves.values() for repeat in runs})
        scores = np.full((len(names), len(counts), len(every)), np.nan)  # NaN: no such run
        for i, learner in enumerate(names):
            mine = curves.repeats(learner)
            if mine:
                at = np.searchsorted(every, mine)
                scores[i][:, at] = curves.at(learner, mine, counts).T
        matrix += penalty_matrix(scores, alpha=alpha)
        n_data += 1
    return Penalties(names, matrix, n_data, alpha)
