"""What was played: one run a learner, data set and repeat, and all runs in a table."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skal._optional import require
from skal.learner import History

__all__ = ["DataSet", "Failure", "Run", "RunTable", "asks_at_random", "check_comparison"]

RANDOM = "random"


@dataclass(frozen=True, eq=False)
class Run:
    """One learner on one data set in one repeat.

    Parameters
    ----------
    data, learner : str
        Their names.
    repeat : int
        Runs of one repeat are paired: they share the split, the initial rows and all seeds.
    history : History
        One record a round; ``rows`` are rows of the data set's X.
    """

    data: str
    learner: str
    repeat: int
    history: History

    @property
    def key(self) -> tuple[str, str, int]:
        """What tells a run from all others."""
        return self.data, self.learner, self.repeat


@dataclass(frozen=True)
class Failure:
    """A run that ended in an error; it is counted nowhere.

    Parameters
    ----------
    data, learner : str
    repeat : int
    error : str
        Type and message.
    traceback : str
    """

    data: str
    learner: str
    repeat: int
    error: str
    traceback: str = ""

    @property
    def summary(self) -> str:
        """The error with the file and the line that raised it."""
        found = re.findall(r'^  File "(.+)", line (\d+), in (.+)$', self.traceback, re.MULTILINE)
        if not found:
            return self.error
        # the last line that is the user's own; libraries lie among the packages, skal in its folder
        root = str(Path(__file__).parents[1])
        own = [it for it in found if "site-packages" not in it[0] and not it[0].startswith(root)]
        file, line, name = (own or found)[-1]
        return f"{self.error} ({Path(file).name}, line {line}, in {name})"


@dataclass(frozen=True)
class DataSet:
    """What a conclusion must know of a data set.

    Parameters
    ----------
    n_rows : int
        Rows of X; the pool of each repeat is drawn from them.
    n_test : int
        Rows that are scored after every round.
    class_counts : dict
        Label -> rows of X.
    pairing : str, default=""
        What pairs runs: a digest of rows, labels, split and seed.
    test_share : float, default=None
        Share of the largest class in a test set of its own; None: as in X.
    """

    n_rows: int
    n_test: int
    class_counts: Mapping[Any, int]
    pairing: str = ""
    test_share: float | None = None


class RunTable:
    """Runs of several learners, paired by repeat, on one or more data sets.

    Statistics read nothing else; `Comparison` is such a table.

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
    """

    def __init__(
        self,
        runs: Iterable[Run],
        *,
        baseline: str | None = None,
        data: Mapping[str, DataSet] | None = None,
        failures: Iterable[Failure] = (),
        params: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] | None = None,
    ):
        self.runs = tuple(runs)
        self.failures = tuple(failures)
        self.data = dict(data or {})
        self.params = dict(params or {})
        self.settings = dict(settings or {})
        names = self.learner_names
        at_random = [name for name in names if asks_at_random(name, self.params.get(name, {}))]
        first = RANDOM if RANDOM in names else next(iter([*at_random, *names]), None)
        # told, it may have failed everywhere: statistics then say so (see check_baseline)
        self.baseline = baseline or first

    @property
    def data_names(self) -> list[str]:
        """Names of the data sets, in the order of the runs."""
        return list(dict.fromkeys(run.data for run in self.runs))

    @property
    def learner_names(self) -> list[str]:
        """Names of the learners, in the order of the runs."""
        return list(dict.fromkeys(run.learner for run in self.runs))

    @property
    def score_names(self) -> list[str]:
        """Names of the scores, such as ``["test_score"]``."""
        return list(dict.fromkeys(name for run in self.runs for name in run.history.score_names))

    def histories(self, data: str | None = None) -> dict[str, list[History]]:
        """Return the histories of one data set by learner, in the order of the repeats.

        Parameters
        ----------
        data : str, default=None
            Name of the data set; None: the only one.

        Returns
        -------
        dict of str to list of History
        """
        data = self._one(data)
        found: dict[str, list[History]] = {}
        for run in sorted((r for r in self.runs if r.data == data), key=lambda r: r.repeat):
            found.setdefault(run.learner, []).append(run.history)
        return {name: found[name] for name in self.learner_names if name in found}

    def paired(self, learner: str, other: str, data: str | None = None) -> list[tuple[Any, Any]]:
        """Return pairs of histories of two learners, one of each repeat that both have finished.

        Parameters
        ----------
        learner, other : str
        data : str, default=None
            Name of the data set; None: the only one.

        Returns
        -------
        list of (History, History)
        """
        data = self._one(data)
        by_key = {run.key: run.history for run in self.runs}
        repeats = sorted({run.repeat for run in self.runs})  # runs come in any order
        keys = [((data, learner, k), (data, other, k)) for k in repeats]
        return [(by_key[a], by_key[b]) for a, b in keys if a in by_key and b in by_key]

    def _one(self, data: str | None) -> str:
        names = self.data_names
        if data is None and len(names) == 1:
            return names[0]
        if data in names:
            return str(data)
        if not names:
            failed = f" ({len(self.failures)} failed)" if self.failures else ""
            raise ValueError(
                f"A comparison must hold a finished run, got none{failed}; see its failures, or "
                "call compare()."
            )
        raise ValueError(f"data must be one of {names}, got {data!r}; name one of them.")

    def to_records(self) -> list[dict[str, Any]]:
        """Return a tidy table in plain Python, one dict a round of a run.

        Returns
        -------
        list of dict
        """
        return [
            {"data": run.data, "learner": run.learner, "repeat": run.repeat} | record
            for run in self.runs
            for record in run.history.to_records()
        ]

    def to_frame(self) -> Any:
        """Return a tidy table, one row a round of a run.

        Returns
        -------
        pandas.DataFrame
            What `to_records` gives.
        """
        pandas = require("pandas", extra="pandas", purpose="Comparison.to_frame")
        return pandas.DataFrame(self.to_records())


def asks_at_random(name: str, params: Mapping[str, Any]) -> bool:
    """Tell whether a learner asks at random, by its strategy, or by its name if that is all."""
    strategy = params.get("strategy", name)
    kind = strategy.get("is", "") if isinstance(strategy, dict) else str(strategy)
    # in a name that was given by hand, among other words
    return RANDOM in kind.rpartition(".")[2].lower()


def check_comparison(given: Any) -> None:
    """Refuse what is no comparison, before its runs are missed.

    Parameters
    ----------
    given : object

    Raises
    ------
    TypeError
        If it is neither a `Comparison` nor a table of runs.

    Examples
    --------
    >>> from skal.experiment import check_comparison
    >>> check_comparison({})
    Traceback (most recent call last):
        ...
    TypeError: `comparison` must be a Comparison, as compare() returns it, got dict; ...
    """
    if not isinstance(given, RunTable):
        raise TypeError(
            "`comparison` must be a Comparison, as compare() returns it, got "
            f"{type(given).__name__}; histories and learners are drawn by from_histories or "
            "from_history."
        )
