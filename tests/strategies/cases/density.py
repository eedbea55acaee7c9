"""Ask in dense regions."""

import numpy as np

from skal.strategies import InformationDensity, LeastConfidence, RankedBatch
from tests.strategies.cases._case import Case

POINTS = np.array([[0.0, 0.0], [0.0, 1.0], [3.0, 4.0]])
DOUBTS = np.array([[0.8, 0.2], [0.7, 0.3], [0.6, 0.4]])  # least confidence .2, .3, .4

LINE = np.array([[1.0], [2.0], [6.0], [7.0]])
RANKED = np.array([[0.55, 0.45], [0.75, 0.25], [0.8, 0.2], [0.7, 0.3]])  # u = .9, .5, .4, .6

CASES: dict[str, Case] = {
    "information_density": Case(InformationDensity()),
    "information_density euclidean": Case(
        InformationDensity(LeastConfidence(), similarity="euclidean"),
        {"proba_0": DOUBTS, "embedding": POINTS},
        [0.111111, 0.169074, 0.180988],
        [2, 1, 0],
    ),
    "information_density cosine": Case(  # .2, .3, .4 times .980856, .975495, .990562
        InformationDensity(LeastConfidence()),
        {"proba_0": DOUBTS, "embedding": POINTS + 1},
        [0.196171, 0.292649, 0.396225],
        [2, 1, 0],
    ),
    "ranked_batch": Case(
        RankedBatch(),
        {"proba_0": RANKED, "embedding": LINE, "labeled_embedding": np.zeros((1, 1))},
        order=[3, 0, 1, 2],
    ),
    "ranked_batch with nothing labelled": Case(  # 2 and 6 lie 2.5 from all on average
        RankedBatch(),
        {"proba_0": RANKED, "embedding": LINE, "labeled_embedding": np.zeros((0, 1))},
        order=[1, 3, 0, 2],
    ),
}
