"""Files as rows that never move: which were decoded, where their pixels are, which are damaged."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from skal.data._image_cache import MemoryCache
from skal.data._image_files import ImageFile
from skal.data._image_pixels import read_pixels
from skal.exceptions import ImageError

if TYPE_CHECKING:
    from skal.data._image_file_cache import FileCache

__all__ = ["BLOCK", "FileRows"]

BLOCK = 512  # images that are decoded before they are kept, so that an interruption loses few
IN_MEMORY = 2**28  # bytes of a pool whose decoded images are kept
INLINE = 4  # images that are decoded sooner than threads have started
GONE = "a file that is no longer there"
EMPTY = "an empty file, or a link to nowhere"


class FileRows:
    """Rows of image files.

    Parameters
    ----------
    root : Path
    size : (height, width)
    color : bool
    n_jobs : int
        Threads that decode.
    """

    def __init__(self, root: Path, size: tuple[int, int], color: bool, n_jobs: int):
        self.root = root
        self.size = size
        self.color = color
        self.n_jobs = n_jobs
        self.cache: MemoryCache | FileCache | None = None
        self.row_shape = ((3,) if color else ()) + size
        self.files: list[ImageFile] = []
        self._row_of: dict[str, int] = {}
        self._slots = np.empty(0, dtype=np.intp)  # in the cache, -1 for none
        self._tried = np.empty(0, dtype=bool)
        self._damage: dict[str, str] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self.files)

    def damage(self) -> dict[str, str]:
        """Key -> reason of files that cannot be read."""
        with self._lock:
            return dict(sorted(self._damage.items()))

    def damaged(self) -> NDArray[np.intp]:
        """Rows of files that cannot be read; those that have one."""
        with self._lock:
            return self._damaged()

    def _damaged(self) -> NDArray[np.intp]:
        rows = [self._row_of[key] for key in self._damage if key in self._row_of]
        return np.array(sorted(rows), dtype=np.intp)

    def untried(self) -> NDArray[np.intp]:
        """Rows that nobody has read yet."""
        return np.flatnonzero(~self._tried)

    def keep_in(self, path: Path | None, n: int) -> None:
        """Keep what is decoded of `n` files in a file, else in memory if all have room there."""
        if path is not None:
            from skal.data._image_file_cache import FileCache  # SQLite: not every Python has it

            self.cache = FileCache(path, self.row_shape)
        elif n * int(np.prod(self.row_shape)) <= IN_MEMORY:
            self.cache = MemoryCache(self.row_shape)

    # ------------------------------------------------------------ files that come and go

    def append(self, files: Sequence[ImageFile]) -> None:
        """Give rows to those files that have none, but for those that are known to be damaged."""
        files = [file for file in files if file.key not in self._row_of]  # others need no look
        slots, damage = np.full(len(files), -1, dtype=np.intp), dict[int, str]()
        if self.cache is not None:
            slots, damage = self.cache.find(files)
        good = []
        with self._lock:
            for k, file in enumerate(files):
                if file.key in self._row_of:  # another thread was faster
                    continue
                reason = damage.get(k) if file.size else EMPTY
                if reason is not None:
                    self._damage[file.key] = reason
                    continue
                self._damage.pop(file.key, None)
                self._row_of[file.key] = len(self.files)
                self.files.append(file)
                good.append(k)
            self._slots = np.append(self._slots, slots[good])
            self._tried = np.append(self._tried, slots[good] >= 0)

    def update(self, there: Mapping[str, ImageFile]) -> None:
        """Note which files changed, went, or are back."""
        with self._lock:
            for row, before in enumerate(self.files):
                now = there.get(before.key)
                if now is None:
                    self._damage[before.key] = GONE
                elif now != before:
                    self.files[row] = now
                    self._slots[row], self._tried[row] = -1, False
                    self._damage.pop(before.key, None)
                elif self._damage.get(before.key) == GONE:
                    del self._damage[before.key]
            for key in self._damage.keys() - self._row_of.keys() - there.keys():
                del self._damage[key]  # it never had a row, and is gone

    # ------------------------------------------------------------ pixels

    def read(self, where: NDArray[np.intp]) -> NDArray[np.uint8]:
        """Read some rows; those that cannot be read are black."""
        out = np.zeros((len(where), *self.row_shape), dtype=np.uint8)
        with self._lock:
            slots, damaged = self._slots[where], self._damaged()
            kept = np.flatnonzero(slots >= 0)  # of files that are gone too
            for start in range(0, len(kept), BLOCK):  # in parts, as each is copied twice
                part = kept[start : start + BLOCK]
                out[part] = self.cache.take(slots[part])  # type: ignore[union-attr]
        wanted = np.setdiff1d(where[slots < 0], damaged)
        for start in range(0, len(wanted), BLOCK):
            some = wanted[start : start + BLOCK]
            pixels = self._decode(some)
            mine = np.flatnonzero(np.isin(where, some))
            out[mine] = pixels[np.searchsorted(some, where[mine])]
        return out

    def _decode(self, rows: NDArray[np.intp]) -> NDArray[np.uint8]:
        """Decode files in threads, and keep what comes of it."""
        pixels = np.zeros((len(rows), *self.row_shape), dtype=np.uint8)
        files = [self.files[row] for row in rows.tolist()]
        slots, damage = np.full(len(files), -1, dtype=np.intp), dict[int, str]()
        if self.cache is not None:  # another process may have decoded them meanwhile
            slots, damage = self.cache.find(files)
        todo = [k for k in np.flatnonzero(slots < 0).tolist() if k not in damage]

        def read(k: int) -> None:
            try:
                pixels[k] = read_pixels(self.root / files[k].key, self.size, self.color)
            except ImageError as error:
                damage[k] = str(error)

        if len(todo) <= INLINE or self.n_jobs == 1:
            for k in todo:
                read(k)
        else:
            with ThreadPoolExecutor(self.n_jobs) as threads:
                list(threads.map(read, todo))
        if damage and not self.root.is_dir():
            raise FileNotFoundError(f"{self.root} is no longer there; mount it, or open it again.")
        with self._lock:
            self._tried[rows] = True
            self._damage.update({files[k].key: reason for k, reason in damage.items()})
            if self.cache is not None:
                found = np.flatnonzero(slots >= 0)
                if len(found):
                    pixels[found] = self.cache.take(slots[found])
                if todo:
                    of_new = {new: damage[k] for new, k in enumerate(todo) if k in damage}
                    slots[todo] = self.cache.add([files[k] for k in todo], pixels[todo], of_new)
                self._slots[rows] = slots
        return pixels

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the lock, and pixels that are kept in memory."""
        state = vars(self).copy()
        del state["_lock"]
        if isinstance(self.cache, MemoryCache):
            state["_slots"] = np.full(len(self), -1, dtype=np.intp)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _lock=Lock())
