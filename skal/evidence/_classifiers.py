"""What is asked of any classifier, and the protocol of those that answer needs themselves."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from skal.evidence._need import Need
from skal.exceptions import EvidenceError

__all__ = [
    "Measurable",
    "align_columns",
    "answers_itself",
    "before_last_step",
    "decision_columns",
    "gives_proba",
    "last_step",
    "provides",
]


@runtime_checkable
class Measurable(Protocol):
    """A classifier that answers needs itself, many at once: a net, a stand-in in a test.

    No base class is needed, these two methods are. What it does not provide is asked of it as of
    any classifier: probabilities by `predict_proba`, and so on.
    """

    def provides(self, need: Need) -> bool:
        """Say whether `measure` answers a need, be the classifier fitted or not.

        Parameters
        ----------
        need : Need

        Returns
        -------
        bool
        """
        ...

    def measure(
        self, X: Any, rows: NDArray[np.intp] | None, needs: Sequence[Need], *, seed: int = 0
    ) -> Mapping[Need, Any]:
        """Answer all needs about some rows at once.

        Parameters
        ----------
        X : array, DataFrame, list
        rows : int array of shape (n,), or None
            Rows of an X that was checked when it came; None: all rows, checked by nobody yet.
        needs : sequence of Need
            Those that `provides` says yes to. Who provides `Proba` predicts the likeliest class.
        seed : int, default=0
            Of all that is random; an equal call gives an equal answer.

        Returns
        -------
        dict of Need -> array
            The rows lie in the axis that the need names; columns are those of `classes_`.
        """
        ...


def last_step(estimator: Any) -> Any:
    """Return the classifier at the end of any Pipelines.

    Parameters
    ----------
    estimator : classifier or Pipeline

    Returns
    -------
    classifier

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from skal.evidence import last_step
    >>> last_step(make_pipeline("passthrough", LogisticRegression()))
    LogisticRegression()
    """
    while isinstance(estimator, Pipeline):
        estimator = estimator.steps[-1][1]
    return estimator


def before_last_step(estimator: Any, X: Any) -> Any:
    """X as the classifier at the end of any Pipelines is given it."""
    while isinstance(estimator, Pipeline):
        for _, step in estimator.steps[:-1]:
            if step not in (None, "passthrough") and not hasattr(step, "fit_resample"):
                X = step.transform(X)
        estimator = estimator.steps[-1][1]
    return X


def provides(estimator: Any, need: Need) -> bool:
    """Whether a classifier or Pipeline, fitted or not, can be asked for a need."""
    last = last_step(estimator)
    return need.provided_by(last) or answers_itself(last, need)


def answers_itself(classifier: Any, need: Need) -> bool:
    """Whether a classifier is `Measurable`, and measures a need."""
    # isinstance of a protocol takes as long as a small sweep
    is_measurable = hasattr(classifier, "measure") and hasattr(classifier, "provides")
    return is_measurable and classifier.provides(need)


def gives_proba(classifier: Any) -> bool:
    """Whether a classifier, fitted or not, has probabilities."""
    # an unfitted StackingClassifier hides them while its final step, a regression, is not built
    return hasattr(classifier, "predict_proba") or (
        getattr(classifier, "final_estimator", classifier) is None
    )


def decision_columns(classifier: Any, X: Any) -> NDArray[np.floating]:
    """Decision values with one column a class; the binary form has only one."""
    decision = classifier.decision_function(X)
    if decision.ndim == 1:
        return np.column_stack([np.zeros_like(decision), decision])  # their gap is |f(x)|
    if getattr(classifier, "decision_function_shape", "ovr") == "ovo":
        raise EvidenceError(
            f"{type(classifier).__name__} gives decision values for pairs of classes; set "
            "decision_function_shape='ovr' for one value a class."
        )
    return decision


def align_columns(
    values: NDArray[np.floating],
    seen: NDArray[Any],
    classes: NDArray[Any],
    *,
    fill: float = 0.0,
) -> NDArray[np.floating]:
    """Put the columns of the classes that a model has seen among those of all classes.

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

    Examples
    --------
    >>> import numpy as np
    >>> from skal.evidence import align_columns
    >>> align_columns(np.array([[0.25, 0.75]]), np.array(["a", "c"]), np.array(["a", "b", "c"]))
    array([[0.25, 0.  , 0.75]])
    """
    if len(seen) == len(classes):
        return values
    out = np.full((*values.shape[:-1], len(classes)), fill, dtype=values.dtype)
    out[..., np.searchsorted(classes, seen)] = values
    return out
