"""What a need is: a frozen description that says who can answer it, and how."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from skal.evidence._pool_cache import PoolCache
from skal.exceptions import EvidenceError

__all__ = [
    "Elsewhere",
    "Facts",
    "Need",
    "OfAnObject",
    "Place",
    "Said",
    "SweepBatch",
    "Swept",
    "about",
    "not_provided",
]


class Facts(Protocol):
    """What needs may read of `Evidence`."""

    estimator: Any
    X: Any
    rows: NDArray[np.intp]
    classes: NDArray[Any]
    X_labeled: Any
    rows_labeled: NDArray[np.intp]
    y_labeled: NDArray[Any]
    rounds: NDArray[np.intp] | None
    rows_pending: NDArray[np.intp]
    seed: int
    past: Mapping[str, Any] | None
    pool_cache: PoolCache

    def __len__(self) -> int: ...

    def arrays(self, needs: "Mapping[str, Need]") -> dict[str, Any]: ...

    @property
    def chosen(self) -> "Place": ...


class SweepBatch(Protocol):
    """One batch of a sweep over a net, as needs see it: tensors of n rows on the net's device.

    Nothing is computed that no need asks for, and nothing twice. Gradients are off; a need that
    wants some switches them on for itself.

    Attributes
    ----------
    module : nn.Module
        In evaluation mode.
    inputs : tensor of shape (n, ...)
        What the module is given.
    outputs : tensor of shape (n, n_classes)
        What it gives, before the softmax.
    proba : float64 tensor of shape (n, n_classes)
    drawn : float32 tensor of shape (n_passes, n, n_classes)
        Probabilities in as many stochastic passes as any need of the sweep names.
    last_layer : pair of tensors
        Weight (n_classes, n_units) and bias (n_classes,) of the last linear layer.
    """

    @property
    def module(self) -> Any: ...
    @property
    def inputs(self) -> Any: ...
    @property
    def outputs(self) -> Any: ...
    @property
    def proba(self) -> Any: ...
    @property
    def drawn(self) -> Any: ...
    @property
    def last_layer(self) -> tuple[Any, Any]: ...

    def layer(self, name: str | None = None) -> Any:
        """Give the values of a layer, (n, n_units); None: what the last linear layer is given.

        Parameters
        ----------
        name : str, default=None
            One of those that the need names in `layers`.

        Returns
        -------
        tensor
        """
        ...


class Place(NamedTuple):
    """Rows that a need is measured on; `rows` None: all of an X that nobody has checked yet."""

    X: Any
    rows: NDArray[np.intp] | None


@dataclass(frozen=True)
class Need:
    """Base of all needs: compared by value, so an equal need is measured once.

    A need of one's own is one class: a frozen dataclass that says who can provide it and how any
    classifier of scikit-learn answers it. One that a net answers derives from `Swept`, one that
    `Evidence` itself answers from `Said`.

    Attributes
    ----------
    axis : int or None, default=0
        Where the candidates lie in its array; None: nowhere.
    joint : bool, default=False
        Whether an answer depends on the other candidates, so that a part of them is asked anew.
    model_free : bool, default=False
        Answered without a trained classifier, by `read` or `said`.
    judges : bool, default=False
        Means nothing while the classifier knows a single class.
    words : str
        What it is in plain words, for tables.
    advice : str
        What to do where nobody provides it; the end of an error.
    """

    axis: ClassVar[int | None] = 0
    joint: ClassVar[bool] = False
    advice: ClassVar[str] = "use a classifier with predict_proba."

    @property
    def model_free(self) -> bool:
        return False

    @property
    def judges(self) -> bool:
        return False

    @property
    def words(self) -> str:
        return repr(self)

    # who answers

    def provided_by(self, classifier: Any) -> bool:
        """Say whether a classifier, fitted or not, can `answer`; of a Pipeline, its last step."""
        return False

    def answer(self, classifier: Any, X: Any) -> Any:
        """Ask a fitted classifier about a block of rows, as they reach it in a Pipeline."""
        raise NotImplementedError(f"{type(self).__name__}.answer")

    def read(self, evidence: Facts, place: Place) -> Any:
        """Answer from the rows themselves a ``model_free`` need that no classifier provides."""
        raise NotImplementedError(f"{type(self).__name__}.read")

    # what becomes of the arrays

    def join(self, parts: Sequence[Any]) -> Any:
        """Join answers about blocks of rows; what is not about rows is taken of the first."""
        if self.axis is None or len(parts) == 1:
            return parts[0]
        return np.concatenate(parts, axis=self.axis)

    def part(self, values: Any, positions: NDArray[np.intp]) -> Any:
        """Take some candidates of an array or sparse matrix; all of what is not about them."""
        if self.axis is None:
            return values
        # no np.take, which knows no sparse matrix
        return values[(*(slice(None),) * self.axis, positions)]

    def unseen(self, classifier: Any) -> float | None:
        """Give the value of a class that the classifier lacks; None: no column is of a class."""
        return None

    # where it is asked

    def place(self, evidence: Facts) -> Place | None:
        """Choose the rows that it is measured on; None: `said` answers."""
        return Place(evidence.X, evidence.rows)

    def said(self, evidence: Facts) -> Any:
        """Answer from what evidence knows."""
        raise NotImplementedError(f"{type(self).__name__}.said")


class Swept(Need):
    """A need that a net answers too: collected batch by batch in the one sweep over its rows.

    Attributes
    ----------
    layers : tuple of str or None, default=()
        Submodules whose values `collect` reads; None: what the last linear layer is given.
    passes : int, default=0
        Stochastic passes that `collect` reads.
    """

    @property
    def layers(self) -> tuple[str | None, ...]:
        return ()

    @property
    def passes(self) -> int:
        return 0

    @abstractmethod
    def collect(self, batch: SweepBatch) -> Any:
        """Give what is needed of one batch, as a tensor; with ``axis=None`` anything `join` takes.

        Parameters
        ----------
        batch : SweepBatch

        Returns
        -------
        tensor
        """


class Said(Need):
    """A need that `Evidence` answers itself."""

    axis: ClassVar[int | None] = None  # most are about what was taught, not about candidates

    def place(self, evidence: Facts) -> None:
        return None

    @abstractmethod
    def said(self, evidence: Facts) -> Any: ...


@dataclass(frozen=True)
class Elsewhere(Need):
    """Another need, measured on rows that are no candidates.

    Parameters
    ----------
    of : Need
        One that is measured on rows.
    """

    axis: ClassVar[int | None] = None
    of: Need

    def __post_init__(self) -> None:
        # these have a place of their own, or none
        if not isinstance(self.of, Need) or isinstance(self.of, Elsewhere | Said):
            raise TypeError(
                f"of must be a need that is measured on rows, such as Proba(), got {self.of!r}."
            )

    @property
    def model_free(self) -> bool:
        return self.of.model_free

    @property
    def judges(self) -> bool:
        return self.of.judges

    @abstractmethod
    def place(self, evidence: Facts) -> Place: ...


@dataclass(frozen=True, eq=False)
class OfAnObject(Need):
    """A need about an object that is compared by identity, not by content."""

    def _key(self) -> tuple[Any, ...]:
        # arrays have no one truth value, and comparing pools takes long; an id is not given again
        # while this need holds the object
        values = (getattr(self, f.name) for f in fields(self))
        return (type(self), *(v if isinstance(v, Need) else id(v) for v in values))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OfAnObject) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())


def not_provided(need: Need, classifier: Any, who: str = "the strategy") -> EvidenceError:
    """The refusal of a need that a classifier does not provide; None: nothing is trained yet."""
    if classifier is None:
        return EvidenceError(
            f"{who} needs {need}, but no classifier is trained yet; teach some rows first, or use "
            "one that needs no labels."
        )
    name = type(classifier).__name__
    return EvidenceError(f"{who} needs {need}, which {name} does not give; {need.advice}")


def about(need: Need) -> Need:
    """Return the need inside of `Labeled` and `On`, or the need itself.

    Parameters
    ----------
    need : Need

    Returns
    -------
    Need

    Examples
    --------
    >>> from skal.evidence import Labeled, Proba, about
    >>> about(Labeled(Proba())) == about(Proba())
    True
    """
    return need.of if isinstance(need, Elsewhere) else need
