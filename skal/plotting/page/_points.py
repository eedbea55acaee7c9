"""Numbers of runs: what the page draws, and what its cards say of each round."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from skal.learner import HISTORY_ARRAYS
from skal.plotting._histories import Records
from skal.plotting._mean_curves import seconds_so_far

__all__ = [
    "PageRun",
    "class_names",
    "counts_of",
    "curve_of",
    "has_score",
    "items_of",
    "merge_points",
]

PageRun: TypeAlias = tuple[str, int, Records]  # learner, repeat, history


def merge_points(history: Records) -> Records:
    """Return one record a label count: what was asked, with the scores of the last round there."""
    points: list[Mapping[str, Any]] = []
    timed = all("query_seconds" in record and "fit_seconds" in record for record in history)
    seconds = seconds_so_far(history) if timed else np.full(len(history), np.nan)
    for record, total in zip(history, seconds.tolist(), strict=True):
        if points and record["n_labeled"] < points[-1]["n_labeled"]:
            raise ValueError(
                "'n_labeled' must grow from round to round, got a history in which it falls; split "
                "the history there."
            )
        if points and record["n_labeled"] == points[-1]["n_labeled"]:
            before = points.pop()
            asked = {name: before[name] for name in HISTORY_ARRAYS if name in before}
            record = {**record, **asked} if len(before.get("rows", ())) else record
        points.append({**record, "seconds": total})
    return points


def class_names(runs: Iterable[Records], labels: Iterable[Any]) -> dict[Any, int]:
    """Return label -> code, for all labels that occur."""
    found = {_plain(label) for label in labels}
    for points in runs:
        for record in points:
            found.update(_plain(label) for label in record.get("class_counts", {}))
            for name in {"predicted", "runner_up"} & record.keys():
                found.update(np.asarray(record[name]).tolist())
    # NaN, which is unlike itself, and None stand where there is no label
    found = {label for label in found if label == label and label is not None}
    try:
        ordered = sorted(found)
    except TypeError:  # labels of several kinds
        ordered = sorted(found, key=str)
    return {label: code for code, label in enumerate(ordered)}


def curve_of(points: Records, scores: Iterable[str]) -> dict[str, Any]:
    """Return what the chart draws of a run."""
    return {
        "x": _column(points, "n_labeled").astype(np.int64),
        "round": np.array([record.get("round", k) for k, record in enumerate(points)]),
        "scores": [_column(points, name) for name in scores],
        "seconds": _column(points, "seconds"),  # of queries and fits up to each point
        "pool": _pool_size(points),
    }


def has_score(history: Records, score: str) -> bool:
    """Return whether a run has a number for a score in some round."""
    return bool(np.isfinite(_column(history, score)).any())


def counts_of(points: Records, codes: Mapping[Any, int]) -> NDArray[np.int64]:
    """Return how many labels of each class each round got: (n_points, n_classes)."""
    counts = np.zeros((len(points), len(codes)), dtype=np.int64)
    for k, record in enumerate(points):
        for label, count in record.get("class_counts", {}).items():
            counts[k, codes[_plain(label)]] += count
    return counts


def items_of(
    points: Records,
    detailed: NDArray[np.intp],
    n_shown: int,
    codes: Mapping[Any, int],
    labels: Mapping[int, Any],
) -> dict[str, NDArray[Any]]:
    """Return what the cards list: the rows of the detailed rounds, largest utility first."""
    shown = np.zeros(len(points), dtype=np.int64)
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in _ITEM}
    for k in detailed.tolist():
        record = points[k]
        order = by_utility(record)[:n_shown]
        shown[k] = len(order)
        rows = np.asarray(record.get("rows", ()), dtype=np.int64)[order]
        parts["row"].append(rows)
        parts["label"].append(_codes([labels.get(row) for row in rows.tolist()], codes))
        for name, kind in (("predicted", "class"), ("runner_up", "class"), *_NUMBERS):
            values = np.asarray(record.get(name, np.full(shown_of(record), np.nan)))[order]
            parts[name].append(_codes(values.tolist(), codes) if kind == "class" else values)
    joined = {name: np.concatenate(values or [np.empty(0)]) for name, values in parts.items()}
    asked = np.array([shown_of(record) for record in points], dtype=np.int64)
    for name, kind in _NUMBERS:
        values = joined[name].astype(np.float64)
        if kind == "share":  # thousandths are what a card writes; -1: not known
            values = np.where(np.isnan(values), -1, np.rint(values * 1000)).astype(np.int64)
        joined[name] = values
    for name in ("row", "label", "predicted", "runner_up"):
        joined[name] = joined[name].astype(np.int64)  # of no rows: float
    return {"asked": asked, "shown": shown, **joined}


def shown_of(record: Mapping[str, Any]) -> int:
    """Return how many rows a round asked for."""
    return len(record.get("rows", ()))


def by_utility(record: Mapping[str, Any]) -> NDArray[np.intp]:
    """Return the positions of a round's rows, largest utility first; those without come last."""
    n = shown_of(record)
    utility = np.asarray(record.get("utility", np.full(n, np.nan)), dtype=np.float64)
    return np.argsort(-utility, kind="stable")  # NaN sorts last; ties stay in the order asked


_NUMBERS = (
    ("utility", "number"),
    ("confidence", "share"),
    ("runner_up_confidence", "share"),
    ("chance", "number"),
)
_ITEM = ("row", "label", "predicted", "runner_up", *(name for name, _ in _NUMBERS))


def _codes(values: Iterable[Any], codes: Mapping[Any, int]) -> NDArray[np.int64]:
    """Return the code of each label, -1 for what is no label."""
    return np.array([codes.get(_plain(value), -1) for value in values], dtype=np.int64)


def _column(points: Records, name: str) -> NDArray[np.float64]:
    return np.array([record.get(name, np.nan) for record in points], dtype=np.float64)


def _pool_size(points: Records) -> int:
    """Return how many rows the pool has; 0: not known."""
    for record in reversed(points):
        fraction = record.get("fraction", np.nan)
        if np.isfinite(fraction) and fraction > 0:
            return round(record["n_labeled"] / fraction)
    return 0


def _plain(label: Any) -> Any:
    return label.item() if isinstance(label, np.generic) else label
