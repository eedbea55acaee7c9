"""Cover the pool by similarity: one greedy for several kernels."""

import numpy as np

from skal.strategies import FacilityLocation, KernelHerding, ProbCover
from tests.strategies.cases._case import Case

LINE = np.array([[0.0], [0.5], [1.0], [3.0], [3.4], [3.8], [10.0]])
PAIRS = np.array([[0.0], [1.0], [2.0], [9.0], [9.5]])
FAN = np.array([[1.0, 0.0], [0.9, 0.1], [0.8, 0.2], [0.0, 1.0]])

CASES: dict[str, Case] = {
    "facility_location": Case(  # 0 and 1 are tied in the end; alone they add 2.96 and 3.10
        FacilityLocation(), {"embedding": FAN, "labeled_embedding": FAN[:0]}, order=[2, 3, 1, 0]
    ),
    "facility_location after a label": Case(  # 0 and 1 are tied, alone too
        FacilityLocation(), {"embedding": FAN, "labeled_embedding": FAN[2:3]}, order=[3, 0, 1]
    ),
    "facility_location by distance": Case(  # gains 2.02, 2.19, 2.03, 2.04, 2.03; then .98 of 4
        FacilityLocation(similarity="euclidean"),
        {"embedding": PAIRS, "labeled_embedding": PAIRS[:0]},
        order=[1, 3],
    ),
    "kernel_herding": Case(
        KernelHerding(), {"embedding": PAIRS, "labeled_embedding": PAIRS[:0]}, order=[2, 3]
    ),
    "kernel_herding of width 1": Case(  # gains 1.386, 1.736, 1.386, 1.779, 1.779
        KernelHerding(sigma=1.0), {"embedding": PAIRS, "labeled_embedding": PAIRS[:0]}, order=[3, 1]
    ),
    "prob_cover": Case(ProbCover(), by_chance=True),
    "prob_cover of a given radius": Case(
        ProbCover(delta=0.6, normalize=False),
        {"embedding": LINE, "labeled_embedding": LINE[:0]},
        order=[1, 4, 6],
        by_chance=True,  # once all is covered
    ),
    "prob_cover after a label": Case(
        ProbCover(delta=0.6, normalize=False),
        {"embedding": LINE, "labeled_embedding": LINE[1:2]},
        order=[4, 6],
        by_chance=True,
    ),
}
