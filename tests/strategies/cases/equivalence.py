"""Ask what separates hypotheses that would decide differently."""

import numpy as np

from skal.strategies import BALanCe, BatchBALanCe
from tests.strategies.cases._case import Case

# One row under two pairs of draws; the first pair agrees on its class, the second does not.
PAIRS = {"mc_proba": np.array([[[0.8, 0.2]], [[0.6, 0.4]], [[0.3, 0.7]], [[0.9, 0.1]]])}

# Pair 0 differs on rows 0 and 1 (copies), pair 1 on row 2.
SURE = np.array([[1, 1, 1], [0, 0, 1], [1, 1, 1], [1, 1, 0]])

CASES: dict[str, Case] = {
    "balance": Case(BALanCe(), PAIRS, [0.341270], [0]),
    "balance of all pairs": Case(BALanCe(threshold=0), PAIRS, [0.487103], [0]),
    "balance of one pair": Case(BALanCe(threshold=0.5), PAIRS, [0.341270], [0]),
    "batch_balance": Case(BatchBALanCe()),
    "batch_balance avoids the copy": Case(
        BatchBALanCe(), {"mc_proba": np.stack([SURE, 1 - SURE], axis=2)}, order=[0, 2, 1]
    ),
}
