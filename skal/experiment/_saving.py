"""How many labels a learner saves against a baseline, and how sure that is."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from skal.experiment._curve_measures import labels_to_target, nearly
from skal.experiment._data_curves import DataCurves
from skal.experiment._paired_tests import bootstrap_interval
from skal.measures import blocks

__all__ = ["Bound", "Saving", "Target", "find_saving", "find_target"]

Floats: TypeAlias = NDArray[np.float64]
Bound: TypeAlias = Literal["exact", "at least", "at most", "unknown"]

NAN = float("nan")


@dataclass(frozen=True)
class Saving:
    """Labels to a target, of a learner and of the baseline, over the same repeats.

    Parameters
    ----------
    target : float
    labels, baseline_labels : float
        Labels with which the averaged curves reach the target; infinity: never. Without pairs,
        and of the baseline itself, over its own runs.
    value, low, high : float
        1 - labels / baseline_labels with its interval. Negative: more labels are needed. A low
        end of -infinity and a high end of 1 are no bounds.
    bound : {"exact", "at least", "at most", "unknown"}
        How to read the value where a curve never reaches the target.
    """

    target: float = NAN
    labels: float = NAN
    baseline_labels: float = NAN
    value: float = NAN
    low: float = NAN
    high: float = NAN
    bound: Bound = "unknown"


@dataclass(frozen=True)
class Target:
    """A score to reach; one that is relative to the baseline's end moves with it."""

    value: float
    relative: bool


def find_target(curves: DataCurves, baseline: str, target: float | None) -> Target:
    """Return the target of the user, or what counts as the baseline's end."""
    if target is not None:
        return Target(float(target), relative=False)
    repeats = curves.repeats(baseline)
    if not repeats:
        return Target(NAN, relative=True)
    return Target(float(nearly(curves.own(baseline, repeats)[1].mean(axis=0)[-1])), relative=True)


def find_saving(
    learner: tuple[Floats, Floats],
    baseline: tuple[Floats, Floats],
    target: Target,
    *,
    level: float,
) -> Saving:
    """Compare the labels that two averaged curves need.

    Both are (x, scores of shape (n_repeats, n_points)), paired by repeat.
    """
    (x_a, a), (x_b, b) = learner, baseline
    n = len(a)
    end = nearly(b.mean(axis=0)[-1])

    def labels(weights: Floats) -> list[Any]:
        mean_b = weights @ b  # (n_draws, n_points)
        # a target that is relative to the baseline's end is drawn anew with it
        moved = nearly(mean_b[:, -1]) - end if target.relative else 0.0
        return [
            labels_to_target(x, means, target.value + moved)
            for x, means in ((x_a, weights @ a), (x_b, mean_b))
        ]

    def saving_bounds(own: Any, others: Any) -> Floats:
        # A target not reached takes more labels than were bought. One that a curve has reached at
        # its start, where the other starts with fewer, may have taken any number up to there.
        low_a = np.where((own <= x_a[0]) & (x_a[0] > x_b[0]), 0.0, np.minimum(own, x_a[-1]))
        low_b = np.where((others <= x_b[0]) & (x_b[0] > x_a[0]), 0.0, np.minimum(others, x_b[-1]))
        with np.errstate(divide="ignore"):
            return np.stack([1 - own / low_b, 1 - low_a / others])  # (2, n_draws)

    def bounds(weights: Floats) -> Floats:
        # in blocks: curves of thousands of points times thousands of draws
        parts = [weights[part] for part in blocks(len(weights), max(len(x_a), len(x_b)))]
        return np.hstack([saving_bounds(*labels(part)) for part in parts])

    n_resamples = 9999 if n <= 8 else 1999  # of few repeats, distinct draws are few
    once = np.full((1, n), 1 / n)
    own, others = (float(found[0]) for found in labels(once))
    low, high = (float(v) for v in bounds(once)[:, 0])
    bound, value = _point(low, high)
    # 0016: a description; the paired test of the areas decides
    interval = bootstrap_interval(bounds, n, level=level, n_resamples=n_resamples)
    return Saving(target.value, own, others, value, *interval, bound)


def _point(low: float, high: float) -> tuple[Bound, float]:
    """Say what the bounds of a saving tell; a bound on the wrong side of 0 tells nothing."""
    if low == high:
        return "exact", low
    if np.isfinite(low) and low > 0:
        return "at least", low
    if np.isinf(low) and high < 0:
        return "at most", high
    return "unknown", NAN
