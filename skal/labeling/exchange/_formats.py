"""One way in and one way out: the format is told by the name of the file, or by name."""

import inspect
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from skal.labeling.exchange._class_folders import read_class_folders, write_class_folders
from skal.labeling.exchange._coco import read_coco, write_coco
from skal.labeling.exchange._delimited import read_csv, write_csv
from skal.labeling.exchange._files import decoded
from skal.labeling.exchange._hub import write_parquet
from skal.labeling.exchange._json_lines import read_jsonl, write_jsonl
from skal.labeling.exchange._label_studio import read_label_studio, write_label_studio
from skal.labeling.exchange._table import Table

__all__ = ["FORMATS", "SETTLED", "format_of", "read_labels", "write_labels"]

FORMATS = {
    "csv": "answers, for spreadsheets",
    "jsonl": "answers, one JSON object a line",
    "label_studio": "tasks and answers for Label Studio",
    "coco": "labels of images",
    "folders": "a folder a class",
    "parquet": "items with their labels, for Hugging Face datasets",
}
ENDINGS = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
WITHOUT_POOL: dict[str, Callable[..., Path]] = {"csv": write_csv, "jsonl": write_jsonl}
WITH_POOL: dict[str, Callable[..., Path]] = {
    "coco": write_coco,
    "folders": write_class_folders,
    "parquet": write_parquet,
}
READERS: dict[str, Callable[..., Table]] = {
    "csv": read_csv,
    "jsonl": read_jsonl,
    "label_studio": read_label_studio,
    "coco": read_coco,
    "folders": read_class_folders,
}
SETTLED = ("coco", "folders", "parquet")  # take one label a key


def write_labels(
    path: Any,
    table: Mapping[str, Any],
    pool: Any = None,
    *,
    format: str | None = None,
    **options: Any,
) -> Path:
    """Write labels in any format.

    Parameters
    ----------
    path : path
    table : dict of columns
        As for `write_csv`. COCO, folders and parquet take one label a key: aggregate first.
    pool : Items or anything that Items takes, default=None
        What CSV and JSON lines do without.
    format : str, default=None
        One of `FORMATS`. None: by the ending, .csv, .jsonl, .parquet, or no ending for folders.
    **options
        Of the writer of that format, such as ``how="hardlink"``.

    Returns
    -------
    Path

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from skal.labeling.exchange import read_labels, write_labels
    >>> with TemporaryDirectory() as folder:
    ...     path = write_labels(f"{folder}/labels.csv", {"key": ["a.png"], "label": ["cat"]})
    ...     read_labels(path)["label"]
    ['cat']
    """
    name = format_of(path, format)
    if name in WITHOUT_POOL:
        return WITHOUT_POOL[name](path, table, **_options(WITHOUT_POOL[name], options))
    if pool is None:
        raise ValueError(f"`pool` must be passed for the format {name!r}, got None.")
    if name == "label_studio":
        return write_label_studio(path, pool, table, **_options(write_label_studio, options))
    return WITH_POOL[name](path, table, pool, **_options(WITH_POOL[name], options))


def read_labels(path: Any, *, format: str | None = None, **options: Any) -> Table:
    r"""Read labels of any format.

    Parameters
    ----------
    path : path
    format : str, default=None
        One of `FORMATS`, but parquet. None: by the ending; of .json by what is in it.
    **options
        Of the reader of that format, such as ``key="file"``.

    Returns
    -------
    dict of lists
        The columns ``key``, ``label``, ``annotator``, ``at``, ``seconds``, ``action``,
        ``confidence``, ``round`` and ``sha256``; None where nothing is known.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skal.labeling.exchange import read_labels
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "labels.csv")
    ...     _ = path.write_text("key,label\na.png,cat\nb.png,\n")
    ...     read_labels(path)["action"]
    ['label', 'skip']
    """
    place = Path(path)
    if not place.exists():
        raise FileNotFoundError(f"`path` must be a file or folder of labels, got {path}.")
    by_content = format is None and place.is_file() and place.suffix.lower() == ".json"
    name = _by_content(place) if by_content else format_of(place, format)
    if name not in READERS:
        raise ValueError(
            f"`format` must be one of {', '.join(READERS)}, got {name!r}; read parquet with "
            "datasets or pandas."
        )
    return READERS[name](path, **_options(READERS[name], options))


def format_of(path: Any, format: str | None = None) -> str:
    """Tell the format in which a file is to be written.

    Parameters
    ----------
    path : path
    format : str, default=None
        One of `FORMATS`, which is believed; None: by the ending of the path.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If the ending does not tell, as of ``.json``.

    Examples
    --------
    >>> from skal.labeling.exchange import format_of
    >>> format_of("labels.csv"), format_of("sorted/")
    ('csv', 'folders')
    """
    if format is not None:
        if format not in FORMATS:
            raise ValueError(f"`format` must be one of {', '.join(FORMATS)}, got {format!r}.")
        return format
    place = Path(path)
    if place.is_dir() or not place.suffix:
        return "folders"
    found = ENDINGS.get(place.suffix.lower())
    if found is None:
        raise ValueError(
            f"`format` must be told for a file that ends in {place.suffix!r}, got None; it is one "
            f"of {', '.join(FORMATS)}."
        )
    return found


def _by_content(path: Path) -> str:
    return "label_studio" if isinstance(json.loads(decoded(path)), list) else "coco"


def _options(function: Callable[..., Any], options: dict[str, Any]) -> dict[str, Any]:
    known = inspect.signature(function).parameters
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise TypeError(
            f"options must be of {function.__name__}: "
            f"{', '.join(name for name, p in known.items() if p.kind is p.KEYWORD_ONLY)}, got "
            f"{', '.join(unknown)}."
        )
    return options
