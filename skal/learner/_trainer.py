"""Training through the rounds: fresh or on from current weights, and the same again."""

import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import Pipeline

from skal._compat import HistGradientBoostingClassifier, InvalidParameterError
from skal._containers import stack_rows, take_rows
from skal._values import same_value
from skal.exceptions import ModeError
from skal.learner._log import LabelLog
from skal.learner._modes import TrainingMode
from skal.learner._soft import spread, weight_name

__all__ = [
    "EVIDENCE",
    "EXTEND",
    "QUERY",
    "PseudoBatch",
    "Trainer",
    "changed_params",
    "equal_params",
    "check_trainable",
    "trained_step",
    "keeps_weights",
    "seed_of",
    "stream",
]

QUERY, TRAIN, SEED, EVIDENCE, EXTEND = range(5)  # what a random stream is for


def stream(root: int, round_: int, purpose: int) -> np.random.Generator:
    """Make the generator of one round and purpose; any round can be computed again by itself."""
    return np.random.default_rng([root, round_, purpose])  # 0004


def seed_of(root: int, round_: int, purpose: int = EVIDENCE) -> int:
    """Draw a seed out of the stream of one round and purpose."""
    return int(stream(root, round_, purpose).integers(2**63))


@dataclass(frozen=True)
class PseudoBatch:
    """Rows of a pool with the labels that the classifier itself gave them, for one round."""

    X: Any
    rows: NDArray[np.intp]
    y: NDArray[Any]
    params: Mapping[str, NDArray[Any]]

    def of_classes(self, classes: NDArray[Any]) -> "PseudoBatch":
        """Leave out labels of a class that is none any more."""
        stays = np.isin(self.y, classes)
        if stays.all():
            return self
        params = {name: values[stays] for name, values in self.params.items()}
        return PseudoBatch(self.X, self.rows[stays], self.y[stays], params)


# of the classifier before a round, the log up to and with it, and the round
Labeler = Callable[[Any, LabelLog, int], PseudoBatch]


