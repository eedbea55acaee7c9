"""Batches cut from arrays in memory: whole slices instead of one row at a time."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset, Subset

from skal.evidence.sweep import RowReader

__all__ = ["BatchIterator", "LabeledRows"]


class LabeledRows(Dataset):
    """Rows, their labels as class columns, and their weights if there are any."""

    def __init__(
        self, reader: RowReader, label: NDArray[np.intp], weight: NDArray[np.floating] | None = None
    ):
        self.reader = reader
        self.label = torch.from_numpy(label.astype(np.int64, copy=False))
        self.weight = None if weight is None else torch.from_numpy(weight)

    def __len__(self) -> int:
        return len(self.label)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, Any]:
        X, y = self.batch(np.array([index]))
        if isinstance(y, dict):
            return X[0], {name: values[0] for name, values in y.items()}
        return X[0], y[0]

    def batch(self, rows: NDArray[np.intp]) -> tuple[torch.Tensor, Any]:
        """Take rows of X and what the loss needs of y."""
        picked = torch.from_numpy(rows)
        y = self.label[picked]
        if self.weight is None:
            return self.reader(rows), y
        return self.reader(rows), {"label": y, "weight": self.weight[picked]}


class BatchIterator:
    """Stand-in for torch's DataLoader over `LabeledRows` or a Subset of them.

    Parameters
    ----------
    dataset : LabeledRows or Subset of it
    batch_size : int, default=64
    shuffle : bool, default=False
        Draw a new order every pass, from `generator`.
    generator : torch.Generator, default=None
        Needed for shuffling; torch's global generator is never used.
    drop_last : bool, default=False
        Leave out a last batch that is not full, if there is another.
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int = 64,
        shuffle: bool = False,
        generator: torch.Generator | None = None,
        drop_last: bool = False,
    ):
        # torch's loader would collate row by row: positions are followed down to the arrays instead
        rows = np.arange(len(dataset))
        while isinstance(dataset, Subset):  # a validation split
            rows, dataset = np.asarray(dataset.indices)[rows], dataset.dataset
        if shuffle and generator is None:
            raise ValueError("shuffle=True needs a generator; got generator=None.")
        self.rows = rows
        self.dataset = dataset
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.generator = generator
        self.drop_last = drop_last

    def __len__(self) -> int:
        return len(self._starts())

    def _starts(self) -> list[int]:
        """Say where batches begin; in training a single last row joins the batch before."""
        n, size = len(self.rows), self.batch_size
        starts = list(range(0, n, size))
        left = n % size
        # batch normalisation has nothing to normalise one row by
        if len(starts) > 1 and ((self.drop_last and left) or (self.shuffle and left == 1)):
            starts.pop()
        return starts

    def __iter__(self) -> Iterator[tuple[torch.Tensor, Any]]:
        rows = self.rows
        if self.shuffle:
            rows = rows[torch.randperm(len(rows), generator=self.generator).numpy()]
        starts = self._starts()
        stop = starts[-1] + self.batch_size if self.drop_last else len(rows)
        for start, end in zip(starts, [*starts[1:], stop]):
            yield self.dataset.batch(rows[start:end])
