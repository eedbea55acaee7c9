"""What of a net is saved, as arrays and plain values, and where it is put."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

__all__ = ["as_arrays", "as_tensors", "resolve_device"]


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
    """Copy of a state in which every tensor is an array."""
    if isinstance(value, torch.Tensor):
        return value.detach().cpu().numpy().copy()
    if isinstance(value, Mapping):
        return {name: as_arrays(part) for name, part in value.items()}
    if type(value) in (list, tuple):
        return type(value)(as_arrays(part) for part in value)
    return value


def as_tensors(value: Any) -> Any:
    """Copy of a state in which every array is a tensor."""
    if isinstance(value, np.ndarray):
        return torch.from_numpy(value.copy())
    if isinstance(value, Mapping):
        return {name: as_tensors(part) for name, part in value.items()}
    return (
        type(value)(as_tensors(part) for part in value) if type(value) in (list, tuple) else value
    )
