"""QueryMapDisplay: where in the pool was asked."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skal._containers import n_rows
from skal.experiment import Comparison, check_comparison
from skal.plotting._curve_drawing import LETTERS_ALONG
from skal.plotting._display import COLUMN, Display, check_least, check_option, grid_shape
from skal.plotting._histories import (
    UNNAMED,
    Records,
    check_rows,
    gather_histories,
    name_of_data,
    runs_of,
)
from skal.plotting._lettering import draw_figure_legend, mend_math, name_list, on_data, wrapped
from skal.plotting._mean_curves import Floats
from skal.plotting._pixels import read_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["QueryMapDisplay"]

_MOST_FITTED = 5000  # rows that the principal components are computed from
_UNEVEN = 20  # times the median spread: columns of different units
_MOST_NUMBERS = 20_000_000  # of X that are in memory at once
_DOT: dict[str, Any] = {"markersize": 3, "markeredgewidth": 0, "linestyle": "none"}
_SQUARE: dict[str, Any] = _DOT | {"markerfacecolor": "none", "markeredgewidth": 0.5}
_INITIAL: dict[str, Any] = {
    "marker": "s",
    "facecolors": "none",
    "edgecolors": "black",
    "linewidths": 0.5,
}


class QueryMapDisplay(Display):
    """Where was asked: the pool in the plane, what was asked in the colour of its round.

    Use :meth:`from_comparison` or :meth:`from_histories`; :class:`Display` says what all displays
    share.

    Parameters
    ----------
    pool : array of shape (n_shown, 2)
        Places of the pool's rows, or of a sample of them.
    asked : dict of str to (places, rounds)
        Name of a learner -> places of the rows asked, (n_asked, 2), and their rounds, (n_asked,).
    axis_names : (str, str), default=("", "")
        Labels of the axes.
    data_name : str, default=""
        The data set, written below the panels.
    run_name : str, default=""
        Which of several runs is shown, written beside the rounds.

    Attributes
    ----------
    axes_, figure_
    legend_ : matplotlib Legend

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from sklearn.datasets import load_digits
    >>> from skal.plotting import QueryMapDisplay
    >>> X = load_digits().data
    >>> history = [{"round": 0, "rows": [3, 5]}, {"round": 1, "rows": [8, 9]}]
    >>> ax = Figure(layout="constrained").subplots()
    >>> display = QueryMapDisplay.from_histories({"margin": history}, X, ax=ax)
    >>> display.pool.shape, display.asked["margin"][1], display.axis_names[0]
    ((1797, 2), array([0, 0, 1, 1]), 'first component (15 %)')
    """

    def __init__(
        self,
        pool: Floats,
        asked: Mapping[str, tuple[Floats, NDArray[np.intp]]],
        *,
        axis_names: tuple[str, str] = ("", ""),
        data_name: str = "",
        run_name: str = "",
    ) -> None:
        self.pool = pool
        self.asked = asked
        self.axis_names = axis_names
        self.data_name = data_name
        self.run_name = run_name

    def _content(self) -> str:
        return name_list(self.asked)

    @classmethod
    def from_comparison(
        cls,
        comparison: Comparison,
        X: Any,
        *,
        data: str | None = None,
        learners: Sequence[str] | None = None,
        repeat: int = 0,
        projection: ArrayLike | None = None,
        max_points: int = 5000,
        ax: "Axes | None" = None,
        **plot_kw: Any,
    ) -> Self:
        """Draw the pool and what the learners asked for in one repeat.

        Parameters
        ----------
        comparison : Comparison
        X : array-like of shape (n, ...)
            The rows of the data set; None if there is a `projection`.
        data : str or None, default=None
            Name of the data set; None: the only one.
        learners : sequence of str or None, default=None
            Names of the learners to show, a panel each; None: all.
        repeat : int, default=0
            Which repeat.
        projection, max_points, ax, **plot_kw
            As in :meth:`from_histories`.

        Returns
        -------
        display : QueryMapDisplay
        """
        check_comparison(comparison)
        runs = runs_of(comparison, data)
        for name in learners or ():
            check_option("learners", name, runs)
        repeats = sorted({k for found in runs.values() for k in found})
        check_option("repeat", repeat, repeats)
        wanted = list(runs) if learners is None else learners
        histories = {name: runs[name][repeat] for name in wanted if repeat in runs[name]}
        how: dict[str, Any] = {"projection": projection, "max_points": max_points}
        how["data_name"] = name_of_data(comparison, data)
        if len(repeats) > 1:
            how["run_name"] = f"run {repeats.index(repeat) + 1} of {len(repeats)}"
        return cls.from_histories(histories, X, **how, ax=ax, **plot_kw)

    @classmethod
    def from_histories(
        cls,
        histories: object,
        X: Any,
        *,
        projection: ArrayLike | None = None,
        max_points: int = 5000,
        data_name: str = "",
        run_name: str = "",
        ax: "Axes | None" = None,
        **plot_kw: Any,
    ) -> Self:
        """Draw the pool and what histories, or fitted learners, asked for.

        Parameters
        ----------
        histories : learner, history, list or dict
            As :meth:`LearningCurveDisplay.from_histories` takes them; of several repeats the first
            is shown.
        X : array-like of shape (n, ...)
            What was passed to fit or query; None if there is a `projection`.
        projection : array-like of shape (n, 2) or None, default=None
            Places of all rows, such as from t-SNE or UMAP; None: the first two principal components
            of the raw values, from up to 5,000 rows. Columns are scaled to one spread if that of
            one is 20 times the middle one; the axes say so.
        max_points : int, default=5000
            Most rows of the pool to show: an even sample. Rows that were asked are all shown.
        data_name : str, default=""
            The data set, written below the panels.
        run_name : str, default=""
            Which of several runs is shown, written beside the rounds.
        ax, **plot_kw
            Passed to :meth:`plot`.

        Returns
        -------
        display : QueryMapDisplay

        Raises
        ------
        ValueError
            If X has no two rows of two numbers, holds NaN or text, or is all alike: nothing is
            drawn then.

        Notes
        -----
        X is read in parts, so it may be larger than the memory.
        """
        check_least("max_points", max_points)
        if projection is None and X is None:
            raise ValueError("X or projection must be given, got neither.")
        named = {name: repeats[0] for name, repeats in gather_histories(histories).items()}
        places = None if projection is None else _checked(projection)
        n = n_rows(X) if places is None else len(places)
        asked = {name: _asked(run, n) for name, run in named.items()}
        place, axis_names = _principal(X, n) if places is None else (places.__getitem__, ("", ""))
        display = cls(
            place(_sample(n, max_points)),
            {name: (place(rows), rounds) for name, (rows, rounds) in asked.items()},
            axis_names=axis_names,
            data_name=data_name,
            run_name=run_name,
        )
        return display.plot(ax, **plot_kw)

    def plot(self, ax: "Axes | None" = None, *, cmap: Any = "viridis") -> Self:
        """Draw a panel a learner, with one colour scale.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            As in :meth:`Display.plot`.
        cmap : str or matplotlib Colormap, default="viridis"
            Colours of the rounds, dark to light; of its light end a tenth is left out.
        """
        from matplotlib import cm, colormaps, colors, ticker

        filled = grid_shape(len(self.asked), 2)
        n_rows, n_columns = filled.shape
        ramp = colors.ListedColormap(colormaps.get_cmap(cmap)(np.linspace(0, 0.9, 256)))
        last = max(int(rounds.max(initial=0)) for _, rounds in self.asked.values())
        scale = colors.Normalize(1, max(last, 2))  # round 0 is drawn as squares
        size = COLUMN, (2.8 if n_columns == 1 else 1.6) * n_rows + 0.3
        with self._open_panels(ax, filled, size) as room:
            handles: dict[str, Any] = {}
            for panel, (name, asked) in zip(self.axes_, self.asked.items(), strict=True):
                handles |= self._draw(panel, *asked, {"cmap": ramp, "norm": scale})
                if name != UNNAMED:
                    title = wrapped(name, 42 // n_columns, most_lines=3)
                    mend_math([panel.set_title(title, loc="left", fontsize="small", pad=3)])
            x_label = on_data(self.axis_names[0], self.data_name, LETTERS_ALONG, "of")
            room.supxlabel(x_label, fontsize="medium")
            room.supylabel(self.axis_names[1], fontsize="medium")
            if last:  # the initial set alone has no rounds to tell apart
                shape: dict[str, Any] = {"aspect": 15 * (len(self.axes_) + 1), "pad": 0.02}
                round_of_run = f"round of {self.run_name}" if self.run_name else "round"
                colours = cm.ScalarMappable(scale, ramp)
                bar = room.colorbar(colours, ax=list(self.axes_), label=round_of_run, **shape)
                bar.outline.set_linewidth(0.4)
                bar.ax.yaxis.set_major_locator(ticker.MaxNLocator(6, integer=True))
            self.legend_ = draw_figure_legend(room, handles, own=ax is None)
        return self

    def _draw(
        self, ax: "Axes", places: Floats, rounds: NDArray[np.intp], colours: dict[str, Any]
    ) -> dict[str, Any]:
        """Draw one panel; return what the legend explains."""
        from matplotlib.lines import Line2D

        # Pixels, also within a PDF: thousands of points are slow to open.
        dots = colours | {"linewidths": 0, "rasterized": True}
        part = 1 / min(2, len(self.asked))  # of a paper column
        grey = {**dots, "s": _size(part, len(self.pool)), "c": "0.78", "cmap": None, "norm": None}
        ax.scatter(*self.pool.T, **grey)
        found: dict[str, Any] = {"pool": Line2D([], [], color="0.78", marker="o", **_DOT)}
        first, order = rounds == 0, np.flatnonzero(rounds > 0)
        # late rows do not hide early ones; the same seed, so the same file
        order = np.random.default_rng(0).permutation(order)
        size = 1.5 * _size(part, len(order))
        ax.scatter(*places[order].T, **dots | {"s": size, "c": rounds[order]})
        if first.any():
            ax.scatter(*places[first].T, **_INITIAL | {"s": min(size + 2, 10)})
            found["initial rows"] = Line2D([], [], marker="s", color="black", **_SQUARE)
        every = np.concatenate([self.pool, *(where for where, _ in self.asked.values())])
        low, high = every.min(axis=0), every.max(axis=0)
        pad = 0.04 * np.where(high > low, high - low, 1)
        ax.set(xticks=[], yticks=[])
        ax.set_xlim(low[0] - pad[0], high[0] + pad[0])
        ax.set_ylim(low[1] - pad[1], high[1] + pad[1])
        return found


def _size(part: float, n_points: int) -> float:
    """Return the area of a dot: the smaller the panel, and the more of them, the smaller."""
    return float(np.clip(8000 * part**2 / max(1, n_points), 0.6, 7))


def _asked(history: Records, n_rows: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows asked and their rounds, without those of unknown place."""
    rows, rounds = [], []
    for record in history:
        known = np.asarray(record.get("rows", ()), dtype=np.intp)
        known = known[known >= 0]
        check_rows(known, n_rows, record["round"])
        rows.append(known)
        rounds.append(np.full(len(known), record["round"], dtype=np.intp))
    if not sum(map(len, rows)):
        raise ValueError(
            "histories must hold rows of X that were asked for, got none; give those of learners "
            "that were fitted, or taught what they had asked."
        )
    return np.concatenate(rows), np.concatenate(rounds)


