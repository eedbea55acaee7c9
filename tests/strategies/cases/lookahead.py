"""Ask what would make the trained classifier best."""

from tests.strategies.cases._case import Case

CASES: dict[str, Case] = {}
