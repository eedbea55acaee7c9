"""Training modes: which labelled rows to train on, and which weights to start from."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

__all__ = [
    "MODES",
    "Cumulative",
    "HalfCumulative",
    "Incremental",
    "TrainingMode",
    "check_mode",
]


class TrainingMode(BaseEstimator, ABC):
    """Base of all training modes: a pair of answers.

    `warm` says whether training goes on from the current weights and optimizer state, or starts
    fresh; `rows` says what to train on.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.learner import TrainingMode
    >>> class LastTwo(TrainingMode):
    ...     def rows(self, rounds, rng):
    ...         return np.flatnonzero(rounds > rounds.max() - 2)
    >>> LastTwo().rows(np.array([0, 0, 1, 2]), np.random.default_rng(0))
    array([2, 3])
    """

    warm: ClassVar[bool] = False

    @abstractmethod
    def rows(self, rounds: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.intp]:
        """Choose what to train on, as positions among all labelled rows.

        Parameters
        ----------
        rounds : int array of shape (n_labeled,)
            Round in which each row was labelled.
        rng : numpy Generator

        Returns
        -------
        int array
        """


class Cumulative(TrainingMode):
    """Train from fresh weights on all labels; never collapses, costs most.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.learner import Cumulative
    >>> Cumulative().rows(np.array([0, 0, 1]), np.random.default_rng(0))
    array([0, 1, 2])
    """

    def rows(self, rounds: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.intp]:
        return np.arange(len(rounds))


class HalfCumulative(Cumulative):
    """Go on from the current weights, on all labels.

    Examples
    --------
    >>> from skal.learner import HalfCumulative
    >>> HalfCumulative().warm
    True
    """

    warm: ClassVar[bool] = True


class Incremental(TrainingMode):
    """Go on from the current weights, on the newest labels only: fast, and forgets.

    With informative-first strategies accuracy falls late in the pool, when only easy,
    one-sided batches are left.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.learner import Incremental
    >>> Incremental().rows(np.array([0, 0, 1]), np.random.default_rng(0))
    array([2])
    """

    warm: ClassVar[bool] = True

    def rows(self, rounds: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.intp]:
        return np.flatnonzero(rounds == rounds.max())


MODES: dict[str, type[TrainingMode]] = {
    "cumulative": Cumulative,
    "half-cumulative": HalfCumulative,
    "incremental": Incremental,
}


def check_mode(mode: Any) -> TrainingMode:
    """Turn a name or an object into a training mode.

    Parameters
    ----------
    mode : {"cumulative", "half-cumulative", "incremental"} or TrainingMode

    Returns
    -------
    TrainingMode

    Examples
    --------
    >>> from skal.learner import check_mode
    >>> check_mode("incremental")
    Incremental()
    """
    if isinstance(mode, TrainingMode):
        return mode
    if isinstance(mode, str) and mode in MODES:
        return MODES[mode]()
    raise ValueError(
        f"mode={mode!r} is not known; choose one of {list(MODES)} or pass a TrainingMode object."
    )
