"""What Evidence knows without a sweep, and needs that are measured on other rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skal.evidence._need import Elsewhere, Facts, Need, OfAnObject, Place, Said
from skal.exceptions import EvidenceError

__all__ = ["IfAny", "Labeled", "Labels", "On", "Past", "Rounds", "Seed"]


@dataclass(frozen=True)
class Labeled(Elsewhere):
    """Another need, measured on the labelled rows, (n_labeled, ...).

    Parameters
    ----------
    of : Need
    required : bool, default=True
        Refuse while nothing is labelled. Otherwise the array then has no rows, and rows that
        are pending, chosen and not labelled yet, stand behind the labelled ones.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.evidence import Evidence, Inputs, Labeled
    >>> X = np.array([[0.0], [1.0], [4.0], [5.0]])
    >>> rows = {"X_labeled": X, "rows_labeled": np.array([3])}
    >>> evidence = Evidence(None, X, np.array([0, 1, 2]), **rows)
    >>> evidence.arrays({"labeled": Labeled(Inputs())})["labeled"]
    array([[5.]])
    """

    required: bool = field(default=True, repr=False)

    @property
    def words(self) -> str:
        return f"labelled {self.of.words}" + ("" if self.required else " if any")

    @property
    def model_free(self) -> bool:
        return self.of.model_free and not self.required  # no label, no model: they come together

    def place(self, evidence: Facts) -> Place:
        if not self.required and len(evidence.rows_pending):
            return evidence.chosen
        if len(evidence.rows_labeled):
            return Place(evidence.X_labeled, evidence.rows_labeled)
        if self.required:
            raise EvidenceError(
                f"the strategy needs {self}, but no row is labelled yet; "
                "teach some rows first, or start with initial='random'."
            )
        return Place(evidence.X, evidence.rows_labeled)  # no rows, as wide as those of the pool


@dataclass(frozen=True, eq=False)
class On(OfAnObject, Elsewhere):
    """Another need, measured on other rows than the pool's, such as a validation set.

    Parameters
    ----------
    of : Need
    X : array of shape (n_other, ...)

    Examples
    --------
    >>> import numpy as np
    >>> from skal.evidence import Evidence, Inputs, On
    >>> need = On(Inputs(), np.array([[7.0], [8.0]]))
    >>> Evidence(None, np.zeros((3, 1)), np.array([0])).arrays({"other": need})["other"]
    array([[7.],
           [8.]])
    """

    X: Any

    @property
    def words(self) -> str:
        return f"{self.of.words} of other rows"

    def place(self, evidence: Facts) -> Place:
        return Place(self.X, None)


@dataclass(frozen=True)
class IfAny(Said):
    """Another need where it can be answered, else None: for strategies that can do without.

    Parameters
    ----------
    of : Need

    Examples
    --------
    >>> import numpy as np
    >>> from skal.evidence import Evidence, IfAny, Inputs, Proba
    >>> untrained = Evidence(None, np.eye(2), np.array([1]))
    >>> untrained.arrays({"proba": IfAny(Proba()), "inputs": IfAny(Inputs())})
    {'proba': None, 'inputs': array([[0., 1.]])}
    """

    joint = True  # of some candidates asked anew, of what is known about `of`
    model_free = True
    of: Need

    @property
    def words(self) -> str:
        return self.of.words.removesuffix(" if any") + " if any"

    @property
    def judges(self) -> bool:
        return self.of.judges

    def said(self, evidence: Facts) -> Any:
        try:
            return evidence.arrays({"of": self.of})["of"]
        except EvidenceError:
            return None


@dataclass(frozen=True)
class Labels(Said):
    """Labels of the labelled rows, int (n_labeled,): columns of the classes."""

    words = "labels"
    model_free = True

    def said(self, evidence: Facts) -> NDArray[np.intp]:
        return np.searchsorted(evidence.classes, evidence.y_labeled)  # classes are sorted


@dataclass(frozen=True)
class Rounds(Said):
    """Round in which each labelled row was taught, int (n_labeled,)."""

    words = "rounds"
    model_free = True

    def said(self, evidence: Facts) -> NDArray[np.intp]:
        if evidence.rounds is None:
            return np.zeros(len(evidence.rows_labeled), dtype=np.intp)  # taught at one go
        return evidence.rounds


@dataclass(frozen=True)
class Past(Said):
    """What the strategy noted, a dict; empty in its first choice.

    It holds `notes` of its newest choice, and `row_notes` of all labelled rows, with NaN where it
    did not ask the row.
    """

    words = "what it noted before"
    model_free = True

    def said(self, evidence: Facts) -> Mapping[str, Any]:
        return {} if evidence.past is None else evidence.past


@dataclass(frozen=True)
class Seed(Said):
    """Seed of the query, an int: what strategies draw by it is equal for all who ask."""

    words = "seed"
    model_free = True

    def said(self, evidence: Facts) -> int:
        return evidence.seed
