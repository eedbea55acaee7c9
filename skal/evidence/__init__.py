"""What a strategy needs to know, and who answers it.

`skal.evidence.sweep`, which imports torch, is imported by name.
"""

from skal.evidence._attacks import Attack
from skal.evidence._committee import CommitteeProba, MCProba
from skal.evidence._evidence import Evidence
from skal.evidence._features import Embedding, Given, Inputs, as_space
from skal.evidence._labeled import IfAny, Labeled, Labels, On, Past, Rounds, Seed
from skal.evidence._measure import (
    Measurable,
    align_columns,
    answers_itself,
    check_provides,
    last_step,
    measure,
    values_of_classes,
)
from skal.evidence._need import Need, Said, SweepBatch, Swept, about
from skal.evidence._outputs import Head, LinearHead, Logits, Proba, Scores
from skal.evidence._pool_cache import PoolCache
from skal.evidence._risk_after import RiskAfter
from skal.evidence._view import Model

__all__ = [
    "Attack",
    "CommitteeProba",
    "Embedding",
    "Evidence",
    "Given",
    "Head",
    "IfAny",
    "Inputs",
    "Labeled",
    "Labels",
    "LinearHead",
    "Logits",
    "MCProba",
    "Measurable",
    "Model",
    "Need",
    "On",
    "Past",
    "PoolCache",
    "Proba",
    "RiskAfter",
    "Rounds",
    "Said",
    "Scores",
    "Seed",
    "SweepBatch",
    "Swept",
    "about",
    "align_columns",
    "answers_itself",
    "as_space",
    "check_provides",
    "last_step",
    "measure",
    "values_of_classes",
]
