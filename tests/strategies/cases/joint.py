"""Bayesian measures of several rows at once."""

from tests.strategies.cases._case import Case

CASES: dict[str, Case] = {}
