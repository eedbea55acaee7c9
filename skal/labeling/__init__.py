"""Labels from people: a store that loses nothing, a queue ordered by a model, a page."""

from skal._optional import require
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

require("sqlalchemy", extra="label", purpose="skal.labeling")

from skal.labeling._claims import Claim, Wish  # noqa: E402 - says first what is missing
from skal.labeling._events import Event  # noqa: E402
from skal.labeling._store import LabelStore  # noqa: E402

__all__ = [
    "Aggregate",
    "Claim",
    "Crowdlab",
    "DawidSkene",
    "Event",
    "LabelStore",
    "MajorityVote",
    "OneCoin",
    "Wawa",
    "Wish",
    "aggregate",
    "annotator_table",
    "cohen_kappa",
    "confused_classes",
    "fleiss_kappa",
    "krippendorff_alpha",
]
