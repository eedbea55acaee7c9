"""DeepFool and BIM: what is done with the sizes of the changes."""

import numpy as np
import pytest

from skal.evidence import Attack
from skal.strategies import BIM, DeepFool


@pytest.mark.parametrize("strategy", [DeepFool(), BIM()])
def test_rows_that_are_never_turned_come_last_and_are_finite(strategy):
    size = np.array([0.5, np.inf, 2.0, np.inf])
    assert strategy.utility(attack=size).tolist() == [-0.5, -3.0, -2.0, -3.0]
    assert np.isinf(size[1])  # the array itself stays


@pytest.mark.parametrize("strategy", [DeepFool(), BIM()])
def test_rows_that_are_all_never_turned_are_tied(strategy):
    assert strategy.utility(attack=np.full(3, np.inf)).tolist() == [-1.0, -1.0, -1.0]


def test_parameters_reach_the_attack():
    deepfool = DeepFool(max_steps=7, overshoot=0.1).needs()["attack"]
    assert deepfool == Attack("deepfool", overshoot=0.1, max_steps=7)
    assert BIM(step=0.2, max_steps=7).needs()["attack"] == Attack("bim", step=0.2, max_steps=7)
