"""Rows of any container: an array, a DataFrame, a sparse matrix, a list, or a pool on disk."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from numbers import Number
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["RowsOf", "as_array", "is_outside_memory", "match_rows", "n_rows", "row_blocks"]
__all__ += ["row_prints", "stack_rows", "take_rows", "unreadable_rows"]

BLOCK = 2**26  # bytes that a classifier is given at a time, if its numbers are float64
PRINT_BLOCK = 2**24  # bytes that are compared at a time
CACHED = 2**20  # of arrays: three times as fast where a block and its copies stay in the cache
LIST_ROW = 2**10  # bytes guessed for a text, a document, a dict
NUMBERS = "biufc"
TIMES = "mM"
MISSING = np.float64(np.nan).view(np.uint64)
GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # the odd number nearest to 2**64 / golden ratio


# ---------------------------------------------------------------- reading


def n_rows(X: Any) -> int:
    """Count the rows of any container."""
    if getattr(X, "shape", ()):
        return int(X.shape[0])
    try:
        return len(X)
    except TypeError:
        raise TypeError(
            "X must be rows (an array, a DataFrame, a sparse matrix, a list, or a pool with "
            f"`read_rows`), got {type(X).__name__}."
        ) from None


def take_rows(X: Any, rows: Any) -> Any:
    """Take rows of any container; one that reads its rows itself is asked for them."""
    rows = np.asarray(rows)
    if rows.dtype == bool:
        rows = np.flatnonzero(rows)
    elif not rows.size:
        rows = rows.astype(np.intp)  # an empty list is of floats to NumPy
    if hasattr(X, "read_rows"):
        return X.read_rows(rows)
    if hasattr(X, "iloc"):
        return X.take(rows, axis=0)  # a copy of its own: assigning to it warns of nothing
    if hasattr(X, "tocsr"):
        return (X if X.format in ("csr", "csc", "lil") else X.tocsr())[rows]
    if hasattr(X, "shape"):
        return X[rows]
    return [X[row] for row in rows.tolist()]


def as_array(X: Any) -> NDArray[Any]:
    """Make one array of rows: of numbers, wherever all columns of a frame hold numbers."""
    if hasattr(X, "tocsr"):
        return X.toarray()
    array = np.asarray(X)
    if array.dtype == object and hasattr(X, "iloc"):  # bool beside float is object to pandas
        with suppress(ValueError, TypeError):
            return X.to_numpy(dtype=np.float64, na_value=np.nan)
    return array


def row_blocks(X: Any, rows: Any = None, *, n_bytes: int | None = None) -> Iterator[Any]:
    """Read rows of X, all or some, a bounded number of them at a time.

    Parameters
    ----------
    X : any container
    rows : int array of shape (n,), default=None
        None reads all.
    n_bytes : int, default=None
        Size of a block, if its numbers were float64; None is 64 MB.
    """
    rows = np.arange(n_rows(X)) if rows is None else np.asarray(rows)
    if hasattr(X, "tocsr"):
        X = X.tocsr()  # rows of other formats are found by a pass over everything
        row_bytes = 16 * X.nnz // max(1, X.shape[0])  # numbers and their columns
    elif len(getattr(X, "shape", ())) > 1:
        itemsize = getattr(getattr(X, "dtype", None), "itemsize", 8)  # of a torch tensor also
        row_bytes = max(8, itemsize) * int(np.prod(X.shape[1:]))
    else:
        row_bytes = LIST_ROW
    size = max(1, (n_bytes or BLOCK) // max(8, row_bytes))
    for start in range(0, len(rows), size):
        yield take_rows(X, rows[start : start + size])


def is_outside_memory(X: Any) -> bool:
    """Tell whether a pool is read from elsewhere: a memmap, or one that reads its rows itself."""
    base = X
    while base is not None and not isinstance(base, np.memmap):
        base = base.base if isinstance(base, np.ndarray) else None
    return base is not None or hasattr(X, "read_rows")


def unreadable_rows(X: Any, *, look: bool = False) -> NDArray[np.intp]:
    """Give the rows that a pool of files cannot read, as far as it met them, or `look` at all."""
    if look and hasattr(X, "find_unreadable"):
        return X.find_unreadable()
    return np.asarray(getattr(X, "unreadable_rows", ()), dtype=np.intp)


class RowsOf:
    """Some rows of a pool that is not in memory; a pickle holds their values.

    Parameters
    ----------
    X : memmap or pool with `read_rows`
    rows : int array of shape (n,)
    """

    def __init__(self, X: Any, rows: NDArray[np.intp]):
        self.X = X
        self.rows = rows
        self.shape = (len(rows), *X.shape[1:])
        self.dtype = X.dtype

    def __len__(self) -> int:
        return len(self.rows)

    def read_rows(self, rows: NDArray[np.intp]) -> NDArray[Any]:
        """Read some of them into an array."""
        return take_rows(self.X, self.rows[rows])

    @property
    def unreadable_rows(self) -> NDArray[np.intp]:
        """Rows of them that the pool could not read so far."""
        return np.flatnonzero(np.isin(self.rows, unreadable_rows(self.X)))

    def __reduce__(self) -> Any:
        return np.asarray, (self.read_rows(np.arange(len(self))),)


# ---------------------------------------------------------------- stacking


def stack_rows(first: Any, second: Any) -> Any:
    """Put two blocks of rows one below the other, in the kind of container the first came in."""
    first, second = (
        X.read_rows(np.arange(len(X))) if hasattr(X, "read_rows") else X for X in (first, second)
    )
    if hasattr(first, "iloc"):
        return _below_frame(first, second)
    if hasattr(first, "tocsr"):
        from scipy.sparse import csr_array, vstack

        below = second if hasattr(second, "tocsr") else csr_array(as_array(second))
        return vstack([first, below], format="csr")
    if not isinstance(first, np.ndarray):
        return [*first, *(second if isinstance(second, list | tuple) else as_array(second))]
    second = as_array(second)
    kinds = {first.dtype.kind, second.dtype.kind}
    if len(kinds) > 1 and not kinds <= set(NUMBERS):
        first, second = first.astype(object), second.astype(object)  # 1 is not the text "1"
    return np.concatenate([first, second])


def _below_frame(first: Any, second: Any) -> Any:
    """Put rows below a DataFrame or Series; what is none takes its names by position."""
    import pandas

    if not hasattr(second, "iloc") and first.ndim == 1:
        second = pandas.Series(list(second), name=first.name)
    elif not hasattr(second, "iloc"):
        second = pandas.DataFrame(as_array(second), columns=first.columns).infer_objects()
    names = [list(getattr(X, "columns", ())) for X in (first, second)]
    if names[0] != names[1]:  # pandas would sort by name, and fill up with NaN
        raise ValueError(
            f"X must have the columns {names[0]} as at first, got {names[1]}; pass them all, "
            "and in that order."
        )
    return pandas.concat([first, second], ignore_index=True)


# ---------------------------------------------------------------- recognising rows


def row_prints(X: Any, rows: Any = None, *, rounded: bool = False) -> NDArray[np.uint64]:
    """Compute a 64-bit number from each row's values; equal rows have equal ones.

    What holds the values does not matter: neither the container nor the dtype. Numbers are
    compared as numbers, -0.0 is 0.0, and all that is missing (NaN, None, NaT, NA) is alike.

    Parameters
    ----------
    X : any container
    rows : int array of shape (n,), default=None
        Rows to read; None reads all. Either way block by block.
    rounded : bool, default=False
        Round numbers to float32 first, so that rows which were cast on their way are known again.

    Returns
    -------
    array of shape (n,)

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse import csr_array
    >>> from skal._containers import row_prints
    >>> a, b, c = row_prints(np.array([[1.0, 0.0], [1.0, 3.0], [1.0, 0.0]]))
    >>> bool(a == c), bool(a == b)
    (True, False)
    >>> bool(a == row_prints(csr_array([[1, 0]]))[0])
    True
    """
    blocks = row_blocks(X, rows, n_bytes=CACHED if hasattr(X, "dtype") else PRINT_BLOCK)
    parts = [_prints(block, rounded) for block in blocks]
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.uint64)


def match_rows(wanted: NDArray[np.uint64], pool: NDArray[np.uint64]) -> NDArray[np.intp]:
    """Find the row of the pool that each wanted print stands for, -1 where there is none.

    Rows are distinct: k equal prints take k equal rows, the first ones first.
    """
    hits = np.flatnonzero(np.isin(pool, wanted))
    places: dict[int, list[int]] = {}
    for row in hits[::-1].tolist():
        places.setdefault(int(pool[row]), []).append(row)
    found = [places[key].pop() if places.get(key) else -1 for key in wanted.tolist()]
    return np.array(found, dtype=np.intp)


def _prints(block: Any, rounded: bool) -> NDArray[np.uint64]:
    if hasattr(block, "tocsr"):
        return _sparse_prints(block.tocsr(), rounded)
    if hasattr(block, "iloc") and block.ndim == 2:
        return _frame_prints(block, rounded)
    values = list(block) if isinstance(block, list | tuple) else np.asarray(block)
    if isinstance(values, np.ndarray) and (values.ndim > 1 or values.dtype.kind in NUMBERS + TIMES):
        words = _words(values.reshape(len(values), -1), rounded)
        return _sums(words, np.arange(words.shape[1])) + _length(words.shape[1])
    words = _words(values, rounded)  # an item is a row of values, or the only value of its row
    alone = _sums(words[:, None].copy(), np.arange(1)) + _length(1)
    return np.where([_holds_values(item) for item in values], words, alone)


def _frame_prints(frame: Any, rounded: bool) -> NDArray[np.uint64]:
    total = np.repeat(_length(frame.shape[1]), len(frame))
    alike = defaultdict(list)  # columns of one dtype at once: a cast of all would lose digits
    for place, dtype in enumerate(frame.dtypes):
        if isinstance(dtype, np.dtype):
            alike[dtype].append(place)
            continue
        column, kind = frame.iloc[:, place], getattr(dtype, "numpy_dtype", np.dtype(object))
        if kind.kind in NUMBERS:  # nullable: as floats, whole numbers would lose digits
            words = _words(column.to_numpy(dtype=kind, na_value=kind.type(0)), rounded)
            words[column.isna()] = MISSING
        else:
            words = _words(np.asarray(column), rounded)
        total += _sums(words[:, None], np.array([place]))
    for places in alike.values():
        total += _sums(_words(frame.iloc[:, places].to_numpy(), rounded), np.array(places))
    return total


def _sparse_prints(csr: Any, rounded: bool) -> NDArray[np.uint64]:
    """Sum what is stored: a zero adds nothing to a row's sum."""
    if not csr.has_canonical_format:
        csr = csr.copy()
        csr.sum_duplicates()
    parts = _mixed(_words(csr.data, rounded)) * _factors(csr.indices)
    sums = np.append(np.uint64(0), np.cumsum(parts))  # modulo 2**64, as are their differences
    return sums[csr.indptr[1:]] - sums[csr.indptr[:-1]] + _length(csr.shape[1])


