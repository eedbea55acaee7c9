"""Recognising rows by their content."""

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skal._compat import n_rows, safe_indexing
from skal._optional import require

__all__ = ["fingerprints", "match_rows"]

BLOCK = 2**24  # bytes read at a time
GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # the odd number nearest to 2**64 / golden ratio


def fingerprints(
    X: Any, rows: NDArray[np.intp] | None = None, dtype: np.dtype[Any] | None = None
) -> NDArray[np.uint64]:
    """64-bit fingerprint of each row's content; equal rows have equal fingerprints.

    Parameters
    ----------
    X : array, memmap, DataFrame, sparse matrix or list
    rows : int array, default=None
        Rows to read; None reads all, block by block.
    dtype : NumPy dtype, default=None
        Read an array's numbers as if they were stored so.

    Returns
    -------
    array of shape (n,)

    Examples
    --------
    >>> import numpy as np
    >>> from skal.data._rows import fingerprints
    >>> a, b, c = fingerprints(np.array([[1.0, 2.0], [1.0, 3.0], [1.0, 2.0]]))
    >>> bool(a == c), bool(a == b)
    (True, False)
    """
    where = np.arange(n_rows(X)) if rows is None else np.asarray(rows)
    if not len(where):
        return np.empty(0, dtype=np.uint64)
    blocks = (safe_indexing(X, part) for part in _parts(X, where))
    cast = blocks if dtype is None else (block.astype(dtype) for block in blocks)
    return np.concatenate([_of_block(block) for block in cast])


def _parts(X: Any, rows: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    itemsize = getattr(getattr(X, "dtype", None), "itemsize", 8)  # sparse and DataFrames: a guess
    row_bytes = itemsize * int(np.prod(getattr(X, "shape", (0, 128))[1:]))
    size = max(1, BLOCK // max(1, row_bytes))
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _of_block(block: Any) -> NDArray[np.uint64]:
    if isinstance(block, np.ndarray) and block.dtype.kind in "fiubc":
        return _of_numbers(block)
    if hasattr(block, "iloc") and block.ndim == 1:
        block = block.tolist()
    if hasattr(block, "iloc") and all(kind.kind in "fiub" for kind in block.dtypes):
        return _of_numbers(block.to_numpy())
    if hasattr(block, "iloc"):
        pandas = require("pandas", extra="pandas", purpose="a DataFrame as the pool")
        return pandas.util.hash_pandas_object(block, index=False).to_numpy(np.uint64)
    if hasattr(block, "tocsr"):
        csr = block.tocsr().copy()
        csr.sum_duplicates()  # and sorts
        block = [
            (csr.indices[a:b].tolist(), csr.data[a:b].tolist())
            for a, b in zip(csr.indptr[:-1], csr.indptr[1:], strict=True)
        ]
    digests = [blake2b(_as_text(row).encode(), digest_size=8).digest() for row in block]
    return np.frombuffer(b"".join(digests), dtype=np.uint64).copy()


def _as_text(row: Any) -> str:
    return str(row) if isinstance(row, str) else repr(row)  # the repr of NumPy's str differs


def _of_numbers(block: NDArray[Any]) -> NDArray[np.uint64]:
    """Mix the words of each row, then add them up with odd factors, modulo 2**64."""
    data = np.ascontiguousarray(block).reshape(len(block), -1).view(np.uint8)
    missing = -data.shape[1] % 8
    if missing:
        data = np.pad(data, ((0, 0), (0, missing)))
    words = np.ascontiguousarray(data).view(np.uint64)
    mixed = words ^ (words >> np.uint64(32))
    mixed *= GOLDEN
    mixed ^= mixed >> np.uint64(29)
    mixed *= _factors(words.shape[1])
    return np.asarray(mixed.sum(axis=1, dtype=np.uint64))


def _factors(n: int) -> NDArray[np.uint64]:
    """Odd numbers without a pattern: SplitMix64 (Steele, Lea, Flood 2014) at 1, 2, ..., n."""
    z = np.arange(1, n + 1, dtype=np.uint64) * GOLDEN
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (z ^ (z >> np.uint64(31))) | np.uint64(1)


def match_rows(wanted: NDArray[np.uint64], pool: NDArray[np.uint64]) -> NDArray[np.intp]:
    """Row of the pool that each wanted fingerprint stands for.

    Parameters
    ----------
    wanted : array of shape (n,)
    pool : array of shape (n_rows,)

    Returns
    -------
    int array of shape (n,)
        Distinct rows, so that k equal fingerprints take k equal rows; -1 where there is none.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.data._rows import match_rows
    >>> match_rows(np.array([7, 7, 9], np.uint64), np.array([5, 7, 8, 7], np.uint64))
    array([ 1,  3, -1])
    """
    hits = np.flatnonzero(np.isin(pool, wanted))
    places: dict[int, list[int]] = {}
    for row in hits[::-1].tolist():
        places.setdefault(int(pool[row]), []).append(row)
    found = [places[key].pop() if places.get(key) else -1 for key in wanted.tolist()]
    return np.array(found, dtype=np.intp)
