"""compare(): learners, repeats and data sets in; one table of paired runs out."""

import warnings
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from numbers import Integral
from pathlib import Path
from typing import Any

from joblib import Parallel, delayed, effective_n_jobs
from numpy.typing import ArrayLike

from skal._threads import limited_threads
from skal.experiment._comparison import Comparison
from skal.experiment._naming import named_learners
from skal.experiment._plan import Plan
from skal.experiment._play import GivenData, PlannedRun, check_given_data, play
from skal.experiment._progress_bar import Board
from skal.experiment._run_files import (
    file_of,
    holds_index,
    journal_of,
    read_history,
    read_index,
    write_history,
    write_index,
)
from skal.experiment._runs import Failure, Run

__all__ = ["compare"]


def compare(
    learners: Any,
    X: Any,
    y: ArrayLike | None = None,
    *,
    X_test: Any = None,
    y_test: ArrayLike | None = None,
    test_size: float | int = 0.25,
    strategies: Iterable[Any] | None = None,
    grid: Mapping[str, Any] | list[Mapping[str, Any]] | None = None,
    n_repeats: int = 5,
    baseline: str | None = None,
    folder: str | Path | None = None,
    n_jobs: int | None = None,
    n_threads: int = 1,
    random_state: int = 0,
    verbose: int = 1,
) -> Comparison:
    """Play several learners on the same data, in pairs, and keep what happened.

    All learners of one repeat share the split into pool and test set and the seed, so that runs
    are compared in pairs: with equal sizes they start from equal rows, and equal nets from equal
    weights.

    Parameters
    ----------
    learners : ActiveLearner, list of ActiveLearner or dict of str to ActiveLearner
        Those of a list are named by what differs between them. They are cloned; their
        `random_state`, `verbose` and `warm_start` are set by the comparison. A run calls
        `on_round` where it plays, which may be another process.
    X : rows of shape (n_samples, ...) or dict
        Anything that `ActiveLearner.fit` takes. Several data sets: a dict of name to ``(X, y)``
        or ``(X, y, X_test, y_test)``.
    y : array of shape (n_samples,), default=None
    X_test, y_test : default=None
        Scored after every round. None: a share of X is kept for it, another one in each repeat.
    test_size : float or int, default=0.25
        That share, or a number of rows.
    strategies : list, default=None
        Strategies of a single learner to compare: names or objects.
    grid : dict or list of dict, default=None
        Parameters of a single learner to try in all combinations, as in ``ParameterGrid``; each
        with all `strategies`, if these are given too.
    n_repeats : int, default=5
        Runs of each learner on each data set.
    baseline : str, default=None
        The learner that others are compared with; None: "random" if there is one, else the first
        that asks at random, else the first.
    folder : path, default=None
        Every finished run is kept there, in plain files, and every round of the others. The same
        call goes on where it was interrupted, inside a run too, and more repeats or learners only
        add what is missing.
    n_jobs : int, default=None
        Runs that play at the same time. The backend is joblib's: choose it with
        ``joblib.parallel_config``.
    n_threads : int, default=1
        Threads of each run. Results are the same, bit for bit, for every `n_jobs` and backend,
        as long as this number stays.
    random_state : int, default=0
    verbose : int, default=1
        1 shows a progress bar with the rounds that are playing and the time left; where output is
        no terminal and no notebook, a line for each finished run.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        Before any work, if a name, a size or a parameter cannot be right; or if every run failed.

    Warns
    -----
    UserWarning
        If some runs failed; they are in ``failures`` and counted nowhere.

    Notes
    -----
    A pool that is a memmap or a `DatasetRows` is never copied as a whole; give such data a test
    set of its own. In a folder, data are told apart by all labels and a thousand rows; functions
    and classes of your own by their code and all that it refers to by name; libraries by their
    versions, skal by its files too. What code finds in other ways (files, ``getattr``,
    environment variables) is not seen: choose another folder after changing those.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.experiment import compare
    >>> X, y = load_digits(return_X_y=True)
    >>> learner = ActiveLearner(LogisticRegression(), init_size=20, query_size=20, budget=60)
    >>> result = compare(learner, X / 16, y, strategies=["random", "margin"],
    ...                  n_repeats=2, verbose=0)
    >>> result.learner_names, len(result.runs)
    (['random', 'margin'], 4)
    """
    for count, value in (("n_repeats", n_repeats), ("n_threads", n_threads)):
        if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
            raise ValueError(f"{count} must be an int of at least 1, got {value!r}.")
    if not isinstance(random_state, Integral) or random_state < 0:
        raise ValueError(
            f"random_state must be an int of at least 0, got {random_state!r}: a comparison is to "
            "be repeatable."
        )
    effective_n_jobs(n_jobs)  # refuses 0
    named = named_learners(learners, grid, strategies)
    if baseline is not None and baseline not in named:
        raise ValueError(f"baseline={baseline!r} is no learner; there are {list(named)}.")
    data = _given_data(X, y, X_test, y_test, test_size)
    plan = Plan(named, data, n_repeats, int(random_state), n_threads)
    plan.check_sizes()
    place = None if folder is None else Path(folder)
    index = plan.index(baseline)
    if place is not None:
        _warn_of_others(place, index)
        write_index(place, index)  # before any run: an interrupted comparison can be loaded
    played = _play_all(plan, place, n_jobs, verbose)
    failures = [found for found in played if isinstance(found, Failure)]
    if place is not None and failures:
        write_index(place, index | {"failures": [vars(failure) for failure in failures]})
    _report(failures, len(plan.runs))
    return Comparison(
        [found for found in played if isinstance(found, Run)],
        baseline=baseline,
        data=plan.summaries,
        failures=failures,
        params=index["learners"],
        settings=index["settings"],
    )


