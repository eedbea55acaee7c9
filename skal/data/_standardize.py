"""Bring pixels to mean 0 and standard deviation 1."""

import math
from collections.abc import Iterator
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

__all__ = ["ImageStandardizer"]

BLOCK = 1 << 19  # values worked on at once: 4 MiB in float64
ROUNDING = 64 * np.finfo(np.float64).eps  # a spread below this, relative to the mean, is noise


class ImageStandardizer(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Bring pixels to mean 0 and standard deviation 1, over all images or per channel.

    Unlike :class:`~sklearn.preprocessing.StandardScaler`, which scales every pixel position by
    itself, one mean and one deviation are shared by all positions, as nets on images expect.

    Parameters
    ----------
    per : {"global", "channel"}, default="global"
        What shares a mean and a deviation: all pixels, or the pixels of one channel. Grey images
        and flat rows have one channel, so both are the same there.

    Attributes
    ----------
    mean_, var_, scale_ : ndarray of shape (n_channels,)
        Mean, variance (divisor n) and standard deviation of the pixels, float64; one value each
        for ``per="global"``. ``scale_`` is 1 where the pixels are constant.
    image_shape_ : tuple of int
        Shape of one image: (height, width), (channels, height, width), or (n_features,).
    n_samples_seen_ : int
        Images learned from.
    n_features_in_ : int
        Values in one image.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if flat rows came in a DataFrame.

    Notes
    -----
    Images of shape (n, height, width), (n, channels, height, width) or flat rows (n, n_features)
    are taken, as arrays, memmaps or CPU tensors. uint8 pixels are taken as they are, from 0 to
    255; dividing them by 255 first would give the same result. float64 stays float64, everything
    else becomes float32. Everything is computed in float64, block by block; a memmap is never
    copied whole.

    References
    ----------
    Chan, Golub, LeVeque (1983), "Algorithms for computing the sample variance: analysis and
    recommendations", The American Statistician 37(3): how moments of blocks are combined.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.data import ImageStandardizer
    >>> images = np.array([[[0, 2], [4, 2]], [[0, 4], [2, 2]]], dtype=np.uint8)  # (2, 2, 2)
    >>> standardizer = ImageStandardizer().fit(images)
    >>> standardizer.mean_.tolist(), standardizer.var_.tolist()
    ([2.0], [2.0])
    >>> standardizer.transform(images)[0]
    array([[-1.4142135,  0.       ],
           [ 1.4142135,  0.       ]], dtype=float32)
    """

    mean_: NDArray[np.float64]
    var_: NDArray[np.float64]
    n_samples_seen_: int

    def __init__(self, per: str = "global"):
        self.per = per

    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Learn mean and deviation, forgetting what was learned before.

        Parameters
        ----------
        X : array of shape (n, height, width), (n, channels, height, width) or (n, n_features)
            Images, finite.
        y : ignored

        Returns
        -------
        self : ImageStandardizer
        """
        return self._learn(X, reset=True)

    def partial_fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Learn from more images of the same shape; the cuts between calls do not matter.

        Parameters
        ----------
        X : array of shape (n, height, width), (n, channels, height, width) or (n, n_features)
            Images, finite.
        y : ignored

        Returns
        -------
        self : ImageStandardizer
        """
        return self._learn(X, reset=not hasattr(self, "image_shape_"))

    def transform(self, X: ArrayLike) -> NDArray[Any]:
        """Subtract the mean and divide by the deviation.

        Parameters
        ----------
        X : array of shape (n, *image_shape_)
            Images, finite.

        Returns
        -------
        X_out : ndarray of the same shape
            float64 if X is float64, else float32.
        """
        return self._rescale(X, inverse=False)

    def inverse_transform(self, X: ArrayLike) -> NDArray[Any]:
        """Undo ``transform``, up to rounding; floats come back, not uint8.

        Parameters
        ----------
        X : array of shape (n, *image_shape_)
            Standardized images, finite.

        Returns
        -------
        X_out : ndarray of the same shape
            float64 if X is float64, else float32.
        """
        return self._rescale(X, inverse=True)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Name the columns, which flat rows have and images have not.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names to use where the standardizer was fitted without names.

        Returns
        -------
        names : ndarray of shape (n_features_in_,)
        """
        check_is_fitted(self)
        if len(self.image_shape_) > 1:
            raise ValueError(
                f"images of shape {self.image_shape_} have no columns to name; fit on flat rows "
                f"of shape (n, n_features) to get names."
            )
        return super().get_feature_names_out(input_features)

    def __sklearn_tags__(self) -> Tags:
        """Flat rows and images, of which float32 and float64 keep their type."""
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def _learn(self, X: Any, reset: bool) -> Self:
        """Combine what is known with the moments of X; nothing is stored before all is checked."""
        if self.per not in ("global", "channel"):
            raise ValueError(f"`per` must be 'global' or 'channel', got {self.per!r}.")
        checked = self._check_images(X) if reset else self._check_learned_shape(X)
        shape = checked.shape[1:]
        n_channels = shape[0] if self.per == "channel" and len(shape) == 3 else 1
        n_values = math.prod(shape) // n_channels  # of one channel of one image
        n, mean, squares = 0, np.zeros(n_channels), np.zeros(n_channels)
        if not reset:
            if n_channels != len(self.mean_):
                raise ValueError(
                    f"`per` must stay as it was between calls of partial_fit, got {self.per!r} "
                    f"with {n_channels} means after {len(self.mean_)}; set it back, or call fit."
                )
            n, mean = self.n_samples_seen_ * n_values, self.mean_
            squares = self.var_ * n
        for _, block in _blocks(checked, n_channels):
            n_new = len(block) * n_values
            gap = block.mean(axis=(0, 2)) - mean  # (n_channels,)
            # squares of centred values: a mean square less a squared mean would cancel
            block -= (mean + gap)[:, np.newaxis]
            # Chan, Golub, LeVeque (1983): the squares of two sets around their common mean
            squares = squares + np.einsum("icv,icv->c", block, block)
            squares += gap**2 * (n * n_new / (n + n_new))
            mean, n = mean + gap * (n_new / (n + n_new)), n + n_new

        if reset:  # names of columns alone: scikit-learn counts features in the second axis
            validate_data(self, X, reset=True, skip_check_array=True, ensure_2d=False)
        self.n_features_in_ = math.prod(shape)
        self.image_shape_ = shape
        self.n_samples_seen_ = n // n_values
        self.mean_ = mean
        self.var_ = squares / n
        deviation = np.sqrt(self.var_)
        self.scale_ = np.where(deviation > ROUNDING * np.abs(mean), deviation, 1.0)
        return self

    def _rescale(self, X: Any, inverse: bool) -> NDArray[Any]:
        check_is_fitted(self)
        X = self._check_learned_shape(X)
        # nets work in float32; in float64 a uint8 pool would take eight times its memory
        X_out = np.empty(X.shape, dtype=np.float64 if X.dtype == np.float64 else np.float32)
        mean, scale = self.mean_[:, np.newaxis], self.scale_[:, np.newaxis]
        for rows, block in _blocks(X, len(self.mean_)):
            block = block * scale + mean if inverse else (block - mean) / scale
            X_out[rows] = block.reshape(-1, *X.shape[1:])
        return X_out

    def _check_images(self, X: Any) -> NDArray[Any]:
        """X as an array of finite numbers of a shape that images can have."""
        X = check_array(X, dtype="numeric", allow_nd=True, estimator=self)
        if X.ndim > 4 or 0 in X.shape:
            raise ValueError(
                "X must be of shape (n, height, width), (n, channels, height, width) or "
                f"(n, n_features), none of them 0, got {X.shape}; move further axes into n."
            )
        return X

    def _check_learned_shape(self, X: Any) -> NDArray[Any]:
        """X as images of the shape that was learned."""
        checked = self._check_images(X)
        flat = checked.ndim == 2 and len(self.image_shape_) == 1
        # scikit-learn has its own words for a wrong number or wrong names of columns
        validate_data(self, X, reset=False, skip_check_array=True, ensure_2d=flat)
        if checked.shape[1:] != self.image_shape_:
            raise ValueError(
                f"X must hold images of shape {self.image_shape_}, as in fit, got "
                f"{checked.shape[1:]}; reshape or resize them, or fit again."
            )
        return checked


def _blocks(X: NDArray[Any], n_channels: int) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """Cut X into rows and their own float64 copy, (n_rows, n_channels, n_values)."""
    step = max(1, BLOCK // math.prod(X.shape[1:]))  # an image larger than a block is one by itself
    for start in range(0, len(X), step):
        rows = slice(start, start + step)
        block = np.array(X[rows], dtype=np.float64, order="C")
        yield rows, block.reshape(len(block), n_channels, -1)
