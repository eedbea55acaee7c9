"""A fitted classifier in the form that modAL's query functions expect."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from skal._containers import take_rows
from skal.evidence._committee import ADVICE, is_committee, members_of
from skal.evidence._measure import align_columns, last_step, measure
from skal.evidence._need import Facts, Said
from skal.evidence._outputs import Proba
from skal.exceptions import EvidenceError

__all__ = ["Model", "ModelView"]


@dataclass(frozen=True)
class Model(Said):
    """The fitted classifier in the form that modAL's query functions expect, and its pool.

    Only for functions that come from outside; a strategy of skal never sees the model.

    Parameters
    ----------
    committee : bool, default=False
        The members of an ensemble are asked.
    """

    words = "the model itself"
    joint: ClassVar[bool] = True
    judges = True
    advice: ClassVar[str] = ADVICE
    committee: bool = False

    def provided_by(self, classifier: Any) -> bool:
        return not self.committee or is_committee(classifier)

    def said(self, evidence: Facts) -> "ModelView":
        labeled = len(evidence.rows_labeled)
        return ModelView(
            evidence.estimator,
            classes=evidence.classes,
            X_pool=take_rows(evidence.X, evidence.rows),
            X_training=take_rows(evidence.X_labeled, evidence.rows_labeled) if labeled else None,
            y_training=evidence.y_labeled if labeled else None,
        )


class ModelView:
    """What a query function of modAL reads of its learner or committee.

    Parameters
    ----------
    estimator : fitted classifier
    classes : array of shape (n_classes,)
    X_pool : the candidates
    X_training, y_training : what was taught, default=None
    multilabel : bool, default=False
        Let `predict` give one 0/1 column a class.
    """

    on_transformed = False  # modAL's ranked batches look whether rows are to be transformed first

    def __init__(
        self,
        estimator: Any,
        *,
        classes: NDArray[Any],
        X_pool: Any,
        X_training: Any = None,
        y_training: Any = None,
        multilabel: bool = False,
    ):
        self.estimator = estimator
        self.classes_ = classes
        self.X_pool = X_pool
        self.X_training = X_training
        self.y_training = y_training
        self.multilabel = multilabel

    def predict_proba(self, X: Any) -> NDArray[np.floating]:
        """Probabilities, one column for each of `classes_`."""
        if not hasattr(self.estimator, "predict_proba"):
            raise EvidenceError(
                "this query function reads probabilities, but "
                f"{type(last_step(self.estimator)).__name__} has no predict_proba; use a "
                "classifier that has, for example wrapped in CalibratedClassifierCV."
            )
        return measure(self.estimator, X, None, [Proba()], self.classes_)[Proba()]

    def predict(self, X: Any) -> NDArray[Any]:
        """Labels, or 0/1 columns in the multilabel form."""
        labels = self.estimator.predict(X)
        return (labels[:, None] == self.classes_).astype(int) if self.multilabel else labels

    def transform_without_estimating(self, X: Any) -> Any:
        """X as the classifier at the end of a Pipeline sees it."""
        return self.estimator[:-1].transform(X) if isinstance(self.estimator, Pipeline) else X

    # the committee form

    @property
    def _ensemble(self) -> Any:
        ensemble = last_step(self.estimator)
        if not hasattr(ensemble, "estimators_"):
            raise EvidenceError(
                f"this query function asks a committee, but {type(ensemble).__name__} has no "
                "estimators_; use a BaggingClassifier, VotingClassifier or forest."
            )
        return ensemble

    @property
    def learner_list(self) -> list[Any]:
        """The members."""
        members = self._ensemble.estimators_
        return list(members.ravel() if isinstance(members, np.ndarray) else members)

    def __len__(self) -> int:
        return len(self.learner_list)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.learner_list)

    def vote(self, X: Any) -> NDArray[Any]:
        """Label that each member gives, (n, n_members)."""
        votes = []
        for member, part, seen in self._members(X):
            column = np.searchsorted(member.classes_, member.predict(part))
            votes.append(seen[column])  # a label of the ensemble, not the member's own number
        return np.column_stack(votes)

    def vote_proba(self, X: Any) -> NDArray[np.floating]:
        """Probabilities that each member gives, (n, n_members, n_classes)."""
        return np.stack(
            [
                align_columns(member.predict_proba(part), seen, self.classes_)
                for member, part, seen in self._members(X)
            ],
            axis=1,
        )

    def _members(self, X: Any) -> Iterator[tuple[Any, Any, NDArray[Any]]]:
        return members_of(self._ensemble, self.transform_without_estimating(X))
