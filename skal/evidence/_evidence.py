"""The evidence of one query: each need is measured once, all new ones in one sweep."""

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skal._containers import n_rows, take_rows
from skal.evidence._needs import (
    Given,
    Labeled,
    Labels,
    Model,
    Need,
    On,
    Past,
    RiskAfter,
    Rounds,
)
from skal.evidence._pool_cache import PoolCache
from skal.evidence._providers import measure
from skal.evidence._risk import risk_after
from skal.evidence._view import ModelView
from skal.exceptions import EvidenceError

__all__ = ["Evidence"]

NOT_MEASURED = (Labeled, Labels, Model, On, Past, RiskAfter, Rounds)


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
    seed : int, default=0
        Seeds the masks of dropout and the like.
    past : dict, default=None
        What the strategy noted in its last choice.
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
        """
        missing = {need for need in needs.values() if need not in self._known}
        missing |= {
            need.of
            for need in missing
            if isinstance(need, Labeled) and not need.required and not len(self.rows_labeled)
        }
        here = [need for need in missing if not isinstance(need, NOT_MEASURED)]
        self._known |= self._measure(self.X, self.rows, here)
        self._known |= self._about_labeled([n for n in missing if isinstance(n, Labeled)])
        for need in missing:
            if isinstance(need, On):
                rows = np.arange(n_rows(need.X))
                self._known[need] = self._measure(need.X, rows, [need.of])[need.of]
            elif isinstance(need, NOT_MEASURED) and not isinstance(need, Labeled):
                self._known[need] = self._said(need)
        return {name: self._known[need] for name, need in needs.items()}

    def knows(self, need: Need) -> bool:
        """Whether a need was answered before, so that asking again costs nothing."""
        return need in self._known

    def part(self, positions: NDArray[np.intp]) -> "Evidence":
        """Evidence about some of the candidates; what is known is kept."""
        child = copy.copy(self)
        child.rows = self.rows[positions]
        child._known = {
            need: _taken(values, positions, need.axis)
            for need, values in self._known.items()
            if not isinstance(need, Model | RiskAfter)  # they look at all candidates
        }
        return child

    def _measure(self, X: Any, rows: NDArray[np.intp], needs: list[Need]) -> dict[Need, Any]:
        if not needs:
            return {}
        given = [need for need in needs if isinstance(need, Given)]
        found: dict[Need, Any] = {need: self.pool_cache.rows_of(need, X, rows) for need in given}
        asked = [need for need in needs if not isinstance(need, Given)]
        return found | measure(self.estimator, X, rows, asked, self.classes, self.seed)

    def _about_labeled(self, needs: list[Labeled]) -> dict[Need, Any]:
        if not needs:
            return {}
        if len(self.rows_labeled):
            found = self._measure(self.X_labeled, self.rows_labeled, [need.of for need in needs])
            return {need: found[need.of] for need in needs}
        for need in needs:
            if need.required:
                raise EvidenceError(
                    f"the strategy needs {need}, but no row is labelled yet; "
                    "teach some rows first, or start with initial='random'."
                )
        nobody = np.empty(0, dtype=np.intp)
        return {n: _taken(self._known[n.of], nobody, n.of.axis) for n in needs}

    def _said(self, need: Need) -> Any:
        """What no model is asked for."""
        if isinstance(need, Labels):
            return np.searchsorted(self.classes, self.y_labeled)
        if isinstance(need, Rounds):
            nothing = np.zeros(len(self.rows_labeled), dtype=np.intp)
            return nothing if self.rounds is None else self.rounds
        if isinstance(need, Past):
            return {} if self.past is None else self.past
        if isinstance(need, RiskAfter):
            labeled = take_rows(self.X_labeled, self.rows_labeled)
            part = take_rows(self.X, self.rows)
            return risk_after(self.estimator, part, labeled, self.y_labeled, need.loss)
        return self._view()

    def _view(self) -> ModelView:
        labeled = len(self.rows_labeled)
        return ModelView(
            self.estimator,
            classes=self.classes,
            X_pool=take_rows(self.X, self.rows),
            X_training=take_rows(self.X_labeled, self.rows_labeled) if labeled else None,
            y_training=self.y_labeled if labeled else None,
        )


def _taken(values: Any, positions: NDArray[np.intp], axis: int | None) -> Any:
    """Some candidates of an array or sparse matrix; all of what is not about candidates."""
    return values if axis is None else values[(*(slice(None),) * axis, positions)]
