"""Training in a process of its own: people never wait for it, and it ends with its parent.

No `multiprocessing`, which runs the user's script again where it lacks a guard: the child is given
pool and learner through its input, and knows by the end of that input that nobody needs it more.
"""

import io
import os
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import IO, Any

import cloudpickle  # type: ignore[import-untyped]
import numpy as np

from skal.exceptions import SkalError
from skal.labeling._items import Items
from skal.labeling._known import KnownItems
from skal.labeling._rounds import Rounds, Settings, TrainedElsewhereError, refreshed
from skal.labeling._store import LabelStore

__all__ = ["Background"]

# not -m: the package imports this module, which would then be there twice
START = "import sys; from skal.labeling._background import main; main(sys.stdin.buffer)"
POLL = 0.25  # seconds between two looks at the store
PAUSE = 2.0  # seconds after a round that failed
BEAT = 15.0  # seconds after which a trainer says again what it does
NICE = 10


class Background:
    """A process that trains on a store, seen from outside.

    Parameters
    ----------
    url : str
        Of the store.
    items : Items
    learner : classifier
    settings : Settings
    """

    def __init__(self, url: str, items: Items, learner: Any, settings: Settings):
        self._said = tempfile.TemporaryFile()
        try:
            # by value where a class stands in the user's script, which the child never runs
            told = packed((url, items, learner, settings))
        except Exception as error:
            raise TypeError(
                f"learner and pool must be picklable, since they are trained in a process of "
                f"their own, got {type(error).__name__}: {error}; call train() instead."
            ) from error
        self._process = subprocess.Popen(
            [sys.executable, "-c", START],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._said,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        self._needed: Any = self._process.stdin  # as long as it is open
        # it reads once it has imported what it needs, for which nobody waits
        Thread(target=self._send, args=(told,), daemon=True).start()

    def _send(self, told: bytes) -> None:
        with suppress(OSError, ValueError):  # it died, or was stopped: `trouble` tells why
            self._needed.write(struct.pack("<Q", len(told)))
            self._needed.write(told)
            self._needed.flush()

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def trouble(self) -> str | None:
        """Say why it runs no more, or None while it does."""
        if self.is_alive:
            return None
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        last = lines[-1] if lines else "it left no message"
        return f"the trainer ended (code {self._process.returncode}): {last}"

    def stop(self) -> None:
        """End it, in the middle of a round too: the store holds whole rounds only."""
        self._process.kill()
        self._process.wait()
        with suppress(OSError):
            self._needed.close()
        self._said.close()


class ByName(cloudpickle.Pickler):
    """Pickle a memmap by the name of its file: it may be larger than memory."""

    def reducer_override(self, obj: Any) -> Any:
        """Say how an object is made again."""
        if type(obj) is np.memmap and obj.filename is not None and is_whole(obj):
            order = "C" if obj.flags.c_contiguous else "F"
            return np.memmap, (obj.filename, obj.dtype, "r", obj.offset, obj.shape, order)
        return super().reducer_override(obj)


def is_whole(array: np.memmap) -> bool:
    """Tell whether an array is what its file was opened as, no part of it."""
    return not isinstance(array.base, np.ndarray) and array.flags.forc


def packed(told: Any) -> bytes:
    """Pickle what a trainer is given."""
    stream = io.BytesIO()
    ByName(stream).dump(told)
    return stream.getvalue()


def main(stream: IO[bytes]) -> None:
    """Train until the parent is gone; the process was started for that."""
    (size,) = struct.unpack("<Q", stream.read(8))
    told = stream.read(size)
    Thread(target=_end_with, args=(stream,), daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(NICE)
    url, items, learner, settings = cloudpickle.loads(told)
    with LabelStore(url) as store:
        known = KnownItems(items)
        refreshed(store, known)
        work(Rounds(store, known, learner, settings))


def _end_with(stream: IO[bytes]) -> None:
    """End this process with its parent, whatever it is doing: a store knows no half rounds."""
    stream.read()
    os._exit(0)


def work(rounds: Rounds) -> None:
    """Play a round whenever one is due; what goes wrong in one is told, and the next is tried."""
    said = 0.0
    failed_at = -1  # the newest event of a round that failed
    while True:
        store = rounds.store
        try:
            if time.monotonic() > said + BEAT:
                _tell(store, "waiting" if failed_at < 0 else "failed")
                said = time.monotonic()
            if store.last_event == failed_at:  # it would fail again
                pass
            elif rounds.is_due():
                with rounds.alone(), _telling(store, "training"):
                    rounds.play()
                _tell(store, "waiting")
                said, failed_at = time.monotonic(), -1
            elif rounds.wants_suspects():
                rounds.find_suspects()
        except TrainedElsewhereError:  # it may end, or have ended without a word
            time.sleep(PAUSE)
        except SkalError as error:
            _tell(store, "failed", error)
            time.sleep(PAUSE)
        except Exception as error:
            failed_at = store.last_event
            _tell(store, "failed", error)
        time.sleep(POLL)


@contextmanager
def _telling(store: LabelStore, status: str) -> Iterator[None]:
    """Say what the trainer does for as long as it does it: a round may take many minutes."""
    stop = Event()

    def tell() -> None:
        while not stop.wait(BEAT):
            with suppress(SkalError):  # the store is busy: the next beat will do
                _tell(store, status)

    _tell(store, status)
    beat = Thread(target=tell, daemon=True)
    beat.start()
    try:
        yield
    finally:
        stop.set()
        beat.join()


def _tell(store: LabelStore, status: str, error: Exception | None = None) -> None:
    """Say in the store what the trainer does."""
    why = None if error is None else f"{type(error).__name__}: {error}"
    before = store.noted("trainer", {})
    if status == "failed" and error is None:
        why = before.get("error")
    store.note("trainer", {"status": status, "error": why, "at": time.time(), "pid": os.getpid()})
