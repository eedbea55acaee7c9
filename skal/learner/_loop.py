"""The loop: choose rows, reveal their labels, train, score; one record a round."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import check_scoring, get_scorer

from skal.evidence import Evidence, PoolCache
from skal.learner._answers import Examinee
from skal.learner._guesses import guesses
from skal.learner._history import History
from skal.learner._initial import compares_classes, first_rows
from skal.learner._modes import TrainingMode
from skal.learner._pseudo import PoolGuesser
from skal.learner._rounds import QUERY, Labels, retrain, seed_of, stream, train
from skal.learner._sizes import Sizes
from skal.strategies import Choice, Strategy, check_strategy

__all__ = ["Loop", "as_scorer", "record_of"]

Scorer = Callable[[Any, Any, Any], dict[str, float]]


def as_scorer(scoring: Any, examinee: Examinee) -> Scorer:
    """One function that gives all scores by their names in the history."""
    if scoring is None:
        return lambda *exam: {"test_score": float(get_scorer("accuracy")(*exam))}
    scorer = check_scoring(examinee, scoring)

    def scores(*exam: Any) -> dict[str, float]:
        found = scorer(*exam)
        if not isinstance(found, Mapping):
            return {"test_score": float(found)}
        return {f"test_{name}": float(value) for name, value in found.items()}

    return scores


def record_of(
    round_: int,
    n_labeled: int,
    fraction: float,
    choice: Choice,
    y_new: NDArray[Any],
    seconds: Mapping[str, float],
    n_trained: int,
    scores: Mapping[str, float],
) -> dict[str, Any]:
    """The history's record of one round."""
    found, counts = np.unique(y_new, return_counts=True)
    return {
        "round": round_,
        "n_labeled": n_labeled,
        "fraction": fraction,
        **scores,
        "n_trained": n_trained,
        "query_seconds": seconds.get("query", 0.0),
        "fit_seconds": seconds.get("fit", 0.0),
        "score_seconds": seconds.get("score", 0.0),
        "class_counts": dict(zip(found.tolist(), counts.tolist(), strict=True)),
        "rows": choice.positions,
        "utility": choice.utility,
    }


