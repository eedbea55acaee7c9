"""Small images that were decoded once, kept in a file for other processes and tomorrow."""

import os
import sqlite3
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skal.data._image_files import ImageFile

__all__ = ["FileCache"]

WAIT = 60.0  # seconds that another process may take to append
TABLES = (
    "CREATE TABLE IF NOT EXISTS image (slot INTEGER PRIMARY KEY, key TEXT NOT NULL, "
    "modified INTEGER NOT NULL, size INTEGER NOT NULL, reason TEXT)",
    "CREATE INDEX IF NOT EXISTS image_of_file ON image (key, modified, size)",
)
NEWEST = (
    "SELECT slot, reason FROM image WHERE key = ? AND modified = ? AND size = ? "
    "ORDER BY slot DESC LIMIT 1"
)


class FileCache:
    """Pixels of files that were decoded, in a file that many processes may read and write.

    Images are appended and never written over, so whoever reads an older one still finds it.
    The file is one of NumPy; beside it lies an index of what is in it: SQLite, so that an image
    counts once it is whole, and two processes take turns.

    Parameters
    ----------
    path : Path
        Made if it is not there.
    shape : tuple of int
        Of one image.
    """

    def __init__(self, path: Path, shape: tuple[int, ...]):
        self.path = path
        self.shape = shape
        self._index = path.with_name(path.name + ".index")
        self._images: Any = None
        self._can_write = True
        if not path.parent.is_dir():
            raise FileNotFoundError(
                f"`cache` must be in a folder that is there, got {path}; make the folder first."
            )
        try:
            self._make()
        except sqlite3.DatabaseError as error:
            raise ValueError(
                f"`cache` must be a file that skal wrote, got {path} whose {self._index.name} "
                f"cannot be used ({error}); delete both, or pass another path."
            ) from error

    @staticmethod
    def shape_of(path: Path) -> tuple[int, ...] | None:
        """Say which shape the images of a cache have, or None if there is no such file."""
        if not path.exists():
            return None
        try:
            shape, dtype, _ = _header(path)
        except (ValueError, OSError, SyntaxError):
            shape, dtype = (), np.dtype(float)
        if dtype != np.uint8 or len(shape) not in (3, 4):
            raise ValueError(
                f"`cache` must be a file of images that skal wrote, got {path}; pass another path."
            )
        return shape[1:]

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Open the index for one transaction, while no other process writes."""
        with closing(sqlite3.connect(self._index, timeout=WAIT, isolation_level=None)) as index:
            index.execute("BEGIN IMMEDIATE")
            try:
                yield index
                index.execute("COMMIT")
            except BaseException:
                index.execute("ROLLBACK")
                raise

    def _make(self) -> None:
        if not (self.path.exists() and self._index.exists()):
            with self._writing() as index:
                for line in TABLES:
                    index.execute(line)
                if not self.path.exists():
                    index.execute("DELETE FROM image")  # of a file that somebody deleted
                    self._write(0, np.empty((0, *self.shape), dtype=np.uint8))
        found = self.shape_of(self.path)
        if found != self.shape:
            raise ValueError(
                f"`cache` must hold images of shape {self.shape}, as `size` and `color` say, got "
                f"{self.path} of shape {found}; pass another path."
            )

    def find(self, files: Sequence[ImageFile]) -> tuple[NDArray[np.intp], dict[int, str]]:
        """Say where each file's pixels are, -1 for nowhere, and why others cannot be read."""
        with closing(sqlite3.connect(self._index, timeout=WAIT)) as index:
            return self._look_up(index, files)

    def _look_up(
        self, index: sqlite3.Connection, files: Sequence[ImageFile]
    ) -> tuple[NDArray[np.intp], dict[int, str]]:
        slots, damage = np.full(len(files), -1, dtype=np.intp), {}
        n_there = self._n_there()
        for k, file in enumerate(files):
            for slot, reason in index.execute(NEWEST, file):
                if reason is not None:
                    damage[k] = reason
                elif slot < n_there:
                    slots[k] = slot
        return slots, damage

    def add(
        self, files: Sequence[ImageFile], pixels: NDArray[np.uint8], damage: Mapping[int, str]
    ) -> NDArray[np.intp]:
        """Keep the pixels of files, and why others cannot be read; say where they are."""
        if self._can_write:
            try:
                return self._append(files, pixels, damage)
            except (OSError, sqlite3.Error) as error:
                self._can_write = False
                warnings.warn(
                    f"{self.path} cannot take more images ({error}); those that are not in it are "
                    "decoded whenever they are read. Make room, or pass another cache.",
                    stacklevel=2,
                )
        return np.full(len(files), -1, dtype=np.intp)

    def _append(
        self, files: Sequence[ImageFile], pixels: NDArray[np.uint8], damage: Mapping[int, str]
    ) -> NDArray[np.intp]:
        with self._writing() as index:
            slots, known = self._look_up(index, files)  # another process may have been faster
            new = [k for k in np.flatnonzero(slots < 0).tolist() if k not in known]
            ((first,),) = index.execute("SELECT coalesce(max(slot) + 1, 0) FROM image")
            slots[new] = first + np.arange(len(new))
            self._write(first, pixels[new])
            index.executemany(
                "INSERT INTO image VALUES (?, ?, ?, ?, ?)",
                [(int(slots[k]), *files[k], damage.get(k)) for k in new],
            )
        slots[[*damage]] = -1
        return slots

    def _write(self, first: int, pixels: NDArray[np.uint8]) -> None:
        """Write images at a slot and those after it; the index counts them once all are on disk."""
        head = BytesIO()
        shape = (first + len(pixels), *self.shape)
        plain = {"descr": "|u1", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(head, plain)  # leaves room for larger numbers
        with open(self.path, "r+b" if first else "wb") as file:
            file.seek(len(head.getvalue()) + first * pixels[:1].size)
            file.write(pixels.tobytes())
            file.seek(0)
            file.write(head.getvalue())
            file.flush()
            os.fsync(file.fileno())

    def _n_there(self) -> int:
        """Count the images that the file has room for: it may have been copied in part."""
        start = _header(self.path)[2]
        return (self.path.stat().st_size - start) // int(np.prod(self.shape))

    def take(self, slots: NDArray[np.intp]) -> NDArray[np.uint8]:
        """Give the pixels that are kept at some slots."""
        if self._images is None or slots.max() >= len(self._images):
            shape = (self._n_there(), *self.shape)
            self._images = np.memmap(self.path, np.uint8, "r", _header(self.path)[2], shape)
        return np.asarray(self._images[slots])

    def __reduce__(self) -> Any:
        return FileCache, (self.path, self.shape)


def _header(path: Path) -> tuple[tuple[int, ...], Any, int]:
    """Shape, dtype, and where the values start, of a file of NumPy."""
    with open(path, "rb") as file:
        np.lib.format.read_magic(file)
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        return shape, dtype, file.tell()
