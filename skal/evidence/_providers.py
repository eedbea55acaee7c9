"""Who answers which need: nets, Pipelines, any other classifier."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import BaggingClassifier, VotingClassifier
from sklearn.pipeline import Pipeline

from skal._compat import ForestClassifier, n_rows, safe_indexing
from skal.evidence._needs import Embedding, Inputs, Labeled, Model, Need, Proba, Scores
from skal.exceptions import EvidenceError

__all__ = ["align_columns", "check_provides", "measure", "row_blocks"]

BLOCK = 2**23  # values of X copied at a time


def last_step(estimator: Any) -> Any:
    """The classifier itself, at the end of any Pipelines."""
    while isinstance(estimator, Pipeline):
        estimator = estimator.steps[-1][1]
    return estimator


def check_provides(estimator: Any, needs: Iterable[Need], strategy: object) -> None:
    """Refuse early a strategy whose needs a classifier, fitted or not, cannot answer.

    Parameters
    ----------
    estimator : classifier or Pipeline
    needs : iterable of Need
    strategy : object
        Named in the message.
    """
    for need in needs:
        base = need.of if isinstance(need, Labeled) else need
        if not _provides(estimator, base):
            name = type(last_step(estimator)).__name__
            raise EvidenceError(
                f"strategy={strategy!r} needs {base}, which {name} does not give; {_advice(base)}"
            )


def _provides(estimator: Any, need: Need) -> bool:
    if getattr(last_step(estimator), "final_estimator", estimator) is None:
        return isinstance(need, Proba | Scores | Inputs)  # stacking, by default a regression
    if isinstance(need, Proba):
        return hasattr(estimator, "predict_proba")
    if isinstance(need, Scores):
        return hasattr(estimator, "predict_proba") or hasattr(estimator, "decision_function")
    if isinstance(need, Embedding):
        return hasattr(last_step(estimator), "_measure")
    if isinstance(need, Model) and need.committee:
        return is_committee(last_step(estimator))
    return isinstance(need, Inputs | Model)


def is_committee(estimator: Any) -> bool:
    """Whether the members of an ensemble can be asked one by one, once it is fitted."""
    kinds = (BaggingClassifier, VotingClassifier, ForestClassifier)
    return isinstance(estimator, kinds) or hasattr(estimator, "estimators_")


def _advice(need: Need) -> str:
    if isinstance(need, Proba):
        return (
            "use strategy='margin', which also reads decision values, or a classifier with "
            "predict_proba, for example wrapped in CalibratedClassifierCV."
        )
    if isinstance(need, Embedding):
        return "use a net (ANNClassifier, CNNClassifier, NetClassifier)."
    if isinstance(need, Model):
        return "use a BaggingClassifier, VotingClassifier or forest."
    return "use a classifier with predict_proba."


def measure(
    estimator: Any,
    X: Any,
    rows: NDArray[np.intp],
    needs: Sequence[Need],
    classes: NDArray[Any],
    seed: int = 0,
) -> dict[Need, Any]:
    """Answer the needs for some rows of X, in one sweep.

    Parameters
    ----------
    estimator : fitted classifier or Pipeline
    X : array, DataFrame, list; checked by the caller
    rows : int array of shape (n,)
    needs : sequence of Need
        Without the wrapper `Labeled`.
    classes : array of shape (n_classes,)
        Columns of probabilities and scores; a class that the classifier has not seen gets
        probability 0.

    Returns
    -------
    dict of arrays with n rows
    """
    found: dict[Need, Any] = {}
    asked = [need for need in needs if not isinstance(need, Inputs)]
    if len(asked) < len(needs):
        found[Inputs()] = _inputs(X, rows)
    if asked:
        found |= _ask(estimator, X, rows, asked)
    for need, values in found.items():
        if isinstance(need, Proba | Scores):
            fill = -np.inf if isinstance(need, Scores) and not _is_proba(estimator) else 0.0
            found[need] = align_columns(values, estimator.classes_, classes, fill=fill)
    return found


def _is_proba(estimator: Any) -> bool:
    return hasattr(estimator, "predict_proba")


def _ask(estimator: Any, X: Any, rows: NDArray[np.intp], needs: Sequence[Need]) -> dict[Need, Any]:
    if hasattr(estimator, "_measure"):
        whole = X if estimator._is_checked(X) else estimator._check_X(X)
        return dict(estimator._measure(whole, rows, needs))
    parts = [_ask_block(estimator, block, needs) for block in row_blocks(X, rows)]
    return {need: np.concatenate([part[need] for part in parts]) for need in needs}


def _ask_block(estimator: Any, block: Any, needs: Sequence[Need]) -> dict[Need, Any]:
    if isinstance(estimator, Pipeline) and hasattr(last_step(estimator), "_measure"):
        for _, step in estimator.steps[:-1]:
            block = block if step in (None, "passthrough") else step.transform(block)
        last = estimator.steps[-1][1]
        if not isinstance(last, Pipeline):
            block = last._check_X(block)  # nobody has looked at what a transformer gives
        return _ask(last, block, np.arange(n_rows(block)), needs)
    found: dict[Need, Any] = {}
    for need in needs:
        if isinstance(need, Scores) and not _is_proba(estimator):
            found[need] = _decision_columns(estimator, block)
        else:
            found[need] = np.asarray(estimator.predict_proba(block))
    return found


def _decision_columns(estimator: Any, X: Any) -> NDArray[np.floating]:
    """Decision values with one column a class; the binary form has only one."""
    decision = estimator.decision_function(X)
    if decision.ndim == 2:
        last = last_step(estimator)
        if getattr(last, "decision_function_shape", "ovr") == "ovo":
            raise EvidenceError(
                f"{type(last).__name__} gives decision values for pairs of classes; set "
                "decision_function_shape='ovr' for one value a class."
            )
        return decision
    return np.column_stack([np.zeros_like(decision), decision])  # gap of the columns is |f(x)|


def row_blocks(X: Any, rows: NDArray[np.intp]) -> Iterator[Any]:
    width = int(np.prod(getattr(X, "shape", (0, 1))[1:])) or 1
    size = max(256, BLOCK // width)
    for start in range(0, len(rows), size):
        yield safe_indexing(X, rows[start : start + size])


def _inputs(X: Any, rows: NDArray[np.intp]) -> Any:
    part = safe_indexing(X, rows)
    if hasattr(part, "tocsr"):
        return part
    array = np.asarray(part)
    if array.dtype.kind not in "fiub":
        raise EvidenceError(
            f"the strategy needs Inputs(), rows of numbers, but X holds {array.dtype}; put the "
            "encoder in front of the ActiveLearner, or give the embedding as an array."
        )
    return array.reshape(len(array), -1)


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
    values : array of shape (n, n_seen)
    seen : array of shape (n_seen,)
    classes : array of shape (n_classes,)
        Sorted; contains `seen`.
    fill : float, default=0.0
        Value of the other columns.

    Returns
    -------
    array of shape (n, n_classes)
    """
    if len(seen) == len(classes):
        return values
    out = np.full((len(values), len(classes)), fill, dtype=np.float64)
    out[:, np.searchsorted(classes, seen)] = values
    return out
