"""Typical rows at first, then the margin."""

import numpy as np
import pytest

from skal.strategies import Auto, Margin, TypiClust
from tests.strategies.oracle import evidence_of, random_proba


@pytest.mark.parametrize(
    ("n_labeled", "n_classes", "expected"),
    [(0, 10, TypiClust), (49, 10, TypiClust), (50, 10, Margin), (10, 2, Margin), (9, 2, TypiClust)],
)
def test_the_turn_goes_by_labels_for_each_class(n_labeled, n_classes, expected):
    assert type(Auto().current(n_labeled, n_classes)) is expected


@pytest.mark.parametrize(("n_labeled", "expected"), [(6, TypiClust()), (8, Margin())])
def test_it_asks_what_the_strategy_of_its_turn_asks(n_labeled, expected):
    evidence = evidence_of(random_proba(40), n_labeled=n_labeled)  # four classes
    chosen = Auto(per_class=2).choose(evidence, 5, np.random.default_rng(0)).positions
    same = expected.choose(evidence, 5, np.random.default_rng(0)).positions
    assert chosen.tolist() == same.tolist()


def test_the_space_is_passed_on():
    assert Auto(space="2").current(0, 3).space == "2"
