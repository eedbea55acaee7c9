"""What a strategy needs to know, and who answers it."""

from skal.evidence._evidence import Evidence
from skal.evidence._needs import Embedding, Inputs, Labeled, Model, Need, Proba, Scores
from skal.evidence._providers import check_provides

__all__ = [
    "Embedding",
    "Evidence",
    "Inputs",
    "Labeled",
    "Model",
    "Need",
    "Proba",
    "Scores",
    "check_provides",
]
