"""Strategies made of others."""

import numpy as np

from skal.strategies import Skip, Subsample, check_strategy
from tests.strategies.cases._case import Case


def doubt(proba):
    return 1 - proba.max(axis=1)


def doubtful_rows(proba, n, rng):
    return np.lexsort((rng.random(len(proba)), proba.max(axis=1)))[:n]


CASES = {
    "skip": Case(Skip("entropy", n_skip=2)),
    "skip nothing": Case(Skip("margin", n_skip=0)),
    "subsample": Case(Subsample("entropy", max_candidates=8), by_chance=True),
    "subsample all": Case(Subsample("margin", max_candidates=1.0)),
    "subsample of skip": Case(
        Subsample(Skip("margin", n_skip=1), max_candidates=8), by_chance=True
    ),
    "function of utilities": Case(check_strategy(doubt)),
    "function of positions": Case(check_strategy(doubtful_rows)),
}
