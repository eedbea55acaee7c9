"""Bayesian measures of several rows at once."""

import numpy as np

from skal.strategies import EPIG, BatchBALD
from tests.strategies.cases._case import Case
from tests.strategies.cases.bayesian import F

TARGET = np.array([0.9, 0.2, 0.8, 0.1])[:, None]
TARGETS = np.stack([TARGET, 1 - TARGET], axis=2)  # (4 draws, 1 target, 2 classes)

CASES: dict[str, Case] = {
    "batch_bald": Case(BatchBALD(), by_chance=True),  # draws configurations in larger batches
    "batch_bald avoids the copy": Case(
        BatchBALD(), {"mc_proba": F[:, [1, 1, 3, 2]]}, order=[0, 2]
    ),
    "batch_bald of a spent sample": Case(BatchBALD(), {"mc_proba": F}, order=[1, 3, 2, 0]),
    "epig": Case(EPIG()),
    "epig of one target": Case(
        EPIG(targets=np.zeros((1, 1), dtype=int)),
        {"mc_proba": F, "target_proba": TARGETS},
        [0, 0.270438, 0.050672, 0.005008],
        [1, 2, 3, 0],
    ),
}  # fmt: skip
