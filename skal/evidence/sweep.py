"""One sweep over a net: rows in, arrays out, nothing of the net or of torch's state disturbed.

With its two neighbours and `skal.nets` the only place that imports torch.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from skal._containers import take_rows
from skal.evidence._attacks import attack
from skal.evidence._dropout import DropoutMasks, OwnHook, split_at_dropout
from skal.evidence._needs import (
    Attack,
    Embedding,
    Head,
    LinearHead,
    Logits,
    MCProba,
    Need,
    Proba,
    Scores,
)

__all__ = ["RowReader", "evaluation_mode", "penultimate_layer", "shares_memory", "sweep"]


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

    def __call__(self, rows: NDArray[np.intp] | slice, size: int | None = None) -> torch.Tensor:
        """Some rows, filled up with zeros to `size` rows where one is given."""
        # 0007: memory of its own, row after row: neither the layout of X nor what a module does
        # in place reaches further than this batch.
        if self._tensor is None:
            if isinstance(rows, slice):  # a pool takes row numbers
                rows = np.arange(*rows.indices(len(self)))
            batch = _copied(take_rows(self.X, rows)).to(self.dtype)
        elif isinstance(rows, slice):
            batch = self._tensor[rows].to(
                self.dtype, copy=True, memory_format=torch.contiguous_format
            )
        else:
            batch = self._tensor.index_select(0, torch.from_numpy(rows)).to(self.dtype)
        if self.scale != 1.0:
            batch.mul_(self.scale)
        if self.sample_shape is not None:
            batch = batch.reshape(-1, *self.sample_shape)
        missing = 0 if size is None else size - len(batch)
        if not missing:
            return batch
        return torch.cat([batch, batch.new_zeros((missing, *batch.shape[1:]))])


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
    return torch.from_numpy(np.array(part, dtype=name, order="C"))


_evaluated: dict[int, tuple[int, bool]] = {}  # id of a module: who evaluates it, its own mode
_evaluated_lock = Lock()


@contextmanager
def evaluation_mode(module: nn.Module) -> Iterator[None]:
    """Evaluate `module` without gradients, then give every submodule its mode back.

    Threads may do so at the same time: the last of them gives the modes back.
    """
    parts = list(module.modules())
    with _evaluated_lock:
        for m in parts:
            n_before, mode = _evaluated.get(id(m), (0, m.training))
            _evaluated[id(m)] = (n_before + 1, mode)
        module.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        with _evaluated_lock:
            for m in parts:
                n_left, mode = _evaluated.pop(id(m))
                if n_left > 1:
                    _evaluated[id(m)] = (n_left - 1, mode)
                else:
                    m.training = mode


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


class _Watch:
    """Keeps what some layers gave for the current batch, while it is on."""

    def __init__(self, module: nn.Module, layers: Collection[str | None]):
        self.module = module
        self.on = False
        self._seen: dict[str | None, torch.Tensor] = {}
        self._handles: list[Any] = []
        self.layers = layers

    def __enter__(self) -> "_Watch":
        try:
            for layer in self.layers:
                self._handles.append(self._hook(layer))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for handle in self._handles:
            handle.remove()

    def _hook(self, layer: str | None) -> Any:
        """Keep what `layer` gives; None keeps what the last linear layer is given."""
        name = penultimate_layer(self.module) if layer is None else layer
        try:
            watched = self.module.get_submodule(name)
        except AttributeError:
            raise ValueError(
                f"layer={layer!r} is no layer of {type(self.module).__name__}; "
                f"it has {_layer_names(self.module)}."
            ) from None

        def keep(_: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
            if not self.on:
                return
            value = inputs[0] if layer is None else output
            if not isinstance(value, torch.Tensor):
                raise ValueError(
                    f"layer={layer!r} ({type(watched).__name__}) gives a "
                    f"{type(value).__name__}; name a layer that gives one tensor."
                )
            self._seen[layer] = value.clone()  # an activation that follows may be in place

        return watched.register_forward_hook(OwnHook(keep))

    def taken(self, layer: str | None) -> torch.Tensor:
        """What a layer gave for the current batch, (n, n_units)."""
        if layer not in self._seen:
            name = "" if layer else f", the last linear layer {penultimate_layer(self.module)!r},"
            raise ValueError(
                f"layer={layer!r}{name} is never called; name another: {_layer_names(self.module)}."
            )
        return self._seen.pop(layer).flatten(1)


def softmax(outputs: torch.Tensor) -> torch.Tensor:
    """Probabilities of logits, in float64."""
    return torch.softmax(outputs.double(), dim=-1)


def sweep(
    module: nn.Module,
    reader: RowReader,
    rows: NDArray[np.intp] | None = None,
    *,
    needs: Collection[Need] = (Proba(),),
    as_proba: Callable[[torch.Tensor], torch.Tensor] = softmax,
    seed: int = 0,
    batch_size: int = 1024,
    device: str = "cpu",
) -> dict[Need, Any]:
    """Pass rows through a net once and collect everything that is needed of them.

    Every batch has exactly `batch_size` rows (the last one is padded with zeros) that lie one
    after another in memory. Equal calls give equal bits; the rows that a row travels with, its
    place among them and the layout of the array change its result by rounding only, at most 1e-6
    of a probability.

    Parameters
    ----------
    module : nn.Module
        Gives logits of shape (n, n_classes).
    reader : RowReader
    rows : int array of shape (n,), default=None
        Rows to read; None reads all.
    needs : collection of Need
        Probabilities come in float64, those of passes in float32, embeddings in the net's dtype,
        flattened to (n, -1).
    as_proba : callable, default=softmax
        From the module's outputs to probabilities.
    seed : int, default=0
        Of the masks of dropout.
    batch_size, device
        How the sweep is done.

    Returns
    -------
    dict of Need -> array
    """
    n = len(reader) if rows is None else len(rows)
    layers = {need.layer for need in needs if isinstance(need, Embedding)}
    outputs_of = [need for need in needs if isinstance(need, Logits | Proba | Scores)]
    attacks = [need for need in needs if isinstance(need, Attack)]
    n_passes = max((need.n_passes for need in needs if isinstance(need, MCProba)), default=0)
    body, head = split_at_dropout(module) if n_passes else (nn.Identity(), module)
    found = _Collected(n)
    with ExitStack() as stack:
        watch = stack.enter_context(_Watch(module, layers))
        masks = stack.enter_context(DropoutMasks(module, seed)) if n_passes else None
        stack.enter_context(evaluation_mode(module))
        for start in range(0, n, batch_size):
            part = slice(start, min(start + batch_size, n))
            size = part.stop - part.start
            batch = reader(part if rows is None else rows[part], batch_size).to(device)
            watch.on = True
            hidden = body(batch)  # as far as all passes agree
            if layers or outputs_of:
                outputs = head(hidden)[:size]
            watch.on = False
            for need in outputs_of:
                values = outputs if isinstance(need, Logits) else as_proba(outputs)
                found.add(need, part, values)
            for layer in layers:
                found.add(Embedding(layer), part, watch.taken(layer)[:size])
            if masks is not None:
                passes = [as_proba(head(hidden)[:size]).float() for _ in masks.passes(n_passes)]
                found.add(MCProba(n_passes), part, torch.stack(passes))
            for kind in attacks:
                found.add(kind, part, attack(module, batch[:size], kind))
    if n_passes:
        draws = found.arrays[MCProba(n_passes)]
        found.arrays |= {q: draws[: q.n_passes] for q in needs if isinstance(q, MCProba)}
    return {need: linear_head(module) if need == Head() else found.arrays[need] for need in needs}


class _Collected:
    """Arrays of n rows, filled batch by batch."""

    def __init__(self, n: int):
        self.n = n
        self.arrays: dict[Need, NDArray[Any]] = {}

    def add(self, need: Need, part: slice, values: torch.Tensor) -> None:
        array = values.cpu().numpy()
        at = (slice(None),) * (need.axis or 0)
        if need not in self.arrays:
            shape = list(array.shape)
            shape[need.axis or 0] = self.n
            self.arrays[need] = np.empty(shape, dtype=array.dtype)
        self.arrays[need][(*at, part)] = array


def linear_head(module: nn.Module) -> LinearHead:
    """Weight and bias of the last linear layer."""
    state = module.get_submodule(penultimate_layer(module)).state_dict()
    weight = state["weight"].cpu().numpy().copy()
    bias = state["bias"].cpu().numpy().copy() if "bias" in state else np.zeros(len(weight))
    return LinearHead(weight, bias.astype(weight.dtype))
