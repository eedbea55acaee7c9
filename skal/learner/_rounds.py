"""Training through the rounds: the labels of each, its random streams, and the same again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skal._containers import take_rows
from skal.learner._modes import TrainingMode
from skal.learner._training import train_fresh, train_on

__all__ = ["QUERY", "Labels", "retrain", "seed_of", "stream", "train"]

QUERY, TRAIN, SEED, EVIDENCE = range(4)  # what a random stream is for


def stream(root: int, round_: int, purpose: int) -> np.random.Generator:
    """Generator of one round and purpose; any round can be computed again by itself."""
    return np.random.default_rng([root, round_, purpose])


def seed_of(root: int, round_: int, purpose: int = EVIDENCE) -> int:
    """A seed out of the stream of one round and purpose."""
    return int(stream(root, round_, purpose).integers(2**63))


@dataclass(frozen=True)
class Labels:
    """Labelled rows of some X, and what belongs to each."""

    X: Any
    rows: NDArray[np.intp]  # of X, in the order labelled
    y: NDArray[Any]  # (n_labeled,)
    rounds: NDArray[np.intp]  # (n_labeled,)
    params: Mapping[str, NDArray[Any]] = field(default_factory=dict)  # each (n_labeled,)

    def before(self, round_: int) -> "Labels":
        """Those of the rounds before one."""
        return self.taken(self.rounds < round_)

    def taken(self, which: NDArray[Any]) -> "Labels":
        """Some of them."""
        params = {name: values[which] for name, values in self.params.items()}
        return Labels(self.X, self.rows[which], self.y[which], self.rounds[which], params)

    def joined(self, other: "Labels") -> "Labels":
        """These and those of other rows of the same X; a weight that is not given is 1."""
        params = {
            name: np.append(self.params.get(name, np.ones(len(self.y))), values)
            for name, values in other.params.items()
        }
        return Labels(
            self.X,
            np.append(self.rows, other.rows),
            np.append(self.y, other.y),
            np.append(self.rounds, other.rounds),
            params,
        )


def train(
    fitted: Any,
    estimator: Any,
    mode: TrainingMode,
    labels: Labels,
    classes: NDArray[Any],
    *,
    root: int,
    constants: Mapping[str, Any],
    pseudo: Labels | None = None,
    one_class_stands_in: bool = False,
) -> tuple[Any, int]:
    """Train on the labels of all rounds so far, as the mode says, and on pseudo-labels.

    Returns the fitted classifier (in a warm mode, `fitted` itself, changed) and the number of
    labelled rows it was trained on.
    """
    round_ = int(labels.rounds[-1])
    picked = labels.taken(mode.rows(labels.rounds, stream(root, round_, TRAIN)))
    n_trained = len(picked.y)
    if pseudo is not None and len(pseudo.y):
        picked = picked.joined(pseudo)
    X, y = take_rows(picked.X, picked.rows), picked.y
    params = {**constants, **picked.params}
    if mode.warm and fitted is not None and _weightless(params):
        return fitted, 0
    if mode.warm and fitted is not None:
        gone_on = train_on(fitted, X, y, classes, params)
        if gone_on is not None:
            return gone_on, n_trained
    fresh = train_fresh(
        estimator,
        X,
        y,
        classes,
        mode=mode,
        seed=seed_of(root, round_, SEED),
        fit_params=params,
        one_class_stands_in=one_class_stands_in,
    )
    return fresh, n_trained


def _weightless(params: Mapping[str, Any]) -> bool:
    """Whether no row to train on carries any weight."""
    weights = [values for name, values in params.items() if name.endswith("sample_weight")]
    return any(not np.any(w) for w in weights)


def retrain(
    labels: Labels,
    classes: NDArray[Any],
    guess: Callable[[Any, Labels], Labels] | None = None,
    **how: Any,
) -> Any:
    """Train through all rounds again; gives the very classifier that those rounds gave.

    `guess` makes the pseudo-labels of a round, by the classifier of the round before.
    """
    fitted = None
    for round_ in range(int(labels.rounds[-1]) + 1):
        now = labels.before(round_ + 1)
        pseudo = guess(fitted, now) if guess is not None and round_ else None
        fitted, _ = train(fitted, labels=now, classes=classes, pseudo=pseudo, **how)
    return fitted
