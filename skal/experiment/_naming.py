"""Learners of a comparison and their names: those given, of a list, or of a grid."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sklearn.base import clone
from sklearn.model_selection import ParameterGrid

from skal._describe import describe
from skal.learner import ActiveLearner, as_scorer, check_parts
from skal.strategies import STRATEGIES, Strategy

__all__ = ["SET_HERE", "named_learners"]

# what the comparison sets itself, and what only listens, changes no result
SET_HERE = {"random_state": None, "verbose": 0, "warm_start": False, "on_round": None}


def named_learners(learners: Any, grid: Any, strategies: Any) -> dict[str, Any]:
    """Unfitted learners by name, each checked as far as that goes without data.

    Parameters
    ----------
    learners : learner, list or dict
    grid : dict, list of dict or None
    strategies : list or None
        As of `compare`.

    Returns
    -------
    dict of str to learner
    """
    if grid is not None or strategies is not None:
        which = "strategies" if grid is None else "grid"
        if isinstance(learners, Mapping | list | tuple):
            raise TypeError(
                f"{which} varies a single learner, but a {type(learners).__name__} came; pass one "
                "of them."
            )
        named = _from_grid(learners, _with_strategies(grid, strategies))
    elif isinstance(learners, Mapping):
        named = dict(learners)
    else:
        several = isinstance(learners, list | tuple)
        named = _from_list(learners) if several else {"learner": learners}
    if not named:
        raise ValueError("learners is empty; pass one at least.")
    if "" in named:  # so a grid without parameters calls its only learner
        raise ValueError("grid is empty; name a parameter and its values.")
    for name, learner in named.items():
        if not isinstance(name, str):
            raise TypeError(f"names of learners must be text, got {name!r}.")
        _check_kind(f"learner {name!r}", learner)
        learner._validate_params()  # what fit would refuse, before anything is played
        check_parts(learner)
        as_scorer(learner.scoring, learner)
    return {name: _spelled_out(learner) for name, learner in named.items()}


def _check_kind(what: str, learner: Any) -> None:
    if not isinstance(learner, ActiveLearner):
        raise TypeError(
            f"{what} is {learner!r}; an ActiveLearner is needed. A Pipeline belongs inside: "
            "ActiveLearner(estimator=pipeline)."
        )


def _spelled_out(thing: Any) -> Any:
    """A learner with the user's own strategies as objects, where it asks for them by name.

    A worker does not know these names, and no digest sees the code behind one.
    """
    if isinstance(thing, str):
        kind = STRATEGIES.get(thing)
        return thing if kind is None or kind.__module__.startswith("skal.") else kind()
    if type(thing) in (list, tuple):
        found = [_spelled_out(value) for value in thing]
        # the very list where nothing changed, so that a learner without such names stays as it is
        is_same = all(new is old for new, old in zip(found, thing, strict=True))
        return thing if is_same else type(thing)(found)
    if not isinstance(thing, ActiveLearner | Strategy):
        return thing
    params = thing.get_params(deep=False)
    names = ("strategy", "initial") if isinstance(thing, ActiveLearner) else params
    new = {name: _spelled_out(params[name]) for name in names}
    changed = {name: value for name, value in new.items() if value is not params[name]}
    return clone(thing).set_params(**changed) if changed else thing


# ---------------------------------------------------------------- a grid


def _with_strategies(grid: Any, strategies: Any) -> list[Any]:
    """Each part of a grid with all strategies."""
    parts = [{}] if grid is None else [grid] if isinstance(grid, Mapping) else list(grid)
    if strategies is None:
        return parts
    if isinstance(strategies, str | Strategy) or not isinstance(strategies, Iterable):
        raise TypeError(
            f"strategies must be a list of names or strategies, got {strategies!r}; pass "
            f"[{strategies!r}]."
        )
    told = list(strategies)
    if not told:
        raise ValueError("strategies must hold one strategy at least, got []; name some.")
    if any("strategy" in part for part in parts):
        raise ValueError(
            'strategies and grid["strategy"] must not both be given, got both; pass one of them.'
        )
    return [{"strategy": told, **part} for part in parts]


def _from_grid(learner: Any, grid: Sequence[Any]) -> dict[str, Any]:
    """Name -> learner for every combination, in the order in which the values came."""
    found: dict[str, Any] = {}
    for part in grid:
        for values in ParameterGrid(dict(part)):
            params = {key: values[key] for key in part}  # ParameterGrid sorts the names
            name = ", ".join(_word(key, value) for key, value in params.items())
            if name in found:
                raise ValueError(
                    f"learners must have names of their own, got two called {name!r}; "
                    "pass a dict of names to learners."
                )
            # cloned values: two learners must not share an estimator that stood in the grid
            found[name] = clone(learner).set_params(**clone(params, safe=False))
    return found


# ---------------------------------------------------------------- a list


def _from_list(learners: Sequence[Any]) -> dict[str, Any]:
    """Name -> learner, by the parameters in which they differ."""
    for i, learner in enumerate(learners):
        _check_kind(f"learners[{i}]", learner)
    if len(learners) == 1:
        return {"learner": learners[0]}
    names = [", ".join(words) for words in zip(*_differences(learners), strict=True)]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice or (learners and not names):
        name = twice[0] if twice else ""
        same = [f"learners[{i}]" for i, other in enumerate(names or learners) if other == name]
        which = " and ".join(same or ["all of them"])
        called = f"called {name!r}" if name else "alike"
        raise ValueError(
            f"learners must differ in what they are named by, got {which} {called} (random_state, "
            "verbose, warm_start and on_round do not count); pass a dict of names to learners."
        )
    return dict(zip(names, learners, strict=True))


def _differences(things: Sequence[Any]) -> list[list[str]]:
    """For each parameter that is not alike in all things, the words of each for it."""
    params = [thing.get_params(deep=False) for thing in things]
    found = []
    for key in dict.fromkeys(key for each in params for key in each):
        values = [each.get(key) for each in params]
        if key in SET_HERE and isinstance(things[0], ActiveLearner):
            continue
        if len({json.dumps(describe(value)) for value in values}) < 2:
            continue
        kinds = {type(value) for value in values}
        if len(kinds) == 1 and hasattr(values[0], "get_params"):
            found += _differences(values)  # two nets: by their epochs, not by all they have
        elif len(kinds) == len(values) and all(hasattr(value, "get_params") for value in values):
            found.append([type(value).__name__ for value in values])
        else:
            found.append([_word(key, value) for value in values])
    return found


def _word(key: str, value: Any) -> str:
    """Texts and strategies speak for themselves; numbers are named."""
    if isinstance(value, str):
        return value
    if hasattr(value, "get_params"):
        return repr(value)
    if callable(value):
        return str(getattr(value, "__name__", value))
    return f"{key.rpartition('__')[2]}={value}"
