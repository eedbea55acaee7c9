"""Cluster the uncertain rows and ask within the clusters."""

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage

from skal._compat import Interval, StrOptions
from skal.evidence import Embedding, Head, LinearHead, Need, Proba, Scores, as_space
from skal.measures import blocks, entropy, margin, squared_distances, turn_of, unit_rows
from skal.strategies._base import BatchStrategy, top
from skal.strategies._fill import fill_farthest
from skal.strategies._kmeans import cluster_means, nearest_members
from skal.strategies._space import as_floats

__all__ = ["CLUE", "ClusterMargin", "DiverseMiniBatch", "DropQuery"]

Floats = NDArray[np.floating]
Ints = NDArray[np.intp]
LEAST = 1e-6  # weight of a row that is sure: k-means needs weights above 0


class DiverseMiniBatch(BatchStrategy):
    """Ask one row of each cluster of the uncertain rows, the most uncertain weighing most.

    The rows of smallest margin are cut by weighted k-means into as many clusters as rows are
    asked; of each cluster comes the row nearest its centre, the heaviest cluster first.

    Parameters
    ----------
    beta : float >= 1, default=10
        Uncertain rows to cluster, for each row asked.
    space : None, str, Need, array or callable, default=None
        The embedding; None: the penultimate layer. See `skal.evidence.as_space`.

    Notes
    -----
    A row weighs 1 - (p(1) - p(2)), and never less than 1e-6.
    Time O(n c + n_steps beta n_asked^2 d); memory O(n d).
    Use where a round asks tens of rows or more and the probabilities are good.
    Avoid where the model is trained on too little to be unsure in the right places.

    References
    ----------
    Zhdanov (2019), "Diverse mini-batch active learning", arXiv 1901.05954.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import DiverseMiniBatch
    >>> line = np.array([[0.0], [1.0], [2.0], [10.0], [12.0]])
    >>> p = np.array([0.95, 0.55, 0.75, 0.9, 0.7])
    >>> proba = np.column_stack([p, 1 - p])
    >>> DiverseMiniBatch().select(2, np.random.default_rng(0), proba=proba, embedding=line)
    array([1, 4])
    """

    name: ClassVar[str] = "diverse_mini_batch"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "beta": [Interval(Real, 1, None, closed="left")],
    }

    def __init__(self, beta: float = 10, space: Any = None):
        self.beta = beta
        self.space = space

    def needs(self) -> dict[str, Need]:
        return {"proba": Proba(), "embedding": as_space(self.space)}

    def select(self, n: int, rng: np.random.Generator, proba: Floats, embedding: Floats) -> Ints:
        weights = 1 - margin(proba)
        size = min(len(weights), max(n, int(np.ceil(self.beta * n))))
        unsure = np.sort(top(weights, size, rng))  # ties at the edge favour no position
        return unsure[_weighted(as_floats(embedding)[unsure], n, rng, weights[unsure])]


class CLUE(BatchStrategy):
    """Ask one row of each cluster of the pool, where rows of high entropy weigh most.

    The pool is cut by weighted k-means into as many clusters as rows are asked; of each cluster
    comes the row nearest its centre, the heaviest cluster first.

    Parameters
    ----------
    space : None, str, Need, array or callable, default=None
        The embedding; None: the penultimate layer. See `skal.evidence.as_space`.

    Notes
    -----
    A row weighs its entropy in nats, and never less than 1e-6.
    Time O(n c + n_steps n n_asked d); memory O(n d).
    Use where the pool differs from what the model was trained on, such as in a new domain.
    Avoid where the pool holds many rows of noise: their entropy is high.

    References
    ----------
    Prabhu, Chandrasekaran, Saenko, Hoffman (2021), "Active domain adaptation via clustering
    uncertainty-weighted embeddings", ICCV, arXiv 2010.08666.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import CLUE
    >>> line = np.array([[0.0], [1.0], [2.0], [10.0], [12.0]])
    >>> proba = np.array([[1.0, 0.0], [0.5, 0.5], [1.0, 0.0], [1.0, 0.0], [0.5, 0.5]])
    >>> CLUE().select(2, np.random.default_rng(0), proba=proba, embedding=line)
    array([1, 4])
    """

    name: ClassVar[str] = "clue"

    def __init__(self, space: Any = None):
        self.space = space

    def needs(self) -> dict[str, Need]:
        return {"proba": Proba(), "embedding": as_space(self.space)}

    def select(self, n: int, rng: np.random.Generator, proba: Floats, embedding: Floats) -> Ints:
        return _weighted(as_floats(embedding), n, rng, entropy(proba))


