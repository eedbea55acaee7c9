"""Cover the pool by distance."""

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skal.evidence import Labeled, Need, Proba, as_space
from skal.measures import blocks, squared_distances
from skal.strategies._base import BatchStrategy

__all__ = ["CDAL", "KCenter", "LightweightCoreset"]

Floats = NDArray[np.floating]
TINY = 1e-12  # smallest probability under a logarithm


class KCenter(BatchStrategy):
    """Ask the row farthest from all that is labelled or asked already, again and again.

    The greedy core-set: its cover radius is at most twice the smallest possible. While nothing is
    labelled, the first row is the one nearest the mean.

    Parameters
    ----------
    space : None, str, Need, array or callable, default=None
        The embedding; None: the penultimate layer. See `skal.evidence.as_space`.

    Notes
    -----
    Distances are Euclidean; ties go to the first row.
    Time O((n_labeled + n_asked) n d); memory O(n d).
    Use where the embedding is good and few rows are labelled for each class.
    Avoid where the pool holds outliers: they are the farthest.

    References
    ----------
    Sener, Savarese (2018), "Active learning for convolutional neural networks: a core-set
    approach", ICLR, arXiv 1708.00489.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import KCenter
    >>> line = np.array([[0.0], [1.0], [2.0], [5.0], [9.0], [10.0]])
    >>> KCenter().select(3, np.random.default_rng(0), embedding=line, labeled=line[:1])
    array([5, 3, 2])
    """

    name: ClassVar[str] = "k_center"

    def __init__(self, space: Any = None):
        self.space = space

    def needs(self) -> dict[str, Need]:
        space = as_space(self.space)
        return {"embedding": space, "labeled": Labeled(space, required=False)}

    def select(
        self, n: int, rng: np.random.Generator, embedding: Floats, labeled: Floats
    ) -> NDArray[np.intp]:
        space = Euclid(embedding)
        return farthest_first(*space.start(labeled), space.to_row, n)[0]


class CDAL(BatchStrategy):
    """Ask the row whose class probabilities differ most from all labelled or asked already.

    Farthest first, as `KCenter`, between class probabilities instead of embeddings: rows whose
    classes are confused in a way not seen before.

    Notes
    -----
    The distance is the symmetric divergence (KL(p, q) + KL(q, p)) / 2; ties go to the first row.
    Time O((n_labeled + n_asked) n c); memory O(n c).
    Use where classes are confused in many different ways.
    Avoid where there are few classes, or the classifier is badly calibrated.

    References
    ----------
    Agarwal, Arora, Anand, Arora (2020), "Contextual diversity for active learning", ECCV,
    arXiv 2008.05723.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import CDAL
    >>> p = np.array([[0.9, 0.1], [0.5, 0.5], [0.6, 0.4]])
    >>> CDAL().select(2, np.random.default_rng(0), proba=p, labeled=p[:1])
    array([1, 2])
    """

    name: ClassVar[str] = "cdal"

    def needs(self) -> dict[str, Need]:
        return {"proba": Proba(), "labeled": Labeled(Proba(), required=False)}

    def select(
        self, n: int, rng: np.random.Generator, proba: Floats, labeled: Floats
    ) -> NDArray[np.intp]:
        space = _Divergence(proba)
        return farthest_first(*space.start(labeled), space.to_row, n)[0]


class LightweightCoreset(BatchStrategy):
    """Ask rows drawn at random, rows far from the mean more often.

    Half of the probability is spread evenly, half in proportion to the squared distance from the
    mean of the candidates; drawn without replacement.

    Parameters
    ----------
    space : None, str, Need, array or callable, default=None
        The embedding; None: the penultimate layer. See `skal.evidence.as_space`.

    Notes
    -----
    Time O(n d); memory O(n).
    Use where the pool is too large for anything slower than one pass.
    Avoid where the batch is small: near duplicates are not held apart.

    References
    ----------
    Bachem, Lucic, Krause (2018), "Scalable k-means clustering via lightweight coresets", KDD.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import LightweightCoreset
    >>> line = np.array([[0.0], [1.0], [2.0], [5.0]])
    >>> len(set(LightweightCoreset().select(3, np.random.default_rng(0), embedding=line)))
    3
    """

    name: ClassVar[str] = "lightweight_coreset"

    def __init__(self, space: Any = None):
        self.space = space

    def needs(self) -> dict[str, Need]:
        return {"embedding": as_space(self.space)}

    def select(self, n: int, rng: np.random.Generator, embedding: Floats) -> NDArray[np.intp]:
        chance = _chance_by_distance(embedding)
        return rng.choice(len(chance), size=n, replace=False, p=chance)


# ---------------------------------------------------------------- farthest first


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


