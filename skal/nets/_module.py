"""From a user's module, class or instance, to a fresh module of the right size."""

import copy
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy

__all__ = ["are_probabilities", "fresh_module", "has_fixed_outputs", "reinitialised"]

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
    criterion: Any = nn.CrossEntropyLoss,
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
    criterion : torch criterion class, default=nn.CrossEntropyLoss
        What the outputs have to suit.

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
        given = {name: known[name] for name in asked if name in known} | params
        _check_arguments(module, asked, given)
        built = module(**given)
    built = built.to(dtype).eval()
    _check_output(built, sample_shape, n_classes, dtype, criterion)
    return built


def has_fixed_outputs(module: Callable[..., nn.Module] | nn.Module, given: Sequence[str]) -> bool:
    """Tell whether a module, with the arguments `given`, is not told the number of classes."""
    if isinstance(module, nn.Module):
        return True
    asked = {*inspect.signature(module).parameters} - {*given}
    return asked.isdisjoint(N_CLASSES)


def _check_arguments(
    module: Callable[..., nn.Module], asked: Mapping[str, inspect.Parameter], given: dict[str, Any]
) -> None:
    """Refuse arguments that a class or factory does not have, and the lack of those it needs."""
    name = getattr(module, "__name__", type(module).__name__)
    kinds = {parameter.kind for parameter in asked.values()}
    unknown = sorted(set(given) - set(asked))
    if unknown and inspect.Parameter.VAR_KEYWORD not in kinds:
        raise TypeError(
            f"module options must be parameters of {name}, got "
            f"{', '.join(f'module__{option}' for option in unknown)}; it has {list(asked)}."
        )
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    lacking = [
        option
        for option, parameter in asked.items()
        if parameter.default is parameter.empty
        and parameter.kind not in variadic
        and option not in given
    ]
    if lacking:
        options = ", ".join(f"module__{option}=..." for option in lacking)
        raise TypeError(
            f"{name} needs {lacking}, which cannot be read off the data; pass {options}. Read off "
            f"are {', '.join((*N_FEATURES, *N_CLASSES))} and input_shape."
        )


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
    module: nn.Module,
    sample_shape: tuple[int, ...],
    n_classes: int,
    dtype: torch.dtype,
    criterion: Any,
) -> None:
    name = type(module).__name__
    # lazy layers find their sizes here; with a single row, one that runs rows together would pass
    try:
        with torch.no_grad():
            out = module(torch.zeros((2, *sample_shape), dtype=dtype))
    except (IndexError, RuntimeError, TypeError, ValueError) as error:
        raise ValueError(
            f"module must turn rows of shape {sample_shape} into logits, got an error from "
            f"{name}: {error}. {_advice(sample_shape, str(error))}"
        ) from error
    if not isinstance(out, torch.Tensor) or tuple(out.shape) != (2, n_classes):
        got = tuple(out.shape) if isinstance(out, torch.Tensor) else type(out).__name__
        raise ValueError(
            f"module must turn rows of shape {sample_shape} into logits of shape "
            f"(n, {n_classes}), one column a class; for n=2 {name} gave {got}. "
            f"Name a parameter {' or '.join(N_CLASSES)} to be told the number of classes, train "
            "on rows of all classes, or name them all: partial_fit(X, y, classes=...), or "
            "teach(X, y, classes=...) of an ActiveLearner."
        )
    if n_classes > 1:
        _check_nonlinearity(out.double(), name, criterion)


def _advice(sample_shape: tuple[int, ...], error: str) -> str:
    """Say what may be wrong with rows that a module cannot read."""
    if "Long" in error:
        return "Rows come as floats: turn them with .long() in forward."
    if '"forward"' in error:
        return "Define forward(self, X)."
    if len(sample_shape) == 3 and sample_shape[-1] in (1, 3, 4):
        return "Convolutions want channels first: pass np.moveaxis(X, -1, 1)."
    if len(sample_shape) == 2:
        return "If it begins with a convolution of grey images, pass X[:, None]."
    return "Reshape X, or mend the sizes of its layers."


def _check_nonlinearity(out: torch.Tensor, name: str, criterion: Any) -> None:
    """Refuse outputs that the criterion takes for something else: training would hardly work."""
    is_class = isinstance(criterion, type)
    if is_class and issubclass(criterion, nn.CrossEntropyLoss):
        if are_probabilities(out):
            raise ValueError(
                f"module must give logits, got probabilities from {name}, whose rows sum to 1 as "
                "after a softmax. Leave its softmax out: the criterion has one, and so has "
                "predict_proba."
            )
    elif is_class and issubclass(criterion, nn.NLLLoss) and not are_probabilities(out.exp()):
        raise ValueError(
            f"module must give logarithms of probabilities where the criterion is NLLLoss, got "
            f"other numbers from {name}; leave `criterion` out, which takes logits, or end the "
            "module in LogSoftmax."
        )


def are_probabilities(rows: torch.Tensor) -> bool:
    """Tell whether rows are not negative and sum to 1, as after a softmax."""
    sums = rows.sum(dim=1)
    return bool((rows >= 0).all()) and torch.allclose(sums, torch.ones_like(sums), atol=1e-3)
