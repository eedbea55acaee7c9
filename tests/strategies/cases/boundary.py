"""Ask near the decision boundaries in feature space, evenly over the classes."""

import numpy as np

from skal.evidence import LinearHead
from skal.strategies import BASE, MASE
from tests.strategies.cases._case import Case

HEAD = LinearHead(np.array([[2.0, 0.0], [0.0, 1.0], [-1.0, -1.0]]), np.array([0.0, 0.5, 0.0]))
Z = np.array([[1.0, 0.0], [0.2, 0.2], [-0.5, 0.4], [-1.0, -0.8], [0.1, 0.9]])

CASES: dict[str, Case] = {
    "mase": Case(
        MASE(),
        {"embedding": Z, "head": HEAD},
        [-0.670820, -0.134164, -0.357771, -0.939149, -0.536656],
        [1, 2, 4, 0, 3],
    ),
    "base": Case(BASE(), {"embedding": Z, "head": HEAD}, order=[1, 2, 3]),
    "base with two left over": Case(  # quotas 2, 2, 1
        BASE(), {"embedding": Z, "head": HEAD}, order=[1, 4, 2, 0, 3]
    ),
}
