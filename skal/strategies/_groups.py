"""Choosing within groups of candidates, each with its own share of the batch."""

import numpy as np
from numpy.typing import NDArray

from skal.evidence import Evidence
from skal.strategies._base import Choice, Strategy

__all__ = ["choose_within", "even_out", "share_out"]


def share_out(wanted: NDArray[np.floating], room: NDArray[np.intp], n: int) -> NDArray[np.intp]:
    """Whole numbers that sum to `n`, in proportion to `wanted`, none above `room`.

    By largest remainders, ties to the lower group; what a full group leaves goes to the others
    in the same way, and to those that wanted nothing at last.

    Parameters
    ----------
    wanted : array of shape (n_groups,), not negative
    room : int array of shape (n_groups,)
        Sums to at least `n`.
    n : int

    Returns
    -------
    int array of shape (n_groups,)

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies._groups import share_out
    >>> share_out(np.array([2.0, 1.0, 1.0]), np.array([1, 9, 9]), 5)
    array([1, 2, 2])
    """
    sizes = np.zeros(len(room), dtype=np.intp)
    weight = np.maximum(np.asarray(wanted, dtype=np.float64), 0)
    while sizes.sum() < n:
        left = n - sizes.sum()
        is_open = sizes < room
        share = np.where(is_open, weight, 0)
        if share.sum() == 0:
            share = is_open.astype(np.float64)
        exact = left * share / share.sum()
        whole = np.floor(exact + 1e-9).astype(np.intp)
        order = np.lexsort((np.arange(len(exact)), -(exact - whole)))
        whole[order[: left - whole.sum()]] += 1
        sizes = np.minimum(sizes + whole, room)
    return sizes


def even_out(
    targets: NDArray[np.floating], labeled: NDArray[np.intp], room: NDArray[np.intp], n: int
) -> NDArray[np.intp]:
    """Sizes that bring the labelled counts of groups, with `n` more, nearest to target shares.

    Parameters
    ----------
    targets : array of shape (n_groups,), sums to 1
    labeled : int array of shape (n_groups,)
        Counts so far.
    room : int array of shape (n_groups,)
        Candidates of each group.
    n : int

    Returns
    -------
    int array of shape (n_groups,)
    """
    missing = np.maximum(0.0, targets * (labeled.sum() + n) - labeled)
    return share_out(missing, room, n)


def choose_within(
    strategy: Strategy,
    evidence: Evidence,
    groups: NDArray[np.intp],
    sizes: NDArray[np.intp],
    rng: np.random.Generator,
) -> NDArray[np.intp]:
    """Positions that a strategy chooses within each group, the groups taking turns.

    Parameters
    ----------
    strategy : Strategy
    evidence : Evidence
    groups : int array of shape (n_candidates,)
    sizes : int array of shape (n_groups,)
    rng : numpy Generator

    Returns
    -------
    int array of shape (sum of sizes,)
    """
    found, turn = [], []
    for group in np.flatnonzero(sizes):
        members = np.flatnonzero(groups == group)
        choice: Choice = strategy.choose(evidence.part(members), int(sizes[group]), rng)
        found.append(members[choice.positions])
        turn.append(np.arange(sizes[group]))
    order = np.argsort(np.concatenate(turn), kind="stable")
    return np.concatenate(found)[order]
