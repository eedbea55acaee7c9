"""Uncertainty sampling."""

import numpy as np

from skal.strategies import Entropy, LeastConfidence, Margin, Random, Ratio
from tests.strategies.cases._case import Case

P = np.array([[0.70, 0.20, 0.10], [0.40, 0.35, 0.25], [0.50, 0.49, 0.01], [0.35, 0.33, 0.32]])
SHARP = np.exp([[4.0, 2.0, 0.0]]) / np.exp([4.0, 2.0, 0.0]).sum()

CASES = {
    "random": Case(Random(), by_chance=True),
    "least_confidence": Case(
        LeastConfidence(), {"proba": P}, [0.30, 0.60, 0.50, 0.65], [3, 1, 2, 0]
    ),
    "least_confidence normalized": Case(
        LeastConfidence(normalize=True), {"proba": P}, [0.45, 0.90, 0.75, 0.975], [3, 1, 2, 0]
    ),
    "least_confidence at temperature 2": Case(
        LeastConfidence(temperature=2.0), {"proba": SHARP}, [0.334759], [0]
    ),
    "margin": Case(Margin(), {"scores": P}, [-0.50, -0.05, -0.01, -0.02], [2, 3, 1, 0]),
    "margin normalized": Case(
        Margin(normalize=True), {"scores": P}, [0.50, 0.95, 0.99, 0.98], [2, 3, 1, 0]
    ),
    "margin at temperature 2": Case(
        Margin(temperature=2.0), {"scores": SHARP}, [-0.420512], [0]
    ),
    "ratio": Case(Ratio(), {"proba": P}, [0.285714, 0.875, 0.98, 0.942857], [2, 3, 1, 0]),
    "entropy": Case(
        Entropy(), {"proba": P}, [0.801819, 1.080528, 0.742167, 1.097915], [3, 1, 0, 2]
    ),
    "entropy normalized": Case(
        Entropy(normalize=True),
        {"proba": P},
        [0.729847, 0.983539, 0.675549, 0.999366],
        [3, 1, 0, 2],
    ),
    "entropy at temperature 2": Case(
        Entropy(temperature=2.0), {"proba": SHARP}, [0.832396], [0]
    ),
}  # fmt: skip
