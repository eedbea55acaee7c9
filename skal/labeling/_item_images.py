"""Rows of numbers as images that people see, in bytes that a browser shows."""

from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from skal._containers import as_array, n_rows, take_rows
from skal.exceptions import ImageError

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Shades", "encode", "image_axes"]

SMALL = 256  # pixels a side of what is sent without loss
N_LOOKED_AT = 256  # rows that decide which number is black and which is white


def image_axes(shape: tuple[int, ...]) -> str | None:
    """Say what the axes of a row mean: "hw", "chw" or "hwc"; None: it is no image."""
    if len(shape) == 2 and min(shape) > 1:
        return "hw"
    if len(shape) != 3:
        return None
    if shape[0] in (1, 3):  # as nets expect
        return "chw"
    if shape[2] in (1, 3, 4):
        return "hwc"
    return "chw" if shape[0] == 4 else None


def encode(image: "Image") -> tuple[bytes, str]:
    """Write an image as bytes, and say of which media type they are."""
    image.info.clear()  # comments and profiles of a file would be written too
    is_photo = image.mode != "RGBA" and max(image.size) > SMALL
    stream = BytesIO()
    if is_photo:
        image.save(stream, "JPEG", quality=90)
    else:
        image.save(stream, "PNG", compress_level=3)  # a third of the time of 6, a tenth larger
    return stream.getvalue(), "image/jpeg" if is_photo else "image/png"


class Shades:
    """Which numbers of a pool are black and white: the same for all its rows.

    Parameters
    ----------
    X : pool of numbers
    image_shape : tuple of int
        (height, width), (channels, height, width) or (height, width, channels).
    """

    def __init__(self, X: Any, image_shape: tuple[int, ...]):
        self.X = X
        self.image_shape = image_shape
        self._ends: tuple[float, float] | None = None

    def image(self, row: int) -> "Image":
        """Make an image of a row."""
        from PIL import Image

        pixels = self._as_bytes(as_array(take_rows(self.X, [row]))[0].reshape(self.image_shape))
        if image_axes(self.image_shape) == "chw":
            pixels = np.moveaxis(pixels, 0, -1)
        return Image.fromarray(pixels[..., 0] if pixels.shape[-1:] == (1,) else pixels)

    def _as_bytes(self, values: NDArray[Any]) -> NDArray[np.uint8]:
        if values.dtype == np.uint8:
            return np.ascontiguousarray(values)
        if values.dtype.kind not in "biuf":
            raise ImageError(f"values of {values.dtype}")
        black, white = self._ends or self._looked_at(values.dtype)
        with np.errstate(invalid="ignore"):
            shares = np.nan_to_num((values.astype(np.float64) - black) / (white - black))
        return np.rint(255 * shares.clip(0, 1)).astype(np.uint8)

    def _looked_at(self, dtype: Any) -> tuple[float, float]:
        """Look at some rows, spread over all; 0 to 1 stays what it is."""
        n = n_rows(self.X)
        some = np.unique(np.linspace(0, n - 1, min(n, N_LOOKED_AT)).astype(int))
        values = as_array(take_rows(self.X, some)).astype(np.float64)
        values = values[np.isfinite(values)]
        least, most = (values.min(), values.max()) if len(values) else (0.0, 1.0)
        if dtype.kind == "b" or (dtype.kind == "f" and 0 <= least and 0.5 < most <= 1):
            least, most = 0.0, 1.0
        self._ends = float(least), float(most if most > least else least + 1)
        return self._ends
