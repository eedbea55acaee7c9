"""What comes as X: a tensor is taken as its array, what holds no rows of numbers is refused."""

import os
from collections.abc import Iterator, Mapping, Set
from os import PathLike
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset

__all__ = ["plain_rows"]

IMAGE_ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")


def plain_rows(X: Any) -> Any:
    """Turn a tensor into its array, and refuse what holds no rows of numbers.

    Parameters
    ----------
    X : array, tensor, DataFrame, list or pool of shape (n_samples, ...)

    Returns
    -------
    X, or the array of a tensor

    Raises
    ------
    TypeError, ValueError
        That say what to pass instead of texts, paths, dicts, a DataLoader and the like.

    Examples
    --------
    >>> from skal.nets import plain_rows
    >>> plain_rows(["scan_1.png", "scan_2.png"])
    Traceback (most recent call last):
    TypeError: X must be rows of numbers, got a path, 'scan_1.png'; pass the images: ...
    """
    if isinstance(X, torch.Tensor):
        return _as_array(X)
    if hasattr(X, "read_rows"):
        return X
    if hasattr(X, "iloc"):
        _check_columns(X)
        return X
    if isinstance(X, np.ndarray):
        if X.ndim == 1 and X.dtype.kind in "OU":
            _check_items(X.tolist())
        return X
    if isinstance(X, DataLoader | Dataset):
        name = "X.dataset" if isinstance(X, DataLoader) else "X"
        raise TypeError(
            f"X must be rows of numbers, got a {type(X).__name__}; pass "
            f"skal.data.DatasetRows({name}) as X, and the labels as y."
        )
    if isinstance(X, Mapping) and not hasattr(X, "tocsr"):  # a sparse matrix by keys is one too
        raise TypeError(
            "X must be rows of numbers, got a dict; pass pandas.DataFrame(X), or its values "
            "as columns: np.column_stack(list(X.values()))."
        )
    if isinstance(X, Set):
        raise TypeError("X must be rows in an order, got a set; pass a list.")
    if isinstance(X, Iterator):
        raise TypeError(
            f"X must be rows that can be read more than once, got a {type(X).__name__}; pass "
            "np.stack(list(X))."
        )
    if isinstance(X, str | bytes | PathLike):
        raise TypeError(_about_text(X))
    if isinstance(X, list | tuple):
        _check_items(X)
    return X


def _as_array(X: torch.Tensor) -> NDArray[Any]:
    if X.layout != torch.strided or X.dtype == torch.bfloat16:
        raise TypeError(
            f"X must be a dense tensor of a dtype that NumPy has, got {X.dtype} in layout "
            f"{X.layout}; pass X.to_dense().float()."
        )
    return X.detach().cpu().numpy()


def _check_columns(X: Any) -> None:
    first: Any = X.iloc[0] if len(X) else None
    if isinstance(first, str | PathLike):  # a Series
        raise TypeError(_about_text(first))
    named = first.items() if hasattr(first, "items") else ()
    texts = [name for name, value in named if isinstance(value, str | PathLike)]
    paths = [first[name] for name in texts if _is_path(first[name])]
    if paths:
        raise TypeError(_about_text(paths[0]))
    if texts:
        raise TypeError(
            f"X must be columns of numbers, got texts in {texts[:5]}; encode them in a Pipeline, "
            "such as make_column_transformer((OneHotEncoder(sparse_output=False), "
            f"{texts[:5]}), remainder=StandardScaler())."
        )


def _check_items(X: list[Any] | tuple[Any, ...]) -> None:
    first: Any = X[0] if len(X) else None
    if isinstance(first, str | bytes | PathLike):
        raise TypeError(_about_text(first))
    if isinstance(first, Mapping):
        raise TypeError(
            "X must be rows of numbers, got a list of dicts; pass pandas.DataFrame(X), or put a "
            "DictVectorizer(sparse=False) in front, in a Pipeline."
        )
    is_pair = isinstance(first, list | tuple) and len(first) == 2
    if is_pair and _shape(first[0]) != () == _shape(first[1]):
        raise TypeError(
            "X must be rows of numbers, got a list of pairs of a row and a label; pass them "
            "apart: X, y = zip(*pairs)."
        )
    shapes = sorted({_shape(x) for x in X})
    if len(shapes) > 1:
        several = " and ".join(map(str, shapes[:2]))
        raise ValueError(
            f"all rows of X must be of one shape, got {several}; resize, crop or pad them."
        )


def _is_path(text: Any) -> bool:
    """Tell whether a text names an image, or a file that is there."""
    is_image = str(text).lower().endswith(IMAGE_ENDINGS)
    return isinstance(text, PathLike) or is_image or os.path.isfile(text)


def _shape(row: Any) -> tuple[int, ...]:
    """Say the shape of a row as it comes, without reading it."""
    if isinstance(row, list | tuple):
        return (len(row),)
    found = getattr(row, "shape", getattr(row, "size", ()))  # Pillow has a size only
    return tuple(found) if isinstance(found, tuple) else ()


def _about_text(text: Any) -> str:
    if _is_path(text):
        return (
            f"X must be rows of numbers, got a path, {str(text)!r:.60}; pass the images: "
            "skal.data.ImageFolderPool makes a pool of the folder that they are in, "
            "skal.data.load_image_folder an array of a folder of class folders."
        )
    return (
        f"X must be rows of numbers, got a text, {text!r:.60}; put a TfidfVectorizer in "
        "front, in a Pipeline, and before a net also a TruncatedSVD."
    )
