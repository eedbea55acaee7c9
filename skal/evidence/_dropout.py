"""Stochastic passes: dropout switched on by itself, with masks that all rows of a pass share."""

import math
from collections.abc import Callable, Iterator
from functools import partial
from threading import get_ident
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.modules.dropout import _DropoutNd

from skal.exceptions import EvidenceError

__all__ = ["DropoutMasks", "OwnHook", "split_at_dropout"]

SELU_FLOOR = -1.7580993408473766  # what SELU tends to: "off" for the alpha kinds of dropout
BY_CHANNEL = (nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.FeatureAlphaDropout)
ALPHA = (nn.AlphaDropout, nn.FeatureAlphaDropout)


def dropout_layers(module: nn.Module) -> list[_DropoutNd]:
    """Layers that switch something off in training."""
    # a rate of 0 switches nothing off: passes would all be equal, and must be refused
    return [m for m in module.modules() if isinstance(m, _DropoutNd) and m.p > 0]


def split_at_dropout(module: nn.Module) -> tuple[nn.Module, nn.Module]:
    """What comes before the first dropout layer, which all passes share, and the rest."""
    # only here is it known that steps follow one another, and that nothing goes around them
    if not isinstance(module, nn.Sequential) or type(module).forward is not nn.Sequential.forward:
        return nn.Identity(), module
    steps = list(module)
    first = next(k for k, step in enumerate(steps) if dropout_layers(step))
    return nn.Sequential(*steps[:first]), nn.Sequential(*steps[first:])


class OwnHook:
    """Forward hook that acts in the thread that made it, and in no copy of the module.

    Modules are shared: while one thread measures, another may predict, measure or pickle.
    """

    def __init__(self, act: Callable[[Any, tuple[Any, ...], Any], Any] | None = None):
        self.act = act
        self.thread = get_ident()

    def __call__(self, module: nn.Module, inputs: tuple[Any, ...], output: Any) -> Any:
        if self.act is None or get_ident() != self.thread:
            return None
        return self.act(module, inputs, output)

    def __reduce__(self) -> Any:
        return OwnHook, ()  # a copy or pickle made meanwhile keeps a hook that does nothing


class DropoutMasks:
    """Gives every dropout layer of a module, left in evaluation mode, a mask for each pass.

    The masks follow from the seed alone: nothing global is drawn from, and all batches see them.

    Parameters
    ----------
    module : nn.Module
    seed : int
    """

    def __init__(self, module: nn.Module, seed: int):
        self.seed = seed
        self.layers = dropout_layers(module)
        if not self.layers:
            raise EvidenceError(
                f"{type(module).__name__} has no dropout layer, so all its passes would be "
                "equal; set dropout=0.2 or so, add nn.Dropout to the module, or use a NetEnsemble."
            )
        self._pass: int | None = None
        self._masks: dict[tuple[int, int, torch.Size], torch.Tensor] = {}
        self._handles: list[Any] = []

    def __enter__(self) -> "DropoutMasks":
        for k, layer in enumerate(self.layers):
            self._handles.append(layer.register_forward_hook(OwnHook(partial(self._drop, k))))
        return self

    def __exit__(self, *_: object) -> None:
        for handle in self._handles:
            handle.remove()

    def passes(self, n: int) -> Iterator[int]:
        """Switch from mask to mask; off again afterwards."""
        try:
            for self._pass in range(n):
                yield self._pass
        finally:
            self._pass = None

    def _drop(self, k: int, layer: _DropoutNd, inputs: tuple[torch.Tensor, ...], _: Any) -> Any:
        if self._pass is None:  # the plain pass of the same sweep
            return None
        x = inputs[0]
        shape = x.shape[1:]
        if isinstance(layer, BY_CHANNEL):
            shape = torch.Size((x.shape[1], *(1 for _ in x.shape[2:])))
        key = (self._pass, k, shape)
        if key not in self._masks:
            # 0010: of the seed, the pass and the layer alone, so that all batches see one mask
            seeds = np.random.SeedSequence([self.seed, self._pass, k])
            word = seeds.generate_state(1, np.uint64)[0] >> np.uint64(1)
            rng = torch.Generator().manual_seed(int(word))  # of the CPU, whatever the device is
            self._masks[key] = (torch.rand(shape, generator=rng) >= layer.p).float()
        mask = self._masks[key].to(x)
        if not isinstance(layer, ALPHA):
            return x * (mask / (1 - layer.p) if layer.p < 1 else mask)
        # Klambauer, Unterthiner, Mayr, Hochreiter (2017), "Self-normalizing neural networks": what
        # is off is at SELU's floor; scale and shift keep mean 0 and variance 1
        scale = 1 / math.sqrt((1 - layer.p) * (1 + layer.p * SELU_FLOOR**2)) if layer.p < 1 else 0.0
        return scale * (x * mask + SELU_FLOOR * (1 - mask) - SELU_FLOOR * layer.p)
