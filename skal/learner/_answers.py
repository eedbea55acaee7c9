"""What a fitted classifier answers, in the learner's classes; rows are checked already."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.metaestimators import available_if

from skal._containers import n_rows
from skal.evidence import Proba, align_columns, last_step, measure

__all__ = ["Examinee", "decision_values", "labels", "probabilities"]


def probabilities(estimator: Any, X: Any, classes: NDArray[Any]) -> NDArray[np.floating]:
    """Class probabilities, (n, n_classes); a class the classifier has not seen gets 0."""
    return measure(estimator, X, np.arange(n_rows(X)), [Proba()], classes)[Proba()]


def decision_values(estimator: Any, X: Any, classes: NDArray[Any]) -> NDArray[np.floating]:
    """Decision values; a class the classifier has not seen gets the smallest float."""
    values = np.asarray(estimator.decision_function(X))
    if len(estimator.classes_) == len(classes):
        return values
    if values.ndim == 1:
        values = np.column_stack([-values, values])
    lowest = float(np.finfo(np.float64).min)
    return align_columns(values, estimator.classes_, classes, fill=lowest)


def labels(estimator: Any, X: Any, classes: NDArray[Any]) -> NDArray[Any]:
    """Predicted labels."""
    if hasattr(last_step(estimator), "_measure"):
        return classes[probabilities(estimator, X, classes).argmax(axis=1)]
    return estimator.predict(X)


def _has(method: str) -> Any:
    return lambda self: hasattr(self.estimator, method)


class Examinee(ClassifierMixin, BaseEstimator):
    """A fitted classifier before one test set: all scorers share its answers.

    Parameters
    ----------
    estimator : fitted classifier
    classes : array of shape (n_classes,)
    """

    def __init__(self, estimator: Any, classes: NDArray[Any]):
        self.estimator = estimator
        self.classes = classes
        self.classes_ = classes
        self._known: dict[str, tuple[Any, Any]] = {}  # name -> X and the answer about it

    def fit(self, X: Any, y: Any) -> "Examinee":
        """Nothing: the classifier is fitted. scikit-learn's scorers want the method."""
        return self

    def _once(self, name: str, answer: Any, X: Any) -> Any:
        if not self._knows(name, X):
            self._known[name] = (X, answer(self.estimator, X, self.classes_))
        return self._known[name][1]

    def _knows(self, name: str, X: Any) -> bool:
        return name in self._known and self._known[name][0] is X

    def predict(self, X: Any) -> NDArray[Any]:
        """Predicted labels."""
        if self._knows("proba", X) and hasattr(last_step(self.estimator), "_measure"):
            return self.classes_[self._known["proba"][1].argmax(axis=1)]
        return self._once("labels", labels, X)

    @available_if(_has("predict_proba"))
    def predict_proba(self, X: Any) -> NDArray[np.floating]:
        """Class probabilities."""
        return self._once("proba", probabilities, X)

    @available_if(_has("decision_function"))
    def decision_function(self, X: Any) -> NDArray[np.floating]:
        """Decision values."""
        return self._once("decision", decision_values, X)
