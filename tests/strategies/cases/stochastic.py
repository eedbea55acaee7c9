"""Batches drawn at random around a ranking, so that near duplicates do not crowd in."""

from skal.strategies import BALD, BALanCe, Margin, Power, Softmax, SoftRank
from tests.strategies.cases._case import Case

CASES: dict[str, Case] = {
    "power": Case(Power(), by_chance=True),
    "power of bald": Case(Power("bald"), by_chance=True),
    "power of margin": Case(Power(Margin(normalize=True)), by_chance=True),
    "power of balance": Case(Power(BALanCe()), by_chance=True),
    "softmax": Case(Softmax(), by_chance=True),
    "softmax of margin": Case(Softmax("margin", beta=5.0), by_chance=True),
    "soft_rank": Case(SoftRank(), by_chance=True),
    "soft_rank of bald": Case(SoftRank(BALD(n_passes=10), beta=2.0), by_chance=True),
}
