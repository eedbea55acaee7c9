"""What size the images of a folder get, and whether they are read in colour."""

import operator
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from skal.data._image_pixels import has_color, height_width
from skal.exceptions import ImageError

__all__ = ["N_LOOKED_AT", "check_size", "count_colored", "counts_as_colored", "own_shape"]
__all__ += ["sizes_of", "spread"]

T = TypeVar("T")

LARGEST = 64  # pixels a side, unless a size is asked for: what a small net learns from
N_LOOKED_AT = 64  # files that decide on colour
COLORED = 0.05  # of them: a stamp on one scan in a hundred makes no folder of photos


def check_size(size: Any) -> tuple[int, int] | None:
    """Refuse what is no size; height and width, if one is given."""
    if size is None:
        return None
    pair = size if isinstance(size, tuple | list) else (size, size)
    try:
        # True is an int to Python; index, unlike int, takes no 2.5
        sides = [operator.index(side) for side in pair if not isinstance(side, bool)]
    except TypeError:
        sides = []
    if len(sides) != 2 or len(pair) != 2 or min(sides) < 1:
        raise ValueError(
            f"`size` must be a positive int or (height, width) in pixels, or None, got {size!r}."
        )
    return sides[0], sides[1]


def spread(files: Sequence[T]) -> list[T]:
    """Take a few files, spread evenly over all."""
    some = np.unique(np.linspace(0, len(files) - 1, N_LOOKED_AT).astype(int))
    return [files[row] for row in some]


def sizes_of(files: Sequence[Path]) -> Counter[tuple[int, int]]:
    """How many images have which height and width, from their headers."""
    found: Counter[tuple[int, int]] = Counter()
    for file in files:
        with suppress(ImageError):  # named when it is read
            found[height_width(file)] += 1
    return found


def own_shape(sizes: Counter[tuple[int, int]]) -> tuple[int, int]:
    """Height and width that images of these sizes get unless another is asked for."""
    longest = max((max(pair) for pair in sizes), default=LARGEST)
    if len(sizes) != 1:
        return min(longest, LARGEST), min(longest, LARGEST)
    ((height, width),) = sizes
    share = min(1, LARGEST / longest)
    return max(1, round(height * share)), max(1, round(width * share))


def count_colored(files: Sequence[Path]) -> tuple[int, int]:
    """How many files have colour, of how many that are spread over all of them."""
    colored = []
    for file in spread(files):
        with suppress(ImageError):
            colored.append(has_color(file))
    return sum(colored), len(colored)


def counts_as_colored(n_colored: int, n_seen: int) -> bool:
    """Tell whether a folder is one of coloured images."""
    return n_colored > COLORED * n_seen
