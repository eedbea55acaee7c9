"""What is asked of classifiers: of nets by `measure`, of all others block by block."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from skal._compat import ovr_decision_function
from skal._containers import row_blocks
from skal.evidence._need import Need, about, not_provided

__all__ = [
    "Measurable",
    "align_columns",
    "answers_itself",
    "before_last_step",
    "check_provides",
    "decision_columns",
    "gives_proba",
    "last_step",
    "measure",
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
            # samplers of imbalanced-learn change rows in training only
            if step not in (None, "passthrough") and not hasattr(step, "fit_resample"):
                X = step.transform(X)
        estimator = estimator.steps[-1][1]
    return X


def provides(estimator: Any, need: Need) -> bool:
    """Whether a classifier or Pipeline, fitted or not, can be asked for a need."""
    last = last_step(estimator)  # 0020: what it does not answer itself is asked as of any other
    return need.provided_by(last) or answers_itself(last, need)


def answers_itself(classifier: Any, need: Need) -> bool:
    """Tell whether a classifier is `Measurable`, and measures a need.

    Parameters
    ----------
    classifier : classifier
        Fitted or not; of a Pipeline, its `last_step`.
    need : Need

    Returns
    -------
    bool

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ANNClassifier
    >>> from skal.evidence import Proba, answers_itself
    >>> [answers_itself(thing, Proba()) for thing in (ANNClassifier(), LogisticRegression())]
    [True, False]
    """
    # isinstance of a protocol takes as long as a small sweep
    is_measurable = hasattr(classifier, "measure") and hasattr(classifier, "provides")
    return is_measurable and classifier.provides(need)


def gives_proba(classifier: Any) -> bool:
    """Whether a classifier, fitted or not, has probabilities."""
    # an unfitted StackingClassifier hides them while its final step, a LogisticRegression by
    # default, is not built
    return hasattr(classifier, "predict_proba") or (
        getattr(classifier, "final_estimator", classifier) is None
    )


def decision_columns(classifier: Any, X: Any) -> NDArray[np.floating]:
    """Decision values with one column a class; the binary form has only one."""
    decision = classifier.decision_function(X)
    if decision.ndim == 1:
        return np.column_stack([np.zeros_like(decision), decision])  # their gap is |f(x)|
    return values_of_classes(classifier, decision)


def values_of_classes(classifier: Any, decision: NDArray[Any]) -> NDArray[np.floating]:
    """Turn decision values of pairs of classes into values of classes, as SVC itself does.

    Parameters
    ----------
    classifier : fitted classifier
        Its ``decision_function_shape`` says whether they are of pairs ("ovo").
    decision : array of shape (n,) or (n, n_pairs) or (n, n_classes)

    Returns
    -------
    array of shape (n,) or (n, n_classes)

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.svm import SVC
    >>> from skal.evidence import values_of_classes
    >>> X, y = load_digits(return_X_y=True)
    >>> svm = SVC(decision_function_shape="ovo").fit(X[:200], y[:200])
    >>> pairs = svm.decision_function(X[:2])
    >>> pairs.shape, values_of_classes(svm, pairs).shape
    ((2, 45), (2, 10))
    """
    if getattr(classifier, "decision_function_shape", "ovr") != "ovo" or decision.ndim == 1:
        return decision
    return ovr_decision_function(decision < 0, -decision, len(classifier.classes_))


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
    out[..., np.searchsorted(classes, seen)] = values  # both are sorted
    return out


def check_provides(estimator: Any, needs: Iterable[Need], strategy: object) -> None:
    """Refuse early a strategy whose needs a classifier, fitted or not, cannot answer.

    Parameters
    ----------
    estimator : classifier or Pipeline
    needs : iterable of Need
    strategy : object
        Named in the message.

    Examples
    --------
    >>> from sklearn.svm import LinearSVC
    >>> from skal.evidence import Proba, Scores, check_provides
    >>> check_provides(LinearSVC(), [Scores()], "margin")
    >>> check_provides(LinearSVC(), [Proba()], "entropy")
    Traceback (most recent call last):
    skal.exceptions.EvidenceError: strategy='entropy' needs Proba(), which LinearSVC does not ...
    """
    for need in map(about, needs):
        if not (need.model_free or provides(estimator, need)):
            raise not_provided(need, last_step(estimator), f"strategy={strategy!r}")


def measure(
    estimator: Any,
    X: Any,
    rows: NDArray[np.intp] | None,
    needs: Sequence[Need],
    classes: NDArray[Any],
    seed: int = 0,
) -> dict[Need, Any]:
    """Answer needs about some rows of X, in one sweep.

    Parameters
    ----------
    estimator : fitted classifier or Pipeline
    X : array, DataFrame, list
    rows : int array of shape (n,), or None
        Rows of an X that was checked by the caller; None: all rows, which the classifier checks.
    needs : sequence of Need
        Those that the classifier provides.
    classes : array of shape (n_classes,)
        Columns of probabilities and scores; a class that the classifier has not seen gets
        probability 0.
    seed : int, default=0
        Of the masks of dropout.

    Returns
    -------
    dict of arrays with n rows

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skal.evidence import Proba, measure
    >>> X = np.array([[0.0], [1.0], [4.0], [5.0]])
    >>> model = GaussianNB().fit(X, ["a", "a", "c", "c"])
    >>> found = measure(model, X, np.array([0, 3]), [Proba()], np.array(["a", "b", "c"]))
    >>> found[Proba()].round(3)
    array([[1., 0., 0.],
           [0., 0., 1.]])
    """
    if rows is not None and not len(rows):
        # classifiers refuse an X without rows: ask one row, keep none
        found = measure(estimator, X, np.zeros(1, dtype=np.intp), needs, classes, seed)
        return {need: need.part(values, rows) for need, values in found.items()}
    last = last_step(estimator)
    own = [need for need in needs if answers_itself(last, need)]
    others = [need for need in needs if need not in own]
    found = {}
    if own and last is estimator:  # it reads the rows itself: no block of them is copied
        found |= last.measure(X, rows, own, seed=seed)
        own = []
    if own or others:
        parts = []
        for block in row_blocks(X, rows):
            # a Pipeline's steps are applied here, once for all needs
            block = before_last_step(estimator, block)
            # 0020: None, since nobody has checked what the steps before it give
            part = dict(last.measure(block, None, own, seed=seed)) if own else {}
            parts.append(part | {need: need.answer(last, block) for need in others})
        found |= {need: need.join([part[need] for part in parts]) for need in [*own, *others]}
    for need, values in found.items():
        fill = need.unseen(last)
        if fill is not None:  # else its columns are no classes
            found[need] = align_columns(values, last.classes_, classes, fill=fill)
    return found
