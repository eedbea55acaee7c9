"""Ask by the gradients of the last layer, which are kept as two factors."""

from tests.strategies.cases._case import Case

CASES: dict[str, Case] = {}
