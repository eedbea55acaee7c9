"""Query by committee: ask where its members disagree."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skal._compat import Options, StrOptions
from skal.evidence import CommitteeProba, Need
from skal.measures import entropy, log
from skal.strategies._base import UtilityStrategy
from skal.strategies._draws import (
    above_rounding,
    draws_in_blocks,
    entropy_of_mean,
    mean_draw,
    mutual_information,
    vote_shares,
    warn_if_alone,
)

__all__ = ["ConsensusEntropy", "MaxDisagreement", "MeanDisagreement", "VoteEntropy"]

Floats = NDArray[np.floating]


class _OverMembers(UtilityStrategy):
    """Base of the strategies that ask the members of a committee."""

    def needs(self) -> dict[str, Need]:
        return {"committee_proba": CommitteeProba()}


class VoteEntropy(_OverMembers):
    """Ask first where the members' votes are most evenly spread over classes.

    Parameters
    ----------
    normalize : {False, "classes", "members"}, default=False
        Divide by log(n_classes), or by log(min(n_classes, M)), the largest value that M members
        can reach: utility in [0, 1]; the order stays.

    Notes
    -----
    Utility is the entropy of the shares of votes, in [0, log(min(n_classes, M))].
    A member's tie goes to the first class. M members.
    Time O(M n c); memory O(n c).
    Use where members give no probabilities worth the name, such as full-grown trees.
    Avoid where members are few: votes then take few values, and most rows tie.

    References
    ----------
    Dagan, Engelson (1995), "Committee-based sampling for training probabilistic classifiers",
    ICML.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import VoteEntropy
    >>> members = np.array([[[0.9, 0.1], [0.6, 0.4]], [[0.7, 0.3], [0.2, 0.8]]])
    >>> VoteEntropy().utility(members).round(6)
    array([0.      , 0.693147])
    """

    name: ClassVar[str] = "vote_entropy"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "normalize": [Options(bool, {False}), StrOptions({"classes", "members"})],
    }

    def __init__(self, normalize: bool | str = False):
        self.normalize = normalize

    def utility(self, committee_proba: Floats) -> Floats:
        warn_if_alone(committee_proba, self)
        nats = entropy(vote_shares(committee_proba))
        # M members reach at most M classes, so log(n_classes) may lie out of reach
        n_members, _, n_classes = committee_proba.shape
        most = n_classes if self.normalize == "classes" else min(n_classes, n_members)
        return nats / np.log(most) if self.normalize and most > 1 else nats


class ConsensusEntropy(_OverMembers):
    """Ask first where the members' averaged probabilities are most spread out.

    Notes
    -----
    Utility is H(mean of p_m), in [0, log(n_classes)].
    Time O(M n c); memory O(n).
    Use where the members' joint uncertainty is wanted, shared or not.
    Avoid where many rows are ambiguous by nature; MeanDisagreement leaves those out.

    References
    ----------
    Seung, Opper, Sompolinsky (1992), "Query by committee", COLT, for the committee.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import ConsensusEntropy
    >>> members = np.array([[[0.9, 0.1], [0.6, 0.4]], [[0.7, 0.3], [0.2, 0.8]]])
    >>> ConsensusEntropy().utility(members).round(6)
    array([0.500402, 0.673012])
    """

    name: ClassVar[str] = "consensus_entropy"

    def utility(self, committee_proba: Floats) -> Floats:
        return entropy_of_mean(committee_proba)


class MaxDisagreement(_OverMembers):
    """Ask first where one member departs furthest from the committee's average.

    Notes
    -----
    Utility is the largest KL(p_m || mean of p_m), in [0, log(M)].
    Time O(M n c); memory O(n).
    Use where a single dissenting member is worth hearing.
    Avoid where one member is much worse than the others: it alone sets the order.

    References
    ----------
    McCallum, Nigam (1998), "Employing EM and pool-based active learning for text classification",
    ICML, for the divergence; modAL has the maximum.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import MaxDisagreement
    >>> members = np.array([[[0.9, 0.1], [0.6, 0.4]], [[0.7, 0.3], [0.2, 0.8]]])
    >>> MaxDisagreement().utility(members).round(6)
    array([0.03669 , 0.091516])
    """

    name: ClassVar[str] = "max_disagreement"

    def utility(self, committee_proba: Floats) -> Floats:
        warn_if_alone(committee_proba, self)
        utility = np.empty(committee_proba.shape[1])
        for rows, p in draws_in_blocks(committee_proba):
            cross = np.einsum("mnc,nc->mn", p, log(mean_draw(p)))  # KL is minus entropy minus this
            utility[rows] = -(entropy(p) + cross).min(axis=0)
        return above_rounding(utility, committee_proba)


class MeanDisagreement(_OverMembers):
    """Ask first where members depart furthest from the committee's average, in the mean.

    The same number as BALD, over members.

    Notes
    -----
    Utility is the mean of KL(p_m || mean of p_m), in [0, log(min(n_classes, M))].
    Time O(M n c); memory O(n).
    Use where members differ in more than their votes: the standard query by committee.
    Avoid where batches are large and rows repeat: it takes the copies too; see Power.

    References
    ----------
    McCallum, Nigam (1998), "Employing EM and pool-based active learning for text classification",
    ICML.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import MeanDisagreement
    >>> members = np.array([[[0.9, 0.1], [0.6, 0.4]], [[0.7, 0.3], [0.2, 0.8]]])
    >>> MeanDisagreement().utility(members).round(6)
    array([0.032429, 0.086305])
    """

    name: ClassVar[str] = "mean_disagreement"

    def utility(self, committee_proba: Floats) -> Floats:
        warn_if_alone(committee_proba, self)
        return mutual_information(committee_proba)
