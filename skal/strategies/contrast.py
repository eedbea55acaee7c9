"""Ask by contrast of probabilities."""

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from skal._compat import Interval
from skal.evidence import Labeled, Need, Proba, as_space
from skal.measures import FLOOR, blocks, kl_divergence, margin, squared_distances, unit_rows
from skal.strategies._base import BatchStrategy, UtilityStrategy
from skal.strategies._space import as_floats

__all__ = ["CAL", "FALCUN"]

Floats = NDArray[np.floating]


class CAL(UtilityStrategy):
    """Ask first where the prediction differs most from those of the nearest labelled rows.

    Parameters
    ----------
    n_neighbors : int >= 1, default=10
        Labelled rows that are compared; all, where fewer are labelled.
    space : None, str, Need, array or callable, default=None
        Where rows are near, see `as_space`; None: what the last linear layer is given. Rows are
        scaled to length 1.

    Notes
    -----
    Utility is mean_j KL(p_j ‖ p) over the labelled neighbours j, in [0, 27.7].
    Probabilities p of a candidate are at least 1e-12, so that no divergence is infinite.

    Time O(n n_labeled d); memory O(n + n_labeled d).
    Use where many rows are labelled and rows alike should be predicted alike.
    Avoid where few rows are labelled: the nearest are then far away.

    References
    ----------
    Margatina, Vernikos, Barrault, Aletras (2021), "Active learning by acquiring contrastive
    examples", EMNLP, arXiv 2109.03764.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import CAL
    >>> CAL().utility(
    ...     proba=np.array([[0.7, 0.3], [0.9, 0.1]]), embedding=np.eye(2),
    ...     labeled_proba=np.array([[0.9, 0.1]]), labeled_embedding=np.ones((1, 2)),
    ... ).round(6)
    array([0.116322, 0.      ])
    """

    name: ClassVar[str] = "cal"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, n_neighbors: int = 10, space: Any = None):
        self.n_neighbors = n_neighbors
        self.space = space

    def needs(self) -> dict[str, Need]:
        space = as_space(self.space)
        return {
            "proba": Proba(),
            "embedding": space,
            "labeled_proba": Labeled(Proba()),
            "labeled_embedding": Labeled(space),
        }

    def utility(
        self,
        proba: Floats,
        embedding: NDArray[Any],
        labeled_proba: Floats,
        labeled_embedding: NDArray[Any],
    ) -> Floats:
        labeled = unit_rows(as_floats(labeled_embedding))
        n_labeled, n_classes = labeled_proba.shape
        k = min(self.n_neighbors, n_labeled)
        contrast = np.empty(len(proba))
        for rows in blocks(len(proba), n_labeled + k * n_classes):
            far = squared_distances(unit_rows(as_floats(embedding[rows])), labeled)
            # in any order, which their mean does not see
            near = np.argpartition(far, k - 1, axis=1)[:, :k]  # (block, k)
            p = np.maximum(proba[rows], FLOOR)[:, None]  # KL(p_j || p) is infinite at p = 0
            contrast[rows] = kl_divergence(labeled_proba[near], p).mean(axis=1)
        return np.maximum(contrast, 0)  # what was lifted to the floor can bring it below


class FALCUN(BatchStrategy):
    """Ask rows drawn by uncertainty, and by how their probabilities differ from the rows asked.

    Parameters
    ----------
    gamma : float >= 0, default=10
        Sharpness of the draw; 0 draws uniformly.

    Notes
    -----
    With the uncertainty u = 1 - (p(1) - p(2)), a row is drawn with probability proportional to
    (d + u)^gamma. Here d is the L1 distance between its probabilities and the nearest of a row
    asked, at first and at most u, scaled to [0, 1] over the rows that are left.

    Time O(B n c); memory O(n c).
    Use where no embedding is at hand and large batches need variety.
    Avoid where two classes are all there are: the uncertainty then tells the distances too.

    References
    ----------
    Gilhuber, Beer, Ma, Seidl (2024), "FALCUN: a simple and efficient deep active learning
    strategy", ECML PKDD.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import FALCUN
    >>> proba = np.array([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.0, 0.5, 0.5], [0.0, 0.0, 1.0]])
    >>> sorted(FALCUN().select(2, np.random.default_rng(0), proba=proba).tolist())
    [1, 2]
    """

    name: ClassVar[str] = "falcun"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "gamma": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(self, gamma: float = 10):
        self.gamma = gamma

    def needs(self) -> dict[str, Need]:
        return {"proba": Proba()}

    def select(self, n: int, rng: np.random.Generator, proba: Floats) -> NDArray[np.intp]:
        unsure = 1 - margin(proba)
        # once: cdist would copy what is laid out otherwise at every pick
        proba = np.ascontiguousarray(proba, dtype=np.float64)
        distance, left = unsure.copy(), np.ones(len(proba), dtype=bool)
        chosen = np.empty(n, dtype=np.intp)
        for k in range(n):
            chosen[k] = rng.choice(len(proba), p=_chances(distance, unsure, left, self.gamma))
            left[chosen[k]] = False
            far = cdist(proba, proba[chosen[[k]]], "cityblock")[:, 0]
            np.minimum(distance, far, out=distance)
        return chosen


def _chances(distance: Floats, unsure: Floats, left: NDArray[np.bool_], gamma: float) -> Floats:
    """Probability of each row to be drawn next, 0 for those that are not left, (n,)."""
    low = distance.min(where=left, initial=np.inf)
    span = distance.max(where=left, initial=-np.inf) - low
    # a copy: the distances themselves must stay as they are
    scaled = (distance - low) / span if span > 0 else np.ones_like(distance)
    scaled += unsure
    scaled[~left] = 0
    scaled /= scaled.max()  # no power overflows
    weights = np.where(left, scaled**gamma, 0)
    return weights / weights.sum()
