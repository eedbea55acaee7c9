"""Cover the pool by similarity: one greedy for several kernels."""

from functools import partial
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skal._compat import Interval, StrOptions
from skal.evidence import Labeled, Labels, Need, as_space
from skal.strategies._base import BatchStrategy
from skal.strategies._cover import (
    Balls,
    Similarity,
    cosine,
    greedy,
    inverse_distance,
    median_distance,
    pure_radius,
    rbf,
)
from skal.strategies._draws import some_of
from skal.strategies._space import centred, unit

__all__ = ["FacilityLocation", "KernelHerding", "ProbCover"]

Floats = NDArray[np.floating]
Ints = NDArray[np.integer]

MAX_REFERENCE = 5000
NO_LABELS = np.empty(0, dtype=np.intp)
N_CLUSTERS = 10  # while no label says how many classes there are


class FacilityLocation(BatchStrategy):
    """Ask the rows that together resemble all candidates most.

    Each row asked adds what it raises the similarity of the candidates to their nearest row
    labelled or asked. Once nothing is left to gain, rows are drawn at random.

    Parameters
    ----------
    similarity : {"cosine", "euclidean"}, default="cosine"
        "cosine": of the angle, at least 0; "euclidean": 1 / (1 + distance).
    max_reference : int >= 1, default=5000
        The gain is summed over all candidates, or over so many drawn at random; take several
        times the batch.
    space : None, str, Need, array or callable, default=None
        The embedding; None: the penultimate layer. See `skal.evidence.as_space`.

    Notes
    -----
    Greedy with exact gains, found lazily; at least 1 - 1/e of the best sum. Ties go to the row
    that is more like all candidates, then to the first.
    Time O(n d max_reference); memory O(n d).
    Use where batches should stand for the whole pool, dense regions first.
    Avoid where rare groups matter: they add little to the sum.

    References
    ----------
    Wei, Iyer, Bilmes (2015), "Submodularity in data subset selection and active learning", ICML.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import FacilityLocation
    >>> rows = np.array([[1.0, 0.0], [0.9, 0.1], [0.8, 0.2], [0.0, 1.0]])
    >>> rng = np.random.default_rng(0)
    >>> FacilityLocation().select(2, rng, embedding=rows, labeled_embedding=rows[:0])
    array([2, 3])
    """

    name: ClassVar[str] = "facility_location"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "similarity": [StrOptions({"cosine", "euclidean"})],
        "max_reference": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        similarity: str = "cosine",
        max_reference: int = MAX_REFERENCE,
        space: Any = None,
    ):
        self.similarity = similarity
        self.max_reference = max_reference
        self.space = space

    def needs(self) -> dict[str, Need]:
        space = as_space(self.space)
        return {"embedding": space, "labeled_embedding": Labeled(space, required=False)}

    def select(
        self, n: int, rng: np.random.Generator, embedding: Floats, labeled_embedding: Floats
    ) -> NDArray[np.intp]:
        by_angle = self.similarity == "cosine"
        # a centred pool would turn the angles, an uncentred one would round the distances
        rows, known = (unit if by_angle else centred)(embedding, labeled_embedding)
        kernel = cosine if by_angle else inverse_distance
        reference = some_of(len(rows), self.max_reference, rng)
        return greedy(Similarity(rows, known, reference, kernel), n, rng)


class KernelHerding(BatchStrategy):
    """Ask the rows that together cover the candidates most, near rows softly.

    As `FacilityLocation`, with the similarity exp(-d^2 / sigma^2); a soft form of `ProbCover`,
    less sensitive to its width. Known as MaxHerding.

    Parameters
    ----------
    sigma : float > 0 or "median", default="median"
        Width; "median": the median distance between candidates, of a sample.
    max_reference : int >= 1, default=5000
        Coverage is measured on all candidates, or on so many drawn at random; take several times
        the batch.
    space : None, str, Need, array or callable, default=None
        The embedding; None: the penultimate layer. See `skal.evidence.as_space`.

    Notes
    -----
    Greedy with exact gains, found lazily. Ties go to the row that alone covers more, then to the
    first.
    Time O(n d max_reference); memory O(n d).
    Use where few rows are labelled and the embedding was learned without labels.
    Avoid where the classifier is good already: uncertainty is not looked at.

    References
    ----------
    Bae, Noh, Sutherland (2024), "Generalized coverage for more robust low-budget active
    learning", ECCV, arXiv 2407.12212.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import KernelHerding
    >>> line = np.array([[0.0], [0.5], [1.0], [9.0], [9.5]])
    >>> rng = np.random.default_rng(0)
    >>> KernelHerding(sigma=1.0).select(2, rng, embedding=line, labeled_embedding=line[:0])
    array([1, 3])
    """

    name: ClassVar[str] = "kernel_herding"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "sigma": [Interval(Real, 0, None, closed="neither"), StrOptions({"median"})],
        "max_reference": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        sigma: float | str = "median",
        max_reference: int = MAX_REFERENCE,
        space: Any = None,
    ):
        self.sigma = sigma
        self.max_reference = max_reference
        self.space = space

    def needs(self) -> dict[str, Need]:
        space = as_space(self.space)
        return {"embedding": space, "labeled_embedding": Labeled(space, required=False)}

    def select(
        self, n: int, rng: np.random.Generator, embedding: Floats, labeled_embedding: Floats
    ) -> NDArray[np.intp]:
        rows, known = centred(embedding, labeled_embedding)
        reference = some_of(len(rows), self.max_reference, rng)
        sigma = median_distance(rows[reference]) if self.sigma == "median" else float(self.sigma)
        return greedy(Similarity(rows, known, reference, partial(rbf, sigma=sigma)), n, rng)


