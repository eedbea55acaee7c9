"""One sweep over a net: rows in, arrays out, nothing of the net or of torch's state disturbed.

With `skal.nets` the only place that imports torch.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from skal._compat import safe_indexing

__all__ = ["RowReader", "evaluation_mode", "penultimate_layer", "shares_memory", "sweep"]

OUTPUT = "output"


class RowReader:
    """Rows of an array as tensors of the net's dtype, taken batch by batch.

    The array itself is never converted or copied whole: uint8 images stay uint8, a memmap stays
    on disk.

    Parameters
    ----------
    X : array of shape (n_rows, ...), any numeric dtype
    dtype : torch.dtype
    scale : float, default=1.0
        Factor of every value; 1/255 for pixels.
    sample_shape : tuple, default=None
        Shape in which the module sees a row; None leaves rows as they are stored.
    """

    def __init__(
        self,
        X: NDArray[Any],
        dtype: torch.dtype,
        scale: float = 1.0,
        sample_shape: tuple[int, ...] | None = None,
    ):
        self.X = X
        self.dtype = dtype
        self.scale = scale
        self.sample_shape = sample_shape
        # torch picks rows faster, but not from every kind of memory
        self._tensor = torch.from_numpy(X) if shares_memory(X) else None

    def __len__(self) -> int:
        return len(self.X)

    def __call__(self, rows: NDArray[np.intp] | slice) -> torch.Tensor:
        part = self._slice(rows) if isinstance(rows, slice) else self._pick(rows)
        batch = part.to(self.dtype)
        if self.scale != 1.0:
            batch = batch * self.scale if batch is part else batch.mul_(self.scale)
        return batch if self.sample_shape is None else batch.reshape(-1, *self.sample_shape)

    def _slice(self, rows: slice) -> torch.Tensor:
        return _copied(self.X[rows]) if self._tensor is None else self._tensor[rows]

    def _pick(self, rows: NDArray[np.intp]) -> torch.Tensor:
        if self._tensor is None:
            return _copied(safe_indexing(self.X, rows))
        return self._tensor.index_select(0, torch.from_numpy(rows))


TORCH_DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64")


def shares_memory(X: NDArray[Any]) -> bool:
    """Whether torch can look at an array as it lies in memory, without a copy."""
    if not isinstance(X, np.ndarray):
        return False
    known = X.dtype.isnative and X.dtype.name in TORCH_DTYPES
    steps = (step >= 0 and step % X.itemsize == 0 for step in X.strides)
    return X.flags.writeable and known and all(steps)


def _copied(part: NDArray[Any]) -> torch.Tensor:
    """Tensor of a copy in a dtype that torch knows."""
    wide = {"uint16": "int32", "uint32": "int64", "uint64": "float64", "float128": "float64"}
    name = wide.get(part.dtype.name, part.dtype.name)
    return torch.from_numpy(np.array(part, dtype=name))


@contextmanager
def evaluation_mode(module: nn.Module) -> Iterator[None]:
    """Evaluate `module` without gradients, then give every submodule its mode back."""
    training = [m for m in module.modules() if m.training]
    module.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        for m in training:
            m.training = True


def penultimate_layer(module: nn.Module) -> str:
    """Name of the last linear layer, whose input is the usual embedding."""
    linear = [name for name, m in module.named_modules() if isinstance(m, nn.Linear)]
    if not linear:
        raise ValueError(
            f"{type(module).__name__} has no nn.Linear layer whose input could serve as the "
            f"embedding; name a layer: {_layer_names(module)}."
        )
    return linear[-1]


def _layer_names(module: nn.Module) -> str:
    names = [name for name, _ in module.named_modules() if name]
    return ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")


def _watch(module: nn.Module, layer: str | None, seen: dict[str | None, torch.Tensor]) -> Any:
    """Hook that keeps what `layer` gives; None keeps what the last linear layer is given."""
    name = penultimate_layer(module) if layer is None else layer
    try:
        watched = module.get_submodule(name)
    except AttributeError:
        raise ValueError(
            f"layer={layer!r} is no layer of {type(module).__name__}; "
            f"it has {_layer_names(module)}."
        ) from None

    def keep(_: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        value = inputs[0] if layer is None else output
        if not isinstance(value, torch.Tensor):
            raise ValueError(
                f"layer={layer!r} ({type(watched).__name__}) gives a {type(value).__name__}; "
                "name a layer that gives one tensor."
            )
        seen[layer] = value.clone()  # an activation that follows may be in place

    return watched.register_forward_hook(keep)


def _taken(
    module: nn.Module, layer: str | None, seen: dict[str | None, torch.Tensor]
) -> torch.Tensor:
    """What a layer gave for the current batch."""
    if layer not in seen:
        name = f", the last linear layer {penultimate_layer(module)!r}," if layer is None else ""
        raise ValueError(
            f"layer={layer!r}{name} is never called; name another: {_layer_names(module)}."
        )
    return seen.pop(layer)


def sweep(
    module: nn.Module,
    reader: RowReader,
    rows: NDArray[np.intp] | None = None,
    *,
    proba: bool = True,
    layers: Sequence[str | None] = (),
    batch_size: int = 1024,
    device: str = "cpu",
) -> dict[str | None, NDArray[np.floating]]:
    """Pass rows through a net once and collect everything that was wanted of them.

    Every batch has exactly `batch_size` rows (the last one is padded with zeros), so a row's
    result does not depend on which rows it travels with.

    Parameters
    ----------
    module : nn.Module
        Gives logits of shape (n, n_classes).
    reader : RowReader
    rows : int array of shape (n,), default=None
        Rows to read; None reads all.
    proba : bool, default=True
        Collect softmax probabilities, in float64, under the key ``"output"``.
    layers : names of submodules; None stands for the input of the last linear layer
        Collect their values, flattened to (n, -1), under their names.
    batch_size, device
        How the sweep is done.

    Returns
    -------
    dict of arrays with n rows
    """
    n = len(reader) if rows is None else len(rows)
    out: dict[str | None, NDArray[np.floating]] = {}
    seen: dict[str | None, torch.Tensor] = {}
    handles = []
    try:
        for layer in layers:
            handles.append(_watch(module, layer, seen))
        with evaluation_mode(module):
            for start in range(0, n, batch_size):
                stop = min(start + batch_size, n)
                part = slice(start, stop) if rows is None else rows[start:stop]
                batch = _padded(reader(part), batch_size).to(device)
                logits = module(batch)[: stop - start]
                if proba:
                    values = torch.softmax(logits.double(), dim=-1)
                    _store(out, OUTPUT, values, n, start, stop)
                for layer in layers:
                    _store(
                        out,
                        layer,
                        _taken(module, layer, seen)[: stop - start].flatten(1),
                        n,
                        start,
                        stop,
                    )
    finally:
        for handle in handles:
            handle.remove()
    return out


def _padded(batch: torch.Tensor, size: int) -> torch.Tensor:
    missing = size - len(batch)
    if missing == 0:
        return batch
    return torch.cat([batch, batch.new_zeros((missing, *batch.shape[1:]))])


def _store(
    out: dict[str | None, NDArray[np.floating]],
    key: str | None,
    values: torch.Tensor,
    n: int,
    start: int,
    stop: int,
) -> None:
    array = values.cpu().numpy()
    if key not in out:
        out[key] = np.empty((n, *array.shape[1:]), dtype=array.dtype)
    out[key][start:stop] = array
