"""Bayesian measures of single rows: how unsure draws of the model are, and how they disagree."""

from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skal._compat import Interval, StrOptions
from skal.evidence import MCProba, Need
from skal.measures import entropy
from skal.strategies._base import UtilityStrategy
from skal.strategies._draws import (
    draws_in_blocks,
    entropy_of_mean,
    mean_draw,
    mutual_information,
    row_by_row,
    vote_shares,
    warn_if_alone,
)

__all__ = ["BALD", "ExpectedEntropy", "MeanStd", "PredictiveEntropy", "VariationRatio"]

Floats = NDArray[np.floating]


class _OverPasses(UtilityStrategy):
    """Base of the strategies that read one row under several draws of the model."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_passes": [Interval(Integral, 2, None, closed="left")],
    }

    def __init__(self, n_passes: int = 20):
        self.n_passes = n_passes

    def needs(self) -> dict[str, Need]:
        return {"mc_proba": MCProba(self.n_passes)}


class PredictiveEntropy(_OverPasses):
    """Ask first where the class probabilities, averaged over draws of the model, are most spread.

    Parameters
    ----------
    n_passes : int >= 2, default=20
        Dropout passes of a net; a committee has as many draws as members.

    Notes
    -----
    Utility is H(mean of p_t), in [0, log(n_classes)].
    It cannot tell rows on which all draws are unsure from rows on which sure draws differ.
    Time O(T n c); memory O(n).
    Use where one pass of a net is too sure of itself, and noisy rows are rare.
    Avoid where many rows are ambiguous by nature: it asks them again and again; BALD does not.

    References
    ----------
    Gal, Islam, Ghahramani (2017), "Deep Bayesian active learning with image data", ICML.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import PredictiveEntropy
    >>> draws = np.array([[[0.5, 0.5], [1.0, 0.0]], [[0.5, 0.5], [0.0, 1.0]]])
    >>> PredictiveEntropy().utility(draws).round(6)
    array([0.693147, 0.693147])
    """

    name: ClassVar[str] = "predictive_entropy"

    def utility(self, mc_proba: Floats) -> Floats:
        return entropy_of_mean(mc_proba)


class ExpectedEntropy(_OverPasses):
    """Ask first where the draws of the model are unsure, each by itself.

    Parameters
    ----------
    n_passes : int >= 2, default=20
        Dropout passes of a net; a committee has as many draws as members.

    Notes
    -----
    Utility is the mean of H(p_t), in [0, log(n_classes)].
    It is the part of the predictive entropy that more labels do not take away.
    Time O(T n c); memory O(n).
    Use where ambiguous rows are what is wanted, such as in a check of the labels.
    Avoid where the classifier is to become better: the uncertainty it finds is in the rows.

    References
    ----------
    Gal, Islam, Ghahramani (2017), "Deep Bayesian active learning with image data", ICML.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import ExpectedEntropy
    >>> draws = np.array([[[0.5, 0.5], [1.0, 0.0]], [[0.5, 0.5], [0.0, 1.0]]])
    >>> ExpectedEntropy().utility(draws).round(6)
    array([0.693147, 0.      ])
    """

    name: ClassVar[str] = "expected_entropy"

    def utility(self, mc_proba: Floats) -> Floats:
        return row_by_row(mc_proba, lambda p: entropy(p).mean(axis=0))


class BALD(_OverPasses):
    """Ask first where draws of the model are sure, but of different classes.

    Parameters
    ----------
    n_passes : int >= 2, default=20
        Dropout passes of a net; a committee has as many draws as members. Few draws find too
        little: keep the number when rounds are compared.

    Notes
    -----
    Utility is H(mean of p_t) - mean of H(p_t), in [0, log(min(n_classes, T))].
    That is the mutual information of the label and the model, in nats.
    Time O(T n c); memory O(n).
    Use where some rows are noisy: uncertainty that all draws share counts for nothing.
    Avoid where batches are large and rows repeat: it takes the copies too; see BatchBALD, Power.

    References
    ----------
    Houlsby, Huszár, Ghahramani, Lengyel (2011), "Bayesian active learning for classification and
    preference learning", arXiv 1112.5745.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import BALD
    >>> draws = np.array([[[0.5, 0.5], [1.0, 0.0]], [[0.5, 0.5], [0.0, 1.0]]])
    >>> BALD().utility(draws).round(6)
    array([0.      , 0.693147])
    """

    name: ClassVar[str] = "bald"

    def utility(self, mc_proba: Floats) -> Floats:
        warn_if_alone(mc_proba, self)
        return mutual_information(mc_proba)


class VariationRatio(_OverPasses):
    """Ask first where the fewest draws of the model agree on a class.

    Parameters
    ----------
    kind : {"votes", "mean"}, default="votes"
        "votes": share of draws that do not vote for the favourite class; a draw's tie goes to
        the first class. "mean": 1 minus the largest averaged probability.
    n_passes : int >= 2, default=20
        Dropout passes of a net; a committee has as many draws as members.

    Notes
    -----
    Utility is 1 - votes of the favourite / T, or 1 - max of mean p_t, in [0, 1 - 1/n_classes].
    Time O(T n c); memory O(n c).
    Use where only the decision counts, not how sure it is.
    Avoid where draws are few: votes then take few values, and most rows tie.

    References
    ----------
    Freeman (1965), "Elementary applied statistics", for "votes";
    Gal, Islam, Ghahramani (2017), "Deep Bayesian active learning with image data", ICML, for
    "mean".

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import VariationRatio
    >>> draws = np.array([[[0.5, 0.5], [0.9, 0.1]], [[0.5, 0.5], [0.3, 0.7]]])
    >>> VariationRatio().utility(draws)
    array([0. , 0.5])
    """

    name: ClassVar[str] = "variation_ratio"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **_OverPasses._parameter_constraints,
        "kind": [StrOptions({"votes", "mean"})],
    }

    def __init__(self, kind: str = "votes", n_passes: int = 20):
        super().__init__(n_passes)
        self.kind = kind

    def utility(self, mc_proba: Floats) -> Floats:
        if self.kind == "votes":
            warn_if_alone(mc_proba, self)
            return 1 - vote_shares(mc_proba).max(axis=1)
        return row_by_row(mc_proba, lambda p: 1 - p.mean(axis=0).max(axis=1))


class MeanStd(_OverPasses):
    """Ask first where class probabilities vary most from draw to draw of the model.

    Parameters
    ----------
    ddof : {0, 1}, default=0
        The squares are divided by T - ddof; the order stays.
    n_passes : int >= 2, default=20
        Dropout passes of a net; a committee has as many draws as members.

    Notes
    -----
    Utility is the mean over classes of std_t(p_t), in [0, 1/2] with ddof=0.
    Time O(T n c); memory O(n).
    Use where a cheap stand-in for BALD will do, with few classes.
    Avoid where classes are many: most of them vary little, and their mean says little.

    References
    ----------
    Kampffmeyer, Salberg, Jenssen (2016), "Semantic segmentation of small objects and modeling of
    uncertainty in urban remote sensing images using deep convolutional neural networks", CVPRW.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import MeanStd
    >>> draws = np.array([[[0.5, 0.5], [0.9, 0.1]], [[0.5, 0.5], [0.3, 0.7]]])
    >>> MeanStd().utility(draws).round(6)
    array([0. , 0.3])
    """

    name: ClassVar[str] = "mean_std"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **_OverPasses._parameter_constraints,
        "ddof": [Interval(Integral, 0, 1, closed="both")],
    }

    def __init__(self, ddof: int = 0, n_passes: int = 20):
        super().__init__(n_passes)
        self.ddof = ddof

    def utility(self, mc_proba: Floats) -> Floats:
        warn_if_alone(mc_proba, self)
        ddof = min(self.ddof, len(mc_proba) - 1)  # a single draw varies by 0, not by 0/0
        utility = np.empty(mc_proba.shape[1])
        for rows, p in draws_in_blocks(mc_proba):
            # subtracted first: E[p^2] - E[p]^2 loses the small variances of confident rows
            apart = p - mean_draw(p).astype(p.dtype)
            squares = np.einsum("tnc,tnc->nc", apart, apart).astype(np.float64)
            utility[rows] = np.sqrt(squares / (len(p) - ddof)).mean(axis=1)
        return utility
