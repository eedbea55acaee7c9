"""Ask in dense regions."""

from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skal._compat import Interval, StrOptions
from skal.evidence import Labeled, Need, as_space
from skal.measures import blocks, squared_distances
from skal.strategies._base import STRATEGIES, BatchStrategy, UtilityStrategy
from skal.strategies._held import RankingHolder
from skal.strategies._space import Euclid, as_floats, squared_lengths

__all__ = ["InformationDensity", "RankedBatch"]

Floats = NDArray[np.floating]
MAX_REFERENCE = 2000


class InformationDensity(RankingHolder, UtilityStrategy):
    """Ask first where a ranking is high and many candidates are alike.

    An uncertain outlier tells little about other rows; weighing by density passes it over.

    Parameters
    ----------
    strategy : str, UtilityStrategy or callable, default="entropy"
        Gives the ranking; its utilities must not be negative.
    beta : float >= 0, default=1.0
        Power of the density; 0 leaves the ranking as it is.
    similarity : {"cosine", "euclidean"}, default="cosine"
        "cosine": of the angle; "euclidean": 1 / (1 + distance).
    max_reference : int >= 1, default=2000
        "euclidean" compares with at most so many candidates, evenly spaced among all; "cosine"
        compares with all.
    space : None, str, Need, array or callable, default=None
        The embedding; None: the penultimate layer. See `skal.evidence.as_space`.

    Notes
    -----
    Utility is u max(density, 0)^beta, in [0, max u]; density is the mean similarity to the
    candidates, the row itself among them.
    Time O(n d), or O(n d max_reference) for "euclidean"; memory O(n).
    Use where the most uncertain rows are outliers or noise.
    Avoid where rare groups matter: they are sparse.

    References
    ----------
    Settles, Craven (2008), "An analysis of active learning strategies for sequence labeling
    tasks", EMNLP.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import InformationDensity
    >>> even = np.full((3, 2), 0.5)
    >>> rows = np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0]])
    >>> InformationDensity().utility(embedding=rows, proba_0=even).round(6)
    array([0.460951, 0.483942, 0.254039])
    """

    name: ClassVar[str] = "information_density"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "beta": [Interval(Real, 0, None, closed="left")],
        "similarity": [StrOptions({"cosine", "euclidean"})],
        "max_reference": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        strategy: Any = "entropy",
        beta: float = 1.0,
        similarity: str = "cosine",
        max_reference: int = MAX_REFERENCE,
        space: Any = None,
    ):
        self.strategy = strategy
        self.beta = beta
        self.similarity = similarity
        self.max_reference = max_reference
        self.space = space

    def takes_negative(self) -> bool:
        return False

    def needs(self) -> dict[str, Need]:
        return {**super().needs(), "embedding": as_space(self.space)}

    def utility(self, embedding: Floats, **arrays: Any) -> Floats:
        u = self.utilities_of_parts(arrays)[0]
        if u.min() < 0:
            raise ValueError(
                f"utilities that InformationDensity weighs must not be negative, got {u.min():g} "
                f"by strategy={self.strategy!r}; use one that starts at 0, such as 'entropy' or "
                "Margin(normalize=True)."
            )
        if self.similarity == "cosine":
            density = _cosine_density(embedding)
        else:
            density = _mean_over_pool(embedding, lambda d: 1 / (1 + d), int(self.max_reference))
        return u * np.maximum(density, 0) ** self.beta


