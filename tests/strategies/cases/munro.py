"""Munro's family of diversity sampling."""

from tests.strategies.cases._case import Case

CASES: dict[str, Case] = {}
