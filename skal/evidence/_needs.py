"""What a strategy may need to know; an equal need is measured once."""

from dataclasses import dataclass

__all__ = ["Embedding", "Inputs", "Labeled", "Model", "Need", "Proba", "Scores"]


@dataclass(frozen=True)
class Need:
    """Base of all needs: a frozen description, compared by value."""

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
        Name of a submodule; None stands for what the last linear layer is given.

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

    Examples
    --------
    >>> from skal.evidence import Inputs, Labeled
    >>> Labeled(Inputs())
    Labeled(of=Inputs())
    """

    of: Need


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
