"""Answers of several people as codes: which item, who, which class; the last answer counts."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Floats", "Ints", "Votes", "code_votes", "column", "is_missing"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.intp]


@dataclass(frozen=True)
class Votes:
    """One answer at most of each person to each item, ordered by item and then by person."""

    items: NDArray[Any]  # (n_items,) distinct, sorted
    annotators: NDArray[Any]  # (n_annotators,) distinct, sorted
    classes: NDArray[Any]  # (n_classes,)
    item: Ints  # (n_votes,)
    annotator: Ints
    label: Ints
    n_seen: Ints  # (n_annotators,) items that each person answered or passed over

    @property
    def n_answers(self) -> Ints:
        """How many people answered each item, shape (n_items,)."""
        return np.bincount(self.item, minlength=len(self.items))

    @property
    def n_shared(self) -> Ints:
        """How many answers of each person went to items that others answered too."""
        shared = self.annotator[self.n_answers[self.item] > 1]
        return np.bincount(shared, minlength=len(self.annotators))

    @property
    def n_given(self) -> Ints:
        """How many answers each person gave, shape (n_annotators,)."""
        return np.bincount(self.annotator, minlength=len(self.annotators))

    def by_item(self, values: Floats | None = None) -> Floats:
        """Sum a value of each vote over items and classes, shape (n_items, n_classes)."""
        n, c = len(self.items), len(self.classes)
        return np.bincount(self.item * c + self.label, values, n * c).reshape(n, c).astype(float)

    def shares(self) -> Floats:
        """Share of the votes that each class has; without votes all have the same."""
        return shares_of(self.by_item())

    def without(self, annotator: int) -> "Votes":
        """Leave one person's answers out; items and people keep their places."""
        kept = self.annotator != annotator
        codes = (self.item[kept], self.annotator[kept], self.label[kept])
        return Votes(self.items, self.annotators, self.classes, *codes, self.n_seen)


def shares_of(weights: Floats) -> Floats:
    """Divide rows by their sums; rows of zeros become even."""
    total = weights.sum(axis=1, keepdims=True)
    even = np.full_like(weights, 1 / weights.shape[1])
    return np.divide(weights, total, out=even, where=total > 0)


def code_votes(
    items: ArrayLike, annotators: ArrayLike, labels: ArrayLike, classes: ArrayLike | None = None
) -> Votes:
    """Read a long table, one line an answer; of two to one item by one person the later counts."""
    columns = [column("items", items), column("annotators", annotators), column("labels", labels)]
    sizes = [len(values) for values in columns]
    if len(set(sizes)) > 1:
        raise ValueError(
            f"`items`, `annotators` and `labels` must hold one entry an answer, got {sizes[0]}, "
            f"{sizes[1]} and {sizes[2]}; give columns of one table."
        )
    names, item = _distinct("items", columns[0])
    people, who = _distinct("annotators", columns[1])
    missing = np.fromiter(map(is_missing, columns[2].tolist()), dtype=bool, count=sizes[2])
    known, label = _label_codes(columns[2], missing, classes)
    # of each pair the first from behind, which is the last answer
    _, back = np.unique((item * max(1, len(people)) + who)[::-1], return_index=True)
    last = sizes[2] - 1 - back
    seen = np.bincount(who[last], minlength=len(people))
    last = last[~missing[last]]  # a skip takes an earlier answer back
    return Votes(names, people, known, item[last], who[last], label[last], seen)


def column(name: str, values: ArrayLike) -> NDArray[Any]:
    """Make a column of a table; numbers and words side by side stay what they are."""
    if hasattr(values, "dtype"):
        array = np.asarray(values)
    else:
        entries: list[Any] = list(values)  # type: ignore[arg-type]
        of_one_kind = len({isinstance(entry, str) for entry in entries}) == 1
        array = np.array(entries, dtype=None if of_one_kind and None not in entries else object)
    if array.ndim != 1:
        raise ValueError(
            f"`{name}` must be a column, got an array of shape {array.shape}; give one entry an "
            "answer."
        )
    return array


def is_missing(label: Any) -> bool:
    """Tell whether an answer names no class: None, NaN, pandas' NA."""
    return label is None or label != label or type(label).__name__ in ("NAType", "NaTType")


def _distinct(name: str, values: NDArray[Any]) -> tuple[NDArray[Any], Ints]:
    if values.dtype == object:
        kinds = {isinstance(value, str) for value in values.tolist()}
        if len(kinds) > 1 or any(map(is_missing, values.tolist())):
            raise ValueError(
                f"`{name}` must be all words or all numbers, got {values.tolist()[:5]}; name every "
                "one in one way."
            )
        values = np.array(values.tolist())
    found, codes = np.unique(values, return_inverse=True)
    return found, codes.astype(np.intp)


def _label_codes(
    labels: NDArray[Any], missing: NDArray[np.bool_], classes: ArrayLike | None
) -> tuple[NDArray[Any], Ints]:
    codes = np.full(len(labels), -1, dtype=np.intp)
    if classes is None:
        known, codes[~missing] = _distinct("labels", labels[~missing])
    else:
        known = column("classes", classes)
        place = {name: k for k, name in enumerate(known.tolist())}
        if len(place) < len(known):
            raise ValueError(
                f"`classes` must name each class once, got {known.tolist()}; leave doubles out."
            )
        given = labels[~missing].tolist()
        unknown = sorted({label for label in given if label not in place}, key=str)
        if unknown:
            raise ValueError(
                f"`labels` must be among the classes {known.tolist()}, got {unknown[:5]}; add them "
                "to classes=."
            )
        codes[~missing] = [place[label] for label in given]
    if not len(known):
        raise ValueError(
            "`labels` must hold an answer at least, got none; name the classes by classes= if "
            "nobody answered yet."
        )
    return known, codes
