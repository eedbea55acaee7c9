"""Cover the pool by distance."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skal.evidence import Labeled, Need, Proba, as_space
from skal.measures import FLOOR, blocks, log
from skal.strategies._base import BatchStrategy
from skal.strategies._space import Euclid, as_floats, farthest_first, mean_row, squared_lengths

__all__ = ["CDAL", "KCenter", "LightweightCoreset"]

Floats = NDArray[np.floating]


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
    >>> rng = np.random.default_rng(0)
    >>> KCenter().select(3, rng, embedding=line, labeled_embedding=line[:1])
    array([5, 3, 2])
    """

    name: ClassVar[str] = "k_center"

    def __init__(self, space: Any = None):
        self.space = space

    def needs(self) -> dict[str, Need]:
        space = as_space(self.space)
        return {"embedding": space, "labeled_embedding": Labeled(space, required=False)}

    def select(
        self, n: int, rng: np.random.Generator, embedding: Floats, labeled_embedding: Floats
    ) -> NDArray[np.intp]:
        space = Euclid(embedding)
        return farthest_first(*space.start(labeled_embedding), space.to_row, n)[0]


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
    >>> CDAL().select(2, np.random.default_rng(0), proba=p, labeled_proba=p[:1])
    array([1, 2])
    """

    name: ClassVar[str] = "cdal"

    def needs(self) -> dict[str, Need]:
        return {"proba": Proba(), "labeled_proba": Labeled(Proba(), required=False)}

    def select(
        self, n: int, rng: np.random.Generator, proba: Floats, labeled_proba: Floats
    ) -> NDArray[np.intp]:
        space = _Divergence(proba)
        return farthest_first(*space.start(labeled_proba), space.to_row, n)[0]


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
        chance = _chance_by_distance(as_floats(embedding))
        return rng.choice(len(chance), size=n, replace=False, p=chance)


class _Divergence:
    """Symmetric Kullback-Leibler divergences of rows of probabilities.

    Half of (p - q).(log p - log q); written out, a row costs two matrix-vector products.
    """

    near = 1e-9  # below this, rounding shows: measured again as (p - q).(log p - log q)

    def __init__(self, proba: Floats):
        self.p, self.log_p, self.own = self._parts(proba)

    @staticmethod
    def _parts(proba: Floats) -> tuple[Floats, Floats, Floats]:
        # 0019: log 0 would put a sure row infinitely far from all others
        p = np.maximum(np.asarray(proba, dtype=np.float64), FLOOR)
        log_p = log(p)
        return p, log_p, np.einsum("ij,ij->i", p, log_p)  # own: sum of p log p

    def start(self, labeled_proba: Floats) -> tuple[Floats, int | None]:
        """Divergence of each row from the nearest labelled one, and the first where none is."""
        if len(labeled_proba):
            return self.to_nearest(labeled_proba), None
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


def _chance_by_distance(rows: Floats) -> Floats:
    """1 / 2n + d^2 / (2 sum of d^2), with d the distance from the mean; sums to 1."""
    mean = mean_row(rows)
    far = np.empty(len(rows))
    for block in blocks(*rows.shape):
        far[block] = squared_lengths(rows[block] - mean)
    total = far.sum()  # 0: all rows are equal, and so are their chances
    even = np.full(len(rows), 1 / len(rows))
    return (even + far / total) / 2 if total > 0 else even
