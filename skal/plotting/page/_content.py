"""From histories to what the page holds: plain values and arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skal._containers import n_rows, take_rows
from skal.plotting._curve_drawing import look_of
from skal.plotting._histories import Records
from skal.plotting._lettering import label_name
from skal.plotting._mean_curves import average, score_points
from skal.plotting._pixels import Pixels
from skal.plotting.page._points import (
    PageRun,
    by_utility,
    class_names,
    counts_of,
    curve_of,
    has_score,
    items_of,
    merge_points,
    shown_of,
)
from skal.plotting.page._thumbnails import Thumbnails, evenly, make_thumbnails

__all__ = ["Content", "Options", "PageData", "collect"]

_MOST_ITEMS = 100_000  # rows that all cards together list: about a megabyte


@dataclass(frozen=True)
class PageData:
    """One data set: its runs, and what is known of its rows."""

    name: str
    runs: Sequence[PageRun]
    X: Any = None
    y: Any = None
    target_names: Any = None
    class_counts: Mapping[Any, int] | None = None  # of its rows, as far as they are known
    findings: Sequence[tuple[str, str]] = ()  # learner, what it does in a few words
    keys: Any = None  # what names each row, such as its file


@dataclass(frozen=True)
class Options:
    """What a caller may choose."""

    score: str
    scores: Mapping[str, str]  # key -> its words
    band: str | None
    n_images: int
    image_shape: tuple[int, ...] | None
    image_side: int
    budget: int
    baseline: str | None = None
    verdict: Sequence[str] = ()  # paragraphs, the headline first


@dataclass
class Content:
    """What the page holds.

    Attributes
    ----------
    head : dict
        Plain values: names, texts, and where things are.
    curves, details : list of dict
        One a data set; arrays to draw at once, and arrays for cards.
    sheets : list of list of str
        Of each data set, PNG files in base64.
    left_out : list of str
        What is not in the page, in sentences.
    """

    head: dict[str, Any]
    curves: list[dict[str, Any]]
    details: list[dict[str, Any]]
    sheets: list[list[str]]
    left_out: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Opened:
    """A data set whose rows were found to be there."""

    data: PageData
    curves: list[Records]  # of each run, one record a point
    pixels: Pixels | None


def collect(data_sets: Sequence[PageData], options: Options, title: str) -> Content:
    """Return the content of a page."""
    content = Content({}, [], [], [])
    names = dict.fromkeys(learner for data in data_sets for learner, _, _ in data.runs)
    looks = look_of(names, options.baseline)
    heads, budget = [], options.budget
    n_items = _MOST_ITEMS // len(data_sets)
    opened = [_open(data, options) for data in data_sets]  # all are checked before images are read
    for k, one in enumerate(opened):
        # what a data set leaves of its share of the budget is for those after it
        thumbnails_room = budget // (len(data_sets) - k)
        head, n_bytes = _add_data(content, one, options, thumbnails_room, n_items)
        heads.append(head | {"looks": [looks[name] for name in head["learners"]]})
        budget -= n_bytes
    content.head = {
        "title": title,
        "scores": [{"key": key, "name": words} for key, words in options.scores.items()],
        "score": list(options.scores).index(options.score),
        "band": options.band,
        "baseline": options.baseline,
        "verdict": list(options.verdict),
        "data": heads,
        "left_out": content.left_out,
    }
    return content


def _open(data: PageData, options: Options) -> _Opened:
    """Return the points of the runs of a data set, and its images, or say what is wrong."""
    curves = [merge_points(history) for _, _, history in data.runs]
    pixels = None
    if data.X is not None:
        pixels = Pixels(data.X, options.image_shape, options.image_side)
    largest = max(
        (np.max(record["rows"]) for points in curves for record in points if shown_of(record)),
        default=-1,
    )
    of = f" of data set {data.name!r}" if data.name else ""
    for name, n in (
        ("X", None if pixels is None else pixels.n_rows),
        ("y", None if data.y is None else n_rows(data.y)),
        ("keys", None if data.keys is None else len(data.keys)),
    ):
        if n is not None and largest >= n:
            raise ValueError(
                f"{name}{of} must have the rows that were asked for, got {n} rows and a history "
                f"with row {largest}; pass the {name} that fit or compare got."
            )
    return _Opened(data, curves, pixels)


def _add_data(
    content: Content, opened: _Opened, options: Options, budget: int, n_items: int
) -> tuple[dict[str, Any], int]:
    """Add one data set to the content; return its head and the bytes of its thumbnails."""
    data, curves, pixels = opened.data, opened.curves, opened.pixels
    n = options.n_images
    shown = [  # of each round of each run the rows that a card lists: (n_shown,)
        [np.asarray(r.get("rows", ()), dtype=np.intp)[by_utility(r)[:n]] for r in points]
        for points in curves
    ]
    thumbnails = Thumbnails() if pixels is None else make_thumbnails(pixels, shown, budget)
    detailed = _detailed(shown, thumbnails.kept, n_items)
    labels = _labels(data.y, curves, shown, detailed)
    codes = class_names(curves, [*labels.values(), *(data.class_counts or ())])
    learners = list(dict.fromkeys(learner for learner, _, _ in data.runs))
    details = []
    for points, kept in zip(curves, detailed, strict=True):
        items = items_of(points, kept, options.n_images, codes, labels)
        places = [thumbnails.place.get(row, -1) for row in items["row"].tolist()]
        items["thumb"] = np.array(places, dtype=np.int64)
        details.append({"counts": counts_of(points, codes), **items})
    content.curves.append(
        {
            "runs": [curve_of(points, options.scores) for points in curves],
            "means": [_means(name, data.runs, options) for name in learners],
        }
    )
    content.details.append({"runs": details})
    content.sheets.append(thumbnails.sheets)
    content.left_out += _left_out(opened, shown, thumbnails, detailed, options)
    head = {
        "name": data.name,
        "classes": [label_name(label, data.target_names) for label in codes],
        "learners": learners,
        "runs": [{"learner": learners.index(name), "repeat": k} for name, k, _ in data.runs],
        "has_images": pixels is not None and bool(thumbnails.sheets),
        "has_labels": bool(labels),
        "thumbnails": thumbnails.layout(),
        "keys": _keys(data.keys, details),
        "pool": _pool_shares(data.class_counts, codes),
        "findings": [
            {"learner": learners.index(name) if name in learners else -1, "text": text}
            for name, text in data.findings
        ],
    }
    return head, thumbnails.n_bytes


def _detailed(
    shown: Sequence[Sequence[NDArray[np.intp]]], kept: Sequence[NDArray[np.intp]], n_items: int
) -> list[NDArray[np.intp]]:
    """Return of each run the rounds whose rows are listed: all, or evenly what fits."""
    total = sum(len(rows) for run in shown for rows in run)
    share = min(1.0, n_items / max(total, 1))
    detailed = [evenly(len(run), int(np.ceil(share * len(run)))) for run in shown]
    # a round whose images are in the file is listed in any case
    return [
        np.union1d(a, b).astype(np.intp) for a, b in zip(detailed, kept or detailed, strict=True)
    ]


def _keys(keys: Any, details: Sequence[Mapping[str, Any]]) -> dict[int, str] | None:
    """Return row -> what names it, of the rows that cards list; None: rows have no other name."""
    if keys is None:
        return None
    rows = {row for run in details for row in run["row"].tolist() if row >= 0}
    return {row: str(keys[row]) for row in sorted(rows)}


def _pool_shares(counts: Mapping[Any, int] | None, codes: Mapping[Any, int]) -> list[float] | None:
    """Return the share of each class among all rows, in [0, 1]; None: not known."""
    if not counts:
        return None
    total = sum(counts.values())
    return [counts.get(label, 0) / total for label in codes]


def _labels(
    y: Any,
    curves: Sequence[Records],
    shown: Sequence[Sequence[NDArray[np.intp]]],
    detailed: Sequence[NDArray[np.intp]],
) -> dict[int, Any]:
    """Return row -> label of the rows that cards list: from y, or from what rounds recorded."""
    listed = [run[k] for run, ks in zip(shown, detailed, strict=True) for k in ks.tolist()]
    rows = np.unique(np.concatenate(listed)) if listed else np.empty(0, dtype=np.intp)
    rows = rows[rows >= 0]  # -1: taught with data that is not in X
    if y is not None:
        return dict(zip(rows.tolist(), np.asarray(take_rows(y, rows)).tolist(), strict=True))
    told = [record for points in curves for record in points if "labels" in record]
    asked = [zip(np.asarray(r["rows"]).tolist(), np.asarray(r["labels"]).tolist()) for r in told]
    known = dict(pair for pairs in asked for pair in pairs)
    return {row: known[row] for row in rows.tolist() if row in known}


def _means(name: str, runs: Sequence[PageRun], options: Options) -> list[Any]:
    """Return of each score the mean over a learner's runs; None where fewer than two have it."""
    histories = [history for learner, _, history in runs if learner == name]
    means: list[Any] = []
    for score in options.scores:
        scored = [history for history in histories if has_score(history, score)]
        if len(scored) < 2:
            means.append(None)
            continue
        points = [score_points(history, score, "n_labeled") for history in scored]
        curve = average(points, options.band)
        low, high = (curve.mean, curve.mean) if curve.low is None else (curve.low, curve.high)
        at = curve.x.astype(np.int64)  # whole: the grid is made of the runs' label counts
        means.append({"x": at, "mean": curve.mean, "low": low, "high": high})
    return means


def _left_out(
    opened: _Opened,
    shown: Sequence[Sequence[NDArray[np.intp]]],
    thumbnails: Thumbnails,
    detailed: Sequence[NDArray[np.intp]],
    options: Options,
) -> list[str]:
    """Return what a reader must know of what is not in the page, in sentences."""
    pixels, name = opened.pixels, opened.data.name
    of = f"{name}: " if name else ""
    rounds = sum(map(len, shown))
    size = f"{options.budget / 1e6:.3g} MB"
    said = []
    without = rounds - sum(map(len, thumbnails.kept))
    if pixels is not None and without:
        said.append(
            f"{of}images of {without:,} of {rounds:,} rounds were left out to stay under {size}"
        )
    if thumbnails.levels < 256:
        said.append(f"{of}images have {thumbnails.levels} shades to stay under {size}")
    if pixels is not None and pixels.scaled_down:
        said.append(f"{of}images were scaled down to {options.image_side} pixels")
    unlisted = rounds - sum(map(len, detailed))
    if unlisted:
        said.append(f"{of}the rows of {unlisted:,} of {rounds:,} rounds are not listed")
    return said
