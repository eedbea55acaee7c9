"""Functions as strategies: one's own, and modAL's as they are."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from functools import partial
from threading import RLock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skal.evidence import Embedding, Evidence, Inputs, Labeled, Model, Need, Proba, Scores
from skal.strategies._base import Choice, Strategy, UtilityStrategy, check_positions

__all__ = ["FunctionStrategy", "QueryFunction", "check_ranking", "check_strategy"]

ARGUMENTS: dict[str, Need] = {
    "proba": Proba(),
    "scores": Scores(),
    "embedding": Embedding(),
    "inputs": Inputs(),
    "labeled_proba": Labeled(Proba()),
    "labeled_embedding": Labeled(Embedding()),
    "labeled_inputs": Labeled(Inputs()),
}
QUERY_FUNCTION_FIRST = ("classifier", "committee", "learner", "regressor", "optimizer")

STRATEGIES: dict[str, type[Strategy]] = {}  # filled by skal.strategies from its family files


def check_strategy(strategy: Any) -> Strategy:
    """Turn a name, an object or a function into a strategy.

    Parameters
    ----------
    strategy : str, Strategy or callable

    Returns
    -------
    Strategy

    Examples
    --------
    >>> from skal.strategies import check_strategy
    >>> check_strategy("margin")
    Margin()
    """
    if isinstance(strategy, Strategy):
        return strategy
    if isinstance(strategy, str):
        if strategy not in STRATEGIES:
            near = ", ".join(map(repr, get_close_matches(strategy, STRATEGIES, n=3)))
            raise ValueError(
                f"strategy={strategy!r} is not known; {f'did you mean {near}? ' if near else ''}"
                "sorted(skal.strategies.STRATEGIES) are all names; or pass a Strategy object or a "
                "function."
            )
        return STRATEGIES[strategy]()
    if isinstance(strategy, type):
        raise TypeError(f"strategy={strategy.__name__} is a class; pass {strategy.__name__}().")
    if callable(strategy):
        names = list(inspect.signature(strategy).parameters)
        if names[:1] and names[0] in QUERY_FUNCTION_FIRST:
            return QueryFunction(strategy)
        return FunctionStrategy(strategy)
    raise TypeError(
        f"strategy={strategy!r} must be a name, a Strategy object or a function, "
        f"not {type(strategy).__name__}."
    )


def check_ranking(strategy: Any, owner: str) -> UtilityStrategy:
    """A strategy that ranks rows by utility, as the strategy around it, `owner`, needs it."""
    inner = check_strategy(strategy)
    if not isinstance(inner, UtilityStrategy) or getattr(inner, "gives_positions", False):
        raise TypeError(
            f"{owner} needs a strategy that ranks rows by utility; {inner!r} does not rank. "
            f"Use it without {owner}."
        )
    return inner


class FunctionStrategy(UtilityStrategy):
    """A function of named arrays as a strategy.

    Parameters
    ----------
    function : callable
        Its arguments say what it needs: ``proba``, ``scores``, ``embedding``, ``inputs``,
        ``labeled_proba``, ``labeled_embedding``, ``labeled_inputs``. It returns one utility a
        candidate, larger asked first; or, if it also takes ``n`` (and ``rng`` if it likes),
        `n` positions.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import FunctionStrategy
    >>> def doubt(proba):
    ...     return 1 - proba.max(axis=1)
    >>> FunctionStrategy(doubt).needs()
    {'proba': Proba()}
    """

    def __init__(self, function: Callable[..., Any]):
        self.function = function

    def _arguments(self) -> list[str]:
        params = inspect.signature(self.function).parameters
        known = [name for name in params if name in (*ARGUMENTS, "n", "rng")]
        others = [p for p in params.values() if p.name not in known]
        if any(p.default is p.empty and p.kind is not p.VAR_KEYWORD for p in others) or not (
            set(known) & set(ARGUMENTS) or "n" in known
        ):
            raise TypeError(
                f"strategy={self.function!r} takes {list(params)}; a function takes some of "
                f"{list(ARGUMENTS)} and gives utilities, or also takes n (and rng) and gives "
                "positions, or takes (classifier, X, n_instances) as in modAL."
            )
        return known

    @property
    def gives_positions(self) -> bool:
        """Whether the function chooses rows itself, and so has no ranking."""
        return "n" in self._arguments()

    def needs(self) -> dict[str, Need]:
        return {name: ARGUMENTS[name] for name in self._arguments() if name in ARGUMENTS}

    def utility(self, **arrays: Any) -> NDArray[np.floating]:
        return self.function(**arrays)

    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        if not self.gives_positions:
            return super().choose(evidence, n, rng)
        extra = {"n": n, "rng": rng} if "rng" in self._arguments() else {"n": n}
        found = self.function(**evidence.arrays(self.needs()), **extra)
        return Choice(check_positions(found, n, len(evidence), self), np.full(n, np.nan))


class QueryFunction(Strategy):
    """A query function with modAL's signature as a strategy.

    Parameters
    ----------
    function : callable
        ``function(classifier, X, n_instances=1)``; gives indices, or a pair that begins with
        them. A first argument called ``committee`` asks for an ensemble. Only arguments that
        the function names are passed.

    Notes
    -----
    modAL draws from NumPy's global generator: it is seeded for the call and put back.

    Examples
    --------
    >>> from skal.strategies import QueryFunction
    >>> def first_rows(classifier, X, n_instances=1):
    ...     return list(range(n_instances))
    >>> QueryFunction(first_rows).needs()
    {'model': Model(committee=False)}
    """

    def __init__(self, function: Callable[..., Any]):
        self.function = function

    def needs(self) -> dict[str, Need]:
        first = next(iter(inspect.signature(self.function).parameters))
        return {"model": Model(committee=first == "committee")}

    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        params = inspect.signature(self.function).parameters
        view = evidence.arrays(self.needs())["model"]
        view.multilabel = _module(self.function).endswith("multilabel")
        extra = {"n_instances": n} if "n_instances" in params else {}
        if not extra and n != 1:
            raise ValueError(
                f"{self.function!r} chooses a single row (it takes no n_instances), but n={n} "
                "were asked for; set query_size=1."
            )
        with _seeded_numpy(int(rng.integers(2**32))):
            found = self.function(view, view.X_pool, **extra)
        if isinstance(found, tuple):  # (indices, metric) or (indices, instances)
            found = found[0]
        return Choice(check_positions(found, n, len(evidence), self), np.full(n, np.nan))


def _module(function: Callable[..., Any]) -> str:
    while isinstance(function, partial):
        function = function.func
    return getattr(function, "__module__", None) or ""


_NUMPY_RNG = RLock()


@contextmanager
def _seeded_numpy(seed: int) -> Iterator[None]:
    """Seed NumPy's global generator for a while, then put it back as it was."""
    with _NUMPY_RNG:
        before = np.random.get_state()  # noqa: NPY002  modAL knows no other generator
        np.random.seed(seed)  # noqa: NPY002
        try:
            yield
        finally:
            np.random.set_state(before)  # noqa: NPY002
