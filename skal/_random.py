"""Where randomness comes from."""

from typing import Any

import numpy as np
from sklearn.utils import check_random_state

__all__ = ["new_seed"]


def new_seed(random_state: Any) -> int:
    """Draw a seed; None draws from fresh entropy, and never from NumPy's global generator."""
    if random_state is None:
        return int(np.random.default_rng().integers(2**31 - 1))
    return int(check_random_state(random_state).randint(2**31 - 1))
