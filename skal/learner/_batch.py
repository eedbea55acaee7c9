"""What one query chose, and how it is found again when the answers come."""

import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skal._containers import match_rows, n_rows, row_prints, take_rows
from skal.evidence import Evidence, Proba, Scores
from skal.learner import _scoring
from skal.learner._log import Answers, LabelLog, Prints, Rows

__all__ = ["Asked", "Batch", "joined", "pool_proba", "predictions"]

Columns = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Batch:
    """Rows that one query chose, in the order asked, and what was known of each."""

    rows: Rows  # of the pool
    round_: int
    columns: Columns  # one value a row: utility, chance, predicted, ...
    notes: Mapping[str, Any] | None = None  # of the strategy, about the batch
    row_notes: Columns = field(default_factory=dict)  # of the strategy, about each row
    n_pool: float = np.nan
    seconds: float = 0.0
    # of content, rounded; made by `query`, as `teach` may not be told rows
    prints: Prints = field(default_factory=lambda: np.empty(0, dtype=np.uint64))
    shape: tuple[int, ...] | None = None  # of a row of the pool
    evidence: Evidence | None = None  # of the query, while its loop still needs it

    def __len__(self) -> int:
        return len(self.rows)

    def part(self, which: Rows | NDArray[np.bool_]) -> "Batch":
        """Take some of its rows."""
        return replace(
            self,
            rows=self.rows[which],
            columns={name: values[which] for name, values in self.columns.items()},
            row_notes={name: values[which] for name, values in self.row_notes.items()},
            prints=self.prints[which],
        )

    def places_of(self, answers: Answers) -> tuple[Rows, NDArray[np.bool_]]:
        """Find where each answer stands in this batch, or -1, and whether its content agrees."""
        place = {row: k for k, row in enumerate(self.rows.tolist())}
        found = np.array([place.get(row, -1) for row in answers.rows.tolist()], dtype=np.intp)
        new = answers.prints(rounded=True)
        agrees = (found >= 0) & (self.prints[found] == new)
        untold = answers.rows < 0
        found[untold] = match_rows(new[untold], self.prints)
        return found, agrees | (untold & (found >= 0))


class Asked:
    """Batches that were asked and not answered yet.

    Nothing here changes what is asked or trained; it only lets a row be recognised when its
    answer comes, after whatever was asked in between.
    """

    def __init__(self, batches: Sequence[Batch] = (), n_pool: int = 0, pool: Any = None):
        self.batches = tuple(batches)
        self.n_pool = n_pool  # rows of the largest pool that was ever asked
        self._pool = pool  # weak reference to the one asked last, not of those that have none

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_pool": None}

    def with_batch(self, batch: Batch, pool: Any = None) -> "Asked":
        """Add a batch; the same rows asked again in the same round count once."""
        others = [
            b
            for b in self.batches
            if b.round_ != batch.round_
            or not np.array_equal(b.rows, batch.rows)
            or not np.array_equal(b.prints, batch.prints)
        ]
        try:
            reference = weakref.ref(pool)
        except TypeError:  # a list
            reference = None
        n = int(batch.n_pool) if batch.n_pool == batch.n_pool else 0
        return Asked([*others, batch], max(self.n_pool, n), reference)

    def parts_of(self, answers: Answers) -> list[tuple[Batch, Rows]]:
        """Find the parts of batches that are answered, each with the positions of its answers.

        The batch with most of the answers comes first; of equal ones that which is answered most
        completely, then the newest: so whatever else was asked, a batch is found as a whole.
        """
        places = self._places(answers)
        hits = [int((place >= 0).sum()) for place in places]
        sizes = [len(batch) for batch in self.batches]
        order = sorted(range(len(hits)), key=lambda k: (hits[k], -sizes[k], k), reverse=True)
        free, parts = np.ones(len(answers), dtype=bool), []
        for k in order:
            mine = np.flatnonzero(free & (places[k] >= 0))
            free[mine] = False
            if len(mine):
                parts.append((self.batches[k].part(places[k][mine]), mine))
        return parts

    def without(self, answers: Answers) -> "Asked":
        """Keep what is still open once some rows are answered, in whichever batches they are."""
        still = []
        for batch, place in zip(self.batches, self._places(answers), strict=True):
            left = np.setdiff1d(np.arange(len(batch)), place)
            if len(left) == len(batch):
                still.append(batch)
            elif len(left):  # the time that it took is counted once
                still.append(replace(batch.part(left), seconds=0.0))
        return Asked(still, self.n_pool, self._pool)

    def check_rows(self, answers: Answers, log: LabelLog, pool: Any = None) -> None:
        """Refuse numbers of rows beyond all pools, and those whose content is another asked row.

        Content that is nowhere was rounded or scaled on the way: then the number is believed.
        Without `pool` it is the one asked last, if that is still there.
        """
        if pool is None and self._pool is not None:
            pool = self._pool()
        n_last = 0 if pool is None else n_rows(pool)
        n = max(self.n_pool, n_last)
        if n and answers.rows.max(initial=-1) >= n:
            raise ValueError(
                f"rows must be rows of the pool that was asked, 0 to {n - 1}, got "
                f"{answers.rows.max()}; if the pool has grown, query it first, or pass pool=."
            )
        suspect = answers.rows >= 0
        for batch in self.batches:
            suspect &= ~batch.places_of(answers)[1]
        told = np.flatnonzero(suspect)
        if not len(told) or not self.batches:
            return
        content = answers.prints(rounded=True)[told]
        rows, prints = self._known_rows(log, alone=pool is None)
        place = match_rows(content, prints)
        is_wrong = (place >= 0) & (rows[place] != answers.rows[told])
        if pool is not None:  # rows of equal content are told apart by it
            is_wrong &= answers.rows[told] < n_last
            its = row_prints(pool, answers.rows[told[is_wrong]], rounded=True)
            is_wrong[is_wrong] = its != content[is_wrong]
        elif is_wrong.sum() < 2 and not np.isin(answers.rows[told[is_wrong]], rows).any():
            return  # one row that looks alike
        if is_wrong.any():
            first = np.flatnonzero(is_wrong)[0]
            raise ValueError(
                f"rows must say where each row stands in the pool, got {answers.rows[told[first]]} "
                f"for what is row {rows[place[first]]} of it ({is_wrong.sum()} of {len(answers)} "
                "are elsewhere); pass rows in the order of X, as query gave them."
            )

    def _known_rows(self, log: LabelLog, *, alone: bool) -> tuple[Rows, Prints]:
        """Give numbers and content of rows that were asked or taught; `alone`: asked last."""
        batches = self.batches[-1:] if alone else self.batches
        rows, prints = [b.rows for b in batches], [b.prints for b in batches]
        if not alone and len(log):
            which = log.counting()[log.labels().rows >= 0]
            rows.append(log.rows[which])
            prints.append(log.prints(True)[which])
        return np.concatenate(rows), np.concatenate(prints)

    def _places(self, answers: Answers) -> list[Rows]:
        """Find where each answer stands in each batch, or -1.

        Row numbers of two pools may be the same: a row is known by its number alone only where no
        batch holds its content too.
        """
        both = [batch.places_of(answers) for batch in self.batches]
        agreed = np.zeros(len(answers), dtype=bool)
        for _, agrees in both:
            agreed |= agrees
        return [np.where(agreed & ~agrees, -1, found) for found, agrees in both]


