"""What a comparison plays, and what tells one run from another."""

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import numpy as np
from sklearn.base import clone

from skal._containers import n_rows, row_prints
from skal.experiment._describe import describe
from skal.experiment._play import Cell, Source, sizes_of
from skal.experiment._store import file_of, plain, plain_data

__all__ = ["Plan"]

MOST_READ = 1_000  # rows by which two data sets are told apart, besides all labels


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
        self.described = {name: _described(learner) for name, learner in learners.items()}
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
                prints[c.data], self.described[c.learner], c.repeat, c.random_state, c.n_threads
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
            "data": {name: plain_data(summary) for name, summary in self.summaries.items()},
            "runs": [
                {"data": c.data, "learner": c.learner, "repeat": c.repeat, "file": file_of(key)}
                for c, key in zip(self.cells, self.keys, strict=True)
            ],
        }


def _described(learner: Any) -> Any:
    """A learner without what the comparison sets."""
    return describe(clone(learner).set_params(random_state=None, verbose=0, warm_start=False))


def _fingerprint(source: Source) -> list[Any]:
    """All labels, and enough of the rows."""
    parts = [(source.X, source.y), (source.X_test, source.y_test)]
    known = [[_rows_print(X), describe(plain(y))] for X, y in parts if y is not None]
    return [known, source.test_size if source.y_test is None else None]


def _rows_print(X: Any) -> str:
    n = n_rows(X)
    some = np.unique(np.linspace(0, n - 1, min(n, MOST_READ)).astype(np.intp))
    shape, names = getattr(X, "shape", (n,))[1:], list(map(str, getattr(X, "columns", ())))
    kind = f"{type(X).__name__} {getattr(X, 'dtype', '')} {shape} {names}"
    return f"{n} {kind} {blake2b(row_prints(X, some).tobytes(), digest_size=16).hexdigest()}"


def _digest(*parts: Any) -> str:
    text = json.dumps(parts, sort_keys=True)
    return blake2b(text.encode(), digest_size=16).hexdigest()
