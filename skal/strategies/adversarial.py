"""Ask what a small change of the input would turn."""

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skal._compat import Interval
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
    >>> DeepFool().utility(attack=np.array([0.5, np.inf, 2.0]))
    array([-0.5, -3. , -2. ])
    """

    name: ClassVar[str] = "deepfool"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "max_steps": [Interval(Integral, 1, None, closed="left")],
        "overshoot": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(self, max_steps: int = 50, overshoot: float = 0.02):
        self.max_steps = max_steps
        self.overshoot = overshoot

    @property
    def never_positive(self) -> bool:
        return True

    def needs(self) -> dict[str, Need]:
        attack = Attack("deepfool", overshoot=self.overshoot, max_steps=self.max_steps)
        return {"attack": attack}

    def utility(self, attack: Floats) -> Floats:
        return _minus(attack)


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
    >>> BIM().utility(attack=np.array([0.045, 0.02, np.inf]))
    array([-0.045, -0.02 , -1.045])
    """

    name: ClassVar[str] = "bim"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "step": [Interval(Real, 0, None, closed="neither")],
        "max_steps": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, step: float = 0.05, max_steps: int = 50):
        self.step = step
        self.max_steps = max_steps

    @property
    def never_positive(self) -> bool:
        return True

    def needs(self) -> dict[str, Need]:
        return {"attack": Attack("bim", step=self.step, max_steps=self.max_steps)}

    def utility(self, attack: Floats) -> Floats:
        return _minus(attack)


def _minus(attack: Floats) -> Floats:
    """Minus the sizes; one more than the largest stands for infinity, which cannot be ranked."""
    finite = np.array(attack, dtype=np.float64)
    never = np.isposinf(finite)  # no attack turned the row
    finite[never] = finite.max(where=~never, initial=0) + 1
    return -finite
