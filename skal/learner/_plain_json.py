"""Arrays and plain values as JSON and back, bit for bit, without pickle."""

import base64
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["from_json", "to_json"]

ARRAY, TUPLE, PAIRS, NUMBER = "$array", "$tuple", "$pairs", "$number"
LISTED = "biufUO"  # kinds of arrays that are written as lists, which people can read
SHORT = 10_000  # longer ones are written as bytes, at half the size


def to_json(value: Any) -> Any:
    """Say a value in what every reader of JSON takes; `from_json` gives it back.

    Parameters
    ----------
    value : None, bool, number, str, array, or a list, tuple or dict of these
        Numbers keep all their bits, and arrays their dtype; NaN and infinities are written as
        texts.

    Returns
    -------
    None, bool, int, float, str, list or dict

    Raises
    ------
    TypeError
        If it is, or holds, anything else.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.learner._plain_json import from_json, to_json
    >>> to_json({"q": np.array([0.1, np.nan], dtype=np.float32)})
    {'q': {'$array': [0.10000000149011612, 'nan'], 'dtype': '<f4'}}
    >>> from_json(to_json((1, {2: "two"})))
    (1, {2: 'two'})
    """
    kind = type(value)
    if value is None or kind in (bool, int, str):
        return value
    if kind is float:
        return value if math.isfinite(value) else {NUMBER: str(value)}
    if isinstance(value, np.ndarray):
        return _array_to_json(value)
    if isinstance(value, np.generic):
        return {NUMBER: _array_to_json(np.asarray(value)[None])}
    if kind is list:
        return [to_json(part) for part in value]
    if kind is tuple:
        return {TUPLE: [to_json(part) for part in value]}
    if isinstance(value, Mapping):
        if all(type(key) is str and not key.startswith("$") for key in value):
            return {key: to_json(part) for key, part in value.items()}
        return {PAIRS: [[to_json(key), to_json(part)] for key, part in value.items()]}
    raise TypeError(
        f"what is written must be arrays and plain values (numbers, texts, lists, dicts), got "
        f"{kind.__name__}; note arrays instead."
    )


def from_json(said: Any) -> Any:
    """Give back the value that `to_json` was given.

    Parameters
    ----------
    said : None, bool, int, float, str, list or dict

    Returns
    -------
    value
        Arrays are new ones.

    Examples
    --------
    >>> from skal.learner._plain_json import from_json
    >>> from_json({"$array": [1, 2], "dtype": "<i8"})
    array([1, 2])
    """
    if isinstance(said, list):
        return [from_json(part) for part in said]
    if not isinstance(said, dict):
        return said
    if ARRAY in said:
        return _array_from_json(said)
    if TUPLE in said:
        return tuple(from_json(part) for part in said[TUPLE])
    if PAIRS in said:
        return {from_json(key): from_json(part) for key, part in said[PAIRS]}
    if NUMBER in said:
        number = said[NUMBER]
        return float(number) if isinstance(number, str) else from_json(number)[0]
    return {key: from_json(part) for key, part in said.items()}


def _array_to_json(array: NDArray[Any]) -> dict[str, Any]:
    dtype = array.dtype
    is_listed = dtype.kind in LISTED and dtype.itemsize <= 8 or dtype.kind in "UO"
    if is_listed and array.ndim == 1 and (len(array) <= SHORT or dtype.kind == "O"):
        values = array.tolist()
        if dtype.kind == "f":
            values = [v if math.isfinite(v) else str(v) for v in values]
        elif dtype.kind == "O":
            values = [to_json(v) for v in values]
        return {ARRAY: values, "dtype": dtype.str}
    if dtype.hasobject or dtype.names is not None:
        raise TypeError(
            f"what is written must be arrays of numbers or texts, got dtype {dtype} and shape "
            f"{array.shape}; note arrays of one kind instead."
        )
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
    return {ARRAY: data, "dtype": dtype.str, "shape": list(array.shape)}


def _array_from_json(said: Mapping[str, Any]) -> NDArray[Any]:
    values, dtype = said[ARRAY], np.dtype(said["dtype"])
    if isinstance(values, str):
        flat = np.frombuffer(base64.b64decode(values), dtype=dtype)
        return flat.reshape(said["shape"]).copy()  # a buffer's array may not be written to
    if dtype.kind == "O":
        array = np.empty(len(values), dtype=object)  # np.array would stack parts of one length
        for k, value in enumerate(values):
            array[k] = from_json(value)
        return array
    return np.array([float(v) for v in values] if dtype.kind == "f" else values, dtype=dtype)