# ---------------------------------------------------------------- a word for each value


def _words(values: Any, rounded: bool) -> NDArray[np.uint64]:
    """Make 64 bits of each value of an array or a list; 0 of the number 0 only."""
    if isinstance(values, np.ndarray) and values.dtype.kind in NUMBERS:
        return _number_words(values, rounded)
    if isinstance(values, np.ndarray) and values.dtype.kind in TIMES:
        return _time_words(values)
    shape = np.shape(values) if isinstance(values, np.ndarray) else (len(values),)
    cells = values.ravel().tolist() if isinstance(values, np.ndarray) else values
    kinds = [type(cell) for cell in cells]
    words = np.empty(len(cells), dtype=np.uint64)
    for kind in set(kinds):  # each at once
        where = np.flatnonzero([other is kind for other in kinds])
        words[where] = _words_of_kind(kind, [cells[i] for i in where], rounded)
    return words.reshape(shape)


def _number_words(values: NDArray[Any], rounded: bool) -> NDArray[np.uint64]:
    """Take the bits of a float64, which holds all numbers of smaller dtypes, and what it loses."""
    if values.dtype.kind == "c":
        real, imaginary = (_number_words(part, rounded) for part in (values.real, values.imag))
        return real + _mixed(imaginary)
    if rounded:
        with np.errstate(over="ignore"):
            values = values.astype(np.float32)
    numbers = values.astype(np.float64, order="C")  # a copy, whose bits are the words
    numbers += 0.0  # -0.0 becomes 0.0
    words = numbers.view(np.uint64)
    if values.dtype.kind == "f":
        words[np.isnan(numbers)] = MISSING  # there are many NaNs
    elif values.dtype.itemsize == 8:
        far = np.abs(numbers) >= 2**53
        whole, near = values[far], numbers[far]  # two halves, so that nothing is beyond int64
        lost = ((whole >> 32) * 2.0**32 - near) + (whole & 0xFFFFFFFF)
        words[far] += lost.astype(np.int64).view(np.uint64) * GOLDEN
    return words


