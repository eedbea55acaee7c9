"""SimplexDisplay: what measures of uncertainty say about three class probabilities."""

from collections.abc import Callable, Mapping, Sequence
from math import sqrt
from numbers import Integral
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skal.plotting._display import COLUMN, Display, grid_shape
from skal.plotting._lettering import PLAIN, name_list

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["SimplexDisplay"]

# Corners of the triangle: first class left, second right, third on top; sides of length 1.
_CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, sqrt(3) / 2]])
_PLACES: tuple[dict[str, Any], ...] = (
    {"ha": "center", "va": "top"},
    {"ha": "center", "va": "top"},
    {"ha": "center"},
)
_MOST_COLUMNS = 4  # panels side by side
_N_LINES = 5  # contour lines a panel


class SimplexDisplay(Display):
    """Heat maps of utilities over all probabilities of three classes, one panel a measure.

    The corners of the triangle are certainty of one class, its centre is a tie of all three, the
    middle of a side a tie of two. Use :meth:`from_strategies`; :class:`Display` says what all
    displays share.

    Parameters
    ----------
    points : array of shape (n_points, 3)
        Class probabilities: the points of a regular grid, as :meth:`from_strategies` makes them.
    values : dict of str to array of shape (n_points,)
        Name of a measure -> its utility at every point.
    class_names : sequence of str, default=("class 0", "class 1", "class 2")
        Written at the corners: left, right, top.

    Attributes
    ----------
    axes_, figure_

    References
    ----------
    Settles (2009), "Active learning literature survey", TR 1648, fig. 5.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.plotting import SimplexDisplay
    >>> from skal.strategies import Entropy, Margin
    >>> measures = {"margin": Margin(), "entropy": Entropy()}
    >>> display = SimplexDisplay.from_strategies(measures)
    >>> {name: float(np.ptp(values).round(3)) for name, values in display.values.items()}
    {'margin': 1.0, 'entropy': 1.099}
    """

    def __init__(
        self,
        points: NDArray[np.floating],
        values: Mapping[str, NDArray[np.floating]],
        *,
        class_names: Sequence[str] = ("class 0", "class 1", "class 2"),
    ) -> None:
        self.points = points
        self.values = values
        self.class_names = class_names

    def _content(self) -> str:
        return name_list(self.values)

    @classmethod
    def from_strategies(
        cls,
        strategies: Mapping[str, Any],
        *,
        resolution: int = 60,
        class_names: Sequence[str] = ("class 0", "class 1", "class 2"),
        ax: "Axes | None" = None,
        **plot_kw: Any,
    ) -> Self:
        """Draw the utilities over the triangle.

        Parameters
        ----------
        strategies : dict of str to strategy or callable
            Name -> an object whose ``utility`` takes one array of class probabilities,
            (n_points, 3), such as ``Margin()``; or a function of that array.
        resolution : int >= 1, default=60
            Steps along a side. A multiple of 6 has the centre and the middle of the sides among
            its points.
        class_names : sequence of str, default=("class 0", "class 1", "class 2")
            Written at the corners: left, right, top.
        ax, **plot_kw
            Passed to :meth:`plot`.

        Returns
        -------
        display : SimplexDisplay

        Raises
        ------
        ValueError
            If a measure does not give one finite number a point.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from skal.plotting import SimplexDisplay
        >>> display = SimplexDisplay.from_strategies(
        ...     {"largest": lambda p: p.max(axis=1)}, ax=Figure(layout="constrained").subplots()
        ... )
        >>> display.points.shape, float(display.values["largest"].min().round(3))
        ((1891, 3), 0.333)
        """
        if not isinstance(resolution, Integral) or resolution < 1:
            raise ValueError(f"resolution must be an int of at least 1, got {resolution!r}.")
        if not isinstance(strategies, Mapping) or not strategies:
            raise TypeError(
                "strategies must be a dict from names to strategies, such as "
                f'{{"margin": Margin()}}, got {strategies!r}.'
            )
        points = _grid(int(resolution))
        values = {
            # a copy each, so that no measure changes what the next one gets
            name: _checked(_function(name, strategy)(points.copy()), name, len(points))
            for name, strategy in strategies.items()
        }
        return cls(points, values, class_names=class_names).plot(ax, **plot_kw)

    def plot(self, ax: "Axes | None" = None, *, cmap: Any = "viridis") -> Self:
        """Draw a triangle a measure, each with a colour scale of its own.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            As in :meth:`Display.plot`; a new figure has up to four triangles side by side.
        cmap : str or matplotlib Colormap, default="viridis"
            The default grows lighter evenly, so it can be read in grey print too.
        """
        if len(self.class_names) != 3:
            raise ValueError(f"class_names must name 3 corners, got {len(self.class_names)} names.")
        filled = grid_shape(len(self.values), _MOST_COLUMNS)
        size = COLUMN / 2 * filled.shape[1], 2.1 * filled.shape[0]
        with self._open_panels(ax, filled, size):
            for panel, (name, values) in zip(self.axes_, self.values.items(), strict=True):
                self._draw(panel, name, np.asarray(values, dtype=np.float64), cmap)
        return self

    def _draw(self, ax: "Axes", name: str, values: NDArray[np.float64], cmap: Any) -> None:
        """Draw one triangle with its contour lines, corner names and colour scale."""
        from matplotlib.tri import Triangulation

        places = np.asarray(self.points) @ _CORNERS  # (n_points, 2)
        mesh = Triangulation(places[:, 0], places[:, 1], _triangles(len(places)))
        # As pixels also within a PDF: thousands of shaded triangles are slow to open.
        shade = ax.tripcolor(mesh, values, shading="gouraud", cmap=cmap, rasterized=True)
        low, high = values.min(), values.max()
        if high > low:  # matplotlib takes no equal levels
            levels = np.linspace(low, high, _N_LINES + 2)[1:-1]
            ax.tricontour(mesh, values, levels, colors="white", linewidths=0.4, linestyles="solid")
        ax.fill(*_CORNERS.T, fill=False, edgecolor="black", linewidth=0.6, zorder=3)
        for corner, place, class_name in zip(_CORNERS, _PLACES, self.class_names, strict=True):
            aside: dict[str, Any] = {"xytext": (0, 3 if corner[1] else -3)}
            aside |= {"textcoords": "offset points", "fontsize": "small"}
            ax.annotate(str(class_name), corner, **aside, **place, **PLAIN)
        ax.set_aspect("equal")
        ax.set_axis_off()
        ax.set_title(name, fontsize="medium", pad=14, **PLAIN)  # above the name of the top corner
        below: dict[str, Any] = {"location": "bottom", "shrink": 0.8, "aspect": 16, "pad": 0.08}
        bar = ax.figure.colorbar(shade, ax=ax, label="utility", **below)
        bar.set_ticks([low, (low + high) / 2, high] if high > low else [low])
        # + 0.0: minus zero becomes zero
        bar.ax.xaxis.set_major_formatter(lambda value, _: f"{value + 0.0:.2f}".replace("-", "−"))
        bar.outline.set_linewidth(0.4)


