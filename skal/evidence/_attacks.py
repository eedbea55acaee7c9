"""Adversarial attacks: how little a row must change for another class to win."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from skal.evidence._need import SweepBatch, Swept

if TYPE_CHECKING:
    import torch
    from torch import nn

__all__ = ["Attack"]


@dataclass(frozen=True)
class Attack(Swept):
    """Size of the smallest change found that turns a row's predicted class, (n,); inf: none.

    Parameters
    ----------
    method : {"deepfool", "bim"}, default="deepfool"
        "deepfool": length of the path to the nearest linearised boundary; "bim": squared length
        of the sum of signed gradient steps.
    step : float > 0, default=0.05
        Step of "bim", in units of the net's input.
    overshoot : float >= 0, default=0.02
        How far "deepfool" goes beyond a boundary, as a share.
    max_steps : int >= 1, default=50
    """

    judges = True
    advice: ClassVar[str] = "use a net (ANNClassifier, CNNClassifier, NetClassifier)."
    method: str = "deepfool"
    step: float = 0.05
    overshoot: float = 0.02
    max_steps: int = 50

    @property
    def words(self) -> str:
        return f"attack ({self.method})"

    def __post_init__(self) -> None:
        if self.method not in ("deepfool", "bim"):
            raise ValueError(f"method must be 'deepfool' or 'bim', got {self.method!r}.")

    def collect(self, batch: SweepBatch) -> Any:
        import torch

        with torch.inference_mode(False), torch.enable_grad():
            rows = batch.inputs.clone()  # a tensor made in inference mode takes no gradients
            if self.method == "deepfool":
                return deepfool(batch.module, rows, self.overshoot, self.max_steps)
            return bim(batch.module, rows, self.step, self.max_steps)


def deepfool(
    module: "nn.Module", batch: "torch.Tensor", overshoot: float, max_steps: int
) -> "torch.Tensor":
    """Length of the path of steps to the nearest linearised boundary.

    Moosavi-Dezfooli, Fawzi, Frossard (2016), "DeepFool", CVPR, algorithm 2.
    """
    import torch

    size = torch.full((len(batch),), torch.inf, dtype=torch.float64, device=batch.device)
    moved, length = torch.zeros_like(batch), torch.zeros_like(size)
    # 0007: only rows that still hold out are passed on; filling batches up took up to twice as long
    open_rows = torch.arange(len(batch), device=batch.device)
    start = module(batch.clone()).argmax(dim=1)
    for _ in range(max_steps):
        x = (batch[open_rows] + moved[open_rows]).detach().requires_grad_()
        logits = module(x.clone())  # which a module may work on in place
        gradients = torch.stack(  # (n_classes, n_open, ...)
            [
                # of the sum: rows do not reach each other's logits, so each gets its own gradient
                torch.autograd.grad(logits[:, k].sum(), x, retain_graph=True)[0]
                for k in range(logits.shape[1])
            ]
        )
        me = start[open_rows]
        at = torch.arange(len(me), device=x.device)
        slope = (gradients - gradients[me, at]).flatten(2)  # of class k against the predicted one
        gap = (logits - logits[at, me][:, None]).detach().T.abs()  # (n_classes, n_open)
        steep = slope.norm(dim=2)  # (n_classes, n_open)
        # algorithm 2: |f'_k| / ||w'_k||; what moves along with the predicted class is never reached
        distance = torch.where(steep > 0, gap / steep, torch.inf)
        distance[me, at] = torch.inf
        nearest, to = distance.min(dim=0)
        can = nearest.isfinite()
        open_rows, to, nearest, at = open_rows[can], to[can], nearest[can], at[can]
        if not len(open_rows):
            break
        direction = slope[to, at] / steep[to, at][:, None]
        step = (nearest[:, None] * direction).reshape(moved[open_rows].shape)
        moved[open_rows] += step
        length[open_rows] += nearest.double()
        # on the boundary itself it is a tie; what lies beyond does not count as length
        beyond = batch[open_rows] + (1 + overshoot) * moved[open_rows]
        with torch.no_grad():
            flipped = module(beyond).argmax(dim=1) != start[open_rows]
        size[open_rows[flipped]] = length[open_rows[flipped]]
        open_rows = open_rows[~flipped]
        if not len(open_rows):
            break
    return size


def bim(module: "nn.Module", batch: "torch.Tensor", step: float, max_steps: int) -> "torch.Tensor":
    """Squared length of the sum of signed gradient steps.

    Kurakin, Goodfellow, Bengio (2017), "Adversarial examples in the physical world", ICLR.
    """
    import torch

    size = torch.full((len(batch),), torch.inf, dtype=torch.float64, device=batch.device)
    moved = torch.zeros_like(batch)
    open_rows = torch.arange(len(batch), device=batch.device)
    start = module(batch.clone()).argmax(dim=1).detach()
    for _ in range(max_steps):
        x = (batch[open_rows] + moved[open_rows]).detach().requires_grad_()
        loss = torch.nn.functional.cross_entropy(
            module(x.clone()), start[open_rows], reduction="sum"
        )
        (slope,) = torch.autograd.grad(loss, x)
        can = slope.flatten(1).any(dim=1)  # a saturated softmax points nowhere
        open_rows, slope = open_rows[can], slope[can]
        if not len(open_rows):
            break
        moved[open_rows] += step * slope.sign()
        with torch.no_grad():
            flipped = module(batch[open_rows] + moved[open_rows]).argmax(dim=1) != start[open_rows]
        done = open_rows[flipped]
        size[done] = moved[done].flatten(1).double().square().sum(dim=1)
        open_rows = open_rows[~flipped]
        if not len(open_rows):
            break
    return size
