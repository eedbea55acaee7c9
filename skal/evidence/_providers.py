"""Who answers which need: nets, Pipelines, any other classifier."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from skal._compat import LinearClassifierMixin
from skal._containers import as_array, n_rows, row_blocks, take_rows
from skal.evidence._committee import align_columns, is_committee, member_proba
from skal.evidence._needs import (
    Attack,
    CommitteeProba,
    Embedding,
    Given,
    Head,
    Inputs,
    Labels,
    LinearHead,
    Logits,
    MCProba,
    Model,
    Need,
    Past,
    Proba,
    RiskAfter,
    Rounds,
    Scores,
    about,
)
from skal.exceptions import EvidenceError

__all__ = ["check_provides", "last_step", "measure"]

FREE = Given | Inputs | Labels | Model | Past | Rounds  # of any classifier


def last_step(estimator: Any) -> Any:
    """The classifier itself, at the end of any Pipelines.

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
        base = about(need)
        if not _provides(estimator, base):
            name = type(last_step(estimator)).__name__
            raise EvidenceError(
                f"strategy={strategy!r} needs {base}, which {name} does not give; {_advice(base)}"
            )


def _provides(estimator: Any, need: Need) -> bool:
    last = last_step(estimator)
    if getattr(last, "final_estimator", estimator) is None:
        return isinstance(need, Proba | Scores | FREE)  # stacking, by default a regression
    if isinstance(need, Proba):
        return hasattr(estimator, "predict_proba")
    if isinstance(need, Scores | Logits):
        return hasattr(estimator, "predict_proba") or hasattr(estimator, "decision_function")
    if isinstance(need, Embedding):
        return need.layer is None or hasattr(last, "_measure")
    if isinstance(need, MCProba):
        return is_committee(last) or getattr(last, "_has_dropout", False)
    if isinstance(need, CommitteeProba):
        return is_committee(last)
    if isinstance(need, Head):
        return hasattr(last, "_measure") or isinstance(last, LinearClassifierMixin)
    if isinstance(need, Attack):
        return hasattr(last, "_measure")
    if isinstance(need, RiskAfter):
        return hasattr(estimator, "predict_proba")
    if isinstance(need, Model) and need.committee:
        return is_committee(last)
    return isinstance(need, FREE)


