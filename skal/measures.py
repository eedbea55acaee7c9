"""Measures of arrays: arrays in, arrays out.

Probabilities have shape (..., n_classes) and rows that sum to 1; entropies are in nats.
"""

from numbers import Real

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, xlogy

__all__ = ["check_temperature", "entropy", "fit_temperature", "margin", "temper", "top_two"]

Floats = NDArray[np.floating]


def entropy(proba: ArrayLike, *, normalize: bool = False) -> Floats:
    """Shannon entropy of each row, in nats.

    Parameters
    ----------
    proba : array of shape (..., n_classes)
        Class probabilities; a zero counts as the limit 0 log 0 = 0.
    normalize : bool, default=False
        Divide by log(n_classes), so that the values lie in [0, 1]. One class gives 0.

    Returns
    -------
    array of shape (...)

    Examples
    --------
    >>> from skal.measures import entropy
    >>> entropy([[0.5, 0.5], [1.0, 0.0]]).round(6)
    array([0.693147, 0.      ])
    """
    p = np.asarray(proba, dtype=np.float64)
    nats = np.abs(-xlogy(p, p).sum(axis=-1))  # abs turns -0.0 into 0.0
    n_classes = p.shape[-1]
    return nats / np.log(n_classes) if normalize and n_classes > 1 else nats


def top_two(scores: ArrayLike) -> tuple[Floats, Floats]:
    """Largest and second largest value of each row.

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
            f"margin and ratio compare two classes, but scores has {s.shape[-1]} column(s); "
            "teach labels of at least two classes first."
        )
    parts = np.partition(s, -2, axis=-1)
    return parts[..., -1], parts[..., -2]


def margin(scores: ArrayLike) -> Floats:
    """Gap between the two largest values of each row.

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


def check_temperature(temperature: float) -> None:
    """Refuse a temperature that is not a positive number."""
    if not isinstance(temperature, Real) or not temperature > 0:
        raise ValueError(f"temperature must be positive, got {temperature!r}.")


def temper(proba: ArrayLike, temperature: float = 1.0) -> Floats:
    """Probabilities at another softmax temperature.

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
    check_temperature(temperature)
    if temperature == 1.0:
        return p
    top = p.max(axis=-1, keepdims=True)
    powered = (p / top) ** (1.0 / temperature)  # the largest is 1: no row underflows to zeros
    return powered / powered.sum(axis=-1, keepdims=True)


def fit_temperature(logits: ArrayLike, y: ArrayLike) -> float:
    """Temperature of smallest mean negative log-likelihood.

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

    best = minimize_scalar(mean_nll, bounds=(-3, 3), method="bounded", options={"xatol": 1e-10})
    return float(np.exp(best.x))
