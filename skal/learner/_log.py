"""The label log: an append-only record of answers, of which the last one to a row counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skal._containers import match_rows, n_rows, row_prints, stack_rows, take_rows
from skal.evidence import PoolCache

__all__ = ["COLUMNS", "Answers", "LabelLog", "Labels", "Prints", "Rows", "prints_of"]

SAMPLE = 32  # rows of a pool that are looked at again, to see that it is what it was
COLUMNS = ("params", "about", "soft", "notes")  # of the log: columns of events, by name
Rows = NDArray[np.intp]
Prints = NDArray[np.uint64]


class Labels(NamedTuple):
    """The labels that count, in the order in which they came."""

    y: NDArray[Any]  # (n_labeled,)
    rows: Rows  # of the pool, -1 where it was not told
    rounds: Rows  # in which each was labelled
    at: Rows  # where its content stands in the log's X
    params: Mapping[str, NDArray[Any]]  # per-row fit parameters, such as sample_weight
    soft: Mapping[Any, NDArray[Any]]  # class -> share of each row, NaN: a plain label; or nothing


@dataclass(frozen=True)
class Answers:
    """Labels of some rows, as they come in: the content of row k is ``X[at[k]]``."""

    X: Any
    at: Rows
    y: NDArray[Any]
    rows: Rows  # of the pool, -1 where it is not said
    params: Mapping[str, NDArray[Any]]
    about: Mapping[str, NDArray[Any]] = field(default_factory=dict)  # who answered: not trained on
    soft: Mapping[Any, NDArray[Any]] = field(default_factory=dict)  # class -> share of each row
    _prints: dict[bool, Prints] = field(default_factory=dict, repr=False)  # made when asked for

    def __len__(self) -> int:
        return len(self.y)

    def prints(self, rounded: bool = False) -> Prints:
        """Compute what each row's content is recognised by."""
        if rounded not in self._prints:
            self._prints[rounded] = row_prints(self.X, self.at, rounded=rounded)
        return self._prints[rounded]


