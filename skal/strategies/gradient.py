"""Ask by the gradients of the last layer, which are kept as two factors."""

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skal._compat import Interval, StrOptions
from skal.evidence import Labeled, Need, Proba, as_space
from skal.measures import blocks
from skal.strategies._base import BatchStrategy, UtilityStrategy
from skal.strategies._draws import draw_one, some_of
from skal.strategies._space import as_floats, squared_lengths

__all__ = ["BADGE", "BAIT", "EGL"]

Floats = NDArray[np.floating]


class BADGE(BatchStrategy):
    """Ask first what would move the last layer most, then what would move it in other ways.

    The gradient of a row is (p - e) ⊗ h, with p its probabilities, e the one-hot vector of the
    class predicted and h its embedding. The first row has the longest gradient; each further one
    is drawn with probability proportional to the squared distance from the nearest chosen
    gradient (k-means++). The distances come from the two factors, so no gradient is ever built.

    Parameters
    ----------
    space : None, str, Need, array or callable, default=None
        Embeddings h, see `as_space`; None: what the last linear layer is given.

    Notes
    -----
    Where all that is left lies on chosen gradients, the rest is drawn uniformly.

    Time O(B n (c + d)); memory O(n (c + d)).
    Use where a net is asked for batches of tens to thousands.
    Avoid where the embedding says little about the classes, or the same answer is wanted twice.

    References
    ----------
    Ash, Zhang, Krishnamurthy, Langford, Agarwal (2020), "Deep batch active learning by diverse,
    uncertain gradient lower bounds", ICLR, arXiv 1906.03671.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import BADGE
    >>> proba = np.array([[0.6, 0.4], [0.9, 0.1], [0.5, 0.5]])
    >>> embedding = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 3.0]])
    >>> BADGE().select(1, np.random.default_rng(0), proba=proba, embedding=embedding)
    array([2])
    """

    name: ClassVar[str] = "badge"

    def __init__(self, space: Any = None):
        self.space = space

    def needs(self) -> dict[str, Need]:
        return {"proba": Proba(), "embedding": as_space(self.space)}

    def select(
        self, n: int, rng: np.random.Generator, proba: Floats, embedding: NDArray[Any]
    ) -> NDArray[np.intp]:
        h = np.ascontiguousarray(as_floats(embedding))
        residual = np.array(proba, dtype=np.float64)  # p - e, (n, c)
        residual[np.arange(len(residual)), residual.argmax(axis=1)] -= 1
        residual = residual.astype(h.dtype)
        length = squared_lengths(residual) * squared_lengths(h)
        chosen = np.full(n, -1)
        nearest: Floats = length  # (n,) set by the first pick
        for k in range(n):
            # the longest first, as in the authors' code, where k-means++ draws it evenly
            i = int(np.argmax(length)) if k == 0 else draw_one(nearest, rng)
            if i < 0:
                break
            chosen[k] = i
            fresh = _squared_distances_from(i, residual, h, length)
            # not from the start: that would count the origin as a centre
            nearest = fresh if k == 0 else np.minimum(nearest, fresh, out=nearest)
            nearest[i] = 0
        else:
            return chosen
        left = np.setdiff1d(np.arange(len(h)), chosen[:k])
        chosen[k:] = rng.choice(left, size=n - k, replace=False)
        return chosen


class EGL(UtilityStrategy):
    """Ask first where the gradient of the last layer is expected to be longest.

    The length is averaged over the possible labels, weighed by their probabilities.

    Parameters
    ----------
    norm : {"l2", "l1"}, default="l2"
        How a gradient is measured.
    bias : bool, default=False
        Count the gradient of the bias too.
    space : None, str, Need, array or callable, default=None
        Embeddings h, see `as_space`; None: what the last linear layer is given.

    Notes
    -----
    Utility is ‖h‖ Σ_k p_k ‖p - e_k‖, in [0, inf).
    Time O(n (c + d)); memory O(n c).
    Use where rows are asked one by one and long embeddings mean much to learn.
    Avoid where outliers have the longest embeddings.

    References
    ----------
    Settles, Craven, Ray (2007), "Multiple-instance active learning", NIPS.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import EGL
    >>> proba, embedding = np.array([[0.5, 0.5], [0.9, 0.1]]), np.array([[3.0, 4.0], [3.0, 4.0]])
    >>> EGL().utility(proba, embedding).round(6)
    array([3.535534, 1.272792])
    """

    name: ClassVar[str] = "egl"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "norm": [StrOptions({"l1", "l2"})],
        "bias": ["boolean"],
    }

    def __init__(self, norm: str = "l2", bias: bool = False, space: Any = None):
        self.norm = norm
        self.bias = bias
        self.space = space

    def needs(self) -> dict[str, Need]:
        return {"proba": Proba(), "embedding": as_space(self.space)}

    def utility(self, proba: Floats, embedding: NDArray[Any]) -> Floats:
        p, h = np.asarray(proba, dtype=np.float64), np.ascontiguousarray(as_floats(embedding))
        if self.norm == "l1":
            per_class = 2 * (1 - p)  # the p of a row sum to 1
            length = np.abs(h).sum(axis=1, dtype=np.float64) + bool(self.bias)
        else:
            # |p - e_k|^2 = (1 - p_k)^2 + the other p_j^2
            square = p**2
            others = np.maximum(square.sum(axis=1, keepdims=True) - square, 0)
            per_class = np.sqrt((1 - p) ** 2 + others)
            length = np.sqrt(squared_lengths(h).astype(np.float64) + bool(self.bias))
        return length * (p * per_class).sum(axis=1)


