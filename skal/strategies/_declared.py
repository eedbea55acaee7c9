"""What a class of strategy declares of itself: its name, its parameters, its arguments."""

import inspect
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

from sklearn.base import BaseEstimator

from skal._compat import make_constraint
from skal.strategies._aliases import ALIASES, plain

__all__ = ["check_arguments", "check_name", "declared"]

WORD = r"[A-Za-z0-9_-]+"


def check_name(cls: type, taken: Mapping[str, type]) -> None:
    """Refuse the name of a new class that is no word, or that is read as another's."""
    name, owner = vars(cls)["name"], cls.__qualname__
    # what people type is compared by letters and digits alone
    if not isinstance(name, str) or not (re.fullmatch(WORD, name) and plain(name)):
        raise ValueError(
            f"`name` must be a word of letters a-z, digits, '_' and '-', got {name!r}; give "
            f"{owner} another one, or none."
        )
    if plain(name) in ALIASES:
        raise ValueError(
            f"`name` must be one that no other strategy has, got {name!r}, by which "
            f"{ALIASES[plain(name)]!r} is known too; give {owner} another one."
        )
    for known, other in taken.items():
        # a cell of a notebook that is run again defines the same class anew
        is_again = (other.__module__, other.__qualname__) == (cls.__module__, cls.__qualname__)
        if plain(known) == plain(name) and not is_again:
            alike = "" if known == name else f" by the name {known!r}"
            raise ValueError(
                f"`name` must be one that no other strategy has, got {name!r}, which is "
                f"{other.__module__}.{other.__qualname__}{alike}; give {owner} another one."
            )


@cache  # read once a class, so that checking costs next to nothing in a query
def declared(strategy: type[BaseEstimator]) -> list[tuple[str, list[Any]]]:
    """Names of a strategy's parameters, and the constraints that each must meet one of, if any."""
    _check_init(strategy)
    constraints = getattr(strategy, "_parameter_constraints")  # noqa: B009  a base has none
    names = strategy._get_param_names()
    if not isinstance(constraints, Mapping):
        raise TypeError(
            f"`_parameter_constraints` of {strategy.__name__} must be a dict of the parameters' "
            f"names and lists of constraints, got {constraints!r}; write such as "
            "{'normalize': ['boolean']}."
        )
    # an heir with fewer parameters keeps what its base declares
    kinds: list[Any] = [kind for kind in strategy.__mro__ if issubclass(kind, BaseEstimator)]
    known = {name for kind in kinds for name in kind._get_param_names()}
    for name in constraints:
        if name not in known:
            likely = get_close_matches(name, names, n=1) or names
            raise TypeError(
                f"`_parameter_constraints` of {strategy.__name__} must name its parameters, got "
                f"{name!r}; write {' or '.join(map(repr, likely)) or 'none'}."
            )
    return [(name, _read(strategy, name, constraints.get(name, []))) for name in names]


def _check_init(strategy: type[BaseEstimator]) -> None:
    """Refuse ``**options``, which clone and a grid would drop in silence."""
    init = strategy.__init__
    if init is object.__init__:
        return
    for p in inspect.signature(init).parameters.values():
        if p.kind is p.VAR_KEYWORD:
            raise TypeError(
                f"`__init__` of {strategy.__name__} must name its parameters, got **{p.name}, "
                f"which clone would drop; write each as name=default and store it."
            )


def _read(strategy: type, name: str, allowed: Any) -> list[Any]:
    if isinstance(allowed, str) and allowed == "no_validation":  # scikit-learn's word
        return []
    try:
        if not isinstance(allowed, list | tuple):
            raise ValueError("it is no list")
        return [make_constraint(constraint) for constraint in allowed]
    except ValueError as error:
        raise TypeError(
            f"`_parameter_constraints` of {strategy.__name__} must give a list of constraints of "
            f"scikit-learn for each parameter, got {allowed!r} for {name!r} ({error}); write such "
            f"as {{{name!r}: ['boolean', None]}}."
        ) from error


def check_arguments(
    strategy: object, method: str, first: tuple[str, ...], needs: Iterable[str]
) -> None:
    """Refuse a method that cannot be called with what it will be given, before any work."""
    bound = getattr(strategy, method)
    try:
        signature = inspect.signature(bound)
    except ValueError as error:
        if not inspect.ismethod(bound):  # of compiled code nothing is known
            return
        raise TypeError(
            f"`{method}` must take self first, got no arguments in {type(strategy).__name__}; "
            f"write def {method}(self, ...)."
        ) from error
    names, needs = list(signature.parameters), list(needs)
    # by place: two arguments in the other order would be taken for each other in silence
    is_swapped = any(
        name in first and first.index(name) != k for k, name in enumerate(names[: len(first)])
    )
    try:
        signature.bind(*first, **dict.fromkeys(needs))
    except TypeError:
        is_swapped = True
    if is_swapped:
        must = f"{', '.join(first)} and then what `needs` gives" if first else "what `needs` gives"
        raise TypeError(
            f"`{method}` must take {must}, {needs}, got {names}; change the arguments of "
            f"{type(strategy).__name__}.{method} or the keys of its needs."
        )
