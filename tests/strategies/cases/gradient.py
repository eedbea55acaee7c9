"""Ask by the gradients of the last layer, which are kept as two factors."""

import numpy as np

from skal.strategies import BADGE, BAIT, EGL
from tests.strategies.cases._case import Case

P = np.array([[0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.5, 0.4, 0.1]])
H = np.array([[1.0, 2.0], [0.0, 1.0], [2.0, 0.0]])
ROWS = {"proba": P, "embedding": H}

FISHER_P = np.array([[0.5, 0.5], [0.9, 0.1], [0.6, 0.4]])
FISHER_H = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
POOL = {
    "proba": FISHER_P,
    "embedding": FISHER_H,
    "labeled_proba": FISHER_P[:0],
    "labeled_embedding": FISHER_H[:0],
}

CASES: dict[str, Case] = {
    "badge": Case(BADGE(), by_chance=True),
    "badge begins with the longest gradient": Case(BADGE(), ROWS, order=[2], by_chance=True),
    "egl": Case(EGL(), ROWS, [1.557197, 0.591216, 1.498902], [0, 2, 1]),
    "egl by l1": Case(EGL("l1"), ROWS, [3.24, 0.92, 2.32], [0, 2, 1]),
    "egl with the bias": Case(EGL(bias=True), ROWS, [1.705823, 0.836106, 1.675823], [0, 2, 1]),
    "bait": Case(BAIT(), POOL, order=[0]),
}
