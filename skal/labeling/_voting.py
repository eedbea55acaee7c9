"""Aggregation by counting: every answer the same, or as much as its giver is mostly agreed with."""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skal.labeling._votes import Floats, Ints, Votes, shares_of

__all__ = ["USUAL", "Estimate", "MajorityVote", "Wawa", "coins", "first_of_largest", "skills"]

TIED = 1e-9  # probabilities nearer than this are equal: rounding must not settle a tie
USUAL = 0.8  # share of right answers of somebody of whom nothing is known


class Estimate(NamedTuple):
    """What a method makes of votes."""

    proba: Floats  # (n_items, n_classes)
    reliability: Floats  # (n_annotators,)
    confusion: Floats  # (n_annotators, n_classes, n_classes): true class, answer
    log_likelihood: tuple[float, ...] = ()  # of each iteration
    is_learned: bool = False  # by iteration, which is surer than it should be of few answers


@dataclass(frozen=True)
class MajorityVote:
    """Count every answer the same."""

    name: ClassVar[str] = "majority"

    def estimate(self, votes: Votes, proba: Floats | None = None) -> Estimate:
        """Give each class its share of the votes."""
        shares = votes.shares()
        right = skills(votes, shares)
        return Estimate(shares, right, coins(votes, right))


@dataclass(frozen=True)
class Wawa:
    """Count an answer as much as its giver agrees with the majority.

    "Worker agreement with aggregate": the share of a person's answers that are the majority's is
    the weight of all of them in a second vote.
    """

    name: ClassVar[str] = "wawa"

    def estimate(self, votes: Votes, proba: Floats | None = None) -> Estimate:
        """Weigh the votes by the skill of who gave them."""
        shares = votes.shares()
        right = skills(votes, shares)
        weighted = votes.by_item(right[votes.annotator])
        unheard = weighted.sum(axis=1) == 0  # all who answered were never of the majority
        weighted[unheard] = shares[unheard]
        return Estimate(shares_of(weighted), right, coins(votes, right))


def first_of_largest(proba: Floats) -> tuple[Ints, NDArray[np.bool_]]:
    """Find the likeliest class of each row, of several the first, and whether there are several."""
    largest = proba >= proba.max(axis=1, keepdims=True) - TIED
    return largest.argmax(axis=1), largest.sum(axis=1) > 1


def skills(votes: Votes, shares: Floats) -> Floats:
    """How often each person is of the majority of items that others answered too.

    An answer to an item that is tied counts in part. Of who shares no item, the usual skill.
    """
    winners = shares >= shares.max(axis=1, keepdims=True) - TIED
    agreed = (winners / winners.sum(axis=1, keepdims=True))[votes.item, votes.label]
    agreed[votes.n_answers[votes.item] < 2] = 0  # whoever answers alone is the majority
    n, shared = len(votes.annotators), votes.n_shared
    right = np.bincount(votes.annotator, agreed, n)
    return np.divide(right, shared, out=np.full(n, USUAL), where=shared > 0)


def coins(votes: Votes, right: Floats) -> Floats:
    """Confusions of people who are right with one probability, and else err evenly."""
    c = len(votes.classes)
    eye = np.eye(c)
    wrong = (1 - right) / max(1, c - 1)
    return right[:, None, None] * eye + wrong[:, None, None] * (1 - eye)
