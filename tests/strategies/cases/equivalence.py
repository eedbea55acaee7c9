"""Ask what separates hypotheses that would decide differently."""

from tests.strategies.cases._case import Case

CASES: dict[str, Case] = {}
