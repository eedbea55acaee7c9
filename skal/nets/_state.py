"""What of a net is saved or carried over to another, and where it is put."""

import pickle
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import joblib
import numpy as np
import torch
from skorch import NeuralNet

__all__ = [
    "as_arrays",
    "as_tensors",
    "changed_names",
    "rebuilt",
    "refuse_changes",
    "resolve_device",
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
    return device


def as_arrays(value: Any) -> Any:
    """Copy a state, with an array for every tensor."""
    # a pickled tensor names functions of torch and the device it lay on
    if isinstance(value, torch.Tensor):
        return value.detach().cpu().numpy().copy()
    if isinstance(value, Mapping):
        return {name: as_arrays(part) for name, part in value.items()}
    # betas and the like; a subclass, such as a named tuple, may not be made of one iterable
    if type(value) in (list, tuple):
        return type(value)(as_arrays(part) for part in value)
    return value


def as_tensors(value: Any) -> Any:
    """Copy a state, with a tensor for every array."""
    if isinstance(value, np.ndarray):
        return torch.from_numpy(value.copy())
    if isinstance(value, Mapping):
        return {name: as_tensors(part) for name, part in value.items()}
    return (
        type(value)(as_tensors(part) for part in value) if type(value) in (list, tuple) else value
    )


def changed_names(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """List parameters that were added, taken away or given another value, in order."""
    names = before.keys() | now.keys()
    both = before.keys() & now.keys()
    return sorted(name for name in names if name not in both or not _same(before[name], now[name]))


def _same(a: Any, b: Any) -> bool:
    if a is b:
        return True
    try:
        if bool(a == b):
            return True
    except (RuntimeError, TypeError, ValueError):  # arrays and tensors
        pass
    try:  # a callback, a partial or a module that was copied with its owner
        return type(a) is type(b) and joblib.hash(a) == joblib.hash(b)
    except (AttributeError, TypeError, pickle.PicklingError):
        return False


def refuse_changes(names: Iterable[str], before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Say that training cannot go on with other values of these parameters."""
    for name in names:
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
    blamed = [name for name in changed if name.startswith("module__")] or changed
    try:
        new = build()
    except RuntimeError:  # the module cannot even read a row
        refuse_changes(blamed, before, now)
        raise
    if not carry_over(old, new):
        refuse_changes(blamed, before, now)
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
    new.history_ = old.history
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
            is_new = not _same(old.defaults.get(set_as), new.defaults.get(set_as))
            now[name] = new.defaults[set_as] if is_new else then[name]
    new.load_state_dict({"state": state["state"], "param_groups": groups})
