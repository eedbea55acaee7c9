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

__all__ = [
    "Aggregate",
    "Crowdlab",
    "DawidSkene",
    "MajorityVote",
    "OneCoin",
    "Wawa",
    "aggregate",
    "annotator_table",
    "cohen_kappa",
    "confused_classes",
    "fleiss_kappa",
    "krippendorff_alpha",
]

require("sqlalchemy", extra="label", purpose="skal.labeling")