def _advice(need: Need) -> str:
    if isinstance(need, Proba):
        return (
            "use strategy='margin', which also reads decision values, or a classifier with "
            "predict_proba, for example wrapped in CalibratedClassifierCV."
        )
    if isinstance(need, MCProba):
        return (
            "use a net with dropout, such as ANNClassifier(dropout=0.2), or a committee: "
            "NetEnsemble, BaggingClassifier, VotingClassifier or a forest."
        )
    if isinstance(need, Head):
        return "use a net (ANNClassifier, CNNClassifier, NetClassifier) or a linear classifier."
    if isinstance(need, Embedding | Attack):
        return "use a net (ANNClassifier, CNNClassifier, NetClassifier)."
    if isinstance(need, Model | CommitteeProba):
        return "use a BaggingClassifier, VotingClassifier or forest, or a NetEnsemble."
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
    estimator : fitted classifier or Pipeline; None while nothing is trained
    X : array, DataFrame, list; checked by the caller
    rows : int array of shape (n,)
    needs : sequence of Need
        Those that a model and rows of X can answer.
    classes : array of shape (n_classes,)
        Columns of probabilities and scores; a class that the classifier has not seen gets
        probability 0.
    seed : int, default=0
        Of the masks of dropout.

    Returns
    -------
    dict of arrays with n rows
    """
    bare = (Inputs(), Embedding()) if estimator is None else (Inputs(),)
    plain = [need for need in needs if need in bare]
    asked = [need for need in needs if need not in plain]
    if estimator is None and asked:
        raise EvidenceError(
            f"the strategy needs {asked[0]}, but no classifier is trained yet; teach some rows "
            "first, or use one that needs no labels."
        )
    found: dict[Need, Any] = {need: as_numbers(take_rows(X, rows), need) for need in plain}
    if asked:
        found |= _ask(estimator, X, rows, asked, seed)
    return {need: _aligned(need, values, estimator, classes) for need, values in found.items()}


def _aligned(need: Need, values: Any, estimator: Any, classes: NDArray[Any]) -> Any:
    """Columns for all classes, where the need has columns of classes."""
    if isinstance(need, Proba | MCProba | CommitteeProba):
        return align_columns(values, estimator.classes_, classes)
    if isinstance(need, Scores | Logits):
        is_score = isinstance(need, Logits) or not _is_proba(estimator)
        lowest = -np.inf if is_score else 0.0
        return align_columns(values, estimator.classes_, classes, fill=lowest)
    return values


def _is_proba(estimator: Any) -> bool:
    return hasattr(estimator, "predict_proba")


def _ask(
    estimator: Any, X: Any, rows: NDArray[np.intp], needs: Sequence[Need], seed: int
) -> dict[Need, Any]:
    if hasattr(estimator, "_measure"):
        whole = X if estimator._is_checked(X) else estimator._check_X(X)
        return dict(estimator._measure(whole, rows, needs, seed))
    parts = [_ask_block(estimator, block, needs, seed) for block in row_blocks(X, rows)]
    return {need: _joined([part[need] for part in parts], need.axis) for need in needs}


def _joined(parts: list[Any], axis: int | None) -> Any:
    return parts[0] if axis is None or len(parts) == 1 else np.concatenate(parts, axis=axis)


def _ask_block(estimator: Any, block: Any, needs: Sequence[Need], seed: int) -> dict[Need, Any]:
    last = last_step(estimator)
    if isinstance(estimator, Pipeline) and hasattr(last, "_measure"):
        block = last._check_X(before_last_step(estimator, block))
        return _ask(last, block, np.arange(n_rows(block)), needs, seed)
    return {need: _answer(estimator, last, block, need) for need in needs}


def _answer(estimator: Any, last: Any, block: Any, need: Need) -> Any:
    """What any classifier of scikit-learn says about a block of rows."""
    if isinstance(need, Embedding):
        return as_numbers(before_last_step(estimator, block), need)
    if isinstance(need, Head):
        return _coefficients(last)
    if isinstance(need, MCProba | CommitteeProba):
        return member_proba(last, before_last_step(estimator, block))
    if isinstance(need, Logits) or (isinstance(need, Scores) and not _is_proba(estimator)):
        if hasattr(estimator, "decision_function"):
            return _decision_columns(estimator, block)
        proba = np.asarray(estimator.predict_proba(block))
        return np.log(np.maximum(proba, np.finfo(np.float64).tiny))
    return np.asarray(estimator.predict_proba(block))


def before_last_step(estimator: Any, X: Any) -> Any:
    """X as the classifier at the end of any Pipelines is given it."""
    while isinstance(estimator, Pipeline):
        for _, step in estimator.steps[:-1]:
            X = X if step in (None, "passthrough") else step.transform(X)
        estimator = estimator.steps[-1][1]
    return X


def _coefficients(classifier: Any) -> LinearHead:
    """The linear layer that a linear classifier is; of two classes it holds one row."""
    weight, bias = np.atleast_2d(classifier.coef_), np.atleast_1d(classifier.intercept_)
    if hasattr(weight, "toarray"):
        weight = weight.toarray()
    if len(weight) == 1:
        weight = np.concatenate([np.zeros_like(weight), weight])
        bias = np.concatenate([np.zeros(1), bias])
    return LinearHead(weight, np.broadcast_to(bias, len(weight)))


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


def as_numbers(part: Any, need: Need) -> Any:
    """Rows flattened to (n, n_features)."""
    if hasattr(part, "tocsr"):
        if isinstance(need, Inputs):
            return part
        raise EvidenceError(
            f"the strategy needs {need}, dense rows of numbers, but they are sparse; put "
            "TruncatedSVD in front of the classifier, or give the embedding as space."
        )
    array = as_array(part)
    if array.dtype.kind not in "fiub":
        raise EvidenceError(
            f"the strategy needs {need}, rows of numbers, but X holds {array.dtype}; put the "
            "encoder in front of the ActiveLearner, or give the embedding as an array."
        )
    return array.reshape(len(array), -1)
