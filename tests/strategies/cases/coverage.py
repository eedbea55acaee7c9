"""Cover the pool by similarity: one greedy for several kernels."""

from tests.strategies.cases._case import Case

CASES: dict[str, Case] = {}
