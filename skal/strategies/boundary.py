"""Ask near the decision boundaries in feature space, evenly over the classes."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from skal.evidence import Embedding, Head, LinearHead, Need
from skal.measures import blocks
from skal.strategies._base import BatchStrategy, UtilityStrategy

__all__ = ["BASE", "MASE"]

Floats = NDArray[np.floating]


class MASE(UtilityStrategy):
    """Ask first what lies nearest to a decision boundary in feature space.

    The boundaries are those of the last linear layer: how far the embedding would have to move
    until another class is predicted.

    Notes
    -----
    Utility is minus the distance to the nearest boundary, in (-inf, 0].
    Two classes with the same weights have no boundary. A row without any has the lowest utility:
    minus the largest finite distance, minus 1.

    Time O(n c d + c² d); memory O(n c).
    Use where the last layer is linear and its weights differ much in length.
    Avoid where some classes are rare: nearness alone overlooks them; take BASE.

    References
    ----------
    Emam, Chu, Chiang, Czaja, Leapman, Goldblum, Goldstein (2021), "Active learning at the
    ImageNet scale", arXiv 2111.12880.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.evidence import LinearHead
    >>> from skal.strategies import MASE
    >>> head = LinearHead(np.eye(2), np.zeros(2))
    >>> MASE().utility(embedding=np.array([[3.0, 1.0], [1.0, 1.0]]), head=head).round(6)
    array([-1.414214, -0.      ])
    """

    name: ClassVar[str] = "mase"

    @property
    def never_positive(self) -> bool:
        return True

    def needs(self) -> dict[str, Need]:
        return {"embedding": Embedding(), "head": Head()}

    def utility(self, embedding: Floats, head: LinearHead) -> Floats:
        distance = _distances(embedding, head).min(axis=1)
        none = np.isinf(distance)  # all classes have the same weights: nothing to cross
        distance[none] = distance.max(where=~none, initial=0) + 1
        return -distance


class BASE(BatchStrategy):
    """Ask what lies nearest to a decision boundary, the same number for each class.

    For each class those rows are taken that are predicted so and nearly are not, or are not and
    nearly are. The distances are those of `MASE`.

    Notes
    -----
    Class after class, the first classes take one more where n is not a multiple of their number;
    only classes that the last layer knows count. Ties go to the first row.

    Time O(n c d + n c log n); memory O(n c).
    Use where classes are many or unbalanced and the last layer is linear.
    Avoid where n is below the number of classes: the last ones then get nothing.

    References
    ----------
    Emam, Chu, Chiang, Czaja, Leapman, Goldblum, Goldstein (2021), "Active learning at the
    ImageNet scale", arXiv 2111.12880.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.evidence import LinearHead
    >>> from skal.strategies import BASE
    >>> z, head = np.array([[3.0, 1.0], [1.0, 1.0], [0.0, 9.0]]), LinearHead(np.eye(2), np.zeros(2))
    >>> BASE().select(2, np.random.default_rng(0), embedding=z, head=head)
    array([1, 0])
    """

    name: ClassVar[str] = "base"

    def needs(self) -> dict[str, Need]:
        return {"embedding": Embedding(), "head": Head()}

    def select(
        self, n: int, rng: np.random.Generator, embedding: Floats, head: LinearHead
    ) -> NDArray[np.intp]:
        distances = _distances(embedding, head)
        n_classes = distances.shape[1]
        left = np.ones(len(distances), dtype=bool)
        chosen: list[NDArray[np.intp]] = []
        for k in range(min(n, n_classes)):
            quota = n // n_classes + (k < n % n_classes)
            nearest = np.argsort(distances[:, k], kind="stable")
            nearest = nearest[left[nearest]][:quota]
            left[nearest] = False
            chosen.append(nearest)
        return np.concatenate(chosen)


def _distances(embedding: Floats, head: LinearHead) -> Floats:
    """How far each row must move to change into each class, or out of it if predicted, (n, c)."""
    weight, bias = (np.asarray(part, dtype=np.float64) for part in head)
    if len(weight) < 2:
        raise ValueError(
            f"a boundary lies between two classes, but the last layer knows {len(weight)}; teach "
            "labels of at least two classes first."
        )
    apart = cdist(weight, weight)  # differences themselves: equal weights are at 0 exactly
    distances = np.empty((len(embedding), len(weight)))
    for rows in blocks(len(embedding), sum(weight.shape)):
        # r_c = ((w_y - w_c).z + b_y - b_c) / |w_y - w_c|; float64, since near a boundary the lead
        # is a small difference of large logits
        logits = embedding[rows].astype(np.float64) @ weight.T + bias
        predicted = logits.argmax(axis=1)
        here = (np.arange(len(logits)), predicted)
        lead, gap = logits[here][:, None] - logits, apart[predicted]
        part = np.divide(lead, gap, out=np.full_like(lead, np.inf), where=gap > 0)
        part[here] = np.inf  # not a boundary of its own; the way out is the shortest way over
        part[here] = part.min(axis=1)
        distances[rows] = part
    return distances