def _time_words(values: NDArray[Any]) -> NDArray[np.uint64]:
    """Read seconds and the rest, as one unit for all would not reach over all years."""
    kind = values.dtype.kind
    seconds = values.astype(f"{kind}8[s]")
    rest = (values - seconds).astype("m8[ns]").astype(np.int64)
    words = _number_words(seconds.astype(np.int64), False) + rest.view(np.uint64) * GOLDEN
    return np.where(np.isnat(values), MISSING, words)


def _words_of_kind(kind: type, cells: list[Any], rounded: bool) -> Any:
    """Make words of objects of one type, all at once where they are texts or numbers."""
    if issubclass(kind, str | bytes):
        known = {text: _text_word(text) for text in set(cells)}
        return [known[text] for text in cells]
    if issubclass(kind, np.datetime64 | np.timedelta64):  # the latter is an integer to NumPy
        return _time_words(np.array(cells))
    if issubclass(kind, float | np.floating | complex | np.complexfloating):
        return _number_words(np.array(cells), rounded)
    if issubclass(kind, int | np.integer | np.bool_):
        if -(2**63) <= int(min(cells)) and int(max(cells)) < 2**63:
            return _number_words(np.array(cells, dtype=np.int64), rounded)
    if kind.__name__ in ("NoneType", "NAType", "NaTType"):  # the last two are those of pandas
        return MISSING
    return [_word(cell, rounded) for cell in cells]


