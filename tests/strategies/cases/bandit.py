"""Learn which strategy pays."""

from skal.strategies import ALBL
from tests.strategies.cases._case import Case

CASES: dict[str, Case] = {
    "albl": Case(ALBL(), by_chance=True),
    "albl of two": Case(ALBL(["entropy", "random"], p_min=0.1), by_chance=True),
}
