"""Rankings made of several rankings."""

from skal.strategies import Blend, Margin, PerCost, Product
from tests.strategies.cases._case import Case

CASES = {
    "blend": Case(Blend(weights=[1, 1.37])),
    "blend of values": Case(Blend(["entropy", "least_confidence"], weights=[1, 3], on="values")),
    "product": Case(Product(weights=[1, 1.37])),
    "product of values": Case(Product([Margin(normalize=True), "entropy"], on="values")),
    "per cost": Case(PerCost("least_confidence")),
}