@dataclass(frozen=True)
class Trainer:
    """How a classifier is trained in a round: what the parameters of a learner say about it.

    Parameters
    ----------
    estimator : classifier or Pipeline, never fitted itself
    mode : TrainingMode
    classes : array of shape (n_classes,)
    root : int
        Of all random streams.
    constants : mapping
        Fit parameters that are not one value a row.
    changed : mapping
        Parameters of the last step that were set since the current weights were trained.
    one_class_stands_in : bool
        A classifier that cannot be trained on a single class is replaced by a constant.
    """

    estimator: Any
    mode: TrainingMode
    classes: NDArray[Any]
    root: int
    constants: Mapping[str, Any]
    changed: Mapping[str, Any] = field(default_factory=dict)
    one_class_stands_in: bool = False

    def train(self, fitted: Any, log: LabelLog, pseudo: PseudoBatch | None) -> tuple[Any, int]:
        """Train on what the mode picks of the log, as of its last round, and on pseudo-labels.

        Gives the fitted classifier (in a warm mode `fitted` itself, changed) and the number of
        labelled rows it was trained on.
        """
        labels, round_ = log.labels(), int(log.rounds[-1])
        goes_on = self.mode.warm and fitted is not None and self._fits(fitted, labels.y)
        if self.mode.warm and fitted is not None and not goes_on:
            picked = np.arange(len(labels.y))  # weights that start anew know nothing yet
        else:
            picked = self.mode.rows(labels.rounds, stream(self.root, round_, TRAIN))
        X, y = take_rows(log.X, labels.at[picked]), labels.y[picked]
        params = {name: values[picked] for name, values in labels.params.items()}
        if labels.soft:
            soft = {label: shares[picked] for label, shares in labels.soft.items()}
            X, y, params = spread(X, y, params, soft, weight_name(self.estimator))
        if pseudo is not None and len(pseudo.y):
            X, y, params = _with_pseudo_labels(X, y, params, pseudo)
        params = {**self.constants, **params}
        if not goes_on:
            seed = seed_of(self.root, round_, SEED)
            return self._trained_fresh(X, y, params, seed), len(picked)
        weights = [values for name, values in params.items() if name.endswith("sample_weight")]
        if any(not np.any(of_rows) for of_rows in weights):
            return fitted, 0  # SGD's penalty would shrink the weights all the same
        self._train_on(fitted, X, y, params)
        return fitted, len(picked)

    def _fits(self, fitted: Any, y: NDArray[Any]) -> bool:
        """Tell whether weights are there, made for the classes that are to be learned."""
        last = trained_step(fitted)
        if isinstance(last, DummyClassifier):  # a constant stood in for them
            return False
        wanted = self.classes if hasattr(last, "partial_fit") else np.unique(y)
        return bool(np.array_equal(last.classes_, wanted))

    def retrain(self, log: LabelLog, label: Labeler | None = None) -> Any:
        """Train the rounds of the log again; gives the very classifier they gave.

        Where each begins with fresh weights, the last is enough.
        """
        fitted, last = None, int(log.rounds[-1])
        for round_ in range(0 if self.mode.warm or label is not None else last, last + 1):
            now = log.before(round_ + 1)
            pseudo = label(fitted, now, round_) if label is not None and round_ else None
            fitted, _ = self.train(fitted, now, pseudo)
        return fitted

    def _trained_fresh(self, X: Any, y: NDArray[Any], params: Mapping[str, Any], seed: int) -> Any:
        fresh = seeded_clone(self.estimator, seed)
        n_fixed = len(self.classes) if _has_fixed_outputs(fresh) else 0
        if keeps_weights(fresh, self.mode) or len(np.unique(y)) < n_fixed:
            front = _in_front(fresh)
            if front is not None:
                X = front.fit_transform(X, y)
                fresh.steps[:-1] = front.steps  # under Pipeline(memory=...) they are copies
            # weights are made for all classes that may ever come
            trained_step(fresh).partial_fit(X, y, classes=self.classes, **_own(fresh, params))
            return fresh
        try:
            return fresh.fit(X, y, **params)
        except ValueError as error:  # as LogisticRegression and SVC raise for one class
            shape = getattr(X, "shape", ())
            if len(shape) > 2 and re.search(r"dim(ension)?\b", str(error)):
                raise ValueError(
                    f"X must have rows that {type(fresh).__name__} takes, got rows of shape "
                    f"{tuple(shape[1:])}; flatten them: X.reshape(len(X), -1). ({error})"
                ) from error
            if not (self.one_class_stands_in and len(np.unique(y)) == 1 and _is_about_one(error)):
                raise
        warnings.warn(
            f"{type(trained_step(self.estimator)).__name__} cannot be trained on the single class "
            f"{y[:1].tolist()[0]!r}; until another is taught, that class is the prediction.",
            stacklevel=5,  # who called teach
        )
        # it reads no inputs, which may be texts
        return DummyClassifier(strategy="prior").fit(np.zeros((len(y), 1)), y)

    def _train_on(self, fitted: Any, X: Any, y: NDArray[Any], params: Mapping[str, Any]) -> None:
        """Go on from the current weights; `fitted` is changed."""
        last, front = trained_step(fitted), _in_front(fitted)
        X = X if front is None else front.transform(X)
        if self.changed:
            last.set_params(**self.changed)
        if hasattr(last, "partial_fit"):
            last.partial_fit(X, y, classes=self.classes, **_own(fitted, params))
        else:
            last.set_params(warm_start=True).fit(X, y, **_own(fitted, params))


def changed_params(
    before: Mapping[str, Any], now: Mapping[str, Any], estimator: Any, *, torn: bool
) -> dict[str, Any]:
    """Find the parameters of the last step that were changed since weights were trained.

    Training goes on with them; what it cannot go on with is refused, here or, where it is a matter
    of the net itself, such as its hidden units, by the classifier's own `partial_fit`.
    """
    advice = "teach a fresh learner, set it back, or use mode='cumulative'"
    odd = sorted(name for name in {*before, *now} if _kind(before, name) is not _kind(now, name))
    changed = {
        name: value
        for name, value in now.items()
        if name not in odd
        and not hasattr(value, "get_params")
        # steps are compared one by one, and a cache is none of the last step
        and name.rpartition("__")[2] not in ("steps", "memory")
        and not same_value(before[name], value)
    }
    prefix = f"{estimator.steps[-1][0]}__" if isinstance(estimator, Pipeline) else ""
    fixed = odd + sorted(
        name
        for name in changed
        if name.rpartition("__")[2] != "verbose"  # it changes no weights
        and (torn or not name.startswith(prefix))
    )
    if fixed:
        why = "an interrupted round is trained again" if torn else "a mode keeps weights"
        raise ModeError(
            f"estimator's {fixed[0]} must stay as it was where {why}, got "
            f"{now.get(fixed[0])!r}; {advice}."
        )
    return {
        name.removeprefix(prefix): value
        for name, value in changed.items()
        if name.startswith(prefix)
    }


