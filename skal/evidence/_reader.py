"""Rows of an array as tensors, a batch at a time."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from skal._containers import take_rows

__all__ = ["RowReader", "shares_memory"]

# what torch picks rows of and converts; of its unsigned integers it can do so with bytes only
TORCH_DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64")
AS_TORCH = {"uint16": "int32", "uint32": "int64", "uint64": "float64", "float128": "float64"}


class RowReader:
    """Rows of an array as tensors of the net's dtype, taken batch by batch.

    The array itself is never converted or copied whole: uint8 images stay uint8, a memmap stays
    on disk.

    Parameters
    ----------
    X : array of shape (n_rows, ...), any numeric dtype
    dtype : torch.dtype
    scale : float, default=1.0
        Factor of every value; 1/255 for pixels.
    sample_shape : tuple, default=None
        Shape in which the module sees a row; None leaves rows as they are stored.

    Examples
    --------
    >>> from skal.evidence.sweep import RowReader
    >>> pixels = np.array([[0, 255], [51, 102]], dtype=np.uint8)
    >>> RowReader(pixels, torch.float32, scale=1 / 255)(np.array([1]), size=2)
    tensor([[0.2000, 0.4000],
            [0.0000, 0.0000]])
    """

    def __init__(
        self,
        X: NDArray[Any],
        dtype: torch.dtype,
        scale: float = 1.0,
        sample_shape: tuple[int, ...] | None = None,
    ):
        self.X = X
        self.dtype = dtype
        self.scale = scale
        self.sample_shape = sample_shape
        # torch picks rows faster, but not from every kind of memory
        self._tensor = torch.from_numpy(X) if shares_memory(X) else None
        plain = torch.empty(X.shape, device="meta").stride()  # is_contiguous overlooks axes of 1
        self._is_ready = self._tensor is not None and (
            self._tensor.dtype,
            self._tensor.stride(),
            scale,
        ) == (dtype, plain, 1.0)

    def __len__(self) -> int:
        return len(self.X)

    def __call__(self, rows: NDArray[np.intp] | slice, size: int | None = None) -> torch.Tensor:
        """Some rows, filled up with zeros to `size` rows where one is given."""
        # 0007: one row after another, so that the layout of X decides no bit
        if self._tensor is None:
            if isinstance(rows, slice):  # a pool takes row numbers
                rows = np.arange(*rows.indices(len(self)))
            part = take_rows(self.X, rows)
            known = AS_TORCH.get(part.dtype.name, part.dtype.name)
            batch = torch.from_numpy(np.array(part, dtype=known, order="C")).to(self.dtype)
        elif isinstance(rows, slice):
            batch = self._tensor[rows]
            if not self._is_ready:  # a copy in vain costs up to 8 % of a small net's prediction
                batch = batch.to(self.dtype, copy=True, memory_format=torch.contiguous_format)
        else:
            picked = torch.from_numpy(np.ascontiguousarray(rows, dtype=np.intp))
            batch = self._tensor.index_select(0, picked).to(self.dtype)
        if self.scale != 1.0:  # in place: the batch is a copy then
            batch.mul_(self.scale)
        if self.sample_shape is not None:
            batch = batch.reshape(-1, *self.sample_shape)
        missing = 0 if size is None else size - len(batch)
        if not missing:
            return batch
        return torch.cat([batch, batch.new_zeros((missing, *batch.shape[1:]))])


def shares_memory(X: NDArray[Any]) -> bool:
    """Say whether torch can look at an array as it lies in memory, without a copy.

    Parameters
    ----------
    X : array

    Returns
    -------
    bool

    Examples
    --------
    >>> from skal.evidence.sweep import shares_memory
    >>> X = np.arange(6.0)
    >>> shares_memory(X[::2]), shares_memory(X[::-1])  # torch has no steps backwards
    (True, False)
    """
    if not isinstance(X, np.ndarray):
        return False
    known = X.dtype.isnative and X.dtype.name in TORCH_DTYPES
    steps = (step >= 0 and step % X.itemsize == 0 for step in X.strides)
    return X.flags.writeable and known and all(steps)  # torch warns of memory that is read-only
