"""Ask what the labelled rows of its predicted class explain badly."""

from collections.abc import Iterator
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skal._compat import Interval
from skal.evidence import Labeled, Labels, Need, Proba, as_space
from skal.measures import blocks, turn_of, unit_rows
from skal.strategies._base import BatchStrategy
from skal.strategies._space import as_floats, squared_lengths

__all__ = ["FRE", "FeatureSim"]

Floats = NDArray[np.floating]
Ints = NDArray[np.intp]


class FeatureSim(BatchStrategy):
    """Ask what is least similar to every labelled row of its predicted class.

    Predicted classes take turns, so that each gives the same number of rows.

    Parameters
    ----------
    normalize : bool, default=True
        Compare directions only (the cosine); False: the length of the projection of the row on
        the direction of the labelled one.
    space : None, str, Need, array or callable, default=None
        The embedding, best one trained with a contrastive loss; None: the penultimate layer. See
        `skal.evidence.as_space`.

    Notes
    -----
    Asked first is the lowest of the largest similarities to a labelled row. A row whose predicted
    class has no labelled rows is compared with all of them. Ties go to the first row.
    Time O(n n_labeled d); memory O(n d).
    Use where the embedding of a class is one narrow direction, as a contrastive loss makes it.
    Avoid where the predicted classes are mostly wrong.

    References
    ----------
    Krishnan, Ahuja, Sinha, Subedar, Tickoo, Iyer (2021), "Improving robustness and efficiency in
    active learning with contrastive loss", arXiv 2109.06873.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import FeatureSim
    >>> labeled, labels = np.array([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]]), np.array([0, 1, 1])
    >>> rows, proba = np.array([[3.0, 4], [2, -1], [-1, 2]]), np.eye(2)[[0, 0, 1]]
    >>> FeatureSim().select(3, np.random.default_rng(0), proba, rows, labeled, labels)
    array([0, 2, 1])
    """

    name: ClassVar[str] = "feature_sim"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {"normalize": ["boolean"]}

    def __init__(self, normalize: bool = True, space: Any = None):
        self.normalize = normalize
        self.space = space

    def needs(self) -> dict[str, Need]:
        return _needs_of(as_space(self.space))

    def select(
        self,
        n: int,
        rng: np.random.Generator,
        proba: Floats,
        embedding: Floats,
        labeled_embedding: Floats,
        labels: Ints,
    ) -> Ints:
        rows = as_floats(embedding)
        if self.normalize:
            rows = unit_rows(rows)
        predicted = np.argmax(proba, axis=1)
        similar = _similarity(rows, predicted, unit_rows(as_floats(labeled_embedding)), labels)
        return _stratified(-similar, predicted, n)


class FRE(BatchStrategy):
    """Ask what the principal components of its predicted class rebuild worst.

    Predicted classes take turns, so that each gives the same number of rows.

    Parameters
    ----------
    variance : float in (0, 1], default=0.995
        Share of the variance of a class that its components keep.
    space : None, str, Need, array or callable, default=None
        The embedding, best one trained with a contrastive loss; None: the penultimate layer. See
        `skal.evidence.as_space`.

    Notes
    -----
    The error is the squared distance of a row from the plane through the mean of the labelled rows
    of its predicted class; highest first. A class of fewer than two labelled rows takes the
    plane of all of them. Ties go to the first row.
    Time O(n d n_components + n_labeled d min(n_labeled, d)); memory O(n d).
    Use where each class has many more labelled rows than its embedding has dimensions in use.
    Avoid where classes have few labelled rows: then the planes are known badly.

    References
    ----------
    Krishnan, Sinha, Ahuja, Subedar, Tickoo, Iyer (2021), "Mitigating sampling bias and improving
    robustness in active learning", arXiv 2109.06321.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import FRE
    >>> labeled = np.array([[0.0, 0, 0], [1, 1, 0], [2, 2, 0], [3, 3, 0]])
    >>> rows, proba = np.array([[1.0, 1, 1], [2, 0, 0], [5, 5, 0]]), np.ones((3, 1))
    >>> FRE().select(3, np.random.default_rng(0), proba, rows, labeled, np.zeros(4, int))
    array([1, 0, 2])
    """

    name: ClassVar[str] = "fre"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "variance": [Interval(Real, 0, 1, closed="right")],
    }

    def __init__(self, variance: float = 0.995, space: Any = None):
        self.variance = variance
        self.space = space

    def needs(self) -> dict[str, Need]:
        return _needs_of(as_space(self.space))

    def select(
        self,
        n: int,
        rng: np.random.Generator,
        proba: Floats,
        embedding: Floats,
        labeled_embedding: Floats,
        labels: Ints,
    ) -> Ints:
        predicted = np.argmax(proba, axis=1)
        error = _rebuild_error(
            as_floats(embedding), predicted, as_floats(labeled_embedding), labels, self.variance
        )
        return _stratified(error, predicted, n)


# ---------------------------------------------------------------- parts


def _needs_of(space: Need) -> dict[str, Need]:
    return {
        "proba": Proba(),
        "embedding": space,
        "labeled_embedding": Labeled(space),
        "labels": Labels(),
    }


def _by_class(
    predicted: Ints, labels: Ints, least: int
) -> Iterator[tuple[Ints, NDArray[np.bool_]]]:
    """Candidates of each predicted class, and its labelled rows, or all where they are too few."""
    for k in np.unique(predicted):
        own = np.asarray(labels) == k
        enough = np.count_nonzero(own) >= least
        yield np.flatnonzero(predicted == k), own if enough else np.ones(len(own), dtype=bool)


def _similarity(rows: Floats, predicted: Ints, directions: Floats, labels: Ints) -> Floats:
    """Largest product of each row with a labelled direction of its predicted class, (n,)."""
    similar = np.empty(len(rows))
    for members, own in _by_class(predicted, labels, 1):
        others = directions[own]
        for block in blocks(len(members), max(others.shape)):
            similar[members[block]] = (rows[members[block]] @ others.T).max(axis=1)
    return similar


def _rebuild_error(
    rows: Floats, predicted: Ints, labeled: Floats, labels: Ints, variance: float
) -> Floats:
    """Squared distance of each row from the plane of its predicted class, (n,)."""
    error = np.empty(len(rows))
    for members, own in _by_class(predicted, labels, 2):
        mean, components = _plane(labeled[own], variance)
        for block in blocks(len(members), rows.shape[1]):
            apart = rows[members[block]] - mean
            whole = squared_lengths(apart)
            apart -= (apart @ components.T) @ components
            left = squared_lengths(apart)
            error[members[block]] = np.where(left > 1e-24 * whole, left, 0)  # not by rounding
    return error


def _plane(rows: Floats, variance: float) -> tuple[Floats, Floats]:
    """Mean (d,) and the fewest principal components (k, d) that keep a share of the variance."""
    rows = rows.astype(np.float64)  # squares of small singular values are compared below
    mean = rows.mean(axis=0)
    _, size, components = np.linalg.svd(rows - mean, full_matrices=False)
    kept = np.cumsum(size**2)  # variances, but for 1 / n
    if kept[-1] <= 1e-24 * np.square(rows).sum():  # equal but for rounding: a point
        return mean, components[:0]
    # the first place at which the share is reached
    k = int(np.searchsorted(kept, variance * kept[-1])) + 1
    return mean, components[:k]


def _stratified(utility: Floats, predicted: Ints, n: int) -> Ints:
    """Positions of the largest utilities, as many of each predicted class as there are."""
    order = np.argsort(-utility, kind="stable")
    return order[np.lexsort((-utility[order], turn_of(predicted[order])))][:n]
