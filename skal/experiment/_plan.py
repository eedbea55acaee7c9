"""What a comparison plays, and what tells one run from another."""

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from sklearn.base import clone

from skal.experiment._describe import describe, versions
from skal.experiment._digest import digest_rows
from skal.experiment._play import Cell, Source, sizes_of
from skal.experiment._store import file_of, plain, plain_data

__all__ = ["Plan"]


class Plan:
    """All runs of a comparison, each with a key that tells whether it was played before."""

    def __init__(
        self,
        learners: Mapping[str, Any],
        sources: Mapping[str, Source],
        n_repeats: int,
        random_state: int,
        n_threads: int,
    ):
        self.learners, self.sources = learners, sources
        packages: set[str] = set()
        self.described = {name: _described(it, packages) for name, it in learners.items()}
        self.versions = versions(packages)
        prints = {name: _fingerprint(source) for name, source in sources.items()}
        self.summaries = {
            name: source.summary(_digest(prints[name], random_state))
            for name, source in sources.items()
        }
        self.cells = [  # repeat by repeat, so that an interrupted comparison is balanced
            Cell(data, learner, repeat, random_state, n_threads)
            for repeat in range(n_repeats)
            for data in sources
            for learner in learners
        ]
        self.keys = [
            _digest(
                [prints[c.data], self.described[c.learner], self.versions],
                [c.repeat, c.random_state, c.n_threads],
            )
            for c in self.cells
        ]

    def check_sizes(self) -> None:
        """Refuse a learner whose sizes cannot be met by a pool."""
        for data, source in self.sources.items():
            y = source.y[source.split(self.cells[0].seeds()[0])[0]]
            for name, learner in self.learners.items():
                try:
                    sizes_of(learner, y)
                except ValueError as error:
                    raise ValueError(f"learner {name!r} on {data!r}: {error}") from None

    def index(self, baseline: str | None) -> dict[str, Any]:
        """What is written beside the runs."""
        return {
            "baseline": baseline,
            "learners": self.described,
            "versions": self.versions,
            "data": {name: plain_data(summary) for name, summary in self.summaries.items()},
            "runs": [
                {"data": c.data, "learner": c.learner, "repeat": c.repeat, "file": file_of(key)}
                for c, key in zip(self.cells, self.keys, strict=True)
            ],
        }


def _described(learner: Any, packages: set[str]) -> Any:
    """A learner without what the comparison sets."""
    plain = clone(learner).set_params(random_state=None, verbose=0, warm_start=False)
    return describe(plain, packages)


def _fingerprint(source: Source) -> list[Any]:
    """All labels, and enough of the rows."""
    parts = [(source.X, source.y), (source.X_test, source.y_test)]
    known = [[digest_rows(X), describe(plain(y))] for X, y in parts if y is not None]
    return [known, source.test_size if source.y_test is None else None]


def _digest(*parts: Any) -> str:
    text = json.dumps(parts, sort_keys=True)
    return blake2b(text.encode(), digest_size=16).hexdigest()
