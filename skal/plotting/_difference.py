"""DifferenceDisplay: how much better than the baseline."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from skal.experiment import Comparison, align, check_comparison, choose_score, score_words
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
from skal.plotting._histories import Records, gather_histories, name_of_data, score_title
from skal.plotting._lettering import draw_legend, mend_math, name_list, on_data
from skal.plotting._mean_curves import BANDS, Curve, average, score_points

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["DifferenceDisplay"]


class DifferenceDisplay(Display):
    """Paired difference to the baseline against labels, a line a learner, a band over the repeats.

    Above zero a learner is better than the baseline with as many labels; where the band holds zero,
    the repeats do not tell them apart. Use :meth:`from_comparison` or :meth:`from_histories`;
    :class:`Display` says what all displays share.

    Parameters
    ----------
    curves : dict of str to Curve
        Name -> an object with ``x``, ``mean``, ``low``, ``high`` (arrays of shape (n_points,); the
        last two may be None) and ``n_repeats``; all zeros for the baseline.
    baseline : str
        Name of the learner that is subtracted.
    x : {"n_labeled", "fraction", "seconds"}, default="n_labeled"
        What ``x`` of the curves counts.
    band : {"std", "sem", "range", "ci95"} or None, default="ci95"
        What the bands show.
    score_name : str, default="score"
        What the difference is of.
    data_name : str, default=""
        The data set, written behind it.

    Attributes
    ----------
    ax_, figure_
    lines_ : dict of str to Line2D
    bands_ : dict of str to PolyCollection
    legend_ : matplotlib Legend

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from skal.plotting import DifferenceDisplay
    >>> histories = {
    ...     "random": [{"n_labeled": 10, "test_score": 0.5}],
    ...     "margin": [{"n_labeled": 10, "test_score": 0.75}],
    ... }
    >>> display = DifferenceDisplay.from_histories(
    ...     histories, baseline="random", ax=Figure().subplots()
    ... )
    >>> display.curves["margin"].mean
    array([0.25])
    """

    def __init__(
        self,
        curves: Mapping[str, Curve],
        *,
        baseline: str,
        x: str = "n_labeled",
        band: str | None = "ci95",
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
        others = [name for name in self.curves if name != self.baseline]
        return f"{name_list(others)} against {name_list([self.baseline])}"

    @classmethod
    def from_comparison(
        cls,
        comparison: Comparison,
        *,
        data: str | None = None,
        baseline: str | None = None,
        score: str = "auto",
        x: str = "n_labeled",
        band: str | None = "ci95",
        score_name: str | None = None,
        ax: "Axes | None" = None,
        **plot_kw: Any,
    ) -> Self:
        """Draw the differences within each repeat, averaged.

        Parameters
        ----------
        comparison : Comparison
        data : str or None, default=None
            Name of the data set; None: the only one.
        baseline : str or None, default=None
            The learner to subtract; None: the comparison's baseline.
        score : str, default="auto"
            Key of the score in the records; "auto" takes the only one.
        x : {"n_labeled", "fraction", "seconds"}, default="n_labeled"
            Number of labels, labelled fraction of the pool, or seconds of querying and fitting.
        band : {"std", "sem", "range", "ci95"} or None, default="ci95"
            Around the mean: Student's 95 % confidence interval of the paired differences, or as in
            :meth:`LearningCurveDisplay.from_histories`.
        score_name : str or None, default=None
            What the difference is of; None: the name of the scorer, or the score's key in words.
        ax, **plot_kw
            Passed to :meth:`plot`.

        Returns
        -------
        display : DifferenceDisplay
        """
        check_comparison(comparison)
        baseline = str(comparison.baseline if baseline is None else baseline)
        names = comparison.histories(data)
        pairs = {name: comparison.paired(name, baseline, data) for name in names}
        score = choose_score([run for repeats in names.values() for run in repeats], score)
        how: dict[str, Any] = {"score": score, "x": x, "band": band}
        how["score_name"] = score_title(comparison, score) if score_name is None else score_name
        how["data_name"] = name_of_data(comparison, data)
        return cls._of_pairs(pairs, baseline, **how).plot(ax, **plot_kw)

    @classmethod
    def from_histories(
        cls,
        histories: object,
        *,
        baseline: str,
        score: str = "auto",
        x: str = "n_labeled",
        band: str | None = "ci95",
        score_name: str | None = None,
        data_name: str = "",
        ax: "Axes | None" = None,
        **plot_kw: Any,
    ) -> Self:
        """Draw the differences of histories, or of fitted learners.

        Parameters
        ----------
        histories : dict
            Name -> a learner, a history, or a list of these: repeats, of which the first belongs to
            the baseline's first, and so on.
        baseline : str
            One of the names.
        score, x, band, score_name
            As in :meth:`from_comparison`.
        data_name : str, default=""
            The data set, written behind the score.
        ax, **plot_kw
            Passed to :meth:`plot`.

        Returns
        -------
        display : DifferenceDisplay
        """
        named = gather_histories(histories)
        reference = named.get(baseline, [])  # an unknown one is refused in _of_pairs
        counts = {name: len(repeats) for name, repeats in named.items()}
        if reference and set(counts.values()) != {len(reference)}:
            raise ValueError(
                f"Repeats must come in pairs, got {counts}; give each learner as many as the "
                "baseline."
            )
        pairs = {name: list(zip(repeats, reference)) for name, repeats in named.items()}
        how: dict[str, Any] = {"score": score, "x": x, "band": band, "score_name": score_name}
        return cls._of_pairs(pairs, baseline, **how, data_name=data_name).plot(ax, **plot_kw)

    @classmethod
    def _of_pairs(
        cls,
        pairs: Mapping[str, Sequence[tuple[Records, Records]]],
        baseline: str,
        *,
        score: str,
        x: str,
        band: str | None,
        score_name: str | None,
        data_name: str,
    ) -> Self:
        """Subtract within each pair of a learner's and the baseline's history, then average."""
        check_option("x", x, X_LABELS)
        check_option("band", band, [*BANDS, None])
        check_option("baseline", baseline, pairs)
        alone = [name for name, of_name in pairs.items() if not of_name]
        if alone:
            raise ValueError(
                f"baseline must have a repeat in common with every learner, got {baseline!r} and "
                f"{alone[0]!r} without one; run both with the same repeats."
            )
        score = choose_score([run for of_name in pairs.values() for run, _ in of_name], score)
        curves: dict[str, Curve] = {}
        for name, of_name in pairs.items():
            points = []
            for pair in of_name:  # learner first
                grid, scores = align([score_points(history, score, x) for history in pair])
                points.append((grid, scores[0] - scores[1]))
            # the zeros of the baseline have no spread
            curves[name] = average(points, None if name == baseline else band)
        words = score_words(score) if score_name is None else score_name
        what: dict[str, Any] = {"score_name": words, "data_name": data_name}
        return cls(curves, baseline=baseline, x=x, band=band, **what)

    def plot(self, ax: "Axes | None" = None, *, xscale: str = "linear", **line_kw: Any) -> Self:
        """Draw the differences and a line at zero.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            As in :meth:`Display.plot`.
        xscale : {"linear", "log"}, default="linear"
            Scale of the horizontal axis.
        **line_kw : dict
            Passed to every ``ax.plot``; goes before skal's colours, markers and widths.
        """
        check_option("xscale", xscale, SCALES)
        check_log(self.curves.values(), xscale)
        own = ax is None
        with self._open_axes(ax) as ax:
            zero = ax.axhline(0, color="0.25", linewidth=0.8, zorder=1.5)
            looks = look_of(self.curves, self.baseline)
            self.lines_, self.bands_ = draw_curves(ax, self.curves, self.x, line_kw, looks)
            label_x(ax, self.curves.values(), self.x, xscale)
            words = f"gain in {self.score_name}"
            mend_math([ax.set_ylabel(on_data(words, self.data_name, LETTERS_UP))])
            draw_grid(ax)
            title = band_title((self.curves[name].n_repeats for name in self.bands_), self.band)
            if self.baseline in self.lines_:
                self.lines_[self.baseline].set_label(f"{self.baseline} (baseline)")
            taboo = outlines(self.lines_, self.curves, [zero])
            self.legend_ = draw_legend(ax, taboo, title=title, own=own)
        return self
