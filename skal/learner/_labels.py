"""Labels that come in: of one kind, known, and none against another."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from skal._containers import n_rows
from skal.learner._log import Answers
from skal.learner._round_plan import RoundPlan
from skal.learner._trainer import keeps_weights

__all__ = ["check_contradictions", "check_labels", "check_same_type", "known_classes", "naming"]


def check_labels(y: Any, X: Any, names: tuple[str, str] = ("y", "X")) -> NDArray[Any]:
    """Check that there is one label a row, all of one kind and none missing.

    Parameters
    ----------
    y : array of shape (n,)
    X : of n rows
    names : pair of str, default=("y", "X")
        Names of the arguments, for the messages.

    Returns
    -------
    array of shape (n,)

    Examples
    --------
    >>> from skal.learner import check_labels
    >>> check_labels([0, 1], [[0.5]])
    Traceback (most recent call last):
    ValueError: y has 2 labels, but X has 1 rows; pass one label a row.
    """
    name, X_name = names
    if y is None:
        raise ValueError(
            f"requires {name} to be passed, but the target {name} is None; active learning needs "
            "labels."
        )
    if hasattr(y, "detach") and hasattr(y, "numpy"):
        y = y.detach().cpu().numpy()
    y = column_or_1d(y, warn=True)
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        raise ValueError(
            f"Input {name} contains NaN or infinity, where labels are needed. Leave unlabelled "
            f"rows out of {name}: fit plays a loop whose labels are all known, and teach takes "
            "answers only."
        )
    if len(y) != n_rows(X):
        raise ValueError(
            f"{name} has {len(y)} labels, but {X_name} has {n_rows(X)} rows; pass one label a row."
        )
    try:
        np.unique(y)
    except TypeError:
        kinds = sorted({type(label).__name__ for label in y})
        raise TypeError(
            f"{name} mixes labels of the types {kinds}, which cannot be sorted; use one type, and "
            "leave out rows without a label."
        ) from None
    with naming(name):
        check_classification_targets(y)
    return y


@contextmanager
def naming(name: str) -> Iterator[None]:
    """Put the name of an argument before messages that do not tell it."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name}: {error}") from error


def check_same_type(name: str, labels: NDArray[Any], known: NDArray[Any]) -> None:
    """Refuse words beside numbers, which NumPy would quietly turn into words.

    Parameters
    ----------
    name : str
        Of the argument, for the message.
    labels, known : array of shape (n,)

    Examples
    --------
    >>> import numpy as np
    >>> from skal.learner import check_same_type
    >>> check_same_type("y", np.array(["1"]), np.array([1]))
    Traceback (most recent call last):
    TypeError: y has labels of type str_, but the others are of type int64; use one type, ...
    """
    if len(labels) and len(known) and _are_words(labels) != _are_words(known):
        raise TypeError(
            f"{name} has labels of type {type(labels[0]).__name__}, but the others are of type "
            f"{type(known[0]).__name__}; use one type, as 1 and '1' would be two classes."
        )


def _are_words(labels: NDArray[Any]) -> bool:
    return isinstance(labels[0], str)


def check_contradictions(answers: Answers) -> None:
    """Refuse two labels for equal rows in one call, which no order in time could settle."""
    untold = np.flatnonzero(answers.rows < 0)
    if len(untold) < 2:
        return
    _, which = np.unique(answers.prints()[untold], return_inverse=True)
    _, first = np.unique(which, return_index=True)
    clash = np.flatnonzero(answers.y[untold] != answers.y[untold][first][which])
    if len(clash):
        one, other = int(first[which[clash[0]]]), int(clash[0])
        raise ValueError(
            f"y must hold one label for equal rows, got {answers.y[untold][one]!r} for row {one} "
            f"of X and {answers.y[untold][other]!r} for row {other}, which is equal; leave one "
            "out, or pass rows= if they are two rows of the pool that look alike."
        )


def known_classes(
    learner: Any, y: NDArray[Any], classes: Any, plan: RoundPlan, *, first: bool
) -> NDArray[Any]:
    """Find the classes of a learner taught `y`; new ones only where weights are not kept."""
    new = np.unique(y)
    if classes is not None:
        known = np.asarray(classes)
        if known.ndim != 1 or not len(known):
            raise ValueError(
                f"classes must be a list of all labels that may ever come, got {classes!r}; "
                "None takes those of y."
            )
        check_same_type("classes", np.unique(known), y)
        missing = np.setdiff1d(new, known)
        if len(missing):
            raise ValueError(
                f"classes must hold every label of y, got none for {missing[:5].tolist()}; add "
                "them."
            )
        new = np.unique(known)
    if first:
        return new
    check_same_type("y", y, learner.classes_)
    unknown = np.setdiff1d(new, learner.classes_)
    if not len(unknown):
        return learner.classes_
    if keeps_weights(plan.estimator, plan.mode):
        raise ValueError(
            f"y has classes that were not announced: {unknown[:5].tolist()}; "
            f"mode={learner.mode!r} keeps weights, which were made for "
            f"{learner.classes_.tolist()}. Name all classes in the first teach, or use "
            "mode='cumulative'."
        )
    return np.union1d(learner.classes_, unknown)
