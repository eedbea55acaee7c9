"""Embeddings of a whole pool, computed once and kept while the pool lives."""

import weakref
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skal._containers import n_rows, row_blocks
from skal.evidence._needs import Given
from skal.exceptions import EvidenceError

__all__ = ["PoolCache"]


class PoolCache:
    """Answers of functions about a pool, by function and pool.

    A pickle or copy of it starts empty: nothing here cannot be computed again.
    """

    def __init__(self) -> None:
        self._answers: dict[tuple[int, Given], tuple[Any, NDArray[Any]]] = {}

    def rows_of(self, need: Given, X: Any, rows: NDArray[np.intp]) -> NDArray[Any]:
        """Rows of what was given, or of what a function says about X."""
        whole = self._computed(need, X) if callable(need.features) else need.features
        if len(whole) != n_rows(X):
            raise EvidenceError(
                f"features has {len(whole)} rows, but the pool has {n_rows(X)}; give one row of "
                "features for each row of the pool (or a function of X, which also serves rows "
                "that were taught and are not in the pool)."
            )
        return np.asarray(whole[rows])

    def _computed(self, need: Given, X: Any) -> NDArray[Any]:
        key = (id(X), need)
        alive, answer = self._answers.get(key, (lambda: None, None))
        if alive() is X and answer is not None:
            return answer
        parts = [np.asarray(need.features(part)) for part in row_blocks(X)]
        answer = np.concatenate(parts)
        if answer.ndim != 2:
            raise EvidenceError(
                f"features={need.features!r} gave an array of shape {answer.shape}; needed is one "
                "row of features for each row of X."
            )
        self._answers = {k: v for k, v in self._answers.items() if v[0]() is not None}
        try:
            self._answers[key] = (weakref.ref(X), answer)
        except TypeError:  # a list cannot be watched: computed again next time
            pass
        return answer

    def __getstate__(self) -> dict[str, Any]:
        return {"_answers": {}}

    def __deepcopy__(self, memo: Any) -> "PoolCache":
        return PoolCache()
