"""Curves that are averaged over repeats: histories in, arrays out; nothing is drawn here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from skal.experiment import align, curve_points
from skal.plotting._histories import Records

__all__ = ["BANDS", "Curve", "Floats", "Panels", "average", "score_points", "seconds_so_far"]

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, eq=False)  # == of arrays has no truth value
class Curve:
    """One averaged curve.

    Parameters
    ----------
    x : array-like of shape (n_points,)
        Number of labels, labelled fraction of the pool in [0, 1], or seconds.
    mean : array-like of shape (n_points,)
        Score, averaged over the repeats.
    low, high : array-like of shape (n_points,) or None, default=None
        Limits of the band; None where there is no band.
    n_repeats : int, default=1
        How many histories were averaged.
    """

    x: Floats
    mean: Floats
    low: Floats | None = None
    high: Floats | None = None
    n_repeats: int = 1

    def __post_init__(self) -> None:
        """Turn the numbers into float arrays and compare their lengths."""
        if (self.low is None) != (self.high is None):
            raise ValueError("A Curve must have both low and high, or neither, got one of them.")
        names = ("x", "mean") if self.low is None else ("x", "mean", "low", "high")
        for name in names:  # frozen, so not by plain assignment
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=np.float64))
        shapes = {name: getattr(self, name).shape for name in names}
        if self.x.ndim != 1 or len(set(shapes.values())) > 1:
            raise ValueError(f"A Curve must have 1-D arrays, equally long, got shapes {shapes}.")


Panels: TypeAlias = Mapping[Any, Mapping[str, Curve]]  # panel -> learner -> curve


def score_points(history: Records, score: str, x: str) -> tuple[Floats, Floats]:
    """Return x and score of one history; x may also be the seconds of its queries and fits."""
    if x == "seconds":
        history = [
            {**record, x: total}
            for record, total in zip(history, seconds_so_far(history), strict=True)
        ]
    return curve_points(history, score, x)


def seconds_so_far(history: Records) -> Floats:
    """Return the seconds that queries and fits have taken up to each round."""
    parts = [[record.get(f"{part}_seconds") for part in ("query", "fit")] for record in history]
    if any(value is None for pair in parts for value in pair):
        raise ValueError(
            "x='seconds' must have query_seconds and fit_seconds in every round, got rounds "
            "without; use x='n_labeled'."
        )
    # NaN: a part that was not timed, such as the query of the initial set
    return np.cumsum(np.nan_to_num(np.asarray(parts, dtype=np.float64)).sum(axis=1))


def average(points: Sequence[tuple[Floats, Floats]], band: str | None = None) -> Curve:
    """Average pairs of x and y, one a repeat, on a common grid."""
    grid, scores = align(points)  # (n_points,), (n_repeats, n_points)
    mean = scores.mean(axis=0)
    if band is None or len(scores) == 1:
        return Curve(grid, mean, n_repeats=len(scores))
    low, high = BANDS[band](scores)
    return Curve(grid, mean, low, high, len(scores))


def _around(scores: Floats, half: Floats) -> tuple[Floats, Floats]:
    mean = scores.mean(axis=0)
    return mean - half, mean + half


def _standard_error(scores: Floats) -> Floats:
    return scores.std(axis=0, ddof=1) / np.sqrt(len(scores))


# Limits of a band around scores (n_repeats, n_points). Few repeats are the rule, hence the sample
# deviation (n - 1) and Student's t in place of 1.96.
BANDS: dict[str, Callable[[Floats], tuple[Floats, Floats]]] = {
    "std": lambda s: _around(s, s.std(axis=0, ddof=1)),
    "sem": lambda s: _around(s, _standard_error(s)),
    "range": lambda s: (s.min(axis=0), s.max(axis=0)),
    "ci95": lambda s: _around(s, stdtrit(len(s) - 1, 0.975) * _standard_error(s)),
}
