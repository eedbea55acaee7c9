"""Answers as CSV, which spreadsheets open: cells that would be formulas are disarmed."""

import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from skal.labeling.exchange._files import decoded, write_whole
from skal.labeling.exchange._table import COLUMNS, Table, as_table, written_instant

__all__ = ["read_csv", "write_csv"]

FORMULA = re.compile(r"'*[=+\-@\t\r]")  # what a spreadsheet would compute, or was disarmed
PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")  # a number computes nothing
DELIMITERS = ",;\t"


def write_csv(path: Any, table: Mapping[str, Any]) -> Path:
    """Write answers as CSV.

    Parameters
    ----------
    path : path
    table : dict of columns
        ``key`` and ``label``, and what is known of ``annotator``, ``at``, ``seconds``,
        ``action``, ``confidence``, ``round``, ``sha256``.

    Returns
    -------
    Path

    Notes
    -----
    A cell that a spreadsheet would take for a formula gets an apostrophe in front, which
    `read_csv` takes away.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from skal.labeling.exchange import write_csv
    >>> with TemporaryDirectory() as folder:
    ...     path = write_csv(f"{folder}/labels.csv", {"key": ["=1.png"], "label": ["cat"]})
    ...     print(path.read_text())
    key,label,annotator,at,seconds,action,confidence,round
    '=1.png,cat,,,,label,,
    """
    filled = as_table(table)
    names = [name for name in COLUMNS if name != "sha256" or any(filled[name])]
    filled["at"] = [written_instant(at) for at in filled["at"]]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(names)
    for entry in zip(*(filled[name] for name in names)):
        writer.writerow([_cell(value) for value in entry])
    return write_whole(path, stream.getvalue().encode("utf8", errors="surrogateescape"))


def read_csv(path: Any, *, key: str = "key", label: str = "label") -> Table:
    r"""Read answers from CSV, with commas, semicolons or tabs.

    Parameters
    ----------
    path : path
        A text in UTF-8 with a line of names.
    key, label : str
        Names of the two columns that must be there. Other columns of `write_csv` are read by
        their names; more are left out.

    Returns
    -------
    dict of lists
        A column each.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skal.labeling.exchange import read_csv
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "labels.csv")
    ...     _ = path.write_text("file;kind\na.png;cat\n")
    ...     read_csv(path, key="file", label="kind")["label"]
    ['cat']
    """
    lines = io.StringIO(decoded(path), newline="")
    head = lines.readline()
    lines.seek(0)
    delimiter = max(DELIMITERS, key=head.count)
    reader = csv.reader(lines, delimiter=delimiter)
    names = [name.strip() for name in next(reader, [])]
    for name in (key, label):
        if names.count(name) != 1:
            raise ValueError(
                f"{path} must have one column {name!r}, got {names}; name the columns by key= and "
                "label=."
            )
    entries = []
    for cells in reader:
        if not cells:
            continue  # an empty line
        if len(cells) > len(names):
            raise ValueError(
                f"line {reader.line_num} of {path} must have {len(names)} cells, got {len(cells)}; "
                "put cells with delimiters in quotes."
            )
        entries.append([_text(cell) for cell in cells] + [""] * (len(names) - len(cells)))
    known = {key: "key", label: "label"}
    columns = {
        known.get(name, name): [entry[at] for entry in entries]
        for at, name in enumerate(names)
        if name in (key, label) or (name in COLUMNS and name not in ("key", "label"))
    }
    table = as_table(columns)
    for name in ("label", "annotator"):
        for value in table[name]:
            if value is not None and not value.isascii():
                _check_utf8(path, value)
    return table


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = repr(value) if isinstance(value, float) else str(value)
    return f"'{text}" if FORMULA.match(text) and not PLAIN.fullmatch(text) else text


def _text(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and FORMULA.match(cell) else cell


def _check_utf8(path: Any, value: str) -> None:
    try:
        value.encode("utf8")
    except UnicodeEncodeError:
        raise ValueError(
            f"{path} must be a text in UTF-8, got {value!r}; save it as 'CSV UTF-8'."
        ) from None
