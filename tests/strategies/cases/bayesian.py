"""Bayesian measures of single rows: how draws of the model doubt and disagree."""

import numpy as np

from skal.strategies import BALD, ExpectedEntropy, MeanStd, PredictiveEntropy, VariationRatio
from tests.strategies.cases._case import Case

# First-class probabilities of four rows under four draws: unsure, torn, mixed, torn otherwise.
FIRST = np.array([[0.5, 0.5, 0.5, 0.5], [1, 0, 1, 0], [0.9, 0.6, 0.8, 0.3], [1, 1, 0, 0]]).T
F = np.stack([FIRST, 1 - FIRST], axis=2)  # (4 draws, 4 rows, 2 classes)

CASES: dict[str, Case] = {
    "predictive_entropy": Case(
        PredictiveEntropy(), {"mc_proba": F}, [0.693147, 0.693147, 0.647447, 0.693147]
    ),
    "expected_entropy": Case(ExpectedEntropy(), {"mc_proba": F}, [0.693147, 0, 0.527340, 0]),
    "bald": Case(BALD(), {"mc_proba": F}, [0, 0.693147, 0.120106, 0.693147]),
    "bald without a tie": Case(
        BALD(), {"mc_proba": F[:, :3]}, [0, 0.693147, 0.120106], [1, 2, 0]
    ),
    "variation_ratio": Case(  # votes tie
        VariationRatio(), {"mc_proba": F}, [0, 0.5, 0.25, 0.5], by_chance=True
    ),
    "variation_ratio of the mean": Case(
        VariationRatio(kind="mean"), {"mc_proba": F}, [0.5, 0.5, 0.35, 0.5]
    ),
    "mean_std": Case(MeanStd(), {"mc_proba": F}, [0, 0.5, 0.229129, 0.5]),
    "mean_std unbiased": Case(
        MeanStd(ddof=1), {"mc_proba": F}, [0, 0.577350, 0.264575, 0.577350]
    ),
}  # fmt: skip
