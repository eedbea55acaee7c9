"""The journal of a fit: one line of JSON a round, on disk before the next is played."""

import json
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from skal._describe import describe, versions
from skal._digest import digest, digest_rows
from skal.exceptions import StoreError
from skal.learner._batch import Asked
from skal.learner._loop import KnownPool, Loop
from skal.learner._records import record_of, training_print
from skal.learner._round_plan import RoundPlan
from skal.learner._sizes import Sizes

__all__ = ["Journal", "begun_by", "opened"]

FORMAT = 1
# what may be another when a fit goes on, and what is told in another way
FREE = {"budget", "on_round", "random_state", "stopping", "verbose", "warm_start"}
SIZES = {"init_size", "query_size"}


class Journal:
    """An open journal: the rounds that are in it, and a verb that appends one."""

    def __init__(self, path: Path, file: BinaryIO, start: Mapping[str, Any], training: str):
        self.path, self.training = path, training
        self._file = file
        lines, size = _whole_lines(path, file.read())
        self.start: Mapping[str, Any] = lines[0] if lines else start
        self.records = lines[1:]
        file.seek(size)
        file.truncate()  # a line that was cut off
        if not lines:
            self._append(start)
            _sync_folder(path.parent)  # else the name may be lost with the power

    @property
    def root(self) -> int:
        """Root of all random streams of the fit."""
        return int(self.start["root"])

    def write(self, loop: Loop) -> None:
        """Append the newest round of a state; when it returns, the round is on disk."""
        self._append(record_of(loop, self.training, Asked()))

    def _append(self, line: Mapping[str, Any]) -> None:
        end = self._file.tell()
        try:
            text = json.dumps(line, allow_nan=False)
            data = memoryview(text.encode("utf8") + b"\n")
            while data:  # a disk that is nearly full takes a part
                data = data[self._file.write(data) :]
            os.fsync(self._file.fileno())
        except OSError as error:
            with suppress(OSError):  # nothing of the line may stay before the next one
                self._file.seek(end)
                self._file.truncate()
            raise StoreError(
                f"journal={str(self.path)!r} must be writable, got {error}; the rounds before are "
                "in it: make room, and call fit again to go on."
            ) from error


@contextmanager
def opened(
    path: Any, learner: Any, plan: RoundPlan, pool: KnownPool, sizes: Sizes
) -> Iterator[Journal | None]:
    """Open a journal for one fit alone, made by this fit or an equal one; None opens none."""
    if path is None:
        yield None
        return
    place = Path(path)
    start = begun_by(learner, plan, pool, sizes)
    try:
        # unbuffered: what cannot be written is not tried again when the file is closed
        file = open(os.open(place, os.O_RDWR | os.O_CREAT, 0o666), "r+b", buffering=0)
    except OSError as error:
        raise StoreError(
            f"journal={str(place)!r} must be a file that can be written, got {error}; choose "
            "another place."
        ) from error
    with file:
        _lock(place, file)
        journal = Journal(place, file, start, training_print(plan.training))
        _check_start(journal, start, learner)
        yield journal


def begun_by(learner: Any, plan: RoundPlan, pool: KnownPool, sizes: Sizes) -> dict[str, Any]:
    """Say what the rounds of a fit depend on: the first line of its journal."""
    packages: set[str] = set()
    params = {name: v for name, v in learner.get_params(deep=False).items() if name not in FREE}
    params |= {"estimator": plan.estimator, "init_size": sizes.init, "query_size": sizes.query}
    X_test, y_test = plan.test_set or (None, None)
    return {
        "kind": "start",
        "format": FORMAT,
        "root": learner._root_to_come(anew=True),
        "n_pool": len(pool),
        "params": {name: describe(params[name], packages) for name in sorted(params)},
        "data": {
            "X": digest_rows(pool.X),
            "y": digest(np.asarray(pool.y)),
            "X_test": None if X_test is None else digest_rows(X_test),
            "y_test": None if y_test is None else digest(np.asarray(y_test)),
            "fit parameters": digest([dict(pool.per_row), dict(plan.constants)]),
        },
        "versions": versions(packages),
    }


