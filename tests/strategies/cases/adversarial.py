"""Ask what a small change of the input would turn."""

import numpy as np

from skal.strategies import BIM, DeepFool
from tests.strategies.cases._case import Case

CASES: dict[str, Case] = {
    "deepfool": Case(
        DeepFool(),
        {"attack": np.array([0.155563, 0.52, 0.084853])},
        [-0.155563, -0.52, -0.084853],
        [2, 0, 1],
    ),
    "bim": Case(
        BIM(), {"attack": np.array([0.045, 0.02, np.inf])}, [-0.045, -0.02, -1.045], [1, 0, 2]
    ),
}
