"""Munro's family of diversity sampling."""

import math
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skal._compat import Interval, StrOptions
from skal.evidence import Labeled, Logits, Need, On, as_space
from skal.measures import blocks, turn_of, unit_rows
from skal.strategies._base import BatchStrategy, UtilityStrategy
from skal.strategies._draws import some_of
from skal.strategies._fill import in_turns
from skal.strategies._kmeans import cluster_means, k_means
from skal.strategies._space import as_floats, squared_lengths

__all__ = [
    "AdaptiveRepresentative",
    "ClusterBased",
    "ModelOutliers",
    "Representative",
    "RepresentativeClusters",
]

Floats = NDArray[np.floating]
Ints = NDArray[np.intp]


class ModelOutliers(UtilityStrategy):
    """Ask first where the outputs of the model are lower than on rows that it knows.

    Each output is ranked among its values on known rows; low ranks everywhere mean a row unlike
    anything seen.

    Parameters
    ----------
    X_validation : array of shape (n_validation, ...), default=None
        Rows to rank against, best ones that the model was not trained on, drawn at random; None:
        the labelled rows.

    Notes
    -----
    Utility is 1 - the mean rank of the outputs, in [0, 1].
    A rank is 0 below all values and 1 above all, a straight line between neighbours, and the
    mean rank among equal values.
    Time O((n + n_known) c log n_known); memory O((n + n_known) c).
    Use where the pool may hold rows of kinds that were never labelled.
    Avoid where strange rows are mistakes of the pool rather than rows to learn from.

    References
    ----------
    Munro (2021), "Human-in-the-Loop Machine Learning", Manning, ch. 4.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import ModelOutliers
    >>> known = np.array([[1, 0], [2, 1], [3, 2], [4, 4]])
    >>> logits = np.array([[2.5, 3], [0, 5], [3, 0.5]])
    >>> ModelOutliers().utility(logits=logits, known_logits=known).round(6)
    array([0.333333, 0.5     , 0.583333])
    """

    name: ClassVar[str] = "model_outliers"

    def __init__(self, X_validation: Any = None):
        self.X_validation = X_validation

    def needs(self) -> dict[str, Need]:
        logits, X = Logits(), self.X_validation
        return {"logits": logits, "known_logits": Labeled(logits) if X is None else On(logits, X)}

    def utility(self, logits: Floats, known_logits: Floats) -> Floats:
        if not len(known_logits):
            raise ValueError("`X_validation` must have rows to rank against, got 0; give some.")
        columns = range(logits.shape[1])
        ranks = np.stack([_rank(known_logits[:, j], logits[:, j]) for j in columns])
        return 1 - ranks.mean(axis=0)


class ClusterBased(BatchStrategy):
    """Ask of each cluster the row nearest its centre, then the farthest one, then random ones.

    Clusters are of directions (cosine k-means) and take turns, the largest first.

    Parameters
    ----------
    n_clusters : "auto" or int >= 1, default="auto"
        "auto": as many as the quotas need for the rows asked.
    quotas : tuple of 3 ints >= 0, default=(1, 1, 3)
        Nearest, farthest and random members of each cluster. Where clusters are too few or too
        small for all rows asked, more random members follow.
    max_candidates : int >= 1 or None, default=10_000
        Candidates drawn at random to be clustered, never fewer than are asked; None: all.
    space : None, str, Need, array or callable, default=None
        The embedding; None: the penultimate layer. See `skal.evidence.as_space`.

    Notes
    -----
    Needs no labels: it also serves as an initial set.
    Time O(n_steps max_candidates n_clusters d); memory O(max_candidates d).
    Use where a batch should hold typical rows, outliers and a random share at once.
    Avoid where outliers are trash: a fifth of the batch goes there.

    References
    ----------
    Munro (2021), "Human-in-the-Loop Machine Learning", Manning, ch. 4.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import ClusterBased
    >>> plane = np.array([[1, 0], [1, 0.1], [1, 0.5], [0, 1], [0.1, 1], [-0.1, 1], [-0.5, 1]])
    >>> strategy = ClusterBased(n_clusters=2, quotas=(1, 1, 0))
    >>> strategy.select(4, np.random.default_rng(0), embedding=plane)
    array([5, 1, 6, 2])
    """

    name: ClassVar[str] = "munro_clusters"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_clusters": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "max_candidates": [None, Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        n_clusters: int | str = "auto",
        quotas: tuple[int, int, int] = (1, 1, 3),
        max_candidates: int | None = 10_000,
        space: Any = None,
    ):
        self.n_clusters = n_clusters
        self.quotas = quotas
        self.max_candidates = max_candidates
        self.space = space

    def check_params(self) -> None:
        super().check_params()
        sizes = list(self.quotas)
        whole = all(isinstance(q, Integral) and not isinstance(q, bool) and q >= 0 for q in sizes)
        if len(sizes) != 3 or not whole or sum(sizes) < 1:
            raise ValueError(
                f"`quotas` must be three ints of at least 0, not all 0 (nearest, farthest and "
                f"random members), got {self.quotas!r}."
            )

    def needs(self) -> dict[str, Need]:
        return {"embedding": as_space(self.space)}

    def select(self, n: int, rng: np.random.Generator, embedding: Floats) -> Ints:
        most = len(embedding) if self.max_candidates is None else max(n, self.max_candidates)
        drawn = some_of(len(embedding), most, rng)
        # k-means on unit rows is cosine k-means, but for the length of the centres
        rows = unit_rows(as_floats(embedding)[drawn])
        k = math.ceil(n / sum(self.quotas)) if self.n_clusters == "auto" else self.n_clusters
        k = min(int(k), len(rows))
        cluster = k_means(rows, k, rng)
        centres, near = unit_rows(cluster_means(rows, cluster, k)), np.empty(len(rows), rows.dtype)
        for block in blocks(*rows.shape):
            near[block] = np.einsum("ij,ij->i", rows[block], centres[cluster[block]])  # cosines
        n_nearest, n_farthest, _ = self.quotas  # whatever the third, random members come last
        in_order = []
        for c in np.argsort(-np.bincount(cluster, minlength=k), kind="stable"):
            members = np.flatnonzero(cluster == c)
            nearest = members[np.argsort(-near[members], kind="stable")[:n_nearest]]
            rest = np.setdiff1d(members, nearest)
            farthest = rest[np.argsort(near[rest], kind="stable")[:n_farthest]]
            rest = rng.permutation(np.setdiff1d(rest, farthest))
            in_order.append(np.concatenate([nearest, farthest, rest]))
        return drawn[in_turns(in_order)[:n]]


