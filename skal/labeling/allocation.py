"""Whom to ask what, for the most information, utility or agreement that money buys."""

from numbers import Real

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

from skal.labeling._votes import Floats, Ints
from skal.labeling._voting import USUAL
from skal.measures import entropy

__all__ = [
    "again_or_new",
    "expected_information",
    "iethresh",
    "information_per_cost",
    "known_confusion",
    "posterior_after",
    "spend_budget",
]

NEWCOMER = 10  # answers up to which, and with how many more, a person is taken to be as usual
CELLS = 10**6  # of the table of an exact choice
UNITS = (1.0, 0.5, 0.25, 0.1, 0.05, 0.01)  # in which costs are looked for to be whole


# ---------------------------------------------------------------- whom


def expected_information(proba: ArrayLike, confusion: ArrayLike) -> Floats:
    """Compute how much an answer of each person is expected to tell of each item, in nats.

    Parameters
    ----------
    proba : array of shape (n_items, n_classes)
        What is believed of the items.
    confusion : array of shape (n_annotators, n_classes, n_classes)
        Rows are the true class, columns the answer; rows sum to 1.

    Returns
    -------
    array of shape (n_items, n_annotators)
        The mutual information of class and answer, H(p' C) - sum of p_k H(C_k): 0 for who answers
        the same whatever is true, at most the entropy of the item.

    Examples
    --------
    >>> from skal.labeling import expected_information
    >>> expert = [[0.9, 0.05, 0.05], [0.05, 0.9, 0.05], [0.05, 0.05, 0.9]]
    >>> expected_information([[0.5, 0.3, 0.2], [0.9, 0.05, 0.05]], [expert]).round(6)
    array([[0.65449 ],
           [0.212726]])
    """
    p, C = _proba_and_confusion(proba, confusion)
    answers = np.einsum("nk,mkl->nml", p, C)  # how likely each answer is
    spread = np.einsum("nk,mk->nm", p, entropy(C))  # what stays open if the class were known
    return np.maximum(0, entropy(answers) - spread)


def information_per_cost(
    proba: ArrayLike,
    confusion: ArrayLike,
    costs: ArrayLike | None = None,
    *,
    n_answers: ArrayLike | None = None,
    available: ArrayLike | None = None,
) -> Floats:
    """Rank pairs of items and people by expected information per cost; the largest is asked first.

    Parameters
    ----------
    proba : array of shape (n_items, n_classes)
    confusion : array of shape (n_annotators, n_classes, n_classes)
    costs : array of shape (n_annotators,), default=None
        Of an answer of each; None: the same for all.
    n_answers : array of shape (n_annotators,), default=None
        Answers that each confusion was learned from, such as ``Aggregate.n_shared``: see
        `known_confusion`. None: the confusions are known.
    available : bool array of shape (n_items, n_annotators), default=None
        Who may be asked what; False gives minus infinity.

    Returns
    -------
    array of shape (n_items, n_annotators)

    Examples
    --------
    A student at a fifth of the price is asked before the expert:

    >>> import numpy as np
    >>> from skal.labeling import information_per_cost
    >>> expert, student = (np.where(np.eye(3), q, (1 - q) / 2) for q in (0.9, 0.7))
    >>> information_per_cost([[0.5, 0.3, 0.2]], [expert, student], costs=[5, 1]).round(6)
    array([[0.130898, 0.258971]])
    """
    C = np.asarray(confusion, dtype=np.float64)
    if n_answers is not None:
        C = known_confusion(C, n_answers)
    found = expected_information(proba, C)
    if costs is not None:
        found = found / _positive("costs", costs, len(C))
    return found if available is None else np.where(available, found, -np.inf)


def known_confusion(confusion: ArrayLike, n_answers: ArrayLike) -> Floats:
    """Add usual answers to what few tell of a person, so that newcomers are asked.

    Parameters
    ----------
    confusion : array of shape (n_annotators, n_classes, n_classes)
    n_answers : array of shape (n_annotators,)
        That each was learned from. Below ten, ten more are added that are right with probability
        0.8 and otherwise even over the other classes.

    Returns
    -------
    array of shape (n_annotators, n_classes, n_classes)

    Examples
    --------
    >>> from skal.labeling import known_confusion
    >>> known_confusion([[[0.0, 1.0], [0.0, 1.0]]] * 2, [0, 10]).round(6).tolist()
    [[[0.8, 0.2], [0.2, 0.8]], [[0.0, 1.0], [0.0, 1.0]]]
    """
    C, n = np.asarray(confusion, dtype=np.float64), np.asarray(n_answers, dtype=np.float64)
    c = C.shape[-1]
    usual = np.where(np.eye(c), USUAL, (1 - USUAL) / max(1, c - 1))
    own = np.where(n < NEWCOMER, n / (n + NEWCOMER), 1.0)[:, None, None]
    return own * np.where(own > 0, C, 0) + (1 - own) * usual


