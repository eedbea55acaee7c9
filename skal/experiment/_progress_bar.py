"""Progress of many runs at once: what each of them notes down, one bar shows."""

import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import monotonic
from typing import Any

from skal._progress import can_redraw, tqdm
from skal.experiment._runs import Failure, Run
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

    Where a bar cannot be redrawn, in a file or a pipe, every finished run is a line.

    Parameters
    ----------
    n_runs : int
    finished : int
        Those of them that were found, not played.
    verbose : int
    """

    def __init__(self, n_runs: int, finished: int, verbose: int):
        self.n_runs, self.found, self.finished = n_runs, finished, finished
        self.start = monotonic()
        self.has_lines = bool(verbose) and not can_redraw()
        self.bar = tqdm(
            total=n_runs,
            initial=finished,
            desc=self._count(),
            disable=not verbose or self.has_lines,
            dynamic_ncols=True,
            # parts of runs move the bar and the time left; who reads a number counts whole ones
            bar_format="{desc}{percentage:3.0f}%|{bar}| [{elapsed}<{remaining}]{postfix}",
        )
        self._notes: TemporaryDirectory[str] | None = None
        self._stop = Event()  # waking at once at the end, where a sleep would last
        self._watcher = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Board":
        if not self.bar.disable:
            self._notes = TemporaryDirectory(prefix="skal_")
            self._watcher.start()
        if self.has_lines and self.found:
            print(f"{self._count()} were played before.", file=sys.stderr, flush=True)
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

    def done(self, key: str, result: Run | Failure) -> None:
        """Count a run as finished.

        Parameters
        ----------
        key : str
        result : Run or Failure
        """
        self.finished += 1
        path = self.note_file(key)
        if path is not None:
            Path(path).unlink(missing_ok=True)
            self._show()
        elif self.has_lines:
            print(self._line(result), file=sys.stderr, flush=True)

    def _count(self) -> str:
        return f"{self.finished} of {self.n_runs} runs"

    def _line(self, result: Run | Failure) -> str:
        text = f"{self._count()}: {result.learner} on {result.data}, repeat {result.repeat}: "
        if isinstance(result, Run):
            last = result.history[-1]
            text += f"{last['n_labeled']} labels"
            text += "".join(f", {last[name]:.3f}" for name in result.history.score_names[:1])
        else:
            text += result.error
        left = self.n_runs - self.finished
        if not left:
            return text
        pace = (monotonic() - self.start) / (self.finished - self.found)  # seconds a run
        return f"{text}; about {tqdm.format_interval(left * pace)} left"

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
        self.bar.set_description_str(f"{self._count()}: ", refresh=False)
        self.bar.set_postfix_str("; ".join(words[:2]), refresh=False)  # a line holds no more
        self.bar.refresh()
