"""Query functions to and from modAL, which itself is needed only by those who call it."""

import re
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from skal._containers import n_rows
from skal.evidence import Evidence
from skal.strategies import QueryFunction, check_choice, check_strategy

__all__ = ["from_modal", "to_modal"]


def from_modal(function: Callable[..., Any]) -> QueryFunction:
    """Make a strategy of a query function of modAL; ``strategy=function`` does the same.

    Parameters
    ----------
    function : callable
        ``function(classifier, X, n_instances=1)``, or with a committee or ``X_pool``.

    Returns
    -------
    QueryFunction

    Examples
    --------
    >>> from skal.interop.modal import from_modal
    >>> def first_rows(classifier, X, n_instances=1):
    ...     return list(range(n_instances))
    >>> type(from_modal(first_rows)).__name__
    'QueryFunction'
    """
    return QueryFunction(function)


def to_modal(strategy: Any, random_state: int | None = None) -> Callable[..., Any]:
    """Make a query function of modAL of a strategy.

    Parameters
    ----------
    strategy : str, Strategy or callable
    random_state : int, default=None
        Seeds the calls; each call goes on in the stream.

    Returns
    -------
    callable
        ``query_strategy(classifier, X, n_instances=1)`` for modAL's ``ActiveLearner`` and
        ``Committee``. Gives indices to modAL up to 0.4.1, and pairs (indices, utilities) to
        later ones, as they expect.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal.interop.modal import to_modal
    >>> X, y = load_iris(return_X_y=True)
    >>> class Learner:  # stands for modAL's
    ...     estimator = LogisticRegression(max_iter=1000).fit(X, y)
    ...     X_training, y_training = X[:3], y[:3]
    >>> np.size(to_modal("entropy")(Learner(), X, n_instances=4)) >= 4
    True
    """
    chosen_strategy = check_strategy(strategy)
    rng = np.random.default_rng(random_state)

    def query_strategy(classifier: Any, X: Any, n_instances: int = 1) -> Any:
        n = min(n_instances, n_rows(X))
        evidence = _evidence(classifier, X)
        choice = chosen_strategy.choose(evidence, n, rng)
        choice = check_choice(choice, n, evidence, chosen_strategy)
        if _wants_pairs():
            return choice.positions, choice.utility
        return choice.positions

    return query_strategy


def _evidence(learner: Any, X: Any) -> Evidence:
    """Collect what a learner of modAL, a Committee or a bare classifier lets be measured."""
    estimator = getattr(learner, "estimator", learner)  # a Committee answers for itself
    X_training = getattr(learner, "X_training", None)
    return Evidence(
        estimator,
        X,
        np.arange(n_rows(X)),
        classes=estimator.classes_,
        X_labeled=X_training,
        rows_labeled=None if X_training is None else np.arange(n_rows(X_training)),
        y_labeled=getattr(learner, "y_training", None),
    )


def _wants_pairs() -> bool:
    """Tell whether the modAL that is installed is past 0.4.1, where queries give one array."""
    try:
        installed = version("modAL-python")
    except PackageNotFoundError:
        return False
    return tuple(int(part) for part in re.findall(r"\d+", installed)[:3]) >= (0, 4, 2)