class BAIT(BatchStrategy):
    """Ask the rows that together tell most about the last layer, as the whole pool would need it.

    A row x adds the Fisher information F_x = (h hᵀ) ⊗ (diag p - p pᵀ) of the last layer. Wanted is
    the smallest trace of M⁻¹ F_U, where M = λI + the mean Fisher of labelled and asked rows, and
    F_U is the mean over the candidates. Rows are added greedily, twice as many as asked for; then
    those that are missed least are taken out again.

    Parameters
    ----------
    regularization : float > 0, default=1.0
        λ. The paper takes 1, and 0.01 for CIFAR-10.
    max_candidates : int >= 1, default=2000
        Where there are more, so many are drawn at random, and no fewer than 2n.
    max_size : int >= 1, default=2000
        Largest c * d, classes times units, that is tried: some matrices have (c d)² values.
    space : None, str, Need, array or callable, default=None
        Embeddings h, see `as_space`; None: what the last linear layer is given.

    Notes
    -----
    The paper multiplies a (c d)² matrix for each candidate in each step. Here the two c × c blocks
    that a candidate needs are carried along, for m candidates.

    Time O((m + n_labeled) (c d)² + (c d)³ + B m c² (c + d)); memory O(m (c² + d) + (c d)²).
    Use where the embedding is small and batches are of up to some hundred rows.
    Avoid where classes times units exceed some thousand.

    References
    ----------
    Ash, Goel, Krishnamurthy, Kakade (2021), "Gone fishing: neural active learning with Fisher
    embeddings", NeurIPS, arXiv 2106.09675.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import BAIT
    >>> proba = np.array([[0.5, 0.5], [0.9, 0.1], [0.6, 0.4]])
    >>> embedding = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    >>> nothing = {"labeled_proba": proba[:0], "labeled_embedding": embedding[:0]}
    >>> BAIT().select(2, np.random.default_rng(0), proba=proba, embedding=embedding, **nothing)
    array([0, 2])
    """

    name: ClassVar[str] = "bait"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "regularization": [Interval(Real, 0, None, closed="neither")],
        "max_candidates": [Interval(Integral, 1, None, closed="left")],
        "max_size": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        regularization: float = 1.0,
        max_candidates: int = 2000,
        max_size: int = 2000,
        space: Any = None,
    ):
        self.regularization = regularization
        self.max_candidates = max_candidates
        self.max_size = max_size
        self.space = space

    def needs(self) -> dict[str, Need]:
        space = as_space(self.space)
        return {
            "proba": Proba(),
            "embedding": space,
            "labeled_proba": Labeled(Proba(), required=False),
            "labeled_embedding": Labeled(space, required=False),
        }

    def select(
        self,
        n: int,
        rng: np.random.Generator,
        proba: Floats,
        embedding: NDArray[Any],
        labeled_proba: Floats,
        labeled_embedding: NDArray[Any],
    ) -> NDArray[np.intp]:
        size = proba.shape[1] * embedding.shape[1]
        if size > self.max_size:
            raise ValueError(
                f"classes * units must be at most max_size={self.max_size}, since BAIT works on "
                f"square matrices of so many rows, got {proba.shape[1]} * {embedding.shape[1]} = "
                f"{size}; take a narrower layer by `space`, or raise max_size where memory and "
                "time allow."
            )
        drawn = some_of(len(proba), max(self.max_candidates, 2 * n), rng)
        n_labeled = len(labeled_proba)
        share = n / (n_labeled + n)  # of the batch in the mean Fisher
        known = self.regularization * np.eye(size)
        if n_labeled:
            known += (1 - share) * _mean_fisher(labeled_proba, labeled_embedding)
        # forward 2n steps, then back to n: the paper's two loops of greedy
        fisher = _FisherGain(proba[drawn], embedding[drawn], known, share)
        chosen: list[int] = []
        for _ in range(min(2 * n, len(drawn))):
            gain = fisher.trace_saved()
            gain[chosen] = -np.inf
            chosen.append(int(np.argmax(gain)))
            fisher.move(chosen[-1], add=True)
        while len(chosen) > n:
            out = int(np.argmin(fisher.trace_lost(np.array(chosen))))
            fisher.move(chosen.pop(out), add=False)
        return drawn[chosen]


