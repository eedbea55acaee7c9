"""The numbers of a learning curve: histories in, arrays out."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "align",
    "area_under_curve",
    "choose_score",
    "curve_points",
    "deficiency",
    "drop_after_peak",
    "labels_to_target",
    "nearly",
]

Floats: TypeAlias = NDArray[np.float64]
Records: TypeAlias = Sequence[Mapping[str, Any]]

_GIVE_TEST_SET = "Give fit a test set: learner.fit(X, y, X_test=..., y_test=...)."


def choose_score(histories: Iterable[Records], score: str = "auto") -> str:
    """Choose the key of the score to read: the only one there is, or the one asked for.

    Parameters
    ----------
    histories : iterable of History
    score : str, default="auto"
        "auto" takes the only key that begins with ``test_``.

    Returns
    -------
    str

    Examples
    --------
    >>> from skal.experiment import choose_score
    >>> choose_score([[{"round": 0, "n_labeled": 10, "test_f1": 0.5}]])
    'test_f1'
    """
    records = [record for history in histories for record in history]
    keys = dict.fromkeys(key for record in records for key in record)
    available = [key for key in keys if key.startswith("test_")]
    if score == "auto" and len(available) == 1:
        return available[0]
    if not available and (score == "auto" or score.startswith("test_")):
        raise ValueError(
            "The histories hold no score (no key that begins with 'test_'); a learning curve needs "
            f"one a round. {_GIVE_TEST_SET}"
        )
    if score not in keys:
        raise ValueError(
            f"score must be one of {available}, got {score!r}; pass one that the histories hold."
        )
    return score


def curve_points(history: Records, score: str, x: str = "n_labeled") -> tuple[Floats, Floats]:
    """Read labels and score of the rounds that have a score; of equal x the last round counts.

    Parameters
    ----------
    history : History
    score : str
        Key of a record, such as "test_score".
    x : str, default="n_labeled"
        Key of a record that grows from round to round; or "fraction".

    Returns
    -------
    x, y : float arrays of shape (n_points,)

    Examples
    --------
    >>> from skal.experiment import curve_points
    >>> curve_points([{"n_labeled": 10, "test_score": 0.5}, {"n_labeled": 20}], "test_score")
    (array([10.]), array([0.5]))
    """
    scored = [record for record in history if np.isfinite(record.get(score, np.nan))]
    if not scored:
        raise ValueError(
            f"A history of {len(history)} rounds has no {score!r} in any of them; a learning curve "
            f"needs it. {_GIVE_TEST_SET}"
        )
    at = np.array([record[x] for record in scored], dtype=np.float64)  # (n_points,)
    if np.isnan(at).any():
        raise ValueError(
            f"{x!r} is NaN in some rounds: the size of the pool was not known; use x='n_labeled'."
        )
    if (np.diff(at) < 0).any():
        raise ValueError(
            f"{x!r} falls from one round to the next; a curve needs it to grow. Split the history "
            "there."
        )
    # of a round that brought no labels (an answer was corrected, say) the score after it counts
    last = np.append(np.diff(at) > 0, True)
    return at[last], np.array([record[score] for record in scored], dtype=np.float64)[last]


def align(points: Sequence[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """Put curves on one grid, by linear interpolation inside the range common to all.

    Parameters
    ----------
    points : sequence of (x, y)
        One pair a curve, as from `curve_points`; the curves may have different x.

    Returns
    -------
    grid : array of shape (n_points,)
        Every x that any curve has in the common range.
    scores : array of shape (n_curves, n_points)

    Examples
    --------
    >>> from skal.experiment import align
    >>> align([([10, 30], [0.5, 0.7]), ([10, 20, 40], [0.4, 0.6, 0.8])])
    (array([10., 20., 30.]), array([[0.5, 0.6, 0.7],
           [0.4, 0.6, 0.7]]))
    """
    points = [(np.asarray(at, dtype=float), np.asarray(y, dtype=float)) for at, y in points]
    if not points:
        raise ValueError("points must be one curve at least, got none; pass the (x, y) of each.")
    first = points[0][0]
    # the usual case, and no interpolation: the scores come out as they are
    if all(np.array_equal(at, first) for at, _ in points):
        return first, np.stack([scores for _, scores in points])
    low, high = max(at[0] for at, _ in points), min(at[-1] for at, _ in points)
    if low > high:
        raise ValueError(
            f"The repeats have no x in common: one starts at {low:g}, another ends at {high:g}. "
            "Give repeats of the same learner, or a name to each."
        )
    union = np.unique(np.concatenate([at for at, _ in points]))
    grid = union[(union >= low) & (union <= high)]
    return grid, np.stack([np.interp(grid, at, scores) for at, scores in points])


def _check(x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
    """Return a growing x (n_points,) and finite y (..., n_points), or say what is wrong."""
    at, scores = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if at.ndim != 1 or not len(at) or scores.shape[-1:] != at.shape:
        raise ValueError(
            f"x must be 1-D and y hold a score for each x along its last axis, got shapes "
            f"{at.shape} and {scores.shape}; pass what curve_points gives."
        )
    if not (np.diff(at) > 0).all():
        raise ValueError(
            f"x must grow from point to point, got {at}; curve_points gives such an x."
        )
    if not np.isfinite(scores).all():
        raise ValueError("y holds NaN or infinity; leave these rounds out, or the whole run.")
    return at, scores


def area_under_curve(x: ArrayLike, y: ArrayLike, *, log: bool = False) -> Any:
    """Compute the area under the learning curve over its width: the mean score on the way.

    Parameters
    ----------
    x : array of shape (n_points,)
        Numbers of labels, growing.
    y : array of shape (..., n_points)
        Scores; several curves at once if there are more axes.
    log : bool, default=False
        Integrate over ln x, which gives the small budgets more weight.

    Returns
    -------
    float or array of shape (...)
        In units of the score, by the trapezoidal rule; of a single point its score.

    Examples
    --------
    >>> from skal.experiment import area_under_curve
    >>> x, y = [100, 200, 400, 800], [0.5, 0.7, 0.8, 0.85]
    >>> print(round(area_under_curve(x, y), 6), round(area_under_curve(x, y, log=True), 6))
    0.771429 0.725
    """
    at, scores = _check(x, y)
    if log and at[0] <= 0:
        raise ValueError(f"x begins at {at[0]:g}; its logarithm needs numbers of labels above 0.")
    if len(at) == 1:
        return scores[..., 0][()]
    at = np.log(at) if log else at
    return np.trapezoid(scores, at, axis=-1) / (at[-1] - at[0])


def labels_to_target(
    x: ArrayLike,
    y: ArrayLike,
    target: float | ArrayLike,
    *,
    interpolate: bool = True,
    stay: bool = False,
) -> Any:
    """Find the fewest labels with which a curve reaches a target.

    Parameters
    ----------
    x : array of shape (n_points,)
        Numbers of labels, growing.
    y : array of shape (..., n_points)
    target : float or array of shape (...)
    interpolate : bool, default=True
        Read between two points by a straight line; False: the first point that was measured.
    stay : bool, default=False
        False: the first time, read off the running maximum, so that a dip on the way changes
        nothing. True: from where on the curve stays at the target or above, to its end.

    Returns
    -------
    float or array of shape (...)
        Infinity where the target is never reached; ``x[0]`` where the first point is there.

    Examples
    --------
    >>> from skal.experiment import labels_to_target
    >>> x, random = [100, 200, 400, 800], [0.5, 0.62, 0.74, 0.85]
    >>> print(round(labels_to_target(x, random, 0.75), 6))
    436.363636
    >>> print(labels_to_target(x, random, 0.75, interpolate=False))
    800.0
    """
    at, scores = _check(x, y)
    wanted = np.broadcast_to(np.asarray(target, dtype=np.float64), scores.shape[:-1])[..., None]
    if not stay:
        scores = np.maximum.accumulate(scores, axis=-1)
    below = scores < wanted  # (..., n_points)
    # of a running maximum, the last point below is also the last before the first that is not
    n = len(at)
    last_below = n - 1 - np.argmax(below[..., ::-1], axis=-1)
    there = np.where(below.any(axis=-1), last_below + 1, 0)[..., None]  # n: never
    labels = at[np.minimum(there, n - 1)]
    if interpolate and n > 1:
        k = np.clip(there, 1, n - 1)
        before = np.take_along_axis(scores, k - 1, -1)
        rise = np.take_along_axis(scores, k, -1) - before
        share = np.divide(wanted - before, rise, out=np.ones_like(rise), where=rise > 0)
        labels = np.where(there > 0, at[k - 1] + share * (at[k] - at[k - 1]), labels)
    return np.where(there == n, np.inf, labels)[..., 0][()]


def nearly(end: Any, share: float = 0.99) -> Any:
    """Compute the score that counts as the end: 99 % of it; later, all curves are alike.

    Parameters
    ----------
    end : float or array
        Of a negative end, what lies 1 % below it.
    share : float, default=0.99

    Returns
    -------
    float or array

    Examples
    --------
    >>> from skal.experiment import nearly
    >>> print(round(nearly(0.8), 6), round(nearly(-1.0), 6))
    0.792 -1.01
    """
    return end - (1 - share) * np.abs(end)  # share * end would lie above a negative end


def deficiency(
    x: ArrayLike,
    y: ArrayLike,
    y_reference: ArrayLike,
    *,
    form: Literal["sum", "trapezoid"] = "sum",
) -> Any:
    """Compare what a curve lacks to the reference's end with what the reference itself lacks.

    Parameters
    ----------
    x : array of shape (n_points,)
        Numbers of labels, growing; the sum does not use them.
    y, y_reference : array of shape (..., n_points)
        Scores at the same x.
    form : {"sum", "trapezoid"}, default="sum"
        Add over the points, as in the paper, or integrate over x.

    Returns
    -------
    float or array of shape (...)
        Below 1: better than the reference; negative: mostly above the reference's end. NaN where
        the reference lacks nothing.

    References
    ----------
    Baram, El-Yaniv, Luz (2004), "Online choice of active learning algorithms", JMLR 5.

    Examples
    --------
    >>> from skal.experiment import deficiency
    >>> x, y, random = [100, 200, 400, 800], [0.5, 0.7, 0.8, 0.85], [0.5, 0.62, 0.74, 0.85]
    >>> print(round(deficiency(x, y, random), 6))
    0.797101
    >>> print(round(deficiency(x, y, random, form="trapezoid"), 6))
    0.647059
    """
    if form not in ("sum", "trapezoid"):
        raise ValueError(f"form must be 'sum' or 'trapezoid', got {form!r}; pass one of them.")
    at, scores = _check(x, y)
    _, reference = _check(x, y_reference)
    end = reference[..., -1:]

    def lack(values: Floats) -> Any:
        return (end - values).sum(-1) if form == "sum" else np.trapezoid(end - values, at, axis=-1)

    with np.errstate(divide="ignore", invalid="ignore"):  # a reference that lacks nothing
        found = np.asarray(lack(scores) / lack(reference))
    return np.where(np.isfinite(found), found, np.nan)[()]


def drop_after_peak(y: ArrayLike) -> Any:
    """Measure how far the end of a curve lies below its peak.

    Parameters
    ----------
    y : array of shape (..., n_points)

    Returns
    -------
    float or array of shape (...)
        0 where the peak is the end.

    Examples
    --------
    >>> from skal.experiment import drop_after_peak
    >>> print(round(drop_after_peak([0.5, 0.85, 0.6]), 6))
    0.25
    """
    scores = np.asarray(y, dtype=np.float64)
    return scores.max(axis=-1) - scores[..., -1]
