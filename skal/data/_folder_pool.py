"""A folder of images, with or without labels, as a pool."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray

from skal._progress import with_bar
from skal.data._file_rows import BLOCK, FileRows
from skal.data._folder_labels import as_label_source, labels_of, warn_of_unknown
from skal.data._image_files import EXTENSIONS, ImageFile, LeftOut, suffixes, walk_images
from skal.data._image_form import (
    check_size,
    count_colored,
    counts_as_colored,
    own_shape,
    sizes_of,
    spread,
)
from skal.data._image_pixels import height_width, read_whole
from skal.exceptions import ImageError

__all__ = ["ImageFolderPool"]


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
    labels : {"folders"} or path, default=None
        Where `labels_` come from: the names of the folders that hold the files, or a CSV file
        with columns ``key`` and ``label``. Keys are paths below the folder, or names of files
        where only one has it.
    cache : path, default=None
        File, such as ``"thumbs.npy"``, that keeps what was decoded, for other processes and
        tomorrow too; it is made if it is not there. None keeps it in memory, if all images take
        less than 256 MB.
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
    labels_ : array of shape (n,), or None
        Labels as text, None where a file has none.
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
        If there are no images, or `cache` is a file of something else, or of another size.

    Warns
    -----
    UserWarning
        If the CSV file has labels of files that are not there, or the cache can take no more.

    Notes
    -----
    Up to 64 files, spread over all, are looked at to decide on size and colour. State both, or
    use a cache, which remembers them, where the same pixels are needed when more files have come.

    The cache knows a file by its path below the folder, the time of its last change and its size.
    It is of NumPy's format; beside it lies an index, ``thumbs.npy.index``.

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
        labels: str | os.PathLike[str] | None = None,
        cache: str | os.PathLike[str] | None = None,
        extensions: Sequence[str] = EXTENSIONS,
        n_jobs: int | None = None,
    ):
        shape = check_size(size)
        if color not in (True, False, None):
            raise ValueError(f"`color` must be True, False or None, got {color!r}.")
        self.root = Path(root).expanduser().absolute()
        self.recursive = recursive
        self.left_out_ = LeftOut()
        self.dtype = np.dtype(np.uint8)
        self._wanted = suffixes(extensions)
        self._labels = as_label_source(labels)
        files = self._walk()
        if not files:
            raise ValueError(
                f"{self.root} must hold images, got none; looked for {sorted(self._wanted)}"
                + (f", passed by {self.left_out_}" if self.left_out_ else "")
                + ". Pass the folder of the images, or their extensions."
            )
        path = None if cache is None else Path(cache).expanduser().absolute()
        found = _shape_of_cache(path)
        if found is not None:  # what was decoded stays of use when more files have come
            shape = shape or (found[-2], found[-1])
            color = len(found) == 3 if color is None else color
        some = [self.root / file.key for file in spread([f for f in files if f.size] or files)]
        shape = shape or own_shape(sizes_of(some))
        color = counts_as_colored(*count_colored(some)) if color is None else bool(color)
        self._rows = FileRows(self.root, shape, color, _n_threads(n_jobs))
        self._rows.keep_in(path, len(files))
        self._rows.append(files)
        if not len(self):
            raise ValueError(
                f"{self.root} must hold images that can be read, got none: {self.unreadable_}."
            )
        warn_of_unknown(self._labels, self.root, self.keys.tolist())

    # ------------------------------------------------------------ what there is

    @property
    def keys(self) -> NDArray[np.str_]:
        """What names each item for ever."""
        return np.array([file.key for file in self._rows.files], dtype=np.str_)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of all rows."""
        return (len(self), *self._rows.row_shape)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.root)!r}): {self.shape} uint8"

    @property
    def unreadable_(self) -> dict[str, str]:
        """Key -> reason of files that cannot be read."""
        return self._rows.damage()

    @property
    def unreadable_rows(self) -> NDArray[np.intp]:
        """Rows of files that cannot be read, as far as they were met."""
        return self._rows.damaged()

    @property
    def labels_(self) -> NDArray[Any] | None:
        """Label of each file, None where it has none."""
        return labels_of(self._labels, self.root, self.keys.tolist())

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
        path = self.root / self._rows.files[row].key
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
        return self._rows.read(where)

    def find_unreadable(self, verbose: int = 0) -> NDArray[np.intp]:
        """Read all files that were not read yet, which fills the cache too.

        Parameters
        ----------
        verbose : int, default=0
            1 shows a progress bar.

        Returns
        -------
        rows : int array
            Those that cannot be read.
        """
        todo = self._rows.untried()
        for start in with_bar(range(0, len(todo), BLOCK), "Reading images", verbose):
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
        files, n_before = self._walk(), len(self)
        self._rows.update({file.key: file for file in files})
        self._rows.append(files)
        return np.arange(n_before, len(self))

    def _walk(self) -> list[ImageFile]:
        files, self.left_out_ = walk_images(self.root, self._wanted, recursive=self.recursive)
        return files


def _shape_of_cache(path: Path | None) -> tuple[int, ...] | None:
    if path is None:
        return None
    from skal.data._image_file_cache import FileCache  # SQLite: not every Python has it

    return FileCache.shape_of(path)


def _n_threads(n_jobs: Any) -> int:
    if n_jobs is None or (n_jobs == -1 and not isinstance(n_jobs, bool)):
        return joblib.cpu_count()
    if isinstance(n_jobs, bool) or not isinstance(n_jobs, int | np.integer) or n_jobs < 1:
        raise ValueError(f"`n_jobs` must be a positive int, -1 or None, got {n_jobs!r}.")
    return int(n_jobs)
