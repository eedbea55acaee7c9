"""Ask where a path between unlike labels is cut in half."""

from tests.strategies.cases._case import Case

CASES: dict[str, Case] = {}
