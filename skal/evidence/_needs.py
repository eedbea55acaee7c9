"""What a strategy may need to know; an equal need is measured once."""

from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Attack",
    "CommitteeProba",
    "Embedding",
    "Given",
    "Head",
    "Inputs",
    "Labeled",
    "Labels",
    "LinearHead",
    "Logits",
    "MCProba",
    "Model",
    "Need",
    "On",
    "Past",
    "Proba",
    "RiskAfter",
    "Rounds",
    "Scores",
    "about",
    "as_space",
]


@dataclass(frozen=True)
class Need:
    """Base of all needs: a frozen description, compared by value."""

    axis: ClassVar[int | None] = 0  # where the candidates lie in its array; None: nowhere

    def __str__(self) -> str:
        return repr(self)


@dataclass(frozen=True)
class Proba(Need):
    """Class probabilities, (n, n_classes), rows summing to 1.

    Examples
    --------
    >>> from skal.evidence import Proba
    >>> Proba() == Proba()
    True
    """


@dataclass(frozen=True)
class Scores(Need):
    """Class scores, (n, n_classes): probabilities, or decision values where there are none.

    Examples
    --------
    >>> from skal.evidence import Scores
    >>> Scores()
    Scores()
    """


@dataclass(frozen=True)
class Embedding(Need):
    """Values of a hidden layer, (n, n_units).

    Parameters
    ----------
    layer : str, default=None
        Name of a submodule; None stands for what the last linear layer is given. A classifier
        that is no net gives the numbers it is given itself, and so does the pool while nothing is
        trained.

    Examples
    --------
    >>> from skal.evidence import Embedding
    >>> Embedding("3")
    Embedding(layer='3')
    """

    layer: str | None = None


@dataclass(frozen=True)
class Inputs(Need):
    """The rows of X themselves, flattened to (n, n_features).

    Examples
    --------
    >>> from skal.evidence import Inputs
    >>> Inputs()
    Inputs()
    """


@dataclass(frozen=True)
class Labeled(Need):
    """Another need, measured on the labelled rows, (n_labeled, ...).

    Parameters
    ----------
    of : Need
    required : bool, default=True
        Refuse while nothing is labelled; otherwise the array then has no rows.

    Examples
    --------
    >>> from skal.evidence import Inputs, Labeled
    >>> Labeled(Inputs())
    Labeled(of=Inputs())
    """

    axis: ClassVar[int | None] = None
    of: Need
    required: bool = field(default=True, repr=False)


@dataclass(frozen=True)
class Model(Need):
    """The fitted classifier in the form that modAL's query functions expect, and its pool.

    Only for functions that come from outside; a strategy of skal never sees the model.

    Parameters
    ----------
    committee : bool, default=False
        The members of an ensemble are asked.

    Examples
    --------
    >>> from skal.evidence import Model
    >>> Model()
    Model(committee=False)
    """

    committee: bool = False


@dataclass(frozen=True)
class Logits(Need):
    """Class scores before the softmax, (n, n_classes): a net's outputs, or decision values.

    Classifiers that have neither give log-probabilities.

    Examples
    --------
    >>> from skal.evidence import Logits
    >>> Logits()
    Logits()
    """


@dataclass(frozen=True)
class MCProba(Need):
    """Class probabilities under several draws of the model, (n_draws, n, n_classes), float32.

    A net gives stochastic forward passes in which only its dropout layers are switched on; each
    pass uses the same masks for all rows, so that joint measures are right. A committee gives its
    members.

    Parameters
    ----------
    n_passes : int >= 1, default=20
        Passes of a net; a committee has as many draws as members.

    Examples
    --------
    >>> from skal.evidence import MCProba
    >>> MCProba(10)
    MCProba(n_passes=10)
    """

    axis: ClassVar[int | None] = 1
    n_passes: int = 20


@dataclass(frozen=True)
class CommitteeProba(Need):
    """Class probabilities by each member of a committee, (n_members, n, n_classes).

    A member that has not seen a class gives it probability 0.

    Examples
    --------
    >>> from skal.evidence import CommitteeProba
    >>> CommitteeProba()
    CommitteeProba()
    """

    axis: ClassVar[int | None] = 1


class LinearHead(NamedTuple):
    """The last linear layer of a model, for the classes it has seen."""

    weight: NDArray[np.floating]  # (n_seen, n_units)
    bias: NDArray[np.floating]  # (n_seen,)