def posterior_after(proba: ArrayLike, confusion: ArrayLike, answer: int) -> Floats:
    """Update what is believed of items by an answer of one person.

    Parameters
    ----------
    proba : array of shape (..., n_classes)
    confusion : array of shape (n_classes, n_classes)
        Of that person.
    answer : int
        Column of the class that was answered.

    Returns
    -------
    array of shape (..., n_classes)

    Examples
    --------
    >>> import numpy as np
    >>> from skal.labeling import posterior_after
    >>> posterior_after([0.5, 0.3, 0.2], np.where(np.eye(3), 0.7, 0.15), 1).round(6)
    array([0.238095, 0.666667, 0.095238])
    """
    joint = np.asarray(proba, dtype=np.float64) * np.asarray(confusion, dtype=np.float64)[:, answer]
    total = joint.sum(axis=-1, keepdims=True)
    if not (total > 0).all():
        raise ValueError(
            f"`answer` must be possible, got {answer}, which `confusion` gives probability 0 for "
            "every class that `proba` allows; smooth the confusion."
        )
    return joint / total


def iethresh(rewards: list[ArrayLike], *, epsilon: float = 0.9) -> tuple[Floats, NDArray[np.bool_]]:
    """Choose people by the upper end of how often they agreed with the majority.

    Parameters
    ----------
    rewards : list of arrays
        One a person, of 1 for agreement and 0 else. It should begin with 0 and 1, so that little
        known people are tried.
    epsilon : float in (0, 1], default=0.9
        Who reaches this share of the largest upper end is asked.

    Returns
    -------
    upper : array of shape (n_annotators,)
        mean + t(0.975, k - 1) s / sqrt(k) of k rewards.
    asked : bool array of shape (n_annotators,)

    References
    ----------
    Donmez, Carbonell, Schneider (2009), "Efficiently learning the accuracy of labeling sources for
    selective sampling", KDD.

    Examples
    --------
    >>> from skal.labeling import iethresh
    >>> upper, asked = iethresh([[0, 1, 1, 1], [0, 1, 1, 0]])
    >>> upper.round(6), asked
    (array([1.545612, 1.418693]), array([ True,  True]))
    """
    if not 0 < epsilon <= 1:
        raise ValueError(f"`epsilon` must be in (0, 1], got {epsilon}; 1 asks the best alone.")
    upper = np.array([_upper_end(np.asarray(own, dtype=np.float64)) for own in rewards])
    return upper, upper >= epsilon * upper.max(initial=-np.inf)


def _upper_end(rewards: Floats) -> float:
    k = len(rewards)
    if k < 2:
        raise ValueError(f"`rewards` must hold two numbers a person, got {k}; begin with 0 and 1.")
    return float(rewards.mean() + student.ppf(0.975, k - 1) * rewards.std(ddof=1) / np.sqrt(k))


# ---------------------------------------------------------------- what


def again_or_new(
    quality: ArrayLike,
    weights: ArrayLike,
    *,
    model_weight: float,
    mean_weight: float,
    n_classes: int,
) -> Floats:
    """Rank items that have answers beside items that have none; the largest is asked first.

    Doubtful new items come first, then doubtful old ones, then new ones that the model is sure of.

    Parameters
    ----------
    quality : array of shape (n,)
        How likely the label of an item is; of one without answers, the model's largest
        probability.
    weights : array of shape (n,)
        Sum of the weights of who answered the item; 0 for a new one.
    model_weight, mean_weight : float
        Weight of the model, and the mean over all people.
    n_classes : int

    Returns
    -------
    array of shape (n,)
        Minus what is known of the item, in [-1, 0].

    References
    ----------
    Goh, Mueller (2023), "ActiveLab: active learning with re-labeling by multiple annotators",
    equations 3 and 4.

    Examples
    --------
    >>> from skal.labeling import again_or_new
    >>> again_or_new([0.6, 0.6, 0.9], [0.8, 0, 0], model_weight=0.9, mean_weight=0.7,
    ...              n_classes=3).round(6)
    array([-0.522222, -0.483333, -0.652083])
    """
    known = np.asarray(weights, dtype=np.float64) + model_weight
    q = np.asarray(quality, dtype=np.float64)
    return -(known * q + mean_weight / n_classes) / (known + mean_weight)


