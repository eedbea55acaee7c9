"""One label an item from the answers of several people."""

import warnings
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skal.labeling._crowdlab import Crowdlab
from skal.labeling._expectation import DawidSkene, OneCoin
from skal.labeling._votes import Floats, Ints, Votes, code_votes
from skal.labeling._voting import Estimate, MajorityVote, Wawa, first_of_largest

__all__ = ["Aggregate", "Crowdlab", "DawidSkene", "MajorityVote", "OneCoin", "Wawa", "aggregate"]

METHODS = {kind.name: kind for kind in (MajorityVote, Wawa, DawidSkene, OneCoin, Crowdlab)}
SUREST = 1 - 1e-3  # weight of an item of which a learned method is certain: it never is
FEW = 30  # shared answers a person below which Dawid-Skene is surer than it should be
ENOUGH = 20  # shared answers a person and class with which Dawid-Skene is chosen


class Method(Protocol):
    """What makes probabilities of votes."""

    name: Any

    def estimate(self, votes: Votes, proba: Floats | None = None) -> Estimate:
        """Say how likely each class of each item is."""


@dataclass(frozen=True)
class Aggregate:
    """Labels that several people's answers come to.

    Attributes
    ----------
    items : array of shape (n_items,)
        Distinct, sorted.
    classes : array of shape (n_classes,)
    proba : array of shape (n_items, n_classes)
        How likely each class is; rows sum to 1.
    label : array of shape (n_items,)
        The likeliest class; of several the first.
    tie : bool array of shape (n_items,)
        Whether several classes are the likeliest.
    weight : array of shape (n_items,)
        Probability of the label, 0 where nobody answered. A method that learns is never trusted
        above 0.999.
    n_answers : int array of shape (n_items,)
    method : str
        Name of the method that was used.
    annotators : array of shape (n_annotators,)
        Distinct, sorted.
    reliability : array of shape (n_annotators,)
        How often each is thought to be right; NaN where nobody else answered the same items.
    confusion : array of shape (n_annotators, n_classes, n_classes)
        Rows are the true class, columns the answer.
    n_shared : int array of shape (n_annotators,)
        Answers to items that others answered too, which reliability is learned from.
    log_likelihood : tuple of float
        Of each iteration, where there were some.
    """

    items: NDArray[Any]
    classes: NDArray[Any]
    proba: Floats
    label: NDArray[Any]
    tie: NDArray[np.bool_]
    weight: Floats
    n_answers: Ints
    method: str
    annotators: NDArray[Any]
    reliability: Floats
    confusion: Floats
    n_shared: Ints
    log_likelihood: tuple[float, ...] = ()


def aggregate(
    items: ArrayLike,
    annotators: ArrayLike,
    labels: ArrayLike,
    classes: ArrayLike | None = None,
    *,
    method: str | Method = "auto",
    proba: ArrayLike | None = None,
) -> Aggregate:
    """Make one label an item of the answers of several people.

    Parameters
    ----------
    items, annotators, labels : array of shape (n_answers,)
        A long table in the order of time: of two answers of one person to one item the later
        counts. A label that is None or NaN is a skip.
    classes : array of shape (n_classes,), default=None
        All classes, in the order in which they win ties; None: those that were answered, sorted.
    method : str or object, default="auto"
        ``"majority"``, ``"wawa"``, ``"dawid_skene"``, ``"one_coin"``, ``"crowdlab"``, or one of
        their objects. ``"auto"``: Crowdlab if there is `proba`; the majority if no two people
        answered the same item; one-coin if the median person gave fewer than 20 answers a class to
        items that others answered too; else Dawid-Skene.
    proba : array of shape (n_items, n_classes), default=None
        Out-of-fold probabilities of a classifier, one row a distinct item, in sorted order; a row
        of NaN where there are none.

    Returns
    -------
    Aggregate

    Notes
    -----
    Methods that learn take people to err independently; two who copy each other count twice.

    Examples
    --------
    >>> from skal.labeling import aggregate
    >>> found = aggregate([7, 7, 7, 9], ["anna", "ben", "cleo", "anna"],
    ...                   ["cat", "cat", "dog", "dog"], method="majority")
    >>> found.label.tolist(), found.weight.round(3).tolist()
    (['cat', 'dog'], [0.667, 1.0])
    """
    return aggregate_votes(code_votes(items, annotators, labels, classes), method, proba)


def aggregate_votes(
    votes: Votes, method: str | Method = "auto", proba: ArrayLike | None = None
) -> Aggregate:
    """Make one label an item of votes."""
    P = None if proba is None else _checked(proba, votes)
    chosen = _method(method, votes, P)
    found = chosen.estimate(votes, P)
    best, tie = first_of_largest(found.proba)
    weight = np.minimum(found.proba.max(axis=1), SUREST if found.is_learned else 1.0)
    return Aggregate(
        items=votes.items,
        classes=votes.classes,
        proba=found.proba,
        label=votes.classes[best],
        tie=tie,
        weight=np.where(votes.n_answers > 0, weight, 0.0),
        n_answers=votes.n_answers,
        method=chosen.name,
        annotators=votes.annotators,
        reliability=np.where(votes.n_shared > 0, found.reliability, np.nan),
        confusion=found.confusion,
        n_shared=votes.n_shared,
        log_likelihood=found.log_likelihood,
    )


def _method(method: str | Method, votes: Votes, proba: Floats | None) -> Method:
    # 0033: an answer that stands alone tells nothing of who gave it
    shared = float(np.median(votes.n_shared[votes.n_given > 0])) if len(votes.item) else 0.0
    if method == "auto":
        method = _by_answers(shared, votes, proba)
    if isinstance(method, str) and method not in METHODS:
        raise ValueError(
            f"`method` must be 'auto' or one of {', '.join(map(repr, METHODS))}, got {method!r}."
        )
    chosen: Any = METHODS[method]() if isinstance(method, str) else method
    if chosen.name == DawidSkene.name and votes.n_shared.any() and shared < FEW:
        warnings.warn(
            f"Dawid-Skene learns from {shared:g} shared answers a person, and is surer than it "
            f"should be below {FEW}; 'one_coin' learns less of each.",
            stacklevel=4,
        )
    return chosen


def _by_answers(shared: float, votes: Votes, proba: Floats | None) -> str:
    if proba is not None:
        return Crowdlab.name
    if not votes.n_shared.any():
        return MajorityVote.name
    return OneCoin.name if shared < ENOUGH * len(votes.classes) else DawidSkene.name


def _checked(proba: ArrayLike, votes: Votes) -> Floats:
    P = np.asarray(proba, dtype=np.float64)
    shape = (len(votes.items), len(votes.classes))
    if P.shape != shape:
        raise ValueError(
            f"`proba` must have shape {shape}, a row for each distinct item and a column for each "
            f"class, got {P.shape}."
        )
    return P