@dataclass(frozen=True)
class Head(Need):
    """The last linear layer, as a `LinearHead` of weight (n_seen, n_units) and bias (n_seen,).

    ``embedding @ weight.T + bias`` are the logits of the classes that the model has seen.

    Examples
    --------
    >>> from skal.evidence import Head
    >>> Head()
    Head()
    """

    axis: ClassVar[int | None] = None


@dataclass(frozen=True)
class Labels(Need):
    """Labels of the labelled rows, int (n_labeled,): columns of the classes.

    Examples
    --------
    >>> from skal.evidence import Labels
    >>> Labels()
    Labels()
    """

    axis: ClassVar[int | None] = None


@dataclass(frozen=True)
class Rounds(Need):
    """Round in which each labelled row was taught, int (n_labeled,).

    Examples
    --------
    >>> from skal.evidence import Rounds
    >>> Rounds()
    Rounds()
    """

    axis: ClassVar[int | None] = None


@dataclass(frozen=True)
class Past(Need):
    """What the strategy noted in its last choice, a dict; empty in the first.

    Examples
    --------
    >>> from skal.evidence import Past
    >>> Past()
    Past()
    """

    axis: ClassVar[int | None] = None


@dataclass(frozen=True)
class Attack(Need):
    """Size of the smallest change found that turns a row's predicted class, (n,); inf: none.

    Parameters
    ----------
    method : {"deepfool", "bim"}, default="deepfool"
        "deepfool": length of the path to the nearest linearised boundary; "bim": squared length
        of the sum of signed gradient steps.
    step : float > 0, default=0.05
        Step of "bim", in units of the net's input.
    overshoot : float >= 0, default=0.02
        How far "deepfool" goes beyond a boundary, as a share.
    max_steps : int >= 1, default=50

    Examples
    --------
    >>> from skal.evidence import Attack
    >>> Attack("bim", step=0.1).max_steps
    50
    """

    method: str = "deepfool"
    step: float = 0.05
    overshoot: float = 0.02
    max_steps: int = 50


@dataclass(frozen=True)
class RiskAfter(Need):
    """Expected risk over the other candidates once a row is labelled and trained on, (n,).

    Trains one clone of the classifier for every candidate and class.

    Parameters
    ----------
    loss : {"log", "zero_one"}, default="log"
        "log": summed entropy; "zero_one": summed doubt, 1 - p(1).

    Examples
    --------
    >>> from skal.evidence import RiskAfter
    >>> RiskAfter()
    RiskAfter(loss='log')
    """

    loss: str = "log"


@dataclass(frozen=True, eq=False)
class _OfAnObject(Need):
    """A need about an object that is compared by identity, not by content."""

    def _key(self) -> tuple[Any, ...]:
        values = (getattr(self, f.name) for f in fields(self))
        return (type(self), *(v if isinstance(v, Need) else id(v) for v in values))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _OfAnObject) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())


@dataclass(frozen=True, eq=False)
class Given(_OfAnObject):
    """Embeddings from outside, (n, n_units): such as features learned without labels.

    Parameters
    ----------
    features : array of shape (n_pool, n_units) or callable
        One row for each row of the pool; or a function of rows of X that gives them. The
        function is called once for the whole pool, block by block, and its answer is kept.

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

    features: Any


@dataclass(frozen=True, eq=False)
class On(_OfAnObject):
    """Another need, measured on other rows than the pool's, such as a validation set.

    Parameters
    ----------
    of : Need
    X : array of shape (n_other, ...)

    Examples
    --------
    >>> import numpy as np
    >>> from skal.evidence import On, Proba
    >>> On(Proba(), np.zeros((5, 2))).of
    Proba()
    """

    axis: ClassVar[int | None] = None
    of: Need
    X: Any


def about(need: Need) -> Need:
    """The need inside of `Labeled` and `On`.

    Parameters
    ----------
    need : Need

    Returns
    -------
    Need

    Examples
    --------
    >>> from skal.evidence import Labeled, Proba, about
    >>> about(Labeled(Proba()))
    Proba()
    """
    return about(need.of) if isinstance(need, Labeled | On) else need


def as_space(space: Any) -> Need:
    """The need that a strategy's parameter `space` stands for.

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
    >>> from skal.evidence import as_space
    >>> as_space("3")
    Embedding(layer='3')
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
