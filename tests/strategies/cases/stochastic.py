"""Batches drawn at random around a ranking, so that near duplicates do not crowd in."""

from tests.strategies.cases._case import Case

CASES: dict[str, Case] = {}
