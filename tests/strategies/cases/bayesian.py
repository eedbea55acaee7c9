"""Bayesian measures of single rows: how draws of the model doubt and disagree."""

from tests.strategies.cases._case import Case

CASES: dict[str, Case] = {}
