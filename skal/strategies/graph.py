"""Ask where a path between unlike labels is cut in half."""

from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skal._compat import Interval
from skal.evidence import Labeled, Labels, Need, Proba
from skal.strategies._base import BatchStrategy

__all__ = ["GALAXY"]

Floats = NDArray[np.floating]
Ints = NDArray[np.intp]


class GALAXY(BatchStrategy):
    """Ask the middle of the shortest path between rows with and without a label, class by class.

    For each class all rows stand in line by how far the class leads or trails the likeliest one.
    Halving the shortest stretch between two labelled rows, one of the class and one not, finds
    where the class ends, as in a bisection; so rare classes get as many labels as common ones.

    Parameters
    ----------
    order : int >= 1, default=1
        Rows up to so many places apart in line are linked.

    Notes
    -----
    The classes take turns, beginning with another one when more rows are labelled. The label of a
    row asked earlier in the batch is not known, so the predicted class stands for it. Where no
    path is left, more distant rows are linked until there is one; a class without labels, or with
    nothing else labelled, asks a row at random.

    Time O(B n + min(B, c) n log n); memory O(n c).
    Use where some classes are rare.
    Avoid where batches are large: labels that are only predicted halve the wrong stretch.

    References
    ----------
    Zhang, Katz-Samuels, Nowak (2022), "GALAXY: graph-based active learning at the extreme", ICML,
    arXiv 2202.01402.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import GALAXY
    >>> p = np.array([0.8, 0.6, 0.45, 0.3, 0.9, 0.05])
    >>> p = np.column_stack([p, 1 - p])
    >>> GALAXY().select(
    ...     1, np.random.default_rng(0), proba=p[:4], labeled_proba=p[4:], labels=np.array([0, 1])
    ... )
    array([2])
    """

    name: ClassVar[str] = "galaxy"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "order": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, order: int = 1):
        self.order = order

    def needs(self) -> dict[str, Need]:
        return {"proba": Proba(), "labeled_proba": Labeled(Proba()), "labels": Labels()}

    def select(
        self,
        n: int,
        rng: np.random.Generator,
        proba: Floats,
        labeled_proba: Floats,
        labels: Ints,
    ) -> Ints:
        n_candidates, n_classes = proba.shape
        everyone = np.concatenate([proba, labeled_proba])
        best = everyone.max(axis=1)
        predicted = proba.argmax(axis=1)
        label = np.concatenate([np.full(n_candidates, -1), labels])  # -1: none
        lines: dict[int, Ints] = {}
        chosen = np.empty(n, dtype=np.intp)
        for turn in range(n):
            k = (len(labels) + turn) % n_classes
            if k not in lines:
                # of the rows that are predicted k, which all trail by 0, the surest come first
                lines[k] = np.lexsort((-best, best - everyone[:, k])).astype(np.int32)
            there = label[lines[k]]
            place = _middle(np.where(there < 0, 0, np.where(there == k, 1, -1)), int(self.order))
            i = int(rng.choice(np.flatnonzero(label < 0)) if place is None else lines[k][place])
            chosen[turn] = i
            label[i] = predicted[i]
        return chosen


def _middle(sign: Ints, order: int) -> int | None:
    """Where in line to cut the shortest path; None where there is no path at any order.

    `sign` holds 1 for a row of the class, -1 for one of another, 0 for one without a label. A
    shortest path runs over unlabelled rows only. Either one of them suffices, linked to both ends;
    or it runs through a gap between two neighbouring labelled rows, by the widest steps.
    """
    if not ((sign > 0).any() and (sign < 0).any() and (sign == 0).any()):
        return None
    reach = np.maximum(_to_nearest(sign > 0), _to_nearest(sign < 0))
    reach[sign != 0] = len(sign)
    closest = int(np.argmin(reach))
    if reach[closest] <= order:
        return closest
    known = np.flatnonzero(sign)
    unlike = sign[known[1:]] != sign[known[:-1]]
    gap = np.where(unlike, np.diff(known) - 1, 0)  # rows between
    if not gap.any():
        return closest  # of the lowest order at which there is a path
    at = int(np.argmin(np.where(gap > 0, gap, len(sign))))
    between = -(-(gap[at] + 1) // order) - 1  # rows on the path, without its ends
    left, right = known[at], known[at + 1]
    steps = order * ((between + 2) // 2)  # from the end that is of the class
    return int(left + steps if sign[left] > 0 else right - steps)


def _to_nearest(marked: NDArray[np.bool_]) -> Ints:
    """Places from each row to the nearest marked one, (n,)."""
    n = len(marked)
    place = np.arange(n)
    before = np.maximum.accumulate(np.where(marked, place, -n))
    after = np.minimum.accumulate(np.where(marked, place, 2 * n)[::-1])[::-1]
    return np.minimum(place - before, after - place)
