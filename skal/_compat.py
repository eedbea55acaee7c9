"""Every import of scikit-learn that is private or experimental, and rows of any container."""

from typing import Any

import numpy as np
from sklearn.base import _fit_context as fit_context
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.ensemble._forest import ForestClassifier
from sklearn.linear_model._base import LinearClassifierMixin
from sklearn.utils import _safe_indexing
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import _check_sample_weight as check_sample_weight
from sklearn.utils.validation import _num_samples as n_rows


def safe_indexing(X: Any, rows: Any) -> Any:
    """Rows of any container; one that reads its rows itself is asked for them."""
    return X.read_rows(rows) if hasattr(X, "read_rows") else _safe_indexing(X, rows)


def stack_rows(first: Any, second: Any) -> Any:
    """Two blocks of rows, one below the other, in the kind of container they came in."""
    first, second = _in_memory(first), _in_memory(second)
    if hasattr(first, "iloc") != hasattr(second, "iloc"):
        raise TypeError(
            f"X came as {type(first).__name__} at first and as {type(second).__name__} now; "
            "pass rows of one kind."
        )
    if hasattr(first, "iloc"):
        import pandas

        return pandas.concat([first, second], ignore_index=True)
    if hasattr(first, "tocsr"):
        from scipy.sparse import vstack

        return vstack([first, second], format="csr")
    if isinstance(first, np.ndarray):
        return np.concatenate([first, second])
    return [*first, *second]


def _in_memory(X: Any) -> Any:
    return X.read_rows(np.arange(len(X))) if hasattr(X, "read_rows") else X


__all__ = [
    "ForestClassifier",
    "HasMethods",
    "HistGradientBoostingClassifier",
    "Interval",
    "LinearClassifierMixin",
    "StrOptions",
    "check_sample_weight",
    "fit_context",
    "n_rows",
    "safe_indexing",
    "stack_rows",
]