def _warn_of_others(folder: Path, index: Mapping[str, Any]) -> None:
    """Say it if runs in the folder will not be part of the comparison any more."""
    if not holds_index(folder):
        return
    files = {run["file"] for run in index["runs"]}
    others = [run for run in read_index(folder)["runs"] if run["file"] not in files]
    others = [run for run in others if (folder / run["file"]).is_file()]
    if others:
        names = ", ".join(repr(name) for name in dict.fromkeys(run["learner"] for run in others))
        data = ", ".join(repr(name) for name in dict.fromkeys(run["data"] for run in others))
        warnings.warn(
            f"{folder} holds {len(others)} runs of another comparison ({names} on {data}), which "
            "are kept but no part of this one; the call that made them finds them again.",
            stacklevel=3,
        )


def _play_all(
    plan: Plan, folder: Path | None, n_jobs: int | None, verbose: int
) -> list[Run | Failure]:
    """Play what is not on disk yet; results in the order of the plan."""
    found: dict[str, Run | Failure] = {}
    if folder is not None:
        for run, key in zip(plan.runs, plan.keys, strict=True):
            if key not in found and (folder / file_of(key)).is_file():
                # 0015: under the names of this plan, whatever it was called when it was played
                history = read_history(folder / file_of(key))
                found[key] = Run(run.data, run.learner, run.repeat, history)
    missing = {  # of runs that are alike under two names, one is played
        key: run for run, key in zip(plan.runs, plan.keys, strict=True) if key not in found
    }
    with (
        Board(len(found) + len(missing), len(found), verbose) as board,
        # held over all runs: in threads, or one after another, they play in this process
        limited_threads(plan.runs[0].n_threads),
    ):
        work = (  # made as workers get free: of a learner and its data, few copies at a time
            delayed(_play_one)(
                key,
                plan.learners[run.learner],
                plan.data[run.data],
                replace(run, note_file=board.note_file(key), journal=journal_in(folder, key)),
            )
            for key, run in missing.items()
        )
        for key, result in Parallel(n_jobs, return_as="generator_unordered")(work):
            # 0015: the parent writes, so that workers need no common disk
            if folder is not None and isinstance(result, Run):
                write_history(folder / file_of(key), result.history)
                (folder / journal_of(key)).unlink(missing_ok=True)
            found[key] = result
            board.done(key, result)
    if folder is not None:
        with suppress(OSError):  # of runs that failed, or that another process plays
            (folder / journal_of("")).parent.rmdir()
    return [
        replace(found[key], data=run.data, learner=run.learner)
        for run, key in zip(plan.runs, plan.keys, strict=True)
    ]


def journal_in(folder: Path | None, key: str) -> str | None:
    """Make room for the journal of a run in the folder of its comparison."""
    if folder is None:
        return None
    path = folder.absolute() / journal_of(key)  # workers may stand elsewhere
    path.parent.mkdir(parents=True, exist_ok=True)
    return str(path)


def _play_one(
    key: str, learner: Any, given: GivenData, run: PlannedRun
) -> tuple[str, Run | Failure]:
    # results come out of order, and a name may stand for the run of another (see _play_all)
    return key, play(learner, given, run)


def _report(failures: list[Failure], n_runs: int) -> None:
    if not failures:
        return
    first = failures[0]
    which = f"{first.learner!r} on {first.data!r}, repeat {first.repeat}: {first.summary}"
    if len(failures) == n_runs:
        every = ValueError(f"every run failed; the first, {which}")
        every.add_note(first.traceback)  # where it was raised may have been another process
        raise every
    warnings.warn(
        f"{len(failures)} of {n_runs} runs failed and are counted nowhere; the first, {which} "
        "(all are in failures; the same call tries them again).",
        stacklevel=3,
    )


# ---------------------------------------------------------------- what came


def _given_data(X: Any, y: Any, X_test: Any, y_test: Any, test_size: Any) -> dict[str, GivenData]:
    if not (isinstance(X, Mapping) and y is None):
        given = GivenData(X, y, X_test, y_test, test_size)
        return {"data": check_given_data("data", given)}
    if X_test is not None or y_test is not None:
        raise ValueError(
            "X is a dict of data sets; pass the test set of each inside: (X, y, X_test, y_test)."
        )
    if not X:
        raise ValueError("X is a dict without data sets; pass one at least.")
    for name, parts in X.items():
        if not isinstance(name, str) or not isinstance(parts, tuple) or len(parts) not in (2, 4):
            raise TypeError(
                f"data set {name!r} must be a text that stands for (X, y) or (X, y, X_test, "
                f"y_test), got {type(parts).__name__}."
            )
    # test_size goes to all; those with a test set of their own let it go
    data = {name: replace(GivenData(*parts), test_size=test_size) for name, parts in X.items()}
    return {name: check_given_data(name, given) for name, given in data.items()}
