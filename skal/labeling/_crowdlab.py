"""Aggregation with a classifier as one more annotator: best for one or two answers an item."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from skal.labeling._votes import Floats, Votes
from skal.labeling._voting import USUAL, Estimate, coins, first_of_largest

__all__ = ["Crowdlab"]

LEAST = 1e-4  # weight of who is no better than always naming the commonest class


@dataclass(frozen=True)
class Crowdlab:
    """Count a classifier's probabilities as one more person's answers.

    Everybody weighs as much as they beat the commonest class: people by how often two of them
    agree, the classifier by how often it agrees with the majority of items that several answered.

    Notes
    -----
    The probabilities must be out of fold: a classifier that was trained on a label agrees with it.

    References
    ----------
    Goh, Tkachenko, Mueller (2022), "CROWDLAB: supervised learning to infer consensus labels and
    quality scores for data with multiple annotators", section 3.
    """

    name: ClassVar[str] = "crowdlab"

    def estimate(self, votes: Votes, proba: Floats | None = None) -> Estimate:
        """Weigh answers and probabilities, and add them up."""
        if proba is None:
            raise ValueError(
                "`proba` must hold the classifier's out-of-fold probabilities, got None; give "
                "them, or choose another method."
            )
        c = len(votes.classes)
        told = np.asarray(np.isfinite(proba).all(axis=1))
        people = self._agreement(votes)
        model, commonest, usual = self._against_majority(votes, proba, told)
        people = np.where(np.isnan(people), usual, people)
        weights = _beyond(people, commonest)
        of_model = _beyond(model, commonest) * np.sqrt(votes.n_answers[votes.n_answers > 0].mean())
        given = weights[votes.annotator]
        spread = (1 - usual) / max(1, c - 1)  # an answer speaks a little for the other classes
        mixed = votes.by_item(given * (usual - spread))
        mixed += np.bincount(votes.item, given * spread, len(votes.items))[:, None]
        mixed[told] += of_model * proba[told]
        total = mixed.sum(axis=1, keepdims=True)
        even = np.full_like(mixed, 1 / c)
        return Estimate(
            np.divide(mixed, total, out=even, where=total > 0),
            people,
            coins(votes, people),
            is_learned=True,
        )

    def _agreement(self, votes: Votes) -> Floats:
        """Share of others' answers to the same items that are equal; NaN where there are none."""
        m = len(votes.annotators)
        same = votes.by_item()[votes.item, votes.label] - 1
        others = votes.n_answers[votes.item] - 1
        met = np.bincount(votes.annotator, others, m)
        agreed = np.bincount(votes.annotator, same, m)
        return np.divide(agreed, met, out=np.full(m, np.nan), where=met > 0)

    def _against_majority(
        self, votes: Votes, proba: Floats, told: NDArray[np.bool_]
    ) -> tuple[float, float, float]:
        """How often the model, the commonest class and people are of the majority."""
        n_answers = votes.n_answers
        shared = n_answers > 1
        looked = shared if (shared & told).any() else n_answers > 0
        majority, _ = first_of_largest(votes.shares())
        label = majority[looked]
        commonest = np.bincount(label, minlength=len(votes.classes)).max() / max(1, len(label))
        guess, _ = first_of_largest(proba[looked & told])
        is_right = guess == majority[looked & told]
        model = float(is_right.mean()) if len(is_right) else 0.0
        answers = shared[votes.item]
        agreed = votes.label[answers] == majority[votes.item[answers]]
        items = votes.item[answers]
        usual = float((agreed / n_answers[items]).sum() / shared.sum()) if shared.any() else USUAL
        return model, float(commonest), usual


def _beyond(right: Floats | float, commonest: float) -> Floats:
    """Weight of somebody by how much they beat naming the commonest class always."""
    error = max(1 - commonest, LEAST)
    return np.maximum(LEAST, 1 - (1 - np.asarray(right)) / error)