@dataclass(frozen=True)
class LabelLog:
    """Answers in the order in which they came; adding some gives a new log.

    An answer is an event. Events about one row share an item, and the last of them counts (0018);
    the earlier ones stay, so that every round can be played again as it was.
    """

    X: Any = None  # the pool itself while a loop plays on it, else a copy of what was taught
    at: Rows = field(default_factory=lambda: np.empty(0, dtype=np.intp))  # (n_events,) of X
    y: NDArray[Any] = field(default_factory=lambda: np.empty(0))
    rows: Rows = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    rounds: Rows = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    items: Rows = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    params: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    about: Mapping[str, NDArray[Any]] = field(default_factory=dict)  # of events, as in Answers
    soft: Mapping[Any, NDArray[Any]] = field(default_factory=dict)
    notes: Mapping[str, NDArray[Any]] = field(default_factory=dict)  # by the strategy, of events
    _prints: dict[bool, Prints] = field(default_factory=dict, repr=False)  # made when asked for

    def __len__(self) -> int:
        """Count the labels that count, one an item."""
        return int(self.items.max()) + 1 if len(self.items) else 0

    def counting(self) -> Rows:
        """Find the events that count, the last of each item, in the order in which they came."""
        last = np.empty(len(self), dtype=np.intp)
        last[self.items] = np.arange(len(self.items))  # later events overwrite earlier ones
        return np.sort(last)

    def labels(self) -> Labels:
        """Take the labels that count."""
        which = self.counting()
        params = {name: values[which] for name, values in self.params.items()}
        soft = {label: values[which] for label, values in self.soft.items()}
        return Labels(
            self.y[which], self.rows[which], self.rounds[which], self.at[which], params, soft
        )

    def before(self, round_: int) -> "LabelLog":
        """Cut the log to what it was when a round began."""
        n = int(np.searchsorted(self.rounds, round_))  # rounds only grow
        cut: dict[str, Any] = {
            name: getattr(self, name)[:n] for name in ("at", "y", "rows", "rounds", "items")
        }
        for part in COLUMNS:
            cut[part] = {name: values[:n] for name, values in getattr(self, part).items()}
        return LabelLog(self.X, **cut)

    def add(
        self,
        answers: Answers,
        round_: int,
        items: Rows,
        notes: Mapping[str, NDArray[Any]] | None = None,
    ) -> "LabelLog":
        """Append answers; `items` say which answer corrects which (see `items_of`)."""
        n, first = len(answers), self.X is None
        if first or answers.X is self.X:
            X, at = answers.X, np.append(self.at, answers.at)
        else:
            X = stack_rows(take_rows(self.X, self.at), take_rows(answers.X, answers.at))
            at = np.arange(len(self.y) + n)
        return LabelLog(
            X=X,
            at=at,
            y=answers.y if first else np.concatenate([self.y, answers.y]),
            rows=np.append(self.rows, answers.rows),
            rounds=np.append(self.rounds, np.full(n, round_)),
            items=np.append(self.items, items),
            params=self._joined(answers.params, n),
            about=_filled(self.about, answers.about, len(self.y), n),
            soft=_stacked(self.soft, answers.soft, len(self.y), n),
            notes=_stacked(self.notes, notes or {}, len(self.y), n),
            _prints={  # kinds that nobody asked for, as in fit, stay unmade
                rounded: np.append(known, answers.prints(rounded))
                for rounded, known in self._prints.items()
            },
        )

    def _joined(self, params: Mapping[str, NDArray[Any]], n: int) -> dict[str, NDArray[Any]]:
        """Join per-row parameters of all events; a weight that was not given is 1."""
        joined = {}
        for name in {**self.params, **params}:
            parts = [self.params.get(name), params.get(name)]
            if any(p is None for p in parts) and len(self) and not name.endswith("sample_weight"):
                raise ValueError(
                    f"{name} must be given for all taught rows or for none, as the training mode "
                    f"may train on them together, got it for {'these' if name in params else 'the'}"
                    " rows only; pass it in every call."
                )
            sizes = (len(self.y), n)
            filled = [np.ones(k) if p is None else p for p, k in zip(parts, sizes, strict=True)]
            joined[name] = np.concatenate(filled)
        return joined

    # ------------------------------------------------------------ which row is which

    def prints(self, rounded: bool = False) -> Prints:
        """Compute what the content of each event is recognised by, by value."""
        if rounded not in self._prints:
            self._prints[rounded] = row_prints(self.X, self.at, rounded=rounded)
        return self._prints[rounded]

    def items_of(self, answers: Answers, asked: NDArray[np.bool_]) -> Rows:
        """Find the item of each answer: an old one that it corrects, or a new one (0018).

        A labelled row is never asked, so what was `asked` is new, unless it is the very row that
        was labelled meanwhile.
        """
        found = np.full(len(answers), -1, dtype=np.intp)
        which = self.counting()
        if len(which):
            known = self.labels()
            left = np.ones(len(which), dtype=bool)  # an item is corrected once a call
            for k, candidates in enumerate(self._alike(answers, which)):
                if answers.rows[k] >= 0:
                    mine = self._told_before(k, answers, known, candidates, bool(asked[k]))
                elif asked[k]:
                    continue
                else:  # the same label is one more row of a pool that holds equal rows
                    mine = candidates[known.y[candidates] != answers.y[k]]
                mine = mine[left[mine]]
                if len(mine):
                    found[k], left[mine[0]] = self.items[which[mine[0]]], False
        fresh = found < 0
        found[fresh] = self.new_items(int(fresh.sum()))
        return found

    def _alike(self, answers: Answers, which: Rows) -> list[Rows]:
        """Find the labels whose content is that of each answer, maybe rounded on one side."""
        exact, rounded = self.prints()[which], self.prints(True)[which]
        new, new_rounded = answers.prints(), answers.prints(True)
        nothing = np.empty(0, dtype=np.intp)
        # looked up at once, as few of many answers are corrections
        known = np.isin(new, exact) | np.isin(new, rounded) | np.isin(new_rounded, exact)
        return [
            np.flatnonzero((exact == new[k]) | (rounded == new[k]) | (exact == new_rounded[k]))
            if known[k]
            else nothing
            for k in range(len(answers))
        ]

    def _told_before(
        self, k: int, answers: Answers, known: "Labels", alike: Rows, asked: bool
    ) -> Rows:
        """Find labels of the row that an answer names, the likeliest first."""
        same = np.flatnonzero(known.rows == answers.rows[k])
        agrees = np.isin(same, alike)
        if agrees.any():
            return same[agrees]
        if len(same):
            # the number was another row's where the pool is in another order; where the content
            # is nowhere, it was rounded
            moved = alike[known.rows[alike] >= 0]
            return moved if len(moved) or asked else same
        # a row that was taught before without its number; if asked, it is another that looks alike
        return alike[:0] if asked else alike[known.rows[alike] < 0]

    def new_items(self, n: int) -> Rows:
        """Number `n` rows that have no answer yet."""
        return len(self) + np.arange(n)

    def rows_in(self, pool: Any, cache: PoolCache, owner: Any) -> Rows:
        """Find the row of `pool` that each counting label belongs to, or -1."""
        return self.search(pool, cache, owner)[0]

    def search(self, pool: Any, cache: PoolCache, owner: Any) -> tuple[Rows, int]:
        """Find the row of `pool` that each counting label belongs to, or -1 (0018).

        Second is how many were found by content, not only believed.

        A told row is believed; it moves only if its content is found elsewhere in the pool. Once
        one has moved, the pool is in another order, and what is not found is gone. Where no row
        was told, the content is looked for; k equal labels take k equal rows.
        """
        which = self.counting()
        rows = self.rows[which]
        if not len(rows) or (self.X is pool and (rows >= 0).all()):
            return rows, len(rows)
        is_row = (rows >= 0) & (rows < n_rows(pool))
        stays = is_row.copy()
        # rounded: a told row whose values were cast to float32 is still there
        stays[is_row] = (
            prints_of(cache, pool, owner, rows[is_row], True) == self.prints(True)[which[is_row]]
        )
        found = np.where(stays, rows, -1)
        for mine_rounded, its_rounded in ((False, False), (False, True), (True, False)):
            lost = np.flatnonzero(found < 0)
            if not len(lost):  # a pool whose rows all stay is never read whole
                break
            is_open = np.ones(n_rows(pool), dtype=bool)
            is_open[found[found >= 0]] = False
            open_rows = np.flatnonzero(is_open)
            its = prints_of(cache, pool, owner, None, its_rounded)[open_rows]
            matched = match_rows(self.prints(mine_rounded)[which[lost]], its)
            found[lost] = np.where(matched >= 0, open_rows[matched], -1)
        n_found = int((found >= 0).sum())
        moved = (found >= 0) & (rows >= 0) & (found != rows)
        believed = is_row & (found < 0)
        if not moved.any():
            found[believed] = rows[believed]  # values were rounded on the way, or the like
        return found, n_found

    def difference(self, pool: Any, y: NDArray[Any], rows: Rows) -> str | None:
        """Say which row of a pool, at `rows`, or label of it, is another than was taught."""
        labels = self.labels()
        told = labels.rows
        names = ["a taught row" if row < 0 else f"row {row}" for row in told.tolist()]
        for k in np.flatnonzero((rows < 0) | ((told >= 0) & (rows != told)))[:1]:
            where = "is not in X" if rows[k] < 0 else f"is row {rows[k]} of X"
            return f"{names[k]} {where} (label {labels.y.tolist()[k]!r})"
        if self.X is not pool:  # told rows are believed: look closer
            mine = self.prints(True)[self.counting()]
            for k in np.flatnonzero(mine != row_prints(pool, rows, rounded=True))[:1]:
                return f"{names[k]} of X holds other values"
        for k in np.flatnonzero(labels.y != y[rows])[:1]:
            new, old = y[rows].tolist()[k], labels.y.tolist()[k]
            return f"y is {new!r} for {names[k]}, which was labelled {old!r}"
        return None

    def placed(self, pool: Any, rows: Rows) -> "LabelLog":
        """Make it a log about a pool, in which its counting labels stand at `rows`."""
        of_item = np.empty(len(self), dtype=np.intp)
        of_item[self.items[self.counting()]] = rows
        everywhere = of_item[self.items]
        return replace(self, X=pool, at=everywhere, rows=everywhere)

    def notes_of_labels(self) -> dict[str, NDArray[Any]]:
        """Say what the strategy noted of each counting label, NaN where it did not ask it."""
        return {name: values[self.counting()] for name, values in self.notes.items()}

    def table(self) -> dict[str, NDArray[Any]]:
        """Give all events as columns."""
        counts = np.zeros(len(self.y), dtype=bool)
        counts[self.counting()] = True
        columns = {"row": self.rows, "label": self.y, "round": self.rounds, "counts": counts}
        columns |= {**self.params, **self.about}
        columns |= {f"share_{label}": shares for label, shares in self.soft.items()}
        return {name: values.copy() for name, values in columns.items()}

    def __getstate__(self) -> dict[str, Any]:
        """Keep the rows that were answered, never the pool, in a pickle or copy."""
        own = None if self.X is None else take_rows(self.X, self.at)
        return {**vars(self), "X": own, "at": np.arange(len(self.at)), "_prints": {}}


