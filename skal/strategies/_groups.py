"""Choosing within groups of candidates, each with its own share of the batch."""

import numpy as np
from numpy.typing import NDArray

from skal.evidence import Evidence
from skal.strategies._base import Choice, Strategy

__all__ = ["choose_within", "even_out", "in_turns", "turn_of"]

Floats = NDArray[np.floating]
Ints = NDArray[np.intp]


def even_out(shares: Floats, n_labeled: Ints, room: Ints, n: int) -> Ints:
    """Rows to ask of each group, so that all labels come nearest to the wanted shares.

    A group wants share * (labels so far + n) - its labels, or 0 if that is negative. `n` is
    divided in proportion, by largest remainders, ties to the lower group. What a group has no
    room for goes to the others: to those that want more, then by share, then by room.

    Parameters
    ----------
    shares : array of shape (n_groups,), sums to 1
    n_labeled : int array of shape (n_groups,)
    room : int array of shape (n_groups,)
        Candidates of each group; at least `n` in all.
    n : int

    Returns
    -------
    int array of shape (n_groups,), summing to n

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies._groups import even_out
    >>> even_out(np.array([0.5, 0.5]), np.array([6, 2]), np.array([9, 9]), 8)
    array([2, 6])
    """
    wanted = np.maximum(0, shares * (n_labeled.sum() + n) - n_labeled)
    given = np.zeros(len(room), dtype=np.intp)
    while (left := n - int(given.sum())) > 0:
        is_open = given < room
        options = (wanted * is_open, shares * is_open, room * is_open)
        weight = next(w for w in options if w.sum() > 0)
        given = np.minimum(room, given + _largest_remainders(left * weight / weight.sum()))
    return given


def _largest_remainders(quotas: Floats) -> Ints:
    """Round to ints of the same sum; ties go to the first."""
    whole = np.floor(quotas + 1e-9).astype(np.intp)  # 2.9999999999 is 3
    missing = round(quotas.sum()) - whole.sum()
    whole[np.argsort(whole - quotas, kind="stable")[:missing]] += 1
    return whole


def choose_within(
    strategy: Strategy, evidence: Evidence, groups: Ints, sizes: Ints, rng: np.random.Generator
) -> Choice:
    """What a strategy chooses within each group.

    In the order of the utilities, or in turns where the strategy gives none.

    Parameters
    ----------
    strategy : Strategy
    evidence : Evidence
    groups : int array of shape (n_candidates,)
    sizes : int array of shape (n_groups,)
    rng : numpy Generator

    Returns
    -------
    Choice
    """
    positions, utility = [], []
    for group in np.flatnonzero(sizes):
        members = np.flatnonzero(groups == group)
        choice = strategy.choose(evidence.part(members), int(sizes[group]), rng)
        positions.append(members[choice.positions])
        utility.append(choice.utility)
    chosen, worth = np.concatenate(positions), np.concatenate(utility)
    order = np.lexsort((turn_of(groups[chosen]), -worth))  # NaN: in turns
    return Choice(chosen[order], worth[order])


def turn_of(group: Ints) -> Ints:
    """How many rows of its group stand before each row, (n,)."""
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    turn = np.empty(len(group), dtype=np.intp)
    turn[order] = np.arange(len(group)) - np.searchsorted(ordered, ordered)
    return turn


def in_turns(lists: list[Ints]) -> Ints:
    """First of each list, then second of each, and so on."""
    if not lists:
        return np.empty(0, dtype=np.intp)
    group = np.repeat(np.arange(len(lists)), [len(part) for part in lists])
    return np.concatenate(lists)[np.lexsort((group, turn_of(group)))]
