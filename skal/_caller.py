"""Warnings that point to the line of the user, and that one call gives once."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["level_of_caller", "warn_once", "warned_once"]

# Python's own memory of what was said is lost whenever some library catches warnings.
SAID: ContextVar[set[str] | None] = ContextVar("SAID", default=None)


@contextmanager
def warned_once() -> Iterator[None]:
    """Let `warn_once` give each kind of warning once within the block."""
    token = SAID.set(set())
    try:
        yield
    finally:
        SAID.reset(token)


def warn_once(kind: str, message: str) -> None:
    """Warn at the line of the user, unless that was done within `warned_once`."""
    said = SAID.get()
    if said is None or kind not in said:
        warnings.warn(message, stacklevel=level_of_caller())
    if said is not None:
        said.add(kind)


def level_of_caller() -> int:
    """Count the frames up to the first that is neither of this package nor of scikit-learn.

    Given to ``warnings.warn`` as `stacklevel`, in the function that calls this.
    """
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(
        ("skal.", "sklearn.")
    ):
        level, frame = level + 1, frame.f_back
    return level
