"""One greedy over how much is covered, and what can be covered."""

from collections.abc import Callable, Iterator
from heapq import heapify, heappop, heappush
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from skal.measures import blocks, squared_distances
from skal.strategies._draws import some_of
from skal.strategies._kmeans import clusters_by_sample
from skal.strategies._space import squared_lengths

Floats = NDArray[np.floating]
Kernel = Callable[[Floats, Floats], Floats]  # (m, d), (r, d) -> similarities (m, r)

PURITY = 0.95
SAMPLE = 1000  # rows whose distances set a radius or a width


# ---------------------------------------------------------------- the greedy


class Coverage(Protocol):
    """How much is covered, and what each candidate would add."""

    n_candidates: int
    n_reference: int
    rounding: float  # of gains, as a share of the largest; 0: whole numbers

    def gains(self, at: NDArray[np.intp]) -> Floats:
        """What the candidates at these positions would add; never more than before."""

    def take(self, position: int) -> None:
        """Cover what a candidate covers."""


def greedy(coverage: Coverage, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Positions of the largest gains one after the other; then, once all are 0, at random.

    Gains only fall, so an old gain is a bound: those at the top of the heap are measured anew
    until one measured since the last pick is on top. Ties go to the lowest position; where gains
    carry rounding, they are rounded further, so that the last bits decide no tie, and ties go
    first to the candidate that was the better one to begin with: two rows that would cover each
    other and nothing else always add the same.
    """
    total = coverage.n_candidates
    parts = [
        coverage.gains(np.arange(block.start, block.stop))
        for block in blocks(total, coverage.n_reference)
    ]
    first = np.concatenate(parts)
    grain = coverage.rounding * float(first.max())
    first = _rounded(first, grain)
    tie = (-first if grain else np.zeros(total)).tolist()
    # plain numbers, since heapq compares NumPy's slowly
    heap = list(zip((-first).tolist(), tie, range(total)))
    heapify(heap)
    measured = np.zeros(total, dtype=np.intp)  # by the number of picks made before
    picks: list[int] = []
    size = 8  # few: often one of the first stays on top; twice as many each time that none does
    while len(picks) < n and heap[0][0] < 0:
        position = heap[0][2]
        if measured[position] == len(picks):
            heappop(heap)
            coverage.take(position)
            picks.append(position)
            size = 8
            continue
        at = np.array([heappop(heap)[2] for _ in range(min(size, len(heap)))])
        for gain, where in zip(_rounded(coverage.gains(at), grain).tolist(), at.tolist()):
            heappush(heap, (-gain, tie[where], where))
        measured[at] = len(picks)
        size = min(2 * size, 256)
    rest = rng.permutation(np.setdiff1d(np.arange(total), picks))[: n - len(picks)]
    return np.concatenate([np.array(picks, dtype=np.intp), rest])


def _rounded(gains: Floats, grain: float) -> Floats:
    return np.round(gains / grain) * grain if grain else gains


class Similarity:
    """Coverage of a reference row: its largest similarity to what is labelled or picked."""

    def __init__(self, rows: Floats, known: Floats, reference: NDArray[np.intp], kernel: Kernel):
        self.rows, self.reference, self.kernel = rows, rows[reference], kernel
        self.n_candidates, self.n_reference = len(rows), len(reference)
        self.column = np.full(len(rows), -1)  # of a candidate in the reference
        self.column[reference] = np.arange(len(reference))
        self.covered = np.zeros(len(reference), dtype=rows.dtype)
        for block in blocks(len(known), len(reference)):
            near = kernel(known[block], self.reference).max(axis=0)
            self.covered = np.maximum(self.covered, near)
        self.rounding = 16 * float(np.finfo(rows.dtype).eps)

    def _near(self, at: NDArray[np.intp]) -> Floats:
        """Similarities of candidates to the reference, (m, r); a row's to itself is 1."""
        near = self.kernel(self.rows[at], self.reference)
        itself = np.flatnonzero(self.column[at] >= 0)
        near[itself, self.column[at[itself]]] = 1
        return near

    def gains(self, at: NDArray[np.intp]) -> Floats:
        more = self._near(at)
        more -= self.covered
        # float64: thousands of small terms
        return np.maximum(more, 0, out=more).sum(axis=1, dtype=np.float64)

    def take(self, position: int) -> None:
        self.covered = np.maximum(self.covered, self._near(np.array([position]))[0])


class Balls:
    """Coverage of a row: whether what is labelled or picked lies nearer than delta.

    A directed graph in rows of columns (as CSR); edges into rows that are covered from the start
    are left out.
    """

    rounding = 0.0

    def __init__(
        self, rows: Floats, known: Floats, delta: float, max_edges: int, rng: np.random.Generator
    ):
        n = len(rows)
        covered = [near.any(axis=1) for _, near in within(rows, known, delta)]
        columns = np.flatnonzero(~np.concatenate(covered))  # still to cover
        if len(columns):
            seen = rows[some_of(n, SAMPLE, rng)]
            near_ones = (np.count_nonzero(near) for _, near in within(seen, rows[columns], delta))
            edges = n * sum(near_ones) / len(seen)
            if edges > max_edges:
                size = max(1, int(len(columns) * max_edges / edges))
                columns = columns[some_of(len(columns), size, rng)]
        self.n_candidates, self.n_reference = n, max(1, len(columns))
        self.open = np.ones(len(columns), dtype=bool)
        self.indptr = np.zeros(n + 1, dtype=np.int64)
        found = []
        for block, near in within(rows, rows[columns], delta):
            itself = np.flatnonzero((columns >= block.start) & (columns < block.stop))
            near[columns[itself] - block.start, itself] = True  # whatever rounding says
            row, column = np.divmod(np.flatnonzero(near), len(columns))
            degree = np.bincount(row, minlength=len(near))
            self.indptr[block.start + 1 : block.stop + 1] = degree
            found.append(column.astype(np.int32))  # half the memory of the edges
        self.indptr = np.cumsum(self.indptr)
        self.indices = np.concatenate(found)

    def gains(self, at: NDArray[np.intp]) -> Floats:
        # the edges of all rows one after the other, whose sums are differences of one running sum
        degree = self.indptr[at + 1] - self.indptr[at]
        ends = np.cumsum(degree)
        edges = np.arange(ends[-1]) + np.repeat(self.indptr[at] - (ends - degree), degree)
        hits = np.append(0, np.cumsum(self.open[self.indices[edges]]))
        return (hits[ends] - hits[ends - degree]).astype(np.float64)

    def take(self, position: int) -> None:
        self.open[self.indices[self.indptr[position] : self.indptr[position + 1]]] = False


# ---------------------------------------------------------------- what is near


def within(rows: Floats, others: Floats, delta: float) -> Iterator[tuple[slice, NDArray[np.bool_]]]:
    """Which rows lie nearer than delta to which of the others; valid until the next block.

    d^2 < delta^2 is a.b - b.b / 2 + (delta^2 - a.a) / 2 > 0: with two columns more, one product
    and one comparison.
    """
    half = (delta**2 - squared_lengths(rows)) / 2
    other_half = -squared_lengths(others) / 2
    left = np.column_stack([rows, np.ones_like(half), half])
    right = np.column_stack([others, other_half, np.ones_like(other_half)]).T
    cut = list(blocks(len(rows), len(others)))
    shape = (max(block.stop - block.start for block in cut), len(others))
    inside = np.empty(shape, dtype=np.result_type(left, right))  # once: new pages take longer
    near = np.empty(shape, dtype=bool)
    for block in cut:
        size = block.stop - block.start
        np.matmul(left[block], right, out=inside[:size])
        yield block, np.greater(inside[:size], 0, out=near[:size])


def cosine(unit: Floats, other_unit: Floats) -> Floats:
    """Cosines of unit rows; negative ones cover nothing, since coverage starts at 0."""
    return unit @ other_unit.T


def inverse_distance(a: Floats, b: Floats) -> Floats:
    return 1 / (1 + np.sqrt(squared_distances(a, b)))


def rbf(a: Floats, b: Floats, sigma: float) -> Floats:
    d2 = squared_distances(a, b)
    d2 *= -1 / sigma**2  # in place: no array is larger than this table
    return np.exp(d2, out=d2)


# ---------------------------------------------------------------- samples and rules


def median_distance(rows: Floats) -> float:
    """Median distance between two of the rows, of at most 1000; 1 where all are equal."""
    part = rows[np.linspace(0, len(rows) - 1, min(len(rows), SAMPLE)).astype(np.intp)]
    d2 = squared_distances(part, part)[np.triu_indices(len(part), 1)]
    median = float(np.median(d2)) if len(d2) else 0.0
    if median == 0 and d2.any():
        median = float(np.median(d2[d2 > 0]))
    return median**0.5 if median > 0 else 1.0


def pure_radius(rows: Floats, n_clusters: int, rng: np.random.Generator) -> float:
    """The largest radius for which 95 % of the balls hold rows of one cluster only.

    A ball of radius delta is pure if no row of another cluster lies nearer than delta: with the
    distances to the nearest such row in order, the radius is the first one after 5 % of them.
    """
    centres = some_of(len(rows), SAMPLE, rng)
    other = nearest_other(rows, clusters_by_sample(rows, n_clusters, rng), centres)
    found = np.sort(other)[int((1 - PURITY) * len(other) + 1e-9)]
    usable = other[(other > 0) & np.isfinite(other)]
    if 0 < found < np.inf:
        return float(found)
    return float(usable.min()) if len(usable) else 1.0  # 1: all rows are equal, any radius will do


def nearest_other(rows: Floats, clusters: NDArray[np.integer], centres: NDArray[np.intp]) -> Floats:
    """Distance of some rows to the nearest row of another cluster; inf where there is none."""
    found = np.full(len(centres), np.inf)
    for block in blocks(len(rows), len(centres)):
        d2 = squared_distances(rows[centres], rows[block])
        d2[clusters[centres][:, None] == clusters[block]] = np.inf
        found = np.minimum(found, d2.min(axis=1))
    return np.sqrt(found)
