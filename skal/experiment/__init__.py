"""Comparisons of learners, and what can be concluded from them."""

from skal.experiment._balance import (
    ClassBalance,
    batch_distance,
    class_balance,
    count_asked,
    time_to_first,
)
from skal.experiment._compare import compare
from skal.experiment._comparison import Comparison
from skal.experiment._curve_measures import (
    align,
    area_under_curve,
    choose_score,
    curve_points,
    deficiency,
    drop_after_peak,
    labels_to_target,
    nearly,
)
from skal.experiment._learner_summary import Asked, CurveSummary, Difference, LearnerSummary
from skal.experiment._paired_tests import PairedTests, bootstrap_interval, holm, paired_tests
from skal.experiment._parameters import scorer_of
from skal.experiment._penalties import Penalties, checkpoints, penalties, penalty_matrix
from skal.experiment._pool_error import PoolError, lure, pool_error, wilson_interval
from skal.experiment._ranks import Friedman, Ranks, critical_difference, friedman, ranks
from skal.experiment._runs import DataSet, Failure, Run, check_comparison
from skal.experiment._saving import Saving
from skal.experiment._summary import Best, Limits, Summary, summarize
from skal.experiment._verdict import Verdict, conclude
from skal.experiment._wording import score_words

__all__ = [
    "Asked",
    "Best",
    "ClassBalance",
    "Comparison",
    "CurveSummary",
    "DataSet",
    "Difference",
    "Failure",
    "Friedman",
    "LearnerSummary",
    "Limits",
    "PairedTests",
    "Penalties",
    "PoolError",
    "Ranks",
    "Run",
    "Saving",
    "Summary",
    "Verdict",
    "align",
    "area_under_curve",
    "batch_distance",
    "bootstrap_interval",
    "check_comparison",
    "checkpoints",
    "choose_score",
    "class_balance",
    "compare",
    "conclude",
    "count_asked",
    "critical_difference",
    "curve_points",
    "deficiency",
    "drop_after_peak",
    "friedman",
    "holm",
    "labels_to_target",
    "lure",
    "nearly",
    "paired_tests",
    "penalties",
    "penalty_matrix",
    "pool_error",
    "ranks",
    "score_words",
    "scorer_of",
    "summarize",
    "time_to_first",
    "wilson_interval",
]
