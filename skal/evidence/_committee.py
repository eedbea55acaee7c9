"""Draws of a model: the members of an ensemble asked one by one, or passes of a net."""

from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    BaseEnsemble,
    GradientBoostingClassifier,
    VotingClassifier,
)

from skal._compat import ForestClassifier
from skal._containers import as_array
from skal.evidence._measure import align_columns
from skal.evidence._need import Need, SweepBatch, Swept

__all__ = ["ADVICE", "CommitteeProba", "MCProba", "is_committee", "members_of"]

ADVICE = "use a BaggingClassifier, VotingClassifier or forest, or a NetEnsemble."


@dataclass(frozen=True)
class CommitteeProba(Need):
    """Class probabilities by each member of a committee, (n_members, n, n_classes).

    A member that has not seen a class gives it probability 0; one without probabilities gives
    its vote all of it.
    """

    words = "committee"
    axis: ClassVar[int | None] = 1
    judges = True
    advice: ClassVar[str] = ADVICE

    def provided_by(self, classifier: Any) -> bool:
        return is_committee(classifier)

    def answer(self, classifier: Any, X: Any) -> NDArray[np.floating]:
        return member_proba(classifier, X)

    def unseen(self, classifier: Any) -> float:
        return 0.0


@dataclass(frozen=True)
class MCProba(Swept):
    """Class probabilities under several draws of the model, (n_draws, n, n_classes), float32.

    A net gives stochastic forward passes in which only its dropout layers are switched on; each
    pass uses the same masks for all rows, so that joint measures are right. A committee gives its
    members.

    Parameters
    ----------
    n_passes : int >= 1, default=20
        Passes of a net; a committee has as many draws as members.
    """

    axis: ClassVar[int | None] = 1
    judges = True
    advice: ClassVar[str] = (
        "use a net with dropout, such as ANNClassifier(dropout=0.2), or a committee: "
        "NetEnsemble, BaggingClassifier, VotingClassifier or a forest."
    )
    n_passes: int = 20

    def __post_init__(self) -> None:
        if not isinstance(self.n_passes, Integral) or self.n_passes < 1:
            raise ValueError(
                f"`n_passes` must be an int of at least 1, got {self.n_passes!r}; 20 is usual."
            )

    @property
    def words(self) -> str:
        return f"MC passes ({self.n_passes})"

    @property
    def passes(self) -> int:
        return self.n_passes

    def provided_by(self, classifier: Any) -> bool:
        return is_committee(classifier)

    def answer(self, classifier: Any, X: Any) -> NDArray[np.floating]:
        return member_proba(classifier, X)

    def collect(self, batch: SweepBatch) -> Any:
        return batch.drawn[: self.n_passes]

    def unseen(self, classifier: Any) -> float:
        return 0.0


def is_committee(classifier: Any) -> bool:
    """Whether the members of an ensemble, fitted or not, can be asked one by one."""
    # 0020: boosted members correct one another, so none is a draw of the model
    boosted = AdaBoostClassifier | GradientBoostingClassifier
    is_ensemble = isinstance(classifier, BaseEnsemble | VotingClassifier)
    return is_ensemble and not isinstance(classifier, boosted)


def members_of(ensemble: Any, X: Any) -> Iterator[tuple[Any, Any, NDArray[Any]]]:
    """Each member of a fitted ensemble, what it sees of X, and its labels as the ensemble's."""
    if isinstance(ensemble, BaggingClassifier | ForestClassifier) and hasattr(X, "iloc"):
        X = as_array(X)  # these ensembles train their members on arrays
    # these train their members on columns of classes in place of labels
    is_encoded = isinstance(ensemble, BaggingClassifier | VotingClassifier | ForestClassifier)
    features = getattr(ensemble, "estimators_features_", None)
    found = ensemble.estimators_
    for k, member in enumerate(found.ravel() if isinstance(found, np.ndarray) else found):
        seen = member.classes_
        yield (
            member,
            X if features is None else X[:, features[k]],
            ensemble.classes_[seen.astype(int)] if is_encoded else seen,  # trees hold floats
        )


def member_proba(ensemble: Any, X: Any) -> NDArray[np.floating]:
    """Probabilities by each member, (n_members, n, n_classes) in the ensemble's classes."""
    parts = []
    for member, part, seen in members_of(ensemble, X):
        if hasattr(member, "predict_proba"):
            proba = np.asarray(member.predict_proba(part))
        else:
            proba = (member.predict(part)[:, None] == member.classes_).astype(np.float64)
        parts.append(align_columns(proba, seen, ensemble.classes_))
    return np.stack(parts)