def _grid(resolution: int) -> NDArray[np.float64]:
    """Return points of the triangle, (n_points, 3), row by row from the bottom to the top."""
    steps = [
        (resolution - right - up, right, up)
        for up in range(resolution + 1)
        for right in range(resolution + 1 - up)
    ]
    return np.array(steps, dtype=np.float64) / resolution


def _triangles(n_points: int) -> NDArray[np.intp]:
    """Return the corners of the small triangles between the points of `_grid`: (n, 3)."""
    # n points are (r + 1)(r + 2) / 2 of them
    resolution = round((sqrt(8 * n_points + 1) - 3) / 2)
    found = []
    start = 0
    for length in range(resolution + 1, 1, -1):  # of a row of points
        low = start + np.arange(length - 1)
        high = low + length  # the points of the row above
        found.append(np.stack([low, low + 1, high], axis=1))
        found.append(np.stack([low[1:], high[1:], high[:-1]], axis=1))
        start += length
    return np.concatenate(found)


def _function(name: str, strategy: Any) -> Callable[[NDArray[np.float64]], ArrayLike]:
    """Return what gives the utilities: the method of an object, or the function itself."""
    if isinstance(strategy, type):
        made = f"{strategy.__name__}()"
        raise TypeError(f"{name!r} must be a strategy or a function, got a class; pass {made}.")
    function = getattr(strategy, "utility", strategy)
    if not callable(function):
        raise TypeError(
            f"{name!r} must be an object with a method utility(proba), or a function, got "
            f"{strategy!r}."
        )
    return function


def _checked(values: ArrayLike, name: str, n_points: int) -> NDArray[np.float64]:
    """Return the utilities, or raise unless there is one finite number a point."""
    found = np.asarray(values, dtype=np.float64)
    if found.shape != (n_points,) or not np.isfinite(found).all():
        raise ValueError(
            f"{name!r} must give one finite number for each of {n_points} points, got shape "
            f"{found.shape} with {np.isfinite(found).sum()} finite numbers."
        )
    return found
