"""A good default across budgets."""

from tests.strategies.cases._case import Case

CASES: dict[str, Case] = {}
