"""The table of strategies: one row each, arrays in, utilities or positions out.

A new strategy is one more `Case` in the file of its family; the generic checks in
test_invariants.py find it here.
"""

from tests.strategies.cases import (
    adversarial,
    approximation,
    auto,
    bandit,
    bayesian,
    blend,
    boundary,
    cluster,
    committee,
    compose,
    contrast,
    coverage,
    density,
    equivalence,
    geometry,
    gradient,
    graph,
    joint,
    lookahead,
    munro,
    prototypes,
    stochastic,
    uncertainty,
)
from tests.strategies.cases._case import Case

FAMILIES = (
    uncertainty,
    bayesian,
    joint,
    equivalence,
    committee,
    stochastic,
    geometry,
    coverage,
    density,
    cluster,
    munro,
    boundary,
    prototypes,
    gradient,
    approximation,
    adversarial,
    contrast,
    graph,
    lookahead,
    bandit,
    auto,
    blend,
    compose,
)
CASES: dict[str, Case] = {name: case for family in FAMILIES for name, case in family.CASES.items()}
