"""Whether two values of a parameter are the same."""

import pickle
from typing import Any

import joblib
import numpy as np

__all__ = ["same_value"]


def same_value(first: Any, second: Any) -> bool:
    """Tell whether two values are equal: arrays by their values, other objects by their content.

    1 and 1.0 are not: to a forest the one is a count of features and the other is all of them.
    """
    if first is second:
        return True
    first, second = _plain(first), _plain(second)
    if type(first) is not type(second):
        return False
    try:
        is_array = isinstance(first, np.ndarray)
        if np.array_equal(first, second) if is_array else bool(first == second):
            return True
    except (RuntimeError, TypeError, ValueError):  # lists of arrays or tensors
        pass
    try:  # NaN, and a callback, a partial or a module that was copied with its owner
        return bool(joblib.hash(first) == joblib.hash(second))
    except (AttributeError, TypeError, pickle.PicklingError):
        return False


def _plain(value: Any) -> Any:
    """Make a scalar of NumPy's, such as a grid search sets, and a tensor plain."""
    if hasattr(value, "detach") and hasattr(value, "numpy"):  # its hash is of where it lies
        return value.detach().cpu().numpy()
    return value.item() if isinstance(value, np.generic) else value
