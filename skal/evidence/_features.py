"""Rows as points of a space: as they are, as a layer sees them, as features from outside."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from skal._containers import as_array, n_rows, row_blocks, row_prints, take_rows
from skal.evidence._need import Facts, Need, OfAnObject, Place, SweepBatch, Swept
from skal.exceptions import EvidenceError

__all__ = ["Embedding", "Given", "Inputs", "as_space"]

SKETCH = 512  # numbers of a sparse row
MARKED = 256  # rows that show whether a pool was changed in place


@dataclass(frozen=True)
class Inputs(Need):
    """The rows of X themselves, flattened to (n, n_features).

    Examples
    --------
    >>> import numpy as np
    >>> from skal.evidence import Evidence, Inputs
    >>> images = np.arange(24).reshape(3, 2, 4)
    >>> Evidence(None, images, np.array([2])).arrays({"inputs": Inputs()})["inputs"]
    array([[16, 17, 18, 19, 20, 21, 22, 23]])
    """

    words = "inputs"
    model_free = True

    def read(self, evidence: Facts, place: Place) -> Any:
        part = place.X if place.rows is None else take_rows(place.X, place.rows)
        # sparse rows stay sparse: those of texts, made dense, would not fit in memory
        return part if hasattr(part, "tocsr") else as_numbers(part, self)


@dataclass(frozen=True)
class Embedding(Swept):
    """Values of a hidden layer, (n, n_units).

    Parameters
    ----------
    layer : str, default=None
        Name of a submodule; None stands for what the last linear layer is given. A classifier
        that is no net gives the numbers it is given itself, and so does the pool while nothing is
        trained. Sparse rows of more than 512 columns become a sketch of 512, which keeps
        distances to within some percent.
    """

    advice: ClassVar[str] = "use a net (ANNClassifier, CNNClassifier, NetClassifier)."
    layer: str | None = None

    @property
    def words(self) -> str:
        return "embedding" if self.layer is None else f"layer {self.layer}"

    @property
    def model_free(self) -> bool:
        return self.layer is None

    @property
    def layers(self) -> tuple[str | None]:
        return (self.layer,)

    def provided_by(self, classifier: Any) -> bool:
        return self.layer is None  # 0011: what a classifier is given is its embedding

    def answer(self, classifier: Any, X: Any) -> Any:
        return as_numbers(_sketch(X) if hasattr(X, "tocsr") else X, self)

    def collect(self, batch: SweepBatch) -> Any:
        return batch.layer(self.layer)

    def read(self, evidence: Facts, place: Place) -> Any:
        return self.answer(None, Inputs().read(evidence, place))


@dataclass(frozen=True, eq=False)
class Given(OfAnObject):
    """Features from outside, (n, n_units): such as those learned without labels.

    Parameters
    ----------
    features : array of shape (n_pool, n_units) or callable
        One row for each row of the pool; or a function of rows of X that gives them. The
        function is called once for the whole pool, block by block, and its answer is kept until
        the pool is changed in place (a look at some of its rows tells).

    Examples
    --------
    >>> import numpy as np
    >>> from skal.evidence import Evidence, Given
    >>> evidence = Evidence(None, np.eye(3), np.array([0, 2]))
    >>> need = Given(np.arange(6).reshape(3, 2))
    >>> evidence.arrays({"features": need})["features"]
    array([[0, 1],
           [4, 5]])
    """

    words = "given features"
    model_free = True
    features: Any

    def read(self, evidence: Facts, place: Place) -> Any:
        whole = self.features
        if callable(whole):
            X = place.X
            whole = evidence.pool_cache.get(X, self, lambda: self._of_pool(X), lambda: _mark(X))
        elif place.X is not evidence.X:  # of as many rows by chance: they would be mixed up
            raise EvidenceError(
                "features are an array about the pool, but rows that are not in it are asked "
                "about; give a function of X, which also serves rows that are not in the pool."
            )
        if n_rows(whole) != n_rows(place.X):
            raise EvidenceError(
                f"features has {n_rows(whole)} rows, but the pool has {n_rows(place.X)}; give one "
                "row of features for each row of the pool."
            )
        part = whole if place.rows is None else take_rows(whole, place.rows)
        refuse_sparse(part, self)
        return as_array(part)

    def _of_pool(self, X: Any) -> NDArray[Any]:
        # block by block: a memmap is never held whole
        parts = [self.features(block) for block in row_blocks(X)]
        refuse_sparse(parts[0], self)
        answer = np.concatenate([as_array(part) for part in parts])
        if answer.ndim != 2:
            raise EvidenceError(
                f"features={self.features!r} gave an array of shape {answer.shape}; needed is one "
                "row of features for each row of X."
            )
        return answer


def _mark(X: Any) -> bytes:
    """Say what some rows of a pool are known by, without reading all."""
    n = n_rows(X)
    some = np.unique(np.linspace(0, max(0, n - 1), min(n, MARKED)).astype(np.intp))
    return row_prints(X, some).tobytes()


def _sketch(X: Any) -> NDArray[np.floating]:
    """Make points of sparse rows, (n, at most 512), whose distances are nearly those of the rows.

    Each column is added to one of 512, or taken from it: by the number of the column alone, so
    that any two blocks of rows are sketched alike (Charikar, Chen, Farach-Colton 2004).
    """
    width = X.shape[1]
    if width <= SKETCH:
        return X.toarray().astype(np.float32)
    rng = np.random.default_rng(SKETCH)
    place, sign = rng.integers(SKETCH, size=width), 1 - 2 * rng.integers(2, size=width)
    one_each = (sign.astype(np.float32), place, np.arange(width + 1))
    columns = csr_matrix(one_each, shape=(width, SKETCH))
    return (X.astype(np.float32) @ columns).toarray()


def refuse_sparse(part: Any, need: Need) -> None:
    if hasattr(part, "tocsr"):
        raise EvidenceError(
            f"the strategy needs {need}, dense rows of numbers, but they are sparse; put "
            "TruncatedSVD in front of the classifier, or give the embedding as space."
        )


def as_numbers(part: Any, need: Need) -> Any:
    """Rows flattened to (n, n_features)."""
    refuse_sparse(part, need)
    array = as_array(part)
    if array.dtype.kind not in "fiub":
        raise EvidenceError(
            f"the strategy needs {need}, rows of numbers, but X holds {array.dtype}; put the "
            "encoder in front of the ActiveLearner, or give the embedding as space=, an array or a "
            "function of X."
        )
    # not -1, which NumPy cannot resolve where there are no rows
    return array.reshape(len(array), int(np.prod(array.shape[1:])))


def as_space(space: Any) -> Need:
    """Return the need that a strategy's parameter `space` stands for.

    Parameters
    ----------
    space : None, str, Need, array or callable
        None: `Embedding`; a str: that layer; an array of one row for each of the pool, or a
        function of X: `Given`.

    Returns
    -------
    Need

    Examples
    --------
    >>> from skal.evidence import Embedding, as_space
    >>> as_space(None) == Embedding()
    True
    """
    if isinstance(space, Need):
        return space
    if space is None or isinstance(space, str):
        return Embedding(space)
    if callable(space) or getattr(space, "ndim", 0) >= 2:
        return Given(space)
    raise TypeError(
        "space must be None, the name of a layer, a Need such as Inputs(), an array with one row "
        f"for each row of the pool, or a function of X that gives one; got {space!r}."
    )
