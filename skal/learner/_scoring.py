"""What a fitted classifier answers, in the learner's classes, and how its answers are scored."""

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from inspect import signature
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.metrics import check_scoring, get_scorer, get_scorer_names
from sklearn.utils.metaestimators import available_if

from skal._compat import is_of_regression
from skal._containers import n_rows
from skal.evidence import (
    Proba,
    align_columns,
    answers_itself,
    last_step,
    measure,
    values_of_classes,
)

__all__ = [
    "TestedClassifier",
    "as_scorer",
    "check_suits",
    "check_target",
    "decision_values",
    "labels",
    "probabilities",
    "score_names",
    "scorer_in",
]

UNBOUNDED = ("mutual_info_score", "positive_likelihood_ratio")  # scorers without a largest value
Scorer = Callable[[Any, Any, Any], dict[str, float]]


def probabilities(estimator: Any, X: Any, classes: NDArray[Any]) -> NDArray[np.floating]:
    """Measure class probabilities, (n, n_classes); a class the classifier has not seen gets 0."""
    return measure(estimator, X, np.arange(n_rows(X)), [Proba()], classes)[Proba()]


def decision_values(estimator: Any, X: Any, classes: NDArray[Any]) -> NDArray[np.floating]:
    """Compute decision values; a class the classifier has not seen gets the smallest float."""
    values = np.asarray(estimator.decision_function(X))
    values = values_of_classes(last_step(estimator), values)
    if len(estimator.classes_) == len(classes):
        return values
    if values.ndim == 1:  # two of the classes were seen; 0003 halves the gap between these
        values = np.column_stack([-values, values])
    # not minus infinity, which scikit-learn's scorers refuse
    lowest = float(np.finfo(np.float64).min)
    return align_columns(values, estimator.classes_, classes, fill=lowest)


def labels(estimator: Any, X: Any, classes: NDArray[Any]) -> NDArray[Any]:
    """Predict labels."""
    if gives_all_at_once(estimator):  # then its labels are those of its probabilities
        return classes[probabilities(estimator, X, classes).argmax(axis=1)]
    return estimator.predict(X)


def as_scorer(scoring: Any, tested: "TestedClassifier") -> Scorer:
    """Make one function that gives all scores by their names in the history.

    Parameters
    ----------
    scoring : str, callable, list, dict or None
        As scikit-learn's `check_scoring` takes it; None is accuracy, under ``test_score``.
    tested : classifier
        What is scored; refused if a scorer needs a method that it lacks.

    Returns
    -------
    callable
        ``scores(classifier, X, y)`` gives a dict of floats.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> from skal.learner import as_scorer
    >>> constant = DummyClassifier().fit([[0], [0], [0]], [1, 1, 0])
    >>> as_scorer(["accuracy", "recall"], constant)(constant, [[0], [0]], [1, 0])
    {'test_accuracy': 0.5, 'test_recall': 1.0}
    """
    for name in _names_of(scoring).values():
        _check_name(name)
    if callable(scoring):
        _check_takes_three(scoring)
    scorer = check_scoring(tested, "accuracy" if scoring is None else scoring)

    def scores(*test: Any) -> dict[str, float]:
        found = scorer(*test)
        if not isinstance(found, Mapping):
            return {"test_score": float(found)}
        return {f"test_{name}": float(value) for name, value in found.items()}

    return scores


def _names_of(scoring: Any) -> dict[str, str]:
    """Find the scorers that are given by name, each under what the history calls it."""
    if scoring is None or isinstance(scoring, str):
        return {"test_score": scoring or "accuracy"}
    if isinstance(scoring, Mapping):
        given = scoring
    else:
        given = {name: name for name in scoring} if isinstance(scoring, Iterable) else {}
    return {f"test_{name}": value for name, value in given.items() if isinstance(value, str)}


def _check_name(name: str) -> None:
    """Refuse names that scikit-learn does not know, with those that come near, or not for us."""
    if name not in get_scorer_names():
        word = name.lower().replace("-", "_").replace(" ", "_")
        near = get_close_matches(word, get_scorer_names(), n=3)
        raise ValueError(
            f"scoring must be a name that scikit-learn knows, got {name!r}; "
            + (f"did you mean {' or '.join(map(repr, near))}? " if near else "")
            + "sklearn.metrics.get_scorer_names() are all."
        )
    if is_of_regression(name):
        raise ValueError(
            f"scoring must be a scorer of classifiers, got {name!r}, which takes labels for "
            "amounts; use 'accuracy', 'balanced_accuracy', 'f1_macro', 'roc_auc_ovr' or "
            "'neg_log_loss', or, where classes are steps of a scale, an object such as "
            "make_scorer(mean_absolute_error, greater_is_better=False)."
        )


def _check_takes_three(scoring: Any) -> None:
    """Refuse a function that cannot be given a classifier, rows and labels."""
    try:
        signature(scoring).bind(None, None, None)
    except TypeError:
        raise TypeError(
            f"scoring must be a function of a classifier, rows and labels, got {scoring!r}, which "
            f"takes {signature(scoring)}; wrap a metric of labels in "
            "sklearn.metrics.make_scorer."
        ) from None
    except ValueError:  # of something built in, which has no signature
        return