class Representative(UtilityStrategy):
    """Ask first what is most like the pool and least like the labelled rows.

    Parameters
    ----------
    space : None, str, Need, array or callable, default=None
        The embedding; None: the penultimate layer. See `skal.evidence.as_space`.

    Notes
    -----
    Utility is cos(x, mean of the pool) - cos(x, mean of the labelled rows), in [-2, 2].
    While nothing is labelled, the second term is 0. The cosine with a vector of zeros is 0.
    Time O((n + n_labeled) d); memory O(n d).
    Use where the pool differs from what is labelled, and one step towards it is wanted.
    Avoid where a round asks many rows: they are alike (see AdaptiveRepresentative).

    References
    ----------
    Munro (2021), "Human-in-the-Loop Machine Learning", Manning, ch. 4.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import Representative
    >>> pool = np.array([[1, 0], [0.8, 0.6], [0, 1], [0.6, 0.8]])
    >>> Representative().utility(embedding=pool, labeled_embedding=pool[:1]).round(6)
    array([-0.292893,  0.189949,  0.707107,  0.389949])
    """

    name: ClassVar[str] = "representative"

    def __init__(self, space: Any = None):
        self.space = space

    def needs(self) -> dict[str, Need]:
        space = as_space(self.space)
        return {"embedding": space, "labeled_embedding": Labeled(space, required=False)}

    def utility(self, embedding: Floats, labeled_embedding: Floats) -> Floats:
        rows, known = as_floats(embedding), as_floats(labeled_embedding)
        length = np.sqrt(squared_lengths(rows))
        pull, push = (a.sum(axis=0, dtype=np.float64) for a in (rows, known))
        return _cosine(_dots(rows, pull), length, pull) - _cosine(_dots(rows, push), length, push)


class AdaptiveRepresentative(BatchStrategy):
    """Ask what is most like the pool and least like the labelled rows, and count it as labelled.

    After each row asked, both means move: the row leaves the pool and joins the labelled ones.

    Parameters
    ----------
    space : None, str, Need, array or callable, default=None
        The embedding; None: the penultimate layer. See `skal.evidence.as_space`.

    Notes
    -----
    The utility is that of `Representative`; ties go to the first row.
    Time O((n_asked n + n_labeled) d); memory O(n d).
    Use where the pool differs from what is labelled and a round asks more than one row.
    Avoid where the directions of the embedding mean little, such as raw pixels.

    References
    ----------
    Munro (2021), "Human-in-the-Loop Machine Learning", Manning, ch. 4; its code leaves out the
    step that adds the row to the labelled ones.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import AdaptiveRepresentative
    >>> pool, rng = np.array([[1, 0], [0.8, 0.6], [0, 1], [0.6, 0.8]]), np.random.default_rng(0)
    >>> AdaptiveRepresentative().select(3, rng, embedding=pool, labeled_embedding=pool[:1])
    array([2, 0, 3])
    """

    name: ClassVar[str] = "adaptive_representative"

    def __init__(self, space: Any = None):
        self.space = space

    def needs(self) -> dict[str, Need]:
        space = as_space(self.space)
        return {"embedding": space, "labeled_embedding": Labeled(space, required=False)}

    def select(
        self, n: int, rng: np.random.Generator, embedding: Floats, labeled_embedding: Floats
    ) -> Ints:
        return _adaptive(as_floats(embedding), as_floats(labeled_embedding), n)[0]


