"""What every net classifier shares: a scikit-learn classifier that owns a skorch net."""

import copy
from collections.abc import Mapping, Sequence
from functools import partial
from math import ceil
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_is_fitted
from skorch.history import History
from torch import nn

from skal._compat import fit_context
from skal._random import new_seed
from skal.evidence import Embedding, Need, Proba, Swept
from skal.evidence.sweep import sweep
from skal.exceptions import unchanged_on_error
from skal.nets._answers import NetAnswers
from skal.nets._batches import BatchIterator, LabeledRows
from skal.nets._inputs import CheckedInputs, classes_to_come
from skal.nets._options import check_options
from skal.nets._params import READ_IN_EVERY_CALL, NetParams
from skal.nets._scale import warn_of_large_values
from skal.nets._state import (
    as_arrays,
    as_tensors,
    changed_names,
    rebuilt,
    refuse_change,
    refuse_lost_weights,
    resolve_device,
    restored_on_error,
)
from skal.nets._training import OPTIMIZERS, TrainingNet, private_torch_rng

__all__ = ["BaseNetClassifier"]

# 0022: what "auto" means for max_epochs
EPOCHS = 30
FIRST_STEPS = 200


class BaseNetClassifier(CheckedInputs, NetAnswers, NetParams):
    """A scikit-learn classifier that owns a skorch net."""

    _fixed: tuple[str, ...] = ("dtype", "scale_uint8")  # what the weights were made for
    _largest_batch = 1024  # 0007: rows a batch in prediction, if "auto"
    _rng: np.random.Generator
    net_: TrainingNet

    # training

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train from fresh weights.

        Parameters
        ----------
        X : array, tensor or DataFrame of shape (n_samples, ...)
            Flat rows or images; any numeric dtype.
        y : array of shape (n_samples,)
            Labels of any kind.
        sample_weight : array of shape (n_samples,), default=None
            The loss of a batch is ``sum(w * loss) / sum(w)``; rows of weight 0 are left out.

        Returns
        -------
        self
        """
        with unchanged_on_error(self):
            X, y = self._check_X_y(X, y, reset=True)
            X, y, weight = self._weighted(X, y, sample_weight)
            return self._start(X, np.unique(y))._train(X, y, weight)

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Go on training from the current weights and optimizer state, `max_epochs` epochs.

        Parameters that were set since the last call hold from now on: those of the optimizer,
        whose state is kept as long as its class is, dropout, criterion, callbacks, device and
        seed. Those that the weights were made for (sizes of layers, the module, the precision)
        are refused.

        Parameters
        ----------
        X, y, classes, sample_weight
            As in `fit`; `classes` are all that will ever come, needed in the first call.

        Returns
        -------
        self
        """
        with unchanged_on_error(self):
            if not (first := not hasattr(self, "net_")):
                self._validate_params()  # scikit-learn leaves it out once something is fitted
                self._take_over_params()
            X, y = self._check_X_y(X, y, reset=first)
            known = classes_to_come(None if first else self.classes_, classes, y)
            X, y, weight = self._weighted(X, y, sample_weight)
            if first:
                self._start(X, known)
            self._rng = copy.deepcopy(self._rng)  # a refused call has drawn nothing
            with restored_on_error(self.net_):
                return self._train(X, y, weight)

    def _start(self, X: NDArray[Any], classes: NDArray[Any]) -> Self:
        """Build a net with fresh weights, a fresh optimizer and a fresh random stream."""
        self._rng = np.random.default_rng(new_seed(self.random_state))
        # set_params may change parameters at any time; the net stays what it was built with
        self._built_with = self._params_now()
        self.classes_ = classes
        self.input_shape_ = X.shape[1:]
        self._saw_uint8, self.scaled_ = X.dtype == np.uint8, self._are_pixels(X)
        wide = X.dtype in (np.float64, np.longdouble)  # torch has nothing wider than float64
        auto = "float64" if wide else "float32"
        self.dtype_ = auto if self.dtype == "auto" else self.dtype
        self.net_ = self._new_net(resolve_device(self.device), int(self._rng.integers(2**31)))
        if not self.scaled_:
            warn_of_large_values(X, self.net_.module_, is_image=self._is_image())
        return self

    def _take_over_params(self) -> None:
        """Go on with parameters that were set since the net was built, or refuse them by name."""
        then, now = self._built_with, self._params_now()
        before = {**then, **then["net_params"], "net_params": None}
        after = {**now, **now["net_params"], "net_params": None}
        if now["dtype"] in ("auto", self.dtype_):  # another word for the precision that is there
            after["dtype"] = before["dtype"]
        if now["scale_uint8"] in ("auto", self.scaled_):
            after["scale_uint8"] = before["scale_uint8"]
        changed = [name for name in changed_names(before, after) if name not in READ_IN_EVERY_CALL]
        if not changed:
            return
        for name in changed:
            if name in self._fixed:
                refuse_change(name, before, after)
        if "random_state" in changed:
            self._rng = np.random.default_rng(new_seed(self.random_state))
        # a net that fell back to the CPU stays there
        device = resolve_device(self.device) if "device" in changed else str(self.net_.device)
        build = partial(self._new_net, device, seed=0)  # any: the old weights are poured in
        self.net_ = rebuilt(self.net_, build, changed, before, after)
        self._built_with = now

    def _new_net(self, device: str, seed: int) -> TrainingNet:
        params: dict[str, Any] = {
            "optimizer": self.optimizer,
            "train_split": None,
            "criterion": nn.CrossEntropyLoss,
            "iterator_train": BatchIterator,
            "iterator_valid": BatchIterator,
            "iterator_train__shuffle": True,
        }
        if isinstance(self.optimizer, str):
            params["optimizer"], defaults = OPTIMIZERS[self.optimizer]
            params |= {f"optimizer__{name}": value for name, value in defaults.items()}
        if self.weight_decay:  # LBFGS, for one, knows no such argument, not even 0
            params["optimizer__weight_decay"] = self.weight_decay
        given = self.net_params or {}
        own = sorted(set(given) & set(self.get_params(deep=False)))
        if own:
            raise TypeError(
                f"net_params holds {own}, which {type(self).__name__} has as parameters of its "
                "own; set those instead."
            )
        check_options(self.callbacks, given)
        params |= {name: value for name, value in given.items() if not name.startswith("module__")}
        module_params = {
            name.removeprefix("module__"): value
            for name, value in given.items()
            if name.startswith("module__")
        }
        with private_torch_rng(seed, device):
            module = self._build_module(module_params, getattr(torch, self.dtype_))
        net = TrainingNet(
            module,
            lr=self.lr,
            batch_size=self.batch_size,
            device=device,
            callbacks=copy.deepcopy(self.callbacks),  # they count as they go
            classes=np.arange(len(self.classes_)),  # skorch infers them in check_data, which is off
            verbose=int(self.verbose),
            **params,
        )
        return net.initialize()

    def _build_module(self, params: dict[str, Any], dtype: torch.dtype) -> nn.Module:
        raise NotImplementedError

    def _train(self, X: NDArray[Any], y: NDArray[Any], weight: NDArray[np.floating] | None) -> Self:
        net = self.net_
        net.batch_size, auto = self.batch_size, self.max_epochs == "auto"
        net.max_epochs = EPOCHS if auto else self.max_epochs
        if auto and not net.history:  # 0022: an epoch of a few rows is a step or two
            net.max_epochs = max(EPOCHS, ceil(FIRST_STEPS / ceil(len(y) / self.batch_size)))
        net.verbose = int(self.verbose)
        # one seed for the order, one for what the module draws: neither depends on how much of
        # the other was used
        order = torch.Generator().manual_seed(int(self._rng.integers(2**63)))
        net.iterator_train__generator = order
        split = (self.net_params or {}).get("train_split")
        if getattr(split, "random_state", 0) is None:  # it would draw from NumPy's global state
            net.train_split = copy.copy(split)
            net.train_split.random_state = int(self._rng.integers(2**31))
        data = LabeledRows(self._reader(X), np.searchsorted(self.classes_, y), weight)
        net.train(data, data.label.numpy(), int(self._rng.integers(2**63)), until_learned=auto)
        refuse_lost_weights(net)
        return self

    # prediction

    def predict_proba(self, X: ArrayLike) -> NDArray[np.floating]:
        """Return class probabilities.

        Parameters
        ----------
        X : array, tensor or DataFrame of shape (n_samples, ...)

        Returns
        -------
        array of shape (n_samples, n_classes)
            Columns in the order of `classes_`. The rows that a row is passed with change its
            values by rounding only, 1e-6 at most.
        """
        check_is_fitted(self)
        return self.measure(X, None, [Proba()])[Proba()]

    def embed(self, X: ArrayLike, layer: str | None = None) -> NDArray[np.floating]:
        """Return the values of a hidden layer.

        Parameters
        ----------
        X : array, tensor or DataFrame of shape (n_samples, ...)
        layer : str, default=None
            Name of a submodule, as in ``module_.named_modules()``; its output is returned. None
            gives what the last linear layer is given.

        Returns
        -------
        array of shape (n_samples, n_units)
            Of the net's dtype; more than one axis is flattened.
        """
        check_is_fitted(self)
        need = Embedding(layer)
        return self.measure(X, None, [need])[need]

    def provides(self, need: Need) -> bool:
        """Say whether a sweep over the net answers a need.

        Parameters
        ----------
        need : Need

        Returns
        -------
        bool
            Stochastic passes need dropout; whether a module of one's own has some is not known
            before it is built.
        """
        if not isinstance(need, Swept):
            return False
        if need.passes == 0:
            return True
        now = self._built_with if hasattr(self, "net_") else self._params_now()
        dropout = {**now, **now["net_params"]}.get("module__dropout", now.get("dropout"))
        return dropout is None or dropout > 0  # None: a module of one's own, which the sweep judges

    def _answer(
        self, X: NDArray[Any], rows: NDArray[np.intp] | None, needs: Sequence[Need], seed: int
    ) -> Mapping[Need, Any]:
        size = self.predict_batch_size
        if size == "auto":  # 2**22 values of float32 are 16 MiB, and hidden layers come on top
            width = max(1, int(np.prod(X.shape[1:])))
            size = max(32, min(self._largest_batch, 2**22 // width))
        net = self.net_
        return sweep(
            net.module_,
            self._reader(X),
            rows,
            needs=needs,
            seed=seed,
            batch_size=size,
            device=str(net.device),
        )

    # what is inside

    @property
    def module_(self) -> nn.Module:
        """The trained module."""
        check_is_fitted(self)
        return self.net_.module_

    @property
    def history_(self) -> History:
        """Skorch's history: losses and seconds of every epoch."""
        check_is_fitted(self)
        return self.net_.history

    # a pickle holds arrays and plain values; the user's own class builds the net again

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        net = state.pop("net_", None)
        if net is not None:
            state["_net_state"] = {
                "module": as_arrays(net.module_.state_dict()),
                "criterion": as_arrays(net.criterion_.state_dict()),  # it may have weights too
                "optimizer": as_arrays(net.optimizer_.state_dict()),
                "history": [dict(epoch) for epoch in net.history],
            }
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        saved = state.get("_net_state")
        super().__setstate__({k: v for k, v in state.items() if k != "_net_state"})
        if saved is not None:
            # Built with the sizes that were fitted, whatever parameters were set since, and put
            # where it is wanted today: the device it was saved on may be gone.
            self._built_with = {**self._built_with, "device": self.device}
            now = dict(self.__dict__)
            self.__dict__.update(self._built_with)
            try:
                net = self._new_net(resolve_device(self.device, fallback=True), seed=0)
            finally:
                self.__dict__.update(now)
            net.module_.load_state_dict(as_tensors(saved["module"]))
            net.criterion_.load_state_dict(as_tensors(saved["criterion"]))
            net.optimizer_.load_state_dict(as_tensors(saved["optimizer"]))
            net.history_ = History(saved["history"])
            net.module_.eval()
            self.net_ = net
