"""LearningCurveDisplay: score against labels."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from skal.experiment import Comparison, check_comparison, choose_score, score_words
from skal.plotting._curve_drawing import (
    LETTERS_UP,
    SCALES,
    X_LABELS,
    band_title,
    check_log,
    draw_curves,
    draw_grid,
    label_x,
    look_of,
    outlines,
)
from skal.plotting._display import Display, check_option
from skal.plotting._histories import (
    UNNAMED,
    gather_histories,
    name_of_data,
    score_title,
    warn_of_other_test_sets,
)
from skal.plotting._lettering import draw_legend, mend_math, name_list, on_data
from skal.plotting._mean_curves import BANDS, Curve, average, score_points

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

__all__ = ["LearningCurveDisplay"]


class LearningCurveDisplay(Display):
    """Score against the number of labels, one line a learner, a band over its repeats.

    Use :meth:`from_histories` or :meth:`from_comparison`; :class:`Display` says what all displays
    share.

    Parameters
    ----------
    curves : dict of str to Curve
        Name -> an object with ``x``, ``mean``, ``low``, ``high`` (arrays of shape (n_points,); the
        last two may be None) and ``n_repeats``. A name may hold mathtext, as a label in matplotlib.
    baseline : str or None, default=None
        The learner that looks neutral where none is called random, which always does.
    x : {"n_labeled", "fraction", "seconds"}, default="n_labeled"
        What ``x`` of the curves counts: labels, the labelled fraction of the pool, in [0, 1], or
        seconds.
    band : {"std", "sem", "range", "ci95"} or None, default=None
        What the bands show; the legend's title says it.
    score_name : str, default="score"
        Label of the vertical axis.
    data_name : str, default=""
        The data set, written behind it.

    Attributes
    ----------
    ax_, figure_
    lines_ : dict of str to Line2D
    bands_ : dict of str to PolyCollection
        The bands, of the curves that have one.
    legend_ : matplotlib Legend or None

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from skal.plotting import LearningCurveDisplay
    >>> seed_0 = [{"n_labeled": 10, "test_score": 0.5}, {"n_labeled": 20, "test_score": 0.75}]
    >>> seed_1 = [{"n_labeled": 10, "test_score": 0.75}, {"n_labeled": 20, "test_score": 1.0}]
    >>> display = LearningCurveDisplay.from_histories(
    ...     {"margin": [seed_0, seed_1]}, reference=0.9, ax=Figure().subplots()
    ... )
    >>> display.curves["margin"].mean
    array([0.625, 0.875])
    >>> [text.get_text() for text in display.legend_.get_texts()]
    ['margin', 'reference (0.9)']
    """

    def __init__(
        self,
        curves: Mapping[str, Curve],
        *,
        baseline: str | None = None,
        x: str = "n_labeled",
        band: str | None = None,
        score_name: str = "score",
        data_name: str = "",
    ) -> None:
        self.curves = curves
        self.baseline = baseline
        self.x = x
        self.band = band
        self.score_name = score_name
        self.data_name = data_name

    def _content(self) -> str:
        return name_list(self.curves)

    @classmethod
    def from_histories(
        cls,
        histories: object,
        *,
        baseline: str | None = None,
        score: str = "auto",
        x: str = "n_labeled",
        band: str | None = "std",
        score_name: str | None = None,
        data_name: str = "",
        ax: "Axes | None" = None,
        **plot_kw: Any,
    ) -> Self:
        """Draw the curves of histories, or of fitted learners.

        Parameters
        ----------
        histories : learner, history, list or dict
            A history, or a fitted learner (anything with ``history_``), is one curve; a list of
            them, a curve each; a dict maps names to one of them or to a list: repeats, which are
            averaged.
        baseline : str or None, default=None
            The learner that looks neutral where none is called random, which always does.
        score : str, default="auto"
            Key of the score in the records, such as ``"test_accuracy"``; "auto" takes the only one.
        x : {"n_labeled", "fraction", "seconds"}, default="n_labeled"
            Number of labels, labelled fraction of the pool, or seconds that querying and fitting
            have taken since the start.
        band : {"std", "sem", "range", "ci95"} or None, default="std"
            Around the mean: the sample deviation (n - 1) of the repeats, the standard error of
            their mean, the lowest to the highest repeat, or Student's 95 % confidence interval of
            the mean. A single run has none.
        score_name : str or None, default=None
            Label of the vertical axis; None writes the score's key in words.
        data_name : str, default=""
            The data set, written behind it.
        ax, **plot_kw
            Passed to :meth:`plot`.

        Returns
        -------
        display : LearningCurveDisplay

        Raises
        ------
        ValueError
            If a history has no score: fit was given no X_test and y_test.

        Notes
        -----
        Repeats with the same label counts are averaged there. Others are interpolated linearly at
        the union of their label counts, inside the range that all of them cover. Rounds without the
        score are left out; of rounds with equal label counts the last one stays. Where the test set
        of a history has another size than in the round before, a warning says so.
        """
        check_option("x", x, X_LABELS)
        check_option("band", band, [*BANDS, None])
        named = gather_histories(histories)
        score = choose_score([history for repeats in named.values() for history in repeats], score)
        curves = {
            name: average([score_points(history, score, x) for history in repeats], band)
            for name, repeats in named.items()
        }
        warn_of_other_test_sets(named)
        words = score_words(score) if score_name is None else score_name
        how: dict[str, Any] = {"x": x, "band": band, "baseline": baseline}
        return cls(curves, score_name=words, data_name=data_name, **how).plot(ax, **plot_kw)

    @classmethod
    def from_comparison(
        cls,
        comparison: Comparison,
        *,
        data: str | None = None,
        score: str = "auto",
        x: str = "n_labeled",
        band: str | None = "std",
        score_name: str | None = None,
        ax: "Axes | None" = None,
        **plot_kw: Any,
    ) -> Self:
        """Draw the curves of all learners on one data set.

        Parameters
        ----------
        comparison : Comparison
        data : str or None, default=None
            Name of the data set; None: the only one.
        score, x, band, score_name, ax, **plot_kw
            As in :meth:`from_histories`; the name of a single scorer is known here.

        Returns
        -------
        display : LearningCurveDisplay
        """
        check_comparison(comparison)
        histories = comparison.histories(data)
        score = choose_score([run for repeats in histories.values() for run in repeats], score)
        how: dict[str, Any] = {"score": score, "x": x, "band": band}
        how["score_name"] = score_title(comparison, score) if score_name is None else score_name
        how |= {"data_name": name_of_data(comparison, data), "baseline": comparison.baseline}
        return cls.from_histories(histories, **how, ax=ax, **plot_kw)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        xscale: str = "linear",
        reference: float | Mapping[str, float] | None = None,
        target: float | Mapping[str, float] | None = None,
        **line_kw: Any,
    ) -> Self:
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            As in :meth:`Display.plot`.
        xscale : {"linear", "log"}, default="linear"
            Scale of the horizontal axis.
        reference : float, dict of str to float, or None, default=None
            Score of a dashed horizontal line, such as that of a model trained on all labels; a dict
            names it: ``{"all labels": 0.98}``.
        target : float, dict of str to float, or None, default=None
            Score of a dotted horizontal line: the one to reach.
        **line_kw : dict
            Passed to every ``ax.plot``; goes before skal's colours, markers and widths.
        """
        check_option("xscale", xscale, SCALES)
        check_log(self.curves.values(), xscale)
        own = ax is None
        with self._open_axes(ax) as ax:
            taken = len(ax.get_lines())  # a second display in the same ax goes on with the colours
            looks = look_of(self.curves, self.baseline, taken)
            self.lines_, self.bands_ = draw_curves(ax, self.curves, self.x, line_kw, looks)
            label_x(ax, self.curves.values(), self.x, xscale)
            mend_math([ax.set_ylabel(on_data(self.score_name, self.data_name, LETTERS_UP))])
            draw_grid(ax)
            levels = _draw_level(ax, "reference", reference, (0, (5, 2)))
            levels += _draw_level(ax, "target", target, (0, (1, 1.5)))
            self.legend_ = None  # a single curve without a name needs none
            if self.curves and [*self.curves, *levels] != [UNNAMED]:
                title = band_title((self.curves[name].n_repeats for name in self.bands_), self.band)
                taboo = outlines(self.lines_, self.curves, levels)
                self.legend_ = draw_legend(ax, taboo, title=title, own=own)
        return self


def _draw_level(
    ax: "Axes", name: str, level: float | Mapping[str, float] | None, dashes: Any
) -> "list[Line2D]":
    """Draw a horizontal line at each score of a level; return the lines."""
    if level is None:
        return []
    named = level if isinstance(level, Mapping) else {f"{name} ({level:.4g})": level}
    # zorder: below the bands (1.8) and lines (2), above the grid
    style: dict[str, Any] = {"color": "0.25", "linewidth": 0.9, "linestyle": dashes, "zorder": 1.5}
    return [ax.axhline(value, label=label, **style) for label, value in named.items()]
