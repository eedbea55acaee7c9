"""What a strategy computes is checked: by its name, and with what to mend."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["as_utilities", "check_finite", "check_positions", "sharing"]


@contextmanager
def sharing(strategy: object) -> Iterator[None]:
    """Say what to write where a strategy changes the arrays that it is given."""
    try:
        yield
    except ValueError as error:
        if not str(error).endswith("read-only"):  # NumPy's words, it has no class for it
            raise
        raise ValueError(
            f"arrays that a strategy is given must stay as they are, since others read them too, "
            f"got {str(error)!r} by {strategy!r}; work on a copy, such as np.sort(proba, axis=1) "
            "or proba.copy()."
        ) from error


def as_utilities(found: Any, n: int | None, strategy: object) -> NDArray[np.floating]:
    """`n` real numbers (None: any), or an error that names the strategy; they may be NaN."""
    try:
        u = np.asarray(found)
        if u.dtype.kind == "O":
            u = u.astype(np.float64)
    except (TypeError, ValueError) as error:  # texts, lists of several lengths
        raise TypeError(
            f"utilities must be real numbers, got {type(found).__name__} ({error}); mend "
            f"{strategy!r}."
        ) from error
    if u.dtype.kind not in "fiub":  # NumPy would read "0.5", and cut what is imaginary
        raise TypeError(f"utilities must be real numbers, got dtype {u.dtype}; mend {strategy!r}.")
    if u.ndim != 1 or n not in (None, len(u)):
        each = "candidate" if n is None else f"of the {n} candidates"
        raise ValueError(
            f"utilities must be one number for each {each}, got shape {u.shape}; mend {strategy!r}."
        )
    return u.astype(np.float64, copy=False)


def check_finite(
    utility: NDArray[np.floating],
    strategy: object,
    rows: NDArray[np.intp],
    arrays: Mapping[str, Any],
) -> None:
    """Refuse utilities that cannot be ranked: name the first row, and who is likely at fault."""
    bad = np.flatnonzero(~np.isfinite(utility))
    if not len(bad):
        return
    given = [
        name
        for name, values in arrays.items()
        if isinstance(values, np.ndarray)
        and values.dtype.kind == "f"
        and not np.isfinite(values).all()
    ]
    advice = (
        f"`{given[0]}`, which it was given, is not finite either: check that the classifier gives "
        "finite numbers"
        if given
        else "what it was given is finite, so mend its own arithmetic, such as log 0 or a "
        "division by 0"
    )
    raise ValueError(
        f"utilities must be finite, got {utility[bad[0]]} for row {rows[bad[0]]} (and for "
        f"{len(bad)} of {len(utility)} candidates) by {strategy!r}; {advice}."
    )


def check_positions(
    positions: Any, n: int, n_candidates: int, strategy: object
) -> NDArray[np.intp]:
    """`n` distinct positions within range, or an error that names the strategy."""
    found = np.atleast_1d(np.asarray(positions))
    # an empty list has no ints to show its kind by
    right_kind = found.ndim == 1 and (found.dtype.kind in "iu" or not len(found))
    if not right_kind or len(np.unique(found)) != n or len(found) != n:
        raise ValueError(
            f"positions must be n={n} distinct ints, got {found[:20].tolist()} ({len(found)} "
            f"values, dtype {found.dtype}); mend {strategy!r}."
        )
    found = found.astype(np.intp, copy=False)
    if n and (found.min() < 0 or found.max() >= n_candidates):
        raise ValueError(
            f"positions must lie in 0..{n_candidates - 1}, got {found[:20].tolist()}; mend "
            f"{strategy!r}, which may count rows where candidates are meant."
        )
    return found
