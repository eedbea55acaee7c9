"""A learner in plain values: what a run's result depends on, besides the data and the seed."""

import json
import math
import sys
from collections.abc import Iterable
from importlib import metadata
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from skal._digest import digest, library_name

__all__ = ["describe", "versions"]

ALWAYS = ("skal", "sklearn", "torch", "numpy", "scipy", "skorch")
KEPT = ("_metadata_request", "_sklearn_output_config")  # what a clone takes, parameters apart


def describe(thing: Any, packages: set[str] | None = None) -> Any:
    """Say what an object is in values that JSON takes; equal objects give equal answers.

    It goes as far as ``clone`` does: an estimator is its parameters. What lies deeper, and all
    that is not plain, has a digest.

    Parameters
    ----------
    thing : object
        A learner, a parameter, or whatever lies in one.
    packages : set of str, default=None
        The libraries that it comes from are added to it.

    Returns
    -------
    None, bool, int, float, str, list or dict

    Examples
    --------
    >>> from skal._describe import describe
    >>> from skal.strategies import BALD
    >>> describe(BALD(n_passes=5))
    {'is': 'skal.strategies.bayesian.BALD', 'n_passes': 5}
    """
    packages = set() if packages is None else packages
    kind = type(thing)
    # of a longdouble, item() is one again
    if isinstance(thing, np.generic) and not isinstance(thing.item(), np.generic):
        return describe(thing.item(), packages)
    if thing is None or kind in (bool, int, str):
        return thing
    if kind is float:
        return thing if math.isfinite(thing) else str(thing)  # JSON has no NaN and no infinity
    if kind in (list, tuple):
        return [describe(value, packages) for value in thing]
    if kind in (set, frozenset):
        return sorted((describe(value, packages) for value in thing), key=json.dumps)
    if kind is dict:
        if all(type(key) is str for key in thing):
            return {key: describe(value, packages) for key, value in thing.items()}
        items = ([describe(part, packages) for part in item] for item in thing.items())
        return {"is": "dict", "items": sorted(items, key=json.dumps)}
    if isinstance(thing, type) and library_name(thing) is not None:
        return _name(thing, packages)
    # a class may clone itself in another way: a frozen estimator keeps what it knows
    usual = BaseEstimator.__sklearn_clone__
    is_usual = getattr(kind, "__sklearn_clone__", usual) is usual
    if is_usual and hasattr(thing, "get_params") and not isinstance(thing, type):
        params = thing.get_params(deep=False)
        what = {"is": _name(kind, packages)}
        if library_name(kind) is None:
            what["digest"] = digest(kind, packages)
        kept = {name: digest(vars(thing)[name], packages) for name in KEPT if name in vars(thing)}
        return what | kept | {name: describe(params[name], packages) for name in sorted(params)}
    named = thing if hasattr(thing, "__qualname__") else kind
    what = {"is": _name(named, packages), "digest": digest(thing, packages)}
    if what["is"].startswith("sklearn.metrics.") and named is kind:
        what["text"] = repr(thing)  # of make_scorer(): the only place that names the function
    return what


def _name(thing: Any, packages: set[str]) -> str:
    """Where a library has it; of the user's own only the name, for its place does not count."""
    name = library_name(thing)
    if name is None:
        return str(thing.__name__)
    packages.add(name.partition(".")[0])
    return name


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Version of each package that a run's result may depend on.

    Parameters
    ----------
    packages : iterable of str
        Those to look up besides skal, scikit-learn, torch, NumPy, SciPy and skorch; what Python
        brings is left out.

    Returns
    -------
    dict of str to str
        In alphabetical order.
    """
    names = {*ALWAYS, *packages} - sys.stdlib_module_names
    found = {}
    for name in sorted(names):
        version = getattr(sys.modules.get(name), "__version__", None)
        if version is None:  # its distribution may have another name, as Pillow has for PIL
            distributions = metadata.packages_distributions().get(name, ())
            version = next(map(metadata.version, distributions), None)
        found[name] = str(version)
    return found