def _word(cell: Any, rounded: bool) -> np.uint64:
    """Make a word of anything else: a rare number, a time, a cell that holds several values."""
    if isinstance(cell, int | np.integer) and 0 <= cell < 2**64:
        return _number_words(np.array([cell], dtype=np.uint64), rounded)[0]
    if isinstance(cell, Number):  # Decimal, Fraction, whole numbers of any length
        with suppress(OverflowError):
            near = float(cell)  # type: ignore[arg-type]
            if rounded or near == cell:
                return _number_words(np.array([near]), rounded)[0]
    if isinstance(cell, date | timedelta):
        unit = "m8" if isinstance(cell, timedelta) else "M8"
        if isinstance(cell, datetime) and cell.tzinfo is not None:
            cell = cell.astimezone(UTC).replace(tzinfo=None)
        cell = cell.to_numpy() if hasattr(cell, "to_numpy") else cell  # pandas has nanoseconds
        return _time_words(np.array([cell], dtype=unit))[0]
    if isinstance(cell, Mapping):
        words = _words(list(cell.values()), rounded)
        words += _mixed(_words(list(cell), rounded)) * GOLDEN  # of the key
        return (_mixed(words).sum(keepdims=True) + _length(len(words)))[0]  # in any order
    if isinstance(cell, Set):
        return _word(dict.fromkeys(cell), rounded)
    if _holds_values(cell):
        return _print_of(cell, rounded)
    return _text_word(repr(cell).encode(errors="surrogatepass"))


def _holds_values(item: Any) -> bool:
    is_array = hasattr(item, "__array__") and not isinstance(item, np.generic)
    return is_array or isinstance(item, list | tuple)


def _print_of(row: Any, rounded: bool) -> np.uint64:
    """Print a row that came by itself: a document, an image, a list of numbers."""
    values = list(row) if isinstance(row, list | tuple) else np.asarray(row)
    if isinstance(values, list) and any(map(_holds_values, values)):
        with suppress(ValueError):  # of several lengths
            array = np.asarray(values)
            values = array if array.dtype.kind in NUMBERS else values
    words = _words(values, rounded).reshape(1, -1)
    return (_sums(words, np.arange(words.size)) + _length(words.size))[0]


def _text_word(text: str | bytes) -> np.uint64:
    data = text.encode("utf8", "surrogatepass") if isinstance(text, str) else text
    digest = blake2b(data, digest_size=8, key=b"text" if isinstance(text, str) else b"").digest()
    return np.frombuffer(digest, dtype="<u8")[0]


def _length(n: int) -> NDArray[np.uint64]:
    """Make a row's length part of its print; an array, as these may overflow quietly."""
    return _factors(np.array([-1 - n]))


def _sums(words: NDArray[np.uint64], places: NDArray[Any]) -> NDArray[np.uint64]:
    """Sum each row's mixed words times odd factors, modulo 2**64; the words are overwritten."""
    return _mixed(words) @ _factors(places)


def _mixed(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread what differs over all bits, in place; one to one, and 0 stays 0."""
    words ^= words >> np.uint64(32)
    words *= GOLDEN
    words ^= words >> np.uint64(29)
    return words


def _factors(places: NDArray[Any]) -> NDArray[np.uint64]:
    """Draw odd numbers without a pattern: SplitMix64 (Steele, Lea, Flood 2014) at place + 1."""
    z = (places.astype(np.uint64) + np.uint64(1)) * GOLDEN
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (z ^ (z >> np.uint64(31))) | np.uint64(1)
