"""Ask by contrast of probabilities."""

import numpy as np

from skal.strategies import CAL, FALCUN
from tests.strategies.cases._case import Case

CASES: dict[str, Case] = {
    "cal": Case(
        CAL(),
        {
            "proba": np.array([[0.7, 0.3], [0.9, 0.1]]),
            "embedding": np.array([[1.0, 0.0], [0.0, 2.0]]),
            "labeled_proba": np.array([[0.9, 0.1], [0.6, 0.4]]),
            "labeled_embedding": np.array([[1.0, 1.0], [3.0, 3.0]]),
        },
        [0.069452, 0.155619],  # (0.116322 + 0.022582) / 2; (0 + KL(.6, .9)) / 2
        [1, 0],
    ),
    "falcun": Case(FALCUN(), by_chance=True),
}