def _checked(projection: ArrayLike) -> Floats:
    """Return places of all rows, (n, 2), or raise."""
    places = np.asarray(projection, dtype=np.float64)
    if places.ndim != 2 or places.shape[1] != 2:
        raise ValueError(
            f"projection must have shape (n, 2), two numbers a row of X, got {places.shape}."
        )
    if not np.isfinite(places).all():
        raise ValueError("projection must be finite, got NaN or infinity.")
    return places


def _sample(n_rows: int, most: int) -> NDArray[np.intp]:
    """Return at most so many rows, drawn alike each time, in the order of X."""
    if n_rows <= most:
        return np.arange(n_rows)
    return np.sort(np.random.default_rng(0).choice(n_rows, most, replace=False))


def _principal(X: Any, n_rows: int) -> tuple[Callable[[NDArray[np.intp]], Floats], tuple[str, str]]:
    """Return what places rows on the first two principal components, and names of these."""
    from sklearn.decomposition import PCA

    width = _flat(read_rows(X, np.arange(1))).shape[1]
    if n_rows < 2 or width < 2:
        raise ValueError(
            f"X must have two rows of two numbers at least, got {n_rows} rows of {width} "
            "numbers; give places of your own as projection."
        )
    most = max(100, _MOST_NUMBERS // width)
    fitted = _flat(read_rows(X, _sample(n_rows, min(_MOST_FITTED, most))))
    if (fitted == fitted[0]).all():  # shares of a variance of zero would be NaN
        raise ValueError(
            "X must have rows that differ, got rows that are all alike; give places of your own "
            "as projection."
        )
    spread = fitted.std(axis=0)
    # one column of large numbers, such as grams among shares, would be the first component alone
    is_uneven = spread.max() > _UNEVEN * np.median(spread[spread > 0])
    scale = np.where(spread > 0, spread, 1) if is_uneven else np.ones(width)
    # a seed: of many numbers scikit-learn takes the randomised solver
    pca = PCA(n_components=2, random_state=0).fit(fitted / scale)

    def place(rows: NDArray[np.intp]) -> Floats:
        parts = [rows[start : start + most] for start in range(0, len(rows), most)]
        placed = [pca.transform(_flat(read_rows(X, part)) / scale) for part in parts]
        return np.concatenate(placed) if placed else np.empty((0, 2))

    first, second = 100 * pca.explained_variance_ratio_
    of = ", columns scaled" if is_uneven else ""
    return place, (f"first component{of} ({first:.0f} %)", f"second component{of} ({second:.0f} %)")


def _flat(values: NDArray[Any]) -> Floats:
    """Return rows of numbers, or raise."""
    try:
        flat = np.asarray(values, dtype=np.float64).reshape(len(values), np.size(values[0]))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"X must hold numbers, got values that are none ({error}); give places of your own "
            "as projection."
        ) from error
    if not np.isfinite(flat).all():
        raise ValueError(
            "X must be finite, got NaN or infinity; give places of your own as projection."
        )
    return flat
