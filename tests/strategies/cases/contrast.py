"""Ask by contrast of probabilities."""

from tests.strategies.cases._case import Case

CASES: dict[str, Case] = {}