def prints_of(cache: PoolCache, pool: Any, owner: Any, rows: Rows | None, rounded: bool) -> Prints:
    """Give prints of some rows of a pool, or of all, each made once while the pool lives.

    `owner` is the object that the user holds: a tensor's array is made anew in every call.
    """
    n = n_rows(pool)
    values, done = cache.get(
        owner,
        ("prints", rounded, n),
        lambda: (np.empty(n, dtype=np.uint64), np.zeros(n, dtype=bool)),
    )
    known = np.flatnonzero(done)
    some = known[:: max(1, len(known) // SAMPLE)]
    if len(some) and not np.array_equal(row_prints(pool, some, rounded=rounded), values[some]):
        done[:] = False  # the pool was sorted or filled in place
    rows = np.arange(n) if rows is None else rows
    missing = np.unique(rows[~done[rows]])
    if len(missing):
        values[missing] = row_prints(pool, missing, rounded=rounded)
        done[missing] = True
    return values[rows]


def _filled(
    old: Mapping[str, NDArray[Any]], new: Mapping[str, NDArray[Any]], n_old: int, n_new: int
) -> dict[str, NDArray[Any]]:
    """Put names below names; what one side lacks is ""."""
    return {
        name: np.append(old.get(name, np.full(n_old, "")), new.get(name, np.full(n_new, "")))
        for name in {**old, **new}
    }


def _stacked(
    old: Mapping[Any, NDArray[Any]], new: Mapping[Any, NDArray[Any]], n_old: int, n_new: int
) -> dict[Any, NDArray[Any]]:
    """Put notes below notes; what one side lacks, or has in another shape, is NaN."""
    stacked = {}
    for name in {**old, **new}:
        shape = (new if name in new else old)[name].shape[1:]
        parts = [
            notes[name]
            if name in notes and notes[name].shape[1:] == shape
            else np.full((n, *shape), np.nan)
            for notes, n in ((old, n_old), (new, n_new))
        ]
        stacked[name] = np.concatenate(parts)
    return stacked
