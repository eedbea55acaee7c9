"""Cluster the pool and ask within the clusters."""

from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skal._compat import Interval
from skal.evidence import Labeled, Need, as_space
from skal.measures import blocks, squared_distances
from skal.strategies._base import BatchStrategy
from skal.strategies._fill import fill_farthest, in_turns
from skal.strategies._kmeans import k_means, nearest_members
from skal.strategies._space import as_floats

__all__ = ["KMeansSampling", "TypiClust"]

Floats = NDArray[np.floating]
Ints = NDArray[np.intp]
MAX_NEIGHBORHOOD = 5000  # rows of a cluster that neighbours are looked for among


class KMeansSampling(BatchStrategy):
    """Ask the row nearest each centre of as many clusters as rows are asked.

    The rows of large clusters come first. Needs no labels: it also serves as an initial set.

    Parameters
    ----------
    space : None, str, Need, array or callable, default=None
        The embedding; None: the penultimate layer. See `skal.evidence.as_space`.

    Notes
    -----
    Only members of a cluster stand for it; clusters left empty (few distinct rows) are made good
    by the rows farthest from those chosen. Above 8 million rows times clusters, k-means reads
    random parts of the pool in each step. What is labelled is not looked at.
    Time O(n_steps n n_asked d); memory O(n d).
    Use where nothing is labelled yet, or a round asks many rows.
    Avoid where rows like the labelled ones must not be asked again.

    References
    ----------
    Bodó, Minier, Csató (2011), "Active learning with clustering", JMLR workshop on active
    learning and experimental design.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import KMeansSampling
    >>> line = np.array([[0.0], [1.0], [2.0], [10.0], [12.0]])
    >>> KMeansSampling().select(2, np.random.default_rng(0), embedding=line)
    array([1, 3])
    """

    name: ClassVar[str] = "kmeans"

    def __init__(self, space: Any = None):
        self.space = space

    def needs(self) -> dict[str, Need]:
        return {"embedding": as_space(self.space)}

    def select(self, n: int, rng: np.random.Generator, embedding: Floats) -> Ints:
        points = as_floats(embedding)
        return fill_farthest(points, nearest_members(points, n, rng), n)


class TypiClust(BatchStrategy):
    """Ask the most typical row of each cluster that holds the fewest labels.

    The pool and the labelled rows are cut into as many clusters as rows will be labelled. Clusters
    of few labels come first, large ones before small ones, and give one row in each turn. Needs no
    labels: it also serves as an initial set.

    Parameters
    ----------
    max_clusters : int >= 1, default=500
    min_size : int >= 0, default=5
        Clusters of at most this size wait until the larger ones have no rows left.
    n_neighbors : int >= 1, default=20
        Neighbours in the cluster that typicality looks at; at most half of the cluster.
    space : None, str, Need, array or callable, default=None
        The embedding, best one learned without labels. See `skal.evidence.as_space`.

    Notes
    -----
    Typicality is 1 / (mean distance to the nearest neighbours in the cluster + 1e-5), with
    Euclidean distances (the authors' code takes squared ones); labelled rows are neighbours too.
    In a cluster of more than 5000 rows, neighbours are looked for among 5000 of them.
    Time O(n_steps n n_clusters d) + sum of size^2 d; memory O(n d).
    Use where few rows are labelled, up to about ten a class.
    Avoid where many rows are labelled: uncertainty then tells more.

    References
    ----------
    Hacohen, Dekel, Weinshall (2022), "Active learning on a budget: opposite strategies suit high
    and low budgets", ICML, arXiv 2202.02794.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import TypiClust
    >>> line = np.array([[0.0], [0.1], [0.2], [0.5], [9.0], [9.1], [9.2], [9.5], [9.6]])
    >>> TypiClust(min_size=0).select(2, np.random.default_rng(0), line, line[:0])
    array([5, 1])
    """

    name: ClassVar[str] = "typiclust"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "max_clusters": [Interval(Integral, 1, None, closed="left")],
        "min_size": [Interval(Integral, 0, None, closed="left")],
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        max_clusters: int = 500,
        min_size: int = 5,
        n_neighbors: int = 20,
        space: Any = None,
    ):
        self.max_clusters = max_clusters
        self.min_size = min_size
        self.n_neighbors = n_neighbors
        self.space = space

    def needs(self) -> dict[str, Need]:
        space = as_space(self.space)
        return {"embedding": space, "labeled_embedding": Labeled(space, required=False)}

    def select(
        self,
        n: int,
        rng: np.random.Generator,
        embedding: Floats,
        labeled_embedding: Floats,
    ) -> Ints:
        # labelled rows take part: a cluster that holds them is served already
        points = np.concatenate([as_floats(embedding), as_floats(labeled_embedding)])
        n_open, n_clusters = len(embedding), min(len(labeled_embedding) + n, self.max_clusters)
        cluster = k_means(points, n_clusters, rng)
        sizes = np.bincount(cluster, minlength=n_clusters)
        # one sort, where a comparison for each cluster would read all rows again
        members = np.split(np.argsort(cluster, kind="stable"), np.cumsum(sizes)[:-1])
        n_labeled = np.bincount(cluster[n_open:], minlength=n_clusters)
        order = np.lexsort((-sizes, n_labeled))  # fewest labels first, then the largest
        order = order[sizes[order] > n_labeled[order]]  # rows to ask are left there
        small = sizes[order] <= self.min_size
        picks = np.empty(0, dtype=np.intp)
        for group in (order[~small], order[small]):  # the paper leaves small ones out for good
            asked = n - len(picks)
            ranked = []
            for c in group[:asked]:
                k = min(self.n_neighbors, len(members[c]) // 2)
                typical = _typicality(points[members[c]], k)
                best = members[c][np.argsort(-typical, kind="stable")]
                ranked.append(best[best < n_open])  # labelled rows are neighbours, not asked
            picks = np.concatenate([picks, in_turns(ranked)[:asked]])
        return picks


def _typicality(points: Floats, k: int) -> Floats:
    """1 / (mean distance to the k nearest other rows + 1e-5), (n,); at least one neighbour."""
    k = min(max(1, k), len(points) - 1)
    if k == 0:  # alone in its cluster
        return np.zeros(len(points))
    points = points - points.mean(axis=0)  # distances stay, and round less
    size = min(len(points), MAX_NEIGHBORHOOD)
    at = np.linspace(0, len(points) - 1, size).astype(np.intp)  # where neighbours are looked for
    column = np.full(len(points), -1)
    column[at] = np.arange(size)
    typical = np.empty(len(points))
    for block in blocks(len(points), max(size, points.shape[1])):
        near = squared_distances(points[block], points[at])
        itself = np.flatnonzero(column[block] >= 0)  # a row is no neighbour of itself
        near[itself, column[block][itself]] = np.inf
        near = np.sqrt(np.partition(near, k - 1, axis=1)[:, :k])
        typical[block] = 1 / (near.mean(axis=1, dtype=np.float64) + 1e-5)
    return typical
