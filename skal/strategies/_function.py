"""Functions as strategies: one's own, and modAL's as they are."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import RLock
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skal.evidence import (
    CommitteeProba,
    Embedding,
    Evidence,
    Inputs,
    Labeled,
    Labels,
    MCProba,
    Model,
    Need,
    Proba,
    Scores,
)
from skal.strategies._base import (
    Choice,
    Strategy,
    UtilityStrategy,
    checked_needs,
)
from skal.strategies._checked import check_positions, sharing
from skal.strategies._names import strategy_named

__all__ = ["FunctionStrategy", "QueryFunction", "check_strategy"]

ARGUMENTS: dict[str, Need] = {
    "proba": Proba(),
    "scores": Scores(),
    "embedding": Embedding(),
    "inputs": Inputs(),
    "mc_proba": MCProba(),
    "committee_proba": CommitteeProba(),
    "labels": Labels(),
    "labeled_proba": Labeled(Proba()),
    "labeled_embedding": Labeled(Embedding()),
    "labeled_inputs": Labeled(Inputs()),
}
QUERY_FUNCTION_FIRST = ("classifier", "committee", "learner", "regressor", "optimizer")


def check_strategy(strategy: Any) -> Strategy:
    """Turn a name, an object or a function into a strategy whose parameters are right.

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
    found = as_strategy(strategy)
    found.check_params()
    checked_needs(found)
    return found


def as_strategy(strategy: Any) -> Strategy:
    """A name, an object or a function as a strategy; its parameters are not looked at."""
    if isinstance(strategy, Strategy):
        return strategy
    if isinstance(strategy, str):
        return strategy_named(strategy)()
    if isinstance(strategy, type):
        raise TypeError(f"strategy={strategy.__name__} is a class; pass {strategy.__name__}().")
    if callable(strategy):
        first = next(iter(inspect.signature(strategy).parameters), None)
        return (QueryFunction if first in QUERY_FUNCTION_FIRST else FunctionStrategy)(strategy)
    raise TypeError(
        f"`strategy` must be a name, a Strategy object or a function, got {strategy!r} of type "
        f"{type(strategy).__name__}; several make one by Blend, Funnel or Schedule."
    )


class FunctionStrategy(UtilityStrategy):
    """A function of named arrays as a strategy.

    Parameters
    ----------
    function : callable
        Its arguments say what it needs: ``proba``, ``scores``, ``embedding``, ``inputs``,
        ``mc_proba``, ``committee_proba``, ``labels`` (of the labelled rows), ``labeled_proba``,
        ``labeled_embedding``, ``labeled_inputs``. It returns one utility a
        candidate, larger asked first; or, if it also takes ``n`` (and ``rng`` if it likes),
        `n` positions.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import FunctionStrategy
    >>> def uncertainty(proba):
    ...     return 1 - proba.max(axis=1)
    >>> FunctionStrategy(uncertainty).needs()
    {'proba': Proba()}
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {"function": [callable]}

    def __init__(self, function: Callable[..., Any]):
        self.function = function

    def check_params(self) -> None:
        super().check_params()
        params = inspect.signature(self.function).parameters
        others = [p for p in params.values() if p.name not in (*ARGUMENTS, "n", "rng")]
        if any(p.default is p.empty and p.kind is not p.VAR_KEYWORD for p in others) or not (
            {*params} & {*ARGUMENTS, "n"}
        ):
            raise TypeError(
                f"strategy={self.function!r} takes {list(params)}; a function takes some of "
                f"{list(ARGUMENTS)} and gives utilities, or also takes n (and rng) and gives "
                "positions, or takes (classifier, X, n_instances) as in modAL."
            )

    @property
    def gives_positions(self) -> bool:
        """Whether the function chooses rows itself, and so has no ranking."""
        return "n" in inspect.signature(self.function).parameters

    def needs(self) -> dict[str, Need]:
        params = inspect.signature(self.function).parameters
        return {name: ARGUMENTS[name] for name in params if name in ARGUMENTS}

    def utility(self, **arrays: Any) -> NDArray[np.floating]:
        return self.function(**arrays)

    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        self.check_params()
        if not self.gives_positions:
            return super().choose(evidence, n, rng)
        takes_rng = "rng" in inspect.signature(self.function).parameters
        extra = {"n": n, "rng": rng} if takes_rng else {"n": n}
        arrays = self.answers(evidence)
        with sharing(self):
            found = self.function(**arrays, **extra)
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

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {"function": [callable]}

    def __init__(self, function: Callable[..., Any]):
        self.function = function

    def needs(self) -> dict[str, Need]:
        first = next(iter(inspect.signature(self.function).parameters))
        return {"model": Model(committee=first == "committee")}

    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        params = inspect.signature(self.function).parameters
        view = self.answers(evidence)["model"]
        function = self.function
        while isinstance(function, partial):  # modAL's options are set by partial
            function = function.func
        view.multilabel = (getattr(function, "__module__", None) or "").endswith("multilabel")
        extra = {"n_instances": n} if "n_instances" in params else {}
        if not extra and n != 1:
            raise ValueError(
                f"{self.function!r} chooses a single row (it takes no n_instances), but n={n} "
                "were asked for; set query_size=1."
            )
        # 0008: modAL's functions see a view of the classifier and draw from NumPy's generator
        with _seeded_numpy(int(rng.integers(2**32))):
            found = self.function(view, view.X_pool, **extra)
        if isinstance(found, tuple):  # (indices, metric) or (indices, instances)
            found = found[0]
        return Choice(check_positions(found, n, len(evidence), self), np.full(n, np.nan))


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
