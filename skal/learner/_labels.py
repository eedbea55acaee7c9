"""Labels that come in: of one kind, known, and none against another."""

import warnings
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from difflib import get_close_matches
from numbers import Number
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from skal._containers import n_rows
from skal.learner._log import Answers
from skal.learner._round_plan import RoundPlan
from skal.learner._trainer import keeps_weights

__all__ = [
    "check_contradictions",
    "check_labels",
    "check_same_type",
    "known_classes",
    "naming",
    "warn_of_odd_classes",
]

# what is left of a missing answer among texts, or says that there is none
NO_LABEL = {"", "nan", "<na>", "n/a", "#n/a"}
# what may say so, and may be a class
MAYBE_NO_LABEL = {
    *("--", "cannot tell", "can't tell", "do not know", "don't know", "i don't know", "idk"),
    *("missing", "na", "no answer", "no label", "none", "not sure", "null", "pending", "skip"),
    *("skipped", "tbd", "todo", "undecided", "unclear", "unknown", "unlabeled", "unlabelled"),
    "unsure",
}


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
    _refuse_no_column(y, names)
    y = column_or_1d(y, warn=True)
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        raise ValueError(
            f"Input {name} contains NaN or infinity, where labels are needed. Leave unlabelled "
            f"rows out of {name}: fit plays a loop whose labels are all known, and teach takes "
            "answers only."
        )
    if len(y) != n_rows(X):
        rest = f", and the labelled rows alone, {X_name}[rows], or {X_name}[[row]] if it is one"
        raise ValueError(
            f"{name} has {len(y)} labels, but {X_name} has {n_rows(X)} rows; pass one label a row"
            f"{rest if len(y) < n_rows(X) else ''}."
        )
    if y.dtype.kind == "O":
        _refuse_missing(name, y)
    try:
        found = np.unique(y)
    except TypeError:
        kinds = sorted({type(label).__name__ for label in y})
        raise TypeError(
            f"{name} mixes labels of the types {kinds}, which cannot be sorted; use one type, and "
            "leave out rows without a label."
        ) from None
    if found.dtype.kind in "UO" and any(map(_is_missing, found.tolist())):
        _refuse_missing(name, y)
    with naming(name):
        check_classification_targets(y)
    return y


def _refuse_no_column(y: Any, names: tuple[str, str]) -> None:
    """Refuse a single label, a set, and columns, which scikit-learn calls arrays of odd shapes."""
    name, X_name = names
    is_single = isinstance(y, str | bytes | Number) or getattr(y, "shape", None) == ()
    if is_single or isinstance(y, Set | Mapping | Iterator):
        kind = "a set, which has no order" if isinstance(y, Set) else f"{y!r:.50}"
        kind = f"a {type(y).__name__}, which is read once" if isinstance(y, Iterator) else kind
        raise ValueError(
            f"{name} must hold one label a row, got {kind}; pass a list, also for a single row: "
            f"{X_name}=pool[[row]], {name}=[label]."
        )
    shape: tuple[int, ...] = getattr(y, "shape", ())
    if len(shape) == 2 and shape[1] > 1:
        raise ValueError(
            f"{name} should be a 1d array, got an array of shape {tuple(shape)} instead; pass one "
            f"label a row, such as {name}.argmax(axis=1) of columns of zeros and ones."
        )


def _is_missing(label: Any) -> bool:
    """Tell whether a label says that there is none."""
    if isinstance(label, str):
        return _folded(label).strip("? ") in NO_LABEL
    is_nan = isinstance(label, float | np.floating) and bool(np.isnan(label))
    return is_nan or type(label).__name__ in ("NoneType", "NAType", "NaTType")


def _refuse_missing(name: str, y: NDArray[Any]) -> None:
    for row, label in enumerate(y.tolist()):
        if _is_missing(label):
            raise ValueError(
                f"{name} must hold a label for every row, got {label!r} for row {row}, which is "
                "none; leave rows without an answer out, or give that class another name."
            )


def warn_of_odd_classes(classes: NDArray[Any], known: Any, stacklevel: int) -> None:
    """Warn of classes that may be none: -1, words for "no answer", two spellings of one.

    Nothing is said of those that are `known`, since they were announced or warned of before.
    """
    seen = set() if known is None else set(np.asarray(known).tolist())
    for warning in (_about_minus_one, _about_no_answer, _about_spellings):
        message = warning(classes, seen)
        if message:
            warnings.warn(message, stacklevel=stacklevel)


def _about_minus_one(classes: NDArray[Any], seen: Set[Any]) -> str | None:
    """Elsewhere it stands for "no label"; -1 and 1 alone are the usual classes of a sign."""
    is_odd = classes.dtype.kind == "i" and classes.min(initial=0) == -1 and -1 not in seen
    if not is_odd or len(classes) == 1 or classes.tolist() == [-1, 1]:
        return None
    return (
        f"y holds -1 beside the classes {classes[1:6].tolist()}. It counts as one more class; "
        "if it means that there is no label, leave these rows out. To keep the class without "
        "this warning give it a name of its own, such as y = np.where(y == -1, 'other', y)."
    )


