"""The evidence of one query: each need is measured once, all new ones in one sweep."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skal._compat import safe_indexing
from skal.evidence._needs import Labeled, Model, Need
from skal.evidence._providers import measure
from skal.evidence._view import ModelView
from skal.exceptions import EvidenceError

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
    classes : array of shape (n_classes,), default=()
    X_labeled, rows_labeled : pool and rows of what was taught, default=None
    y_labeled : array of shape (n_labeled,), default=None

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
        classes: NDArray[Any] | tuple[()] = (),
        X_labeled: Any = None,
        rows_labeled: NDArray[np.intp] | None = None,
        y_labeled: NDArray[Any] | None = None,
    ):
        self.estimator = estimator
        self.X = X
        self.rows = rows
        self.classes = np.asarray(classes)
        self.X_labeled = X_labeled
        self.rows_labeled = rows_labeled
        self.y_labeled = y_labeled
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
        here = [n for n in missing if not isinstance(n, Labeled | Model)]
        there = [n.of for n in missing if isinstance(n, Labeled)]
        self._known |= self._measure(self.X, self.rows, here)
        if there:
            if self.rows_labeled is None or not len(self.rows_labeled):
                raise EvidenceError(
                    f"the strategy needs {Labeled(there[0])}, but no row is labelled yet; "
                    "teach some rows first, or start with initial='random'."
                )
            found = self._measure(self.X_labeled, self.rows_labeled, there)
            self._known |= {Labeled(need): values for need, values in found.items()}
        for need in missing:
            if isinstance(need, Model):
                self._known[need] = self._view()
        return {name: self._known[need] for name, need in needs.items()}

    def part(self, positions: NDArray[np.intp]) -> "Evidence":
        """Evidence about some of the candidates; what is known is kept."""
        child = Evidence(
            self.estimator,
            self.X,
            self.rows[positions],
            classes=self.classes,
            X_labeled=self.X_labeled,
            rows_labeled=self.rows_labeled,
            y_labeled=self.y_labeled,
        )
        for need, values in self._known.items():
            if not isinstance(need, Model):
                child._known[need] = values if isinstance(need, Labeled) else values[positions]
        return child

    def _measure(self, X: Any, rows: NDArray[np.intp], needs: list[Need]) -> dict[Need, Any]:
        if not needs:
            return {}
        return measure(self.estimator, X, rows, needs, self.classes)

    def _view(self) -> ModelView:
        X_training = (
            None if self.rows_labeled is None else safe_indexing(self.X_labeled, self.rows_labeled)
        )
        return ModelView(
            self.estimator,
            classes=self.classes,
            X_pool=safe_indexing(self.X, self.rows),
            X_training=X_training,
            y_training=self.y_labeled,
        )
