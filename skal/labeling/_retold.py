"""Records of a learner's rounds, told with other names of classes, or without some rows.

A class is renamed, or an answer taken back, days after a model has learned from it. The records are
then told anew, and `skal.learner.restored` makes the learner that would have been.
"""

from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from skal._containers import row_prints

__all__ = ["announced", "lost_rows", "renamed", "without_rows"]

Record = dict[str, Any]
OF_CLASSES = ("predicted", "runner_up")  # columns of names


def renamed(record: Record, names: Mapping[str, str]) -> Record:
    """Tell a record with other names of classes."""
    labels = [names.get(label, label) for label in record["labels"]]
    history = dict(record["history"])
    history["class_counts"] = _counts(labels)
    asked = [batch | {"columns": _with_names(batch["columns"], names)} for batch in record["asked"]]
    told = {c: _sorted(_named(record[c], names)) for c in ("classes", "announced") if record[c]}
    return {
        **record,
        **told,
        "labels": labels,
        "label_dtype": f"<U{max(map(len, labels), default=1)}",
        "history": _with_names(history, names),
        "asked": asked,
    }


def announced(record: Record, names: Sequence[str]) -> Record:
    """Tell a record as if all these classes had been known from the start."""
    column = {"$array": sorted(names), "dtype": f"<U{max(map(len, names))}"}
    return record | {"classes": column, "announced": column}


def _counts(labels: Sequence[str]) -> dict[str, Any]:
    """Count labels as the records write a dict whose keys may be any text."""
    return {"$pairs": [[label, n] for label, n in sorted(Counter(labels).items())]}


def _with_names(columns: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {c: _named(v, names) if c in OF_CLASSES else v for c, v in columns.items()}


def _named(column: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Rename the values of an array of texts, which must stay wide enough for them."""
    values = [names.get(value, value) for value in column["$array"]]
    return {**column, "$array": values, "dtype": f"<U{max(map(len, values), default=1)}"}


def _sorted(column: Mapping[str, Any]) -> dict[str, Any]:
    return {**column, "$array": sorted(set(column["$array"]))}


def without_rows(records: Sequence[Record], rows: Collection[int]) -> list[Record]:
    """Tell records as if some rows had never been taught; none are left where no row is."""
    gone, told = set(rows), []
    number: dict[int, int] = {}  # of items, which count up without a gap
    for record in records:
        keep = [k for k, row in enumerate(record["rows"]) if row not in gone]
        items = [number.setdefault(record["items"][k], len(number)) for k in keep]
        history, before = dict(record["history"]), record["history"]["n_labeled"]
        n = len(record["rows"])
        for name, column in history.items():
            if isinstance(column, Mapping) and "$array" in column and _length(column) == n:
                history[name] = _taken(column, keep)
        labels = [record["labels"][k] for k in keep]
        history["class_counts"] = _counts(labels)
        history["n_labeled"] = len(number)
        if isinstance(history["fraction"], float):  # else nobody knew the pool
            history["fraction"] *= len(number) / max(before, 1)
        told.append(
            record
            | {
                "rows": [record["rows"][k] for k in keep],
                "labels": labels,
                "items": items,
                "prints": [record["prints"][k] for k in keep],
                "columns": {
                    part: {name: _taken(column, keep) for name, column in columns.items()}
                    for part, columns in record["columns"].items()
                },
                "history": history,
            }
        )
    return told if number else []


def lost_rows(records: Sequence[Record], X: Any) -> set[int]:
    """Find the rows whose content in X is not what the records tell of."""
    lost: set[int] = set()
    for record in records:
        now = [f"{p:016x}" for p in row_prints(X, np.array(record["rows"], dtype=np.intp)).tolist()]
        pairs = zip(record["rows"], now, record["prints"], strict=True)
        lost |= {row for row, found, told in pairs if found != told}
    return lost


def _length(column: Mapping[str, Any]) -> int:
    return column["shape"][0] if "shape" in column else len(column["$array"])


def _taken(column: Mapping[str, Any], keep: Sequence[int]) -> dict[str, Any]:
    """Take some entries of an array as it is written: as a list, or as bytes with a shape."""
    values = column["$array"]
    if isinstance(values, list):
        return {**column, "$array": [values[k] for k in keep]}
    array = np.frombuffer(b64decode(values), dtype=column["dtype"]).reshape(column["shape"])
    some = array[np.asarray(keep, dtype=np.intp)]
    return {**column, "$array": b64encode(some.tobytes()).decode(), "shape": list(some.shape)}