@dataclass
class Loop:
    """A whole run over a pool whose labels are known; `step` is one round."""

    estimator: Any
    strategy: Strategy
    mode: TrainingMode
    initial: Strategy | None
    sizes: Sizes
    stopping: Callable[[History], bool] | None
    X: Any
    y: NDArray[Any]
    classes: NDArray[Any]
    root: int
    constants: Mapping[str, Any]
    per_row: Mapping[str, NDArray[Any]]
    exam: tuple[Any, Any] | None = None
    scoring: Any = None
    guesser: PoolGuesser | None = None
    # what grows
    rows: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    rounds: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    history: History = field(default_factory=History)
    fitted: Any = None
    past: Mapping[str, Any] | None = None  # what the strategy noted
    kept: PoolCache = field(default_factory=PoolCache)
    torn: bool = False  # interrupted while weights were being changed

    def finished(self) -> bool:
        """Whether the budget is spent, the pool is empty or the stopping rule says so."""
        spent = len(self.rows) >= min(self.sizes.budget, len(self.y))
        return spent or (self.stopping is not None and bool(self.stopping(self.history)))

    def step(self) -> None:
        """One round; the state changes only when it is complete."""
        if self.torn:  # before the query, which reads the weights too
            done = self._labels(self.rows, self.rounds)
            guess = None if self.guesser is None else self.guesser.again
            self.fitted = retrain(done, self.classes, guess, **self._how())
            self.torn = False
        round_, clock = len(self.history), _Clock()
        choice, guessed, pseudo = self._choose(round_, clock)
        rows = np.append(self.rows, choice.positions)
        rounds = np.append(self.rounds, np.full(len(choice.positions), round_))
        fitted, n_trained = self._train(rows, rounds, pseudo)
        clock.lap("fit")
        scores = self._score(fitted)
        clock.lap("score")
        record = record_of(
            round_,
            len(rows),
            len(rows) / len(self.y),
            choice,
            self.y[choice.positions],
            clock.seconds,
            n_trained,
            scores,
        )
        record |= {**guessed, "chance": _or_nan(choice.chance, len(choice.positions))}
        record |= self._about(pseudo)
        self.rows, self.rounds, self.fitted, self.past = rows, rounds, fitted, choice.notes
        self.history.append(record)
        self.torn = False

    def _choose(
        self, round_: int, clock: "_Clock"
    ) -> tuple[Choice, dict[str, NDArray[Any]], Labels | None]:
        """Rows to label next, what the classifier takes them for, and pseudo-labels of others."""
        rng = stream(self.root, round_, QUERY)
        if round_ == 0:
            codes = np.searchsorted(self.classes, self.y)
            init, _, budget = self.sizes
            choice = first_rows(self.initial, self.X, codes, init, budget, rng, self.kept)
            clock.lap("query")
            return choice, {}, None
        evidence = self._evidence(round_)
        n = min(self.sizes.query, self.sizes.budget - len(self.rows), len(evidence))
        choice = self._strategy().choose(evidence, n, rng)
        clock.lap("query")
        guessed = guesses(evidence, choice.positions)
        clock.lap("guess")
        guess = self.guesser
        pseudo = None if guess is None else guess(evidence, choice.positions, round_)
        return choice._replace(positions=evidence.rows[choice.positions]), guessed, pseudo

    def _about(self, pseudo: Labels | None) -> dict[str, Any]:
        """How many pseudo-labels a round was trained on, and the share that is right."""
        if self.guesser is None:
            return {}
        if pseudo is None or not len(pseudo.y):
            return {"n_pseudo": 0, "pseudo_accuracy": np.nan}
        right = float((pseudo.y == self.y[pseudo.rows]).mean())
        return {"n_pseudo": len(pseudo.y), "pseudo_accuracy": right}

    def _evidence(self, round_: int) -> Evidence:
        """Of all rows that have no label yet."""
        is_open = np.ones(len(self.y), dtype=bool)
        is_open[self.rows] = False
        return Evidence(
            self.fitted,
            self.X,
            np.flatnonzero(is_open),
            classes=self.classes,
            X_labeled=self.X,
            rows_labeled=self.rows,
            y_labeled=self.y[self.rows],
            rounds=self.rounds,
            seed=seed_of(self.root, round_),
            past=self.past,
            pool_cache=self.kept,
        )

    def _strategy(self) -> Strategy:
        """The strategy, or what chose the initial set where there are no classes to compare."""
        if len(self.classes) > 1 or not compares_classes(self.strategy):
            return self.strategy
        return check_strategy("random") if self.initial is None else self.initial

    def _how(self) -> dict[str, Any]:
        return {
            "estimator": self.estimator,
            "mode": self.mode,
            "root": self.root,
            "constants": self.constants,
        }

    def _labels(self, rows: NDArray[np.intp], rounds: NDArray[np.intp]) -> Labels:
        params = {name: values[rows] for name, values in self.per_row.items()}
        return Labels(self.X, rows, self.y[rows], rounds, params)

    def _train(
        self, rows: NDArray[np.intp], rounds: NDArray[np.intp], pseudo: Labels | None
    ) -> tuple[Any, int]:
        self.torn = self.mode.warm and self.fitted is not None
        labels = self._labels(rows, rounds)
        return train(self.fitted, labels=labels, classes=self.classes, pseudo=pseudo, **self._how())

    def _score(self, fitted: Any) -> dict[str, float]:
        if self.exam is None:
            return {}
        examinee = Examinee(fitted, self.classes)
        return as_scorer(self.scoring, examinee)(examinee, *self.exam)


def _or_nan(values: NDArray[np.floating] | None, n: int) -> NDArray[np.floating]:
    return np.full(n, np.nan) if values is None else values


class _Clock:
    """Seconds between laps."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = perf_counter()

    def lap(self, name: str) -> None:
        now = perf_counter()
        self.seconds[name], self._last = now - self._last, now
