"""What was asked: how the classes are balanced, how alike the rows of a batch are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from skal.measures import blocks, entropy, kl_divergence, squared_distances

__all__ = ["ClassBalance", "batch_distance", "class_balance", "count_asked", "time_to_first"]

Floats: TypeAlias = NDArray[np.float64]
Records: TypeAlias = Iterable[Mapping[str, Any]]


@dataclass(frozen=True, eq=False)
class ClassBalance:
    """How the classes of what was asked compare with those of the pool.

    Parameters
    ----------
    shares : array of shape (n_classes,)
        Share of each class in what was asked.
    normalized_entropy : float
        Of the shares, in [0, 1]; 1: all classes alike.
    imbalance : float
        Largest share over smallest; infinite where a class was never asked.
    ratios : array of shape (n_classes,)
        Share over share in the pool; above 1 the class was asked more often than at random.
    total_variation : float
        Half the sum of |share - share in the pool|, in [0, 1].
    kl : float
        Kullback-Leibler divergence of the shares from those of the pool, in nats.
    chi2 : float
        Pearson's statistic of the counts against the pool; n_classes - 1 degrees of freedom.
    """

    shares: Floats
    normalized_entropy: float
    imbalance: float
    ratios: Floats
    total_variation: float
    kl: float
    chi2: float


def class_balance(counts: ArrayLike, pool: ArrayLike | None = None) -> ClassBalance:
    """Compare the classes of what was asked with those of the pool.

    Parameters
    ----------
    counts : array of shape (n_classes,)
        How many rows of each class were asked, zeros included.
    pool : array of shape (n_classes,), default=None
        Counts or shares of the classes in the pool; None: not known, what needs them is NaN.

    Returns
    -------
    ClassBalance

    Examples
    --------
    >>> from skal.experiment import class_balance
    >>> balance = class_balance([5, 3, 2], pool=[0.2, 0.3, 0.5])
    >>> round(balance.normalized_entropy, 3), balance.ratios
    (0.937, array([2.5, 1. , 0.4]))
    """
    asked = _counts(counts, "counts")
    n = asked.sum()
    shares = asked / n
    of_pool = np.full(len(asked), np.nan) if pool is None else _counts(pool, "pool")
    if len(of_pool) != len(asked):
        raise ValueError(
            f"counts has {len(asked)} classes, pool has {len(of_pool)}; give both the same "
            "classes in the same order, 0 where there are none."
        )
    of_pool = of_pool / of_pool.sum()
    with np.errstate(divide="ignore", invalid="ignore"):  # a class that the pool lacks
        ratios = shares / of_pool
        terms = np.where((asked == 0) & (of_pool == 0), 0, n * (shares - of_pool) ** 2 / of_pool)
        imbalance = shares.max() / shares.min()  # infinite, as documented, and not an error
    return ClassBalance(
        shares,
        normalized_entropy=float(entropy(shares, normalize=True)),
        imbalance=float(imbalance),
        ratios=ratios,
        total_variation=float(np.abs(shares - of_pool).sum() / 2),
        kl=float(kl_divergence(shares, of_pool)),
        chi2=float(terms.sum()),
    )


def _counts(values: ArrayLike, name: str) -> Floats:
    """Return counts as floats, or say what is wrong with them."""
    counts = np.asarray(values, dtype=np.float64)
    if counts.ndim != 1 or not (counts >= 0).all() or not counts.sum() > 0:
        raise ValueError(
            f"{name} must be a list with one count a class, none negative, not all zero, got "
            f"{values!r}; give 0 to a class that was not asked."
        )
    return counts


def count_asked(history: Records, *, initial: bool = False) -> dict[Any, int]:
    """Count the labels of all that a strategy asked.

    Parameters
    ----------
    history : History
    initial : bool, default=False
        Count round 0 too, the initial set that no strategy chose.

    Returns
    -------
    dict
        Label -> rows, in the order of the labels' first rounds.

    Examples
    --------
    >>> from skal.experiment import count_asked
    >>> rounds = [{"round": 0, "class_counts": {"a": 2}}, {"round": 1, "class_counts": {"b": 3}}]
    >>> count_asked(rounds)
    {'b': 3}
    """
    total: dict[Any, int] = {}
    for record in history:
        if initial or record.get("round", 0) > 0:  # no strategy chose round 0
            for label, count in record.get("class_counts", {}).items():
                total[label] = total.get(label, 0) + int(count)
    return total


def time_to_first(history: Records) -> dict[Any, int]:
    """Find how many labels had been bought when each class was first among them.

    Parameters
    ----------
    history : History

    Returns
    -------
    dict
        Label -> ``n_labeled`` of the first round that has it; what was never asked is absent.

    Examples
    --------
    >>> from skal.experiment import time_to_first
    >>> time_to_first([{"n_labeled": 9, "class_counts": {"cat": 9, "dog": 0}},
    ...                {"n_labeled": 12, "class_counts": {"dog": 3}}])
    {'cat': 9, 'dog': 12}
    """
    first: dict[Any, int] = {}
    for record in history:
        for label, count in record.get("class_counts", {}).items():
            if count > 0:
                first.setdefault(label, int(record["n_labeled"]))
    return first


def batch_distance(X: Any) -> float:
    """Average the distances of rows to their nearest neighbours in the batch; small: redundant.

    Parameters
    ----------
    X : array or sparse matrix of shape (n, ...)
        The rows of one batch.

    Returns
    -------
    float
        NaN for fewer than two rows, and for rows that are not numbers.

    Examples
    --------
    >>> from skal.experiment import batch_distance
    >>> round(batch_distance([[0.0, 0.0], [3.0, 4.0], [3.0, 5.0]]), 6)  # (5 + 1 + 1) / 3
    2.333333
    """
    if sparse.issparse(X):
        return _sparse_distance(sparse.csr_array(X, dtype=np.float64))
    try:
        rows = np.asarray(X, dtype=np.float64)  # uint8 would wrap around where it is subtracted
    except (TypeError, ValueError):
        return float("nan")
    if len(rows) < 2:
        return float("nan")
    rows = rows.reshape(len(rows), -1)
    rows = rows - rows.mean(axis=0)  # near the origin, the differences lose fewer digits
    nearest = np.empty(len(rows))
    for part in blocks(len(rows), len(rows)):
        squares = _to_others(squared_distances(rows[part], rows), part)  # (n_part, n)
        nearest[part] = squares.min(axis=1)
    return float(np.sqrt(nearest).mean())


def _sparse_distance(rows: sparse.csr_array) -> float:
    """Mean distance to the nearest neighbour; the rows stay sparse."""
    n = rows.shape[0]
    if n < 2:
        return float("nan")
    norms = rows.multiply(rows).sum(axis=1)  # (n,)
    nearest = np.empty(n, dtype=np.intp)
    for part in blocks(n, n):
        dots = (rows[part] @ rows.T).toarray()  # (n_part, n)
        nearest[part] = _to_others(norms[part, None] + norms - 2 * dots, part).argmin(axis=1)
    gaps = rows - rows[nearest]  # the sum above loses digits between rows nearly alike
    return float(np.sqrt(gaps.multiply(gaps).sum(axis=1)).mean())


def _to_others(squares: NDArray[Any], part: slice) -> NDArray[Any]:
    """Set the distances of the rows of this part to themselves to infinity, in place."""
    squares[np.arange(len(squares)), np.arange(part.start, part.stop)] = np.inf
    return squares
