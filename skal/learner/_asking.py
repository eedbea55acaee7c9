"""One query: who may be asked about which rows, and the batch that is chosen among them."""

import copy
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from skal._containers import n_rows, row_prints
from skal.learner._batch import Batch
from skal.learner._checks import check_pixels, check_query_n, check_rows
from skal.learner._loop import KnownPool, Loop
from skal.learner._pools import check_inputs
from skal.learner._round_plan import check_parts
from skal.learner._scales import row_shape

__all__ = ["choose_batch"]

N_LOOKED_AT = 16  # rows of a pool: it is never read whole


def choose_batch(
    learner: Any,
    pool: Any,
    n: int | None,
    candidates: ArrayLike | None = None,
    pending: ArrayLike | None = None,
) -> Batch:
    """Check what `query` was given and choose; a batch that waits for people holds no pool."""
    plan, fitted = check_parts(learner), hasattr(learner, "estimator_")
    X = check_inputs(learner, pool, reset=not fitted, remember=fitted)
    if fitted:  # what `teach` would refuse, seen before people answer
        some = np.linspace(0, n_rows(X) - 1, min(n_rows(X), N_LOOKED_AT)).astype(np.intp)
        check_pixels(X, learner._loop.log, some)
    if plan.initial is None and not fitted:
        raise ValueError(
            "initial='stratified' reads the labels, which only fit knows; set initial='random' "
            "or a strategy that needs no labels before query."
        )
    wanted = check_rows("candidates", candidates, n_rows(X))
    others = check_rows("pending", pending, n_rows(X))
    known = KnownPool(X, pool, asked=np.empty(0, dtype=np.intp) if others is None else others)
    loop = copy.copy(learner._loop) if fitted else Loop(learner._root_to_come(), np.empty(0))
    labeled, n_found = loop.log.search(X, loop.cache, pool)
    if n_found == 0 and (labeled >= 0).any():
        warnings.warn(
            f"none of the {len(labeled)} taught rows is found in X; their numbers are believed, so "
            "these rows of X are not asked. If it is another pool than was taught, or in another "
            "order, pass that pool with its values, or teach a fresh learner.",
            stacklevel=3,  # who called query
        )
    rows = known.open_rows(labeled)
    if wanted is not None:
        rows = wanted[np.isin(wanted, rows)]  # in the order of the call
    n_pending = len(known.pending_rows(labeled))
    n = check_query_n(
        learner, n, loop, plan, n_open=len(rows), n_pool=len(known), n_pending=n_pending
    )
    batch = loop.choose(plan, known, rows, labeled, n)
    prints = row_prints(X, batch.rows, rounded=True)
    return replace(batch, prints=prints, shape=row_shape(X), evidence=None)
