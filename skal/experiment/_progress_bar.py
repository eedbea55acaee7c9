"""Progress of many runs at once: what each of them notes down, one bar shows."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any

from tqdm.auto import tqdm

from skal.learner import History

__all__ = ["Board", "Noting"]

EVERY = 0.5  # seconds between two looks


class Noting:
    """What a run calls after each round: it notes its state where the bar looks for it.

    Parameters
    ----------
    path : str
        File to note in.
    budget : int
    then : callable, default=None
        The learner's own ``on_round``, called next.
    """

    def __init__(self, path: str, budget: int, then: Callable[[History], Any] | None = None):
        self.path = path
        self.budget = budget
        self.then = then

    def __call__(self, history: History) -> None:
        last = history[-1]
        scores = [f"{last[name]:.3f}" for name in history.score_names[:1]]
        with suppress(OSError):  # a worker on another machine does not see the folder
            share = min(1.0, last["n_labeled"] / self.budget)
            words = f"round {last['round']}: {last['n_labeled']} labels {' '.join(scores)}"
            # a file, for every backend: what a worker shares with the bar depends on it
            Path(self.path).write_text(f"{share} {words}", encoding="utf8")
        if self.then is not None:
            self.then(history)


class Board:
    """One bar over all runs, with the round and the score of those that are playing.

    Parameters
    ----------
    n_runs : int
    finished : int
        Those of them that were found, not played.
    verbose : int
    """

    def __init__(self, n_runs: int, finished: int, verbose: int):
        layout = "{desc}{percentage:3.0f}%|{bar}| {n:.1f}/{total} runs [{elapsed}<{remaining}]"
        self.bar = tqdm(
            total=n_runs,
            initial=finished,
            disable=not verbose,
            dynamic_ncols=True,
            bar_format=layout + "{postfix}",
        )
        self.finished = finished
        self._notes: TemporaryDirectory[str] | None = None
        self._stop = Event()  # waking at once at the end, where a sleep would last
        self._watcher = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Board":
        if not self.bar.disable:
            self._notes = TemporaryDirectory(prefix="skal_")
            self._watcher.start()
        return self

    def __exit__(self, *exc: Any) -> None:
        self._stop.set()
        if self._notes is not None:
            self._watcher.join()
            self._notes.cleanup()
        self.bar.close()

    def note_file(self, key: str) -> str | None:
        """Where a run notes its state; None if nobody looks."""
        return None if self._notes is None else str(Path(self._notes.name) / key)

    def done(self, key: str) -> None:
        """Count a run as finished."""
        self.finished += 1
        path = self.note_file(key)
        if path is not None:
            Path(path).unlink(missing_ok=True)
            self._show()

    def _watch(self) -> None:
        while not self._stop.wait(EVERY):
            self._show()

    def _show(self) -> None:
        shares, words = [], []
        for path in sorted(Path(self._notes.name).iterdir()) if self._notes else ():
            with suppress(OSError, ValueError):  # just being written or removed
                share, text = path.read_text(encoding="utf8").split(" ", 1)
                shares.append(float(share))
                words.append(text)
        with self.bar.get_lock():  # the watcher and `done` are two threads
            self.bar.n = self.finished + sum(shares)
        self.bar.set_postfix_str("; ".join(words[:2]), refresh=False)  # a line holds no more
        self.bar.refresh()
