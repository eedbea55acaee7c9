"""DeepFool and BIM: what is done with the sizes of the changes."""

import numpy as np
import pytest

from skal.evidence import Attack
from skal.strategies import BIM, DeepFool


@pytest.mark.parametrize("strategy", [DeepFool(), BIM()])
def test_rows_that_are_never_turned_come_last_and_are_finite(strategy):
    size = np.array([0.5, np.inf, 2.0, np.inf])
    assert strategy.utility(size=size).tolist() == [-0.5, -3.0, -2.0, -3.0]
    assert np.isinf(size[1])  # the array itself stays


@pytest.mark.parametrize("strategy", [DeepFool(), BIM()])
def test_rows_that_are_all_never_turned_are_tied(strategy):
    assert strategy.utility(size=np.full(3, np.inf)).tolist() == [-1.0, -1.0, -1.0]


def test_parameters_reach_the_attack():
    deepfool = DeepFool(max_steps=7, overshoot=0.1).needs()["size"]
    assert deepfool == Attack("deepfool", overshoot=0.1, max_steps=7)
    assert BIM(step=0.2, max_steps=7).needs()["size"] == Attack("bim", step=0.2, max_steps=7)


@pytest.mark.parametrize(
    "strategy",
    [DeepFool(max_steps=0), DeepFool(overshoot=-1), BIM(step=0), BIM(max_steps=1.5)],
)
def test_other_parameters_are_refused(strategy):
    with pytest.raises(ValueError, match=r"must be .* got"):
        strategy.needs()
