"""Every import of scikit-learn that is private or experimental, in one place."""

from typing import Any

from sklearn.base import _fit_context as fit_context
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.ensemble._forest import ForestClassifier
from sklearn.utils import _safe_indexing
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import _check_sample_weight as check_sample_weight
from sklearn.utils.validation import _num_samples as n_rows


def safe_indexing(X: Any, rows: Any) -> Any:
    """Rows of any container; one that reads its rows itself is asked for them."""
    return X.read_rows(rows) if hasattr(X, "read_rows") else _safe_indexing(X, rows)


__all__ = [
    "ForestClassifier",
    "HasMethods",
    "HistGradientBoostingClassifier",
    "Interval",
    "StrOptions",
    "check_sample_weight",
    "fit_context",
    "n_rows",
    "safe_indexing",
]
