"""The skorch net inside a net classifier, with a light epoch loop."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from threading import RLock
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from skorch import NeuralNetClassifier
from skorch.callbacks import Callback, EarlyStopping, EpochTimer, PassthroughScoring, PrintLog
from torch import nn

from skal.nets._batches import BatchIterator
from skal.nets._state import not_finite

__all__ = [
    "OPTIMIZERS",
    "TrainingNet",
    "private_torch_rng",
    "raised_by_callback",
    "touches_global_rng",
]

# fused is not torch's default on a CPU, though 1.4 to 3 times faster there
OPTIMIZERS: dict[str, tuple[type[torch.optim.Optimizer], dict[str, Any]]] = {
    "adam": (torch.optim.Adam, {"fused": True}),
    "adamw": (torch.optim.AdamW, {"fused": True}),
    "sgd": (torch.optim.SGD, {"fused": True}),
}

_GLOBAL_RNG = RLock()  # torch has one global generator: seeded use of it must not interleave


@contextmanager
def private_torch_rng(seed: int, device: str = "cpu") -> Iterator[None]:
    """Seed torch's global generators for a while, then put them back as they were."""
    # left to itself fork_rng saves the state of every GPU of the machine
    devices = [torch.device(device)] if device.startswith("cuda") else []
    with _GLOBAL_RNG, torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield


def touches_global_rng(module: nn.Module) -> bool:
    """Tell whether training may draw from torch's global generator, as dropout does."""
    for m in module.modules():
        if not type(m).__module__.startswith(("torch.nn.", "skal.nets.")):
            return True  # a user's own forward may call F.dropout
        drops = getattr(m, "dropout", None)  # attention and recurrent layers
        if isinstance(m, nn.modules.dropout._DropoutNd) and m.p > 0:
            return True
        if isinstance(drops, float) and drops > 0:
            return True
        if isinstance(m, nn.RReLU | nn.FractionalMaxPool2d | nn.FractionalMaxPool3d):
            return True
    return False


def raised_by_callback(stop: KeyboardInterrupt) -> bool:
    """Tell whether a callback ended training, as early stopping does; else it was Ctrl-C."""
    # skorch has no other word for it: early stopping raises KeyboardInterrupt in a callback's frame
    trace = stop.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and isinstance(trace.tb_frame.f_locals.get("self"), Callback)


