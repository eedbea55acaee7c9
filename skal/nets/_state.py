"""What of a net is saved or carried over to another, and where it is put."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

import numpy as np
import torch
from skorch import NeuralNet
from skorch.history import History

from skal._values import same_value

__all__ = [
    "as_arrays",
    "as_tensors",
    "changed_names",
    "not_finite",
    "rebuilt",
    "refuse_change",
    "refuse_lost_weights",
    "resolve_device",
    "restored_on_error",
]


def resolve_device(device: str, *, fallback: bool = False) -> str:
    """Resolve ``"auto"``; a saved net may fall back to the CPU, a new one may not."""
    has_cuda = torch.cuda.is_available()
    if device == "auto":
        return "cuda" if has_cuda else "cpu"
    if device.startswith("cuda") and not has_cuda:
        if not fallback:
            raise ValueError(f"device={device!r}, but torch finds no GPU; use 'cpu' or 'auto'.")
        warnings.warn(f"No GPU found: the net saved on {device!r} goes to the CPU.", stacklevel=3)
        return "cpu"
    try:
        torch.empty(0, device=device)
    except (AssertionError, RuntimeError) as error:
        raise ValueError(
            f"`device` must be one that torch has here, got {device!r} ({error!s:.80}); "
            "use 'cpu', 'cuda' or 'auto'."
        ) from error
    return device


def as_arrays(state: Any) -> Any:
    """Copy a state, with an array for every tensor."""
    # a pickled tensor names functions of torch and the device it lay on
    return _copied(state, torch.Tensor, lambda tensor: tensor.detach().cpu().numpy().copy())


def as_tensors(state: Any) -> Any:
    """Copy a state, with a tensor for every array."""
    return _copied(state, np.ndarray, lambda array: torch.from_numpy(array.copy()))


def _copied(state: Any, kind: type, copy_leaf: Callable[[Any], Any]) -> Any:
    """Copy the containers of a state and its leaves of one kind; the others are plain values."""
    if isinstance(state, kind):
        return copy_leaf(state)
    if isinstance(state, Mapping):
        return {name: _copied(part, kind, copy_leaf) for name, part in state.items()}
    # betas and the like; a subclass, such as a named tuple, may not be made of one iterable
    if type(state) in (list, tuple):
        return type(state)(_copied(part, kind, copy_leaf) for part in state)
    return state


def changed_names(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """List parameters that were added, taken away or given another value, in order."""
    names = before.keys() | now.keys()
    both = before.keys() & now.keys()
    return sorted(
        name for name in names if name not in both or not same_value(before[name], now[name])
    )


def refuse_change(name: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> NoReturn:
    """Say that training cannot go on with another value of this parameter."""
    raise ValueError(
        f"`{name}` must stay {before.get(name)!r} where weights are kept, got "
        f"{now.get(name)!r}; set it back, or call fit to start from fresh weights."
    )


def rebuilt(
    old: NeuralNet,
    build: Callable[[], NeuralNet],
    changed: list[str],
    before: Mapping[str, Any],
    now: Mapping[str, Any],
) -> NeuralNet:
    """Build a net of the parameters of now where the old one stands, or refuse them by name."""
    # an option of the module makes other layers; where none changed, any of the rest may have
    blamed = next((name for name in changed if name.startswith("module__")), changed[0])
    try:
        new = build()
    except (RuntimeError, ValueError) as error:  # the module cannot even read a row
        if isinstance(error, ValueError) and not isinstance(error.__cause__, RuntimeError):
            raise
        refuse_change(blamed, before, now)
    if not carry_over(old, new):
        refuse_change(blamed, before, now)
    if not any(name.startswith("callbacks") for name in changed):
        new.callbacks_ = old.callbacks_  # with what they have counted so far
    return new


def carry_over(old: NeuralNet, new: NeuralNet) -> bool:
    """Pour weights, optimizer state and history into a net that was built anew.

    Gives False where the weights do not fit. Another optimizer starts with a fresh state.
    """
    for name in [*new._modules, *new._criteria]:
        source, target = (getattr(net, f"{name}_").state_dict() for net in (old, new))
        # by order: a layer without weights, such as dropout, may have moved the names
        fits = [v.shape for v in source.values()] == [v.shape for v in target.values()]
        if not fits and name in new._criteria:
            continue  # another criterion has weights of its own
        if not fits:
            return False
        getattr(new, f"{name}_").load_state_dict(dict(zip(target, source.values())))
    for name in new._optimizers:
        source, target = getattr(old, f"{name}_"), getattr(new, f"{name}_")
        if type(source) is type(target):
            _carry_optimizer(source, target)
    new.history_ = History(dict(epoch) for epoch in old.history)  # to append to
    return True


def _carry_optimizer(old: torch.optim.Optimizer, new: torch.optim.Optimizer) -> None:
    state, fresh = as_tensors(as_arrays(old.state_dict())), new.state_dict()
    running, groups = state["param_groups"], fresh["param_groups"]
    if [len(g["params"]) for g in running] != [len(g["params"]) for g in groups]:
        return  # groups cut in another way: the state starts fresh
    for then, now in zip(running, groups, strict=True):
        for name in then.keys() - {"params"}:
            # a schedule starts from initial_lr, and has moved lr since
            set_as = "lr" if name == "initial_lr" else name
            is_new = not same_value(old.defaults.get(set_as), new.defaults.get(set_as))
            now[name] = new.defaults[set_as] if is_new else then[name]
    new.load_state_dict({"state": state["state"], "param_groups": groups})


@contextmanager
def restored_on_error(net: NeuralNet) -> Iterator[None]:
    """Give a net its weights, the optimizer's state and its history back if the block raises."""
    names = [*net._modules, *net._criteria, *net._optimizers]
    parts = [getattr(net, f"{name}_") for name in names]
    # deepcopy takes ten times as long, which a round of a hundred rows would notice
    before = [_copied(p.state_dict(), torch.Tensor, lambda t: t.detach().clone()) for p in parts]
    n_epochs = len(net.history)
    try:
        yield
    except BaseException:
        for part, state in zip(parts, before, strict=True):
            part.load_state_dict(state)
        net.history_ = History(net.history[:n_epochs])
        net.module_.eval()
        raise


def refuse_lost_weights(net: NeuralNet) -> None:
    """Refuse a net of which training has made numbers that are none."""
    for name, weight in net.module_.named_parameters():
        if weight.requires_grad and not torch.isfinite(weight).all():
            raise ValueError(not_finite(f"the weights {name!r}", len(net.history), net))


def not_finite(what: str, epoch: int, net: NeuralNet) -> str:
    """Say what training has made of a net, and what to do."""
    return (
        f"{what} must stay finite in training, got NaN or infinity in epoch {epoch}; lower lr "
        f"({net.lr:.4g}), scale X (a StandardScaler, or pixels from 0 to 1), clip gradients "
        "(callbacks=[skorch.callbacks.GradientNormClipping(1)]), or mend the criterion."
    )
