"""Whether rows are on the scale of those that a learner was taught."""

import warnings
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skal._caller import level_of_caller
from skal._containers import as_array, n_rows, take_rows

__all__ = ["ENOUGH", "ColumnSizes", "column_sizes", "row_shape", "warn_of_other_scale"]

N_ROWS, N_COLUMNS = 16, 1024  # that are looked at: a pool is never read whole
ENOUGH = 32  # values on either side: fewer say little of a scale
FACTOR = 20  # pixels differ by 255, samples of rows of one kind by less than 10


class ColumnSizes(NamedTuple):
    """How large the numbers in some columns are, among a few rows."""

    size: NDArray[np.floating]  # (n_columns,) median of what is not 0; NaN: nothing is
    n: NDArray[np.intp]  # (n_columns,) of how many values
    is_uint8: bool


def column_sizes(X: Any) -> ColumnSizes | None:
    """Look at columns of a few rows far apart; None where rows are no numbers."""
    n = n_rows(X)
    # a pool that reads its rows itself, such as a folder, reads them when they must be
    if not n or not row_shape(X) or hasattr(X, "read_rows"):
        return None
    rows = take_rows(X, np.unique(np.linspace(0, n - 1, min(n, N_ROWS)).astype(np.intp)))
    values = as_array(_some_columns(rows))
    if values.dtype.kind not in "fiu":
        return None
    with np.errstate(invalid="ignore", over="ignore"):
        sizes = np.abs(values.astype(np.float64))
    sizes[~np.isfinite(sizes) | (sizes == 0)] = np.nan
    there = (~np.isnan(sizes)).sum(axis=0)
    median = np.full(len(there), np.nan)
    median[there > 0] = np.nanmedian(sizes[:, there > 0], axis=0)
    return ColumnSizes(median, there, getattr(X, "dtype", None) == np.uint8)


def row_shape(X: Any) -> tuple[int, ...] | None:
    """Say how large rows are; None of texts, documents and lists."""
    shape: tuple[int, ...] = tuple(getattr(X, "shape", ()))
    return shape[1:] or None


def _some_columns(rows: Any) -> Any:
    if isinstance(rows, np.ndarray):
        rows = rows.reshape(len(rows), -1)
    width = rows.shape[1]
    places = np.unique(np.linspace(0, width - 1, min(width, N_COLUMNS)).astype(np.intp))
    if hasattr(rows, "iloc"):
        return rows.iloc[:, places]
    return (rows.tocsc() if hasattr(rows, "tocsr") else rows)[:, places]


def warn_of_other_scale(
    name: str, X: Any, known: ColumnSizes | None, *, divides_uint8: bool
) -> None:
    """Warn of rows whose numbers are far larger or smaller than those that were taught.

    With `divides_uint8` the classifier itself sees to it that pixels from 0 to 255 and from 0 to
    1 are not mixed up: where it learned from uint8, it takes floats of what it made of them.
    """
    found = None if known is None else column_sizes(X)
    if known is None or found is None or found.size.shape != known.size.shape:
        return
    mixed = divides_uint8 and found.is_uint8 != known.is_uint8
    if mixed and known.is_uint8:
        known = known._replace(size=known.size / 255)
    n = np.minimum(found.n, known.n)
    if n.sum() < ENOUGH:
        return
    ratio = float(np.median(found.size[n > 0] / known.size[n > 0]))
    if 1 / FACTOR <= ratio <= FACTOR or (mixed and ratio > 1):  # which a net refuses
        return
    how = f"{ratio:.3g} times" if ratio > 1 else f"1/{1 / ratio:.3g}"
    warnings.warn(
        f"{name} holds numbers about {how} as large as those of the rows that were learned, such "
        "as pixels from 0 to 255 beside pixels from 0 to 1; pass all rows on one scale, or put a "
        "scaler into a Pipeline with the classifier.",
        stacklevel=level_of_caller(),
    )