def _about_no_answer(classes: NDArray[Any], seen: Set[Any]) -> str | None:
    found = [
        label
        for label in classes.tolist()
        if isinstance(label, str) and _folded(label) in MAYBE_NO_LABEL and label not in seen
    ]
    if not found:
        return None
    return (
        f"y holds {found[0]!r}, which counts as a class. If it means that there is no answer, "
        "leave these rows out; if it is a class, pass classes= to the first teach, or filter this "
        "warning."
    )


def _about_spellings(classes: NDArray[Any], seen: Set[Any]) -> str | None:
    first: dict[str, str] = {}
    for label in classes.tolist():
        if not isinstance(label, str) or len(label) == 1:  # letters may be classes
            continue
        other = first.setdefault(_folded(label), label)
        if other != label and not {other, label} <= seen:
            return (
                f"y holds {other!r} and {label!r} as two classes, which differ by case or spaces "
                "only; rename one of them."
            )
    return None


def _folded(label: str) -> str:
    return " ".join(label.casefold().split())


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
        rows = "; rows of the pool are another argument, rows=" * (known.shape == y.shape)
        if known.ndim != 1 or not len(known):
            raise ValueError(
                f"classes must be a list of all labels that may ever come, got {classes!r}; "
                "None takes those of y."
            )
        try:
            check_same_type("classes", np.unique(known), y)
        except TypeError as error:
            raise TypeError(f"{str(error).rstrip('.')}{rows}.") from None
        missing = np.setdiff1d(new, known)
        if len(missing):
            raise ValueError(
                f"classes must hold every label of y, got none for {missing[:5].tolist()}; add "
                f"them{_meant(missing, known, near=True)}{rows}."
            )
        new = np.unique(known)
    if first:
        warn_of_odd_classes(new, classes, stacklevel=4)  # who called teach
        return new
    check_same_type("y", y, learner.classes_)
    unknown = np.setdiff1d(new, learner.classes_)
    if not len(unknown):
        return learner.classes_
    if keeps_weights(plan.estimator, plan.mode):
        raise ValueError(
            f"y has classes that were not announced: {unknown[:5].tolist()}"
            f"{_meant(unknown, learner.classes_, near=True)}; mode={learner.mode!r} keeps weights, "
            f"which were made for {learner.classes_.tolist()}. Name all classes in the first "
            "teach, or use mode='cumulative'."
        )
    if classes is None and learner._loop.announced is not None:
        raise ValueError(
            "y must hold classes that were announced, "
            f"{learner.classes_[:20].tolist()}, got {unknown[:5].tolist()}"
            f"{_meant(unknown, learner.classes_, near=True)}; mend the label, or pass "
            f"classes={unknown[:5].tolist()} too if it is a class that has come to them."
        )
    meant = _meant(unknown, learner.classes_)
    if meant and classes is None:
        raise ValueError(
            f"y must spell known classes as before, got {unknown[:5].tolist()}{meant}; write it "
            f"so, or pass classes={unknown[:5].tolist()} too if they are classes of their own."
        )
    if classes is None:
        _warn_of_slips(unknown, learner.classes_)
    union = np.union1d(learner.classes_, unknown)
    warn_of_odd_classes(union, learner.classes_ if classes is None else union, stacklevel=4)
    return union


def _meant(unknown: NDArray[Any], known: NDArray[Any], *, near: bool = False) -> str:
    """Ask whether a class was meant that differs by case or spaces only, or comes `near`."""
    folded = {_folded(label): label for label in known.tolist() if isinstance(label, str)}
    new = [label for label in unknown.tolist() if isinstance(label, str) and len(label) > 1]
    keys = [
        key
        for label in new
        for key in get_close_matches(_folded(label), folded, n=1, cutoff=0.8 if near else 1)
    ]
    return f", where {folded[keys[0]]!r} is known" if keys else ""


def _warn_of_slips(unknown: NDArray[Any], known: NDArray[Any]) -> None:
    """Warn of new classes that may be known ones with a letter too many, missing, or swapped."""
    for label in unknown.tolist():
        other = next((other for other in known.tolist() if _is_slip(label, other)), None)
        if other is not None:
            warnings.warn(
                f"y holds {label!r} as a new class, where {other!r} is known; if that was meant, "
                "teach these rows again with it. With classes= in the first teach, labels that "
                "are none of them are refused.",
                stacklevel=4,  # who called teach
            )


def _is_slip(one: Any, other: Any) -> bool:
    """Tell whether words are one letter apart, or have two swapped; digits tell classes apart."""
    if not (isinstance(one, str) and isinstance(other, str)):
        return False
    short, long = sorted((_folded(one), _folded(other)), key=len)
    if len(long) < 4 or len(long) - len(short) > 1:
        return False
    start = next((k for k, (a, b) in enumerate(zip(short, long)) if a != b), len(short))
    apart = long[start : start + 2]
    if not apart.isalpha() and not (apart[:1].isalpha() and len(long) > len(short)):
        return False  # "type 1", "type 10"
    if len(long) > len(short):
        return short[start:] == long[start + 1 :]
    return short[start:] == apart[::-1] + long[start + 2 :]