class ClusterMargin(BatchStrategy):
    """Ask, of the rows of smallest margin, some from every cluster, from rare clusters first.

    Clusters take turns; those with the fewest rows among the uncertain ones begin.

    Parameters
    ----------
    factor : float >= 1, default=10
        Uncertain rows to choose from, for each row asked.
    distance : float > 0, default=None
        Mean distance up to which clusters are merged; None: as many clusters as a tenth of the
        rows that are clustered.
    max_clustered : int >= 2, default=2000
        Rows drawn to be clustered; each other row joins the cluster of the nearest mean.
    within : {"random", "margin"}, default="random"
        Which row of a cluster comes first: one drawn, or the one of smallest margin.
    space : None, str, Need, array or callable, default=None
        The embedding; None: the penultimate layer. See `skal.evidence.as_space`.

    Notes
    -----
    The paper clusters once, with the model of the first labels; here every query clusters anew,
    with the embedding of the current model, so that no cluster goes stale. Average linkage.
    Time O(n c + (max_clustered^2 + n_asked factor n_clusters) d); memory O(max_clustered^2 + n d).
    Use where a round asks many rows and the margin alone repeats itself.
    Avoid where a round asks a few rows: then the margin does as well.

    References
    ----------
    Citovsky, DeSalvo, Gentile, Karydas, Rajagopalan, Rostamizadeh, Kumar (2021), "Batch active
    learning at scale", NeurIPS, arXiv 2107.14263.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import ClusterMargin
    >>> line = np.array([[0.0], [0.1], [0.2], [9.0], [9.1]])
    >>> scores = np.array([[0.55, 0.45], [0.51, 0.49], [0.9, 0.1], [0.7, 0.3], [1.0, 0.0]])
    >>> strategy = ClusterMargin(factor=2, distance=1.0, within="margin")
    >>> strategy.select(2, np.random.default_rng(0), scores, line)
    array([3, 1])
    """

    name: ClassVar[str] = "cluster_margin"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "factor": [Interval(Real, 1, None, closed="left")],
        "distance": [None, Interval(Real, 0, None, closed="neither")],
        "max_clustered": [Interval(Integral, 2, None, closed="left")],
        "within": [StrOptions({"random", "margin"})],
    }

    def __init__(
        self,
        factor: float = 10,
        distance: float | None = None,
        max_clustered: int = 2000,
        within: str = "random",
        space: Any = None,
    ):
        self.factor = factor
        self.distance = distance
        self.max_clustered = max_clustered
        self.within = within
        self.space = space

    def needs(self) -> dict[str, Need]:
        return {"scores": Scores(), "embedding": as_space(self.space)}

    def select(self, n: int, rng: np.random.Generator, scores: Floats, embedding: Floats) -> Ints:
        unsure = np.argsort(margin(scores), kind="stable")  # the smallest gaps
        unsure = unsure[: max(n, int(np.ceil(self.factor * n)))]
        cluster = self._clusters(as_floats(embedding), unsure, rng)
        if self.within == "random":
            drawn = rng.permutation(len(unsure))
            unsure, cluster = unsure[drawn], cluster[drawn]
        # in turns of the clusters, that of the fewest uncertain rows first, ties by number
        size = np.bincount(cluster)[cluster]
        return unsure[np.lexsort((cluster, size, turn_of(cluster)))][:n]

    def _clusters(self, points: Floats, asked: Ints, rng: np.random.Generator) -> Ints:
        """Cluster of each row asked about; clusters are numbered by their first row."""
        if len(points) < 2:
            return np.zeros(len(asked), dtype=np.intp)
        size = min(self.max_clustered, len(points))
        drawn = np.sort(rng.choice(len(points), size=size, replace=False))
        # linkage holds all pairs of what it is given: that is why a sample is clustered
        tree = linkage(points[drawn].astype(np.float64), method="average")
        if self.distance is None:
            found = fcluster(tree, max(1, size // 10), criterion="maxclust")
        else:
            found = fcluster(tree, self.distance, criterion="distance")
        _, first, found = np.unique(found, return_index=True, return_inverse=True)
        # by their first row, so that ties do not hang on how the tree numbers them
        found = np.argsort(np.argsort(first))[found]
        cluster = np.full(len(points), -1, dtype=np.intp)
        cluster[drawn] = found
        means = cluster_means(points[drawn], found, len(first))
        rest, centre = asked[cluster[asked] < 0], means.mean(axis=0)
        for block in blocks(len(rest), max(means.shape)):
            near = squared_distances(points[rest[block]] - centre, means - centre)
            cluster[rest[block]] = near.argmin(axis=1)
        return cluster[asked]


class DropQuery(BatchStrategy):
    """Ask one row of each cluster of the rows whose predicted class changes under dropout.

    Parts of the embedding are dropped at random, and the last linear layer predicts again. Rows
    on which most predictions disagree with the plain one are clustered by direction, and the row
    nearest each centre is asked, that of the largest cluster first.

    Parameters
    ----------
    p : float in (0, 1), default=0.75
        Share of the units to drop; those kept are scaled by 1 / (1 - p).
    n_passes : int >= 1, default=3
    factor : float >= 1, default=25
        Rows to choose from at least, for each row asked; while there are fewer, a disagreement
        less is enough.

    Notes
    -----
    A row stays in play while its disagreements exceed n_passes // 2. Rows missing after the
    clusters are drawn at random among those in play.
    Time O(n_passes n d c + n_steps n n_asked d); memory O(n d).
    Use where a good frozen embedding feeds a linear layer and few rows are labelled.
    Avoid where the embedding has few units: dropping three in four leaves nothing.

    References
    ----------
    Gupte, Aklilu, Nirschl, Yeung-Levy (2024), "Revisiting active learning in the era of vision
    foundation models", TMLR, arXiv 2401.14555.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.evidence import LinearHead
    >>> from skal.strategies import DropQuery
    >>> head = LinearHead(np.repeat(np.eye(2), 10, axis=1), np.zeros(2))
    >>> features = np.repeat([[9.0, 1.0], [1.0, 1.1], [1.1, 1.0], [1.0, 9.0]], 10, axis=1)
    >>> rng = np.random.default_rng(0)
    >>> strategy = DropQuery(p=0.5, n_passes=15, factor=1)
    >>> sorted(strategy.select(2, rng, embedding=features, head=head).tolist())
    [1, 2]
    """

    name: ClassVar[str] = "drop_query"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "p": [Interval(Real, 0, 1, closed="neither")],
        "n_passes": [Interval(Integral, 1, None, closed="left")],
        "factor": [Interval(Real, 1, None, closed="left")],
    }

    def __init__(self, p: float = 0.75, n_passes: int = 3, factor: float = 25):
        self.p = p
        self.n_passes = n_passes
        self.factor = factor

    def needs(self) -> dict[str, Need]:
        return {"embedding": Embedding(), "head": Head()}

    def select(self, n: int, rng: np.random.Generator, embedding: Floats, head: LinearHead) -> Ints:
        points = as_floats(embedding)
        changed = self._disagreements(points, head, rng)
        rows = _candidates(changed, self.n_passes, max(n, int(np.ceil(self.factor * n))))
        chosen = rows[nearest_members(unit_rows(points[rows]), n, rng)]
        rest = np.setdiff1d(rows, chosen)
        more = rng.choice(rest, size=n - len(chosen), replace=False)
        return np.concatenate([chosen, more])

    def _disagreements(
        self, points: Floats, head: LinearHead, rng: np.random.Generator
    ) -> NDArray[np.intp]:
        """How many predictions under dropout differ from the plain one, (n,)."""
        weight = np.asarray(head.weight).T.astype(points.dtype)
        bias = np.asarray(head.bias).astype(points.dtype)
        changed = np.zeros(len(points), dtype=np.intp)
        for _ in range(self.n_passes):
            for block in blocks(len(points), max(points.shape[1], len(bias))):
                rows = points[block]
                # inverted dropout by hand: a mask for each row, none for the plain prediction
                plain = (rows @ weight + bias).argmax(axis=1)
                kept = rng.random(rows.shape, dtype=np.float32) >= self.p
                dropped = (rows * kept) @ weight / (1 - self.p) + bias
                changed[block] += dropped.argmax(axis=1) != plain
        return changed


# ---------------------------------------------------------------- parts


def _weighted(points: Floats, n: int, rng: np.random.Generator, weights: Floats) -> Ints:
    """Members nearest the centres of a weighted k-means, filled up farthest first."""
    nearest = nearest_members(points, n, rng, np.maximum(weights, LEAST))
    return fill_farthest(points, nearest, n)


def _candidates(changed: Ints, n_passes: int, least: int) -> Ints:
    """Rows of more than n_passes // 2 disagreements, or of fewer until there are enough."""
    enough = n_passes // 2
    while enough >= 0 and np.count_nonzero(changed > enough) < least:
        enough -= 1
    return np.flatnonzero(changed > enough)
