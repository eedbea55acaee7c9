"""Runs as plain files: an index in JSON and a NumPy archive a run, each written whole or not."""

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from skal.learner import History

__all__ = [
    "file_of",
    "holds_index",
    "journal_of",
    "plain",
    "plain_data",
    "read_history",
    "read_index",
    "same_history",
    "write_history",
    "write_index",
]

INDEX = "comparison.json"
FORMAT = 1  # of the index: others are refused
COUNTS = "class_counts"


def file_of(key: str) -> str:
    """Where a run lies inside the folder of a comparison."""
    return f"runs/{key}.npz"


def journal_of(key: str) -> str:
    """Where the rounds of a run lie, inside that folder, until all of them are played."""
    return f"unfinished/{key}.jsonl"


def plain_data(data: Any) -> dict[str, Any]:
    """A `DataSet` in values that JSON takes; its labels keep their types."""
    counts = [[label, count] for label, count in data.class_counts.items()]
    return {**vars(data), "class_counts": counts}


def write_history(path: Path, history: History) -> None:
    """Write one run; a reader finds all of it or nothing.

    Parameters
    ----------
    path : Path
        Ends in ``.npz``.
    history : History
    """
    names = list(dict.fromkeys(name for record in history for name in record))
    columns: dict[str, NDArray[Any]] = {"rounds": np.array(len(history))}
    for name in names:
        has = np.array([name in record for record in history])  # (n_rounds,)
        values = [record[name] for record in history if name in record]
        columns[f"{name}:has"] = has
        if name == COUNTS:
            labels = sorted({label for counts in values for label in counts}, key=str)
            columns["counted:labels"] = np.array(labels)
            columns[name] = np.array([[c.get(label, 0) for label in labels] for c in values])
        elif isinstance(values[0], np.ndarray | list | tuple):  # of other lengths in each round
            columns[f"{name}:sizes"] = np.array([len(value) for value in values], dtype=np.int64)
            columns[name] = np.concatenate([plain(value) for value in values])
        else:
            columns[name] = np.array(values)
    with _whole(path) as file:  # no pickle: it would run code when a stranger's folder is read
        np.savez_compressed(file, allow_pickle=False, **columns)


def plain(values: Any) -> NDArray[Any]:
    """An array that is written without pickle: objects become what they are, such as texts."""
    array = np.asarray(values)
    return np.array(array.tolist()) if array.dtype == object else array


def read_history(path: Path) -> History:
    """Read one run.

    Parameters
    ----------
    path : Path

    Returns
    -------
    History
    """
    with np.load(path, allow_pickle=False) as file:
        columns = dict(file)
    records: list[dict[str, Any]] = [{} for _ in range(int(columns["rounds"]))]
    for name in (key for key in columns if f"{key}:has" in columns):
        values: Any = columns[name].tolist()
        if name == COUNTS:
            labels = columns["counted:labels"].tolist()
            values = [
                {label: n for label, n in zip(labels, line, strict=True) if n} for line in values
            ]
        elif f"{name}:sizes" in columns:
            # the last sum is the end, where there is nothing to cut
            values = np.split(columns[name], np.cumsum(columns[f"{name}:sizes"])[:-1])
        for at, value in zip(np.flatnonzero(columns[f"{name}:has"]), values, strict=True):
            records[at][name] = value
    return History(records)


def write_index(folder: Path, index: dict[str, Any]) -> None:
    """Write what a comparison consists of, and which file holds which run.

    Parameters
    ----------
    folder : Path
    index : dict
        Values that JSON takes.
    """
    text = json.dumps({"format": FORMAT, **index}, indent=1, ensure_ascii=False)
    with _whole(folder / INDEX) as file:
        file.write(text.encode("utf8"))


def holds_index(folder: Path) -> bool:
    """Whether a comparison lies in the folder."""
    return (folder / INDEX).is_file()


def read_index(folder: Path) -> dict[str, Any]:
    """Read what a comparison consists of.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    dict
    """
    path = folder / INDEX
    if not holds_index(folder):
        raise FileNotFoundError(
            f"{folder} holds no {INDEX}; pass the folder that compare or Comparison.save wrote."
        )
    index: dict[str, Any] = json.loads(path.read_text(encoding="utf8"))
    if index.get("format") != FORMAT:
        raise ValueError(
            f"{path} has format {index.get('format')!r}, but this version reads {FORMAT}; "
            "read it with the version that wrote it."
        )
    return index


def same_history(one: History, other: History) -> bool:
    """Whether two runs went alike; the time they took does not count."""
    return len(one) == len(other) and all(
        _same(a.get(name), b.get(name))
        for a, b in zip(one, other, strict=True)
        for name in {*a, *b}
        if not name.endswith("_seconds")
    )


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) or one is None or other is None:
        return bool(one == other)
    one, other = plain(one), plain(other)
    # only floats can be NaN; NumPy refuses to look for it in texts
    numbers = one.dtype.kind in "fc" and other.dtype.kind in "fc"
    return np.array_equal(one, other, equal_nan=numbers)


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that gets its name only when all of it has reached the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # two processes may write one run at the same time: each its own part, the last name counts
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())  # else a name may survive a power cut, and its content not
        os.replace(part, path)
    except BaseException:  # an interruption too must leave nothing behind
        part.unlink(missing_ok=True)
        raise
