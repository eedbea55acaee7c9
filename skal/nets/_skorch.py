"""A raw skorch net as a classifier that keeps scikit-learn's promises."""

import copy
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data
from skorch import NeuralNet, NeuralNetClassifier
from torch import nn

from skal._random import new_seed
from skal.evidence import Need, Proba, Scores, Swept
from skal.evidence.sweep import RowReader, sweep
from skal.exceptions import unchanged_on_error
from skal.nets._answers import NetAnswers
from skal.nets._classifier import NetClassifier
from skal.nets._inputs import classes_to_come
from skal.nets._module import are_probabilities, reinitialised
from skal.nets._rows import plain_rows
from skal.nets._state import (
    changed_names,
    not_finite,
    rebuilt,
    refuse_change,
    refuse_lost_weights,
    restored_on_error,
)
from skal.nets._training import private_torch_rng, raised_by_callback

__all__ = ["SkorchClassifier", "as_classifier"]


def as_classifier(estimator: Any) -> Any:
    """Wrap a torch module or a raw skorch net, alone or at the end of a Pipeline.

    Parameters
    ----------
    estimator : estimator, torch.nn.Module or class of modules
        All else is left as it is.

    Returns
    -------
    estimator
        A `NetClassifier` of a module, a `SkorchClassifier` of a skorch net.

    Examples
    --------
    >>> from skorch import NeuralNetClassifier
    >>> from torch import nn
    >>> from skal.nets import as_classifier
    >>> type(as_classifier(NeuralNetClassifier(nn.Linear))).__name__
    'SkorchClassifier'
    >>> as_classifier(nn.Linear)
    NetClassifier(module=<class 'torch.nn.modules.linear.Linear'>)
    """
    if isinstance(estimator, Pipeline):
        *steps, (name, last) = estimator.steps
        wrapped = as_classifier(last)
        if wrapped is last:
            return estimator
        params = estimator.get_params(deep=False)
        return Pipeline(**{**params, "steps": [*steps, (name, wrapped)]})
    if isinstance(estimator, NeuralNet):
        return SkorchClassifier(estimator)
    is_class = isinstance(estimator, type) and issubclass(estimator, nn.Module)
    return NetClassifier(estimator) if is_class or isinstance(estimator, nn.Module) else estimator


