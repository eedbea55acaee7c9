"""Ask what the labelled rows of its predicted class explain badly."""

import numpy as np

from skal.strategies import FRE, FeatureSim
from tests.strategies.cases._case import Case

LABELED = np.array([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]])
LABELS = np.array([0, 1, 1])
ROWS = np.array([[3.0, 4.0], [2.0, -1.0], [-1.0, 2.0]])
PROBA = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]])

LINE = np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 0.0], [2.0, 2.0, 0.0], [3.0, 3.0, 0.0]])
OFF_LINE = np.array([[1.0, 1.0, 1.0], [2.0, 0.0, 0.0], [5.0, 5.0, 0.0]])

CASES: dict[str, Case] = {
    "feature_sim": Case(
        FeatureSim(),
        {"proba": PROBA, "embedding": ROWS, "labeled_embedding": LABELED, "labels": LABELS},
        order=[0, 2, 1],
    ),
    "fre": Case(
        FRE(),
        {
            "proba": np.eye(2)[[0, 0, 0]],
            "embedding": OFF_LINE,
            "labeled_embedding": LINE,
            "labels": [0] * 4,
        },
        order=[1, 0, 2],
    ),
}
