"""Measures of arrays: arrays in, arrays out.

Probabilities have shape (..., n_classes) and rows that sum to 1; entropies are in nats.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, rel_entr

__all__ = [
    "FLOOR",
    "blocks",
    "entropy",
    "expected_calibration_error",
    "fit_temperature",
    "kl_divergence",
    "log",
    "margin",
    "row_max",
    "squared_distances",
    "temper",
    "top_two",
    "turn_of",
    "unit_rows",
]

Floats = NDArray[np.floating]
BLOCK = 2**22  # values of a temporary array: 32 MB of float64
FLOOR = 1e-12  # 0019: smallest probability under a logarithm: divergences stay below 27.7 nats


def blocks(n: int, width: int) -> Iterator[slice]:
    """Cut `n` rows into slices, so that a temporary array of `width` columns stays small.

    Parameters
    ----------
    n, width : int

    Yields
    ------
    slice

    Examples
    --------
    >>> from skal.measures import blocks
    >>> list(blocks(3, 10))
    [slice(0, 3, None)]
    """
    size = max(1, BLOCK // max(1, width))
    for start in range(0, n, size):
        yield slice(start, min(start + size, n))


def entropy(proba: ArrayLike, *, normalize: bool = False) -> Floats:
    """Give the Shannon entropy of each row, in nats.

    Parameters
    ----------
    proba : array of shape (..., n_classes)
        Class probabilities; a zero counts as the limit 0 log 0 = 0.
    normalize : bool, default=False
        Divide by log(n_classes), so that the values lie in [0, 1]. One class gives 0.

    Returns
    -------
    float64 array of shape (...)
        Of float32 probabilities, right to about 1e-6.

    Examples
    --------
    >>> from skal.measures import entropy
    >>> entropy([[0.5, 0.5], [1.0, 0.0]]).round(6)
    array([0.693147, 0.      ])
    """
    p = _floats(proba)
    n_classes = p.shape[-1]
    terms = log(p)
    terms *= p
    # a product with ones: several times as fast as sums along short rows
    sums = terms.reshape(-1, n_classes) @ np.ones(n_classes, dtype=p.dtype)
    nats = np.abs(sums, dtype=np.float64).reshape(p.shape[:-1])  # no term is above 0
    return nats / np.log(n_classes) if normalize and n_classes > 1 else nats


def log(proba: ArrayLike) -> Floats:
    """Take logarithms of probabilities of at least `FLOOR`, 1e-12, so that 0 log 0 is 0.

    Parameters
    ----------
    proba : array of shape (...)

    Returns
    -------
    array of shape (...)

    Examples
    --------
    >>> from skal.measures import log
    >>> (log([1.0, 0.0]) * [1.0, 0.0]).tolist()
    [0.0, -0.0]
    """
    p = _floats(proba)
    logs = np.maximum(p, FLOOR)
    return np.log(logs, out=logs)


def row_max(values: ArrayLike) -> Floats:
    """Find the largest value of each row; column by column, faster than along short rows.

    Parameters
    ----------
    values : array of shape (n, n_columns)

    Returns
    -------
    array of shape (n,)

    Examples
    --------
    >>> from skal.measures import row_max
    >>> row_max([[0.2, 0.7], [0.6, 0.4]])
    array([0.7, 0.6])
    """
    a = np.asarray(values)
    largest = a[:, 0].copy()
    for column in a.T[1:]:
        np.maximum(largest, column, out=largest)
    return largest


def top_two(scores: ArrayLike) -> tuple[Floats, Floats]:
    """Find the largest and second largest value of each row.

    Parameters
    ----------
    scores : array of shape (..., n_classes), n_classes >= 2

    Returns
    -------
    first, second : arrays of shape (...)

    Examples
    --------
    >>> from skal.measures import top_two
    >>> [float(a[0]) for a in top_two([[0.2, 0.7, 0.1]])]
    [0.7, 0.2]
    """
    s = np.asarray(scores, dtype=np.float64)
    if s.shape[-1] < 2:
        raise ValueError(
            f"`scores` must have at least two classes to compare, got {s.shape[-1]} column(s); "
            "teach labels of at least two classes first."
        )
    parts = np.partition(s, -2, axis=-1)
    return parts[..., -1], parts[..., -2]


def margin(scores: ArrayLike) -> Floats:
    """Give the gap between the two largest values of each row.

    Parameters
    ----------
    scores : array of shape (..., n_classes), n_classes >= 2

    Returns
    -------
    array of shape (...)
        0 is a tie.

    Examples
    --------
    >>> from skal.measures import margin
    >>> margin([[0.5, 0.49, 0.01]]).round(6)
    array([0.01])
    """
    first, second = top_two(scores)
    return first - second


def temper(proba: ArrayLike, temperature: float = 1.0) -> Floats:
    """Give probabilities at another softmax temperature.

    With p = softmax(z), the result is softmax(z / T); it needs no logits, since
    log p differs from z by a constant of the row.

    Parameters
    ----------
    proba : array of shape (..., n_classes)
    temperature : float > 0, default=1.0
        Above 1 flattens the rows, below 1 sharpens them.

    Returns
    -------
    array of shape (..., n_classes)

    References
    ----------
    Guo, Pleiss, Sun, Weinberger (2017), "On calibration of modern neural networks", ICML.

    Examples
    --------
    >>> from skal.measures import temper
    >>> temper([[0.8, 0.2]], temperature=2.0).round(6)
    array([[0.666667, 0.333333]])
    """
    p = np.asarray(proba, dtype=np.float64)
    if not temperature > 0:
        raise ValueError(f"`temperature` must be positive, got {temperature!r}; 1 changes nothing.")
    if temperature == 1.0:
        return p
    top = p.max(axis=-1, keepdims=True)
    powered = (p / top) ** (1.0 / temperature)  # the largest is 1: no row underflows to zeros
    return powered / powered.sum(axis=-1, keepdims=True)


def fit_temperature(logits: ArrayLike, y: ArrayLike) -> float:
    """Find the temperature of smallest mean negative log-likelihood.

    Parameters
    ----------
    logits : array of shape (n_samples, n_classes)
        Logits or log-probabilities of rows that were *drawn at random*, not asked actively.
    y : int array of shape (n_samples,)
        Column of the true class.

    Returns
    -------
    float
        In [exp(-3), exp(3)].

    References
    ----------
    Guo, Pleiss, Sun, Weinberger (2017), "On calibration of modern neural networks", ICML.

    Examples
    --------
    >>> from skal.measures import fit_temperature
    >>> round(fit_temperature([[2, 0], [4, 0], [0, 3], [1, 0]], [0, 0, 1, 1]), 3)
    1.211
    """
    z = np.asarray(logits, dtype=np.float64)
    target = np.asarray(y)

    def mean_nll(log_temperature: float) -> float:
        log_p = log_softmax(z / np.exp(log_temperature), axis=-1)
        return -float(log_p[np.arange(len(target)), target].mean())

    # convex in 1 / T, so there is one minimum in log T too
    best = minimize_scalar(mean_nll, bounds=(-3, 3), method="bounded", options={"xatol": 1e-10})
    return float(np.exp(best.x))


def kl_divergence(p: ArrayLike, q: ArrayLike) -> Floats:
    """Give the Kullback-Leibler divergence of each row of `p` from `q`, in nats.

    Parameters
    ----------
    p, q : arrays of shape (..., n_classes)
        Broadcast together. A zero of `p` adds nothing; a zero of `q` where `p` is positive gives
        infinity.

    Returns
    -------
    array of shape (...)

    Examples
    --------
    >>> from skal.measures import kl_divergence
    >>> kl_divergence([0.9, 0.1], [0.7, 0.3]).round(6)
    np.float64(0.116322)
    """
    terms = rel_entr(np.asarray(p, dtype=np.float64), np.asarray(q, dtype=np.float64))
    return terms.sum(axis=-1)


def squared_distances(a: ArrayLike, b: ArrayLike) -> Floats:
    """Measure squared Euclidean distances between the rows of two arrays; never negative.

    Parameters
    ----------
    a : array of shape (n, d)
    b : array of shape (m, d)
        Take blocks of rows (see `blocks`) where n × m is large.

    Returns
    -------
    array of shape (n, m)
        float32 if both are, else float64.

    Examples
    --------
    >>> from skal.measures import squared_distances
    >>> squared_distances([[0.0, 0.0]], [[3.0, 4.0], [0.0, 0.0]])
    array([[25.,  0.]])
    """
    a, b = _floats(a), _floats(b)
    distances = a @ b.T  # |a - b|^2 = |a|^2 - 2 ab + |b|^2, in place
    distances *= -2
    distances += np.einsum("ij,ij->i", a, a)[:, None]
    distances += np.einsum("ij,ij->i", b, b)
    return np.maximum(distances, 0, out=distances)  # rounding must not give NaN under a root


def unit_rows(a: ArrayLike) -> Floats:
    """Scale rows to length 1; a row of zeros stays.

    Parameters
    ----------
    a : array of shape (n, d)

    Returns
    -------
    array of shape (n, d)

    Examples
    --------
    >>> from skal.measures import unit_rows
    >>> unit_rows([[3.0, 4.0], [0.0, 0.0]])
    array([[0.6, 0.8],
           [0. , 0. ]])
    """
    a = _floats(a)
    length = np.sqrt(np.einsum("ij,ij->i", a, a))[:, None]
    return np.divide(a, length, out=np.zeros_like(a), where=length > 0)


def turn_of(group: ArrayLike) -> NDArray[np.intp]:
    """Count the rows of its group before each row: ordered by it, groups take turns.

    Parameters
    ----------
    group : int array of shape (n,)

    Returns
    -------
    int array of shape (n,)

    Examples
    --------
    >>> from skal.measures import turn_of
    >>> turn_of([7, 7, 3, 7])
    array([0, 1, 0, 2])
    """
    group = np.asarray(group)
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    turn = np.empty(len(group), dtype=np.intp)
    # place in the sorted row minus that of the first of its group
    turn[order] = np.arange(len(group)) - np.searchsorted(ordered, ordered)
    return turn


def _floats(a: ArrayLike) -> Floats:
    """Make float32 or float64, without a copy where it is one."""
    array = np.asarray(a)
    return array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)


def expected_calibration_error(
    confidence: ArrayLike, correct: ArrayLike, *, n_bins: int = 5
) -> float:
    """Average the gap between confidence and accuracy over equal bins, weighted by their rows.

    Parameters
    ----------
    confidence : array of shape (n_samples,)
        Probability of the predicted class, in [0, 1].
    correct : bool array of shape (n_samples,)
        Whether the prediction was right.
    n_bins : int > 0, default=5
        Bins of equal width, closed on the right.

    Returns
    -------
    float
        In [0, 1]; 0 is perfectly calibrated. It depends on the bins: compare equal ones only.

    References
    ----------
    Guo, Pleiss, Sun, Weinberger (2017), "On calibration of modern neural networks", ICML.

    Examples
    --------
    >>> from skal.measures import expected_calibration_error
    >>> round(expected_calibration_error([0.9, 0.8, 0.6, 0.95], [1, 0, 1, 1]), 6)
    0.3375
    """
    p, right = np.asarray(confidence, dtype=np.float64), np.asarray(correct, dtype=np.float64)
    if p.ndim != 1 or p.shape != right.shape or not len(p):
        raise ValueError(
            "`confidence` and `correct` must hold one number for each row, of one row at least, "
            f"got shapes {p.shape} and {right.shape}."
        )
    if not ((p >= 0) & (p <= 1)).all():
        worst = float(p[np.argmax(np.abs(p - 0.5))])
        raise ValueError(
            f"`confidence` must lie in [0, 1], got {worst:g}; give probabilities, not logits."
        )
    edges = np.linspace(0, 1, n_bins + 1)
    gaps = np.bincount(np.searchsorted(edges[1:-1], p), weights=p - right)
    return float(np.abs(gaps).sum() / len(p))  # |sum| of a bin is its gap times its rows
