"""What a strategy is: needs in, positions out, larger utility first."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from skal._compat import Interval, InvalidParameterError
from skal.evidence import Evidence, Need
from skal.strategies._checked import as_utilities, check_finite, check_positions, sharing
from skal.strategies._declared import check_arguments, check_name, declared

__all__ = [
    "STRATEGIES",
    "BatchStrategy",
    "Choice",
    "Strategy",
    "UtilityStrategy",
    "check_choice",
    "top",
]

STRATEGIES: dict[str, type["Strategy"]] = {}  # by name; a class enters when it is defined


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

    def among(self, positions: NDArray[np.intp]) -> "Choice":
        """Give the same choice, of candidates that are these positions among more of them."""
        # not the chance: it was one among some of the candidates only
        return self._replace(positions=positions[self.positions], chance=None)


class Strategy(BaseEstimator, ABC):
    """Base of all strategies; most derive from `UtilityStrategy` or `BatchStrategy`.

    A strategy holds parameters only. It never sees the model: it states needs, and receives
    named arrays. Parameters are declared in `_parameter_constraints`, as in scikit-learn.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.evidence import Evidence
    >>> from skal.strategies import Choice, Strategy
    >>> class FirstRows(Strategy):
    ...     def needs(self):
    ...         return {}
    ...     def choose(self, evidence, n, rng):
    ...         return Choice(np.arange(n), np.full(n, np.nan))
    >>> FirstRows().choose(Evidence(None, np.eye(5), np.arange(5)), 2, None).positions
    array([0, 1])
    """

    name: ClassVar[str | None] = None  # set it to make ``strategy="name"`` work
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {}

    def __init_subclass__(cls, **options: Any):
        super().__init_subclass__(**options)
        name = vars(cls).get("name")  # its own: an heir without one is asked for as an object
        if name is None:
            return
        check_name(cls, STRATEGIES)
        STRATEGIES[name] = cls

    def check_params(self) -> None:
        """Refuse parameters that are not as declared; extend it where one depends on another.

        Called before any work: by whoever is given the strategy, and by `answers`.
        """
        for name, allowed in declared(type(self)):
            if not hasattr(self, name):
                # neither repr nor clone says whose fault it is
                raise TypeError(
                    f"`{name}` must be stored by {type(self).__name__}.__init__ under its own "
                    f"name, got no such attribute; write self.{name} = {name}."
                )
            value = getattr(self, name)
            is_bool = isinstance(value, bool | np.bool_)  # which Python counts as an int
            fits = (
                constraint.is_satisfied_by(value)
                for constraint in allowed
                if not (is_bool and isinstance(constraint, Interval))
            )
            if allowed and not any(fits):
                raise InvalidParameterError(
                    f"`{name}` must be {' or '.join(map(str, allowed))}, got {value!r}; change "
                    f"that parameter of {type(self).__name__}."
                )

    def answers(self, evidence: Evidence, *names: str) -> dict[str, Any]:
        """Answer what the strategy needs to know, once its parameters are seen to be right.

        Parameters
        ----------
        evidence : Evidence
        *names : str
            Of the needs to answer; none: all, in one sweep.

        Returns
        -------
        dict of name -> array
        """
        self.check_params()
        needs = checked_needs(self)
        return evidence.arrays({name: needs[name] for name in names} if names else needs)

    @abstractmethod
    def needs(self) -> dict[str, Need]:
        """Say what must be known about the candidates, by argument name; check nothing."""

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
    """Ask the rows of largest utility; ties are broken at random.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.evidence import Evidence, Inputs
    >>> from skal.strategies import UtilityStrategy
    >>> class Brightest(UtilityStrategy):
    ...     def needs(self):
    ...         return {"inputs": Inputs()}
    ...     def utility(self, inputs):
    ...         return inputs.mean(axis=1)
    >>> pool = Evidence(None, np.array([[0.1, 0.2], [0.9, 0.8], [0.5, 0.5]]), np.arange(3))
    >>> Brightest().choose(pool, 2, np.random.default_rng(0)).positions
    array([1, 2])
    """

    @property
    def never_positive(self) -> bool:
        """Whether its formula gives no utility above 0, so that nothing can be weighed by it."""
        return False

    @abstractmethod
    def utility(self, *args: Any, **arrays: Any) -> NDArray[np.floating]:
        """Say how much each candidate is wanted, (n_candidates,), finite; larger is asked first."""

    def utilities(self, evidence: Evidence) -> NDArray[np.floating]:
        """Give the utility of every candidate, checked.

        Parameters
        ----------
        evidence : Evidence

        Returns
        -------
        array of shape (n_candidates,)
        """
        arrays = self.answers(evidence)
        with sharing(self):
            found = self.utility(**arrays)
        u = as_utilities(found, len(evidence), self)
        check_finite(u, self, evidence.rows, arrays)
        return u

    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        u = self.utilities(evidence)
        positions = top(u, n, rng)
        return Choice(positions, u[positions])


class BatchStrategy(Strategy):
    """Choose a set of rows as a whole.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.evidence import Evidence, Inputs
    >>> from skal.strategies import BatchStrategy
    >>> class Extremes(BatchStrategy):
    ...     def needs(self):
    ...         return {"inputs": Inputs()}
    ...     def select(self, n, rng, inputs):
    ...         order = np.argsort(inputs[:, 0])
    ...         return np.concatenate([order[: n // 2], order[n // 2 - n :]])
    >>> pool = Evidence(None, np.array([[3.0], [1.0], [4.0], [2.0]]), np.arange(4))
    >>> Extremes().choose(pool, 2, np.random.default_rng(0)).positions
    array([1, 2])
    """

    @abstractmethod
    def select(
        self, n: int, rng: np.random.Generator, *args: Any, **arrays: Any
    ) -> NDArray[np.intp]:
        """Choose `n` distinct positions, in the order in which they are to be asked."""

    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        arrays = self.answers(evidence)
        with sharing(self):
            found = self.select(n, rng, **arrays)
        positions = check_positions(found, n, len(evidence), self)
        return Choice(positions, np.full(n, np.nan))


def checked_needs(strategy: Strategy) -> dict[str, Need]:
    """What a strategy needs, or an error that says what to write instead."""
    if not callable(strategy.needs):
        raise TypeError(
            f"`needs` must be a method, got {strategy.needs!r} by {type(strategy).__name__}; write "
            "def needs(self): and return that."
        )
    needs = strategy.needs()
    if not isinstance(needs, Mapping):
        raise TypeError(
            "`needs` must give a dict of the arguments' names and their needs, got "
            f"{needs!r} by {strategy!r}; write such as {{'proba': Proba()}}."
        )
    for name, need in needs.items():
        if not isinstance(need, Need):
            is_class = isinstance(need, type) and issubclass(need, Need)
            instead = f"{need.__name__}()" if is_class else "such as Proba()"
            raise TypeError(
                f"`needs` must give objects of needs, got {name!r}: {need!r} by {strategy!r}; "
                f"write {instead}."
            )
    if isinstance(strategy, UtilityStrategy):
        check_arguments(strategy, "utility", (), needs)
    elif isinstance(strategy, BatchStrategy):
        check_arguments(strategy, "select", ("n", "rng"), needs)
    return needs


def check_choice(choice: Any, n: int, evidence: Evidence, strategy: object) -> Choice:
    """Check what a strategy's `choose` gave, which a class of one's own may write anew.

    Parameters
    ----------
    choice : Choice
    n : int
        How many rows were asked for.
    evidence : Evidence
        What was chosen from.
    strategy : Strategy
        Named in errors.

    Returns
    -------
    Choice

    Raises
    ------
    TypeError
        If it is no Choice, or its utilities are no real numbers.
    ValueError
        If its positions are not `n` distinct candidates, or its utilities not `n`.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.evidence import Evidence
    >>> from skal.strategies import check_choice
    >>> pool = Evidence(None, np.eye(5), np.arange(5))
    >>> try:
    ...     check_choice(np.array([3, 1]), 2, pool, "mine")
    ... except TypeError as error:
    ...     print(error)
    `choose` must give a Choice, got ndarray by 'mine'; write Choice(positions, utility).
    """
    if not isinstance(choice, Choice):
        raise TypeError(
            f"`choose` must give a Choice, got {type(choice).__name__} by {strategy!r}; write "
            "Choice(positions, utility)."
        )
    return choice._replace(
        positions=check_positions(choice.positions, n, len(evidence), strategy),
        utility=as_utilities(choice.utility, n, strategy),
    )


def top(utility: NDArray[np.floating], n: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Find the positions of the `n` largest utilities, largest first, ties in random order.

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
        return np.empty(0, dtype=np.intp)  # np.partition has no place for it
    # a partition, O(n): only the rows asked are sorted, only those tied at the edge are drawn
    least = np.partition(utility, len(utility) - n)[len(utility) - n]
    above = np.flatnonzero(utility > least)
    tied = np.flatnonzero(utility == least)
    chosen = np.concatenate([above, rng.permutation(tied)[: n - len(above)]])
    order = np.lexsort((rng.random(n), -utility[chosen]))
    return chosen[order]
