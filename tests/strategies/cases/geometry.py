"""Cover the pool by distance."""

from tests.strategies.cases._case import Case

CASES: dict[str, Case] = {}
