"""The labels a learner was taught: append only."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skal._containers import (
    RowsOf,
    is_outside_memory,
    match_rows,
    n_rows,
    row_prints,
    stack_rows,
    take_rows,
)

__all__ = ["Taught"]


@dataclass(frozen=True)
class Taught:
    """Labelled rows in the order in which they were taught; adding gives a new object."""

    X: Any  # (n_labeled, ...), a copy of those rows only
    y: NDArray[Any]  # (n_labeled,)
    rows: NDArray[np.intp]  # position in the pool, -1 where it was not said
    rounds: NDArray[np.intp]  # round in which each was labelled
    marks: NDArray[np.uint64]  # fingerprint of each row's content
    params: dict[str, NDArray[Any]]  # per-row fit parameters, such as sample_weight

    @classmethod
    def from_pool(
        cls,
        X: Any,
        y: NDArray[Any],
        rows: NDArray[np.intp],
        rounds: NDArray[np.intp],
        params: dict[str, NDArray[Any]],
    ) -> "Taught":
        """Copy the labelled rows of a pool; of one that is not in memory, only where they are."""
        own = RowsOf(X, rows) if is_outside_memory(X) else take_rows(X, rows)
        taken = {name: values[rows] for name, values in params.items()}
        return cls(own, y[rows], rows, rounds, row_prints(X, rows), taken)

    def __len__(self) -> int:
        return len(self.y)

    def add(
        self,
        X: Any,
        y: NDArray[Any],
        rows: NDArray[np.intp],
        round_: int,
        params: dict[str, NDArray[Any]],
    ) -> "Taught":
        """The same and more."""
        first = not len(self)
        marks = np.append(self.marks, row_prints(X))
        X = X if first else stack_rows(self.X, X)
        return Taught(
            X=X,
            y=y if first else np.concatenate([self.y, y]),
            rows=np.append(self.rows, rows),
            rounds=np.append(self.rounds, np.full(len(rows), round_)),
            marks=marks,
            params=self._joined(params, len(y)),
        )

    def _joined(self, params: dict[str, NDArray[Any]], n: int) -> dict[str, NDArray[Any]]:
        """Per-row parameters of all rows; a weight that was not given is 1."""
        joined = {}
        for name in {**self.params, **params}:
            parts = [self.params.get(name), params.get(name)]
            if any(p is None for p in parts) and len(self) and not name.endswith("sample_weight"):
                raise ValueError(
                    f"{name} must be given for all taught rows or for none, as the training mode "
                    "may train on them together."
                )
            sizes = (len(self), n)
            filled = [np.ones(k) if p is None else p for p, k in zip(parts, sizes, strict=True)]
            joined[name] = np.concatenate(filled)
        return joined

    @classmethod
    def nothing(cls) -> "Taught":
        """No labels yet."""
        none = np.empty(0, dtype=np.intp)
        return cls(None, np.empty(0), none, none, np.empty(0, dtype=np.uint64), {})

    def rows_in(self, pool: Any) -> NDArray[np.intp]:
        """Row of `pool` that each taught row is, or -1.

        A row is recognised by its content, so that rows taught without their position, and pools
        that were cut or sorted anew, are understood; k equal taught rows take k equal rows.
        """
        n, rounded = n_rows(pool), _narrow(self.X) != _narrow(pool)
        taught = row_prints(self.X, rounded=True) if rounded else self.marks
        told = (self.rows >= 0) & (self.rows < n)
        if told.any():
            same = row_prints(pool, self.rows[told], rounded=rounded) == taught[told]
            told[told] = same | (_container(self.X) != _container(pool))  # not to be compared
        found = np.where(told, self.rows, -1)
        if not told.all():
            marks = row_prints(pool, rounded=rounded)
            open_rows = np.setdiff1d(np.arange(n), found[told])
            matched = match_rows(taught[~told], marks[open_rows])
            found[~told] = np.where(matched >= 0, open_rows[matched], -1)
        return found


def _narrow(X: Any) -> bool:
    return getattr(X, "dtype", None) == np.float32


def _container(X: Any) -> str:
    """Kind of container; rows of different kinds may have been changed on their way."""
    if hasattr(X, "iloc"):
        return "frame" if X.ndim == 2 else "list"
    if hasattr(X, "tocsr"):
        return "sparse"
    return "array" if len(getattr(X, "shape", ())) > 1 else "list"