def spend_budget(
    utility: ArrayLike, costs: ArrayLike, budget: float, *, unit: float | None = None
) -> Ints:
    """Choose the items of most utility that a budget pays for.

    Parameters
    ----------
    utility : array of shape (n,)
    costs : array of shape (n,)
        Above 0.
    budget : float >= 0
    unit : float > 0, default=None
        Costs are rounded up to multiples of it. None: the largest of 1, 0.5, 0.25, 0.1, 0.05 and
        0.01 of which all costs are multiples.

    Returns
    -------
    int array
        Items that are paid for, most utility per cost first. The best choice if there is a unit
        and n times the units of the budget is at most a million; else at least half as good.

    Examples
    --------
    >>> from skal.labeling import spend_budget
    >>> spend_budget([0.9, 0.6, 0.5], [3, 1, 0.5], budget=3.5)
    array([2, 0])
    """
    c = _positive("costs", costs, len(np.asarray(utility)))
    u = np.asarray(utility, dtype=np.float64)
    if not (isinstance(budget, Real) and budget >= 0):
        raise ValueError(f"`budget` must be a number of at least 0, got {budget!r}.")
    order = np.argsort(-u / c, kind="stable")
    order = order[(c[order] <= budget) & (u[order] > 0)]
    unit = _whole_unit(c) if unit is None else unit
    if unit is not None and len(order) * (budget / unit) <= CELLS:
        units = np.ceil(c / unit - 1e-9).astype(np.intp)
        return _exact(u, units, order, int(budget / unit + 1e-9))
    taken = _greedy(c, order, budget)
    if len(order) and u[order].max() > u[taken].sum():
        return order[[u[order].argmax()]]
    return taken


def _greedy(costs: Floats, order: Ints, budget: float) -> Ints:
    taken, left = [], budget
    for item in order.tolist():
        if costs[item] <= left:
            taken.append(item)
            left -= costs[item]
    return np.array(taken, dtype=np.intp)


def _exact(utility: Floats, units: Ints, order: Ints, budget: int) -> Ints:
    """Solve the knapsack: best[b] is the most utility for b units."""
    best = np.zeros(budget + 1)
    used = np.zeros((len(order), budget + 1), dtype=bool)
    for at, item in enumerate(order.tolist()):
        cost = units[item]
        if cost <= budget:
            with_it = best[: budget + 1 - cost] + utility[item]
            used[at, cost:] = with_it > best[cost:]
            best[cost:] = np.maximum(best[cost:], with_it)
    taken, left = [], budget
    for at in range(len(order) - 1, -1, -1):
        if used[at, left]:
            taken.append(order[at])
            left -= units[order[at]]
    return np.array(taken[::-1], dtype=np.intp)


def _whole_unit(costs: Floats) -> float | None:
    for unit in UNITS:
        if (np.abs(costs / unit - np.round(costs / unit)) < 1e-9).all():
            return unit
    return None


# ---------------------------------------------------------------- checks


def _positive(name: str, values: ArrayLike, n: int) -> Floats:
    found = np.asarray(values, dtype=np.float64)
    if found.shape != (n,) or not (found > 0).all():
        raise ValueError(
            f"`{name}` must be {n} numbers above 0, got {np.asarray(values).tolist()!r:.60}."
        )
    return found


def _proba_and_confusion(proba: ArrayLike, confusion: ArrayLike) -> tuple[Floats, Floats]:
    p, C = np.asarray(proba, dtype=np.float64), np.asarray(confusion, dtype=np.float64)
    c = p.shape[-1]
    if p.ndim != 2 or C.ndim != 3 or C.shape[1:] != (c, c):
        raise ValueError(
            "`proba` and `confusion` must have shapes (n_items, n_classes) and (n_annotators, "
            f"n_classes, n_classes), got {p.shape} and {C.shape}."
        )
    return p, C
