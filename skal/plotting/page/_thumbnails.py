"""Sheets of thumbnails that stay under a budget of bytes."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from skal.plotting._pixels import Pixels

__all__ = ["Thumbnails", "evenly", "make_thumbnails"]

_COLUMNS, _PER_SHEET = 16, 256
_LEVELS = (256, 64, 32, 16)  # of grey or of a colour: fewer deflate better, 16 still look right
_SAMPLE = 256

# rows of one round, largest utility first: (n,)
Rows = NDArray[np.intp]


@dataclass
class Thumbnails:
    """Sheets of one data set.

    Attributes
    ----------
    sheets : list of str
        PNG files in base64, each a grid of thumbnails.
    place : dict of int to int
        Row of X -> its number among the thumbnails, counted through all sheets.
    size : (width, height)
    levels : int
        Levels of grey, or of each colour; 256 is everything.
    kept : list of array of int
        Of each run, which of its rounds have their images.
    """

    sheets: list[str] = field(default_factory=list)
    place: dict[int, int] = field(default_factory=dict)
    size: tuple[int, int] = (1, 1)
    levels: int = 256
    kept: list[NDArray[np.intp]] = field(default_factory=list)

    @property
    def n_bytes(self) -> int:
        """Bytes that the sheets take in the file."""
        return sum(map(len, self.sheets))

    def layout(self) -> dict[str, int]:
        """What a reader must know to cut a thumbnail out of a sheet."""
        width, height = self.size
        return {"width": width, "height": height, "columns": _COLUMNS, "per_sheet": _PER_SHEET}


def evenly(n: int, k: int) -> NDArray[np.intp]:
    """Return k of n positions at equal distances, with the first and the last."""
    k = min(k, n)
    if k == 1:  # linspace would give the first: the initial set, which nobody asked for
        return np.array([n - 1])
    return np.rint(np.linspace(0, n - 1, k)).astype(np.intp)


def make_thumbnails(pixels: Pixels, runs: Sequence[Sequence[Rows]], budget: int) -> Thumbnails:
    """Return sheets of the rows of as many rounds as fit.

    First the levels of grey are lowered, as far as one hardly sees it; then rounds are left out,
    evenly over every run.
    """
    wanted = _rows_in_order(runs, [np.arange(len(run)) for run in runs])
    if not len(wanted) or budget <= 0:
        return Thumbnails(kept=[np.empty(0, dtype=np.intp) for _ in runs])
    sample = pixels.read(wanted[evenly(len(wanted), _SAMPLE)])
    for levels in _LEVELS:
        size = sum(map(len, _sheets(sample, levels))) / len(sample) * len(wanted)
        if size <= 0.97 * budget:  # what a sample says of all is not exact
            break
    share = min(1.0, budget / size)
    seen: dict[int, int] = {}  # row -> position among the pixels read
    read = np.empty((0, *sample.shape[1:]), dtype=np.uint8)
    while True:
        kept = [evenly(len(run), int(np.ceil(share * len(run)))) for run in runs]
        rows = _rows_in_order(runs, kept)
        new = np.array([row for row in rows.tolist() if row not in seen], dtype=np.intp)
        if len(new):
            seen |= {row: len(seen) + k for k, row in enumerate(new.tolist())}
            read = np.concatenate([read, pixels.read(new)])
        sheets = _sheets(read[[seen[row] for row in rows.tolist()]], levels)
        size = sum(map(len, sheets))
        if size <= budget:
            height, width = read.shape[1:3]
            place = {row: k for k, row in enumerate(rows.tolist())}
            return Thumbnails(sheets, place, (width, height), levels, kept)
        if all(len(k) <= 1 for k in kept):  # one round a run is too much
            return Thumbnails(kept=[np.empty(0, dtype=np.intp) for _ in runs])
        # by 2 % at least, so that the loop ends
        share *= min(0.98, 0.98 * budget / size)


def _rows_in_order(runs: Sequence[Sequence[Rows]], kept: Sequence[NDArray[np.intp]]) -> Rows:
    """Return each row once, early rounds of all runs first, so that a sheet is looked at as one."""
    rounds = [(k, run[k]) for run, ks in zip(runs, kept, strict=True) for k in ks.tolist()]
    rounds.sort(key=lambda pair: pair[0])
    rows = np.concatenate([rows for _, rows in rounds]) if rounds else np.empty(0, dtype=np.intp)
    return np.array(list(dict.fromkeys(rows[rows >= 0].tolist())), dtype=np.intp)


def _sheets(images: NDArray[np.uint8], levels: int) -> list[str]:
    """Return the sheets of thumbnails (n, height, width, channels)."""
    step = 256 // levels
    coarse = np.rint(np.arange(256) // step * 255 / (levels - 1)).astype(np.uint8)
    blocks = (coarse[images[k : k + _PER_SHEET]] for k in range(0, len(images), _PER_SHEET))
    return [base64.b64encode(_png(_grid(block))).decode("ascii") for block in blocks]


def _png(pixels: NDArray[np.uint8]) -> bytes:
    """Return a PNG file of pixels (height, width) or (height, width, 3)."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=9)  # written once, sent often
    return file.getvalue()


def _grid(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lay thumbnails side by side, line by line: (height, width), or with 3 channels."""
    if not np.ptp(images, axis=-1).any():  # grey, whatever its channels
        images = images[..., 0]
    n, height, width, *channels = images.shape
    columns = min(n, _COLUMNS)
    lines = -(-n // columns)
    grid = np.zeros((lines * columns, height, width, *channels), dtype=np.uint8)
    grid[:n] = images
    grid = grid.reshape(lines, columns, height, width, *channels).swapaxes(1, 2)
    return grid.reshape(lines * height, columns * width, *channels)
