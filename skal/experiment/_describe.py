"""A learner in plain values: what a run's result depends on, besides the data and the seed."""

import math
import sys
from collections.abc import Mapping
from functools import partial
from hashlib import blake2b
from types import CodeType, FunctionType
from typing import Any

import joblib
import numpy as np
from sklearn.base import BaseEstimator

__all__ = ["describe"]

KNOWN = {"numpy", "scipy", "skal", "sklearn", "skorch", "torch"} | sys.stdlib_module_names


def describe(thing: Any, above: tuple[int, ...] = ()) -> Any:
    """Say what an object is in values that JSON takes; equal objects give equal answers.

    Parameters
    ----------
    thing : object
        A learner, a parameter, or whatever lies in one.
    above : tuple of int, default=()
        Ids of the objects that hold it, so that one that holds itself comes to an end.

    Returns
    -------
    None, bool, int, float, str, list or dict

    Examples
    --------
    >>> from skal.experiment._describe import describe
    >>> from skal.strategies import Margin
    >>> describe(Margin())["is"]
    'skal.strategies.uncertainty.Margin'
    """
    if thing is None or isinstance(thing, bool | int | str):
        return thing
    if isinstance(thing, float):
        return thing if math.isfinite(thing) else str(thing)
    if isinstance(thing, np.generic):
        return describe(thing.item())
    if id(thing) in above:
        return {"above": len(above) - above.index(id(thing))}
    above = (*above, id(thing))
    if isinstance(thing, list | tuple):
        return [describe(value, above) for value in thing]
    if isinstance(thing, set | frozenset):
        return sorted((describe(value, above) for value in thing), key=repr)
    if isinstance(thing, Mapping):
        return {str(key): describe(value, above) for key, value in thing.items()}
    if isinstance(thing, type):
        return _class(thing, above)
    if isinstance(thing, FunctionType):
        return _function(thing, above)
    if isinstance(thing, np.ndarray) or (hasattr(thing, "detach") and hasattr(thing, "numpy")):
        return _array(thing, above)
    return _object(thing, above)


def _object(thing: Any, above: tuple[int, ...]) -> dict[str, Any]:
    what: dict[str, Any] = {"is": _class(type(thing), above)}
    if isinstance(thing, partial):
        return what | {"holds": describe([thing.func, thing.args, thing.keywords], above)}
    if hasattr(thing, "get_params") and _is_what_its_parameters_are(thing):
        params = thing.get_params(deep=False)
        return what | {name: describe(params[name], above) for name in params}
    if _is_what_its_attributes_are(thing):
        return what | {"holds": describe(vars(thing), above)}
    return what | {"holds": _content(thing)}


def _is_what_its_parameters_are(thing: Any) -> bool:
    """Whether a clone starts from the parameters alone; a frozen estimator keeps what it knows."""
    usual = BaseEstimator.__sklearn_clone__
    return getattr(type(thing), "__sklearn_clone__", usual) is usual


def _is_what_its_attributes_are(thing: Any) -> bool:
    kind = type(thing)
    plain = kind.__reduce__ is object.__reduce__ and kind.__reduce_ex__ is object.__reduce_ex__
    whole = kind.__getstate__ is object.__getstate__ or hasattr(thing, "state_dict")  # torch's
    return plain and whole and hasattr(thing, "__dict__")


def _name(thing: Any) -> str:
    return f"{thing.__module__}.{thing.__qualname__}"


def _class(kind: type, above: tuple[int, ...]) -> Any:
    """A name; of a class that no library brings, the methods too, for they change."""
    own = [base for base in kind.__mro__ if base.__module__.partition(".")[0] not in KNOWN]
    if not own:
        return _name(kind)
    parts = {
        f"{base.__qualname__}.{name}": describe(_bare(value), above)
        for base in own
        for name, value in vars(base).items()
        if isinstance(_bare(value), FunctionType | bool | int | float | str | tuple)
        and name not in ("__module__", "__qualname__", "__doc__", "__firstlineno__")
    }
    return {"is": _name(kind), "code": _digest(repr(sorted(parts.items())))}


def _bare(value: Any) -> Any:
    """The function inside a method or property."""
    value = value.fget if isinstance(value, property) else value
    return getattr(value, "__func__", value)


def _function(thing: FunctionType, above: tuple[int, ...]) -> dict[str, Any]:
    inside = [_in_cell(cell) for cell in thing.__closure__ or ()]
    holds = [inside, thing.__defaults__, thing.__kwdefaults__]
    return {"is": _name(thing), "code": _code(thing.__code__), "holds": describe(holds, above)}


def _in_cell(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not filled yet
        return "empty"


def _code(code: CodeType) -> str:
    """Tell one lambda from another: their names are alike."""
    constants = [_constant(value) for value in code.co_consts]
    return _digest(repr((code.co_code.hex(), code.co_names, constants)))


def _constant(value: Any) -> Any:
    if isinstance(value, frozenset):  # its order changes from process to process
        return sorted(map(repr, value))
    return _code(value) if isinstance(value, CodeType) else repr(value)


def _array(thing: Any, above: tuple[int, ...]) -> dict[str, Any]:
    array = thing.detach().cpu().numpy() if hasattr(thing, "detach") else thing
    if array.dtype == object:
        return {"is": _name(type(thing)), "holds": describe(array.tolist(), above)}
    content = blake2b(np.ascontiguousarray(array).tobytes(), digest_size=16).hexdigest()
    what = {"is": _name(type(thing)), "shape": list(array.shape), "dtype": array.dtype.str}
    return what | {"holds": content}


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=8).hexdigest()


def _content(thing: Any) -> str:
    try:
        return str(joblib.hash(thing))
    except Exception as error:
        raise TypeError(
            f"{thing!r} cannot be pickled ({error}), so runs with it can be neither told apart nor "
            "sent to workers; use a function or class of an importable module."
        ) from error
