"""The initial labelled set."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skal.evidence import (
    Attack,
    CommitteeProba,
    Embedding,
    Evidence,
    Given,
    Head,
    Inputs,
    Labeled,
    Labels,
    Logits,
    MCProba,
    Model,
    Need,
    Past,
    PoolCache,
    Proba,
    RiskAfter,
    Rounds,
    Scores,
    about,
)
from skal.strategies import Choice, Strategy, check_strategy

__all__ = ["check_initial", "compares_classes", "first_rows"]

STRATIFIED = "stratified"
JUDGEMENTS = (Attack, CommitteeProba, Head, Logits, MCProba, Model, Proba, RiskAfter, Scores)


def check_initial(initial: Any) -> Strategy | None:
    """The strategy that chooses the initial set; None stands for "stratified"."""
    if isinstance(initial, str) and initial == STRATIFIED:
        return None
    try:
        strategy = check_strategy(initial)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"initial={initial!r} must be 'random', 'stratified' or a strategy that needs no "
            f"labels: {error}"
        ) from None
    wanted = [need for need in strategy.needs().values() if not _needs_no_model(need)]
    if wanted:
        raise ValueError(
            f"initial={initial!r} needs {wanted[0]}, but nothing is labelled yet; use 'random', "
            "'stratified' or a strategy that needs no labels."
        )
    return strategy


def _needs_no_model(need: Need) -> bool:
    if isinstance(need, Labeled):
        return not need.required and _needs_no_model(need.of)
    free = Given | Inputs | Labels | Past | Rounds
    return isinstance(need, free) or need == Embedding()


def compares_classes(strategy: Strategy) -> bool:
    """Whether a strategy means nothing while the classifier knows a single class."""
    return any(isinstance(about(need), JUDGEMENTS) for need in strategy.needs().values())


def first_rows(
    strategy: Strategy | None,
    X: Any,
    y: NDArray[np.intp],
    n: int,
    limit: int,
    rng: np.random.Generator,
    kept: PoolCache | None = None,
) -> Choice:
    """Rows of the initial set; drawn on, up to `limit`, until two classes are among them.

    `y` are class columns; only "stratified" and the two-class rule read them.
    """
    if strategy is None:
        rows = _stratified(y, n, rng)
        chosen = Choice(rows, np.full(n, np.nan))
    else:
        evidence = Evidence(None, X, np.arange(len(y)), pool_cache=kept)
        chosen = strategy.choose(evidence, n, rng)._replace(notes=None)
    rows = chosen.positions
    others = np.flatnonzero(y != y[rows[0]])
    if len(others) and (y[rows] == y[rows[0]]).all() and n < limit:
        rest = rng.permutation(np.setdiff1d(np.arange(len(y)), rows))[: limit - n]
        new = np.flatnonzero(y[rest] != y[rows[0]])
        more = rest[: new[0] + 1] if len(new) else rest
        nothing, evenly = np.full(len(more), np.nan), 1 / (len(y) - n - np.arange(len(more)))
        return Choice(
            np.append(rows, more),
            np.append(chosen.utility, nothing),
            chance=None if chosen.chance is None else np.append(chosen.chance, evenly),
        )
    return chosen


def _stratified(y: NDArray[np.intp], n: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Every class in proportion, by largest remainders, and at least once if `n` allows."""
    counts = np.bincount(y)
    exact = n * counts / len(y)
    quota = np.floor(exact).astype(int)
    if n >= (counts > 0).sum():
        quota = np.maximum(quota, counts > 0)
    while quota.sum() > n:  # rare classes took more than their share: large ones give way
        quota[np.argmax(np.where(quota > 1, quota - exact, -np.inf))] -= 1
    while quota.sum() < n:
        quota[np.argmax(np.where(quota < counts, exact - quota, -np.inf))] += 1
    parts = [
        rng.choice(np.flatnonzero(y == label), size=size, replace=False)
        for label, size in enumerate(quota)
        if size
    ]
    return rng.permutation(np.concatenate(parts))
