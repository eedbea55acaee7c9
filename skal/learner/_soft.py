"""Soft labels: rows of which people say how likely each class is."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import sklearn
from numpy.typing import ArrayLike, NDArray
from sklearn.pipeline import Pipeline

from skal._containers import take_rows

__all__ = ["check_soft", "is_routed", "is_soft", "spread", "weight_name"]

Columns = Mapping[Any, NDArray[np.float64]]  # class -> its share of each row, NaN: a plain label


def is_soft(y: Any) -> bool:
    """Tell whether labels are shares of classes, one column a class."""
    return len(getattr(y, "shape", ())) == 2 and y.shape[1] > 1


def check_soft(y: Any, classes: ArrayLike | None) -> tuple[NDArray[Any], Columns]:
    """Check shares of classes; gives the likeliest class of each row (ties: the lowest), and them.

    Columns of y stand in the order of `classes`.
    """
    shares = np.array(y, dtype=np.float64)  # (n, n_classes), a copy
    names = np.asarray(() if classes is None else classes)
    if names.ndim != 1 or len(names) != shares.shape[1] or len(np.unique(names)) < len(names):
        raise ValueError(
            "y should be a 1d array of one label a row, or hold one column for each of classes, "
            f"got an array of shape {shares.shape} and classes={classes!r:.60}; name each column "
            "by classes=, or pass y.argmax(axis=1)."
        )
    sums = shares.sum(axis=1)
    if not ((shares >= 0).all() and np.allclose(sums, 1, atol=1e-6)):
        raise ValueError(
            "y must hold shares of at least 0 that sum to 1 in each row, got a row of "
            f"{shares[np.argmax(np.abs(sums - 1))].tolist()[:10]}; divide it by its sum."
        )
    order = np.argsort(names)
    names, shares = names[order], shares[:, order]
    columns = {name: shares[:, k] for k, name in enumerate(names.tolist())}
    return names[shares.argmax(axis=1)], columns


def spread(
    X: Any, y: NDArray[Any], params: Mapping[str, NDArray[Any]], soft: Columns, name: str
) -> tuple[Any, NDArray[Any], dict[str, NDArray[Any]]]:
    """Make of each row one row for each class that it may be, weighed by the share of the class.

    The loss is then that of soft labels, -sum q ln p, for every classifier that takes weights.
    """
    labels = np.array(sorted(soft))
    shares = np.nan_to_num(np.stack([soft[label] for label in labels.tolist()], axis=1))
    plain = np.flatnonzero(shares.sum(axis=1) == 0)  # no share of any class: a plain label
    rows, which = np.nonzero(shares)
    rows, weight = np.append(rows, plain), np.append(shares[rows, which], np.ones(len(plain)))
    order = np.argsort(rows, kind="stable")
    said = np.concatenate([labels[which], y[plain]])[order]
    rows, weight = rows[order], weight[order]
    spread_params = {key: values[rows] for key, values in params.items()}
    weights = [key for key in params if key.endswith("sample_weight")] or [name]
    for key in weights:
        spread_params[key] = weight * spread_params.get(key, 1.0)
    return take_rows(X, rows), said, spread_params


def is_routed(estimator: Any) -> bool:
    """Tell whether a Pipeline takes plain names and hands them on to those who ask."""
    routing = sklearn.get_config()["enable_metadata_routing"]
    return bool(routing and isinstance(estimator, Pipeline))


def weight_name(estimator: Any) -> str:
    """Give the name under which `fit` takes the weights of the last step."""
    prefix = ""
    while isinstance(estimator, Pipeline) and not is_routed(estimator):
        name, estimator = estimator.steps[-1]
        prefix += f"{name}__"
    return f"{prefix}sample_weight"
