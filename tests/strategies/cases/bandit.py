"""Learn which strategy pays."""

from tests.strategies.cases._case import Case

CASES: dict[str, Case] = {}
