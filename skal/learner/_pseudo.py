"""Pseudo-labels: confident guesses that are trained on beside the labels, for one round."""

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import Parameter, signature
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from skal._compat import Interval
from skal._containers import n_rows
from skal.evidence import Evidence, Proba, check_provides, last_step
from skal.exceptions import EvidenceError
from skal.learner._guesses import probabilities
from skal.learner._modes import TrainingMode
from skal.learner._rounds import Labels
from skal.learner._training import keeps_weights
from skal.measures import entropy
from skal.strategies._groups import turn_of

__all__ = ["PoolGuesser", "PseudoLabels", "check_pseudo_labels", "refuse_to_teach"]


class PseudoLabels(BaseEstimator):
    """Train on confident guesses too: rows that the classifier labels itself.

    Before each round of training, the classifier of the round before says what the rows without
    a label are. The guesses that pass every bound join the rows of the training mode, for that
    round only: next time they are made anew. They are never counted as labels, and their rows
    stay open to be asked.

    Parameters
    ----------
    threshold : float in [0, 1] or None, default=0.95
        Least probability of the guess. None: no bound.
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
        A class with few guesses leaves its places empty.
    weight : float in (0, 1], default=1.0
        Weight of a guess where that of a label is 1. Below 1 the classifier must take
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
        """Positions of the guesses to train on, the most confident first.

        Parameters
        ----------
        proba : array of shape (n, n_classes)
            Class probabilities of rows without a label.
        n_labeled : int
        n_before : int, default=0
            How often guesses were made before.

        Returns
        -------
        int array
        """
        confidence, guess = proba.max(axis=1), proba.argmax(axis=1)
        passes = np.isfinite(confidence)
        if self.threshold is not None:
            passes &= confidence >= self.threshold
        if self.max_entropy is not None:
            bound = self.max_entropy - self.decay * n_before * (n_before + 1) / 2
            passes[passes] = entropy(proba[passes]) < max(0.0, bound)
        able = np.flatnonzero(passes)
        able = able[np.argsort(-confidence[able], kind="stable")]
        if self.most is None:
            return able
        is_count = isinstance(self.most, Integral)
        most = min(self.most, n_labeled) if is_count else int(self.most * n_labeled)
        if self.balance:
            able = able[turn_of(guess[able]) < -(-most // proba.shape[1])]
        return able[:most]


def check_pseudo_labels(pseudo: Any, estimator: Any, mode: TrainingMode) -> None:
    """Refuse wrong bounds, and a classifier that cannot guess or cannot weigh."""
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
    if pseudo.weight < 1 and not _takes_weights(estimator, mode):
        raise TypeError(
            f"pseudo_labels={pseudo!r} weighs rows, but {name} takes no sample_weight (in a "
            "Pipeline with metadata routing, ask for it with set_fit_request); set weight=1, or "
            "use a classifier that takes it."
        )


def refuse_to_teach(pseudo: Any) -> None:
    """Say to people who label that their answers come without the pool."""
    if pseudo is not None:
        raise ValueError(
            f"pseudo_labels={pseudo!r} are guesses about the rest of the pool, which only fit "
            "knows; set pseudo_labels=None to query and teach."
        )


def _takes_weights(estimator: Any, mode: TrainingMode) -> bool:
    by_partial_fit = mode.warm and keeps_weights(estimator)
    if _is_routed(estimator) and not by_partial_fit:
        return bool(estimator.get_metadata_routing().consumes("fit", ["sample_weight"]))
    method = getattr(last_step(estimator), "partial_fit" if by_partial_fit else "fit")
    params = signature(method).parameters.values()
    return any(p.name == "sample_weight" or p.kind == Parameter.VAR_KEYWORD for p in params)


def _is_routed(estimator: Any) -> bool:
    """Whether a Pipeline takes plain names and hands them on to those who ask."""
    routing = sklearn.get_config()["enable_metadata_routing"]
    return bool(routing and isinstance(estimator, Pipeline))


def _weight_name(estimator: Any) -> str:
    """Name under which `fit` takes the weights of the last step."""
    prefix = ""
    while isinstance(estimator, Pipeline) and not _is_routed(estimator):
        name, estimator = estimator.steps[-1]
        prefix += f"{name}__"
    return f"{prefix}sample_weight"


@dataclass(frozen=True)
class PoolGuesser:
    """Labels rows of a pool by what a classifier takes them for.

    The probabilities are those of all rows that were open before the query, so that made again
    they are the same to the last bit.
    """

    rule: PseudoLabels
    estimator: Any
    classes: NDArray[Any]
    per_row: Mapping[str, NDArray[Any]]  # fit parameters of all rows of the pool

    def __call__(self, evidence: Evidence, asked: NDArray[np.intp], round_: int) -> Labels:
        """Guesses to train on in a round; `asked` are the positions that get labels in it."""
        proba = probabilities(evidence)
        is_open = np.ones(len(evidence), dtype=bool)
        is_open[asked] = False
        still = np.flatnonzero(is_open)
        n_labeled = len(evidence.rows_labeled) + len(asked)
        chosen = still[self.rule.choose(proba[still], n_labeled, round_ - 1)]
        rows = evidence.rows[chosen]
        return Labels(
            evidence.X,
            rows,
            self.classes[proba[chosen].argmax(axis=1)],
            np.full(len(rows), round_),
            self._params(rows),
        )

    def again(self, fitted: Any, labels: Labels) -> Labels:
        """The guesses of the newest round of `labels`, made again by the classifier before it."""
        round_ = int(labels.rounds[-1])
        before = labels.before(round_)
        rows = np.setdiff1d(np.arange(n_rows(labels.X)), before.rows)
        evidence = Evidence(fitted, labels.X, rows, classes=self.classes, rows_labeled=before.rows)
        asked = np.searchsorted(rows, labels.rows[labels.rounds == round_])
        return self(evidence, asked, round_)

    def _params(self, rows: NDArray[np.intp]) -> dict[str, NDArray[Any]]:
        params = {name: values[rows] for name, values in self.per_row.items()}
        if self.rule.weight == 1:
            return params
        names = [name for name in params if name.endswith("sample_weight")]
        weighed = {name: self.rule.weight * params[name] for name in names}
        own = {_weight_name(self.estimator): np.full(len(rows), self.rule.weight)}
        return params | (weighed or own)
