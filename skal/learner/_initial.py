"""The initial labelled set: who chooses it, and what only `fit` can do, which knows the labels."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skal.learner._batch import Batch
from skal.strategies import Strategy, check_strategy

__all__ = ["check_initial", "stratified", "until_two_classes"]

STRATIFIED = "stratified"


def check_initial(initial: Any) -> Strategy | None:
    """Make the strategy that chooses the initial set; None stands for "stratified"."""
    if isinstance(initial, str) and initial == STRATIFIED:
        return None
    try:
        strategy = check_strategy(initial)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"initial must be 'random', 'stratified' or a strategy that needs no labels, got "
            f"{initial!r}: {error}"
        ) from None
    wanted = [need for need in strategy.needs().values() if not need.model_free]
    if wanted:
        raise ValueError(
            f"initial={initial!r} needs {wanted[0]}, but nothing is labelled yet; use 'random', "
            "'stratified' or a strategy that needs no labels."
        )
    return strategy


def until_two_classes(
    batch: Batch,
    codes: NDArray[np.intp],
    open_rows: NDArray[np.intp],
    limit: int,
    rng: np.random.Generator,
) -> Batch:
    """Draw on at random, up to `limit` rows, until two classes are among the labels of a batch."""
    rows, n = batch.rows, len(batch)
    others = codes != codes[rows[0]]
    if others[rows].any() or not others[open_rows].any():
        return batch
    rest = rng.permutation(np.setdiff1d(open_rows, rows))[: limit - n]
    new = np.flatnonzero(others[rest])
    more = rest[: new[0] + 1] if len(new) else rest
    # each of them is drawn evenly from those that are left
    evenly = 1 / (len(open_rows) - n - np.arange(len(more)))
    if np.isnan(batch.columns["chance"]).any():  # `pool_error` needs the chances of all rows
        evenly = np.full(len(more), np.nan)
    columns = {
        "utility": np.append(batch.columns["utility"], np.full(len(more), np.nan)),
        "chance": np.append(batch.columns["chance"], evenly),
    }
    return Batch(np.append(rows, more), 0, columns, n_pool=len(codes), seconds=batch.seconds)


def stratified(codes: NDArray[np.intp], n: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Draw every class in proportion, by largest remainders, and at least once if `n` allows."""
    counts = np.bincount(codes)
    exact = n * counts / len(codes)
    quota = np.floor(exact).astype(int)
    if n >= len(counts):
        quota = np.maximum(quota, np.minimum(counts, 1))
    while quota.sum() > n:  # rare classes took more than their share: large ones give way
        quota[np.argmax(np.where(quota > 1, quota - exact, -np.inf))] -= 1
    while quota.sum() < n:  # the largest remainder next, where the class has rows left
        quota[np.argmax(np.where(quota < counts, exact - quota, -np.inf))] += 1
    parts = [
        rng.choice(np.flatnonzero(codes == code), size=size, replace=False)
        for code, size in enumerate(quota)
        if size
    ]
    return rng.permutation(np.concatenate(parts))
