"""What a comparison plays, and what tells one run from another."""

import json
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

from sklearn.base import clone

from skal._describe import describe, versions
from skal._digest import digest_rows
from skal.experiment._naming import SET_HERE
from skal.experiment._play import GivenData, PlannedRun, sizes_of
from skal.experiment._run_files import file_of, plain, plain_data
from skal.experiment._script import learners_in_python
from skal.nets import ANNClassifier

__all__ = ["SOURCES", "Plan", "sources"]

# what no run goes through
AFTERWARDS = {"interop", "labeling", "plotting", "commands", "__main__.py"}
# files of experiment that a run goes through
PLAYED_BY = {"_balance.py", "_play.py", "_run_files.py"}


class Plan:
    """All runs of a comparison, each with a key that tells whether it was played before."""

    def __init__(
        self,
        learners: Mapping[str, Any],
        data: Mapping[str, GivenData],
        n_repeats: int,
        random_state: int,
        n_threads: int,
    ):
        self.learners, self.data = learners, data
        packages: set[str] = set()
        self.described = {
            name: describe(clone(it).set_params(**SET_HERE), packages)
            for name, it in learners.items()
        }
        self.versions = versions(packages)
        prints = {name: _fingerprint(given) for name, given in data.items()}
        self.summaries = {
            name: given.summary(_digest(prints[name], random_state)) for name, given in data.items()
        }
        self.runs = [  # repeat by repeat, so that an interrupted comparison is balanced
            PlannedRun(name, learner, repeat, random_state, n_threads)
            for repeat in range(n_repeats)
            for name in data
            for learner in learners
        ]
        # 0015: a run is known by what its result depends on, not by the names it goes by
        self.keys = [
            _digest(
                [prints[run.data], self.described[run.learner], self.versions, SOURCES],
                [run.repeat, run.random_state, run.n_threads],
            )
            for run in self.runs
        ]

        self.n_repeats = n_repeats
        self.sizes: dict[str, dict[str, list[int]]] = {name: {} for name in data}

    def check_sizes(self) -> None:
        """Resolve the sizes of the learners; refuse one whose sizes cannot be met by a pool."""
        for data, given in self.data.items():
            # the pools of later repeats are as large, and have these classes or nearly so
            y = given.y[given.split(self.runs[0].seeds()[0])[0]]
            for name, learner in self.learners.items():
                try:
                    self.sizes[data][name] = list(sizes_of(learner, y))
                except ValueError as error:
                    raise ValueError(f"learner {name!r} on {data!r}: {error}") from None

    def index(self, baseline: str | None) -> dict[str, Any]:
        """What is written beside the runs."""
        return {
            "baseline": baseline,
            "learners": self.described,
            "versions": self.versions,
            "settings": self.settings(),
            "data": {name: plain_data(summary) for name, summary in self.summaries.items()},
            "runs": [
                {"data": r.data, "learner": r.learner, "repeat": r.repeat, "file": file_of(key)}
                for r, key in zip(self.runs, self.keys, strict=True)
            ],
        }

    def settings(self) -> dict[str, Any]:
        """What is needed to play all of it again, beside the rows and labels."""
        first = self.runs[0]
        data = {
            name: {
                "shape": _row_shape(given.X),
                "test_size": given.test_size if given.y_test is None else None,
            }
            for name, given in self.data.items()
        }
        return {
            **learners_in_python(self.learners),
            "estimators": {
                name: describe(ANNClassifier() if it.estimator is None else it.estimator)
                for name, it in self.learners.items()
            },
            "data": data,
            "sizes": self.sizes,
            "n_repeats": self.n_repeats,
            "random_state": first.random_state,
            "n_threads": first.n_threads,
            "versions": self.versions,
        }


def _row_shape(X: Any) -> list[int] | None:
    """Shape of a row; None of texts and lists."""
    shape = getattr(X, "shape", None)
    return None if shape is None else [int(n) for n in shape[1:]]


def _fingerprint(given: GivenData) -> list[Any]:
    """All labels, and enough of the rows."""
    # 0015: all labels, for they are small; a thousand rows, for reading a pool may take hours
    parts = [(given.X, given.y), (given.X_test, given.y_test)]
    known = [[digest_rows(X), describe(plain(y))] for X, y in parts if y is not None]
    return [known, given.test_size if given.y_test is None else None]  # how X is split, if it is


def _digest(*parts: Any) -> str:
    text = json.dumps(parts)  # the order of a dict counts: the first score is the one that is read
    return blake2b(text.encode(), digest_size=16).hexdigest()


def sources(folder: Path) -> str:
    """Digest of the files of skal that a run goes through, as they are on disk.

    Parameters
    ----------
    folder : Path
        Where skal lies.

    Returns
    -------
    str
    """
    # 0015: bytes, not code: a comment counts too, which costs a run played twice at worst
    digest = blake2b(digest_size=16)
    for file in sorted(folder.rglob("*.py")):
        place = file.relative_to(folder)
        plays = place.parts[0] != "experiment" or place.name in PLAYED_BY
        if plays and place.parts[0] not in AFTERWARDS:
            code = file.read_bytes()
            # with the length, or text moved from one file to the next would not be seen
            digest.update(f"{place.as_posix()} {len(code)} ".encode() + code)
    return digest.hexdigest()


# read when skal is imported: what is edited later is not what this process plays
SOURCES = sources(Path(__file__).parents[1])
