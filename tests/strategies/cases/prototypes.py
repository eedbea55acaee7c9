"""Ask what the labelled rows of its predicted class explain badly."""

from tests.strategies.cases._case import Case

CASES: dict[str, Case] = {}
