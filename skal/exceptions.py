"""The few errors that a caller would catch by name, and what keeps an object whole after one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = [
    "EvidenceError",
    "FinishedError",
    "ImageError",
    "ModeError",
    "PoolExhaustedError",
    "SkalError",
    "StoreError",
    "unchanged_on_error",
]


class SkalError(ValueError):
    """Base of skal's own errors; a ``ValueError``, as scikit-learn's users expect."""


class EvidenceError(SkalError):
    """The classifier cannot give what the strategy needs."""


class ImageError(SkalError):
    """What keeps a file or a row from being read or shown as an image, in a few words."""


class ModeError(SkalError):
    """The classifier cannot be trained in the wanted training mode."""


class PoolExhaustedError(SkalError):
    """More rows were asked for than are still open."""


class FinishedError(SkalError):
    """Nothing more is to be asked: the budget is spent, or the stopping rule says so."""


class StoreError(SkalError):
    """A store of labels cannot be opened, read or written; what it acknowledged is safe."""


@contextmanager
def unchanged_on_error(estimator: Any, but: str = "") -> Iterator[None]:
    """Give `estimator` its attributes back if the block raises, all `but` one.

    Parameters
    ----------
    estimator : object
    but : str, default=""
        Name of an attribute that keeps what the block made of it.

    Returns
    -------
    context manager

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from skal.exceptions import unchanged_on_error
    >>> thing = SimpleNamespace(a=1)
    >>> try:
    ...     with unchanged_on_error(thing):
    ...         thing.a = 1 / 0
    ... except ZeroDivisionError:
    ...     thing
    namespace(a=1)
    """
    before = vars(estimator).copy()
    before.pop(but, None)
    try:
        yield
    except BaseException:
        for name in set(vars(estimator)) - {*before, but}:
            delattr(estimator, name)
        vars(estimator).update(before)
        raise
