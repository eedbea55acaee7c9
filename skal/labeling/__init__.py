"""Labels from people: a store that loses nothing, a queue ordered by a model, a page."""

from skal._optional import require
from skal.labeling._default_learner import default_learner
from skal.labeling._durations import predict_seconds
from skal.labeling._suspects import out_of_fold, suspects, suspects_from_proba
from skal.labeling.aggregation import (
    Aggregate,
    Crowdlab,
    DawidSkene,
    MajorityVote,
    OneCoin,
    Wawa,
    aggregate,
)
from skal.labeling.agreement import (
    annotator_table,
    cohen_kappa,
    confused_classes,
    fleiss_kappa,
    krippendorff_alpha,
)
from skal.labeling.allocation import (
    again_or_new,
    expected_information,
    iethresh,
    information_per_cost,
    known_confusion,
    posterior_after,
    spend_budget,
)

require("sqlalchemy", extra="label", purpose="skal.labeling")

from skal.labeling._claims import Claim, Wish  # noqa: E402 - says first what is missing
from skal.labeling._events import Event  # noqa: E402
from skal.labeling._replay import replay  # noqa: E402
from skal.labeling._session import LabelingSession  # noqa: E402
from skal.labeling._store import LabelStore  # noqa: E402
from skal.labeling._tasks import Task  # noqa: E402

__all__ = [
    "Aggregate",
    "Claim",
    "Crowdlab",
    "DawidSkene",
    "Event",
    "LabelStore",
    "LabelingSession",
    "MajorityVote",
    "OneCoin",
    "Task",
    "Wawa",
    "Wish",
    "again_or_new",
    "aggregate",
    "annotator_table",
    "cohen_kappa",
    "confused_classes",
    "default_learner",
    "expected_information",
    "fleiss_kappa",
    "iethresh",
    "information_per_cost",
    "known_confusion",
    "krippendorff_alpha",
    "out_of_fold",
    "posterior_after",
    "predict_seconds",
    "spend_budget",
    "suspects",
    "suspects_from_proba",
    "replay",
]
