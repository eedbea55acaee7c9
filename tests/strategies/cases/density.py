"""Ask in dense regions."""

from tests.strategies.cases._case import Case

CASES: dict[str, Case] = {}