class _FisherGain:
    """What each row adds to tr(M⁻¹ F), kept right while rows enter and leave M.

    With V_x the (c, c d) root of the Fisher of row x, the gain needs V_x M⁻¹ V_xᵀ and
    V_x M⁻¹ F M⁻¹ V_xᵀ alone (Woodbury). An entering row changes both by terms of rank c.
    """

    def __init__(self, proba: Floats, embedding: NDArray[Any], known: Floats, share: float):
        p, self.h = np.asarray(proba, np.float64), np.asarray(embedding, np.float64)
        n_classes = p.shape[1]
        # V_x = root_x (h_xᵀ ⊗ I), with rows √p_k (p - e_k); units outer, classes inner
        root = p[:, None, :] - np.eye(n_classes)
        self.root = np.sqrt(share * p)[:, :, None] * root  # (m, c, c)
        self.inverse = np.linalg.inv(known)  # M⁻¹
        self.spread = self.inverse @ _mean_fisher(p, self.h) @ self.inverse  # M⁻¹ F M⁻¹
        self.inner = self._sandwich(self.inverse)  # V_x M⁻¹ V_xᵀ, (m, c, c)
        self.outer = self._sandwich(self.spread)  # V_x M⁻¹ F M⁻¹ V_xᵀ, (m, c, c)
        self.eye = np.eye(n_classes)

    def trace_saved(self) -> Floats:
        """By how much each row would lower the trace, (m,)."""
        return np.linalg.solve(self.eye + self.inner, self.outer).trace(axis1=1, axis2=2)

    def trace_lost(self, rows: NDArray[np.intp]) -> Floats:
        """By how much the trace would rise without each of the rows that are in."""
        left = np.linalg.solve(self.eye - self.inner[rows], self.outer[rows])
        return left.trace(axis1=1, axis2=2)

    def move(self, i: int, *, add: bool) -> None:
        """Let row `i` enter M, or leave it."""
        middle = np.linalg.inv((1 if add else -1) * self.eye + self.inner[i])
        v = np.kron(self.h[i], self.root[i])  # (c, c d)
        a, b = self.inverse @ v.T, self.spread @ v.T  # (c d, c)
        # M⁻¹ F M⁻¹ after the step is that before, less left rightᵀ and its transpose
        right = b - a @ (middle @ (self.outer[i] / 2))
        left = a @ middle
        va, v_left, v_right = self._times(a), self._times(left), self._times(right)
        self.inner -= v_left @ va.transpose(0, 2, 1)
        change = v_left @ v_right.transpose(0, 2, 1)
        self.outer -= change + change.transpose(0, 2, 1)
        self.inverse -= left @ a.T
        self.spread -= np.hstack([left, right]) @ np.hstack([right, left]).T

    def _times(self, a: Floats) -> Floats:
        """V_x a of every row, (m, c, c), for `a` of shape (c d, c)."""
        n_units = self.h.shape[1]
        return self.root @ (self.h @ a.reshape(n_units, -1)).reshape(len(self.h), -1, a.shape[1])

    def _sandwich(self, matrix: Floats) -> Floats:
        """V_x matrix V_xᵀ of every row, (m, c, c)."""
        n_units, n_classes = self.h.shape[1], self.root.shape[1]
        parts = matrix.reshape(n_units, n_classes, n_units, n_classes)
        middle = np.empty_like(self.root)
        for j in range(n_classes):
            for k in range(n_classes):
                middle[:, j, k] = np.einsum("nd,nd->n", self.h @ parts[:, j, :, k], self.h)
        return self.root @ middle @ self.root.transpose(0, 2, 1)


def _mean_fisher(proba: Floats, embedding: NDArray[Any]) -> Floats:
    """Mean of (h hᵀ) ⊗ (diag p - p pᵀ) over the rows, (c d, c d)."""
    n, n_classes = proba.shape
    n_units = embedding.shape[1]
    total = np.zeros((n_units * n_classes, n_units * n_classes))
    by_class = total.reshape(n_units, n_classes, n_units, n_classes)
    for rows in blocks(n, n_units * n_classes):
        p, h = proba[rows].astype(np.float64), embedding[rows].astype(np.float64)
        both = (h[:, :, None] * p[:, None, :]).reshape(len(p), -1)
        total -= both.T @ both
        for k in range(n_classes):
            by_class[:, k, :, k] += (h * p[:, k, None]).T @ h
    return total / n


def _squared_distances_from(i: int, residual: Floats, h: Floats, length: Floats) -> Floats:
    """Squared distances of all gradients residual ⊗ h from that of row `i`, (n,)."""
    # with a = p - e: |a_i|^2 |h_i|^2 + |a_j|^2 |h_j|^2 - 2 (a_i.a_j) (h_i.h_j)
    together = length + length[i]
    distances = residual @ residual[i]
    distances *= h @ h[i]
    distances *= -2
    distances += together
    # a duplicate must be at 0 and not at what rounding leaves: else it could be drawn
    distances[distances < 16 * np.finfo(h.dtype).eps * together] = 0
    return distances
