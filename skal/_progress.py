"""Bars where they can be redrawn: in a terminal and in a notebook, in no file and in no pipe."""

import sys
import warnings
from collections.abc import Iterable
from typing import Any

with warnings.catch_warnings():  # a notebook without widgets gets bars of text, which is no fault
    warnings.simplefilter("ignore")
    from tqdm.auto import tqdm

__all__ = ["can_redraw", "tqdm", "with_bar"]


def can_redraw() -> bool:
    """Tell whether what was written to the screen can be replaced."""
    # where the notebook's tqdm is chosen, its bar is a widget and no text
    widget = any(base.__module__ == "tqdm.notebook" for base in tqdm.__mro__)
    return widget or bool(sys.stderr.isatty())


def with_bar(items: Iterable[Any], title: str, verbose: int, total: int | None = None) -> Any:
    """Show a bar while items are gone through.

    Parameters
    ----------
    items : iterable
    title : str
    verbose : int
        0 shows nothing.
    total : int, default=None
        How many items there are; None: their length.

    Returns
    -------
    iterable
        The items.
    """
    silent = not verbose or not can_redraw()
    return tqdm(items, desc=title, total=total, disable=silent, dynamic_ncols=True, leave=False)