class SkorchClassifier(NetAnswers, BaseEstimator):
    """A skorch ``NeuralNetClassifier`` with labels of any kind, seeds and fresh starts.

    `ActiveLearner` wraps a raw skorch net in it by itself.

    Parameters
    ----------
    net : skorch.NeuralNetClassifier
        Copied in every `fit`; a module that was given as an instance is re-initialised. The
        module needs an output for every class.
    random_state : int, RandomState or None, default=None

    Attributes
    ----------
    net_ : skorch.NeuralNetClassifier
    classes_ : array of shape (n_classes,)

    Examples
    --------
    >>> import torch
    >>> from skorch import NeuralNetClassifier
    >>> from sklearn.datasets import load_iris
    >>> from skal.nets import SkorchClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> net = NeuralNetClassifier(torch.nn.Linear, module__in_features=4,
    ...                           module__out_features=3, train_split=None, verbose=0,
    ...                           criterion=torch.nn.CrossEntropyLoss)
    >>> SkorchClassifier(net, random_state=0).fit(X, y).predict_proba(X).shape
    (150, 3)
    """

    _rng: np.random.Generator
    net_: NeuralNet

    def __init__(self, net: Any, random_state: Any = None):
        self.net = net
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike, **fit_params: Any) -> Self:
        """Train a fresh copy of the net.

        Parameters
        ----------
        X : array of shape (n_samples, ...)
        y : array of shape (n_samples,)
        **fit_params
            Passed to the net.

        Returns
        -------
        self
        """
        with unchanged_on_error(self):
            X, y = self._check_X_y(X, y, reset=True)
            self._start(X, np.unique(y))
            return self._train(X, y, fit_params)

    def partial_fit(
        self, X: ArrayLike, y: ArrayLike, classes: ArrayLike | None = None, **fit_params: Any
    ) -> Self:
        """Go on training from the current weights.

        Parameters of the net that were set since the last call hold from now on, and the state of
        its optimizer is kept as long as its class is; a module with other weights is refused.

        Parameters
        ----------
        X, y, **fit_params
            As in `fit`.
        classes : array, default=None
            All classes that will ever come; needed in the first call.

        Returns
        -------
        self
        """
        with unchanged_on_error(self):
            first = not hasattr(self, "net_")
            if not first:
                self._take_over_params()
            X, y = self._check_X_y(X, y, reset=first)
            known = classes_to_come(None if first else self.classes_, classes, y)
            if first:
                self._start(X, known)
            self._rng = copy.deepcopy(self._rng)  # a refused call has drawn nothing
            with restored_on_error(self.net_):
                return self._train(X, y, fit_params)

    def _check_X_y(self, X: Any, y: Any, *, reset: bool) -> tuple[NDArray[Any], NDArray[Any]]:
        X, y = validate_data(self, plain_rows(X), y, reset=reset, dtype="numeric", allow_nd=True)
        check_classification_targets(y)
        return X, y

    def _check_X(self, X: Any) -> NDArray[Any]:
        return validate_data(self, plain_rows(X), reset=False, dtype="numeric", allow_nd=True)

    def _is_checked(self, X: Any) -> bool:
        plain = isinstance(X, np.ndarray) and X.dtype.kind in "fiub"
        return plain and X.shape[1:] == self.input_shape_

    def _start(self, X: NDArray[Any], classes: NDArray[Any]) -> None:
        self.classes_ = classes
        self.input_shape_ = X.shape[1:]
        self._rng = np.random.default_rng(new_seed(self.random_state))
        self.net_ = self._new_net(int(self._rng.integers(2**63)))
        self._built_with = self._params_now()
        # before training, where a label without an output is an IndexError deep inside torch
        width = self._outputs(X[:2]).shape[1]
        if width < len(classes):
            raise ValueError(
                f"the module of {type(self.net).__name__} has {width} outputs for "
                f"{len(classes)} classes; give it an output for each class."
            )

        if len(classes) > 1 and type(self.net).get_loss is NeuralNetClassifier.get_loss:
            self._check_nonlinearity(X[:2])

    def _check_nonlinearity(self, X: NDArray[Any]) -> None:
        """Refuse a module whose outputs the criterion takes for something else."""
        with private_torch_rng(0, str(self.net_.device)):
            out = self.net_.forward(self._floats(X))
        criterion, name = self.net_.criterion_, type(self.net_.module_).__name__
        if not isinstance(out, torch.Tensor) or out.ndim != 2:
            return  # a net with a way of its own to read them
        if isinstance(criterion, nn.NLLLoss) and not are_probabilities(out.double()):
            raise ValueError(
                "module must give probabilities where the criterion is NLLLoss, skorch's default, "
                f"got other numbers from {name}; pass criterion=torch.nn.CrossEntropyLoss, which "
                "takes logits, or end the module in a Softmax."
            )
        if isinstance(criterion, nn.CrossEntropyLoss) and are_probabilities(out.double()):
            raise ValueError(
                f"module must give logits where the criterion is CrossEntropyLoss, got "
                f"probabilities from {name}, whose rows sum to 1; leave its softmax out."
            )

    def _new_net(self, seed: int) -> NeuralNet:
        with private_torch_rng(seed, str(self.net.device)):
            net = clone(self.net)
            # clone makes callbacks of their parameters alone
            net.callbacks = copy.deepcopy(self.net.callbacks)
            if isinstance(net.module, nn.Module):  # skorch refuses to set a module later
                params = net.get_params(deep=False)
                net = type(net)(**{**params, "module": reinitialised(net.module)})
            return net.initialize()

    def _params_now(self) -> dict[str, Any]:
        params = self.net.get_params(deep=False)
        return {**params, "net": type(self.net), "random_state": self.random_state}

    def _take_over_params(self) -> None:
        """Go on with parameters that were set since the net was built, or refuse them by name."""
        before, after = self._built_with, self._params_now()
        changed = changed_names(before, after)
        if not changed:
            return
        for name in ("net", "module"):
            if name in changed:
                refuse_change(name, before, after)
        if "random_state" in changed:
            self._rng = np.random.default_rng(new_seed(self.random_state))
        build = partial(self._new_net, seed=0)  # any: the old weights are poured in
        self.net_ = rebuilt(self.net_, build, changed, before, after)
        self._built_with = after

    def _train(self, X: NDArray[Any], y: NDArray[Any], fit_params: dict[str, Any]) -> Self:
        """Train as skorch's partial_fit does, but let the user's Ctrl-C through."""
        net, X = self.net_, self._floats(X)
        label = np.searchsorted(self.classes_, y).astype(np.int64)  # all that cross entropy takes
        # told, not inferred: skorch would shrink them to the classes of these rows
        net.classes = net.classes_inferred_ = np.arange(len(self.classes_))
        with private_torch_rng(int(self._rng.integers(2**63)), str(net.device)):
            net.notify("on_train_begin", X=X, y=label)
            try:
                net.fit_loop(X, label, _routing_method="partial_fit", **fit_params)
            except KeyboardInterrupt as stop:
                if not raised_by_callback(stop):
                    raise
            net.notify("on_train_end", X=X, y=label)
        losses = [row.get("train_loss", 0.0) for row in net.history]
        if not np.isfinite(losses).all():
            raise ValueError(not_finite("the loss", int(np.isfinite(losses).argmin()) + 1, net))
        refuse_lost_weights(net)
        net.module_.eval()  # what a sweep gives back while another thread predicts
        return self

    def _floats(self, X: NDArray[Any]) -> NDArray[Any]:
        """Cast to the dtype of the module's own weights."""
        weight = next(self.net_.module_.parameters(), torch.zeros(()))  # it may have none
        return X.astype(str(weight.dtype).removeprefix("torch."), copy=False)

    def predict_proba(self, X: ArrayLike) -> NDArray[np.floating]:
        """Return class probabilities.

        Parameters
        ----------
        X : array of shape (n_samples, ...)

        Returns
        -------
        array of shape (n_samples, n_classes)
        """
        check_is_fitted(self)
        return self._proba(self._check_X(X))

    def _proba(self, X: NDArray[Any]) -> NDArray[np.floating]:
        proba = self._outputs(X)[:, : len(self.classes_)].astype(np.float64)
        return proba / proba.sum(axis=1, keepdims=True)

    def _outputs(self, X: NDArray[Any]) -> NDArray[np.floating]:
        with private_torch_rng(0, str(self.net_.device)):  # a DataLoader draws a global seed
            return np.asarray(self.net_.predict_proba(self._floats(X)))

    def provides(self, need: Need) -> bool:
        """Say whether a sweep over the net's module answers a need.

        Parameters
        ----------
        need : Need

        Returns
        -------
        bool
            Whether the module has dropout is not known before it is built.
        """
        return isinstance(need, Swept)

    def _answer(
        self, X: NDArray[Any], rows: NDArray[np.intp] | None, needs: Sequence[Need], seed: int
    ) -> Mapping[Need, Any]:
        # probabilities come from the net itself, whose methods may be the user's own
        part = X if rows is None else X[rows]
        plain = [need for need in needs if isinstance(need, Proba | Scores)]
        found: dict[Need, Any] = dict.fromkeys(plain, self._proba(part)) if plain else {}
        others = [need for need in needs if need not in plain]
        if others:
            weight = next(self.net_.module_.parameters())
            found |= sweep(
                self.net_.module_,
                RowReader(part, weight.dtype),
                needs=others,
                as_proba=self._as_proba,
                seed=seed,
                device=str(self.net_.device),
            )
        return found

    def _as_proba(self, outputs: torch.Tensor) -> torch.Tensor:
        """Make of its module's outputs what the net makes of them, without outputs of no class."""
        proba = self.net_._get_predict_nonlinearity()(outputs)[:, : len(self.classes_)].double()
        return proba / proba.sum(dim=1, keepdim=True)
