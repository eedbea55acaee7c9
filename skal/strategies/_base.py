"""What a strategy is: needs in, positions out, larger utility first."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from skal.evidence import Evidence, Need

__all__ = ["BatchStrategy", "Choice", "Strategy", "UtilityStrategy", "all_needs", "top"]


class Choice(NamedTuple):
    """Positions among the candidates, in the order asked, and their utilities (NaN: none).

    `notes` (plain values and arrays about the choice) and `row_notes` (arrays of one entry a row)
    come back as the evidence `Past`, once rows of this choice are taught. `chance` is the
    probability with which each row was drawn, in this order, among all candidates still left;
    None where rows are not drawn at random, or the chance is not known.

    Parameters
    ----------
    positions : int array of shape (n,)
    utility : array of shape (n,)
    notes : dict, default=None
    chance : array of shape (n,), default=None
    row_notes : dict of arrays of shape (n, ...), default=None
    """

    positions: NDArray[np.intp]  # (n,)
    utility: NDArray[np.floating]  # (n,)
    notes: Mapping[str, Any] | None = None
    chance: NDArray[np.floating] | None = None  # (n,)
    row_notes: Mapping[str, NDArray[Any]] | None = None  # each (n, ...)


class Strategy(BaseEstimator, ABC):
    """Base of all strategies; most derive from `UtilityStrategy` or `BatchStrategy`.

    A strategy holds parameters only. It never sees the model: it states needs, and receives
    named arrays.
    """

    name: ClassVar[str | None] = None  # set it to make ``strategy="name"`` work

    @abstractmethod
    def needs(self) -> dict[str, Need]:
        """What must be known about the candidates, by argument name."""

    @abstractmethod
    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        """Choose `n` distinct positions among the candidates.

        Parameters
        ----------
        evidence : Evidence
            Answers needs; ``len(evidence)`` candidates.
        n : int
            At most ``len(evidence)``.
        rng : numpy Generator

        Returns
        -------
        Choice
        """


class UtilityStrategy(Strategy):
    """Ask the rows of largest utility; ties are broken at random."""

    @abstractmethod
    def utility(self, *args: Any, **arrays: Any) -> NDArray[np.floating]:
        """How much each candidate is wanted, (n_candidates,), finite; larger is asked first."""

    def utilities(self, evidence: Evidence) -> NDArray[np.floating]:
        """Utility of every candidate, checked.

        Parameters
        ----------
        evidence : Evidence

        Returns
        -------
        array of shape (n_candidates,)
        """
        u = np.asarray(self.utility(**evidence.arrays(self.needs())), dtype=np.float64)
        if u.shape != (len(evidence),):
            raise ValueError(
                f"{self!r} gave utilities of shape {u.shape}; needed is one number for each of "
                f"the {len(evidence)} candidates."
            )
        bad = np.flatnonzero(~np.isfinite(u))
        if len(bad):
            raise ValueError(
                f"{self!r} gave the utility {u[bad[0]]} for row {evidence.rows[bad[0]]} (and for "
                f"{len(bad)} of {len(u)} candidates); check that the classifier gives finite "
                "probabilities."
            )
        return u

    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        u = self.utilities(evidence)
        positions = top(u, n, rng)
        return Choice(positions, u[positions])


class BatchStrategy(Strategy):
    """Choose a set of rows as a whole."""

    @abstractmethod
    def select(
        self, n: int, rng: np.random.Generator, *args: Any, **arrays: Any
    ) -> NDArray[np.intp]:
        """`n` distinct positions, in the order in which they are to be asked."""

    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        arrays = evidence.arrays(self.needs())
        positions = check_positions(self.select(n, rng, **arrays), n, len(evidence), self)
        return Choice(positions, np.full(n, np.nan))


def all_needs(strategies: Sequence[Strategy]) -> dict[str, Need]:
    """The needs of several strategies, under names of their own."""
    return {
        f"{name}_{k}": need
        for k, strategy in enumerate(strategies)
        for name, need in strategy.needs().items()
    }


def check_count(value: Any, name: str, least: int = 1) -> int:
    """Return an int of at least `least`, or refuse."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name} must be an int of at least {least}, got {value!r}.")
    return int(value)


def check_positions(
    positions: Any, n: int, n_candidates: int, strategy: object
) -> NDArray[np.intp]:
    """`n` distinct positions within range, or an error that names the strategy."""
    found = np.atleast_1d(np.asarray(positions))
    right_kind = found.ndim == 1 and (found.dtype.kind in "iu" or not len(found))
    if not right_kind or len(np.unique(found)) != n or len(found) != n:
        raise ValueError(
            f"{strategy!r} must choose n={n} distinct positions, but gave {found[:20].tolist()} "
            f"({len(found)} values, dtype {found.dtype})."
        )
    found = found.astype(np.intp, copy=False)
    if n and (found.min() < 0 or found.max() >= n_candidates):
        raise ValueError(
            f"{strategy!r} chose positions outside 0..{n_candidates - 1}: {found.tolist()[:20]}."
        )
    return found


def top(utility: NDArray[np.floating], n: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Positions of the `n` largest utilities, largest first, ties in random order.

    Parameters
    ----------
    utility : array of shape (n_candidates,)
    n : int
    rng : numpy Generator

    Returns
    -------
    int array of shape (n,)

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import top
    >>> top(np.array([0.1, 0.9, 0.5]), 2, np.random.default_rng(0))
    array([1, 2])
    """
    if n == 0:
        return np.empty(0, dtype=np.intp)
    least = np.partition(utility, len(utility) - n)[len(utility) - n]
    above = np.flatnonzero(utility > least)
    tied = np.flatnonzero(utility == least)
    chosen = np.concatenate([above, rng.permutation(tied)[: n - len(above)]])
    order = np.lexsort((rng.random(n), -utility[chosen]))
    return chosen[order]
