"""Aggregation by expectation maximisation: what is true and who errs how, learned together."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import logsumexp

from skal.labeling._votes import Floats, Votes
from skal.labeling._voting import Estimate, MajorityVote, coins
from skal.measures import log

__all__ = ["DawidSkene", "OneCoin"]

Maximise = Callable[[Votes, Floats], Floats]  # confusions of everybody, given T


@dataclass(frozen=True)
class DawidSkene:
    """Learn how each person confuses each class with each other, and what is true given that.

    Needs many answers: c (c - 1) numbers a person are learned. Below 30 answers a person it is
    surer than it should be, and warns.

    Parameters
    ----------
    alpha : float >= 0, default=0.01
        Added to every count of a confusion.
    max_iter : int >= 1, default=100
    tol : float >= 0, default=1e-6
        Stops when the log-likelihood grows by less for each item.

    References
    ----------
    Dawid, Skene (1979), "Maximum likelihood estimation of observer error-rates using the EM
    algorithm", Applied Statistics 28, equations 2.3 to 2.5.
    """

    alpha: float = 0.01
    max_iter: int = 100
    tol: float = 1e-6
    name: ClassVar[str] = "dawid_skene"

    def __post_init__(self) -> None:
        if self.alpha < 0:
            raise ValueError(f"`alpha` must be at least 0, got {self.alpha}; 0 smooths nothing.")
        _check_iteration(self.max_iter, self.tol)

    def estimate(self, votes: Votes, proba: Floats | None = None) -> Estimate:
        """Learn confusions and truth from vote shares on."""
        return _learn(votes, self._confusions, self.max_iter, self.tol)

    def _confusions(self, votes: Votes, proba: Floats) -> Floats:
        m, c = len(votes.annotators), len(votes.classes)
        code = votes.annotator * c + votes.label
        counts = self.alpha + np.stack(  # (m, c true, c answers), one pass over the answers a class
            [np.bincount(code, p, m * c).reshape(m, c) for p in proba[votes.item].T], axis=1
        )
        total = counts.sum(axis=2, keepdims=True)
        return np.divide(counts, total, out=np.full_like(counts, 1 / c), where=total > 0)


@dataclass(frozen=True)
class OneCoin:
    """Learn how often each person is right, all wrong classes being alike, and what is true.

    One number a person: for few answers, where Dawid-Skene learns too much.

    Parameters
    ----------
    max_iter : int >= 1, default=100
    tol : float >= 0, default=1e-6
        Stops when the log-likelihood grows by less for each item.
    """

    max_iter: int = 100
    tol: float = 1e-6
    name: ClassVar[str] = "one_coin"

    def __post_init__(self) -> None:
        _check_iteration(self.max_iter, self.tol)

    def estimate(self, votes: Votes, proba: Floats | None = None) -> Estimate:
        """Learn shares of right answers and truth from vote shares on."""
        return _learn(votes, self._confusions, self.max_iter, self.tol)

    def _confusions(self, votes: Votes, proba: Floats) -> Floats:
        m, given = len(votes.annotators), votes.n_given
        right = np.bincount(votes.annotator, proba[votes.item, votes.label], m)
        nothing = np.full(m, 1 / len(votes.classes))  # an answer that tells nothing
        return coins(votes, np.divide(right, given, out=nothing, where=given > 0))


def _learn(votes: Votes, maximise: Maximise, max_iter: int, tol: float) -> Estimate:
    answered = votes.n_answers > 0
    if len(votes.classes) == 1 or not votes.n_shared.any():
        return MajorityVote().estimate(votes)  # nobody could have disagreed
    proba = votes.shares()  # from votes, so that no class takes another's place
    likelihoods: list[float] = []
    for _ in range(max_iter):
        prior = proba[answered].mean(axis=0)
        confusion = maximise(votes, proba)
        proba, likelihood = _expect(votes, prior, confusion)
        likelihoods.append(likelihood)
        if len(likelihoods) > 1 and likelihood - likelihoods[-2] < tol * answered.sum():
            break
    right = np.einsum("mkk,k->m", confusion, prior)
    return Estimate(proba, right, confusion, tuple(likelihoods), is_learned=True)


def _expect(votes: Votes, prior: Floats, confusion: Floats) -> tuple[Floats, float]:
    """Probabilities of the classes, the prior where nobody answered, and the log-likelihood."""
    said = log(confusion)[votes.annotator, :, votes.label]  # (n_votes, c): of each true class
    n = len(votes.items)
    sums = np.stack([np.bincount(votes.item, column, n) for column in said.T], axis=1)
    joint = sums + log(prior)  # (n_items, c)
    total = logsumexp(joint, axis=1, keepdims=True)
    return np.exp(joint - total), float(total[votes.n_answers > 0].sum())


def _check_iteration(max_iter: int, tol: float) -> None:
    if max_iter < 1:
        raise ValueError(f"`max_iter` must be at least 1, got {max_iter}; the default is 100.")
    if tol < 0:
        raise ValueError(f"`tol` must be at least 0, got {tol}; 0 stops where nothing grows.")
