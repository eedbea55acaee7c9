"""What the classifier takes rows for before their labels are revealed."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skal._containers import take_rows
from skal.evidence import Evidence, Proba, Scores
from skal.learner import _answers

__all__ = ["guesses", "probabilities"]


def guesses(evidence: Evidence, positions: NDArray[np.intp]) -> dict[str, NDArray[Any]]:
    """Likeliest and second likeliest class of some candidates, for the history.

    Probabilities that the query measured are used again; otherwise those of these rows alone are
    measured.
    """
    some, estimator = evidence.part(positions), evidence.estimator
    if not hasattr(estimator, "predict_proba"):
        part = take_rows(some.X, some.rows)
        labels = _answers.labels(estimator, part, some.classes)
        return {"predicted": labels, "confidence": np.full(len(some), np.nan)}
    return _best_two(np.array(probabilities(some), dtype=np.float64), some.classes)


def probabilities(evidence: Evidence) -> NDArray[np.floating]:
    """Class probabilities of the candidates; those that the query measured are used again."""
    known = evidence.knows(Scores()) and not evidence.knows(Proba())  # then they are the same
    return evidence.arrays({"proba": Scores() if known else Proba()})["proba"]


def _best_two(proba: NDArray[np.float64], classes: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Labels and probabilities of the two likeliest classes; `proba` is overwritten."""
    rows, first = np.arange(len(proba)), proba.argmax(axis=1)
    best = {"predicted": classes[first], "confidence": proba[rows, first]}
    if len(classes) == 1:
        return best
    proba[rows, first] = -np.inf
    second = proba.argmax(axis=1)
    return {
        **best,
        "runner_up": classes[second],
        "runner_up_confidence": proba[rows, second],
    }
