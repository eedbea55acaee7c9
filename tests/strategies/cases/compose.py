"""Strategies made of others."""

import numpy as np

from skal.strategies import ClassQuota, Funnel, Schedule, Skip, Subsample, check_strategy
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
    "funnel": Case(Funnel("entropy", "margin", keep=3)),
    "funnel to clusters": Case(Funnel(), by_chance=True),
    "funnel of a share": Case(Funnel("margin", "k_center", keep=0.5)),
    "class quota": Case(ClassQuota("entropy")),
    "class quota of batches": Case(ClassQuota("k_center")),
    "schedule": Case(Schedule([(0, "k_center"), (5, "entropy")])),
    "schedule by rounds": Case(Schedule([(0, "entropy"), (9, "margin")], by="rounds")),
    "function of utilities": Case(check_strategy(doubt)),
    "function of positions": Case(check_strategy(doubtful_rows)),
}
