"""How wrong a classifier is, without a test set: from the rows that were asked."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binomtest

from skal.learner import check_same_type

__all__ = ["PoolError", "lure", "pool_error", "wilson_interval"]

Floats = NDArray[np.floating]

DRAW = (
    "use a strategy that draws every row with a known chance above 0: Random, Softmax or SoftRank "
    "(Power too, if no utility is 0)"
)


class PoolError(NamedTuple):
    """Error of the classifier of each round, on what had no label when it chose.

    Attributes
    ----------
    round : int array of shape (n_rounds,)
        Round in which the classifier was trained: its rows were asked one round later.
    n_labeled : int array of shape (n_rounds,)
        Labels that it knew.
    n_drawn : int array of shape (n_rounds,)
        Rows that the estimate rests on.
    batch_error : array of shape (n_rounds,)
        Share of these rows that it took for something else.
    error : array of shape (n_rounds,)
        Estimate for all rows that had no label.
    """

    round: NDArray[np.intp]
    n_labeled: NDArray[np.intp]
    n_drawn: NDArray[np.intp]
    batch_error: Floats
    error: Floats


def lure(losses: ArrayLike, chances: ArrayLike, n_pool: int) -> float:
    """Estimate the mean loss over a pool, unbiased, from rows drawn with unequal chances.

    Parameters
    ----------
    losses : array of shape (n_drawn,)
        In the order drawn, without replacement.
    chances : array of shape (n_drawn,)
        Chance of each row to be drawn among those still left, in (0, 1].
    n_pool : int
        Rows before the first draw. Each of them must have had a chance.

    Returns
    -------
    float
        May leave the range of the losses: only its mean over many draws is right. Rows drawn
        evenly give the plain mean.

    Notes
    -----
    With M of N rows drawn, the m-th of them with the chance q_m, it is the mean of v_m loss_m with
    v_m = 1 + (N - M) / (N - m) (1 / ((N - m + 1) q_m) - 1), eq. 6 of the reference.

    References
    ----------
    Farquhar, Gal, Rainforth (2021), "On statistical bias in active learning: how and when to fix
    it", ICLR, arXiv 2101.11665.

    Examples
    --------
    >>> from skal.experiment import lure
    >>> round(lure([0.2, 0.4], chances=[0.4, 1 / 3], n_pool=4), 6)
    0.275
    """
    loss, q = np.asarray(losses, dtype=np.float64), np.asarray(chances, dtype=np.float64)
    n_drawn = len(loss) if loss.ndim == 1 else 0
    if not n_drawn or q.shape != loss.shape:
        raise ValueError(
            f"losses and chances must hold one number for each of the rows drawn, at least one; "
            f"got shapes {loss.shape} and {q.shape}."
        )
    if not n_drawn <= n_pool:
        raise ValueError(f"{n_drawn} rows cannot be drawn from n_pool={n_pool}.")
    if not np.isfinite(loss).all():
        raise ValueError("losses holds NaN or infinity; leave out no row, but give its loss.")
    if np.isnan(q).any():
        raise ValueError(f"chances holds NaN: these rows were not drawn at random; {DRAW}.")
    if not ((q > 0) & (q <= 1)).all():
        raise ValueError(f"chances must lie in (0, 1], got {q.min()} to {q.max()}.")
    left = n_pool - np.arange(n_drawn)  # N - m + 1
    share = (n_pool - n_drawn) / np.maximum(left - 1, 1)  # all drawn: 0, also for the last row
    weights = 1 + share * (1 / (left * q) - 1)
    return float((weights * loss).mean())


def wilson_interval(n_wrong: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Estimate the interval of an error rate, from rows drawn evenly.

    Parameters
    ----------
    n_wrong : int
        Rows that were taken for something else,
    n : int
        of so many, at least one.
    level : float in (0, 1), default=0.95

    Returns
    -------
    low, high : float

    References
    ----------
    Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA.

    Examples
    --------
    >>> from skal.experiment import wilson_interval
    >>> low, high = wilson_interval(5, 100)
    >>> f"{low:.4f} to {high:.4f}"
    '0.0215 to 0.1118'
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie in (0, 1), got {level!r}.")
    if not 0 <= n_wrong <= n or n < 1:
        raise ValueError(f"n_wrong must lie in 0..n with n >= 1, got n_wrong={n_wrong!r}, n={n!r}.")
    found = binomtest(int(n_wrong), int(n)).proportion_ci(level, method="wilson")
    return float(found.low), float(found.high)


def pool_error(
    history: Sequence[Mapping[str, Any]] | Mapping[str, Any], y: ArrayLike, *, window: int = 1
) -> PoolError:
    """Estimate each round's error on the rows without a label, from the rows it asked next.

    What a classifier took its rows for, before it was taught their labels, is a small test. Its
    plain error is that of the rows asked, hard ones under most strategies; weighed by the chances
    with which they were drawn (see `lure`) it is, on average, that of all rows left.

    Parameters
    ----------
    history : History or record
        Of a `fit` whose strategy draws rows with known chances.
    y : array of shape (n_samples,)
        Labels of the X that the rows of the history refer to.
    window : int >= 1, default=1
        Pool the estimates of so many of the latest rounds, weighed by their numbers of rows: less
        scatter, for an error that lags behind.

    Returns
    -------
    PoolError
        One entry for every round after the initial set.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skal import ActiveLearner
    >>> from skal.experiment import pool_error
    >>> X, y = load_digits(return_X_y=True)
    >>> learner = ActiveLearner(GaussianNB(var_smoothing=0.01), "random", init_size=100,
    ...                         query_size=100, budget=400, random_state=0).fit(X, y)
    >>> pool_error(learner.history_, y).error
    array([0.15, 0.1 , 0.09])
    """
    if isinstance(window, bool) or not isinstance(window, int | np.integer) or window < 1:
        raise ValueError(f"window must be an int of at least 1, got {window!r}.")
    records = [history] if isinstance(history, Mapping) else list(history)
    asked = [record for record in records if record["round"] > 0]
    if not asked:
        raise ValueError(
            "the history has no round after the initial set, which no classifier chose; give fit "
            "a larger budget."
        )
    labels = np.asarray(y)
    wrong = [_losses(record, labels) for record in asked]  # each of shape (n_asked,)
    n_before = np.array([r["n_labeled"] - len(r["rows"]) for r in asked])
    # the pool's size is not in the record, but the share that is labelled is
    n_open = [round(r["n_labeled"] / r["fraction"]) - n for r, n in zip(asked, n_before)]
    errors = [lure(w, r["chance"], n) for w, r, n in zip(wrong, asked, n_open, strict=True)]
    n_drawn = np.array([len(losses) for losses in wrong])
    return PoolError(
        round=np.array([record["round"] - 1 for record in asked]),  # 0013: said before it was told
        n_labeled=n_before,
        n_drawn=_over(window, n_drawn),
        batch_error=_over(window, [w.sum() for w in wrong]) / _over(window, n_drawn),
        error=_over(window, n_drawn * errors) / _over(window, n_drawn),
    )


def _losses(record: Mapping[str, Any], y: NDArray[Any]) -> Floats:
    """1 where the classifier took a row for something else, (n,)."""
    number = record["round"]
    missing = [key for key in ("predicted", "chance") if key not in record]
    if missing or np.isnan(record.get("fraction", np.nan)):
        raise ValueError(
            f"round {number} must hold {(missing or ['fraction'])[0]!r}, got {list(record)}; pass "
            "the history of a learner that chose its rows from a pool."
        )
    if np.isnan(record["chance"]).any():
        raise ValueError(f"rows of round {number} were not drawn with known chances; {DRAW}.")
    rows = record["rows"]
    if y.ndim != 1 or rows.max() >= len(y):
        raise ValueError(
            f"y has shape {y.shape}, but round {number} asked row {rows.max()}; pass the labels of "
            "the X that was fitted."
        )
    check_same_type("y", y, record["predicted"])
    return (record["predicted"] != y[rows]).astype(np.float64)


def _over(window: int, values: Any) -> NDArray[Any]:
    """Sums over the latest `window` values, fewer at the start."""
    ends = range(1, len(values) + 1)
    return np.array([np.sum(values[max(end - window, 0) : end]) for end in ends])
