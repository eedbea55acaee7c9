"""Cluster the pool and ask within the clusters."""

from tests.strategies.cases._case import Case

CASES: dict[str, Case] = {}
