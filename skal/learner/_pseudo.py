"""Pseudo-labels: confident predictions that are trained on beside the labels, for one round."""

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import Parameter, signature
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from skal._compat import Interval
from skal._containers import n_rows
from skal.evidence import Evidence, Proba, check_provides, last_step
from skal.exceptions import EvidenceError
from skal.learner._batch import pool_proba
from skal.learner._log import LabelLog
from skal.learner._modes import TrainingMode
from skal.learner._soft import is_routed, weight_name
from skal.learner._trainer import PseudoBatch, keeps_weights
from skal.measures import entropy

__all__ = ["PseudoLabeler", "PseudoLabels", "check_pseudo_labels", "takes_weights"]


class PseudoLabels(BaseEstimator):
    """Train on confident predictions too: rows that the classifier labels itself.

    Before each round of training, the classifier of the round before says what the rows without
    a label are. The predictions that pass every bound join the rows of the training mode, for that
    round only: next time they are made anew. They are never counted as labels, and their rows
    stay open to be asked.

    Parameters
    ----------
    threshold : float in [0, 1] or None, default=0.95
        Least probability of the prediction. None: no bound.
    max_entropy : float > 0 or None, default=None
        The entropy of the class probabilities, in nats, must lie below this. None: no bound.
    decay : float >= 0, default=0.0
        `max_entropy` falls by this once after the first round, twice more after the second, and
        so on, down to 0.
    most : int, float in (0, 1] or None, default=1.0
        At most so many, the most confident first: a float is a share of the number of labels,
        an int is a count and never more than there are labels. None: no bound.
    balance : bool, default=True
        Share `most` evenly between the classes, so that easy and frequent ones do not take over.
        A class with few confident rows leaves its places empty.
    weight : float in (0, 1], default=1.0
        Weight of a pseudo-label where that of a label is 1. Below 1 the classifier must take
        ``sample_weight``.

    Notes
    -----
    Ties go to the lower row. With ``max_entropy=5e-5, decay=3.3e-7, most=None`` it is the rule of
    CEAL; a probability of 0 has no entropy there, so the surest rows count.

    References
    ----------
    Wang, Zhang, Li, Zhang, Lin (2017), "Cost-effective active learning for deep image
    classification", IEEE TCSVT, arXiv 1701.03551.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.learner import PseudoLabels
    >>> proba = np.array([[0.97, 0.03], [0.6, 0.4], [0.01, 0.99]])
    >>> PseudoLabels(threshold=0.95).choose(proba, n_labeled=10)
    array([2, 0])
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "threshold": [Interval(Real, 0, 1, closed="both"), None],
        "max_entropy": [Interval(Real, 0, None, closed="neither"), None],
        "decay": [Interval(Real, 0, None, closed="left")],
        "most": [
            Interval(Integral, 1, None, closed="left"),
            Interval(Real, 0, 1, closed="right"),
            None,
        ],
        "balance": ["boolean"],
        "weight": [Interval(Real, 0, 1, closed="right")],
    }

    def __init__(
        self,
        threshold: float | None = 0.95,
        *,
        max_entropy: float | None = None,
        decay: float = 0.0,
        most: int | float | None = 1.0,
        balance: bool = True,
        weight: float = 1.0,
    ):
        self.threshold = threshold
        self.max_entropy = max_entropy
        self.decay = decay
        self.most = most
        self.balance = balance
        self.weight = weight

    def choose(
        self, proba: NDArray[np.floating], n_labeled: int, n_before: int = 0
    ) -> NDArray[np.intp]:
        """Choose positions of the rows to train on, the most confident first.

        Parameters
        ----------
        proba : array of shape (n, n_classes)
            Class probabilities of rows without a label.
        n_labeled : int
        n_before : int, default=0
            How often pseudo-labels were made before.

        Returns
        -------
        int array
        """
        confidence, predicted = proba.max(axis=1), proba.argmax(axis=1)
        passes = np.isfinite(confidence)
        if self.threshold is not None:
            passes &= confidence >= self.threshold
        if self.max_entropy is not None:
            # 1 + 2 + ... decays, as CEAL subtracts one more in every round
            bound = self.max_entropy - self.decay * n_before * (n_before + 1) / 2
            passes[passes] = entropy(proba[passes]) < max(0.0, bound)
        able = np.flatnonzero(passes)
        able = able[np.argsort(-confidence[able], kind="stable")]  # ties go to the lower row
        if self.most is None:
            return able
        is_count = isinstance(self.most, Integral)
        most = min(self.most, n_labeled) if is_count else int(self.most * n_labeled)
        if self.balance:
            share = -(-most // proba.shape[1])  # rounded up; the surplus is cut at the end
            places = [np.flatnonzero(predicted[able] == k)[:share] for k in range(proba.shape[1])]
            able = able[np.sort(np.concatenate(places))]
        return able[:most]


def check_pseudo_labels(pseudo: Any, estimator: Any, mode: TrainingMode) -> None:
    """Refuse wrong bounds, and a classifier that cannot predict or cannot weigh."""
    if pseudo is None:
        return
    pseudo._validate_params()
    name = type(last_step(estimator)).__name__
    try:
        check_provides(estimator, [Proba()], pseudo)
    except EvidenceError:
        raise EvidenceError(
            f"pseudo_labels={pseudo!r} needs class probabilities, which {name} does not give; use "
            "a classifier with predict_proba, for example wrapped in CalibratedClassifierCV, or "
            "pseudo_labels=None."
        ) from None
    if pseudo.weight < 1 and not takes_weights(estimator, mode):
        raise TypeError(
            f"pseudo_labels={pseudo!r} weighs rows, but {name} takes no sample_weight (in a "
            "Pipeline with metadata routing, ask for it with set_fit_request); set weight=1, or "
            "use a classifier that takes it."
        )


def takes_weights(estimator: Any, mode: TrainingMode) -> bool:
    """Tell whether the method that trains a classifier takes weights of rows."""
    by_partial_fit = keeps_weights(estimator, mode)
    if is_routed(estimator) and not by_partial_fit:
        return bool(estimator.get_metadata_routing().consumes("fit", ["sample_weight"]))
    method = getattr(last_step(estimator), "partial_fit" if by_partial_fit else "fit")
    params = signature(method).parameters.values()
    return any(p.name == "sample_weight" or p.kind == Parameter.VAR_KEYWORD for p in params)


@dataclass(frozen=True)
class PseudoLabeler:
    """Labels open rows of a pool by what a classifier predicts for them.

    The probabilities are those of all rows that were open before the query, so that made again
    they are the same to the last bit.
    """

    rule: PseudoLabels
    estimator: Any
    classes: NDArray[Any]
    X: Any
    per_row: Mapping[str, NDArray[Any]]  # fit parameters of all rows of the pool

    def __call__(
        self, evidence: Evidence, answered: NDArray[np.intp], n_labeled: int, round_: int
    ) -> PseudoBatch:
        """Make pseudo-labels for a round in which the rows `answered` got labels."""
        proba = pool_proba(evidence)
        still = np.flatnonzero(~np.isin(evidence.rows, answered))
        chosen = still[self.rule.choose(proba[still], n_labeled, round_ - 1)]
        rows = evidence.rows[chosen]
        predicted = self.classes[proba[chosen].argmax(axis=1)]
        params = {name: values[rows] for name, values in self.per_row.items()}
        if self.rule.weight < 1:
            names = [name for name in params if name.endswith("sample_weight")]
            weighed = {name: self.rule.weight * params[name] for name in names}
            own = {weight_name(self.estimator): np.full(len(rows), self.rule.weight)}
            params |= weighed or own
        return PseudoBatch(self.X, rows, predicted, params)

    def again(self, fitted: Any, log: LabelLog, round_: int) -> PseudoBatch:
        """Make those of the newest round of `log` again, by the classifier before it."""
        before, after = log.before(round_).labels().rows, log.labels().rows
        open_rows = np.setdiff1d(np.arange(n_rows(self.X)), before)
        evidence = Evidence(fitted, self.X, open_rows, classes=self.classes, rows_labeled=before)
        return self(evidence, after, len(after), round_)
