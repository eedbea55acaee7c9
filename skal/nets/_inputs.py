"""What a net classifier accepts as rows, labels and weights."""

from numbers import Real
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import assert_all_finite
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from skal._compat import check_sample_weight
from skal.evidence.sweep import RowReader, shares_memory
from skal.nets._rows import plain_rows

__all__ = ["CheckedInputs", "classes_to_come"]

# 0023: uint8 rows are no pixels as long as they hold no value above these
LARGEST_COUNT = 127  # flat rows
LARGEST_NO_IMAGE = 16  # images


class CheckedInputs:
    """Base of net classifiers: checks of what they are given."""

    input_shape_: tuple[int, ...]
    scaled_: bool
    dtype_: str
    _saw_uint8: bool  # in the first fit
    _built_with: dict[str, Any]
    class_weight: Any
    scale_uint8: Any

    def _check_X_y(self, X: Any, y: Any, *, reset: bool) -> tuple[NDArray[Any], NDArray[Any]]:
        y = y.detach().cpu().numpy() if isinstance(y, torch.Tensor) else y
        _check_labels(y)
        X = self._check_shape(plain_rows(X), reset=reset)
        # "numeric" keeps the dtype, which says whether X is pixels (0006) and how wide the net is
        X, y = validate_data(self, X, y, reset=reset, dtype="numeric", allow_nd=True)
        check_classification_targets(y)
        return self._check_kind(X, reset=reset), y

    def _check_X(self, X: Any) -> NDArray[Any]:
        if hasattr(X, "read_rows") and self._is_checked(X):
            return X  # it stays where it is, and is read batch by batch
        X = self._check_shape(plain_rows(X), reset=False)
        X = validate_data(
            self, X, reset=False, dtype="numeric", allow_nd=True, ensure_all_finite=False
        )
        # A finite sum means finite values, and torch adds up on all its threads; where the sum is
        # not finite, which large values may cause too, scikit-learn looks at each.
        is_finite = X.dtype.kind != "f" or (
            shares_memory(X) and bool(torch.isfinite(torch.from_numpy(X).sum()))
        )
        if not is_finite:
            assert_all_finite(X, input_name="X", estimator_name=type(self).__name__)
        return self._check_kind(X, reset=False)

    def _check_shape(self, X: Any, *, reset: bool) -> Any:
        """Refuse rows of another shape than the fitted ones; flat rows are scikit-learn's."""
        needed = getattr(self, "input_shape_", None)
        # lists have no shape yet: they come by again as arrays, from _check_kind
        if reset or needed is None or len(getattr(X, "shape", ())) < 2:
            return X
        got = tuple(X.shape[1:])
        if tuple(X.shape) == needed:
            raise ValueError(f"X must be rows, got a single row of shape {needed}; pass X[None].")
        if got != needed and (len(got) != 1 or len(needed) != 1):
            raise ValueError(
                f"X has rows of shape {got}, but this {type(self).__name__} was fitted on rows "
                f"of shape {needed}; pass rows of that shape."
            )
        return X

    def _check_kind(self, X: NDArray[Any], *, reset: bool) -> NDArray[Any]:
        """Refuse pixels of another scale than the fitted ones: the answer would be wrong."""
        self._check_shape(X, reset=reset)
        if X.dtype.kind not in "fiub":
            raise TypeError(f"X must be numbers, got {X.dtype}; turn its columns into numbers.")
        if reset or not self._built_with["scale_uint8"] or not X.size:
            return X
        is_uint8 = X.dtype == np.uint8
        if is_uint8 and not self._saw_uint8:  # 0006
            raise ValueError(
                "X is uint8, which counts as pixels and would be divided by 255, but the net was "
                "fitted on another dtype; pass that dtype, or fit with scale_uint8=False."
            )
        if self.scaled_ and not is_uint8 and (X.min() < 0 or X.max() > 1):
            raise ValueError(
                f"X has dtype {X.dtype} and values in [{X.min():.4g}, {X.max():.4g}], but the "
                "net was fitted on uint8 pixels divided by 255; pass uint8, or floats in [0, 1]."
            )
        return X

    def _is_checked(self, X: Any) -> bool:
        """Tell whether an array that was found finite can be read without a further look."""
        # what _check_X would change or refuse is not: other containers, dtypes, shapes and scales
        return (
            (isinstance(X, np.ndarray) or hasattr(X, "read_rows"))
            and X.dtype.kind in "fiub"
            and X.shape[1:] == self.input_shape_
            and self._has_scale(X.dtype)
        )

    def _has_scale(self, dtype: Any) -> bool:
        """Tell whether numbers of a dtype need no look at their size."""
        is_any = not self._built_with["scale_uint8"] or (self._saw_uint8 and not self.scaled_)
        return is_any or (dtype == np.uint8) == self._saw_uint8

    def _are_pixels(self, X: NDArray[Any]) -> bool:
        """Tell whether rows to start with count as pixels from 0 to 255."""
        if X.dtype != np.uint8 or self.scale_uint8 != "auto":
            return X.dtype == np.uint8 and bool(self.scale_uint8)
        return bool(X.max() > (LARGEST_NO_IMAGE if self._is_image() else LARGEST_COUNT))  # 0023

    def _is_image(self) -> bool:
        """Tell whether the module sees rows of several axes."""
        return len(self._sample_shape() or self.input_shape_) > 1

    def _reader(self, X: NDArray[Any]) -> RowReader:
        scale = 1 / 255 if self.scaled_ and X.dtype == np.uint8 else 1.0
        return RowReader(X, getattr(torch, self.dtype_), scale, self._sample_shape())

    def _sample_shape(self) -> tuple[int, ...] | None:
        """Say in which shape the module sees a row; None: as it is stored."""
        return None

    def _weighted(
        self, X: NDArray[Any], y: NDArray[Any], sample_weight: ArrayLike | None
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.floating] | None]:
        """Join sample and class weights; rows of weight 0 are left out."""
        if sample_weight is None and self.class_weight is None:
            return X, y, None
        if isinstance(sample_weight, str | dict):
            raise TypeError(
                f"sample_weight must hold one number a row, got {sample_weight!r:.60}; weights of "
                "classes are a parameter, class_weight."
            )
        weight = check_sample_weight(
            sample_weight,
            X,
            dtype=np.float64,
            ensure_non_negative=True,
            copy=True,
            allow_all_zero_weights=True,  # refused below, with the name of the argument
        )
        if isinstance(self.class_weight, dict):  # a label that it does not name has 1
            _check_class_weight(self.class_weight, y)
            weight *= np.array([self.class_weight.get(label, 1.0) for label in y.tolist()])
        elif self.class_weight is not None:
            weight *= compute_sample_weight(self.class_weight, y)
        # a batch of weights that sum to 0 would have no mean
        keep = weight > 0
        if not keep.any():
            raise ValueError(
                "sample_weight and class_weight are zero for every row; give at least one row a "
                "positive weight."
            )
        return (X, y, weight) if keep.all() else (X[keep], y[keep], weight[keep])


