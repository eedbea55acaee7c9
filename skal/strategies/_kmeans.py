"""k-means over candidates: clusters, their means, and the rows that stand for them."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.exceptions import ConvergenceWarning

from skal.measures import blocks
from skal.strategies._draws import some_of
from skal.strategies._space import squared_lengths

__all__ = ["cluster_means", "clusters_by_sample", "k_means", "nearest_members"]

Floats = NDArray[np.floating]
Ints = NDArray[np.intp]
WHOLE = 2**23  # rows times clusters up to which k-means reads all rows in every step
SAMPLE = 10_000  # rows that clusters_by_sample fits on


def k_means(
    points: Floats, n_clusters: int, rng: np.random.Generator, weights: Floats | None = None
) -> Ints:
    """Cluster of each row, (n,); with few distinct rows some clusters stay empty."""
    if n_clusters >= len(points):
        return np.arange(len(points))  # KMeans refuses more clusters than rows
    # a seed, since scikit-learn takes no Generator; one start, since ten take ten times as long
    options: dict[str, Any] = {"n_init": 1, "random_state": int(rng.integers(2**31))}
    if len(points) * n_clusters > WHOLE:
        size = max(4096, 4 * n_clusters)
        model = MiniBatchKMeans(n_clusters, batch_size=size, max_iter=5, init_size=size, **options)
    else:
        model = KMeans(n_clusters, max_iter=100, **options)
    with _few_distinct_rows():
        return model.fit(points, sample_weight=weights).labels_.astype(np.intp)


def clusters_by_sample(
    points: Floats, n_clusters: int, rng: np.random.Generator
) -> NDArray[np.integer]:
    """Cluster of each row, (n,), by k-means fitted on a sample."""
    sample = points[some_of(len(points), SAMPLE, rng)]
    seed = int(rng.integers(2**31))
    model = KMeans(min(n_clusters, len(sample)), n_init=1, random_state=seed)
    with _few_distinct_rows():
        return model.fit(sample).predict(points)


@contextmanager
def _few_distinct_rows() -> Iterator[None]:
    """Say nothing of fewer distinct rows than clusters: callers make the empty ones good."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def cluster_means(
    points: Floats, cluster: Ints, n_clusters: int, weights: Floats | None = None
) -> Floats:
    """Weighted mean of the members of each cluster, (n_clusters, d); zeros where there are none."""
    ones = np.ones(len(points)) if weights is None else weights
    where = (cluster, np.arange(len(points)))
    # one sparse product: far quicker than a sum for each cluster
    member = csr_matrix((ones.astype(points.dtype), where), shape=(n_clusters, len(points)))
    total = np.bincount(cluster, weights=ones, minlength=n_clusters)[:, None]
    return (member @ points / np.where(total > 0, total, 1)).astype(points.dtype)


def nearest_members(
    points: Floats, n_clusters: int, rng: np.random.Generator, weights: Floats | None = None
) -> Ints:
    """Member nearest the centre of each cluster that has any, the heaviest cluster first."""
    cluster = k_means(points, n_clusters, rng, weights)
    means = cluster_means(points, cluster, n_clusters, weights)
    far = np.empty(len(points), dtype=points.dtype)
    for block in blocks(*points.shape):
        # subtracted, since the rounding of |a|^2 + |b|^2 - 2 a.b would decide ties
        far[block] = squared_lengths(points[block] - means[cluster[block]])
    order = np.lexsort((far, cluster))
    found, first = np.unique(cluster[order], return_index=True)
    nearest = order[first]
    return nearest[np.lexsort((nearest, -np.bincount(cluster, weights)[found]))]
