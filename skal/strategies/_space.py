"""The space in which distances are taken, and arithmetic over its rows."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skal.measures import blocks, squared_distances, unit_rows

__all__ = [
    "Euclid",
    "as_floats",
    "centred",
    "farthest_first",
    "mean_row",
    "squared_lengths",
    "unit",
]

Floats = NDArray[np.floating]


def as_floats(embedding: Any) -> Floats:
    """An embedding as float32 or float64; other numbers become float32."""
    if hasattr(embedding, "tocsr"):
        raise TypeError(
            "the embedding must be a dense array, got a sparse matrix; pass space= a dense one, "
            "such as the result of TruncatedSVD."
        )
    rows = np.asarray(embedding)
    # squares of small ints wrap around, and those of float16 overflow above 255
    return rows if rows.dtype in (np.float32, np.float64) else rows.astype(np.float32)


def squared_lengths(rows: Floats) -> Floats:
    """Squared Euclidean length of each row, (n,)."""
    return np.einsum("ij,ij->i", rows, rows)


def mean_row(rows: Floats) -> Floats:
    """Mean of the rows in their dtype, (d,); summed in float64, since pools are large."""
    return rows.mean(axis=0, dtype=np.float64).astype(rows.dtype)


def unit(embedding: Floats, labeled_embedding: Floats) -> tuple[Floats, Floats]:
    """Both scaled to rows of length 1."""
    return unit_rows(as_floats(embedding)), unit_rows(as_floats(labeled_embedding))


def centred(embedding: Floats, labeled_embedding: Floats) -> tuple[Floats, Floats]:
    """Both relative to the mean of the candidates: distances stay, and round less."""
    rows = as_floats(embedding)
    mean = mean_row(rows)
    return rows - mean, as_floats(labeled_embedding) - mean


class Euclid:
    """Squared Euclidean distances of the rows of an embedding, from vectors and from each other.

    Rows are kept relative to their mean, and small distances are measured once more by
    subtraction, so that |a|^2 + |b|^2 - 2 a.b hides neither near rows nor duplicates.
    """

    def __init__(self, embedding: Floats):
        rows = as_floats(embedding)
        self.mean = mean_row(rows)  # (d,)
        self.rows = rows - self.mean  # (n, d)
        self.lengths = squared_lengths(self.rows)  # (n,)
        self.near = float(np.sqrt(np.finfo(rows.dtype).eps))  # below this share, rounding shows

    def start(self, labeled_embedding: Floats) -> tuple[Floats, int | None]:
        """Distance of each row to the nearest labelled one, and the first pick where none is."""
        if len(labeled_embedding):
            return self.to_nearest(labeled_embedding), None
        central = int(self.lengths.argmin())  # nearest the mean, which is 0 here
        return np.full(len(self.rows), np.inf, dtype=self.rows.dtype), central

    def to_row(self, j: int) -> Floats:
        """Distance of each row to row j, (n,)."""
        # |a|^2 + |b|^2 - 2 a.b: one matrix-vector product, without n x d differences
        found = self.rows @ (-2 * self.rows[j])
        scale = self.lengths + self.lengths[j]
        found += scale
        near = np.flatnonzero(found < self.near * scale)
        for block in blocks(len(near), self.rows.shape[1]):
            found[near[block]] = squared_lengths(self.rows[near[block]] - self.rows[j])
        return np.maximum(found, 0, out=found)

    def to_nearest(self, others: Floats) -> Floats:
        """Distance of each row to the nearest of the others, (n,)."""
        others = as_floats(others) - self.mean
        lengths = squared_lengths(others)
        found = np.empty(len(self.rows), dtype=np.result_type(self.rows, others))
        for block in blocks(len(self.rows), max(others.shape)):
            rows = self.rows[block]
            table = squared_distances(rows, others)
            nearest = table.argmin(axis=1)
            part = table[np.arange(len(rows)), nearest]
            near = part < self.near * (self.lengths[block] + lengths[nearest])
            part[near] = squared_lengths(rows[near] - others[nearest[near]])
            found[block] = part
        return found


def farthest_first(
    reach: Floats, first: int | None, distances_to: Callable[[int], Floats], n: int
) -> tuple[NDArray[np.intp], Floats]:
    """Positions picked farthest first, and the distance of each when it was picked.

    `reach` (n_candidates,), the distance of each candidate from what is there already, is updated
    in place: -inf where picked. `first` is picked before all; None: the farthest. Ties go to the
    lowest position; once only duplicates are left, positions come in order.
    """
    picks, distance = np.empty(n, dtype=np.intp), np.zeros(n)
    for k in range(n):
        j = int(reach.argmax()) if first is None or k else first
        if reach[j] <= 0:
            picks[k:] = np.flatnonzero(reach >= 0)[: n - k]
            reach[picks[k:]] = -np.inf
            break
        picks[k], distance[k] = j, reach[j]
        np.minimum(reach, distances_to(j), out=reach)
        reach[j] = -np.inf
    return picks, distance