class RankedBatch(RankingHolder, BatchStrategy):
    """Ask rows that are uncertain and far from all that is labelled or asked already.

    Distance counts most while few rows are labelled, uncertainty once most are. While nothing is
    labelled, the first row is the one of smallest mean distance to the candidates.

    Parameters
    ----------
    strategy : None, str, UtilityStrategy or callable, default=None
        Gives the uncertainty, in [0, 1]; None: ``LeastConfidence(normalize=True)``.
    space : None, str, Need, array or callable, default=None
        The embedding; None: the penultimate layer. See `skal.evidence.as_space`.

    Notes
    -----
    A row is worth a (1 - 1 / (1 + d)) + (1 - a) u, with d its Euclidean distance from the nearest
    row labelled or asked, and a the share of candidates among all rows; both are brought up to
    date after every pick. Ties go to the first row. The mean distance of the very first pick is
    taken to at most 2000 candidates, evenly spaced among all.
    Time O((n_labeled + n_asked) n d); memory O(n d).
    Use where batches are large and the embedding has distances around 1.
    Avoid where distances are far from 1: they then all count alike.

    References
    ----------
    Cardoso, Silva, Canuto, Moro, Gonçalves (2017), "Ranked batch-mode active learning",
    Information Sciences 379.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import RankedBatch
    >>> rows = np.array([[1.0], [2.0], [6.0], [7.0]])
    >>> p = np.array([[0.55, 0.45], [0.75, 0.25], [0.8, 0.2], [0.7, 0.3]])
    >>> known, rng = np.zeros((1, 1)), np.random.default_rng(0)
    >>> RankedBatch().select(3, rng, embedding=rows, labeled_embedding=known, proba_0=p)
    array([3, 0, 1])
    """

    name: ClassVar[str] = "ranked_batch"

    def __init__(self, strategy: Any = None, space: Any = None):
        self.strategy = strategy
        self.space = space

    def parts(self) -> Sequence[Any]:
        given = self.strategy
        return [STRATEGIES["least_confidence"](normalize=True) if given is None else given]

    def takes_negative(self) -> bool:
        return False

    def needs(self) -> dict[str, Need]:
        space = as_space(self.space)
        own = {"embedding": space, "labeled_embedding": Labeled(space, required=False)}
        return {**super().needs(), **own}

    def select(
        self,
        n: int,
        rng: np.random.Generator,
        embedding: Floats,
        labeled_embedding: Floats,
        **arrays: Any,
    ) -> NDArray[np.intp]:
        u = self.utilities_of_parts(arrays)[0]
        if u.min() < -1e-9 or u.max() > 1 + 1e-9:  # rounding may step over
            raise ValueError(
                f"utilities that RankedBatch weighs must lie in [0, 1], got {u.min():g} to "
                f"{u.max():g} by strategy={self.held()[0]!r}; use a normalised one, such as "
                "Entropy(normalize=True) or Margin(normalize=True)."
            )
        space = Euclid(embedding)
        reach, first = space.start(labeled_embedding)
        if first is not None:
            first = int(_mean_over_pool(embedding, np.asarray, MAX_REFERENCE).argmin())
        picks = np.empty(n, dtype=np.intp)
        for k in range(n):
            # the share of candidates falls with each pick, so that uncertainty gains weight
            share = (len(u) - k) / (len(u) + len(labeled_embedding))
            wanted = share * (1 - 1 / (1 + np.sqrt(reach))) + (1 - share) * u
            wanted[picks[:k]] = -np.inf
            picks[k] = wanted.argmax() if first is None or k else first
            np.minimum(reach, space.to_row(picks[k]), out=reach)
        return picks


# ---------------------------------------------------------------- density


def _cosine_density(embedding: Floats) -> Floats:
    """Mean cosine of each row with all rows; a row of zeros has 0 with each."""
    rows = as_floats(embedding)
    length = np.sqrt(squared_lengths(rows))
    inverse = np.divide(1, length, out=np.zeros_like(length), where=length > 0)
    mean = (inverse @ rows) / len(rows)  # of the unit rows, (d,)
    return ((rows @ mean) * inverse).astype(np.float64)


def _mean_over_pool(
    embedding: Floats, of_distance: Callable[[Floats], Floats], max_reference: int
) -> Floats:
    """Mean of a function of Euclidean distance to the rows, or to some evenly spaced ones."""
    rows = as_floats(embedding)
    size = min(len(rows), max_reference)
    at = np.linspace(0, len(rows) - 1, size).astype(np.intp)
    mean = rows.mean(axis=0, dtype=np.float64)  # float64: small distances survive
    reference = rows[at] - mean
    found = np.empty(len(rows))
    for block in blocks(len(rows), max(reference.shape)):
        distances = np.sqrt(squared_distances(rows[block] - mean, reference))
        itself = np.flatnonzero((at >= block.start) & (at < block.stop))
        distances[at[itself] - block.start, itself] = 0  # not what rounding leaves
        found[block] = of_distance(distances).mean(axis=1)
    return found
