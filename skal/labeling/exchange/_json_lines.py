"""Answers as JSON lines: one object an answer, with what is known of it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from skal.labeling.exchange._files import decoded, write_whole
from skal.labeling.exchange._table import COLUMNS, Table, as_table, written_instant

__all__ = ["read_jsonl", "write_jsonl"]


def write_jsonl(path: Any, table: Mapping[str, Any]) -> Path:
    """Write answers as JSON lines.

    Parameters
    ----------
    path : path
    table : dict of columns
        As for `write_csv`.

    Returns
    -------
    Path

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from skal.labeling.exchange import write_jsonl
    >>> with TemporaryDirectory() as folder:
    ...     path = write_jsonl(f"{folder}/labels.jsonl", {"key": ["1.png"], "label": ["cat"]})
    ...     print(path.read_text())
    {"key": "1.png", "label": "cat", "action": "label"}
    """
    filled = as_table(table)
    filled["at"] = [written_instant(at) for at in filled["at"]]
    lines = [
        json.dumps({name: value for name, value in zip(COLUMNS, entry) if value is not None})
        for entry in zip(*(filled[name] for name in COLUMNS))
    ]
    return write_whole(path, "".join(line + "\n" for line in lines).encode("ascii"))


def read_jsonl(path: Any, *, key: str = "key", label: str = "label") -> Table:
    r"""Read answers from JSON lines.

    Parameters
    ----------
    path : path
    key, label : str
        Names that the two have in every object. Other columns of `write_csv` are read by their
        names; more are left out.

    Returns
    -------
    dict of lists
        A column each.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skal.labeling.exchange import read_jsonl
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "labels.jsonl")
    ...     _ = path.write_text('{"text": "a", "label": "spam"}\n')
    ...     read_jsonl(path, key="text")["key"]
    ['a']
    """
    entries = []
    for number, line in enumerate(decoded(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except json.JSONDecodeError as error:
            raise ValueError(f"line {number} of {path} must be JSON, got {error}.") from error
        if not isinstance(entry, dict) or key not in entry:
            raise ValueError(
                f"line {number} of {path} must be an object with {key!r}, got {line[:80]!r}; name "
                "it by key=."
            )
        entries.append(entry)
    named = {"key": key, "label": label}
    return as_table(
        {name: [entry.get(named.get(name, name)) for entry in entries] for name in COLUMNS}
    )