class TrainingNet(NeuralNetClassifier):
    """skorch net over in-memory batches that records the loss once an epoch.

    As soon as a callback wants to see single batches, skorch's own loop runs instead.
    """

    callbacks_: list[tuple[str, Callback]]

    @property
    def _default_callbacks(self) -> list[tuple[str, Callback]]:
        # without skorch's scorers, which look at every batch: run_single_epoch records what they do
        return [("epoch_timer", EpochTimer()), ("print_log", PrintLog())]

    def train(
        self, dataset: Any, y: NDArray[np.intp], seed: int, *, until_learned: bool = False
    ) -> None:
        """Run `max_epochs` epochs, or fewer if the loss no longer falls once all is learned.

        Ctrl-C reaches the caller, a callback's stop does not.
        """
        callbacks = self.callbacks_
        if until_learned:  # 0022: ten epochs that gain less than 0.001 between them
            stop = EarlyStopping("train_loss", patience=10, threshold=1e-3, threshold_mode="abs")
            self.callbacks_ = [*callbacks, ("until_learned", stop)]
        # the lock of the generator is held while training lasts, so nets that draw nothing go
        # without, and threads train them side by side
        rng = (
            private_torch_rng(seed, str(self.device))
            if touches_global_rng(self.module_)
            else nullcontext()
        )
        with rng:
            try:
                self.notify("on_train_begin", X=dataset, y=y)
                self.fit_loop(dataset, y)
            except _StoppedByCallback:
                pass
            finally:
                self.callbacks_ = callbacks
            self.notify("on_train_end", X=dataset, y=y)
        self.module_.eval()  # skorch leaves the mode of the last step

    def check_data(self, X: Any, y: Any = None) -> None:
        """Do nothing: the classifier that owns the net has checked its data."""

    def notify(self, method_name: str, **cb_kwargs: Any) -> None:
        try:
            super().notify(method_name, **cb_kwargs)
        except KeyboardInterrupt as stop:
            if raised_by_callback(stop):
                raise _StoppedByCallback from None
            raise

    def get_loss(
        self, y_pred: torch.Tensor, y_true: Any, X: Any = None, training: bool = False
    ) -> torch.Tensor:
        return self._loss(y_pred, y_true)

    def run_single_epoch(
        self, iterator: Any, training: bool, prefix: str, step_fn: Any, **fit_params: Any
    ) -> None:
        if iterator is None:
            return
        hits = 0

        def validate(batch: Any, **params: Any) -> Any:
            nonlocal hits
            step, yi = step_fn(batch, **params), batch[1]
            label = yi["label"] if isinstance(yi, dict) else yi
            hits += int((step["y_pred"].argmax(dim=-1).cpu() == label).sum())
            return step

        if self._wants_batches() or not isinstance(iterator, BatchIterator):
            step = step_fn if training else validate
            super().run_single_epoch(iterator, training, prefix, step, **fit_params)
            # the scorers that would sum up are not among the default callbacks
            batches = [b for b in self.history[-1, "batches", :] if f"{prefix}_loss" in b]
            losses = [b[f"{prefix}_loss"] for b in batches]
            sizes = [b[f"{prefix}_batch_size"] for b in batches]
        else:
            self._set_training(training)
            found, sizes = [], []  # losses stay tensors: reading one would wait for the GPU
            for batch in iterator:
                if training:
                    found.append(self._light_step(*batch))
                else:
                    found.append(validate(batch, **fit_params)["loss"])
                sizes.append(len(batch[0]))
            losses = torch.stack(found).tolist()
        if training and not np.isfinite(losses).all():
            raise ValueError(not_finite("the loss", len(self.history), self))
        self._record(f"{prefix}_loss", float(np.average(losses, weights=sizes)), min)
        if not training:
            self._record("valid_acc", hits / sum(sizes), max)

    def _light_step(self, Xi: torch.Tensor, yi: Any) -> torch.Tensor:
        if len(Xi) == 1:  # no spread to normalise by: running statistics, till the epoch ends
            for m in self.module_.modules():
                if isinstance(m, nn.modules.batchnorm._BatchNorm):
                    m.eval()
        self.optimizer_.zero_grad()
        loss = self._loss(self.module_(Xi.to(self.device)), yi)
        loss.backward()
        self.optimizer_.step()
        return loss.detach()

    def _loss(self, y_pred: torch.Tensor, y_true: Any) -> torch.Tensor:
        if not isinstance(y_true, dict):
            return self._criterion(y_pred, y_true)
        # by the sum of weights, not by n: a row of weight 2 counts as two rows
        weight = y_true["weight"].to(y_pred)  # (n,)
        reduction, self.criterion_.reduction = self.criterion_.reduction, "none"
        try:
            losses = self._criterion(y_pred, y_true["label"])  # (n,)
        finally:
            self.criterion_.reduction = reduction
        return (losses * weight).sum() / weight.sum()

    def _criterion(self, y_pred: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        try:
            return self.criterion_(y_pred, label.to(y_pred.device))
        except (RuntimeError, TypeError, ValueError) as error:
            raise ValueError(
                f"criterion must take logits of shape {tuple(y_pred.shape)} and numbers of classes "
                f"of shape {tuple(label.shape)}, got an error from "
                f"{type(self.criterion_).__name__}: {error}. Leave it out, which is "
                "CrossEntropyLoss, or mend its options."
            ) from error

    def _record(self, name: str, value: float, better: Any) -> None:
        """Write an epoch's number, and whether it beats all before it, as skorch does."""
        before = [row[name] for row in self.history[:-1] if name in row]
        self.history.record(name, value)
        is_best = not before or (value not in before and better(value, *before) == value)
        self.history.record(f"{name}_best", is_best)

    def _wants_batches(self) -> bool:
        if isinstance(self.optimizer_, torch.optim.LBFGS):  # asks for the loss several times
            return True
        # a callback that leaves the hooks of skorch's base class alone does not see batches
        hooks = ("on_batch_begin", "on_batch_end", "on_grad_computed")
        return any(
            isinstance(cb, PassthroughScoring)
            or any(getattr(type(cb), hook) is not getattr(Callback, hook) for hook in hooks)
            for _, cb in self.callbacks_
        )


class _StoppedByCallback(Exception):
    """A callback, such as early stopping, ended training."""
