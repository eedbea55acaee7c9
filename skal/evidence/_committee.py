"""The members of an ensemble, asked one by one."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier

from skal._compat import ForestClassifier
from skal._containers import as_array

__all__ = ["align_columns", "is_committee", "member_proba", "members_of"]

ENCODED = (BaggingClassifier, VotingClassifier, StackingClassifier, ForestClassifier)


def is_committee(estimator: Any) -> bool:
    """Whether the members of an ensemble can be asked one by one, once it is fitted."""
    kinds = (BaggingClassifier, VotingClassifier, ForestClassifier)
    is_one = isinstance(estimator, kinds) or getattr(estimator, "_is_committee", False)
    return is_one or hasattr(estimator, "estimators_")


def members_of(ensemble: Any, X: Any) -> Iterator[tuple[Any, Any, NDArray[Any]]]:
    """Each member of a fitted ensemble, what it sees of X, and its labels as the ensemble's."""
    found = ensemble.estimators_
    members = list(found.ravel() if isinstance(found, np.ndarray) else found)
    if isinstance(ensemble, BaggingClassifier | ForestClassifier) and hasattr(X, "iloc"):
        X = as_array(X)  # these ensembles train their members on arrays
    features = getattr(ensemble, "estimators_features_", None)
    for k, member in enumerate(members):
        seen = member.classes_
        yield (
            member,
            X if features is None else X[:, features[k]],
            ensemble.classes_[seen.astype(int)] if isinstance(ensemble, ENCODED) else seen,
        )


def member_proba(ensemble: Any, X: Any) -> NDArray[np.floating]:
    """Probabilities by each member, (n_members, n, n_classes) in the ensemble's classes.

    A member without probabilities gives its vote all of it.
    """
    parts = []
    for member, part, seen in members_of(ensemble, X):
        if hasattr(member, "predict_proba"):
            proba = np.asarray(member.predict_proba(part))
        else:
            proba = (member.predict(part)[:, None] == member.classes_).astype(np.float64)
        parts.append(align_columns(proba, seen, ensemble.classes_))
    return np.stack(parts)


def align_columns(
    values: NDArray[np.floating],
    seen: NDArray[Any],
    classes: NDArray[Any],
    *,
    fill: float = 0.0,
) -> NDArray[np.floating]:
    """Columns of the classes a model has seen, spread over all classes.

    Parameters
    ----------
    values : array of shape (..., n_seen)
    seen : array of shape (n_seen,)
    classes : array of shape (n_classes,)
        Sorted; contains `seen`.
    fill : float, default=0.0
        Value of the other columns.

    Returns
    -------
    array of shape (..., n_classes)
    """
    if len(seen) == len(classes):
        return values
    out = np.full((*values.shape[:-1], len(classes)), fill, dtype=values.dtype)
    out[..., np.searchsorted(classes, seen)] = values
    return out
