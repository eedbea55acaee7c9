"""Labels of files: from the folders that hold them, or from a table beside them."""

import csv
import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skal.data._image_files import first_names

__all__ = ["as_label_source", "labels_of", "warn_of_unknown"]

FOLDERS = "folders"
KEY_NAMES = ("key", "path", "file", "filename", "file_name", "image", "id")
LABEL_NAMES = ("label", "class", "target", "category")
Source = str | Mapping[str, str] | None


def as_label_source(labels: Any) -> Source:
    """Read the parameter `labels`: None, "folders", or a table of keys and labels."""
    if labels is None or labels == FOLDERS:
        return labels
    if not isinstance(labels, str | os.PathLike):
        raise TypeError(
            f"`labels` must be None, 'folders' or the path of a CSV file, got {labels!r:.60}."
        )
    path = Path(labels).expanduser()
    if not path.is_file():
        raise FileNotFoundError(
            f"`labels` must be None, 'folders' or the path of a CSV file, got {str(labels)!r}, "
            "which is not there."
        )
    return _read_table(path)


def labels_of(source: Source, root: Path, keys: Sequence[str]) -> NDArray[Any] | None:
    """Give the label of each file, None where it has none."""
    if source is None:
        return None
    found: list[str | None]
    if not isinstance(source, Mapping):
        found = [PurePosixPath(key).parent.name or None for key in keys]
    else:
        names = _names(root, keys)
        table = {names.get(_plain(key, root)): source[key] for key in source}
        found = [table.get(key) for key in keys]
    return np.array(found, dtype=object if None in found else np.str_)


def warn_of_unknown(source: Source, root: Path, keys: Sequence[str]) -> None:
    """Warn of labels of files that are not there: all others have theirs."""
    if not isinstance(source, Mapping):
        return
    names = _names(root, keys)
    unknown = [key for key in source if _plain(key, root) not in names]
    if unknown:
        warnings.warn(
            f"labels of {len(unknown):,} files that are not below {root} are left out: "
            f"{first_names(unknown)}.",
            stacklevel=3,
        )


def _names(root: Path, keys: Sequence[str]) -> dict[str, str]:
    """What a table may call each file: its key, or where one file has it, its name or stem."""
    names: dict[str, str] = {}
    twice = set()
    for key in keys:
        path = PurePosixPath(key)
        for name in {path.name, path.stem}:
            twice |= {name} & names.keys()
            names[name] = key
    return {name: key for name, key in names.items() if name not in twice} | {k: k for k in keys}


def _plain(key: str, root: Path) -> str:
    """Write a key of a table as keys of pools are: below the root, with slashes."""
    key = key.strip().replace("\\", "/")
    if key.startswith("/") and Path(key).is_relative_to(root):
        return Path(key).relative_to(root).as_posix()
    return key.removeprefix("./")


def _read_table(path: Path) -> dict[str, str]:
    with open(path, newline="", encoding="utf-8-sig") as file:
        head = file.readline()
        delimiter = max(",;\t", key=head.count)
        file.seek(0)
        rows = list(csv.reader(file, delimiter=delimiter))
    names = [name.strip().lower() for name in rows[0]] if rows else []
    columns = [
        next((names.index(name) for name in known if name in names), None)
        for known in (KEY_NAMES, LABEL_NAMES)
    ]
    if None in columns:
        raise ValueError(
            f"{path} must have columns named key and label in its first line, got {names}; "
            "rename them."
        )
    table: dict[str, str] = {}
    for line, row in enumerate(rows[1:], start=2):
        key, label = (row[k].strip() if k is not None and k < len(row) else "" for k in columns)
        if key and label and table.setdefault(key, label) != label:
            raise ValueError(
                f"{path} must have one label a file, got {table[key]!r} and {label!r} for {key!r} "
                f"in line {line}; leave one out."
            )
    return table
