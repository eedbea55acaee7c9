"""Images out of the rows of any X: whole ones, and small ones of bytes."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from skal._containers import n_rows, take_rows

__all__ = ["Pixels", "as_images", "can_be_images", "read_rows", "scaled", "shrink"]

_BLOCK = 8_000_000  # bytes of 64-bit floats that are in memory at once


# ---------------------------------------------------------------- whole images


def read_rows(X: Any, rows: NDArray[np.intp]) -> NDArray[Any]:
    """Return some rows of any container as a plain array, and read nothing else."""
    found = take_rows(X, rows)
    try:
        return found.toarray() if issparse(found) else np.asarray(found)
    except ValueError as error:
        raise ValueError(
            f"X must have rows of one shape, got a list with different ones ({error})."
        ) from error


def can_be_images(X: Any, image_shape: tuple[int, ...] | None = None) -> bool:
    """Say whether rows of X can be shown as images, from the first of them."""
    if X is None:
        return False
    try:
        as_images(read_rows(X, np.arange(1)), image_shape)
    except (TypeError, ValueError, LookupError):  # the last: there is no first row
        return False
    return True


def as_images(shown: NDArray[Any], image_shape: tuple[int, ...] | None) -> NDArray[Any]:
    """Return (n, height, width) or (n, height, width, 3) from any shape that X may have."""
    came = shown.shape[1:]
    if image_shape is not None and np.prod(image_shape) != np.prod(came):
        raise ValueError(
            f"image_shape must have the size of a row of X, {came}, got {image_shape}."
        )
    shape = came if image_shape is None else tuple(image_shape)
    axis = _channel_axis(shape)
    if shown.dtype.kind not in "biuf":
        raise ValueError(f"X must hold numbers to be images, got dtype {shown.dtype}.")
    images = shown.reshape(len(shown), *shape)
    if axis is None:
        return images
    images = np.moveaxis(images, axis + 1, -1)[..., :3]  # without alpha
    return images[..., 0] if images.shape[-1] == 1 else images


def _channel_axis(shape: tuple[int, ...]) -> int | None:
    """Return which axis of an image holds its channels; None: it is grey without channels."""
    if 0 not in shape:
        if len(shape) == 2:
            return None
        if len(shape) == 3 and shape[0] in (1, 3):  # as nets expect
            return 0
        if len(shape) == 3 and shape[2] in (1, 3, 4):
            return 2
    hint = "; pass image_shape=(height, width)" if len(shape) == 1 else ""
    raise ValueError(
        "An image must have shape (height, width), (channels, height, width) or (height, width, "
        f"channels) with 1 or 3 channels, got {shape}{hint}."
    )


def scaled(images: NDArray[Any]) -> NDArray[np.float64]:
    """Return the images in [0, 1]: uint8 by 255, others by the smallest and largest number."""
    if images.dtype == np.uint8:
        return images / 255.0  # 0006: uint8 means pixels
    values = images.astype(np.float64)
    finite = values[np.isfinite(values)]
    low, high = (finite.min(), finite.max()) if len(finite) else (0.0, 0.0)
    spread = high - low if high > low else 1.0
    return np.nan_to_num((values - low) / spread, posinf=1.0, neginf=0.0).clip(0, 1)


# ---------------------------------------------------------------- thumbnails


class Pixels:
    """Rows of X as thumbnails.

    Parameters
    ----------
    X : array, memmap, list, data frame, sparse matrix or pool that reads its rows itself
        Images (n, height, width), with channels first or last, or flat rows.
    image_shape : tuple of int or None
        Shape of one image, for flat rows.
    side : int
        Most pixels of a thumbnail's longer side.
    """

    def __init__(self, X: Any, image_shape: tuple[int, ...] | None, side: int):
        self.X = X
        self.image_shape = image_shape
        self.side = side
        self.n_rows = n_rows(X)
        if not self.n_rows:
            raise ValueError("X must have rows, got none; pass the X that fit or compare got.")
        first = self._images(np.arange(1))
        self._size = first.shape[1:3]
        self._is_bytes = first.dtype == np.uint8  # 0006: pixels, which are shown as they are
        self._step = max(1, _BLOCK // (first.size * 8))  # rows read at once
        self._limits: tuple[float, float] | None = None  # of X's numbers, unless they are bytes

    @property
    def scaled_down(self) -> bool:
        """Whether thumbnails are smaller than the images."""
        return max(self._size) > self.side

    def read(self, rows: NDArray[np.intp]) -> NDArray[np.uint8]:
        """Return thumbnails of rows: (n, height, width, 1 or 3).

        Numbers that are not bytes are scaled by the smallest and largest of the first rows read,
        so the first call should read rows from everywhere.
        """
        if self._is_bytes:
            return np.concatenate([np.rint(block).astype(np.uint8) for block in self._blocks(rows)])
        if self._limits is None:
            self._limits = _limits(self._blocks(rows))
        low, high = self._limits
        found = []
        for block in self._blocks(rows):
            shares = (block.astype(np.float64) - low) / (high - low if high > low else 1.0)
            shares = np.nan_to_num(shares, posinf=1.0, neginf=0.0).clip(0, 1)  # NaN is black
            found.append(np.rint(shares * 255).astype(np.uint8))
        return np.concatenate(found)

    def _images(self, rows: NDArray[np.intp]) -> NDArray[Any]:
        """Return whole images: (n, height, width, 1 or 3)."""
        images = as_images(read_rows(self.X, rows), self.image_shape)
        return images[..., None] if images.ndim == 3 else images

    def _blocks(self, rows: NDArray[np.intp]) -> Iterator[NDArray[Any]]:
        """Yield images of no more than `side`, in blocks that fit into memory."""
        for start in range(0, len(rows), self._step):
            yield shrink(self._images(rows[start : start + self._step]), self.side)


def shrink(images: NDArray[Any], side: int) -> NDArray[Any]:
    """Scale images (n, height, width, channels) down to a longest side by means over areas.

    Pixels that are not finite do not count; a mean of none is NaN.
    """
    factor = side / max(images.shape[1:3])
    if factor >= 1:
        return images
    images = images.astype(np.float64)
    known = np.isfinite(images)
    if known.all():
        return _area_means(images, factor)
    sums = _area_means(np.where(known, images, 0.0), factor)
    shares = _area_means(known.astype(np.float64), factor)
    return np.divide(sums, shares, where=shares > 0, out=np.full_like(sums, np.nan))


def _area_means(images: NDArray[np.float64], factor: float) -> NDArray[np.float64]:
    """Return the means of cells along height and width."""
    for axis in (1, 2):
        n = images.shape[axis]
        m = max(1, round(n * factor))
        edges = np.linspace(0, n, m + 1)[:, None]
        before = np.clip(edges - np.arange(n), 0, 1)  # (m + 1, n): share of a pixel before an edge
        weights = np.diff(before, axis=0) * (m / n)  # (m, n): a cut may split a pixel
        images = np.moveaxis(np.tensordot(images, weights, (axis, 1)), -1, axis)
    return images


def _limits(blocks: Iterator[NDArray[Any]]) -> tuple[float, float]:
    """Return the smallest and largest finite number."""
    ends = [
        (float(known.min()), float(known.max()))
        for block in blocks
        if len(known := block[np.isfinite(block)])
    ]
    return (min(low for low, _ in ends), max(high for _, high in ends)) if ends else (0.0, 1.0)
