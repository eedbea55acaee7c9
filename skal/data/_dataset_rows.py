"""A Dataset as a pool: rows are read when they are needed."""

import os
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["DatasetRows"]


class DatasetRows:
    """A map-style torch Dataset, or any sequence of arrays, as a pool.

    A learner reads only the rows it works on, block by block, so the pool may be larger than
    memory. (A NumPy memmap needs no wrapper.)

    Parameters
    ----------
    dataset : sequence or torch Dataset
        ``dataset[i]`` is an array, a tensor or an image, or a tuple that holds one. All rows have
        the shape and dtype of the first. It must give the same row for the same `i` every time:
        leave random augmentation out.
    column : int, default=0
        Which part of a tuple is the row.

    Notes
    -----
    Values are not checked for NaN or infinity, which would mean to read the pool once more.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.data import DatasetRows
    >>> pool = DatasetRows([(np.full(3, i), i % 2) for i in range(5)])
    >>> pool.shape
    (5, 3)
    >>> pool[[4, 1]]
    array([[4, 4, 4],
           [1, 1, 1]])
    """

    def __init__(self, dataset: Any, column: int = 0):
        if not hasattr(dataset, "__getitem__") or not hasattr(dataset, "__len__"):
            raise TypeError(
                "`dataset` must have a length and be read by position, got "
                f"{type(dataset).__name__}; write an IterableDataset to a memmap first."
            )
        if not len(dataset):
            raise ValueError("`dataset` must have at least one row, got none.")
        self.dataset = dataset
        self.column = column
        first = self._row(0)  # a Dataset does not say what its rows are like
        if first.dtype.kind not in "biufc":
            raise TypeError(
                f"`dataset` must give rows of numbers, got {first.dtype} in row 0"
                + (f", {dataset[0]!r:.60}" if isinstance(dataset[0], str | os.PathLike) else "")
                + "; for files of images pass skal.data.ImageFolderPool(folder), texts as a list "
                "to a Pipeline, and another `column` if that is where the row is."
            )
        self.shape = (len(dataset), *first.shape)
        self.dtype = first.dtype

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def _row(self, i: int) -> NDArray[Any]:
        item = self.dataset[i]
        return np.asarray(item[self.column] if isinstance(item, tuple | list) else item)

    def read_rows(self, rows: Iterable[int]) -> NDArray[Any]:
        """Read some rows into an array.

        Parameters
        ----------
        rows : int array of shape (n,)

        Returns
        -------
        array of shape (n, ...)
        """
        where = [int(i) for i in rows]  # Python's own, as a DataLoader gives them
        out = np.empty((len(where), *self.shape[1:]), dtype=self.dtype)
        for k, i in enumerate(where):
            row = self._row(i)
            if row.shape != self.shape[1:]:
                raise ValueError(
                    f"all rows of `dataset` must be of shape {self.shape[1:]}, as row 0, got "
                    f"{row.shape} in row {i}; pad or resize them."
                )
            out[k] = row
        return out

    def __getitem__(self, key: Any) -> NDArray[Any]:
        rows = np.arange(len(self))[key]  # NumPy's rules for slices, masks and counting from behind
        return self.read_rows(rows) if rows.ndim else self._row(int(rows))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self.read_rows(range(len(self))).astype(dtype or self.dtype, copy=False)
