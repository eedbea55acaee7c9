"""A comparison: its runs, what is concluded from them, and its place on disk."""

import warnings
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Self

import joblib

from skal.experiment._run_files import (
    file_of,
    plain_data,
    read_history,
    read_index,
    same_history,
    write_history,
    write_index,
)
from skal.experiment._runs import DataSet, Failure, Run, RunTable
from skal.experiment._script import script_of
from skal.experiment._summary import Summary, summarize
from skal.experiment._verdict import Verdict, conclude

__all__ = ["Comparison"]

MOST_NAMED = 5  # data sets, in a line


class Comparison(RunTable):
    """Runs of several learners, paired by repeat, on one or more data sets.

    Parameters
    ----------
    runs : iterable of Run
    baseline : str, default=None
        The learner that others are compared with; None: "random" if there is one, else the first
        that asks at random, else the first.
    data : dict of str to DataSet, default=None
    failures : iterable of Failure, default=()
    params : dict, default=None
        Learner -> its parameters, in plain values.
    settings : dict, default=None
        How `compare` was called, in plain values; nothing of runs that were put together by hand.

    Attributes
    ----------
    runs : tuple of Run
    failures : tuple of Failure
    baseline : str or None
    data, params, settings : dict

    Examples
    --------
    >>> from skal.experiment import Comparison, Run
    >>> from skal.learner import History
    >>> histories = {
    ...     "random": [{"n_labeled": 10, "test_score": 0.5}, {"n_labeled": 20, "test_score": 0.6}],
    ...     "margin": [{"n_labeled": 10, "test_score": 0.5}, {"n_labeled": 20, "test_score": 0.7}],
    ... }
    >>> runs = [Run("digits", name, 0, History(h)) for name, h in histories.items()]
    >>> Comparison(runs).baseline
    'random'
    """

    def __repr__(self) -> str:
        n_repeats = len({run.repeat for run in self.runs})
        names = self.data_names
        few = len(names) <= MOST_NAMED
        data = ", ".join(map(repr, names)) if few else f"{len(names)} data sets"
        n_learners = len(self.learner_names)
        return (
            f"<Comparison: {n_learners} learners x {n_repeats} repeats on {data}, "
            f"{len(self.runs)} runs>"
        )

    def _repr_html_(self) -> str:
        head = f"<p>{escape(repr(self))}</p>"
        try:
            with warnings.catch_warnings():  # to be looked at must not warn
                warnings.simplefilter("ignore")
                verdict = self.verdict()
        except ValueError:  # no score, or several
            return head
        first = f"<p><strong>{escape(verdict.headline)}</strong></p>"
        return head + first + verdict.summary._repr_html_()

    def summary(self, **options: Any) -> Summary:
        """Compute the numbers of each learner on each data set.

        Parameters
        ----------
        **options
            As of `summarize`.

        Returns
        -------
        Summary
        """
        return summarize(self, **options)

    def verdict(self, **options: Any) -> Verdict:
        """Say in plain words what was found.

        Parameters
        ----------
        **options
            As of `summarize`: which score and baseline, what target, at what level.

        Returns
        -------
        Verdict
        """
        return conclude(summarize(self, **options))

    def to_python(self) -> str:
        """Write the lines that make the comparison again, given the same rows and labels.

        Returns
        -------
        str
            Empty for runs that were put together by hand or merged. What no library brings is
            named in a comment.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner, compare
        >>> X, y = load_iris(return_X_y=True)
        >>> learner = ActiveLearner(LogisticRegression(), init_size=10, budget=10)
        >>> found = compare(learner, X, y, strategies=["random"], n_repeats=1, verbose=0)
        >>> print(found.to_python())
        from skal import ActiveLearner, compare
        from sklearn.linear_model import LogisticRegression
        <BLANKLINE>
        # X, y: 150 rows of shape (4,), 3 classes
        learners = {
            'random': ActiveLearner(budget=10, estimator=LogisticRegression(), init_size=10, ...),
        }
        result = compare(
            learners,
            X,
            y,
            test_size=0.25,
            n_repeats=1,
            baseline='random',
            random_state=0,
            n_threads=1,
        )
        """
        return script_of(self)

    def save(self, folder: str | Path) -> Path:
        """Write the comparison as plain files: an index in JSON and a NumPy archive a run.

        Parameters
        ----------
        folder : path

        Returns
        -------
        Path
        """
        place = Path(folder)
        runs = []
        for run in self.runs:  # named by content: an interrupted save leaves older ones whole
            file = file_of(str(joblib.hash(list(run.history))))
            write_history(place / file, run.history)
            names = {"data": run.data, "learner": run.learner, "repeat": run.repeat}
            runs.append({**names, "file": file})
        index = {
            "baseline": self.baseline,
            "learners": self.params,
            "settings": self.settings,
            "data": {name: plain_data(data) for name, data in self.data.items()},
            "runs": runs,
            "failures": [vars(failure) for failure in self.failures],
        }
        write_index(place, index)  # last: an index never names a file that is not there yet
        return place

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """Read what `save` wrote, or what a call of `compare` has finished so far.

        Parameters
        ----------
        folder : path

        Returns
        -------
        Comparison
        """
        place = Path(folder)
        index = read_index(place)
        runs = [
            Run(r["data"], r["learner"], r["repeat"], read_history(place / r["file"]))
            for r in index["runs"]
            if (place / r["file"]).is_file()  # the others were not finished yet
        ]
        data = {
            name: DataSet(**{**values, "class_counts": dict(values["class_counts"])})
            for name, values in index["data"].items()
        }
        failures = [Failure(**failure) for failure in index.get("failures", [])]
        how = {"baseline": index["baseline"], "params": index["learners"]}
        how["settings"] = index.get("settings", {})
        return cls(runs, data=data, failures=failures, **how)

    def merge(self, *others: "Comparison") -> "Comparison":
        """Join the runs of several comparisons in one.

        Parameters
        ----------
        *others : Comparison

        Returns
        -------
        Comparison

        Raises
        ------
        ValueError
            If a data set or a learner means different things, so that runs would be no pairs, or
            a run has two results.
        """
        everything = [self, *others]
        data = _united("data set", [c.data for c in everything])
        params = _united("learner", [c.params for c in everything])
        found: dict[tuple[str, str, int], Run] = {}
        for run in (run for comparison in everything for run in comparison.runs):
            known = found.setdefault(run.key, run)
            if not same_history(known.history, run.history):
                raise ValueError(
                    f"{run.learner!r} on {run.data!r}, repeat {run.repeat}, has two different "
                    "results; give the learner another name in one comparison."
                )
        # what failed in one may have been finished in another
        failures = dict.fromkeys(
            failure
            for comparison in everything
            for failure in comparison.failures
            if (failure.data, failure.learner, failure.repeat) not in found
        )
        how: dict[str, Any] = {"baseline": self.baseline, "data": data, "params": params}
        # several calls are not made again by one
        same = all(other.settings == self.settings for other in others)
        how["settings"] = self.settings if same else {}
        return Comparison(found.values(), failures=failures, **how)


def _united(kind: str, tables: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Several dicts in one; what a name stands for must be the same in all."""
    found: dict[str, Any] = {}
    for name, value in (item for table in tables for item in table.items()):
        if found.setdefault(name, value) != value:
            raise ValueError(
                f"the {kind} {name!r} differs between the comparisons (of a data set: its rows, "
                "split or seed, so that runs would be no pairs); give it another name in one."
            )
    return found
