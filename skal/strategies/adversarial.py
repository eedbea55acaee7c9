"""Ask what a small change of the input would turn."""

from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from skal.evidence import Attack, Need
from skal.strategies._base import UtilityStrategy

__all__ = ["BIM", "DeepFool"]

Floats = NDArray[np.floating]


class DeepFool(UtilityStrategy):
    """Ask first what the smallest change of the input would turn into another class.

    The change is found step by step: each goes to the nearest boundary as the gradients of the
    net show it.

    Parameters
    ----------
    max_steps : int >= 1, default=50
    overshoot : float >= 0, default=0.02
        How far to go beyond a boundary, as a share of the way.

    Notes
    -----
    Utility is minus the length of the change, in (-inf, 0].
    A row that is never turned has the lowest utility: minus the largest length found, minus 1.

    Time O(n c max_steps) gradients at worst; memory O(n).
    Use where a net reads numbers such as pixels and nearness to a boundary is wanted.
    Avoid where time is short: each step takes one gradient for each class.

    References
    ----------
    Ducoffe, Precioso (2018), "Adversarial active learning for deep networks: a margin based
    approach", arXiv 1802.09841; Moosavi-Dezfooli, Fawzi, Frossard (2016), "DeepFool: a simple and
    accurate method to fool deep neural networks", CVPR.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import DeepFool
    >>> DeepFool().utility(size=np.array([0.5, np.inf, 2.0]))
    array([-0.5, -3. , -2. ])
    """

    name: ClassVar[str] = "deepfool"

    def __init__(self, max_steps: int = 50, overshoot: float = 0.02):
        self.max_steps = max_steps
        self.overshoot = overshoot

    def needs(self) -> dict[str, Need]:
        _check_steps(self.max_steps)
        if not isinstance(self.overshoot, Real) or not 0 <= self.overshoot < np.inf:
            raise ValueError(f"overshoot must be a number of at least 0, got {self.overshoot!r}.")
        attack = Attack("deepfool", overshoot=self.overshoot, max_steps=self.max_steps)
        return {"size": attack}

    def utility(self, size: Floats) -> Floats:
        return _minus(size)


class BIM(UtilityStrategy):
    """Ask first what the fewest small steps against the prediction turn into another class.

    Each step moves every number of the input by the same amount, up or down as its gradient says
    (basic iterative method).

    Parameters
    ----------
    step : float > 0, default=0.05
        Size of a step, in the units of the net's input.
    max_steps : int >= 1, default=50

    Notes
    -----
    Utility is minus the squared length of the sum of the steps, in (-inf, 0].
    A row that is never turned has the lowest utility: minus the largest square found, minus 1.

    Time O(n max_steps) gradients at worst; memory O(n).
    Use where a net reads numbers such as pixels and DeepFool takes too long.
    Avoid where many rows take the same number of steps, as large ones do: they are then tied.

    References
    ----------
    Kurakin, Goodfellow, Bengio (2017), "Adversarial examples in the physical world", ICLR
    workshop, arXiv 1607.02533.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import BIM
    >>> BIM().utility(size=np.array([0.045, 0.02, np.inf]))
    array([-0.045, -0.02 , -1.045])
    """

    name: ClassVar[str] = "bim"

    def __init__(self, step: float = 0.05, max_steps: int = 50):
        self.step = step
        self.max_steps = max_steps

    def needs(self) -> dict[str, Need]:
        _check_steps(self.max_steps)
        if not isinstance(self.step, Real) or not 0 < self.step < np.inf:
            raise ValueError(f"step must be a positive number, got {self.step!r}.")
        return {"size": Attack("bim", step=self.step, max_steps=self.max_steps)}

    def utility(self, size: Floats) -> Floats:
        return _minus(size)


def _check_steps(max_steps: int) -> None:
    if not isinstance(max_steps, Integral) or max_steps < 1:
        raise ValueError(f"max_steps must be an int of at least 1, got {max_steps!r}.")


def _minus(size: Floats) -> Floats:
    """Minus the sizes; one more than the largest stands for infinity."""
    finite = np.array(size, dtype=np.float64)
    never = np.isposinf(finite)
    finite[never] = finite.max(where=~never, initial=0) + 1
    return -finite
