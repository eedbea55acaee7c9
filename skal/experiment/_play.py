"""One run of a comparison: split, learn, and say what happened in rows of X."""

import traceback
from contextlib import suppress
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.model_selection import train_test_split

from skal._containers import RowsOf, is_outside_memory, n_rows, take_rows, unreadable_rows
from skal._threads import limited_threads
from skal.exceptions import StoreError
from skal.experiment._balance import batch_distance
from skal.experiment._progress_bar import Noting
from skal.experiment._run_files import plain
from skal.experiment._runs import DataSet, Failure, Run
from skal.learner import History, Sizes, check_labels, resolve_sizes

__all__ = ["GivenData", "PlannedRun", "check_given_data", "play", "sizes_of"]


@dataclass(frozen=True, eq=False)
class GivenData:
    """A data set: rows with labels, and either test rows or the share of rows to be kept for them.

    Parameters
    ----------
    X, y : rows and labels
    X_test, y_test : default=None
    test_size : float, default=0.25
    """

    X: Any
    y: NDArray[Any]
    X_test: Any = None
    y_test: NDArray[Any] | None = None
    test_size: float | int = 0.25

    def split(self, seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Rows of the pool and rows kept for the test, stratified wherever the classes allow it."""
        everything = np.setdiff1d(np.arange(len(self.y)), unreadable_rows(self.X))
        if self.y_test is not None:
            return everything, everything[:0]
        how = {"test_size": self.test_size, "random_state": seed}
        try:
            pool, test = train_test_split(everything, stratify=self.y[everything], **how)
        except ValueError:  # a class has one row only, or more classes than test rows
            pool, test = train_test_split(everything, **how)
        return np.sort(pool), test  # in the order of X, whose rows they are

    def pool(self, rows: NDArray[np.intp]) -> Any:
        """The rows of a pool; those of a pool that is not in memory stay where they are."""
        if len(rows) == n_rows(self.X):
            return self.X
        return RowsOf(self.X, rows) if is_outside_memory(self.X) else take_rows(self.X, rows)

    def test_set(self, rows: NDArray[np.intp]) -> tuple[Any, NDArray[Any]]:
        """The test set: one of its own, or the rows kept for it."""
        if self.y_test is not None:
            return self.X_test, self.y_test
        return take_rows(self.X, rows), self.y[rows]

    def summary(self, pairing: str) -> DataSet:
        """What a conclusion must know of the data set."""
        labels, counts = np.unique(plain(self.y), return_counts=True)
        # all splits keep equally many rows
        n_test = len(self.split(0)[1] if self.y_test is None else self.y_test)
        found = dict(zip(labels.tolist(), counts.tolist(), strict=True))
        share = None
        if self.y_test is not None:
            _, of_test = np.unique(plain(self.y_test), return_counts=True)
            share = float(of_test.max() / of_test.sum())
        return DataSet(len(self.y), n_test, found, pairing=pairing, test_share=share)


def check_given_data(name: str, given: GivenData) -> GivenData:
    """The data set with its labels checked, or a refusal that names it."""
    where = "" if name == "data" else f" of data set {name!r}"
    if isinstance(given.X, str | PathLike):
        raise TypeError(
            f"X{where} must be rows, got {given.X!r}; pass skal.data.ImageFolderPool(X) if it is a "
            "folder of images."
        )
    y = check_labels(given.y, given.X, (f"y{where}", "X"))
    if (given.X_test is None) != (given.y_test is None):
        raise ValueError(f"X_test and y_test{where} belong together; pass both or neither.")
    unreadable_rows(given.X, look=True)  # they are in no split
    if given.y_test is None:
        return GivenData(given.X, y, test_size=given.test_size)
    y_test = check_labels(given.y_test, given.X_test, (f"y_test{where}", "X_test"))
    return GivenData(given.X, y, given.X_test, y_test)


@dataclass(frozen=True)
class PlannedRun:
    """A run to be played: its names, and everything that pairs the runs of one repeat."""

    data: str
    learner: str
    repeat: int
    random_state: int
    n_threads: int
    note_file: str | None = None
    journal: str | None = None

    def seeds(self) -> tuple[int, int]:
        """Seeds of the split and of the learner, alike for all learners of the repeat."""
        # two streams: the rows of the split say nothing of the learner's draws
        split, learner = np.random.SeedSequence([self.random_state, self.repeat]).generate_state(2)
        return int(split) % 2**31, int(learner) % 2**31


def sizes_of(learner: Any, y: NDArray[Any]) -> Sizes:
    """How many labels a learner spends on a pool with labels `y`."""
    sizes = learner.init_size, learner.query_size, learner.budget
    return resolve_sizes(*sizes, n_rows=len(y), n_classes=len(np.unique(y)))


def play(learner: Any, given: GivenData, plan: PlannedRun) -> Run | Failure:
    """Play one run.

    Parameters
    ----------
    learner : unfitted learner
    given : GivenData
    plan : PlannedRun

    Returns
    -------
    Run or Failure
    """
    names = plan.data, plan.learner, plan.repeat
    try:
        with limited_threads(plan.n_threads):  # sums of floats depend on their number
            return Run(*names, _history(learner, given, plan))
    except Exception as error:  # one learner must not take the others with it; it is reported
        return Failure(*names, f"{type(error).__name__}: {error}", traceback.format_exc())


def _history(learner: Any, given: GivenData, plan: PlannedRun) -> History:
    split_seed, seed = plan.seeds()
    pool, kept = given.split(split_seed)
    X, y = given.pool(pool), given.y[pool]
    X_test, y_test = given.test_set(kept)
    learner = clone(learner).set_params(random_state=seed, warm_start=False, verbose=0)
    if plan.note_file is not None:
        budget = sizes_of(learner, y).budget
        learner.set_params(on_round=Noting(plan.note_file, budget, learner.on_round))
    _fit(learner, plan.journal, X=X, y=y, X_test=X_test, y_test=y_test)
    records = []
    for record in learner.history_:
        rows = pool[record["rows"]]  # of X: those of the learner are rows of its pool
        known = [name for name in ("predicted", "runner_up") if name in record]  # not in round 0
        # labels that are objects would need a pickle
        labels = {name: plain(record[name]) for name in known} | {"labels": plain(given.y[rows])}
        distance = batch_distance(take_rows(given.X, rows))
        records.append(record | {"rows": rows, **labels, "batch_distance": distance})
    return History(records)


def _fit(learner: Any, journal: str | None, **data: Any) -> None:
    """Fit, and go on inside a run that was cut off; the journal is a convenience, no result."""
    # workers on other machines may not see the folder
    if journal is not None and Path(journal).parent.is_dir():
        # another process plays the run too, the disk is full, the file is damaged
        with suppress(StoreError):
            learner.fit(**data, journal=journal)
            return
    learner.fit(**data)
