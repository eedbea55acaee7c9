"""The evidence of one query: each need is measured once, all new ones in one sweep."""

import copy
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skal._containers import n_rows, stack_rows, take_rows
from skal.evidence._measure import last_step, measure, provides
from skal.evidence._need import Need, Place, about, not_provided
from skal.evidence._pool_cache import PoolCache

__all__ = ["Evidence"]


class Evidence:
    """Named arrays about the candidates of one query.

    Parameters
    ----------
    estimator : fitted classifier or None
        None where nothing was taught yet: then only needs without a model are answered.
    X : array, DataFrame or list
        The pool; never copied whole.
    rows : int array of shape (n_candidates,)
        The candidates.
    classes : array of shape (n_classes,), default=None
        Columns of probabilities; None: those that the estimator has seen.
    X_labeled, rows_labeled : pool and rows of what was taught, default=None
    y_labeled : array of shape (n_labeled,), default=None
    rounds : int array of shape (n_labeled,), default=None
        Round in which each was taught.
    rows_pending : int array of shape (n_pending,), default=None
        Rows of the pool that were chosen and are not labelled yet: what asks for labelled rows
        if any (``Labeled(need, required=False)``), so as to choose others, is given these too.
    seed : int, default=0
        Seeds the masks of dropout and the like.
    past : dict, default=None
        What the strategy noted: `notes` of its newest choice, and `row_notes` of all labelled
        rows (NaN where it did not ask the row).
    pool_cache : PoolCache, default=None
        Arrays about the whole pool that outlive the query.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.evidence import Evidence, Inputs
    >>> evidence = Evidence(None, np.eye(3), np.array([0, 2]))
    >>> evidence.arrays({"inputs": Inputs()})["inputs"].shape
    (2, 3)
    """

    def __init__(
        self,
        estimator: Any,
        X: Any,
        rows: NDArray[np.intp],
        *,
        classes: NDArray[Any] | None = None,
        X_labeled: Any = None,
        rows_labeled: NDArray[np.intp] | None = None,
        y_labeled: NDArray[Any] | None = None,
        rounds: NDArray[np.intp] | None = None,
        rows_pending: NDArray[np.intp] | None = None,
        seed: int = 0,
        past: Mapping[str, Any] | None = None,
        pool_cache: PoolCache | None = None,
    ):
        self.estimator = estimator
        self.X = X
        self.rows = rows
        self.classes = np.asarray(
            getattr(estimator, "classes_", ()) if classes is None else classes
        )
        self.X_labeled = X_labeled
        self.rows_labeled = np.empty(0, dtype=np.intp) if rows_labeled is None else rows_labeled
        self.y_labeled = np.empty(0) if y_labeled is None else y_labeled
        self.rounds = rounds
        self.rows_pending = np.empty(0, dtype=np.intp) if rows_pending is None else rows_pending
        self.seed = seed
        self.past = past
        self.pool_cache = PoolCache() if pool_cache is None else pool_cache
        self._known: dict[Need, Any] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def arrays(self, needs: Mapping[str, Need]) -> dict[str, Any]:
        """Answer named needs; what is known already is not measured again.

        Parameters
        ----------
        needs : dict of name -> Need

        Returns
        -------
        dict of name -> array
            Read-only, since whoever asks next is given the same.
        """
        groups: dict[tuple[int, int], tuple[Place, dict[Need, Need]]] = {}
        for need in dict.fromkeys(need for need in needs.values() if need not in self._known):
            # refused here, before any rows are measured
            place, asked = need.place(self), about(need)
            if not (asked.model_free or self._is_provided(asked)):
                raise not_provided(asked, last_step(self.estimator))
            if place is None:
                self._known[need] = _read_only(need.said(self))
            else:  # rows are known by identity: those of one group are swept together
                groups.setdefault((id(place.X), id(place.rows)), (place, {}))[1][need] = asked
        for place, group in groups.values():
            inner = dict.fromkeys(group.values())  # `Labeled(need)`, required or not, is one
            swept = [need for need in inner if self._is_provided(need)]
            found = {need: need.read(self, place) for need in inner if need not in swept}
            if swept:
                found |= measure(self.estimator, *place, swept, self.classes, self.seed)
            self._known |= {need: _read_only(found[asked]) for need, asked in group.items()}
        return {name: self._known[need] for name, need in needs.items()}

    @cached_property
    def chosen(self) -> Place:
        """Say where the labelled rows stand, and the pending ones behind them."""
        if self.X_labeled is self.X or not len(self.rows_labeled):
            return Place(self.X, np.append(self.rows_labeled, self.rows_pending))
        labeled = take_rows(self.X_labeled, self.rows_labeled)
        both = stack_rows(labeled, take_rows(self.X, self.rows_pending))
        return Place(both, np.arange(n_rows(both)))

    def _is_provided(self, need: Need) -> bool:
        return self.estimator is not None and provides(self.estimator, need)

    def knows(self, need: Need) -> bool:
        """Say whether a need was answered before, so that asking again costs nothing."""
        return need in self._known

    def part(self, positions: NDArray[np.intp]) -> "Evidence":
        """Take some of the candidates; what is known of them is kept."""
        child = copy.copy(self)  # shallow: pool, model and labels are shared
        child.rows = self.rows[positions]
        child._known = {
            need: _read_only(need.part(values, positions))
            for need, values in self._known.items()
            if not need.joint
        }
        return child


def _read_only(values: Any) -> Any:
    """Show arrays, and those of a tuple or dict, without the right to write; no copy is made."""
    if isinstance(values, np.ndarray):
        if not values.flags.writeable:
            return values
        shown = values.view()
        shown.flags.writeable = False
        return shown
    if isinstance(values, dict):  # notes
        return {name: _read_only(value) for name, value in values.items()}
    if isinstance(values, tuple):
        parts = [_read_only(value) for value in values]
        return values._make(parts) if hasattr(values, "_make") else tuple(parts)
    return values  # a view of the model, a sparse matrix, a number
