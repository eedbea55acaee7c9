"""Checks of what users pass to a learner, all done before any work."""

import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skal._containers import n_rows, take_rows, unreadable_rows
from skal.exceptions import FinishedError, PoolExhaustedError
from skal.learner._batch import Asked
from skal.learner._history import History
from skal.learner._labels import (
    check_labels,
    check_same_type,
    naming,
    warn_of_odd_classes,
)
from skal.learner._log import LabelLog
from skal.learner._loop import KnownPool, Loop
from skal.learner._modes import check_mode
from skal.learner._pools import check_inputs
from skal.learner._pseudo import takes_weights
from skal.learner._round_plan import RoundPlan, check_parts
from skal.learner._scales import row_shape
from skal.learner._scoring import (
    TestedClassifier,
    as_scorer,
    check_suits,
    score_names,
    scorer_in,
)
from skal.learner._sizes import DEFAULT_QUERY, Sizes, as_count, resolve_sizes
from skal.learner._soft import check_soft, is_soft
from skal.learner._stopping import ScoreRule

__all__ = [
    "check_annotator",
    "check_known_pool",
    "check_pixels",
    "check_query_n",
    "check_rows",
    "check_stopping",
    "check_taught",
    "check_taught_rows",
    "check_test_set",
    "split_params",
]


def check_known_pool(
    learner: Any, X: Any, y: Any, test_set: tuple[Any, Any], params: Mapping[str, Any]
) -> tuple[RoundPlan, KnownPool, Sizes]:
    """Check all that `fit` is given, before any work is done."""
    plan, owner = check_parts(learner), X
    X = check_inputs(learner, X, reset=True)
    y = check_labels(y, X)
    classes = np.unique(y)
    known = learner.classes_ if learner.warm_start and hasattr(learner, "_loop") else None
    warn_of_odd_classes(classes, known, stacklevel=5)  # who called fit
    sizes = resolve_sizes(
        learner.init_size,
        learner.query_size,
        learner.budget,
        n_rows=len(y) - len(unreadable_rows(X, look=True)),  # all of them, before the first choice
        n_classes=len(classes),
    )
    checked = check_test_set(learner, *test_set, classes)
    if checked is not None:
        _warn_of_classes_of_test_set(checked[1], classes)
    per_row, constants = split_params(learner._routed("fit", params, plan.mode), len(y))
    _warn_of_forgetting(learner)
    return (
        replace(plan, constants=constants, test_set=checked),
        KnownPool(X, owner, y, per_row),
        sizes,
    )


def _warn_of_classes_of_test_set(y_test: NDArray[Any], classes: NDArray[Any]) -> None:
    unknown = np.setdiff1d(y_test, classes)
    if len(unknown):
        warnings.warn(
            f"y_test holds classes that y lacks, {unknown[:5].tolist()}: their rows are always "
            "wrong; leave them out of X_test, or add rows of them to X.",
            stacklevel=5,  # who called fit
        )


def _warn_of_forgetting(learner: Any) -> None:
    """Warn that a fit from the start forgets what people answered."""
    n = 0 if learner.warm_start or not hasattr(learner, "_loop") else learner._loop.n_told
    if n:
        warnings.warn(
            f"fit starts anew, and forgets the {n} answers that teach was given. To go on from "
            "them set warm_start=True, where X and y hold these rows with these labels; to keep "
            "them fit another learner, clone(learner).",
            stacklevel=5,  # who called fit
        )


def check_test_set(learner: Any, X_test: Any, y_test: Any, classes: NDArray[Any]) -> Any:
    """Make a pair of the test set, or None; the scorers must exist."""
    as_scorer(learner.scoring, TestedClassifier(learner._estimator(), classes))
    if X_test is None and y_test is None:
        return None
    if X_test is None or y_test is None:
        missing = "X_test" if X_test is None else "y_test"
        raise ValueError(f"X_test and y_test belong together, but {missing} is None; pass both.")
    with naming("X_test"):  # messages about it would speak of X
        X_test = check_inputs(learner, X_test, reset=False, name="X_test")
    y_test = check_labels(y_test, X_test, ("y_test", "X_test"))
    check_same_type("y_test", y_test, classes)
    if not np.isin(y_test, classes).any():
        raise ValueError(
            f"y_test must hold classes of y, {classes[:5].tolist()}, got only "
            f"{np.unique(y_test)[:5].tolist()}; pass the labels of X_test."
        )
    check_suits(learner.scoring, classes, y_test)
    damaged = unreadable_rows(X_test, look=True)
    if len(damaged):
        rows = np.setdiff1d(np.arange(len(y_test)), damaged)
        X_test, y_test = take_rows(X_test, rows), y_test[rows]
    return X_test, y_test


