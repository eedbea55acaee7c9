"""From a user's module, class or instance, to a fresh module of the right size."""

import copy
import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy

__all__ = ["fresh_module", "reinitialised"]

# What a module's constructor may call the sizes that are read off the data.
N_FEATURES = ("n_features", "in_features", "input_dim")
N_CLASSES = ("n_classes", "num_classes", "out_features", "output_dim")


def fresh_module(
    module: type[nn.Module] | Callable[..., nn.Module] | nn.Module,
    params: dict[str, Any],
    *,
    sample_shape: tuple[int, ...],
    n_classes: int,
    dtype: torch.dtype,
) -> nn.Module:
    """Build a module with new weights; torch's current generator draws them.

    Parameters
    ----------
    module : Module class, factory or instance
        A class or factory is called with `params` and the sizes that its signature names; an
        instance is copied and every part of it re-initialised.
    params : dict
        Arguments for a class or factory.
    sample_shape, n_classes
        Sizes read off the data.
    dtype : torch.dtype

    Returns
    -------
    nn.Module
        On the CPU, in evaluation mode; lazy layers have their sizes.
    """
    if isinstance(module, nn.Module):
        if params:
            raise ValueError(
                f"module is an instance of {type(module).__name__}, so {sorted(params)} cannot "
                "be passed to it; give its class instead."
            )
        built = reinitialised(module)
    else:
        n_features = int(torch.Size(sample_shape).numel())
        known: dict[str, Any] = {"input_shape": sample_shape}
        known |= dict.fromkeys(N_FEATURES, n_features) | dict.fromkeys(N_CLASSES, n_classes)
        asked = inspect.signature(module).parameters
        built = module(**{name: known[name] for name in asked if name in known} | params)
    built = built.to(dtype).eval()
    _check_output(built, sample_shape, n_classes, dtype)
    return built


def reinitialised(module: nn.Module) -> nn.Module:
    """Copy a module, with every weight drawn anew."""
    if any(is_lazy(p) for p in module.parameters()):
        raise ValueError(
            f"module is an instance of {type(module).__name__} with lazy layers, which torch "
            "cannot copy; give its class instead."
        )
    copied = copy.deepcopy(module)
    for name, m in copied.named_modules():
        # nn.MultiheadAttention and nn.Transformer have it under the private name
        reset = getattr(m, "reset_parameters", None) or getattr(m, "_reset_parameters", None)
        if reset is not None:
            reset()
        elif next(m.parameters(recurse=False), None) is not None:
            raise ValueError(
                f"module is an instance, and its part {name or 'itself'!r} "
                f"({type(m).__name__}) has weights but no reset_parameters(), so training from "
                "scratch is impossible; give the module's class instead, or add that method."
            )
    return copied


def _check_output(
    module: nn.Module, sample_shape: tuple[int, ...], n_classes: int, dtype: torch.dtype
) -> None:
    # lazy layers find their sizes here; with a single row, one that runs rows together would pass
    with torch.no_grad():
        out = module(torch.zeros((2, *sample_shape), dtype=dtype))
    if not isinstance(out, torch.Tensor) or tuple(out.shape) != (2, n_classes):
        got = tuple(out.shape) if isinstance(out, torch.Tensor) else type(out).__name__
        raise ValueError(
            f"module must turn rows of shape {sample_shape} into logits of shape "
            f"(n, {n_classes}), one column a class; for n=2 {type(module).__name__} gave {got}. "
            f"Name a parameter {' or '.join(N_CLASSES)} to be told the number of classes."
        )
