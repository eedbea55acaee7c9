"""The contract of all displays, and the figures that they open."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from math import ceil
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from skal.plotting._lettering import name_list

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

__all__ = ["COLUMN", "Display", "check_least", "check_option", "grid_shape"]

COLUMN = 3.5  # inches: one column of a two-column paper

# Only figures that skal opens get this look; those of a given ax keep their owner's.
_NEW_FIGURE: dict[Any, Any] = {
    "font.size": 8,
    "axes.labelsize": 8,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.fontsize": 7,
    "legend.title_fontsize": 7,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
}
_DPI = 150  # on the screen

# Type 42 keeps the text of a PDF editable, and publishers refuse Type 3; paths make an SVG look
# alike everywhere; without a salt the names inside it are drawn anew each time.
_EMBEDDED: dict[Any, Any] = {"pdf.fonttype": 42, "svg.fonttype": "path", "svg.hashsalt": "skal"}

# No date inside: the same figure saved twice is the same file.
_METADATA: dict[str, dict[str, Any]] = {
    ".pdf": {"CreationDate": None},
    ".svg": {"Date": None},
    ".png": {},
}


class Display(ABC):
    """Numbers that can be drawn, as scikit-learn's displays.

    Every display keeps this contract:

    - ``__init__`` takes numbers and keeps them as they came.
    - A classmethod ``from_...`` reads tables (a comparison or histories), computes the numbers,
      **draws** them and returns the display. What is read comes first, then ``X`` and ``y``; all
      else is given by keyword, and what :meth:`plot` takes may be given too.
    - :meth:`plot` draws the numbers again and returns the display.

    Nothing is shown unless one calls ``plt.show()``, and no setting of matplotlib is changed.

    Attributes
    ----------
    figure_ : matplotlib Figure
        What was drawn in.
    ax_ : matplotlib Axes
        Of a display with one panel.
    axes_ : ndarray of matplotlib Axes, of shape (n_panels,)
        Of a display with several.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from skal.plotting import Display
    >>> class ScoreDisplay(Display):
    ...     def __init__(self, scores):
    ...         self.scores = scores
    ...     @classmethod
    ...     def from_histories(cls, histories, *, ax=None, **plot_kw):
    ...         ends = {name: records[-1]["test_score"] for name, records in histories.items()}
    ...         return cls(ends).plot(ax, **plot_kw)
    ...     def plot(self, ax=None, *, color="0.5"):
    ...         with self._open_axes(ax) as ax:
    ...             ax.barh(list(self.scores), list(self.scores.values()), color=color)
    ...         return self
    >>> histories = {"margin": [{"test_score": 0.9}], "random": [{"test_score": 0.8}]}
    >>> display = ScoreDisplay.from_histories(histories, ax=Figure().subplots())
    >>> [float(bar.get_width()) for bar in display.ax_.patches]
    [0.9, 0.8]
    """

    figure_: Any

    @abstractmethod
    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw the numbers.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None opens a figure of one paper column, in place of one that this
            display opened before. A given ax keeps the fonts and the size of its figure; a
            display with several panels lays them out in its place, best in a figure with
            ``layout="constrained"``.

        Returns
        -------
        self : Display
        """

    def save(self, path: str | PathLike[str], *, dpi: float = 300) -> Path:
        """Write the drawn figure, cut to its content, with fonts that publishers take.

        Parameters
        ----------
        path : str or path-like
            The file; its suffix decides the format: .pdf (Type 42 fonts), .svg (letters as paths)
            or .png.
        dpi : float, default=300
            Dots per inch of a PNG, and of what is pixels within a PDF or SVG.

        Returns
        -------
        path : pathlib.Path

        Examples
        --------
        >>> from skal.plotting import LearningCurveDisplay
        >>> LearningCurveDisplay({}).save("curve.docx")
        Traceback (most recent call last):
            ...
        ValueError: path must end in one of .pdf, .svg, .png, got 'curve.docx'; ...
        """
        target = Path(path)
        suffix = target.suffix.lower()
        if suffix not in _METADATA:
            raise ValueError(
                f"path must end in one of {', '.join(_METADATA)}, got {target.name!r}; the "
                "suffix decides the format."
            )
        if not hasattr(self, "figure_"):
            raise ValueError(
                "A display must be drawn before it can be saved, got one that was not; call "
                "plot() first."
            )
        from matplotlib import rc_context

        tight: dict[str, Any] = {"bbox_inches": "tight", "pad_inches": 0.02}
        with rc_context(_EMBEDDED):
            self.figure_.savefig(target, dpi=dpi, metadata=_METADATA[suffix], **tight)
        return target

    def __repr__(self) -> str:
        content, data = self._content(), getattr(self, "data_name", "")
        said = content + (f" on {name_list([data])}" if data else "")
        return f"<{type(self).__name__}{f': {said}' if said else ''}>"

    def _content(self) -> str:
        """Return what is drawn in a few words, such as the names of learners."""
        return ""

    def _repr_png_(self) -> bytes | None:
        """Return the picture for a notebook, unless pyplot is about to show the figure itself."""
        figure = getattr(self, "figure_", None)
        if figure is None:
            return None
        from matplotlib._pylab_helpers import Gcf  # of pyplot's figures; plt knows only numbers

        # an open figure is shown at the end of its cell, and closed: once, in any case
        if any(manager.canvas.figure is figure for manager in Gcf.get_all_fig_managers()):
            return None
        picture = BytesIO()
        figure.savefig(picture, format="png", dpi=figure.dpi, bbox_inches="tight")
        return picture.getvalue()

    @contextmanager
    def _open_axes(self, ax: "Axes | None", height: float = 2.5) -> "Iterator[Axes]":
        """Yield the given ax as it is, or the ax of a new figure of one paper column."""
        if ax is not None:
            self.ax_, self.figure_ = ax, ax.get_figure(root=True)
            yield ax
            return
        with _new_figure((COLUMN, height)) as figure:
            self.ax_, self.figure_ = figure.subplots(), figure
            yield self.ax_
        self._keep_only(figure)

    @contextmanager
    def _open_panels(
        self,
        ax: "Axes | None",
        filled: NDArray[np.bool_],
        size: tuple[float, float],
        layout: str = "constrained",
        **subplots_kw: Any,
    ) -> "Iterator[Figure | SubFigure]":
        """Yield a new figure with a panel where `filled` (n_rows, n_columns) says so.

        Of a given ax: the part of its figure where it stands.
        """
        with _new_figure(size, layout) if ax is None else _place_of(ax) as room:
            grid = room.subplots(*filled.shape, squeeze=False, **subplots_kw)
            for empty in grid[~filled]:
                empty.remove()
            self.axes_, self.figure_ = grid[filled], room.get_figure(root=True)
            yield room
        if ax is None:
            self._keep_only(self.figure_)

    def _keep_only(self, figure: "Figure") -> None:
        """Close the figure that this display opened before: a notebook would show both."""
        from matplotlib import pyplot as plt

        before, self._opened = getattr(self, "_opened", None), figure
        if before is not None:
            plt.close(before)


