"""Counts and fractions: how many labels, at first, in each round and in all."""

import math
import warnings
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Sizes", "as_count", "resolve_sizes"]

DEFAULT_INIT = 0.05  # of the budget
DEFAULT_QUERIES = 10  # a net on 60,000 images is trained for some minutes
DEFAULT_QUERY = 10  # of `query`, whose budget may be open: one sitting of a person


class Sizes(NamedTuple):
    """Labels in the initial set, in each query, and in all.

    Parameters
    ----------
    init, query, budget : int

    Examples
    --------
    >>> from skal.learner import Sizes
    >>> Sizes(init=10, query=5, budget=40)._replace(budget=60).budget
    60
    """

    init: int
    query: int
    budget: int


def as_count(name: str, value: Any, n_rows: int) -> int:
    """Turn a count or a fraction of the pool into a count, rounded up, no more than the pool."""
    if isinstance(value, int | np.integer) and not isinstance(value, bool) and value >= 1:
        return min(int(value), n_rows)
    if isinstance(value, float | np.floating) and 0 < value <= 1:
        return math.ceil(value * n_rows - 1e-9)  # 0.07 * 100 is a hair above 7
    raise ValueError(
        f"{name} must be an int of at least 1 (labels) or a float in (0, 1] (fraction of the "
        f"pool), got {value!r}."
    )


def resolve_sizes(
    init_size: Any, query_size: Any, budget: Any, *, n_rows: int, n_classes: int
) -> Sizes:
    """Turn counts and fractions into labels, for a pool of `n_rows`.

    Defaults: the whole pool as budget, a twentieth of the budget (at least two rows a class) as
    the initial set, and then ten queries of equal size.

    Parameters
    ----------
    init_size, query_size, budget : int, float or None
        The parameters of an `ActiveLearner`.
    n_rows, n_classes : int

    Returns
    -------
    Sizes

    Examples
    --------
    >>> from skal.learner import resolve_sizes
    >>> resolve_sizes(None, None, 0.5, n_rows=400, n_classes=3)
    Sizes(init=10, query=19, budget=200)
    """
    total = n_rows if budget is None else as_count("budget", budget, n_rows)
    if isinstance(budget, int | np.integer) and budget > n_rows:
        warnings.warn(
            f"budget={budget} labels are more than the {n_rows} rows of X, so all rows will be "
            "labelled; lower budget, or set it to None, which means all.",
            stacklevel=5,  # who called fit
        )
    if isinstance(budget, int | np.integer) and budget == 1 < n_rows:
        raise ValueError(
            "budget must be at least 2 labels, of which to tell two classes apart, got 1; "
            "1.0 or None means all rows."
        )
    if init_size is None:
        init = min(total, max(2 * n_classes, math.ceil(DEFAULT_INIT * total)))
    else:
        init = as_count("init_size", init_size, n_rows)
        if isinstance(init_size, int | np.integer) and init_size > n_rows:
            raise ValueError(
                f"init_size={init_size} labels are more than the {n_rows} rows of X; lower "
                "init_size."
            )
    if init > total:
        raise ValueError(
            f"budget={budget!r} is {total} labels, below init_size={init_size!r}, which is "
            f"{init}; raise budget or lower init_size."
        )
    if query_size is None:
        query = max(1, math.ceil((total - init) / DEFAULT_QUERIES))
    else:
        query = as_count("query_size", query_size, n_rows)
        if isinstance(query_size, int | np.integer) and query_size > total > init:
            warnings.warn(
                f"query_size={query_size} is more than the budget of {total} labels, so one query "
                "will spend it all; lower query_size or raise budget.",
                stacklevel=5,
            )
    return Sizes(init, query, total)
