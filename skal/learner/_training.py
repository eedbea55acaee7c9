"""Training a classifier in a mode: from scratch, or on from its current weights."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import Pipeline

from skal._compat import HistGradientBoostingClassifier
from skal.exceptions import ModeError
from skal.learner._modes import TrainingMode

__all__ = [
    "check_trainable",
    "keeps_weights",
    "final_step",
    "seeded_clone",
    "train_fresh",
    "train_on",
]


def final_step(estimator: Any) -> Any:
    """The step that is trained: a Pipeline's own last one, which may be a Pipeline in turn."""
    return estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator


def check_trainable(estimator: Any, mode: TrainingMode) -> None:
    """Refuse a pairing of classifier and mode that cannot work."""
    last = final_step(estimator)
    if not hasattr(last, "fit"):
        raise TypeError(f"estimator={estimator!r} has no fit; pass a classifier or a Pipeline.")
    if not mode.warm or hasattr(last, "partial_fit"):
        return
    name = type(last).__name__
    if not _goes_on(last):
        raise ModeError(
            f"mode={mode!r} goes on from the current weights, which {name} cannot (no "
            "partial_fit, and no warm_start that keeps weights); use mode='cumulative', a net, "
            "or a classifier with partial_fit."
        )
    both = np.array([0, 1])
    if len(mode.rows(both, np.random.default_rng(0))) < len(both):
        raise ModeError(
            f"mode={mode!r} trains on part of the labels, and {name}'s warm_start refuses "
            "batches that lack a class; use mode='half-cumulative', or a classifier with "
            "partial_fit."
        )


def _goes_on(classifier: Any) -> bool:
    """Whether warm_start means going on; ensembles only add members to the old ones."""
    adds_members = hasattr(classifier, "n_estimators") or isinstance(
        classifier, HistGradientBoostingClassifier
    )
    return "warm_start" in classifier.get_params(deep=False) and not adds_members


def keeps_weights(estimator: Any) -> bool:
    """Whether training goes on by partial_fit, for which the classes are fixed in advance."""
    return hasattr(final_step(estimator), "partial_fit")


def seeded_clone(estimator: BaseEstimator, seed: int) -> Any:
    """Unfitted copy in which every `random_state` that is None has a seed of its own."""
    fresh: Any = clone(estimator)
    params = fresh.get_params(deep=True)
    open_names = sorted(
        name
        for name, value in params.items()
        if name.rpartition("__")[2] == "random_state" and value is None
    )
    seeds = np.random.default_rng(seed).integers(2**31 - 1, size=len(open_names)).tolist()
    return fresh.set_params(**dict(zip(open_names, seeds, strict=True)))


def train_fresh(
    estimator: Any,
    X: Any,
    y: NDArray[Any],
    classes: NDArray[Any],
    *,
    mode: TrainingMode,
    seed: int,
    fit_params: Mapping[str, Any],
    one_class_stands_in: bool = False,
) -> Any:
    """Fit an unfitted copy.

    In a warm mode all classes are announced. With `one_class_stands_in` a classifier that cannot
    be trained on a single class is replaced by a constant prediction.
    """
    fresh = seeded_clone(estimator, seed)
    if mode.warm and keeps_weights(fresh):
        front = _in_front(fresh)
        if front is not None:
            X = front.fit_transform(X, y)
            fresh.steps[:-1] = front.steps  # under Pipeline(memory=...) they are copies
        final_step(fresh).partial_fit(X, y, classes=classes, **_own(fresh, fit_params))
        return fresh
    try:
        return fresh.fit(X, y, **fit_params)
    except ValueError:
        if not one_class_stands_in or len(np.unique(y)) > 1:
            raise
    warnings.warn(
        f"{type(final_step(estimator)).__name__} cannot be trained on the single class "
        f"{y[:1].tolist()[0]!r}; until another is taught, that class is the prediction.",
        stacklevel=4,
    )
    return DummyClassifier(strategy="prior").fit(np.zeros((len(y), 1)), y)


def train_on(
    fitted: Any, X: Any, y: NDArray[Any], classes: NDArray[Any], fit_params: Mapping[str, Any]
) -> Any:
    """Go on from the current weights; `fitted` is changed. None: it cannot, start fresh."""
    last = final_step(fitted)
    if isinstance(last, DummyClassifier):
        return None
    goes_on = hasattr(last, "partial_fit")
    if not goes_on and not np.array_equal(last.classes_, np.unique(y)):
        return None  # the weights of warm_start do not fit another set of classes
    front = _in_front(fitted)
    X = X if front is None else front.transform(X)
    if goes_on:
        last.partial_fit(X, y, classes=classes, **_own(fitted, fit_params))
        return fitted
    last.set_params(warm_start=True)
    last.fit(X, y, **_own(fitted, fit_params))
    return fitted


def _in_front(estimator: Any) -> Pipeline | None:
    """The transformers before the classifier, if there are any; an empty Pipeline is no object."""
    has_front = isinstance(estimator, Pipeline) and len(estimator.steps) > 1
    return estimator[:-1] if has_front else None


def _own(estimator: Any, fit_params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters as the last step of a Pipeline knows them, without its name in front."""
    prefix = f"{estimator.steps[-1][0]}__" if isinstance(estimator, Pipeline) else ""
    return {name.removeprefix(prefix): value for name, value in fit_params.items()}
