"""Ask what would make the trained classifier best."""

from skal.strategies import ExpectedErrorReduction
from tests.strategies.cases._case import Case

CASES: dict[str, Case] = {
    "expected_error_reduction": Case(ExpectedErrorReduction(), by_chance=True),
}
