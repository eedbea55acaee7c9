"""Every import of scikit-learn that is private or experimental, in one place."""

from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.ensemble._forest import ForestClassifier
from sklearn.utils import _safe_indexing as safe_indexing
from sklearn.utils._param_validation import HasMethods, Interval, Options, StrOptions
from sklearn.utils.validation import _check_method_params as index_params
from sklearn.utils.validation import _check_sample_weight as check_sample_weight
from sklearn.utils.validation import _num_samples as n_rows

try:
    from sklearn.base import _fit_context as fit_context
except ImportError:  # moved: scikit-learn keeps no promise for private names
    from sklearn.utils._param_validation import _fit_context as fit_context

__all__ = [
    "ForestClassifier",
    "HasMethods",
    "HistGradientBoostingClassifier",
    "Interval",
    "Options",
    "StrOptions",
    "check_sample_weight",
    "fit_context",
    "index_params",
    "n_rows",
    "safe_indexing",
]