def check_stopping(plan: RoundPlan, history: History) -> None:
    """Refuse a rule about a score that no round has or will have, or that it cannot reach."""
    if not isinstance(plan.stopping, ScoreRule):
        return
    coming = [] if plan.test_set is None else score_names(plan.scoring)
    names = None if coming is None else [*history.score_names, *coming]
    if names is not None:
        plan.stopping.check(names)
    watched = plan.stopping.score or (names or [""])[0]
    plan.stopping.check_reachable(scorer_in(plan.scoring, watched))


def split_params(
    params: Mapping[str, Any], n: int
) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Split fit parameters into those with one value a row, and the others."""
    per_row, constants = {}, {}
    for name, value in params.items():
        if value is None:
            continue
        sized = hasattr(value, "__len__") and not isinstance(value, str | Mapping)
        if sized and len(value) == n:  # scikit-learn's cross-validation tells them apart alike
            per_row[name] = np.asarray(value)
        elif name.endswith("sample_weight") and sized:
            raise ValueError(
                f"{name} has {len(value)} values, but there are {n} rows; pass one weight a row."
            )
        else:
            constants[name] = value
    return per_row, constants


def check_rows(name: str, given: ArrayLike | None, n: int) -> NDArray[np.intp] | None:
    """Check rows of X: whole numbers, in range, none twice; None is left."""
    if given is None:
        return None
    rows = np.asarray(given)
    if rows.ndim != 1 or (len(rows) and rows.dtype.kind not in "iu"):
        raise TypeError(
            f"{name} must be a 1-D array of rows of X (ints), got dtype {rows.dtype} and "
            f"shape {rows.shape}; turn a mask into rows with np.flatnonzero."
        )
    rows = rows.astype(np.intp)
    if len(rows) and (rows.min() < 0 or rows.max() >= n):
        raise ValueError(
            f"{name} must be rows of X, 0 to {n - 1}, got {rows.min()} to {rows.max()}."
        )
    if len(np.unique(rows)) < len(rows):
        raise ValueError(f"{name} holds a row more than once; pass np.unique({name}).")
    return rows


def check_query_n(
    learner: Any,
    n: Any,
    loop: Loop,
    plan: RoundPlan,
    *,
    n_open: int,
    n_pool: int,
    n_pending: int = 0,
) -> int:
    """Say how many rows to ask: no more than the budget leaves, by default also than are open.

    Those that others were asked about count as spent.
    """
    if n is not None and (isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1):
        raise ValueError(f"n must be an int of at least 1, got {n!r}.")
    budget = None if learner.budget is None else as_count("budget", learner.budget, n_pool)
    why = loop.why_finished(plan, budget)
    if why is not None:
        raise FinishedError(
            f"query asks nothing more: {why}; raise budget, or set another stopping rule, to go on."
        )
    if n_open == 0:
        raise PoolExhaustedError(
            "query has no open candidates: every row was taught or is pending, or candidates is "
            "empty; end the loop."
        )
    left = n_open if budget is None else budget - len(loop.log) - n_pending
    if left < 1:
        raise FinishedError(
            f"query asks nothing more: {n_pending} pending rows spend the rest of the budget of "
            f"{budget} labels; teach their answers, or raise budget, to go on."
        )
    if n is None:
        name = "init_size" if loop.fitted is None else "query_size"
        size = getattr(learner, name)
        default = DEFAULT_QUERY if size is None else as_count(name, size, n_pool)
        return min(default, n_open, left)
    if n > n_open:
        raise PoolExhaustedError(
            f"query asked for n={n} rows, but only {n_open} candidates are open; lower n or end "
            "the loop."
        )
    return min(int(n), left)


def check_taught(
    learner: Any, X: Any, y: Any, classes: Any, *, first: bool
) -> tuple[Any, NDArray[Any], Mapping[Any, NDArray[Any]]]:
    """Check labelled rows; gives copies, for they may be buffers that are used again.

    Third are shares of classes, if y holds them.
    """
    if _is_empty(X) and _is_empty(y):
        raise ValueError(
            "X has 0 sample(s), while a minimum of 1 is required: there are no answers and nothing "
            "to learn; do not call teach for a batch that everybody skipped."
        )
    X = check_inputs(learner, X, reset=first)
    soft: Mapping[Any, NDArray[Any]] = {}
    if is_soft(y):
        y, soft = check_soft(y, classes)
        estimator = learner._estimator()
        if not takes_weights(estimator, check_mode(learner.mode)):
            raise TypeError(
                "y must hold one label a row for a classifier that takes no sample_weight, got "
                f"columns for {type(estimator).__name__}; pass y.argmax(axis=1), or use a "
                "classifier that takes it."
            )
    X, y = take_rows(X, np.arange(n_rows(X))), check_labels(y, X).copy()
    if not first:
        return check_pixels(X, learner._loop.log), y, soft
    shape, asked = row_shape(X), getattr(learner, "_asked", Asked()).batches
    if shape and asked and all(batch.shape not in (shape, None) for batch in asked):
        raise ValueError(
            f"X has rows of shape {shape}, but query was given rows of shape {asked[-1].shape}; "
            "pass the rows as they stand in the pool, pool[rows], or query the pool that they "
            "are from."
        )
    return X, y, soft


def _is_empty(values: Any) -> bool:
    return (hasattr(values, "shape") or hasattr(values, "__len__")) and n_rows(values) == 0


def check_taught_rows(rows: ArrayLike | None, n: int) -> NDArray[np.intp]:
    """Check where taught rows stand in the pool; -1 where it is not said."""
    if rows is None:
        return np.full(n, -1, dtype=np.intp)
    found = np.asarray(rows)
    if found.shape != (n,) or (n and found.dtype.kind not in "iu"):
        raise ValueError(
            f"rows must hold one row of the pool (int) for each of the {n} labels, got dtype "
            f"{found.dtype} and shape {found.shape}; pass what query gave."
        )
    if n and (found.min() < 0 or len(np.unique(found)) < n):
        raise ValueError(f"rows must be distinct and not negative, got {found.tolist()[:20]}.")
    return found.astype(np.intp)


def check_annotator(annotator: Any, n: int) -> dict[str, NDArray[Any]]:
    """Check who answered: one name for all rows, or one a row; nothing where it is not said."""
    if annotator is None:
        return {}
    is_one = isinstance(annotator, str) or not hasattr(annotator, "__iter__")
    names = [annotator] * n if is_one else list(annotator)
    if len(names) != n or not all(isinstance(name, str) for name in names):
        raise TypeError(
            f"annotator must be a name, or one a row for {n} rows, got {annotator!r:.60}; pass "
            "texts."
        )
    return {"annotator": np.array(names, dtype=np.str_)}


def check_pixels(X: Any, log: LabelLog, some: Any = slice(None)) -> Any:
    """Give taught rows the dtype of those before where that is uint8, which means pixels (0006).

    Beside pixels from 0 to 255 the same rows divided by 255 would be other images, and a net that
    was trained on both together would take neither. Of a pool only `some` rows are looked at.
    """
    before, now = getattr(log.X, "dtype", None), getattr(X, "dtype", None)
    if before != np.uint8 or now == np.uint8 or not isinstance(X, np.ndarray):
        return X
    X = X[some]
    with np.errstate(invalid="ignore", over="ignore"):
        pixels = X.astype(np.uint8)
    if not np.array_equal(pixels, X):
        raise ValueError(
            f"X must be uint8 as the rows taught before, got {now} with values that are no pixels "
            f"(such as {X.flat[np.flatnonzero(pixels != X)[0]]!r}); pass the rows as they stand in "
            "the pool."
        )
    return pixels