class ProbCover(BatchStrategy):
    """Ask the row with the most uncovered rows around it, again and again.

    A row covers all that lie nearer than delta; labelled rows cover too. Once all is covered,
    rows are drawn at random.

    Parameters
    ----------
    delta : float > 0 or "auto", default="auto"
        Radius of a ball; "auto": the largest for which 95 % of the balls hold rows of one
        k-means cluster only.
    n_clusters : int >= 2, default=None
        Clusters of "auto"; None: as many as there are classes, by the labels so far, and 10 while
        nothing is labelled.
    normalize : bool, default=True
        Scale each row of the embedding to length 1 first.
    max_edges : int >= 1, default=30_000_000
        Where there were more pairs of near rows, coverage is measured on rows drawn at random, so
        many that the pairs stay below; all candidates can be asked still.
    space : None, str, Need, array or callable, default=None
        The embedding; None: the penultimate layer. See `skal.evidence.as_space`.

    Notes
    -----
    Near is Euclidean distance < delta. Ties go to the first row. "auto" fits the clusters on at
    most 10,000 rows and measures the balls of at most 1000.
    Time O(n^2 d); memory O(n d + max_edges).
    Use where few rows are labelled and the embedding was learned without labels.
    Avoid where the budget covers the pool: what follows is drawn at random.

    References
    ----------
    Yehuda, Dekel, Hacohen, Weinshall (2022), "Active learning through a covering lens", NeurIPS,
    arXiv 2205.11320.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import ProbCover
    >>> line = np.array([[0.0], [0.5], [1.0], [3.0], [3.4], [3.8], [10.0]])
    >>> strategy, rng = ProbCover(delta=0.6, normalize=False), np.random.default_rng(0)
    >>> strategy.select(3, rng, embedding=line, labeled_embedding=line[:0])
    array([1, 4, 6])
    """

    name: ClassVar[str] = "prob_cover"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "delta": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
        "n_clusters": [None, Interval(Integral, 2, None, closed="left")],
        "normalize": ["boolean"],
        "max_edges": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        delta: float | str = "auto",
        n_clusters: int | None = None,
        normalize: bool = True,
        max_edges: int = 30_000_000,
        space: Any = None,
    ):
        self.delta = delta
        self.n_clusters = n_clusters
        self.normalize = normalize
        self.max_edges = max_edges
        self.space = space

    def needs(self) -> dict[str, Need]:
        space = as_space(self.space)
        needs: dict[str, Need] = {
            "embedding": space,
            "labeled_embedding": Labeled(space, required=False),
        }
        if self.delta == "auto" and self.n_clusters is None:
            needs["labels"] = Labels()
        return needs

    def select(
        self,
        n: int,
        rng: np.random.Generator,
        embedding: Floats,
        labeled_embedding: Floats,
        labels: Ints = NO_LABELS,
    ) -> NDArray[np.intp]:
        rows, known = (unit if self.normalize else centred)(embedding, labeled_embedding)
        if isinstance(self.delta, str):
            n_clusters = self.n_clusters
            if n_clusters is None:
                n_clusters = max(2, labels.max() + 1) if len(labels) else N_CLUSTERS
            delta = pure_radius(rows, int(n_clusters), rng)
        else:
            delta = float(self.delta)
        return greedy(Balls(rows, known, delta, self.max_edges, rng), n, rng)
