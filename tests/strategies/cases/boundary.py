"""Ask near the decision boundaries in feature space, evenly over the classes."""

from tests.strategies.cases._case import Case

CASES: dict[str, Case] = {}