@contextmanager
def _new_figure(size: tuple[float, float], layout: Any = "constrained") -> "Iterator[Figure]":
    """Yield a new figure; close it if drawing fails."""
    from matplotlib import pyplot as plt

    # Before the context: the first figure loads matplotlib's backend, and that of a notebook then
    # switches the interactive mode on, which the end of the context would undo.
    figure = plt.figure(figsize=size, layout=layout, dpi=_DPI)
    with plt.rc_context(_NEW_FIGURE):
        try:
            yield figure
        except Exception:
            plt.close(figure)  # half a figure helps nobody
            raise


@contextmanager
def _place_of(ax: "Axes") -> "Iterator[SubFigure]":
    """Yield the part of a figure where an ax stands, and hide the ax."""
    place = ax.get_subplotspec()
    if place is None:
        raise ValueError(
            "ax must be one of the subplots of a figure, got one that was placed by hand; make "
            "it with figure.subplots()."
        )
    ax.set_axis_off()
    yield ax.figure.add_subfigure(place)


def grid_shape(n_panels: int, most_columns: int) -> NDArray[np.bool_]:
    """Return where a grid of some panels is filled: bools (n_rows, n_columns)."""
    n_columns = min(n_panels, most_columns)
    return (np.arange(ceil(n_panels / n_columns) * n_columns) < n_panels).reshape(-1, n_columns)


def check_option(name: str, value: object, allowed: Iterable[object]) -> None:
    """Raise if an option is none of those there are."""
    options = list(allowed)
    if value not in options:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, options))}, got {value!r}.")


def check_least(name: str, value: Any, least: int = 1) -> None:
    """Raise if a number is too small."""
    if not value >= least:
        raise ValueError(f"{name} must be at least {least}, got {value!r}.")
