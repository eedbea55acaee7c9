"""Arrays about a whole pool, computed once and kept while the pool lives."""

import weakref
from collections.abc import Callable, Hashable
from threading import RLock
from typing import Any

from numpy.typing import NDArray

__all__ = ["PoolCache"]


class PoolCache:
    """Arrays about whole pools, each kept as long as its pool lives.

    A pickle or copy of it starts empty: nothing here cannot be computed again.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.evidence import PoolCache
    >>> cache, pool = PoolCache(), np.ones((1000, 8))
    >>> first = cache.get(pool, "means", lambda: pool.mean(axis=1))
    >>> cache.get(pool, "means", lambda: pool.mean(axis=1)) is first
    True
    """

    def __init__(self) -> None:
        self._answers: dict[tuple[int, Hashable], tuple[Any, NDArray[Any]]] = {}
        self._lock = RLock()  # of two threads with one question, one computes and one waits

    def get(self, X: Any, key: Hashable, compute: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """Give what is known of a pool; compute it if it is not.

        Parameters
        ----------
        X : the pool
            Known by identity. One that cannot be watched, such as a list, is computed again.
        key : hashable
            What is asked of it.
        compute : callable
            Without arguments; gives the array.

        Returns
        -------
        array
        """
        with self._lock:
            alive, answer = self._answers.get((id(X), key), (lambda: None, None))
            if alive() is X and answer is not None:
                return answer
            answer = compute()
            self._answers = {k: v for k, v in self._answers.items() if v[0]() is not None}
            try:
                self._answers[id(X), key] = (weakref.ref(X), answer)
            except TypeError:  # a list cannot be watched
                pass
            return answer

    def __reduce__(self) -> Any:
        return PoolCache, ()
