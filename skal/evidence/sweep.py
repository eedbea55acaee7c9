"""One sweep over a net: rows in, arrays out, nothing of the net or of torch's state disturbed.

With its two neighbours and `skal.nets` the only place that imports torch.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from skal._containers import take_rows
from skal.evidence._dropout import DropoutMasks, OwnHook, split_at_dropout
from skal.evidence._need import Need
from skal.evidence._outputs import Proba

__all__ = [
    "RowReader",
    "evaluation_mode",
    "penultimate_layer",
    "shares_memory",
    "sweep",
]


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

    Examples
    --------
    >>> from skal.evidence.sweep import RowReader
    >>> pixels = np.array([[0, 255], [51, 102]], dtype=np.uint8)
    >>> RowReader(pixels, torch.float32, scale=1 / 255)(np.array([1]), size=2)
    tensor([[0.2000, 0.4000],
            [0.0000, 0.0000]])
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
        plain = torch.empty(X.shape, device="meta").stride()  # is_contiguous overlooks axes of 1
        self._is_ready = self._tensor is not None and (
            self._tensor.dtype,
            self._tensor.stride(),
            scale,
        ) == (dtype, plain, 1.0)

    def __len__(self) -> int:
        return len(self.X)

    def __call__(self, rows: NDArray[np.intp] | slice, size: int | None = None) -> torch.Tensor:
        """Some rows, filled up with zeros to `size` rows where one is given."""
        # 0007: one row after another, so that the layout of X decides no bit
        if self._tensor is None:
            if isinstance(rows, slice):  # a pool takes row numbers
                rows = np.arange(*rows.indices(len(self)))
            batch = _copied(take_rows(self.X, rows)).to(self.dtype)
        elif isinstance(rows, slice):
            batch = self._tensor[rows]
            if not self._is_ready:  # a copy in vain costs up to 8 % of a small net's prediction
                batch = batch.to(self.dtype, copy=True, memory_format=torch.contiguous_format)
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
    """Say whether torch can look at an array as it lies in memory, without a copy.

    Parameters
    ----------
    X : array

    Returns
    -------
    bool
    """
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

    Parameters
    ----------
    module : nn.Module

    Returns
    -------
    context
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
    """Return the name of the last linear layer, whose input is the usual embedding.

    Parameters
    ----------
    module : nn.Module

    Returns
    -------
    str

    Examples
    --------
    >>> from skal.evidence.sweep import penultimate_layer
    >>> penultimate_layer(nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2)))
    '2'
    """
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

    def __init__(self, module: nn.Module, layers: set[str | None]):
        self.module = module
        self.layers = layers
        self.on = False
        self.seen: dict[str | None, torch.Tensor] = {}
        self._handles: list[Any] = []

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
            self.seen[layer] = value.clone()  # an activation that follows may be in place

        return watched.register_forward_hook(OwnHook(keep))

    def __call__(self, part: nn.Module, x: torch.Tensor) -> torch.Tensor:
        """Pass a batch through a part of the module, and keep what its layers give."""
        self.on = True
        try:
            return part(x)
        finally:
            self.on = False


class _Ready(NamedTuple):
    """A module that a sweep has made ready."""

    module: nn.Module
    body: nn.Module  # as far as all passes agree
    head: nn.Module  # the rest
    watch: _Watch
    masks: DropoutMasks | None
    n_passes: int
    as_proba: Callable[[torch.Tensor], torch.Tensor]


class _Batch:
    """One `skal.evidence.Batch`; `over` is the sweep, `padded` the batch, `n` its true rows."""

    def __init__(self, over: _Ready, padded: torch.Tensor, n: int):
        self.module = over.module
        self._over = over
        self._padded = padded  # 0007: every batch that reaches a module has one size
        self._n = n
        self._known: dict[str, torch.Tensor] = {}

    def _once(self, name: str, compute: Callable[[], torch.Tensor]) -> torch.Tensor:
        # cached_property of Python 3.11 has one lock for all threads and objects
        if name not in self._known:
            self._known[name] = compute()
        return self._known[name]

    @property
    def inputs(self) -> torch.Tensor:
        return self._padded[: self._n]

    @property
    def outputs(self) -> torch.Tensor:
        over = self._over
        return self._once("outputs", lambda: over.watch(over.head, self._hidden)[: self._n])

    @property
    def proba(self) -> torch.Tensor:
        return self._once("proba", lambda: self._over.as_proba(self.outputs))

    @property
    def drawn(self) -> torch.Tensor:
        return self._once("drawn", self._draw)

    @property
    def _hidden(self) -> torch.Tensor:
        """What all passes agree on."""
        return self._once("hidden", lambda: self._over.watch(self._over.body, self._padded))

    def _draw(self) -> torch.Tensor:
        over = self._over
        if over.masks is None:
            raise ValueError("passes must be the number of passes that `collect` reads, got 0.")
        draws = [over.head(self._hidden)[: self._n] for _ in over.masks.passes(over.n_passes)]
        return torch.stack([over.as_proba(draw).float() for draw in draws])

    @property
    def last_layer(self) -> tuple[torch.Tensor, torch.Tensor]:
        state = self.module.get_submodule(penultimate_layer(self.module)).state_dict()
        weight = state["weight"]
        bias = state["bias"] if "bias" in state else weight.new_zeros(len(weight))
        return weight.cpu(), bias.cpu()

    def layer(self, name: str | None = None) -> torch.Tensor:
        if name not in self._over.watch.layers:
            known = self._over.watch.layers
            raise ValueError(
                f"layers must name all that `collect` reads, got {known}; add {name!r}."
            )
        self.outputs  # noqa: B018  the pass that the layer is watched in
        seen = self._over.watch.seen
        if name not in seen:
            last = penultimate_layer(self.module)
            named = f"layer={name!r}" + ("" if name else f", the last linear layer {last!r},")
            raise ValueError(f"{named} is never called; name another: {_layer_names(self.module)}.")
        return seen[name].flatten(1)[: self._n]


def softmax(outputs: torch.Tensor) -> torch.Tensor:
    """Probabilities of logits, in float64."""
    return torch.softmax(outputs.double(), dim=-1)


def sweep(
    module: nn.Module,
    reader: RowReader,
    rows: NDArray[np.intp] | None = None,
    *,
    needs: Collection[Any] = (Proba(),),
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
    needs : collection of Swept
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

    Examples
    --------
    >>> from skal.evidence.sweep import RowReader, sweep
    >>> reader = RowReader(np.zeros((3, 4), dtype=np.float32), torch.float32)
    >>> sweep(nn.Linear(4, 2, bias=False), reader, np.array([2]))
    {Proba(): array([[0.5, 0.5]])}
    """
    n = len(reader) if rows is None else len(rows)
    layers = {layer for need in needs for layer in need.layers}
    n_passes = max((need.passes for need in needs), default=0)
    body, head = split_at_dropout(module) if n_passes else (nn.Identity(), module)
    found = {need: _Collected(need, n) for need in needs}
    with ExitStack() as stack:
        watch = stack.enter_context(_Watch(module, layers))
        masks = stack.enter_context(DropoutMasks(module, seed)) if n_passes else None
        stack.enter_context(evaluation_mode(module))
        ready = _Ready(module, body, head, watch, masks, n_passes, as_proba)
        for start in range(0, n, batch_size):
            part = slice(start, min(start + batch_size, n))
            padded = reader(part if rows is None else rows[part], batch_size).to(device)
            watch.seen.clear()
            batch = _Batch(ready, padded, part.stop - part.start)
            for need, collected in found.items():
                collected.add(need.collect(batch), part)
    return {need: collected.joined() for need, collected in found.items()}


class _Collected:
    """What a need gave batch by batch: an array of n rows, filled as they come."""

    def __init__(self, need: Need, n: int):
        self.need = need
        self.n = n
        self.parts: list[Any] = []

    def add(self, values: Any, part: slice) -> None:
        axis = self.need.axis
        if axis is None:
            self.parts.append(values)
            return
        array = values.cpu().numpy()
        if not self.parts:
            shape = (*array.shape[:axis], self.n, *array.shape[axis + 1 :])
            self.parts.append(np.empty(shape, dtype=array.dtype))
        self.parts[0][(*(slice(None),) * axis, part)] = array

    def joined(self) -> Any:
        return self.need.join(self.parts)
