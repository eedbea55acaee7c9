"""Ask where a path between unlike labels is cut in half."""

import numpy as np

from skal.strategies import GALAXY
from tests.strategies.cases._case import Case

P0 = np.array([0.8, 0.6, 0.45, 0.3, 0.9, 0.05])
P = np.column_stack([P0, 1 - P0])

CASES: dict[str, Case] = {
    # Class 0: 4+ 0 1 2 3 5- asks 2, which counts as class 1. Class 1: 5+ 3 2+ 1 0 4- asks 0.
    "galaxy": Case(
        GALAXY(),
        {"proba": P[:4], "labeled_proba": P[4:], "labels": np.array([0, 1])},
        order=[2, 0],
    ),
}
