"""Small images that were decoded once, kept in memory."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skal.data._image_files import ImageFile

__all__ = ["MemoryCache"]


class MemoryCache:
    """Pixels of files that were decoded, as long as the object lives; a pickle starts empty.

    Parameters
    ----------
    shape : tuple of int
        Of one image.
    """

    def __init__(self, shape: tuple[int, ...]):
        self.shape = shape
        self._pixels = np.empty((0, *shape), dtype=np.uint8)
        self._used = 0

    def find(self, files: Sequence[ImageFile]) -> tuple[NDArray[np.intp], dict[int, str]]:
        """Say where each file's pixels are, -1 for nowhere, and why others cannot be read."""
        return np.full(len(files), -1, dtype=np.intp), {}

    def add(
        self, files: Sequence[ImageFile], pixels: NDArray[np.uint8], damage: Mapping[int, str]
    ) -> NDArray[np.intp]:
        """Keep the pixels of files, but for those with `damage`; say where they are."""
        slots = np.full(len(files), -1, dtype=np.intp)
        good = np.setdiff1d(np.arange(len(files)), [*damage])
        slots[good] = self._used + np.arange(len(good))
        if self._used + len(good) > len(self._pixels):  # doubled: each is copied once or twice
            larger = np.empty((2 * (self._used + len(good)), *self.shape), dtype=np.uint8)
            larger[: self._used] = self._pixels[: self._used]
            self._pixels = larger
        self._pixels[slots[good]] = pixels[good]
        self._used += len(good)
        return slots

    def take(self, slots: NDArray[np.intp]) -> NDArray[np.uint8]:
        """Give the pixels that are kept at some slots."""
        return self._pixels[slots]

    def __reduce__(self) -> Any:
        return MemoryCache, (self.shape,)
