"""Ask what a small change of the input would turn."""

from tests.strategies.cases._case import Case

CASES: dict[str, Case] = {}
