"""RoundTimeDisplay: what a round costs."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from skal.experiment import Comparison, check_comparison
from skal.plotting._curve_drawing import LETTERS_ALONG, X_LABELS, draw_panels, label_panels
from skal.plotting._display import COLUMN, Display, check_option, grid_shape
from skal.plotting._histories import Records, gather_histories, name_of_data
from skal.plotting._lettering import draw_figure_legend, name_list, on_data
from skal.plotting._mean_curves import Curve, Panels, average

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["RoundTimeDisplay"]

_TITLES = {"query": "query: choosing rows", "fit": "fit: training", "score": "score: the test set"}


class RoundTimeDisplay(Display):
    """Seconds a round took to query, to fit and to score: a panel each, a line a learner.

    Use :meth:`from_comparison` or :meth:`from_histories`; :class:`Display` says what all displays
    share.

    Parameters
    ----------
    seconds : dict of str to dict of str to Curve
        "query", "fit" or "score" -> name of a learner -> an object with ``x``, the number of
        labels, and ``mean``, seconds.
    baseline : str or None, default=None
        The learner that looks neutral where none is called random, which always does.
    data_name : str, default=""
        The data set, written below the panels.

    Attributes
    ----------
    axes_, figure_
    legend_ : matplotlib Legend

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from skal.plotting import RoundTimeDisplay
    >>> history = [
    ...     {"n_labeled": 10, "query_seconds": 0.0, "fit_seconds": 0.25},
    ...     {"n_labeled": 20, "query_seconds": 0.5, "fit_seconds": 0.75},
    ... ]
    >>> ax = Figure(layout="constrained").subplots()
    >>> display = RoundTimeDisplay.from_histories({"margin": history}, ax=ax)
    >>> display.seconds["fit"]["margin"].mean
    array([0.25, 0.75])
    """

    def __init__(
        self, seconds: Panels, *, baseline: str | None = None, data_name: str = ""
    ) -> None:
        self.seconds = seconds
        self.baseline = baseline
        self.data_name = data_name

    def _content(self) -> str:
        return name_list(dict.fromkeys(name for curves in self.seconds.values() for name in curves))

    @classmethod
    def from_comparison(
        cls,
        comparison: Comparison,
        *,
        data: str | None = None,
        ax: "Axes | None" = None,
        **plot_kw: Any,
    ) -> Self:
        """Draw the seconds of all learners on one data set, averaged over the repeats.

        Parameters
        ----------
        comparison : Comparison
        data : str or None, default=None
            Name of the data set; None: the only one.
        ax, **plot_kw
            Passed to :meth:`plot`.

        Returns
        -------
        display : RoundTimeDisplay
        """
        check_comparison(comparison)
        return cls.from_histories(
            comparison.histories(data),
            data_name=name_of_data(comparison, data),
            baseline=comparison.baseline,
            ax=ax,
            **plot_kw,
        )

    @classmethod
    def from_histories(
        cls,
        histories: object,
        *,
        baseline: str | None = None,
        data_name: str = "",
        ax: "Axes | None" = None,
        **plot_kw: Any,
    ) -> Self:
        """Draw the seconds of histories, or of fitted learners, averaged over the repeats.

        Parameters
        ----------
        histories : learner, history, list or dict
            As :meth:`LearningCurveDisplay.from_histories` takes them.
        baseline : str or None, default=None
            The learner that looks neutral where none is called random, which always does.
        data_name : str, default=""
            The data set, written below the panels.
        ax, **plot_kw
            Passed to :meth:`plot`.

        Returns
        -------
        display : RoundTimeDisplay
        """
        named = gather_histories(histories)
        seconds: dict[str, dict[str, Curve]] = {}
        for part in _TITLES:
            curves = {name: _mean_seconds(runs, part) for name, runs in named.items()}
            if any(len(curve.x) for curve in curves.values()):
                seconds[part] = curves
        if not seconds:
            raise ValueError(
                "histories must hold query_seconds, fit_seconds or score_seconds above 0, got "
                "none; give those of learners that were fitted."
            )
        return cls(seconds, data_name=data_name, baseline=baseline).plot(ax, **plot_kw)

    def plot(self, ax: "Axes | None" = None, *, yscale: str = "log") -> Self:
        """Draw a panel for each part of a round.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            As in :meth:`Display.plot`.
        yscale : {"log", "linear"}, default="log"
            Scale of the seconds; the logarithmic one spans a decade at least.
        """
        check_option("yscale", yscale, ["log", "linear"])
        n = len(self.seconds)
        size = COLUMN, 1.05 * n + 0.3
        with self._open_panels(ax, grid_shape(n, 1), size, sharex=True) as room:
            handles = draw_panels(self.axes_, self.seconds, "n_labeled", self.baseline)
            for panel in self.axes_:
                _scale(panel, yscale)
            titles = [_TITLES.get(part, str(part)) for part in self.seconds]
            self.legend_ = draw_figure_legend(room, handles, own=ax is None)
            x_label = on_data(X_LABELS["n_labeled"], self.data_name, LETTERS_ALONG, "of")
            label_panels(room, self.axes_, titles, x_label, "seconds a round")
        return self


def _mean_seconds(runs: Iterable[Records], part: str) -> Curve:
    """Average a part of the rounds over the repeats; no points where it never took any time."""
    points = []
    for run in runs:
        seconds = np.array([record.get(f"{part}_seconds", 0.0) for record in run], dtype=np.float64)
        x = np.array([record["n_labeled"] for record in run], dtype=np.float64)
        timed = seconds > 0  # some learners have no test set, and a log axis no zero
        if part == "query":  # no strategy chose the initial set
            timed &= np.array([record.get("round", 1) > 0 for record in run], dtype=bool)
        if timed.any():
            points.append((x[timed], seconds[timed]))
    return average(points) if points else Curve(np.empty(0), np.empty(0))


def _scale(ax: "Axes", yscale: str) -> None:
    """Scale the seconds; over a decade at least, or noise would look like much."""
    from matplotlib import ticker

    ax.set_yscale(yscale)
    if yscale == "linear":
        ax.set_ylim(bottom=0)
        return
    low, high = ax.get_ylim()
    if high < 10 * low:
        # around the geometric mean, so that the lines stay in the middle
        middle = np.sqrt(low * high)
        ax.set_ylim(middle / np.sqrt(10), middle * np.sqrt(10))
    few: Any = ticker.LogLocator(subs=(1, 2, 5) if high < 30 * low else (1,), numticks=5)
    ax.yaxis.set_major_locator(few)
    ax.yaxis.set_minor_formatter(ticker.NullFormatter())
    ax.yaxis.set_major_formatter(ticker.StrMethodFormatter("{x:,.12g}"))
