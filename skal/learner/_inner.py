"""What a learner passes on to the classifier inside, shows of its state, tells scikit-learn."""

import copy
import inspect
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin
from sklearn.pipeline import Pipeline
from sklearn.utils import check_random_state, get_tags
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skal._containers import take_rows
from skal._random import new_seed
from skal.learner import _scoring
from skal.learner._batch import Asked
from skal.learner._history import History
from skal.learner._loop import Loop
from skal.learner._modes import check_mode
from skal.learner._pools import check_inputs
from skal.learner._scales import ENOUGH, ColumnSizes, column_sizes
from skal.learner._trainer import keeps_weights, trained_step
from skal.nets import ANNClassifier, as_classifier

__all__ = ["AnswersByInner"]


def _inner_has(method: str) -> Callable[[Any], bool]:
    """Check whether the classifier inside, fitted or not, has a method."""

    def check(self: Any) -> bool:
        # its AttributeError tells what the classifier lacks, which False would not
        getattr(getattr(self, "estimator_", None) or self._estimator(), method)
        return True

    return check


class AnswersByInner(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """Base of a learner: what it passes on to the classifier inside, and shows of its state."""

    estimator: Any
    mode: Any
    random_state: Any
    estimator_: Any
    classes_: NDArray[Any]
    history_: History
    on_round: Callable[[History], Any] | None
    _loop: Loop
    _asked: Asked
    _column_sizes: ColumnSizes | None
    _unseeded: int

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the likeliest class of each row.

        Parameters
        ----------
        X : of shape (n_samples, ...)

        Returns
        -------
        array of shape (n_samples,)
        """
        check_is_fitted(self)
        X = check_inputs(self, X, reset=False)
        return _scoring.labels(self.estimator_, X, self.classes_)

    @available_if(_inner_has("predict_proba"))
    def predict_proba(self, X: Any) -> NDArray[np.floating]:
        """Predict class probabilities; a class that was not taught yet has 0.

        Parameters
        ----------
        X : of shape (n_samples, ...)

        Returns
        -------
        array of shape (n_samples, n_classes)
            Columns in the order of `classes_`.
        """
        check_is_fitted(self)
        X = check_inputs(self, X, reset=False)
        return _scoring.probabilities(self.estimator_, X, self.classes_)

    @available_if(_inner_has("decision_function"))
    def decision_function(self, X: Any) -> NDArray[np.floating]:
        """Compute decision values; a class that was not taught yet has the smallest float.

        Parameters
        ----------
        X : of shape (n_samples, ...)

        Returns
        -------
        array of shape (n_samples,) or (n_samples, n_classes)
        """
        check_is_fitted(self)
        X = check_inputs(self, X, reset=False)
        return _scoring.decision_values(self.estimator_, X, self.classes_)

    # what a learner shows of its state

    def _adopt(self, loop: Loop, asked: Asked) -> None:
        """Make the state after a complete round that of the learner."""
        self._loop, self._asked = loop, asked
        labels = loop.log.labels()
        self.estimator_, self.classes_, self.history_ = loop.fitted, loop.classes, loop.history
        self.labeled_rows_, self.n_labeled_ = labels.rows, len(labels.y)
        if self._column_sizes is not None and self._column_sizes.n.sum() < ENOUGH:
            self._column_sizes = column_sizes(take_rows(loop.log.X, labels.at))

    def _tell(self) -> None:
        if self.on_round is not None:
            self.on_round(self.history_)

    @property
    def answers_(self) -> dict[str, NDArray[Any]]:
        """All answers as a table."""
        if not hasattr(self, "_loop"):
            raise AttributeError("answers_ is there once fit or teach was called.")
        return self._loop.log.table()

    # what scikit-learn asks

    def _estimator(self) -> Any:
        return ANNClassifier() if self.estimator is None else as_classifier(self.estimator)

    def _root_to_come(self, anew: bool = False) -> int:
        """Give the root of the next fit or first `teach`; a RandomState object is left as it is.

        Without a seed a root is drawn once, so that `query` repeats itself, and `anew` for a fit.
        """
        if self.random_state is not None:
            return new_seed(copy.deepcopy(check_random_state(self.random_state)))
        if anew or not hasattr(self, "_unseeded"):
            self._unseeded = new_seed(None)
        return self._unseeded

    def _spend_root(self) -> None:
        """Draw the root for good, now that all went well."""
        if isinstance(self.random_state, np.random.RandomState):  # the next fit draws another
            new_seed(self.random_state)

    def _training_method(self, mode: Any) -> str:
        return "partial_fit" if keeps_weights(self._estimator(), mode) else "fit"

    def _routed(self, caller: str, params: dict[str, Any], mode: Any) -> dict[str, Any]:
        """Pick the parameters for the classifier's own method."""
        if not sklearn.get_config()["enable_metadata_routing"] or not params:
            self._check_known(caller, params, mode)
            return params
        routed = process_routing(self, caller, **params)
        return dict(routed.estimator[self._training_method(mode)])

    def _check_known(self, caller: str, params: dict[str, Any], mode: Any) -> None:
        """Refuse keywords that neither the learner nor the classifier knows."""
        method, whole = self._training_method(mode), self._estimator()
        trained = trained_step(whole) if method == "partial_fit" else whole
        known = inspect.signature(getattr(trained, method)).parameters
        is_pipeline = isinstance(trained, Pipeline)
        if any(p.kind is p.VAR_KEYWORD for p in known.values()) and not is_pipeline:
            return
        prefix = f"{whole.steps[-1][0]}__" if isinstance(whole, Pipeline) else ""
        if is_pipeline:  # it takes any name of a step and its parameter
            known = inspect.signature(trained_step(whole).fit).parameters
        theirs = [prefix + name for name in known if name not in ("X", "y", "classes")]
        unknown = [name for name, value in params.items() if value is not None]
        unknown = [n for n in unknown if n not in theirs and not (is_pipeline and "__" in n)]
        if unknown:
            own = inspect.signature(getattr(type(self), caller)).parameters
            names = [*theirs, *(name for name, p in own.items() if p.kind is p.KEYWORD_ONLY)]
            lower = {name.lower(): name for name in names}
            near = get_close_matches(unknown[0].lower(), lower, n=1)
            meant = f"did you mean {lower[near[0]]}=? They are" if near else "they are"
            raise TypeError(
                f"keywords must be those of the learner or of {type(trained).__name__}.{method}, "
                f"got {unknown[0]}=; {meant} {', '.join(names)}."
            )

    def get_metadata_routing(self) -> MetadataRouter:
        """Say which parameters of `fit`, `partial_fit` and `teach` go where.

        Returns
        -------
        MetadataRouter
        """
        estimator, callee = self._estimator(), self._training_method(check_mode(self.mode))
        if callee == "partial_fit":  # which Pipelines lack: their last step is called
            estimator = trained_step(estimator)
        mapping = MethodMapping()
        for caller in ("fit", "partial_fit"):
            mapping.add(caller=caller, callee=callee)
        router = MetadataRouter(owner=self).add_self_request(self)
        return router.add(estimator=estimator, method_mapping=mapping)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "estimator_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags = get_tags(self._estimator()).input_tags
        return tags
