"""What a net is trained with besides numbers: callbacks, criterion and validation split."""

from collections.abc import Mapping
from typing import Any

from skorch.callbacks import Callback
from torch import nn

__all__ = ["check_options"]

OF_A_SPLIT = ("valid_loss", "valid_loss_best", "valid_acc", "valid_acc_best")


def check_options(callbacks: list[Any] | None, options: Mapping[str, Any]) -> None:
    """Refuse parts of the training of which skorch and torch would say little."""
    split = options.get("train_split")
    if split is not None and not callable(split):
        raise TypeError(
            f"`train_split` must be a split of skorch, got {split!r}; pass skorch.dataset."
            "ValidSplit(5) for a fifth of the rows, or None."
        )
    _check_criterion(options.get("criterion", nn.CrossEntropyLoss))
    for given in callbacks or []:
        callback = given[1] if isinstance(given, tuple) and len(given) == 2 else given
        _check_callback(callback, has_split=split is not None)


def _check_criterion(criterion: Any) -> None:
    is_function = getattr(criterion, "__module__", "") == "torch.nn.functional"
    if is_function or not callable(criterion):
        raise TypeError(
            f"`criterion` must be a class such as torch.nn.CrossEntropyLoss, got {criterion!r}; "
            "options go by criterion__..., such as criterion__label_smoothing=0.1."
        )


def _check_callback(callback: Any, *, has_split: bool) -> None:
    if isinstance(callback, type):
        name = callback.__name__
        raise TypeError(f"`callbacks` must hold objects, got the class {name}; pass {name}().")
    if not isinstance(callback, Callback):
        raise TypeError(
            f"`callbacks` must hold skorch callbacks, got {callback!r}; derive a class from "
            "skorch.callbacks.Callback."
        )
    monitor = getattr(callback, "monitor", None)
    if not has_split and monitor in OF_A_SPLIT:
        raise ValueError(
            f"`callbacks` must watch what is recorded, got {type(callback).__name__} with "
            f"monitor={monitor!r} and no rows held out; pass "
            "train_split=skorch.dataset.ValidSplit(5), or monitor='train_loss'."
        )
