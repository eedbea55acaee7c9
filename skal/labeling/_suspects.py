"""Labels that a classifier doubts when it was not trained on them: confident learning."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from skal._containers import take_rows
from skal.labeling._votes import Floats, Ints, code_votes, column

__all__ = ["out_of_fold", "suspects", "suspects_from_proba"]


def suspects_from_proba(
    proba: ArrayLike, labels: ArrayLike, classes: ArrayLike | None = None
) -> tuple[Ints, Floats, NDArray[Any]]:
    """Find labels that are likely wrong, the least likely first.

    Parameters
    ----------
    proba : array of shape (n, n_classes)
        Out-of-fold probabilities: of a classifier that was not trained on the row.
    labels : array of shape (n,)
    classes : array of shape (n_classes,), default=None
        Of the columns; None: the labels, sorted.

    Returns
    -------
    rows : int array of shape (n_suspects,)
    scores : array of shape (n_suspects,)
        Probability of the label as it is.
    instead : array of shape (n_suspects,)
        Class that is likely instead.

    Notes
    -----
    A class counts as likely for a row where its probability reaches the mean that rows of its own
    label have. A row whose likeliest such class is not its label is suspect; one without such a
    class is not.

    References
    ----------
    Northcutt, Jiang, Chuang (2021), "Confident learning: estimating uncertainty in dataset labels",
    JAIR 70, equations 1 and 2.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.labeling import suspects_from_proba
    >>> p = np.array([0.9, 0.8, 0.3, 0.4, 0.2, 0.75])
    >>> rows, scores, instead = suspects_from_proba(np.stack([p, 1 - p], 1), [0, 0, 0, 1, 1, 1])
    >>> rows, scores.round(6), instead
    (array([5, 2]), array([0.25, 0.3 ]), array([0, 1]))
    """
    P = np.asarray(proba, dtype=np.float64)
    y, known = _codes(labels, classes)
    if P.shape != (len(y), len(known)):
        raise ValueError(
            f"`proba` must have shape {(len(y), len(known))}, a row a label and a column a class, "
            f"got {P.shape}."
        )
    own = P[np.arange(len(y)), y]
    counts = np.bincount(y, minlength=len(known))
    sums = np.bincount(y, own, len(known))
    thresholds = np.divide(sums, counts, out=np.full(len(known), np.inf), where=counts > 0)
    likely = np.where(P >= thresholds, P, -1.0)
    best = likely.argmax(axis=1)
    rows = np.flatnonzero((likely.max(axis=1) >= 0) & (best != y))
    rows = rows[np.argsort(own[rows], kind="stable")]
    return rows, own[rows], known[best[rows]]


def out_of_fold(
    estimator: Any,
    X: Any,
    y: ArrayLike,
    *,
    n_folds: int = 5,
    sample_weight: ArrayLike | None = None,
) -> tuple[Floats, NDArray[Any]]:
    """Predict each row by a classifier that was trained on the other folds.

    Parameters
    ----------
    estimator : classifier with predict_proba
        Cloned.
    X : any container of n rows
    y : array of shape (n,)
    n_folds : int >= 2, default=5
        Each has its share of every class.
    sample_weight : array of shape (n,), default=None

    Returns
    -------
    proba : array of shape (n, n_classes)
        0 for a class that the other folds do not have.
    classes : array of shape (n_classes,)
        Sorted.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal.labeling import out_of_fold
    >>> X, y = [[0.0], [1.0], [10.0], [11.0]], ["low", "low", "high", "high"]
    >>> proba, classes = out_of_fold(LogisticRegression(), X, y, n_folds=2)
    >>> classes[proba.argmax(axis=1)].tolist()
    ['low', 'low', 'high', 'high']
    """
    codes, classes = _codes(y, None)
    if n_folds < 2 or len(codes) < 2 or len(classes) < 2:
        raise ValueError(
            "`y` must hold two rows and two classes, and `n_folds` be at least 2, got "
            f"{len(codes)} rows, {len(classes)} classes and {n_folds} folds; label more first."
        )
    labels = classes[codes]
    # rows of a class take turns through the folds; where one class ends the next goes on
    order = np.argsort(codes, kind="stable")
    fold = np.empty(len(codes), dtype=np.intp)
    fold[order] = np.arange(len(codes)) % n_folds
    weight = None if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    proba = np.zeros((len(codes), len(classes)))
    for k in range(n_folds):
        train, test = np.flatnonzero(fold != k), np.flatnonzero(fold == k)
        if len(test):
            proba[test] = _predicted(estimator, X, labels, weight, (train, test), classes)
    return proba, classes


def suspects(
    learner: Any, X: Any, *, n_folds: int = 5, sample_weight: ArrayLike | None = None
) -> tuple[Ints, Floats]:
    """Find labels of a learner that are worth a second look, the likeliest to be wrong first.

    Parameters
    ----------
    learner : ActiveLearner
        Fitted; its estimator is trained `n_folds` times on its labels.
    X : any container
        The pool.
    n_folds : int >= 2, default=5
    sample_weight : array of shape (n_labeled,), default=None
        In the order of ``learner.labeled_rows_``.

    Returns
    -------
    rows : int array of shape (n_suspects,)
        Of X; none where fewer than two classes have two labels. The only label of a class is none.
    scores : array of shape (n_suspects,)
        Probability of the label as it is, by classifiers that did not learn from it.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.labeling import suspects
    >>> X = np.linspace(-3, 3, 40)[:, None]
    >>> y = np.where(X[:, 0] > 0, "up", "down")
    >>> y[[4, 33]] = "up", "down"
    >>> learner = ActiveLearner(LogisticRegression(), random_state=0).teach(X, y, rows=range(40))
    >>> suspects(learner, X)[0]
    array([ 4, 33])
    """
    counts = np.asarray(learner.answers_["counts"], dtype=bool)
    rows = np.asarray(learner.answers_["row"])[counts]
    y = np.asarray(learner.answers_["label"])[counts]
    weight = None if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    codes, classes = _codes(y, None)
    # the only row of a class is expected by nobody, and nobody knows where an untold row stands
    kept = (rows >= 0) & (np.bincount(codes)[codes] > 1)
    rows, y = rows[kept], y[kept]
    if len(np.unique(codes[kept])) < 2:
        return np.empty(0, dtype=np.intp), np.empty(0)
    proba, classes = out_of_fold(
        learner.estimator_,
        take_rows(X, rows),
        y,
        n_folds=n_folds,
        sample_weight=None if weight is None else weight[kept],
    )
    found, scores, _ = suspects_from_proba(proba, y, classes)
    return rows[found], scores


def _codes(labels: ArrayLike, classes: ArrayLike | None) -> tuple[Ints, NDArray[Any]]:
    y = column("labels", labels)
    votes = code_votes(np.arange(len(y)), np.zeros(len(y)), y, classes)
    if len(votes.label) < len(y):
        raise ValueError(
            f"`labels` must name a class each, got {len(y) - len(votes.label)} missing; leave rows "
            "without a label out."
        )
    return votes.label, votes.classes


def _predicted(
    estimator: Any,
    X: Any,
    y: NDArray[Any],
    weight: Floats | None,
    folds: tuple[Ints, Ints],
    classes: NDArray[Any],
) -> Floats:
    """Probabilities of the classes for one fold, by a classifier trained on the others."""
    train, test = folds
    proba = np.zeros((len(test), len(classes)))
    if len(np.unique(y[train])) == 1:
        proba[:, np.searchsorted(classes, y[train[0]])] = 1
        return proba
    given = {} if weight is None else {_weight_name(estimator): weight[train]}
    fitted = clone(estimator).fit(take_rows(X, train), y[train], **given)
    proba[:, np.searchsorted(classes, fitted.classes_)] = fitted.predict_proba(take_rows(X, test))
    return proba


def _weight_name(estimator: Any) -> str:
    is_pipeline = isinstance(estimator, Pipeline)
    return f"{estimator.steps[-1][0]}__sample_weight" if is_pipeline else "sample_weight"