def equal_params(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Tell whether two sets of parameters are alike; estimators count by their own parameters."""
    return first.keys() == second.keys() and all(
        _kind(first, name) is _kind(second, name)
        if hasattr(value, "get_params") or name.rpartition("__")[2] == "steps"
        else same_value(value, second[name])
        for name, value in first.items()
    )


def _kind(params: Mapping[str, Any], name: str) -> Any:
    """Say what may not change: which parameters there are, and the class of estimators."""
    if name not in params:
        return "missing"
    return type(params[name]) if hasattr(params[name], "get_params") else None


def _with_pseudo_labels(
    X: Any, y: NDArray[Any], params: Mapping[str, NDArray[Any]], pseudo: PseudoBatch
) -> tuple[Any, NDArray[Any], dict[str, NDArray[Any]]]:
    """Put rows that the classifier labels itself below labelled ones; no weight is weight 1."""
    plain = np.ones(len(y)), np.ones(len(pseudo.y))
    joined = {
        name: np.concatenate([params.get(name, plain[0]), pseudo.params.get(name, plain[1])])
        for name in {**params, **pseudo.params}
    }
    X = stack_rows(X, take_rows(pseudo.X, pseudo.rows))
    return X, np.append(y, pseudo.y), joined


def trained_step(estimator: Any) -> Any:
    """Take the step that is trained: a Pipeline's last one.

    It may be a Pipeline in turn, which has no `partial_fit`, so no weights are kept in it;
    `last_step` of evidence is the classifier at the end of all.
    """
    return estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator


def keeps_weights(estimator: Any, mode: TrainingMode) -> bool:
    """Tell whether training goes on by partial_fit, for which the classes are fixed in advance."""
    return mode.warm and hasattr(trained_step(estimator), "partial_fit")


def _is_about_one(error: ValueError) -> bool:
    """Tell whether an error of `fit` is about labels of a single class, not about a parameter."""
    said = re.search(r"(?i)\bclass(es)?\b|\bunique (value|label)", str(error))
    return said is not None and not isinstance(error, InvalidParameterError)


def _has_fixed_outputs(estimator: Any) -> bool:
    """Tell whether classes that no label shows yet must be named: a module has outputs for them."""
    return bool(getattr(trained_step(estimator), "has_fixed_outputs", False))


def check_trainable(estimator: Any, mode: TrainingMode) -> None:
    """Refuse a pairing of classifier and mode that cannot work."""
    last = trained_step(estimator)
    if type(last).__module__.startswith("sklearn.semi_supervised"):
        inside = getattr(last, "estimator", None)
        inside = "LogisticRegression()" if inside is None else inside
        raise TypeError(
            f"estimator must learn from labelled rows alone, got {type(last).__name__}, which "
            "wants rows without a label marked by -1, and a learner never passes any; pass "
            f"estimator={inside}, pseudo_labels=PseudoLabels(), which labels them in each round."
        )
    if not mode.warm or hasattr(last, "partial_fit"):
        return
    name = type(last).__name__
    # warm_start of ensembles only adds members to the old ones: that is no going on
    adds_members = hasattr(last, "n_estimators") or isinstance(last, HistGradientBoostingClassifier)
    if "warm_start" not in last.get_params(deep=False) or adds_members:
        raise ModeError(
            f"mode={mode!r} goes on from the current weights, which {name} cannot (no "
            "partial_fit, and no warm_start that keeps weights); use mode='cumulative', a net, "
            "or a classifier with partial_fit."
        )
    both = np.array([0, 1])  # a label of round 0 and one of round 1
    if len(mode.rows(both, np.random.default_rng(0))) < len(both):
        raise ModeError(
            f"mode={mode!r} trains on part of the labels, and {name}'s warm_start refuses "
            "batches that lack a class; use mode='half-cumulative', or a classifier with "
            "partial_fit."
        )


def seeded_clone(estimator: BaseEstimator, seed: int) -> Any:
    """Clone, and give every `random_state` that is None a seed of its own."""
    fresh: Any = clone(estimator)
    params = fresh.get_params(deep=True)
    open_names = sorted(
        name
        for name, value in params.items()
        if name.rpartition("__")[2] == "random_state" and value is None
    )
    rng = np.random.default_rng(seed)
    seeds = rng.integers(2**31 - 1, size=len(open_names)).tolist()  # RandomState takes 32 bits
    return fresh.set_params(**dict(zip(open_names, seeds, strict=True)))


def _in_front(estimator: Any) -> Pipeline | None:
    """Cut off the transformers before the classifier, or None: no Pipeline may be empty."""
    has_front = isinstance(estimator, Pipeline) and len(estimator.steps) > 1
    return estimator[:-1] if has_front else None


def _own(estimator: Any, fit_params: Mapping[str, Any]) -> dict[str, Any]:
    """Name parameters as the last step of a Pipeline knows them, without its name in front."""
    prefix = f"{estimator.steps[-1][0]}__" if isinstance(estimator, Pipeline) else ""
    return {name.removeprefix(prefix): value for name, value in fit_params.items()}
