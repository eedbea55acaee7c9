"""Rows drawn evenly, hidden among those that a strategy chose: the honest accuracy."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

__all__ = ["Accuracy", "audit_accuracy", "drawn_audit", "hidden_in"]

WINDOW = 200  # audited rows that tell of the latest models; older ones tell of worse models
LEVEL = 0.95
Ints = NDArray[np.intp]


@dataclass(frozen=True)
class Accuracy:
    """Share of audited rows that were predicted right before anybody had labelled them."""

    value: float  # NaN: nothing was audited yet
    low: float
    high: float
    n: int

    def __bool__(self) -> bool:
        return self.n > 0


def drawn_audit(
    open_items: Ints, waiting: Ints, n: int, share: float, rng: np.random.Generator
) -> Ints:
    """Draw the audit of a queue of `n` evenly among what is open, before a strategy chooses.

    What was drawn before and is still open stays, or the answers would be those of rows that
    people chose to answer.
    """
    waiting = waiting[np.isin(waiting, open_items)]
    # the part of one row that a share leaves is drawn too: a share of .1 holds for queues of 4
    wanted = int(n * share + rng.random()) - len(waiting)
    fresh = np.setdiff1d(open_items, waiting)
    drawn = rng.choice(fresh, size=min(max(wanted, 0), len(fresh)), replace=False)
    return np.concatenate([waiting, drawn]).astype(np.intp)


def hidden_in(chosen: Ints, audit: Ints, rng: np.random.Generator) -> Ints:
    """Mix audited rows into the order of chosen ones, at places drawn evenly."""
    n = len(chosen) + len(audit)
    mixed = np.empty(n, dtype=np.intp)
    places = np.sort(rng.choice(n, size=len(audit), replace=False))
    mixed[places] = audit
    mixed[np.setdiff1d(np.arange(n), places)] = chosen
    return mixed


def audit_accuracy(
    audited: Sequence[tuple[int, str]], answered: Iterable[tuple[int, str]], window: int = WINDOW
) -> Accuracy:
    """Compare what models said of audited items with what people answered, over the latest ones.

    Parameters
    ----------
    audited : pairs of an item and the class that it was taken for, the oldest first
    answered : pairs of an item and the class that it counts as
    window : int
    """
    truth = dict(answered)
    right = [truth[item] == said for item, said in audited if item in truth][-window:]
    if not right:
        return Accuracy(np.nan, np.nan, np.nan, 0)
    found = binomtest(sum(right), len(right)).proportion_ci(LEVEL, method="wilson")
    return Accuracy(sum(right) / len(right), float(found.low), float(found.high), len(right))
