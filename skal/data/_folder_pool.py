"""A folder of images, with or without labels, as a pool."""

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray

from skal.data._image_cache import MemoryCache
from skal.data._image_files import EXTENSIONS, ImageFile, LeftOut, suffixes, walk_images
from skal.data._image_form import (
    check_size,
    count_colored,
    counts_as_colored,
    own_shape,
    sizes_of,
    spread,
)
from skal.data._image_pixels import height_width, read_pixels, read_whole
from skal.exceptions import ImageError

__all__ = ["ImageFolderPool"]

IN_MEMORY = 2**28  # bytes of a pool whose decoded images are kept
BLOCK = 512  # images that are decoded before they are kept, so that an interruption loses few
INLINE = 4  # images that are decoded sooner than threads have started


class ImageFolderPool:
    """All images below a folder as a pool, decoded when they are needed.

    Nothing is decoded twice, files that cannot be read are listed instead of raised, and
    `refresh` finds files that came meanwhile. Keys are the paths below the folder.

    Parameters
    ----------
    root : path
        Folder of images, at any depth.
    size : int or (height, width), default=None
        Pixels of every image; an int is a square. None: their own size if all that are looked at
        have the same, with the longer side brought down to 64, else squares of 64. Images are
        resized with their proportions kept; what stands out at two sides is cropped.
    color : bool, default=None
        If True, red, green and blue, channels first; if False, grey. None: as the files are.
    recursive : bool, default=True
        Look into sub-folders too.
    extensions : sequence of str, default=(".bmp", ".gif", ".jfif", ".jpeg", ".jpg", ".png", ...)
        File extensions to look for, in any case.
    n_jobs : int, default=None
        Threads that decode; None and -1 are as many as there are processors.

    Attributes
    ----------
    root : Path
        The folder, absolute.
    keys : array of str of shape (n,)
        Paths below the folder, with slashes; sorted, but for those that `refresh` appended.
    shape : tuple of int
        (n, height, width), or (n, 3, height, width) for color.
    dtype : dtype
        uint8.
    unreadable_ : dict
        Key -> reason of files that cannot be read, as far as they were met. Files that are seen
        to be damaged as the folder is opened have no row; the others keep theirs, which reads as
        black and is no candidate of a query.
    unreadable_rows : int array
        Rows of them.
    left_out_ : dict
        Reason -> names of what was passed by: hidden files, other extensions, links that lead out
        of the folder or to folders, names that are not UTF-8.

    Raises
    ------
    FileNotFoundError, NotADirectoryError
        If ``root`` is not there, or is no folder.
    ValueError
        If there are no images.

    Notes
    -----
    Up to 64 files, spread over all, are looked at to decide on size and colour; state both where
    the same pixels are needed when more files have come. Images are kept in memory once they
    were decoded, if all of them take less than 256 MB.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from skal.data import ImageFolderPool
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Image.new("L", (6, 4), 200).save(Path(folder, "b.png"))
    ...     Image.new("L", (6, 4), 10).save(Path(folder, "a.png"))
    ...     pool = ImageFolderPool(folder)
    ...     pool.shape, pool[:, 0, 0].tolist()
    ((2, 4, 6), [10, 200])
    >>> pool.keys.tolist()
    ['a.png', 'b.png']
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        *,
        size: int | tuple[int, int] | None = None,
        color: bool | None = None,
        recursive: bool = True,
        extensions: Sequence[str] = EXTENSIONS,
        n_jobs: int | None = None,
    ):
        shape = check_size(size)
        if color not in (True, False, None):
            raise ValueError(f"`color` must be True, False or None, got {color!r}.")
        self.root = Path(root).expanduser().absolute()
        self.recursive = recursive
        self.n_jobs = _n_threads(n_jobs)
        self.left_out_ = LeftOut()
        self._wanted = suffixes(extensions)
        files = self._walk()
        if not files:
            raise ValueError(
                f"{self.root} must hold images, got none; looked for {sorted(self._wanted)}"
                + (f", passed by {self.left_out_}" if self.left_out_ else "")
                + ". Pass the folder of the images, or their extensions."
            )
        some = [self.root / file.key for file in spread([f for f in files if f.size] or files)]
        shape = shape or own_shape(sizes_of(some))
        if color is None:
            color = counts_as_colored(*count_colored(some))
        self.dtype = np.dtype(np.uint8)
        self._size, self._color = shape, bool(color)
        self._row_shape = ((3,) if color else ()) + shape
        self._files: list[ImageFile] = []
        self._row_of: dict[str, int] = {}
        self._slots = np.empty(0, dtype=np.intp)
        self._tried = np.empty(0, dtype=bool)
        self._damage: dict[str, str] = {}
        self._lock = Lock()
        n_bytes = len(files) * int(np.prod(self._row_shape))
        self._kept = MemoryCache(self._row_shape) if n_bytes <= IN_MEMORY else None
        self._append(files)
        if not self._files:
            raise ValueError(
                f"{self.root} must hold images that can be read, got none: {self.unreadable_}."
            )

    # ------------------------------------------------------------ what there is

    @property
    def keys(self) -> NDArray[np.str_]:
        """What names each item for ever."""
        return np.array([file.key for file in self._files], dtype=np.str_)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of all rows."""
        return (len(self._files), *self._row_shape)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def __len__(self) -> int:
        return len(self._files)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.root)!r}): {self.shape} uint8"

    @property
    def unreadable_(self) -> dict[str, str]:
        """Key -> reason of files that cannot be read."""
        with self._lock:
            return dict(sorted(self._damage.items()))

    @property
    def unreadable_rows(self) -> NDArray[np.intp]:
        """Rows of files that cannot be read, as far as they were met."""
        with self._lock:
            rows = [self._row_of[key] for key in self._damage if key in self._row_of]
        return np.array(sorted(rows), dtype=np.intp)

    def path(self, row: int) -> Path:
        """Give the path of a file.

        Parameters
        ----------
        row : int

        Returns
        -------
        Path

        Raises
        ------
        ImageError
            If it is not there, or has become a link that leads out of the folder.
        """
        path = self.root / self._files[row].key
        real = path.resolve()
        if not real.is_relative_to(self.root.resolve()):
            raise ImageError("a link to a file elsewhere")
        if not real.is_file():
            raise ImageError("a file that is no longer there")
        return path

    def image_size(self, row: int) -> tuple[int, int]:
        """Give the height and width of a file as a viewer shows it, from its header.

        Parameters
        ----------
        row : int

        Returns
        -------
        (height, width)

        Raises
        ------
        ImageError
            If it cannot be read.
        """
        return height_width(self.path(row))

    def image(self, row: int, longest: int | None = None) -> Any:
        """Give a file as an image for people: turned as a viewer shows it, not cropped.

        Parameters
        ----------
        row : int
        longest : int, default=None
            Pixels that its longer side is brought down to; None leaves its own size.

        Returns
        -------
        PIL.Image.Image
            Of mode "L", "RGB" or "RGBA".

        Raises
        ------
        ImageError
            If it cannot be read.
        """
        return read_whole(self.path(row), longest)

    # ------------------------------------------------------------ reading

    def read_rows(self, rows: Iterable[int]) -> NDArray[np.uint8]:
        """Read some rows into an array.

        Parameters
        ----------
        rows : int array of shape (n,)

        Returns
        -------
        array of shape (n, height, width) or (n, 3, height, width), uint8
            Black where a file cannot be read.

        Raises
        ------
        FileNotFoundError
            If the whole folder is no longer there.
        """
        where = np.array([int(row) for row in rows], dtype=np.intp)
        where[where < 0] += len(self)
        if len(where) and not 0 <= where.min() <= where.max() < len(self):
            raise IndexError(f"rows must be in 0 to {len(self) - 1}, got {where.tolist()[:5]}.")
        out = np.zeros((len(where), *self._row_shape), dtype=np.uint8)
        with self._lock:
            slots = self._slots[where]
            known = {self._row_of[key] for key in self._damage if key in self._row_of}
            kept = np.flatnonzero(slots >= 0)
            if self._kept is not None and len(kept):
                out[kept] = self._kept.take(slots[kept])
        wanted = [row for row in np.unique(where[slots < 0]).tolist() if row not in known]
        for start in range(0, len(wanted), BLOCK):
            some = wanted[start : start + BLOCK]
            pixels = self._decode(some)  # (n, ...)
            place = np.searchsorted(some, where)
            place[place == len(some)] = 0
            mine = np.flatnonzero(np.array(some)[place] == where)
            out[mine] = pixels[place[mine]]
        return out

    def find_unreadable(self) -> NDArray[np.intp]:
        """Read all files that were not read yet.

        Returns
        -------
        rows : int array
            Those that cannot be read.
        """
        todo = np.flatnonzero(~self._tried)
        for start in range(0, len(todo), BLOCK):
            self.read_rows(todo[start : start + BLOCK])
        return self.unreadable_rows

    def __getitem__(self, key: Any) -> NDArray[np.uint8]:
        first, *rest = key if isinstance(key, tuple) else (key,)
        rows = np.arange(len(self))[first]  # NumPy's rules for slices, masks, counting from behind
        read = self.read_rows(np.atleast_1d(rows))
        read = read if rows.ndim else read[0]
        return read[(slice(None), *rest) if rows.ndim else tuple(rest)] if rest else read

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self.read_rows(range(len(self))).astype(dtype or self.dtype, copy=False)

    # ------------------------------------------------------------ files that come and go

    def refresh(self) -> NDArray[np.intp]:
        """Find files that came, changed or went since the folder was opened.

        New files get rows at the end. A file that changed is read again; one that is gone keeps
        its row, is listed in `unreadable_`, and is back when it is back.

        Returns
        -------
        rows : int array
            Those of the new files.
        """
        files = self._walk()
        there = {file.key: file for file in files}
        with self._lock:
            for row, before in enumerate(self._files):
                now = there.get(before.key)
                if now is None:
                    self._damage[before.key] = GONE
                elif now != before or self._damage.get(before.key) == GONE:
                    self._files[row] = now
                    self._slots[row], self._tried[row] = -1, False
                    self._damage.pop(before.key, None)
        n_before = len(self)
        self._append([file for file in files if file.key not in self._row_of])
        return np.arange(n_before, len(self))

    def _walk(self) -> list[ImageFile]:
        files, self.left_out_ = walk_images(self.root, self._wanted, recursive=self.recursive)
        return files

    def _append(self, files: Sequence[ImageFile]) -> None:
        """Give rows to files, but for those that are known to be damaged."""
        slots, damage = np.full(len(files), -1, dtype=np.intp), dict[int, str]()
        if self._kept is not None:
            slots, damage = self._kept.find(files)
        with self._lock:
            for k, file in enumerate(files):
                reason = damage.get(k) if file.size else "an empty file, or a link to nowhere"
                if reason is not None:
                    self._damage[file.key] = reason
                    continue
                self._damage.pop(file.key, None)
                self._row_of[file.key] = len(self._files)
                self._files.append(file)
            good = [k for k, file in enumerate(files) if file.key in self._row_of]
            self._slots = np.append(self._slots, slots[good])
            self._tried = np.append(self._tried, slots[good] >= 0)

    def _decode(self, rows: Sequence[int]) -> NDArray[np.uint8]:
        """Decode files in threads, and keep what comes of it."""
        pixels = np.zeros((len(rows), *self._row_shape), dtype=np.uint8)
        files = [self._files[row] for row in rows]
        damage: dict[int, str] = {}

        def read(k: int) -> None:
            try:
                pixels[k] = read_pixels(self.root / files[k].key, self._size, self._color)
            except ImageError as error:
                damage[k] = str(error)

        if len(rows) <= INLINE or self.n_jobs == 1:
            for k in range(len(rows)):
                read(k)
        else:
            with ThreadPoolExecutor(self.n_jobs) as threads:
                list(threads.map(read, range(len(rows))))
        if damage and not self.root.is_dir():
            raise FileNotFoundError(f"{self.root} is no longer there; mount it, or open it again.")
        with self._lock:
            self._tried[np.asarray(rows)] = True
            self._damage.update({files[k].key: reason for k, reason in damage.items()})
            if self._kept is not None:
                self._slots[np.asarray(rows)] = self._kept.add(files, pixels, damage)
        return pixels

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the lock, and pixels that are kept in memory."""
        state = vars(self).copy()
        del state["_lock"]
        if isinstance(self._kept, MemoryCache):
            state["_slots"] = np.full(len(self), -1, dtype=np.intp)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _lock=Lock())


GONE = "a file that is no longer there"


def _n_threads(n_jobs: Any) -> int:
    if n_jobs is None or (n_jobs == -1 and not isinstance(n_jobs, bool)):
        return joblib.cpu_count()
    if isinstance(n_jobs, bool) or not isinstance(n_jobs, int | np.integer) or n_jobs < 1:
        raise ValueError(f"`n_jobs` must be a positive int, -1 or None, got {n_jobs!r}.")
    return int(n_jobs)