class Euclid:
    """Squared Euclidean distances of the rows of an embedding, from vectors and from each other.

    Rows are kept relative to their mean, and small distances are measured once more by
    subtraction, so that |a|^2 + |b|^2 - 2 a.b hides neither near rows nor duplicates.
    """

    def __init__(self, embedding: Floats):
        rows = as_floats(embedding)
        self.mean = rows.mean(axis=0, dtype=np.float64).astype(rows.dtype)  # (d,)
        self.rows = rows - self.mean  # (n, d)
        self.norms = np.einsum("ij,ij->i", self.rows, self.rows)  # (n,)
        self.near = float(np.sqrt(np.finfo(rows.dtype).eps))  # below this share, rounding shows

    def start(self, labeled: Floats) -> tuple[Floats, int | None]:
        """Distance of each row to the nearest labelled one, and the first pick where none is."""
        if len(labeled):
            return self.to_nearest(labeled), None
        return np.full(len(self.rows), np.inf, dtype=self.rows.dtype), int(self.norms.argmin())

    def to_row(self, j: int) -> Floats:
        """Distance of each row to row j, (n,)."""
        found = self.rows @ (-2 * self.rows[j])
        scale = self.norms + self.norms[j]
        found += scale
        near = np.flatnonzero(found < self.near * scale)
        for block in blocks(len(near), self.rows.shape[1]):
            found[near[block]] = _squares(self.rows[near[block]] - self.rows[j])
        return np.maximum(found, 0, out=found)

    def to_nearest(self, others: Floats) -> Floats:
        """Distance of each row to the nearest of the others, (n,)."""
        others = as_floats(others) - self.mean
        norms = _squares(others)
        found = np.empty(len(self.rows), dtype=np.result_type(self.rows, others))
        for block in blocks(len(self.rows), max(others.shape)):
            rows = self.rows[block]
            table = squared_distances(rows, others)
            nearest = table.argmin(axis=1)
            part = table[np.arange(len(rows)), nearest]
            near = part < self.near * (self.norms[block] + norms[nearest])
            part[near] = _squares(rows[near] - others[nearest[near]])
            found[block] = part
        return found


class _Divergence:
    """Symmetric Kullback-Leibler divergences of rows of probabilities.

    Half of (p - q).(log p - log q); written out, a row costs two matrix-vector products.
    """

    near = 1e-9  # below this, rounding shows

    def __init__(self, proba: Floats):
        self.p, self.log_p, self.own = self._parts(proba)

    @staticmethod
    def _parts(proba: Floats) -> tuple[Floats, Floats, Floats]:
        p = np.maximum(np.asarray(proba, dtype=np.float64), TINY)
        log_p = np.log(p)
        return p, log_p, np.einsum("ij,ij->i", p, log_p)  # own: sum of p log p

    def start(self, labeled: Floats) -> tuple[Floats, int | None]:
        """Divergence of each row from the nearest labelled one, and the first where none is."""
        if len(labeled):
            return self.to_nearest(labeled), None
        central = int(self.to_nearest(self.p.mean(axis=0, keepdims=True)).argmin())
        return np.full(len(self.p), np.inf), central

    def to_row(self, j: int) -> Floats:
        """Divergence of each row from row j, (n,)."""
        found = self.p @ -self.log_p[j]
        found -= self.log_p @ self.p[j]
        found += self.own
        found += self.own[j]
        found /= 2
        near = np.flatnonzero(found < self.near)
        found[near] = self._exact(near, self.p[j], self.log_p[j])
        return found

    def to_nearest(self, others: Floats) -> Floats:
        """Divergence of each row from the nearest of the others, (n,)."""
        q, log_q, own = self._parts(others)
        found = np.empty(len(self.p))
        for block in blocks(len(self.p), max(q.shape)):
            p, log_p = self.p[block], self.log_p[block]
            table = p @ log_q.T
            table += log_p @ q.T
            table *= -1
            table += own
            nearest = table.argmin(axis=1)
            part = (table[np.arange(len(p)), nearest] + self.own[block]) / 2
            near = np.flatnonzero(part < self.near)
            at = nearest[near]
            part[near] = self._exact(block.start + near, q[at], log_q[at])
            found[block] = part
        return found

    def _exact(self, at: NDArray[np.intp], q: Floats, log_q: Floats) -> Floats:
        return ((self.p[at] - q) * (self.log_p[at] - log_q)).sum(axis=1) / 2


def as_floats(embedding: Any) -> Floats:
    """An embedding as float32 or float64; other numbers become float32."""
    if hasattr(embedding, "tocsr"):
        raise TypeError(
            "the embedding is a sparse matrix, but distances need a dense array; pass space= a "
            "dense one, such as the result of TruncatedSVD."
        )
    rows = np.asarray(embedding)
    return rows if rows.dtype in (np.float32, np.float64) else rows.astype(np.float32)


def _squares(rows: Floats) -> Floats:
    """Squared length of each row."""
    return np.einsum("ij,ij->i", rows, rows)


def _chance_by_distance(embedding: Floats) -> Floats:
    """1 / 2n + d^2 / (2 sum of d^2), with d the distance from the mean; sums to 1."""
    rows = as_floats(embedding)
    mean = rows.mean(axis=0, dtype=np.float64).astype(rows.dtype)
    far = np.empty(len(rows))
    for block in blocks(*rows.shape):
        far[block] = _squares(rows[block] - mean)
    total = far.sum()
    even = np.full(len(rows), 1 / len(rows))
    return (even + far / total) / 2 if total > 0 else even