def joined(parts: Sequence[tuple[Batch, Rows]], rows: Rows, round_: int) -> Batch:
    """Join parts of batches, each with the answers it holds, to one batch of all answers."""
    first = parts[0][0]  # of all batches it has most of the answers: one value a round is its
    order = np.argsort(np.concatenate([mine for _, mine in parts]))
    names = [n for n in first.columns if all(n in part.columns for part, _ in parts)]
    columns = {n: np.concatenate([part.columns[n] for part, _ in parts])[order] for n in names}
    row_notes: dict[str, NDArray[Any]] = {}
    for part, mine in parts:
        for name, values in part.row_notes.items():
            blank = np.full((len(rows), *values.shape[1:]), np.nan)  # others were asked otherwise
            if row_notes.setdefault(name, blank).shape[1:] == values.shape[1:]:
                row_notes[name][mine] = values
    # notes of an older batch would set the strategy's memory back
    notes = first.notes if first.round_ == round_ else None
    return Batch(
        rows, round_, columns, notes, row_notes, n_pool=first.n_pool, seconds=first.seconds
    )


def predictions(evidence: Evidence, positions: Rows) -> dict[str, NDArray[Any]]:
    """Say the likeliest and second likeliest class of some candidates, before they are labelled.

    Probabilities that the query measured are used again; otherwise those of these rows alone are
    measured.
    """
    some, estimator = evidence.part(positions), evidence.estimator
    if not hasattr(estimator, "predict_proba"):
        found = _scoring.labels(estimator, take_rows(some.X, some.rows), some.classes)
        return {"predicted": found, "confidence": np.full(len(some), np.nan)}
    proba = np.array(pool_proba(some), dtype=np.float64)  # (n, c); a copy, to be written to
    rows, first = np.arange(len(proba)), proba.argmax(axis=1)
    best = {"predicted": some.classes[first], "confidence": proba[rows, first]}
    if proba.shape[1] == 1:
        return best
    proba[rows, first] = -np.inf
    second = proba.argmax(axis=1)
    runner_up = {"runner_up": some.classes[second], "runner_up_confidence": proba[rows, second]}
    return best | runner_up


def pool_proba(evidence: Evidence) -> NDArray[np.floating]:
    """Give class probabilities of the candidates; those that the query measured serve again."""
    known = evidence.knows(Scores()) and not evidence.knows(Proba())  # then they are the same
    return evidence.arrays({"proba": Scores() if known else Proba()})["proba"]
