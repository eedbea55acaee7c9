"""How far people agree, over what chance would give, and how often each is right."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.stats import beta

from skal.labeling._votes import Floats, Votes, code_votes, column
from skal.labeling.aggregation import aggregate_votes

__all__ = [
    "annotator_table",
    "cohen_kappa",
    "confused_classes",
    "fleiss_kappa",
    "krippendorff_alpha",
]

RIGHT, WRONG = 2, 1  # answers that everybody is taken to have given before: a Beta(2, 1)


def cohen_kappa(
    items: ArrayLike, annotators: ArrayLike, labels: ArrayLike
) -> tuple[NDArray[Any], Floats]:
    """Measure the agreement of every two people over that of chance.

    Parameters
    ----------
    items, annotators, labels : array of shape (n_answers,)
        A long table, as `aggregate` takes it.

    Returns
    -------
    annotators : array of shape (n_annotators,)
    kappa : array of shape (n_annotators, n_annotators)
        At most 1; 0 is chance; NaN for two who share no item; 1 for two who know one class only.

    References
    ----------
    Cohen (1960), "A coefficient of agreement for nominal scales", Educational and Psychological
    Measurement 20.

    Examples
    --------
    >>> from skal.labeling import cohen_kappa
    >>> names, kappa = cohen_kappa([1, 2, 3, 4] * 2, ["anna"] * 4 + ["ben"] * 4,
    ...                            ["cat", "cat", "dog", "dog", "cat", "cat", "dog", "cat"])
    >>> round(kappa[0, 1], 6)
    np.float64(0.5)
    """
    votes = code_votes(items, annotators, labels)
    shape = (len(votes.items), len(votes.annotators))
    ones = np.ones(len(votes.item))
    every = csr_array((ones, (votes.item, votes.annotator)), shape=shape)
    n = (every.T @ every).toarray()  # items that two people share
    equal, chance = np.zeros_like(n), np.zeros_like(n)
    for k in range(len(votes.classes)):
        mine = votes.label == k
        said = csr_array((ones[mine], (votes.item[mine], votes.annotator[mine])), shape=shape)
        equal += (said.T @ said).toarray()
        often = (said.T @ every).toarray()  # how often k was said, of the items shared with each
        chance += often * often.T
    with np.errstate(invalid="ignore", divide="ignore"):
        observed, expected = equal / n, chance / n**2
        kappa = (observed - expected) / (1 - expected)
    kappa[(n > 0) & (expected == 1)] = 1
    return votes.annotators, kappa


def fleiss_kappa(items: ArrayLike, annotators: ArrayLike, labels: ArrayLike) -> float:
    """Measure the agreement of many people over that of chance, with as many answers an item.

    Parameters
    ----------
    items, annotators, labels : array of shape (n_answers,)
        A long table, as `aggregate` takes it; items without an answer are left out.

    Returns
    -------
    float
        At most 1; 0 is chance; NaN for one answer an item; 1 if all answers are one class.

    Raises
    ------
    ValueError
        If items have different numbers of answers.

    References
    ----------
    Fleiss (1971), "Measuring nominal scale agreement among many raters", Psychological Bulletin
    76.

    Examples
    --------
    >>> from skal.labeling import fleiss_kappa
    >>> fleiss_kappa([1, 1, 2, 2], ["anna", "ben"] * 2, ["cat", "cat", "dog", "dog"])
    1.0
    """
    counts = _answered(code_votes(items, annotators, labels))
    per_item = counts.sum(axis=1)
    if len(set(per_item.tolist())) > 1:
        raise ValueError(
            f"`items` must have as many answers each, got {int(per_item.min())} to "
            f"{int(per_item.max())}; use krippendorff_alpha, which bears missing answers."
        )
    m = per_item[0]
    if m < 2:
        return np.nan
    agreeing = float((counts * (counts - 1)).sum(axis=1).mean() / (m * (m - 1)))
    chance = float(((counts.sum(axis=0) / counts.sum()) ** 2).sum())
    return 1.0 if chance == 1 else (agreeing - chance) / (1 - chance)


def krippendorff_alpha(items: ArrayLike, annotators: ArrayLike, labels: ArrayLike) -> float:
    """Measure the agreement of many people over that of chance, whoever answered what.

    Parameters
    ----------
    items, annotators, labels : array of shape (n_answers,)
        A long table, as `aggregate` takes it; items with one answer are left out.

    Returns
    -------
    float
        Nominal alpha: at most 1; 0 is chance; NaN if no item has two answers. If all answers are
        of one class it is 1 by convention, as nothing could have shown disagreement.

    References
    ----------
    Krippendorff (2011), "Computing Krippendorff's alpha-reliability".

    Examples
    --------
    >>> from skal.labeling import krippendorff_alpha
    >>> krippendorff_alpha([1, 1, 2, 2, 3], ["anna", "ben", "anna", "cleo", "ben"],
    ...                    ["cat", "cat", "dog", "dog", "cat"])
    1.0
    """
    counts = _answered(code_votes(items, annotators, labels))
    counts = counts[counts.sum(axis=1) > 1]
    if not len(counts):
        return np.nan
    m, of_class = counts.sum(axis=1), counts.sum(axis=0)
    n = float(m.sum())
    differing = float(((m**2 - (counts**2).sum(axis=1)) / (m - 1)).sum()) / n
    expected = float(n**2 - (of_class**2).sum()) / (n * (n - 1))
    return 1 - differing / expected if expected else 1.0


def confused_classes(
    items: ArrayLike, annotators: ArrayLike, labels: ArrayLike, *, n_examples: int = 3
) -> list[dict[str, Any]]:
    """Count which classes people take for one another, the most often confused pair first.

    Parameters
    ----------
    items, annotators, labels : array of shape (n_answers,)
        A long table, as `aggregate` takes it.
    n_examples : int >= 0, default=3

    Returns
    -------
    list of dict
        ``classes``, a pair; ``n_items`` that were called both; ``examples``, some of them.

    Examples
    --------
    >>> from skal.labeling import confused_classes
    >>> confused_classes([1, 1, 2, 2], ["anna", "ben"] * 2, ["cat", "dog", "cat", "cat"])
    [{'classes': ['cat', 'dog'], 'n_items': 1, 'examples': [1]}]
    """
    votes = code_votes(items, annotators, labels)
    found: dict[tuple[int, int], list[int]] = {}
    said = votes.by_item() > 0
    for item in np.flatnonzero(said.sum(axis=1) > 1).tolist():
        classes = np.flatnonzero(said[item]).tolist()
        for at, first in enumerate(classes):
            for second in classes[at + 1 :]:
                found.setdefault((first, second), []).append(item)
    return [
        {
            "classes": votes.classes[list(pair)].tolist(),
            "n_items": len(which),
            "examples": votes.items[which[:n_examples]].tolist(),
        }
        for pair, which in sorted(found.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    ]


def annotator_table(
    items: ArrayLike,
    annotators: ArrayLike,
    labels: ArrayLike,
    *,
    seconds: ArrayLike | None = None,
    method: str = "majority",
    level: float = 0.9,
) -> dict[str, NDArray[Any]]:
    """Tell of each person how much they answered, how fast, and how often they are right.

    Parameters
    ----------
    items, annotators, labels : array of shape (n_answers,)
        A long table, as `aggregate` takes it; None or NaN is a skip.
    seconds : array of shape (n_answers,), default=None
        That each answer took; NaN where it is unknown.
    method : str, default="majority"
        Of `aggregate`, for the opinion of the others. Those that learn need three people to be
        left: of two who differ they cannot tell who is right.
    level : float in (0, 1), default=0.9
        Of the interval of the accuracy.

    Returns
    -------
    dict of arrays of shape (n_annotators,)
        ``annotator``; ``n_answers``; ``skipped``, the share of items they passed over;
        ``seconds``, the median; ``n_compared`` and ``n_right``, answers to items on which the
        others have one opinion, and those that are that opinion; ``accuracy``, ``low`` and
        ``high``, of a Beta distribution that starts with two right answers and a wrong one;
        ``reliability``, of `aggregate`. ``pandas.DataFrame`` shows it.

    Notes
    -----
    The accuracy compares a person with the others' answers alone: an aggregate of which they are
    part would flatter them. Where the others are careless it is too low; the reliability bears in
    mind who they were.

    Examples
    --------
    >>> from skal.labeling import annotator_table
    >>> answers = {"items": [1, 1, 1, 2, 2, 2], "annotators": ["anna", "ben", "cleo"] * 2,
    ...            "labels": ["cat", "cat", "dog", "dog", "dog", "dog"]}
    >>> annotator_table(**answers)["accuracy"].round(3)
    array([0.75, 0.75, 0.6 ])
    """
    if not 0 < level < 1:
        raise ValueError(f"`level` must be between 0 and 1, got {level}; give one such as 0.9.")
    votes = code_votes(items, annotators, labels)
    right, compared = _right_answers(votes, method)
    a, b = RIGHT + right, WRONG + compared - right
    tail = (1 - level) / 2
    return {
        "annotator": votes.annotators,
        "n_answers": votes.n_given,
        "skipped": 1 - votes.n_given / votes.n_seen,
        "seconds": _median_seconds(votes, annotators, seconds),
        "n_compared": compared,
        "n_right": right,
        "accuracy": a / (a + b),
        "low": beta.ppf(tail, a, b),
        "high": beta.ppf(1 - tail, a, b),
        "reliability": aggregate_votes(votes).reliability,
    }


def _answered(votes: Votes) -> Floats:
    """Answers of each class to the items that have some, shape (n, n_classes)."""
    counts = votes.by_item()
    return counts[counts.sum(axis=1) > 0]


def _right_answers(votes: Votes, method: str) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Count the answers of each person that are the others' opinion, and those compared."""
    m = len(votes.annotators)
    right, compared = np.zeros(m, dtype=np.intp), np.zeros(m, dtype=np.intp)
    for j in np.flatnonzero(votes.n_shared > 0).tolist():
        others = aggregate_votes(votes.without(j), method)
        mine = votes.annotator == j
        item, label = votes.item[mine], votes.label[mine]
        settled = (others.n_answers[item] > 0) & ~others.tie[item]
        compared[j] = settled.sum()
        right[j] = (others.label[item] == votes.classes[label])[settled].sum()
    return right, compared


def _median_seconds(votes: Votes, annotators: ArrayLike, seconds: ArrayLike | None) -> Floats:
    medians = np.full(len(votes.annotators), np.nan)
    if seconds is None:
        return medians
    spent = np.array(seconds, dtype=np.float64)  # None is NaN
    who = np.searchsorted(votes.annotators, column("annotators", annotators))
    if spent.shape != who.shape:
        raise ValueError(
            f"`seconds` must hold one number an answer, got shape {spent.shape} for {len(who)}; "
            "put NaN where it is unknown."
        )
    for j in range(len(medians)):
        known = spent[(who == j) & np.isfinite(spent)]
        if len(known):
            medians[j] = np.median(known)
    return medians