def check_suits(scoring: Any, classes: NDArray[Any], y_test: NDArray[Any]) -> None:
    """Refuse scorers, given by name, that would fail on these labels once all is trained."""
    X = np.zeros((len(y_test), 1))
    right = TestedClassifier(DummyClassifier().fit(X[: len(classes)], classes[: len(X)]), classes)
    proba = (y_test[:, None] == classes).astype(float)  # (n, n_classes)
    proba[~proba.any(axis=1)] = 1
    right._known = {"labels": (X, y_test), "proba": (X, proba / proba.sum(axis=1, keepdims=True))}
    for name in _names_of(scoring).values():
        if name == "accuracy" or "likelihood" in name or len(np.unique(y_test)) == 1:
            continue  # which suits all labels, or has a warning of its own
        try:
            get_scorer(name)(right, X, y_test)
        except ValueError as error:
            untaught = np.setdiff1d(y_test, classes)
            if len(untaught):
                check_suits(name, np.union1d(classes, untaught), y_test)
                raise ValueError(
                    f"scoring={name!r} needs all classes of y_test, got none of "
                    f"{untaught[:5].tolist()} so far, and says: {str(error).rstrip('.')}; pass "
                    "classes= to teach, all labels that may ever come, and leave rows of classes "
                    "that y lacks out of the test set of fit."
                ) from error
            others = [f"{name}_macro", f"{name}_ovr", "f1_macro"]
            other = next(one for one in others if one in get_scorer_names())
            raise ValueError(
                f"scoring must suit the labels, {classes[:5].tolist()}, got {name!r}, which says: "
                f"{str(error).rstrip('.')}; use such as {other!r}, or, where one of two classes "
                "is looked for, make_scorer(..., pos_label=...)."
            ) from error


def scorer_in(scoring: Any, column: str) -> str:
    """Name the scorer whose scores stand in a column of the history; "" where it has no name."""
    return _names_of(scoring).get(column, "")


def check_target(target: Any, scorer: str) -> None:
    """Refuse a target that no score can reach.

    Parameters
    ----------
    target : float
    scorer : str
        Its name in scikit-learn; "" where it is not known.

    Raises
    ------
    TypeError, ValueError

    Examples
    --------
    >>> from skal.learner import check_target
    >>> check_target(85, "accuracy")
    Traceback (most recent call last):
    ValueError: target must be a score that can be reached, at most 1, got 85; pass a smaller ...
    """
    if not isinstance(target, Real) or np.isnan(float(target)):
        raise TypeError(f"target must be a number, got {target!r}; pass such as target=0.9.")
    highest = 0 if scorer.startswith("neg_") else 1
    if target <= highest or scorer not in get_scorer_names() or scorer in UNBOUNDED:
        return
    if highest == 0:
        advice = f", such as {-float(target):g}, for what is named neg_ is below 0"
    else:
        advice = f", such as {float(target) / 100:g} for {target:g} percent" * (target <= 100)
    raise ValueError(
        f"target must be a score that can be reached, at most {highest}, got {target!r}; pass a "
        f"smaller one{advice}."
    )


def score_names(scoring: Any) -> list[str] | None:
    """Name what `scoring` gives, as in the history; None where only a call would tell."""
    if scoring is None or isinstance(scoring, str):
        return ["test_score"]
    return None if callable(scoring) else [f"test_{name}" for name in scoring]


def gives_all_at_once(estimator: Any) -> bool:
    """Tell whether its label is the likeliest class by contract, so that one sweep gives both."""
    return answers_itself(last_step(estimator), Proba())


def _has(method: str) -> Any:
    return lambda self: hasattr(self.estimator, method)


class TestedClassifier(ClassifierMixin, BaseEstimator):
    """A fitted classifier before one test set: all scorers share its answers.

    Parameters
    ----------
    estimator : fitted classifier
    classes : array of shape (n_classes,)
    """

    __test__ = False  # test runners collect names that begin with Test

    def __init__(self, estimator: Any, classes: NDArray[Any]):
        self.estimator = estimator
        self.classes = classes
        self.classes_ = classes
        self._known: dict[str, tuple[Any, Any]] = {}  # name -> X and the answer about it

    def fit(self, X: Any, y: Any) -> "TestedClassifier":
        """Do nothing: the classifier is fitted. scikit-learn's scorers want the method."""
        return self

    def _once(self, name: str, answer: Any, X: Any) -> Any:
        if not self._knows(name, X):
            self._known[name] = (X, answer(self.estimator, X, self.classes_))
        return self._known[name][1]

    def _knows(self, name: str, X: Any) -> bool:
        return name in self._known and self._known[name][0] is X

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict labels."""
        if self._knows("proba", X) and gives_all_at_once(self.estimator):
            return self.classes_[self._known["proba"][1].argmax(axis=1)]
        return self._once("labels", labels, X)

    @available_if(_has("predict_proba"))
    def predict_proba(self, X: Any) -> NDArray[np.floating]:
        """Predict class probabilities."""
        return self._once("proba", probabilities, X)

    @available_if(_has("decision_function"))
    def decision_function(self, X: Any) -> NDArray[np.floating]:
        """Compute decision values."""
        return self._once("decision", decision_values, X)
