"""The curves of one data set: which runs count, on which labels they can be compared."""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from skal.experiment._curve_measures import align, choose_score, curve_points
from skal.experiment._runs import RunTable

__all__ = ["DataCurves", "check_baseline", "read_curves"]

Floats: TypeAlias = NDArray[np.float64]
Points: TypeAlias = tuple[Floats, Floats]


@dataclass(frozen=True, eq=False)
class DataCurves:
    """All curves of one data set.

    Parameters
    ----------
    data : str
    curves : dict
        Learner -> repeat -> (x, y); only runs that have scores.
    n_left_out : dict
        Learner -> runs that failed or have no score.
    """

    data: str
    curves: dict[str, dict[int, Points]]
    n_left_out: dict[str, int]

    def repeats(self, *learners: str) -> list[int]:
        """Repeats that all of these learners have."""
        found = [set(self.curves.get(name, ())) for name in learners]
        return sorted(set.intersection(*found))

    def alike(self, baseline: str) -> list[tuple[str, ...]]:
        """Learners, the baseline apart, that have the same curves in two repeats or more."""
        groups: dict[Any, list[str]] = {}
        for name, runs in self.curves.items():
            if name != baseline and len(runs) > 1:
                said = tuple((k, x.tobytes(), y.tobytes()) for k, (x, y) in sorted(runs.items()))
                groups.setdefault(said, []).append(name)
        return [tuple(names) for names in groups.values() if len(names) > 1]

    def own(self, learner: str, repeats: Iterable[int]) -> Points:
        """Scores (n_repeats, n_points) of a learner over all the labels that it bought."""
        return align([self.curves[learner][k] for k in repeats])

    def shared(self, *learners: str) -> Floats | None:
        """Numbers of labels in the range that all runs of these learners have; None: no range.

        A single number is none, unless there is no more to any of the curves.
        """
        points = [curve for name in learners for curve in self.curves.get(name, {}).values()]
        if not points:
            return None
        low, high = max(x[0] for x, _ in points), min(x[-1] for x, _ in points)
        if low > high or (low == high and any(len(x) > 1 for x, _ in points)):
            return None  # one shared number would test a score, not an area
        return align(points)[0]

    def at(self, learner: str, repeats: Iterable[int], x: Floats) -> Floats:
        """Scores (n_repeats, n_points) of a learner at x; NaN where a run has no such labels."""
        curves = [self.curves[learner][k] for k in repeats]
        # interp would carry the ends on for ever
        return np.stack([np.interp(x, *curve, left=np.nan, right=np.nan) for curve in curves])


def read_curves(table: RunTable, score: str) -> tuple[str, list[DataCurves]]:
    """Return the name of the score, and the curves of every data set that has it."""
    if not table.runs:
        failed = len(table.failures)
        raise ValueError(
            "The comparison holds no finished run"
            + (f"; {failed} failed, see comparison.failures." if failed else ".")
        )
    score = choose_score((run.history for run in table.runs), score)
    everything = [_read(table, data, score) for data in table.data_names]
    for found in everything:  # not in _read: a warning is to point to the caller's line
        n = sum(found.n_left_out.values())
        if not any(found.curves.values()):
            words = f"No run on {found.data!r} has a {score!r}; the data set is left out."
            warnings.warn(words, stacklevel=3)
        elif n:
            names = {name: count for name, count in found.n_left_out.items() if count}
            words = f"{n} run(s) on {found.data!r} failed or have no {score!r}"
            warnings.warn(f"{words}; they are counted nowhere: {names}.", stacklevel=3)
    known = [found for found in everything if any(found.curves.values())]
    if not known:
        raise ValueError(f"No run has a finite {score!r} in any round; nothing can be concluded.")
    return score, known


def _read(table: RunTable, data: str, score: str) -> DataCurves:
    """Read the runs of one data set; those without a score are left out, never zero."""
    runs = [run for run in table.runs if run.data == data]
    names = [name for name in table.learner_names if any(r.learner == name for r in runs)]
    left_out = {name: 0 for name in names}
    for failure in table.failures:
        if failure.data == data:
            left_out[failure.learner] = left_out.get(failure.learner, 0) + 1
    curves: dict[str, dict[int, Points]] = {name: {} for name in names}
    for run in runs:
        # a single round with a score makes a curve; curve_points passes over the others
        if any(np.isfinite(record.get(score, np.nan)) for record in run.history):
            curves[run.learner][run.repeat] = curve_points(run.history, score)
        else:
            left_out[run.learner] += 1
    return DataCurves(data, curves, left_out)


def check_baseline(table: RunTable, baseline: str | None) -> str:
    """Return the learner that others are compared with; that of the table may have failed."""
    names = dict.fromkeys([*table.learner_names, *(f.learner for f in table.failures)])
    if baseline is not None and baseline not in names:
        raise ValueError(
            f"baseline must be one of {list(names)}, got {baseline!r}; name one of them."
        )
    return str(table.baseline if baseline is None else baseline)
