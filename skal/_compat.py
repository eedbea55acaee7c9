"""Every import of scikit-learn that is private or experimental."""

from sklearn.base import _fit_context as fit_context
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.ensemble._forest import ForestClassifier
from sklearn.linear_model._base import LinearClassifierMixin
from sklearn.metrics import get_scorer
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    InvalidParameterError,
    Options,
    RealNotInt,
    StrOptions,
    make_constraint,
)
from sklearn.utils.multiclass import _ovr_decision_function as ovr_decision_function
from sklearn.utils.validation import _check_sample_weight as check_sample_weight

__all__ = [
    "ForestClassifier",
    "HasMethods",
    "HistGradientBoostingClassifier",
    "Interval",
    "InvalidParameterError",
    "LinearClassifierMixin",
    "Options",
    "RealNotInt",
    "StrOptions",
    "check_sample_weight",
    "fit_context",
    "is_of_regression",
    "make_constraint",
    "ovr_decision_function",
]


def is_of_regression(scorer: str) -> bool:
    """Tell whether a scorer of scikit-learn, by its name, measures how far numbers are off."""
    function = getattr(get_scorer(scorer), "_score_func", None)
    return getattr(function, "__module__", "") == "sklearn.metrics._regression"
