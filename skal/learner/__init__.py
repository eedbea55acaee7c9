"""The loop of active learning as a scikit-learn estimator, and its training modes."""

from skal.learner._history import HISTORY_ARRAYS, History
from skal.learner._labels import check_labels, check_same_type
from skal.learner._learner import ActiveLearner
from skal.learner._modes import (
    MODES,
    Cumulative,
    HalfCumulative,
    Incremental,
    TrainingMode,
    check_mode,
)
from skal.learner._pseudo import PseudoLabels
from skal.learner._records import restored, round_record
from skal.learner._round_plan import check_parts
from skal.learner._scoring import as_scorer, check_target
from skal.learner._sizes import Sizes, resolve_sizes
from skal.learner._stopping import Plateau, TargetScore

__all__ = [
    "HISTORY_ARRAYS",
    "MODES",
    "ActiveLearner",
    "Cumulative",
    "HalfCumulative",
    "History",
    "Incremental",
    "Plateau",
    "PseudoLabels",
    "Sizes",
    "TargetScore",
    "TrainingMode",
    "as_scorer",
    "check_labels",
    "check_mode",
    "check_parts",
    "check_same_type",
    "check_target",
    "resolve_sizes",
    "restored",
    "round_record",
]
