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

__all__ = [
    "Aggregate",
    "Crowdlab",
    "DawidSkene",
    "MajorityVote",
    "OneCoin",
    "Wawa",
    "aggregate",
]

require("sqlalchemy", extra="label", purpose="skal.labeling")
