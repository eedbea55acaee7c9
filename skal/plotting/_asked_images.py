"""What rounds asked for: images, labels and predictions, from a history and a pool."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skal._containers import n_rows
from skal.plotting._histories import check_rows
from skal.plotting._lettering import TargetNames, label_name, short
from skal.plotting._pixels import as_images, read_rows

__all__ = ["join_asked", "read_asked", "title_of", "with_answers"]

_LONGEST_COUNTED = 24  # letters of a label in the line of class counts
_MOST_COUNTS = 12  # classes whose counts are written out


def read_asked(
    record: Mapping[str, Any],
    X: Any,
    y: Any,
    *,
    n_images: int,
    image_shape: tuple[int, ...] | None,
    target_names: TargetNames,
) -> dict[str, Any]:
    """Return the first images of a round, and what is written above each."""
    rows = np.asarray(record["rows"], dtype=np.intp)[:n_images]
    _check_rows(rows, X, y, record)
    known = record.get("labels") if y is None else read_rows(y, rows)
    labels = None if known is None else np.asarray(known)[:n_images]
    predictions = None
    # 0013: what the classifier said before it was taught the label; round 0 was never predicted
    if "predicted" in record:
        said = np.asarray(record["predicted"])[:n_images]
        predictions = [label_name(label, target_names) for label in said]
        if labels is not None:
            pairs = zip(predictions, said == labels)
            predictions = ["✓" if is_right else f"✗ {name}" for name, is_right in pairs]
    return {
        "images": as_images(read_rows(X, rows), image_shape),
        "labels": None if labels is None else [label_name(k, target_names) for k in labels],
        "predictions": predictions,
        "utility": None if "utility" not in record else np.asarray(record["utility"])[:n_images],
    }


def with_answers(record: Mapping[str, Any], given: object) -> Mapping[str, Any]:
    """Add the labels that a learner was taught in a round, where its history holds none."""
    answers = getattr(given, "answers_", None)
    if "labels" in record or answers is None:
        return record
    labels = answers["label"][answers["round"] == record["round"]]
    return {**record, "labels": labels} if len(labels) == len(record["rows"]) else record


def join_asked(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Put the images of several rounds one after another; rounds may know less than others."""
    joined: dict[str, Any] = {"images": np.concatenate([part["images"] for part in parts])}
    for name, unknown in (("labels", ""), ("predictions", ""), ("utility", np.nan)):
        columns = [
            [unknown] * len(part["images"]) if part[name] is None else part[name] for part in parts
        ]
        told = any(part[name] is not None for part in parts)
        joined[name] = [value for column in columns for value in column] if told else None
    return joined


def title_of(record: Mapping[str, Any], n_shown: int, target_names: Any) -> str:
    """Return two lines: the round and its numbers, what was labelled in it."""
    asked = len(record["rows"])
    shown = f"{asked} rows" if n_shown == asked else f"first {n_shown} of {asked} rows"
    line = f"round {record['round']}: {shown}, {record['n_labeled']} labels"
    counts = sorted(record.get("class_counts", {}).items(), key=lambda item: -item[1])
    counts = [(label, n) for label, n in counts if n]
    words = []
    for label, n in counts[:_MOST_COUNTS]:
        name = short(label_name(label, target_names), _LONGEST_COUNTED)
        # no line ends between a name and its number
        words.append(f"{name} ({n})".replace(" ", "\N{NO-BREAK SPACE}"))
    if len(counts) > _MOST_COUNTS:
        words.append(f"{len(counts) - _MOST_COUNTS} more classes")
    return f"{line}\nclass counts: {', '.join(words)}" if words else line


def _check_rows(rows: NDArray[np.intp], X: Any, y: Any, record: Mapping[str, Any]) -> None:
    """Raise unless every row to show can be read from X, and its label from y."""
    at = record["round"]
    if not len(rows):
        raise ValueError(f"round must be one that labelled rows, got {at}, which has none.")
    if (rows < 0).any():
        raise ValueError(
            f"round must be one whose rows were queried, got {at} with {(rows < 0).sum()} rows "
            "of unknown place (-1): their labels were taught with data that is not in X."
        )
    check_rows(rows, n_rows(X), at)
    if y is not None and rows.max() >= len(y):
        raise ValueError(
            f"y must have a label for each row of X, got {len(y)} labels and row {rows.max()} "
            "to show."
        )
