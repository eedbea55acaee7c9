"""What names the items of any pool for ever, and what their content is known by."""

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skal._containers import RowsOf, n_rows, take_rows

__all__ = ["digests_of", "keys_of"]


def keys_of(X: Any) -> NDArray[np.str_]:
    """Give what names each item of a pool for ever.

    Parameters
    ----------
    X : any container
        A pool with `keys`, a DataFrame, array, memmap, sparse matrix, list.

    Returns
    -------
    keys : array of str of shape (n,)
        Those of the pool, the index of a DataFrame or Series, else row numbers.

    Raises
    ------
    ValueError
        If an index holds a value twice.

    Examples
    --------
    >>> from skal.data import keys_of
    >>> keys_of(["a text", "another"]).tolist()
    ['0', '1']
    """
    if isinstance(X, RowsOf):
        return keys_of(X.X)[X.rows]
    named = getattr(X, "keys", None)
    if hasattr(X, "read_rows") and named is not None and not callable(named):
        return np.asarray(named, dtype=np.str_)
    if hasattr(X, "iloc"):
        keys = np.array([str(value) for value in X.index], dtype=np.str_)
        values, counts = np.unique(keys, return_counts=True)
        if len(values) < len(keys):
            twice = values[counts > 1][:3].tolist()
            raise ValueError(
                f"the index of X must name each row, got {', '.join(map(repr, twice))} more than "
                "once; call X.reset_index(drop=True), or set a column of keys as the index."
            )
        return keys
    return np.arange(n_rows(X)).astype(np.str_)


def digests_of(X: Any, rows: Iterable[int]) -> list[str]:
    """Compute what the content of some items is known by.

    Parameters
    ----------
    X : any container
    rows : int array of shape (n,)

    Returns
    -------
    digests : list of n str
        SHA-256 in hexadecimal: of the bytes of a file, of a text in UTF-8, of the bytes, dtype
        and shape of an array, of the printed values of a row of a table.

    Raises
    ------
    ImageError, OSError
        If a file is not there or lies elsewhere.

    Examples
    --------
    >>> from skal.data import digests_of
    >>> digests_of(["a text", "another", "a text"], [0, 2])[1][:8]
    '734194ed'
    """
    where = np.array([int(row) for row in rows], dtype=np.intp)
    if isinstance(X, RowsOf):
        X, where = X.X, X.rows[where]
    if hasattr(X, "path"):
        return [_of_file(X.path(row)) for row in where.tolist()]
    if hasattr(X, "tocsr"):
        return [_of_array(take_rows(X, [row]).toarray()[0]) for row in where]
    if hasattr(X, "iloc"):
        return _of_frame(take_rows(X, where))
    return [_of_item(take_rows(X, [row])[0]) for row in where]


def _of_file(path: Any) -> str:
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _of_item(item: Any) -> str:
    if isinstance(item, str):
        return _of_text(item)
    if hasattr(item, "__array__"):
        array = np.asarray(item)
        return _of_array(array) if array.dtype.kind not in "OU" else _of_text(repr(array.tolist()))
    return _of_text(repr(item))


def _of_frame(frame: Any) -> list[str]:
    if frame.ndim == 1:
        return [_of_item(value) for value in frame.tolist()]
    names = [str(name) for name in frame.columns]
    return [  # column by column: a row of its own would make floats of whole numbers
        _of_text(repr([*zip(names, map(_plain, values), strict=True)]))
        for values in frame.itertuples(index=False, name=None)
    ]


def _plain(value: Any) -> Any:
    """Give a value as Python's own: NumPy's print as np.float64(0.5) in some versions only."""
    return value.item() if isinstance(value, np.generic) else value


def _of_array(array: NDArray[Any]) -> str:
    head = f"{array.dtype.str} {array.shape} ".encode()
    return hashlib.sha256(head + np.ascontiguousarray(array).tobytes()).hexdigest()


def _of_text(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
