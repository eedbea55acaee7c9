"""Query by committee: ask where its members disagree."""

from tests.strategies.cases._case import Case

CASES: dict[str, Case] = {}
