"""Ask a sparse subset that stands for the whole pool."""

from tests.strategies.cases._case import Case

CASES: dict[str, Case] = {}
