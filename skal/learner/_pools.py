"""What a learner takes as a pool, and what it says of all else."""

import os
from collections.abc import Iterator, Mapping, Set
from os import PathLike
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline
from sklearn.utils import check_array, get_tags
from sklearn.utils.validation import validate_data

from skal._containers import n_rows
from skal.data import DatasetRows
from skal.learner._scales import column_sizes, warn_of_other_scale
from skal.nets import plain_rows

__all__ = ["check_inputs"]


def check_inputs(
    learner: Any, X: Any, *, reset: bool, remember: bool = True, name: str = "X"
) -> Any:
    """Check numbers; leave DataFrames and text to the classifier inside, untouched.

    Parameters
    ----------
    learner : ActiveLearner
    X : pool, or rows of it
    reset : bool
        The width of X is to be learned, not compared.
    remember : bool, default=True
        Learn or compare the width, the feature names and the scale at all.
    name : str, default="X"
        Of the argument, for a warning.
    """
    if isinstance(X, str | bytes):
        advice = "; pass skal.data.ImageFolderPool(X)" if os.path.isdir(X) else ""
        raise TypeError(
            f"X must be rows, such as a list of texts, got the single text {X!r:.50}{advice}."
        )
    front = learner._estimator()
    while isinstance(front, Pipeline):  # the step that X meets first knows what it takes
        front = next(step for _, step in front.steps if step not in (None, "passthrough"))
    tags = get_tags(front).input_tags
    if _is_dataset(X) and not hasattr(X, "read_rows"):
        X = DatasetRows(X)
    elif _holds_no_rows(X) or hasattr(X, "detach") or _wants_numbers(front, tags, X):
        X = plain_rows(X)  # of a tensor its array; all that has no rows of numbers is refused
    if not _stays_untouched(X, tags):
        _refuse_single_row(X)
        X = check_array(
            X,
            # the format whose rows are taken fast
            accept_sparse="csr" if tags.sparse else False,
            dtype="numeric",  # float32 stays, and so does uint8 (0006)
            ensure_all_finite="allow-nan" if tags.allow_nan else True,
            allow_nd=True,  # images
            estimator=learner,
            input_name="X",
        )
    elif n_rows(X) == 0:
        raise ValueError("X has 0 sample(s), while a minimum of 1 is required.")
    elif tags.string:
        _refuse_missing_texts(X, name)
    if remember:
        _check_row_shape(learner, X, reset)
        validate_data(learner, X, reset=reset, skip_check_array=True)
        if reset:
            learner._column_sizes = column_sizes(X)
        else:  # uint8 is a matter of nets (0023)
            divides = _is_net(front) and _divides(getattr(learner, "estimator_", None))
            warn_of_other_scale(name, X, learner._column_sizes, divides_uint8=divides)
    return X


def _check_row_shape(learner: Any, X: Any, reset: bool) -> None:
    """Learn or compare the shape of images, of which scikit-learn knows axis 1 only."""
    is_array = isinstance(X, np.ndarray) or hasattr(X, "read_rows")
    shape = X.shape[1:] if is_array else None
    if reset:
        learner._row_shape = shape
    known = learner._row_shape
    if shape is None or known is None or len(shape) == len(known) == 1:
        return  # scikit-learn compares the widths of flat rows
    if shape != known:
        is_row = X.shape == known
        raise ValueError(
            f"X has rows of shape {shape}, but this {type(learner).__name__} was fitted on rows "
            f"of shape {known}; pass {'one row as X[[row]]' if is_row else 'rows of that shape'}."
        )


def _stays_untouched(X: Any, tags: Any) -> bool:
    """Tell whether X is a frame, a pool, texts, or what the first step says that it takes."""
    if hasattr(X, "iloc") or hasattr(X, "read_rows"):
        return True
    if isinstance(X, np.ndarray):
        kind = X.dtype.kind
        is_text = kind == "U" or (kind == "O" and len(X) and isinstance(X[0], str))
        if X.ndim == 1 and is_text:
            return True
    elif isinstance(X, list | tuple) and len(X) and all(isinstance(x, str) for x in X):
        return True
    if tags.string or tags.dict:  # documents and dicts: whatever is not an array of numbers
        return not isinstance(X, np.ndarray) or X.dtype.kind not in "fiubc"
    return bool(tags.categorical and getattr(X, "dtype", np.dtype(float)).kind in "OU")


def _are_texts(X: Any) -> bool:
    """Tell whether rows are texts or paths by themselves, not in columns."""
    if not isinstance(X, list | tuple | np.ndarray) or not len(X):
        return False
    return isinstance(X[0], str | bytes | PathLike)


def _refuse_missing_texts(X: Any, name: str) -> None:
    """Refuse None and NaN among texts, which would fail far inside, without their row."""
    if hasattr(X, "isna") and X.ndim == 1:
        missing = np.flatnonzero(X.isna())
    elif isinstance(X, list | tuple) or (isinstance(X, np.ndarray) and X.dtype.kind == "O"):
        missing = np.flatnonzero([text is None or isinstance(text, float) for text in X])
    else:
        return
    if len(missing) and any(isinstance(text, str) for text in X):
        raise ValueError(
            f"{name} must hold a text in every row, got none for row {missing[0]}; leave it out, "
            "or put an empty text there."
        )


def _is_dataset(X: Any) -> bool:
    """Tell whether X is a map-style Dataset of torch."""
    kinds = {base.__module__.partition(".data")[0] for base in type(X).__mro__}
    return "torch.utils" in kinds and hasattr(X, "__getitem__") and hasattr(X, "__len__")


def _holds_no_rows(X: Any) -> bool:
    """Tell whether X is none of what can be read by number, whichever classifier it is for."""
    is_loader = hasattr(X, "batch_size") and hasattr(X, "dataset")
    is_dict = isinstance(X, Mapping) and not hasattr(X, "tocsr")
    return is_loader or is_dict or isinstance(X, Iterator | PathLike | Set)


def _is_net(front: Any) -> bool:
    return any(base.__module__.startswith("skal.nets") for base in type(front).__mro__)


def _divides(fitted: Any) -> bool:
    """Tell whether a fitted net, or each of several, divided what it learned from by 255."""
    return bool(getattr(getattr(fitted, "estimators_", [fitted])[0], "scaled_", False))


def _wants_numbers(front: Any, tags: Any, X: Any) -> bool:
    """Tell whether what X meets first is known to take numbers only, and may get others."""
    if _is_net(front):
        return True
    if not type(front).__module__.startswith(("sklearn.", "skal.data")):
        return False
    if not (is_classifier(front) or _are_texts(X)):  # a transformer may take columns of texts
        return False
    # a classifier around another one takes what that takes, a kernel may take texts
    params = front.get_params(deep=False)
    alone = not any(hasattr(p, "get_params") or isinstance(p, list) for p in params.values())
    takes_more = tags.string or tags.categorical or "categorical_features" in params
    return alone and not (takes_more or get_tags(front).no_validation)


def _refuse_single_row(X: Any) -> None:
    """Say how a single row is passed; scikit-learn knows only one more axis for it."""
    if isinstance(X, np.ndarray) and X.ndim == 1 and X.dtype.kind in "fiub":
        raise ValueError(
            f"X must be rows, got one axis of {len(X)} numbers (Expected 2D array, got 1D array "
            "instead). Reshape your data: pool[[row]] for a single row of a pool, pool[rows] for "
            "several, X.reshape(-1, 1) for a single feature."
        )
