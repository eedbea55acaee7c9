"""A good default across budgets."""

from skal.strategies import Auto
from tests.strategies.cases._case import Case

CASES: dict[str, Case] = {
    "auto": Case(Auto(), by_chance=True),  # eight labels of four classes: clusters
    "auto with labels enough": Case(Auto(per_class=2)),
}
