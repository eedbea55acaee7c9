"""Needs answered by a classifier: by itself where it is `Measurable`, else block by block."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skal._containers import row_blocks
from skal.evidence._classifiers import (
    align_columns,
    answers_itself,
    before_last_step,
    last_step,
    provides,
)
from skal.evidence._need import Need, about, not_provided

__all__ = ["check_provides", "measure"]


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
    if rows is not None and not len(rows):  # classifiers refuse no rows: what has their shape
        found = measure(estimator, X, np.zeros(1, dtype=np.intp), needs, classes, seed)
        return {need: need.part(values, rows) for need, values in found.items()}
    last = last_step(estimator)
    own = [need for need in needs if answers_itself(last, need)]
    others = [need for need in needs if need not in own]
    found = {}
    if own and last is estimator:
        found |= last.measure(X, rows, own, seed=seed)
        own = []
    if own or others:
        parts = [
            _of_block(last, before_last_step(estimator, block), own, others, seed)
            for block in row_blocks(X, rows)
        ]
        found |= {need: need.join([part[need] for part in parts]) for need in [*own, *others]}
    return {need: _aligned(need, values, last, classes) for need, values in found.items()}


def _of_block(
    last: Any, block: Any, own: Sequence[Need], others: Sequence[Need], seed: int
) -> Mapping[Need, Any]:
    found = dict(last.measure(block, None, own, seed=seed)) if own else {}
    return found | {need: need.answer(last, block) for need in others}


def _aligned(need: Need, values: Any, classifier: Any, classes: NDArray[Any]) -> Any:
    fill = need.unseen(classifier)
    return (
        values if fill is None else align_columns(values, classifier.classes_, classes, fill=fill)
    )
