"""Labelled items as a dataset of Hugging Face, which writes parquet too."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from skal._optional import require
from skal.labeling._items import Items
from skal.labeling.exchange._table import Table, as_items, listed, match_items, settled

__all__ = ["to_dataset", "write_parquet"]

KEPT = {"annotator": "string", "seconds": "float64", "confidence": "float64", "round": "int64"}


def to_dataset(table: Mapping[str, Any], pool: Any, *, classes: list[str] | None = None) -> Any:
    """Make a dataset of Hugging Face of the labelled items.

    Parameters
    ----------
    table : dict of columns
        One label a key; skips are left out.
    pool : Items or anything that Items takes
    classes : list of str, default=None
        In the order of their numbers; None: those of the table, sorted.

    Returns
    -------
    datasets.Dataset
        ``image``, ``text`` or one column a cell of the table; ``label``, a ClassLabel; ``key``;
        what is known of ``annotator``, ``seconds``, ``confidence`` and ``round``. A column of the
        table that has one of these names begins with ``row_``.

    Raises
    ------
    ImportError
        Without ``skal[datasets]``.

    Examples
    --------
    >>> from skal.labeling.exchange import to_dataset
    >>> made = to_dataset({"key": ["0"], "label": ["spam"]}, ["buy now"])  # doctest: +SKIP
    >>> made[0]  # doctest: +SKIP
    {'text': 'buy now', 'label': 0, 'key': '0'}
    """
    datasets = require("datasets", extra="datasets", purpose="to_dataset")
    items, chosen = as_items(pool), settled(table)
    found = match_items(chosen, items)
    if found.unknown:
        raise ValueError(
            f"`pool` must hold every labelled key, got none for {listed(found.unknown)}; leave "
            "them out, or call refresh on the pool."
        )
    names = sorted(set(chosen["label"])) if classes is None else [str(name) for name in classes]
    rows = found.rows.tolist()
    features = _features(datasets, items, rows, names, chosen)
    entries = [*_entries(items, chosen, rows, names, set(features))]
    columns = {name: [entry[name] for entry in entries] for name in features}
    return datasets.Dataset.from_dict(columns, features=datasets.Features(features))


def write_parquet(
    path: Any, table: Mapping[str, Any], pool: Any, *, classes: list[str] | None = None
) -> Path:
    """Write the labelled items, contents and labels, as one parquet file.

    Parameters
    ----------
    path : path
    table : dict of columns
        One label a key; skips are left out.
    pool : Items or anything that Items takes
    classes : list of str, default=None
        In the order of their numbers; None: those of the table, sorted.

    Returns
    -------
    Path

    Raises
    ------
    ImportError
        Without ``skal[datasets]``.

    Examples
    --------
    >>> from skal.labeling.exchange import write_parquet
    >>> labels = {"key": ["0"], "label": ["spam"]}
    >>> write_parquet("labels.parquet", labels, ["buy now"])  # doctest: +SKIP
    PosixPath('labels.parquet')
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.part")
    to_dataset(table, pool, classes=classes).to_parquet(str(part))
    return part.replace(path)


def _features(
    datasets: Any, items: Items, rows: list[int], names: list[str], table: Table
) -> dict[str, Any]:
    text = datasets.Value("string")
    if items.kind == "image":
        shown = {"image": datasets.Image()}
    elif items.kind == "text":
        shown = {"text": text}
    else:
        shown = dict.fromkeys(_cells(items, rows[0]) if rows else [], text)
    known = {
        name: datasets.Value(kind)
        for name, kind in KEPT.items()
        if any(value is not None for value in table[name])
    }
    return {**shown, "label": datasets.ClassLabel(names=names), "key": text, **known}


def _entries(
    items: Items, table: Table, rows: list[int], names: list[str], wanted: set[str]
) -> Iterator[dict[str, Any]]:
    for at, row in enumerate(rows):
        entry = {name: values[at] for name, values in table.items() if name in wanted}
        entry["label"] = names.index(table["label"][at])
        if items.kind == "image":
            entry["image"] = {"bytes": _bytes(items, row), "path": table["key"][at]}
        elif items.kind == "text":
            entry["text"] = items.view(row)["text"]
        else:
            entry |= _cells(items, row)
        yield entry


def _cells(items: Items, row: int) -> dict[str, str]:
    """A row of a table; what it calls as we call an answer's columns begins with "row_"."""
    ours = {"label", "key", *KEPT}
    cells = items.view(row)["cells"]
    return {f"row_{name}" if name in ours else name: value for name, value in cells}


def _bytes(items: Items, row: int) -> bytes:
    """The file as it is, else an image of the numbers."""
    return items.X.path(row).read_bytes() if hasattr(items.X, "path") else items.image(row)[0]