def classes_to_come(known: NDArray[Any] | None, classes: Any, y: NDArray[Any]) -> NDArray[Any]:
    """Find the classes of a net that `partial_fit` starts (`known` is None) or goes on with."""
    if classes is not None:
        if np.ndim(classes) != 1:
            raise ValueError(
                f"classes must be a list of all labels, got {classes!r}; pass np.unique(y)."
            )
        named = np.unique(np.asarray(classes))
    elif known is not None:
        named = known
    else:
        raise ValueError(
            "classes must be passed on the first call to partial_fit: the net needs an output "
            "for every class that will ever come."
        )
    if known is not None and not np.array_equal(named, known):
        raise ValueError(
            f"classes={named!r} differs from the classes of the first call, {known!r}; call fit "
            "to start again with other classes."
        )
    unknown = np.setdiff1d(y, named)
    if len(unknown):
        raise ValueError(
            f"y has labels that the net has no output for: {unknown[:5].tolist()}; known are "
            f"{named.tolist()}. Call fit, or name all classes in the first call."
        )
    return named


def _check_labels(y: Any) -> None:
    shape: tuple[int, ...] = getattr(y, "shape", ())
    if len(shape) == 2 and shape[1] > 1:
        raise ValueError(
            f"y should be a 1d array, got an array of shape {tuple(shape)} instead; for one column "
            "a class pass y.argmax(axis=1)."
        )
    may_lack = isinstance(y, list) or (isinstance(y, np.ndarray) and y.dtype.kind == "O")
    if may_lack and any(label is None for label in y):
        raise ValueError("y must hold a label for each row, got None; leave those rows out.")


def _check_class_weight(class_weight: dict[Any, Any], y: NDArray[Any]) -> None:
    for label, weight in class_weight.items():
        if not isinstance(weight, Real) or not 0 <= float(weight) < np.inf:
            raise ValueError(
                f"`class_weight` must hold numbers from 0 up, got {weight!r} for {label!r}; a "
                "weight of 0 leaves the rows of a class out."
            )
    labels = np.unique(y).tolist()
    # a label may come later, but not as text where the others are numbers
    kinds = [{isinstance(label, str) for label in part} for part in (class_weight, labels)]
    if class_weight and kinds[0].isdisjoint(kinds[1]):
        raise ValueError(
            f"`class_weight` must name labels as they stand in y, such as {labels[0]!r}, got "
            f"{next(iter(class_weight))!r}; write them alike."
        )
