"""Ask a sparse subset that stands for the whole pool."""

from skal.strategies import ACSFW, SparseApproximation
from tests.strategies.cases._case import Case

CASES: dict[str, Case] = {
    "acs_fw": Case(ACSFW()),
    "acs_fw with entropy": Case(ACSFW(gamma=0.7)),
    "sparse_approximation": Case(SparseApproximation()),
    "sparse_approximation without uncertainty": Case(SparseApproximation(alpha=0.0)),
}
