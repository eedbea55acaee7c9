"""Several nets that differ by their seeds only: a deep ensemble."""

import copy
from numbers import Integral
from typing import Any, Self

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin, clone
from sklearn.ensemble import BaseEnsemble
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import nn

from skal._compat import HasMethods, Interval, fit_context
from skal._random import new_seed
from skal.exceptions import unchanged_on_error
from skal.nets._ann import ANNClassifier
from skal.nets._skorch import as_classifier
from skal.nets._state import changed_names, refuse_change

__all__ = ["NetEnsemble"]


class NetEnsemble(ClassifierMixin, BaseEnsemble):
    """Average of nets trained on the same rows from different weights, in different order.

    Its members form a committee, so strategies that compare draws of a model, such as BALD and
    vote entropy, ask them.

    Parameters
    ----------
    estimator : classifier with a `random_state`, or torch module, default=None
        Cloned for each member. None is ``ANNClassifier()``.
    n_estimators : int >= 1, default=5
        Members. Training and prediction cost that many times those of a single net.
    n_jobs : int, default=None
        Members trained at a time, by joblib; the result does not depend on it.
    random_state : int, RandomState or None, default=None
        Seeds the members, each with a seed of its own.

    Attributes
    ----------
    estimators_ : list of fitted classifiers
    classes_ : array of shape (n_classes,)
    n_features_in_ : int

    References
    ----------
    Lakshminarayanan, Pritzel, Blundell (2017), "Simple and scalable predictive uncertainty
    estimation using deep ensembles", NeurIPS, arXiv 1612.01474; Beluch, Genewein, Nürnberger,
    Köhler (2018), "The power of ensembles for active learning in image classification", CVPR.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skal import ANNClassifier, NetEnsemble
    >>> X, y = load_iris(return_X_y=True)
    >>> ensemble = NetEnsemble(ANNClassifier(8), n_estimators=3, random_state=0).fit(X, y)
    >>> ensemble.predict_proba(X).shape, len(ensemble.estimators_)
    ((150, 3), 3)
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "estimator": [HasMethods(["fit", "predict_proba"]), nn.Module, type, None],
        "n_estimators": [Interval(Integral, 1, None, closed="left")],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: Any = None,
        n_estimators: int = 5,
        *,
        n_jobs: int | None = None,
        random_state: Any = None,
    ):
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.n_jobs = n_jobs
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: ArrayLike, y: ArrayLike, **fit_params: Any) -> Self:
        """Train every member from fresh weights.

        Parameters
        ----------
        X : array of shape (n_samples, ...)
        y : array of shape (n_samples,)
        **fit_params
            Passed to every member, such as ``sample_weight``.

        Returns
        -------
        self
        """
        with unchanged_on_error(self):
            return self._train(self._new_members(), "fit", X, y, fit_params, reset=True)

    @fit_context(prefer_skip_nested_validation=False)
    def partial_fit(
        self, X: ArrayLike, y: ArrayLike, classes: ArrayLike | None = None, **fit_params: Any
    ) -> Self:
        """Go on training every member from its current weights.

        Parameters of `estimator` that were set since the last call are passed on to the members.

        Parameters
        ----------
        X : array of shape (n_samples, ...)
        y : array of shape (n_samples,)
        classes : array of shape (n_classes,), default=None
            All classes that will ever come; needed in the first call.
        **fit_params
            Passed to every member.

        Returns
        -------
        self
        """
        with unchanged_on_error(self):
            first = not hasattr(self, "estimators_")
            self._validate_params()  # scikit-learn leaves it out once something is fitted
            members = self._new_members() if first else self._members_now()
            fit_params = {"classes": classes, **fit_params}
            return self._train(members, "partial_fit", X, y, fit_params, reset=first)

    @property
    def has_fixed_outputs(self) -> bool:
        """Whether the members have the same outputs for any number of classes."""
        return bool(getattr(self._estimator(), "has_fixed_outputs", False))

    def _new_members(self) -> list[Any]:
        self._built_with = self._params_now()
        return [self._seeded(clone(self._estimator()), seed) for seed in self._seeds()]

    def _estimator(self) -> Any:
        estimator = ANNClassifier() if self.estimator is None else as_classifier(self.estimator)
        if isinstance(estimator, type):  # a class of modules is none any more
            name = estimator.__name__
            raise TypeError(f"estimator must be an object, got the class {name}; pass {name}().")
        return estimator

    def _params_now(self) -> dict[str, Any]:
        """Gather what members are built with, their own parameters under their own names."""
        own = {"estimator": type(self._estimator()), "n_estimators": self.n_estimators}
        return {**self._estimator().get_params(), **own, "seed": self.random_state}

    def _members_now(self) -> list[Any]:
        """Give the members, or copies that know of parameters that were set since."""
        before, after = self._built_with, self._params_now()
        changed = [n for n in changed_names(before, after) if not _is_seed(n)]
        for name in ("estimator", "n_estimators"):
            if name in changed:
                refuse_change(name, before, after)
        if not changed:
            return self.estimators_
        self._built_with = after
        set_anew = {name: after[name] for name in changed if name != "seed"}
        # copies: a later refusal leaves the members that predict as they are
        members = [copy.deepcopy(member).set_params(**set_anew) for member in self.estimators_]
        if "seed" not in changed:
            return members
        return [self._seeded(member, seed) for member, seed in zip(members, self._seeds())]

    def _seeds(self) -> list[int]:
        root = np.random.SeedSequence(new_seed(self.random_state))
        return root.generate_state(self.n_estimators).tolist()

    def _seeded(self, member: Any, seed: int) -> Any:
        """Give every `random_state` in a member a seed of its own."""
        names = [name for name in member.get_params(deep=True) if _is_seed(name)]
        if not names:
            raise ValueError(
                f"estimator={self.estimator!r} has no random_state, so all members would be "
                "equal; use a net of skal."
            )
        # by sorted names, so that the order of a signature means nothing
        seeds = np.random.SeedSequence(seed).generate_state(len(names)) >> 1  # fits an int32
        return member.set_params(**dict(zip(sorted(names), seeds.tolist(), strict=True)))

    def _train(
        self, members: list[Any], method: str, X: Any, y: Any, params: dict[str, Any], reset: bool
    ) -> Self:
        validate_data(self, X, reset=reset, skip_check_array=True)
        work = (delayed(getattr(member, method))(X, y, **params) for member in members)
        self.estimators_ = Parallel(n_jobs=self.n_jobs)(work)
        self.classes_ = self.estimators_[0].classes_
        return self

    def predict_proba(self, X: ArrayLike) -> NDArray[np.floating]:
        """Average the members' probabilities.

        Parameters
        ----------
        X : array of shape (n_samples, ...)

        Returns
        -------
        array of shape (n_samples, n_classes)
        """
        check_is_fitted(self)
        total = self.estimators_[0].predict_proba(X)  # a member knows what it takes
        for member in self.estimators_[1:]:
            total = total + member.predict_proba(X)
        return total / len(self.estimators_)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the likeliest class of each row.

        Parameters
        ----------
        X : array of shape (n_samples, ...)

        Returns
        -------
        array of shape (n_samples,)
        """
        columns = self.predict_proba(X).argmax(axis=1)
        return self.classes_[columns]

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "estimators_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags = get_tags(self._estimator()).input_tags
        return tags


def _is_seed(name: str) -> bool:
    return name.rpartition("__")[2] == "random_state"
