"""Filling a batch up, and dividing it between groups of candidates."""

import numpy as np
from numpy.typing import NDArray

from skal.evidence import Evidence
from skal.measures import turn_of
from skal.strategies._base import Choice, Strategy, check_choice, top
from skal.strategies._space import Euclid, farthest_first

__all__ = ["choose_within", "even_out", "fill_best", "fill_farthest", "in_turns"]

Floats = NDArray[np.floating]
Ints = NDArray[np.intp]


# ---------------------------------------------------------------- up to n rows


def fill_best(
    chosen: Ints | list[int], n: int, utility: Floats, rng: np.random.Generator | None = None
) -> Ints:
    """The rows chosen, then those of largest utility until there are n.

    Ties are broken at random, or go to the first row where no generator is given.
    """
    chosen = np.asarray(chosen, dtype=np.intp)
    left = np.setdiff1d(np.arange(len(utility)), chosen)
    if rng is None:
        more = np.argsort(-utility[left], kind="stable")[: n - len(chosen)]
    else:
        more = top(utility[left], n - len(chosen), rng)
    return np.concatenate([chosen, left[more]])


def fill_farthest(points: Floats, chosen: Ints, n: int) -> Ints:
    """The rows chosen, then the farthest from them until there are n."""
    if len(chosen) == n:
        return chosen
    space = Euclid(points)
    reach = space.to_nearest(points[chosen])
    reach[chosen] = -np.inf
    more, _ = farthest_first(reach, None, space.to_row, n - len(chosen))
    return np.concatenate([chosen, more])


# ---------------------------------------------------------------- between groups


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
    >>> from skal.strategies._fill import even_out
    >>> even_out(np.array([0.5, 0.5]), np.array([6, 2]), np.array([9, 9]), 8)
    array([2, 6])
    """
    wanted = np.maximum(0, shares * (n_labeled.sum() + n) - n_labeled)
    given = np.zeros(len(room), dtype=np.intp)
    # more than once: what a full group was given too much goes to those that are open
    while (left := n - int(given.sum())) > 0:
        is_open = given < room
        options = (wanted * is_open, shares * is_open, room * is_open)
        weight = next(w for w in options if w.sum() > 0)
        quotas = left * weight / weight.sum()
        whole = np.floor(quotas + 1e-9).astype(np.intp)  # 2.9999999999 is 3
        whole[np.argsort(whole - quotas, kind="stable")[: left - whole.sum()]] += 1
        given = np.minimum(room, given + whole)
    return given


def choose_within(
    strategy: Strategy, evidence: Evidence, groups: Ints, sizes: Ints, rng: np.random.Generator
) -> Choice:
    """What a strategy chooses within each group, with its notes of single rows.

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
    choices = []
    for group in np.flatnonzero(sizes):
        members = np.flatnonzero(groups == group)
        part, n = evidence.part(members), int(sizes[group])
        found = check_choice(strategy.choose(part, n, rng), n, part, strategy)
        choices.append(found.among(members))
    chosen = np.concatenate([choice.positions for choice in choices])
    utility = np.concatenate([choice.utility for choice in choices])
    order = np.lexsort((turn_of(groups[chosen]), -utility))  # NaN: in turns
    notes = [choice.row_notes or {} for choice in choices]
    row_notes = {
        name: np.concatenate([part[name] for part in notes])[order]
        for name in notes[0]
        if all(name in part for part in notes)
    }
    # no notes of the whole, of which each group has its own
    return Choice(chosen[order], utility[order], row_notes=row_notes or None)


def in_turns(lists: list[Ints]) -> Ints:
    """First of each list, then second of each, and so on."""
    if not lists:
        return np.empty(0, dtype=np.intp)
    group = np.repeat(np.arange(len(lists)), [len(part) for part in lists])
    return np.concatenate(lists)[np.lexsort((group, turn_of(group)))]
