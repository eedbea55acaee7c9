"""Python lines that make a comparison again: what a report is repeated from."""

import inspect
import math
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np

from skal._describe import describe
from skal._digest import library_name
from skal.experiment._naming import SET_HERE
from skal.experiment._runs import RunTable
from skal.experiment._wording import UNNAMED
from skal.learner import ActiveLearner

__all__ = ["learners_in_python", "script_of"]


def learners_in_python(learners: Mapping[str, Any]) -> dict[str, Any]:
    """Write learners as Python expressions, with the imports that these need.

    Parameters
    ----------
    learners : dict of str to learner

    Returns
    -------
    dict
        "imports": module -> names; "own": names that no library brings; "learners": name ->
        expression.
    """
    writer = _Writer()
    found = {name: writer.expression(learner) for name, learner in learners.items()}
    imports = {module: sorted(names) for module, names in sorted(writer.imports.items())}
    return {"imports": imports, "own": list(dict.fromkeys(writer.own)), "learners": found}


class _Writer:
    """Turns values into expressions, and collects what these refer to."""

    def __init__(self) -> None:
        self.imports: dict[str, set[str]] = {}
        self.own: list[str] = []

    def expression(self, thing: Any) -> str:
        if isinstance(thing, np.generic):
            thing = thing.item()
        if isinstance(thing, float) and not math.isfinite(thing):
            return f'float("{thing}")'
        if thing is None or type(thing) in (bool, int, float, str):
            return repr(thing)
        if type(thing) in (list, tuple, set, frozenset) and thing:
            parts = ", ".join(map(self.expression, thing))
            if type(thing) is tuple:
                return f"({parts},)" if len(thing) == 1 else f"({parts})"
            if type(thing) is frozenset:
                return f"frozenset([{parts}])"
            return f"[{parts}]" if type(thing) is list else f"{{{parts}}}"
        if type(thing) in (list, tuple, set, frozenset, dict) and not thing:
            return repr(thing)
        if type(thing) is dict:
            items = [f"{self.expression(k)}: {self.expression(v)}" for k, v in thing.items()]
            return f"{{{', '.join(items)}}}"
        if isinstance(thing, type) or inspect.isfunction(thing):
            return self.name(thing)
        if hasattr(thing, "get_params"):
            return self._call(thing)
        return self._own(type(thing).__name__.strip("_").lower())

    def _call(self, thing: Any) -> str:
        """An estimator as a call with the parameters that are not the defaults."""
        params, told = inspect.signature(type(thing)).parameters, []
        for name, value in thing.get_params(deep=False).items():
            is_learner = isinstance(thing, ActiveLearner)
            if is_learner and name in SET_HERE:
                continue
            usual = params[name].default if name in params else inspect.Parameter.empty
            if is_learner and name == "strategy":  # what is compared is named, the default too
                usual = inspect.Parameter.empty
            if usual is inspect.Parameter.empty or describe(value) != describe(usual):
                told.append(f"{name}={self.expression(value)}")
        return f"{self.name(type(thing))}({', '.join(told)})"

    def name(self, thing: Any) -> str:
        """Import a class or function from where the public finds it."""
        name = str(thing.__name__)
        if library_name(thing) is None:
            return self._own(name)
        parts = thing.__module__.split(".")
        if parts[0] == "builtins":
            return name
        homes = [".".join(parts[:n]) for n in range(1, len(parts) + 1)]
        public = [home for home in homes if getattr(import_module(home), name, None) is thing]
        self.imports.setdefault(public[0] if public else homes[-1], set()).add(name)
        return name

    def _own(self, name: str) -> str:
        self.own.append(name)
        return name


def script_of(table: RunTable) -> str:
    """Write the lines that make a comparison again; "" where it does not know how it was made.

    Parameters
    ----------
    table : Comparison

    Returns
    -------
    str
    """
    how = table.settings
    if not how:
        return ""
    imports = {"skal": ["ActiveLearner"], **how["imports"]}
    imports["skal"] = sorted({*imports["skal"], "compare"}, key=str.lower)
    lines = [f"from {home} import {', '.join(names)}" for home, names in imports.items()]
    lines += ["", *(_said_of(table, name) for name in how["data"])]
    if how["own"]:
        lines.append(f"# yours to bring: {', '.join(how['own'])}")
    lines += ["learners = {"]
    lines += [f"    {name!r}: {expression}," for name, expression in how["learners"].items()]
    lines += ["}", "result = compare("]
    lines += [f"    {argument}," for argument in _arguments(table)]
    return "\n".join([*lines, ")"])


def _arguments(table: RunTable) -> list[str]:
    how = table.settings
    shares = [about["test_size"] for about in how["data"].values()]
    if list(how["data"]) == [UNNAMED]:
        found = ["learners", "X", "y"]
        found += ["X_test=X_test", "y_test=y_test"] if shares == [None] else []
    else:
        found = ["learners", "data"]
    known = [share for share in shares if share is not None]
    found += [f"test_size={known[0]!r}"] if known else []
    found.append(f"n_repeats={how['n_repeats']}")
    if table.baseline in how["learners"]:
        found.append(f"baseline={table.baseline!r}")
    return [*found, f"random_state={how['random_state']}", f"n_threads={how['n_threads']}"]


def _said_of(table: RunTable, name: str) -> str:
    """A comment that says which data the lines need."""
    about, data = table.settings["data"][name], table.data[name]
    what = "X, y" if about["test_size"] is not None else "X, y, X_test, y_test"
    called = what if name == UNNAMED else f"data[{name!r}] = ({what})"
    shape = f" of shape {tuple(about['shape'])}" if about["shape"] is not None else ""
    return f"# {called}: {data.n_rows:,} rows{shape}, {len(data.class_counts)} classes"
