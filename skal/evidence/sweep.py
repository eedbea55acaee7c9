"""One sweep over a net: rows in, arrays out, nothing of the net or of torch's state disturbed."""

from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from skal.evidence._dropout import DropoutMasks, OwnHook, split_at_dropout
from skal.evidence._need import Need
from skal.evidence._outputs import Proba
from skal.evidence._reader import RowReader, shares_memory
from skal.exceptions import EvidenceError

__all__ = [
    "RowReader",
    "evaluation_mode",
    "penultimate_layer",
    "shares_memory",
    "sweep",
]


# A mode belongs to the module, not to a thread: one that went back to training while another
# predicts would switch on dropout there. So those who evaluate a module are counted.
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
    context manager

    Examples
    --------
    >>> from skal.evidence.sweep import evaluation_mode
    >>> net = nn.Sequential(nn.Linear(4, 2), nn.Dropout(0.5))
    >>> with evaluation_mode(net):
    ...     net[1].training, net(torch.ones(1, 4)).requires_grad
    (False, False)
    >>> net[1].training
    True
    """
    parts = list(module.modules())  # each by itself: BatchNorm may be frozen by its owner
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
        raise EvidenceError(
            f"{type(module).__name__} has no nn.Linear layer whose input could serve as the "
            f"embedding; name a layer: {_layer_names(module)}."
        )
    return linear[-1]


def _layer_names(module: nn.Module) -> str:
    names = [name for name, _ in module.named_modules() if name]
    return ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")


def _watched(module: nn.Module, layers: set[str | None]) -> dict[str | None, nn.Module]:
    """Submodules by the names that needs give them; None is the last linear layer."""
    found = {}
    for layer in layers:
        try:
            found[layer] = module.get_submodule(
                penultimate_layer(module) if layer is None else layer
            )
        except AttributeError:
            raise ValueError(
                f"layer={layer!r} is no layer of {type(module).__name__}; "
                f"it has {_layer_names(module)}."
            ) from None
    return found


class _Ready(NamedTuple):
    """A module that a sweep has made ready."""

    module: nn.Module
    body: nn.Module  # as far as all passes agree
    head: nn.Module  # the rest
    watched: dict[str | None, nn.Module]
    masks: DropoutMasks | None
    n_passes: int
    as_proba: Callable[[torch.Tensor], torch.Tensor]
    in_place: bool  # whether a part may write into what it is given


def _once(compute: Callable[["_Batch"], torch.Tensor]) -> Any:
    """A property that is computed at most once for a batch."""

    # not cached_property: that of Python 3.11 has one lock for all objects, so nets that predict
    # in several threads would wait for each other
    def known(batch: "_Batch") -> torch.Tensor:
        if compute.__name__ not in batch.known:
            batch.known[compute.__name__] = compute(batch)
        return batch.known[compute.__name__]

    return property(known)


class _Batch:
    """One `SweepBatch`; `over` is the sweep, `padded` what the module gets, `n` its true rows."""

    def __init__(self, over: _Ready, padded: torch.Tensor, n: int):
        self.module = over.module
        self.known: dict[str, torch.Tensor] = {}
        self._over = over
        self._padded = padded  # 0007: every batch that reaches a module has one size
        self._n = n
        self._seen: dict[str | None, torch.Tensor] = {}

    @property
    def inputs(self) -> torch.Tensor:
        return self._padded[: self._n]

    @_once
    def outputs(self) -> torch.Tensor:
        return self._watch(self._over.head, self._hidden)[: self._n]

    @_once
    def proba(self) -> torch.Tensor:
        return self._over.as_proba(self.outputs)

    @_once
    def drawn(self) -> torch.Tensor:
        over = self._over
        if over.masks is None:
            raise ValueError("passes must be the number of passes that `collect` reads, got 0.")
        passes = over.masks.passes(over.n_passes)
        draws = [over.head(self._own(self._hidden))[: self._n] for _ in passes]
        return torch.stack([over.as_proba(draw).float() for draw in draws])

    @_once
    def _hidden(self) -> torch.Tensor:
        """What all passes agree on."""
        if isinstance(self._over.body, nn.Identity):
            return self._padded
        return self._watch(self._over.body, self._padded)

    def _watch(self, part: nn.Module, x: torch.Tensor) -> torch.Tensor:
        """Pass a batch through a part of the module, and keep what watched layers give."""
        with ExitStack() as stack:  # no longer than this pass: stochastic ones are not kept
            for layer, watched in self._over.watched.items():
                hook = OwnHook(partial(self._keep, layer))
                stack.callback(watched.register_forward_hook(hook).remove)
            return part(self._own(x))

    def _keep(
        self, layer: str | None, watched: nn.Module, inputs: tuple[Any, ...], output: Any
    ) -> None:
        value = inputs[0] if layer is None else output
        if not isinstance(value, torch.Tensor):
            raise ValueError(
                f"layer={layer!r} ({type(watched).__name__}) gives a "
                f"{type(value).__name__}; name a layer that gives one tensor."
            )
        self._seen[layer] = value.clone()  # an activation that follows may be in place

    def _own(self, x: torch.Tensor) -> torch.Tensor:
        """What a part is given, where others are given the same after it."""
        return x.clone() if self._over.in_place else x

    @property
    def last_layer(self) -> tuple[torch.Tensor, torch.Tensor]:
        # its state, which holds tensors without gradients
        state = self.module.get_submodule(penultimate_layer(self.module)).state_dict()
        weight = state["weight"]
        bias = state["bias"] if "bias" in state else weight.new_zeros(len(weight))
        return weight.cpu(), bias.cpu()

    def layer(self, name: str | None = None) -> torch.Tensor:
        if name not in self._over.watched:
            raise ValueError(
                "layers must name all that `collect` reads, got "
                f"{set(self._over.watched)}; add {name!r}."
            )
        self.outputs  # noqa: B018  the pass that the layer is watched in
        if name not in self._seen:
            last = penultimate_layer(self.module)
            named = f"layer={name!r}" + ("" if name else f", the last linear layer {last!r},")
            raise EvidenceError(
                f"{named} is never called; name another: {_layer_names(self.module)}."
            )
        return self._seen[name].flatten(1)[: self._n]


def _may_write(part: nn.Module) -> bool:
    """Whether a module may work in place on what it is given; what others wrote is not known."""
    home = getattr(part.forward, "__module__", None) or ""
    return getattr(part, "inplace", False) or not home.startswith(("torch.nn.", "skal.nets."))


def softmax(outputs: torch.Tensor) -> torch.Tensor:
    """Probabilities of logits, in float64."""
    # 0007: of float32 outputs too, so that rows sum to 1 as those of scikit-learn do
    return torch.softmax(outputs.double(), dim=1)


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
    watched = _watched(module, {layer for need in needs for layer in need.layers})
    n_passes = max((need.passes for need in needs), default=0)  # fewer are the first of many
    found = {need: _Collected(need, n) for need in needs}
    with ExitStack() as stack:
        # before anything else: it refuses modules without dropout
        masks = stack.enter_context(DropoutMasks(module, seed)) if n_passes else None
        body, head = split_at_dropout(module) if masks else (nn.Identity(), module)
        stack.enter_context(evaluation_mode(module))
        in_place = any(map(_may_write, module.modules()))
        ready = _Ready(module, body, head, watched, masks, n_passes, as_proba, in_place)
        for start in range(0, n, batch_size):
            part = slice(start, min(start + batch_size, n))
            padded = reader(part if rows is None else rows[part], batch_size).to(device)
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
        if not self.parts:  # made once: joining batches at the end would take twice the memory
            shape = (*array.shape[:axis], self.n, *array.shape[axis + 1 :])
            self.parts.append(np.empty(shape, dtype=array.dtype))
        self.parts[0][(*(slice(None),) * axis, part)] = array

    def joined(self) -> Any:
        return self.need.join(self.parts)