class RepresentativeClusters(BatchStrategy):
    """Ask of each cluster of the pool the row that is least like the clusters of labelled rows.

    Clusters are of directions (cosine k-means) and give one row in each turn, the highest
    utility first.

    Parameters
    ----------
    n_clusters : int >= 1, default=20
        Of the pool, and of the labelled rows.
    space : None, str, Need, array or callable, default=None
        The embedding; None: the penultimate layer. See `skal.evidence.as_space`.

    Notes
    -----
    The utility is cos(x, best centre of the pool) - cos(x, best centre of the labelled rows); while
    nothing is labelled, the second term is 0.
    Time O(n_steps (n + n_labeled) n_clusters d); memory O(n d).
    Use where the pool differs from what is labelled in several ways at once.
    Avoid where fewer rows than clusters are asked: then a few clusters speak for all.

    References
    ----------
    Munro (2021), "Human-in-the-Loop Machine Learning", Manning, ch. 4.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import RepresentativeClusters
    >>> pool = np.array([[1, 0], [1, 0.1], [1, 0.2], [0, 1], [0.1, 1], [0.2, 1]])
    >>> known, rng = np.array([[1, 0]]), np.random.default_rng(0)
    >>> strategy = RepresentativeClusters(n_clusters=2)
    >>> strategy.select(2, rng, embedding=pool, labeled_embedding=known)
    array([3, 2])
    """

    name: ClassVar[str] = "representative_clusters"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_clusters": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, n_clusters: int = 20, space: Any = None):
        self.n_clusters = n_clusters
        self.space = space

    def needs(self) -> dict[str, Need]:
        space = as_space(self.space)
        return {"embedding": space, "labeled_embedding": Labeled(space, required=False)}

    def select(
        self, n: int, rng: np.random.Generator, embedding: Floats, labeled_embedding: Floats
    ) -> Ints:
        rows, known = unit_rows(as_floats(embedding)), unit_rows(as_floats(labeled_embedding))
        like_pool, cluster = _best_centre(rows, rows, self.n_clusters, rng)
        utility = like_pool - _best_centre(rows, known, self.n_clusters, rng)[0]
        order = np.argsort(-utility, kind="stable")
        return order[np.lexsort((-utility[order], turn_of(cluster[order])))][:n]


# ---------------------------------------------------------------- ranks


def _rank(known: Floats, values: Floats) -> Floats:
    """Rank of each value among the known ones, in [0, 1]; equal ones share their mean rank."""
    # without bounds, two values of log 0 would have no straight line between them
    known = np.clip(np.asarray(known, dtype=np.float64), -1e30, 1e30)
    values = np.clip(np.asarray(values, dtype=np.float64), -1e30, 1e30)
    distinct, count = np.unique(known, return_counts=True)
    rank = np.cumsum(count) - (count + 1) / 2
    last = len(known) - 1
    if last == 0:  # one known value: below it, the same, or above it
        return (np.sign(values - distinct) + 1) / 2
    return np.interp(values, distinct, rank, left=0, right=last) / last


# ---------------------------------------------------------------- cosines


def _dots(rows: Floats, vector: Floats) -> Floats:
    return (rows @ vector.astype(rows.dtype)).astype(np.float64)


def _cosine(dots: Floats, length: Floats, vector: Floats) -> Floats:
    """Cosine of each row with a vector, from their products; 0 where either is zero."""
    scale = length * np.linalg.norm(vector)  # sums will do for means: a cosine has no scale
    return np.divide(dots, scale, out=np.zeros(len(dots)), where=scale > 0)


def _adaptive(rows: Floats, known: Floats, n: int) -> tuple[Ints, Floats]:
    """Rows picked and their utilities; sums and products are kept: a pick costs one product."""
    length = np.sqrt(squared_lengths(rows))
    pull, push = (a.sum(axis=0, dtype=np.float64) for a in (rows, known))
    to_pull, to_push = _dots(rows, pull), _dots(rows, push)
    picks, utilities = np.empty(n, dtype=np.intp), np.empty(n)
    is_open = np.ones(len(rows), dtype=bool)
    for k in range(n):
        utility = _cosine(to_pull, length, pull) - _cosine(to_push, length, push)
        picks[k] = j = int(np.where(is_open, utility, -np.inf).argmax())
        utilities[k], is_open[j] = utility[j], False
        step = _dots(rows, rows[j])
        pull, push = pull - rows[j], push + rows[j]
        to_pull, to_push = to_pull - step, to_push + step
    return picks, utilities


def _best_centre(
    rows: Floats, of: Floats, n_clusters: int, rng: np.random.Generator
) -> tuple[Floats, Ints]:
    """Cosine of each unit row with the best centre of the clusters of others, and which it is."""
    best, which = np.zeros(len(rows)), np.zeros(len(rows), dtype=np.intp)
    if not len(of):
        return best, which
    n_clusters = min(n_clusters, len(of))
    cluster = k_means(of, n_clusters, rng)
    # empty clusters have no direction
    centres = unit_rows(cluster_means(of, cluster, n_clusters)[np.unique(cluster)])
    for block in blocks(len(rows), max(centres.shape)):
        cosines = rows[block] @ centres.T
        best[block], which[block] = cosines.max(axis=1), cosines.argmax(axis=1)
    return best, which
