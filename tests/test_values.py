"""Whether a parameter has changed: one answer for nets and learners."""

import copy
from functools import partial

import numpy as np
import pytest
import torch
from skorch.callbacks import GradientNormClipping

from skal._values import same_value

NAN = float("nan")


class Unsaid:
    """An object whose repr does not tell what is in it."""

    def __init__(self, value):
        self.value = value

    def __repr__(self):
        return "Unsaid()"


SAME = [
    (NAN, float("nan")),
    ({0: 1.0, 1: NAN}, {0: 1.0, 1: float("nan")}),
    (0.5, np.float64(0.5)),
    (np.arange(3), np.arange(3.0)),
    ([np.arange(3)], [np.arange(3)]),
    (torch.ones(2), torch.ones(2)),
    ([GradientNormClipping(1.0)], [GradientNormClipping(1.0)]),
    (partial(max, 1), partial(max, 1)),
]
OTHER = [
    (1, 1.0),
    (True, 1),
    (None, 0),
    ("a", "b"),
    (np.arange(3), np.arange(4)),
    (np.zeros((1, 2)), np.zeros(2)),
    (torch.ones(2), torch.zeros(2)),
    ([GradientNormClipping(1.0)], [GradientNormClipping(2.0)]),
    (Unsaid(1), Unsaid(2)),
    (lambda: 0, lambda: 0),
]


@pytest.mark.parametrize("first, second", SAME)
def test_equal_content_is_the_same(first, second):
    assert same_value(first, second) and same_value(second, first)
    assert same_value(first, copy.deepcopy(first))


@pytest.mark.parametrize("first, second", OTHER)
def test_other_content_or_another_type_is_not(first, second):
    assert not same_value(first, second) and not same_value(second, first)
