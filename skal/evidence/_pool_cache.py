"""What is known about a whole pool, computed once and kept while the pool lives."""

import weakref
from collections.abc import Callable, Hashable
from threading import RLock
from typing import Any, TypeVar

__all__ = ["PoolCache"]

T = TypeVar("T")


class PoolCache:
    """What was computed about whole pools, kept as long as the pool lives.

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
        self._answers: dict[tuple[int, Hashable], tuple[Any, Any, bytes]] = {}
        # of two threads with one question, one computes and one waits; reentrant, since a function
        # of X that a user gave may ask again
        self._lock = RLock()

    def get(
        self,
        X: Any,
        key: Hashable,
        compute: Callable[[], T],
        mark: Callable[[], bytes] = bytes,
    ) -> T:
        """Give what is known of a pool; compute it if it is not.

        Parameters
        ----------
        X : the pool
            Known by identity. One that cannot be watched, such as a list, is computed again.
        key : hashable
            What is asked of it.
        compute : callable
            Without arguments; gives the answer.
        mark : callable, default=bytes
            Without arguments; gives what the values of X are known by. Where it is another than
            when the answer was computed, X was changed in place, and the answer is computed anew.

        Returns
        -------
        answer
        """
        with self._lock:
            alive, known, marked = self._answers.get((id(X), key), (None, None, b""))
            now = mark()
            # ids of dead objects are given again
            if alive is not None and alive() is X and marked == now:
                return known
            answer = compute()
            self._answers = {k: v for k, v in self._answers.items() if v[0]() is not None}
            try:
                self._answers[id(X), key] = (weakref.ref(X), answer, now)
            except TypeError:  # a list cannot be watched, and may change in place
                pass
            return answer

    def __reduce__(self) -> Any:
        return PoolCache, ()
