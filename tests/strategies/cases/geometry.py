"""Cover the pool by distance."""

import numpy as np

from skal.strategies import CDAL, KCenter, LightweightCoreset
from tests.strategies.cases._case import Case

LINE = np.array([[0.0], [1.0], [2.0], [5.0], [9.0], [10.0]])
P = np.array([[0.9, 0.1], [0.5, 0.5], [0.6, 0.4]])

CASES: dict[str, Case] = {
    "k_center": Case(
        KCenter(), {"embedding": LINE[1:], "labeled_embedding": LINE[:1]}, order=[4, 2, 1, 0, 3]
    ),
    "k_center with the labelled row in the pool": Case(
        KCenter(), {"embedding": LINE, "labeled_embedding": LINE[:1]}, order=[5, 3, 2]
    ),
    "k_center with nothing labelled": Case(  # the mean is 4.5
        KCenter(), {"embedding": LINE, "labeled_embedding": LINE[:0]}, order=[3, 0, 5, 2]
    ),
    "cdal": Case(CDAL(), {"proba": P, "labeled_proba": P[:1]}, order=[1, 2, 0]),
    "cdal with nothing labelled": Case(  # the mean is (.667, .333)
        CDAL(), {"proba": P, "labeled_proba": P[:0]}, order=[2, 0, 1]
    ),
    "lightweight_coreset": Case(LightweightCoreset(), by_chance=True),
}
