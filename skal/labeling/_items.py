"""What people see of the items of a pool, whatever holds them."""

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skal._containers import as_array, is_outside_memory, n_rows, take_rows
from skal.data import ImageFolderPool, digests_of, keys_of
from skal.exceptions import ImageError
from skal.labeling._item_images import Shades, encode, image_axes

__all__ = ["Found", "Items"]

LONGEST = 4096  # pixels a side of what is sent to a page


class Found(NamedTuple):
    """Where known items stand in a pool."""

    rows: NDArray[np.intp]  # -1 where an item is gone
    moved: NDArray[np.bool_]  # found by its content, under another key
    changed: NDArray[np.bool_]  # another content under its key


class Items:
    """The items of a pool: keys, digests, and views of them for people.

    Parameters
    ----------
    pool : path, ImageFolderPool, array, memmap, DataFrame, list of texts, DatasetRows
        A path is a folder of images.
    image_shape : tuple of int, default=None
        Shape of the image in a row of numbers, such as (28, 28) for rows of 784. None: rows of
        two axes are grey images, rows of three that have 1, 3 or 4 channels are images.

    Attributes
    ----------
    X : pool
        What a learner reads.
    keys : array of str of shape (n,)
        What names each item for ever.
    kind : {"image", "text", "table"}
    """

    def __init__(self, pool: Any, image_shape: tuple[int, ...] | None = None):
        if isinstance(pool, str | os.PathLike):
            pool = ImageFolderPool(pool)
        self.X = pool
        self.image_shape = image_shape
        self.keys = keys_of(pool)
        if not len(self.keys):
            raise ValueError("`pool` must hold items, got none.")
        self.kind = self._kind()

    def __len__(self) -> int:
        return len(self.keys)

    def _kind(self) -> str:
        self._shades: Shades | None = None
        if isinstance(self.X, ImageFolderPool):
            return "image"
        shape = tuple(getattr(self.X, "shape", ()))[1:]
        if self.image_shape is not None:
            wanted = tuple(self.image_shape)
            if int(np.prod(wanted)) != int(np.prod(shape)) or image_axes(wanted) is None:
                raise ValueError(
                    "`image_shape` must be (height, width), or with 1, 3 or 4 channels, of the "
                    f"size of a row, {shape}, got {self.image_shape}."
                )
            self._shades = Shades(self.X, wanted)
            return "image"
        if not hasattr(self.X, "iloc") and image_axes(shape) is not None:
            self._shades = Shades(self.X, shape)
            return "image"
        if len(shape) > 1:
            raise ValueError(
                f"items must be images, texts or rows of a table, got rows of shape {shape}; pass "
                "image_shape, or texts that describe them."
            )
        return "text" if shape == () and self._holds_texts() else "table"

    def _holds_texts(self) -> bool:
        some = take_rows(self.X, np.arange(min(3, len(self))))
        some = some.tolist() if hasattr(some, "tolist") else list(some)
        # a word may be the name of a file by chance
        if all(isinstance(x, str | os.PathLike) and os.path.isfile(x) for x in some):
            raise TypeError(
                "`pool` must be a folder of images, rows or texts, got a list of files, "
                f"{str(some[0])!r}; pass the folder, or the texts that the files hold."
            )
        return isinstance(some[0], str)

    # ------------------------------------------------------------ views

    def view(self, row: int) -> dict[str, Any]:
        """Say what a person is to see of an item.

        Parameters
        ----------
        row : int

        Returns
        -------
        dict
            Values that JSON holds. ``{"kind": "image", "name", "width", "height"}``, the size 0
            and a reason as ``"unreadable"`` where it cannot be shown; ``{"kind": "text", "text"}``;
            ``{"kind": "table", "cells": [[name, value], ...]}`` with values as text.
        """
        if self.kind == "image":
            return self._image_view(row)
        item = take_rows(self.X, [row])
        if self.kind == "text":
            text = item.iloc[0] if hasattr(item, "iloc") else item[0]
            return {"kind": "text", "text": str(text)}
        return {"kind": "table", "cells": [[name, _printed(v)] for name, v in _cells(item)]}

    def _image_view(self, row: int) -> dict[str, Any]:
        view = {"kind": "image", "name": str(self.keys[row]), "width": 0, "height": 0}
        try:
            if self._shades is None:
                view["height"], view["width"] = self.X.image_size(row)
            else:
                view["width"], view["height"] = self._shades.image(row).size
        except ImageError as error:
            view["unreadable"] = str(error)
        return view

    def image(self, row: int, longest: int | None = None) -> tuple[bytes, str]:
        """Give an item as an image, written anew: nothing else of a file is handed on.

        Parameters
        ----------
        row : int
        longest : int, default=None
            Pixels that its longer side is brought down to, if it has more; at most 4,096.

        Returns
        -------
        data : bytes
        media_type : str
            "image/png" where small or with transparency, else "image/jpeg".

        Raises
        ------
        ImageError
            If it cannot be shown, with the reason.
        """
        longest = min(LONGEST, longest or LONGEST)
        if self.kind != "image":
            raise ImageError(f"a {self.kind}, which is no image")
        if self._shades is None:
            return encode(self.X.image(row, longest))
        image = self._shades.image(row)
        image.thumbnail((longest, longest))
        return encode(image)

    # ------------------------------------------------------------ items that come, move, change

    def digest(self, row: int) -> str:
        """Compute what the content of an item is known by.

        Parameters
        ----------
        row : int

        Returns
        -------
        str
            SHA-256 in hexadecimal.

        Raises
        ------
        ImageError, OSError
            If a file is not there.
        """
        return digests_of(self.X, [row])[0]

    def refresh(self) -> NDArray[np.intp]:
        """Find items that came since the pool was opened; the others keep their rows.

        Returns
        -------
        rows : int array
            Those of the new items.
        """
        n_before = len(self.keys)
        if hasattr(self.X, "refresh"):
            self.X.refresh()
        self.keys = keys_of(self.X)
        return np.arange(n_before, n_rows(self.X))

    def find(self, keys: Any, digests: Any = None, *, verify: bool = False) -> Found:
        """Find items that were known before, such as yesterday, in the pool as it is.

        Parameters
        ----------
        keys : sequence of str of shape (n,)
        digests : sequence of str or None of shape (n,), default=None
            Of their contents: what is not there under its key is looked for among the items that
            no key names.
        verify : bool, default=False
            Compare the contents under known keys too, which reads each.

        Returns
        -------
        found : Found
            ``rows`` of the pool, -1 for what is gone; ``moved`` and ``changed``, masks.
        """
        keys = [str(key) for key in keys]
        known: list[str | None] = [None] * len(keys) if digests is None else [*digests]
        row_of = {key: row for row, key in enumerate(self.keys.tolist())}
        rows = np.array([row_of.get(key, -1) for key in keys], dtype=np.intp)
        moved, changed = np.zeros(len(keys), dtype=bool), np.zeros(len(keys), dtype=bool)
        lost = {d: k for k, d in enumerate(known) if rows[k] < 0 and d}
        if lost:
            for row in np.setdiff1d(np.arange(len(self)), rows).tolist():
                k = lost.get(self._digest_or_none(row) or "")
                if k is not None and rows[k] < 0:
                    rows[k], moved[k] = row, True
        if verify:
            told = [k for k in np.flatnonzero((rows >= 0) & ~moved).tolist() if known[k]]
            now = self.digests(rows[told])
            changed[told] = [known[k] != found for k, found in zip(told, now, strict=True)]
        return Found(rows, moved, changed)

    @property
    def has_numbers_as_keys(self) -> bool:
        """Whether items are named by their rows alone, so that one more on top renames all."""
        if is_outside_memory(self.X):
            return False
        return np.array_equal(self.keys, np.arange(len(self)).astype(np.str_))

    def digests(self, rows: NDArray[np.intp]) -> list[str | None]:
        """Compute what the content of items is known by; None of a file that is not there.

        Parameters
        ----------
        rows : int array of shape (n,)

        Returns
        -------
        list of n str or None
        """
        if hasattr(self.X, "path"):
            return [self._digest_or_none(row) for row in rows.tolist()]
        return [*digests_of(self.X, rows)]

    def _digest_or_none(self, row: int) -> str | None:
        try:
            return self.digest(row)
        except (ImageError, OSError):
            return None


def _cells(item: Any) -> list[tuple[str, Any]]:
    """Give names and values of the only row of a table."""
    if hasattr(item, "columns"):
        return [(str(name), item[name].iloc[0]) for name in item.columns]
    if hasattr(item, "iloc"):
        return [("" if item.name is None else str(item.name), item.iloc[0])]
    if hasattr(item, "tocsr"):
        row = item.tocsr()
        return [(str(at), value) for at, value in zip(row.indices, row.data, strict=True)]
    first = item[0]
    if isinstance(first, Mapping):
        return [(str(name), value) for name, value in first.items()]
    values = first if isinstance(first, list | tuple) else np.atleast_1d(as_array(item)[0])
    return [(str(at), value) for at, value in enumerate(values)]


def _printed(value: Any) -> str:
    """Print a value of a table; nothing where it is missing."""
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else f"{float(value):.6g}"
    is_missing = type(value).__name__ in ("NoneType", "NAType", "NaTType")
    return "" if is_missing else str(value)