def _check_start(journal: Journal, now: Mapping[str, Any], learner: Any) -> None:
    """Refuse to go on with what another fit has begun."""
    then = journal.start
    if then.get("format") != FORMAT:
        raise ValueError(
            f"{journal.path} has format {then.get('format')!r}, but this version reads {FORMAT}; "
            "go on with the version that wrote it."
        )
    if learner.random_state is not None and then["root"] != now["root"]:
        raise _another(journal, "random_state", "", f"{learner.random_state!r}")
    for part in ("params", "data"):
        for name in {**then[part], **now[part]}:
            before, after = then[part].get(name), now[part].get(name)
            if before != after:
                where = _first_difference(name, before, after)
                raise _another(journal, *(where if part == "params" else (name, "", "")))
    if then["versions"] != now["versions"]:
        names = [n for n, v in now["versions"].items() if then["versions"].get(n) != v]
        warnings.warn(
            f"journal={str(journal.path)!r} was begun with other versions of {', '.join(names)}; "
            "fit goes on, but the same rounds played at one go might differ.",
            stacklevel=7,  # who called fit
        )


def _another(journal: Journal, name: str, before: str, after: str) -> StoreError:
    said = f" ({before or 'another'} there, {after} here)" if after else ""
    return StoreError(
        f"{name} must be what it was when journal={str(journal.path)!r} was begun, got another"
        f"{said}; set it back to go on, or choose another journal."
    )


def _first_difference(name: str, before: Any, after: Any) -> tuple[str, str, str]:
    """Find the innermost parameter that differs, and its two values."""
    if isinstance(before, dict) and isinstance(after, dict) and before.get("is") == after.get("is"):
        for key in {**before, **after}:
            if before.get(key) != after.get(key) and key != "digest":
                return _first_difference(f"{name}__{key}", before.get(key), after.get(key))
    shown = [v.get("is", "a dict") if isinstance(v, dict) else v for v in (before, after)]
    return name, *(f"{v!r:.40}" for v in shown)  # type: ignore[return-value]


# ---------------------------------------------------------------- the file


def _whole_lines(path: Path, data: bytes) -> tuple[list[dict[str, Any]], int]:
    """Read the lines of a journal, and say where they end; a last line may be cut off."""
    lines: list[dict[str, Any]] = []
    size = 0
    *whole, rest = data.split(b"\n")
    for number, text in enumerate(whole):
        try:
            lines.append(json.loads(text))
        except ValueError as error:
            if number and number == len(whole) - 1 and not rest:
                break  # of a block that never reached the disk
            raise _no_journal(path, f"line {number + 1} is no JSON") from error
        size += len(text) + 1
    head = lines[0] if lines else rest
    is_start = head.get("kind") == "start" if isinstance(head, dict) else _may_be_start(head)
    if not is_start:
        raise _no_journal(path, "it begins otherwise")
    return lines, size


def _may_be_start(head: bytes) -> bool:
    """Tell whether a line without an end may be a first line that was cut off."""
    beginning = b'{"kind": "start"'
    return head.startswith(beginning) or beginning.startswith(head)


def _no_journal(path: Path, why: str) -> StoreError:
    return StoreError(
        f"journal={str(path)!r} must be a file that fit wrote, or none yet, but {why}; choose "
        "another file (this one was left as it is)."
    )


def _lock(path: Path, file: BinaryIO) -> None:
    """Keep others out while a fit writes; the system lets go when the process ends."""
    try:
        import fcntl
    except ImportError:  # Windows
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StoreError(
            f"journal={str(path)!r} must be written by one fit at a time, got a second; wait for "
            "the first, or choose another file."
        ) from None
    except OSError:  # a network drive that knows no locks
        return


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # Windows opens no folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
