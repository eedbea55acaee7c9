"""LearningCurveDisplay: score against labels."""

from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ._curves import BANDS, UNNAMED, Curve, choose_score, gather_histories, learning_curve
from ._figure import COLUMN, NEW_FIGURE, save_figure
from ._legend import Outline, draw_legend

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PolyCollection
    from matplotlib.lines import Line2D

__all__ = ["LearningCurveDisplay"]

# The hues of Okabe and Ito (2008), which colour-blind readers tell apart; grey stands for their
# yellow, which is too pale for a line.
_COLOURS = "#0072B2 #D55E00 #009E73 #CC79A7 #E69F00 #56B4E9 #000000 #8C8C8C".split()
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
_DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (5, 1.5, 1.2, 1.5)))
_MARKED, _DASHED = 30, 500  # most points of a line with markers, with dashes: more are a smear

_SHADE: dict[str, Any] = {"alpha": 0.18, "linewidth": 0, "zorder": 1.8}  # under every line

_X_LABELS = {"n_labeled": "labels", "fraction": "labelled fraction of the pool (%)"}
_BAND_WORDS = {
    "std": " ± std",
    "sem": " ± standard error",
    "range": ", min to max",
    "ci95": ", 95 % CI",
}
_WORDS = {"f1": "F1", "roc": "ROC", "auc": "AUC", "neg": "negative"}


class LearningCurveDisplay:
    """Score against the number of labels, one line a setting, a band over its repeats.

    Use :meth:`from_learners` to compute and draw, :meth:`from_histories` to compute only.

    Parameters
    ----------
    curves : dict of str to Curve
        Name -> an object with ``x``, ``mean``, ``low``, ``high`` (arrays of shape (n_points,); the
        last two may be None) and ``n_repeats``. A name may hold mathtext, as a label in matplotlib.
    x : {"n_labeled", "fraction"}, default="n_labeled"
        What ``x`` of the curves counts: labels, or the labelled fraction of the pool, in [0, 1].
    score_name : str, default="score"
        Label of the vertical axis.
    band : {"std", "sem", "range", "ci95"} or None, default=None
        What the bands show; the legend's title says it.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    lines_ : dict of str to Line2D
    bands_ : dict of str to PolyCollection
        The bands, of the curves that have one.
    legend_ : matplotlib Legend or None

    Examples
    --------
    >>> from skal.plotting import LearningCurveDisplay
    >>> seed_0 = [{"n_labeled": 10, "test_score": 0.5}, {"n_labeled": 20, "test_score": 0.75}]
    >>> seed_1 = [{"n_labeled": 10, "test_score": 0.75}, {"n_labeled": 20, "test_score": 1.0}]
    >>> display = LearningCurveDisplay.from_histories({"margin": [seed_0, seed_1]})
    >>> display.curves["margin"].mean
    array([0.625, 0.875])
    """

    def __init__(
        self,
        curves: Mapping[str, Curve],
        *,
        x: str = "n_labeled",
        score_name: str = "score",
        band: str | None = None,
    ) -> None:
        self.curves = curves
        self.x = x
        self.score_name = score_name
        self.band = band

    @classmethod
    def from_learners(
        cls,
        learners: object,
        *,
        score: str = "auto",
        x: str = "n_labeled",
        band: str | None = "std",
        score_name: str | None = None,
        ax: "Axes | None" = None,
        **plot_kw: Any,
    ) -> Self:
        """Compute the curves of learners or histories and draw them.

        Parameters
        ----------
        learners : learner, history, list or dict
            A fitted learner (anything with ``history_``) or a history is one curve; a list of them,
            a curve each; a dict maps names to a learner, a history, or a list of these: repeats of
            one setting, which are averaged.
        score : str, default="auto"
            Key of the score in the records, such as ``"test_accuracy"``; "auto" takes the only one.
        x : {"n_labeled", "fraction"}, default="n_labeled"
            Number of labels, or labelled fraction of the pool.
        band : {"std", "sem", "range", "ci95"} or None, default="std"
            Around the mean: the sample deviation (n - 1) of the repeats, the standard error of
            their mean, the lowest to the highest repeat, or Student's 95 % confidence interval of
            the mean. A single run has none.
        score_name : str or None, default=None
            Label of the vertical axis; None writes the score's key in words.
        ax : matplotlib Axes or None, default=None
            Where to draw; None opens a figure of one paper column.
        **plot_kw : dict
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
        score are left out; of rounds with equal label counts the last one stays.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from skal.plotting import LearningCurveDisplay
        >>> history = [{"n_labeled": 10, "test_score": 0.5}, {"n_labeled": 20, "test_score": 0.75}]
        >>> display = LearningCurveDisplay.from_learners(history, ax=Figure().subplots())
        >>> display.ax_.get_ylabel()
        'test score'
        """
        display = cls.from_histories(learners, score=score, x=x, band=band, score_name=score_name)
        return display.plot(ax, **plot_kw)

    @classmethod
    def from_histories(
        cls,
        histories: object,
        *,
        score: str = "auto",
        x: str = "n_labeled",
        band: str | None = "std",
        score_name: str | None = None,
    ) -> Self:
        """Compute the curves and draw nothing; parameters as in :meth:`from_learners`.

        Examples
        --------
        >>> from skal.plotting import LearningCurveDisplay
        >>> history = [{"n_labeled": 10, "fraction": 0.1, "test_f1_macro": 0.5}]
        >>> display = LearningCurveDisplay.from_histories(history, x="fraction")
        >>> display.score_name, display.curves["learner"].x
        ('test F1 macro', array([0.1]))
        """
        _check_option("x", x, _X_LABELS)
        _check_option("band", band, [*BANDS, None])
        named = gather_histories(histories)
        score = choose_score([history for repeats in named.values() for history in repeats], score)
        curves = {
            name: learning_curve(repeats, score=score, x=x, band=band)
            for name, repeats in named.items()
        }
        words = " ".join(_WORDS.get(word, word) for word in score.split("_"))
        return cls(curves, x=x, score_name=words if score_name is None else score_name, band=band)

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
            Where to draw; None opens a figure of one paper column. A given ax keeps its fonts.
        xscale : {"linear", "log"}, default="linear"
            Scale of the horizontal axis.
        reference : float, dict of str to float, or None, default=None
            Score of a dashed horizontal line, such as that of a model trained on all labels; a dict
            names it: ``{"all labels": 0.98}``.
        target : float, dict of str to float, or None, default=None
            Score of a dotted horizontal line: the one to reach.
        **line_kw : dict
            Passed to every ``ax.plot``; goes before skal's colours, markers and widths.

        Returns
        -------
        self : LearningCurveDisplay

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from skal.plotting import LearningCurveDisplay
        >>> history = [{"n_labeled": 10, "test_score": 0.5}, {"n_labeled": 20, "test_score": 0.75}]
        >>> display = LearningCurveDisplay.from_histories({"margin": history})
        >>> sorted(display.plot(Figure().subplots(), reference=0.9).lines_)
        ['margin']
        """
        from matplotlib import pyplot as plt

        _check_option("xscale", xscale, ["linear", "log"])
        if xscale == "log" and any(np.min(curve.x) <= 0 for curve in self.curves.values()):
            raise ValueError(
                "xscale='log' came, but a curve has a point with no labels; use xscale='linear'."
            )
        with plt.rc_context(NEW_FIGURE) if ax is None else nullcontext():
            own = ax is None
            if ax is None:
                _, ax = plt.subplots(figsize=(COLUMN, 2.5), layout="constrained")
            self.ax_, self.figure_ = ax, ax.get_figure(root=True)
            self._draw_curves(ax, line_kw)
            self._label_axes(ax, xscale)
            levels = _draw_level(ax, "reference", reference, (0, (5, 2)))
            levels += _draw_level(ax, "target", target, (0, (1, 1.5)))
            self.legend_ = None
            if self.curves and [*self.curves, *levels] != [UNNAMED]:
                outlines = self._outlines(levels)
                self.legend_ = draw_legend(ax, outlines, title=self._band_title(), own=own)
        return self

    def save(self, path: str | PathLike[str], *, dpi: float = 300) -> Path:
        """Write the drawn figure, cut to its content, with fonts that publishers take.

        Parameters
        ----------
        path : str or path-like
            The file; its suffix decides the format: .pdf (Type 42 fonts), .svg (letters as paths)
            or .png.
        dpi : float, default=300
            Dots per inch of a PNG.

        Returns
        -------
        path : pathlib.Path

        Examples
        --------
        >>> from skal.plotting import LearningCurveDisplay
        >>> LearningCurveDisplay({}).save("curve.docx")
        Traceback (most recent call last):
            ...
        ValueError: 'curve.docx' came as the file to save; its suffix must be one of ...
        """
        return save_figure(getattr(self, "figure_", None), path, dpi)

    def _draw_curves(self, ax: "Axes", line_kw: dict[str, Any]) -> None:
        """Draw lines and bands; fill lines_ and bands_."""
        from matplotlib.cbook import normalize_kwargs
        from matplotlib.lines import Line2D as Line

        given = normalize_kwargs(line_kw, Line)  # lw and linewidth are one thing
        n_points = max((len(curve.x) for curve in self.curves.values()), default=0)
        self.lines_: dict[str, Line2D] = {}
        self.bands_: dict[str, PolyCollection] = {}
        taken = len(ax.get_lines())  # a second display in the same ax goes on with the colours
        for i, (name, curve) in enumerate(self.curves.items(), start=taken):
            at = np.asarray(curve.x) * (100 if self.x == "fraction" else 1)
            (line,) = ax.plot(
                at, curve.mean, **{**_line_style(i, n_points), "label": name, **given}
            )
            self.lines_[name] = line
            if curve.low is not None and curve.high is not None:
                self.bands_[name] = ax.fill_between(at, curve.low, curve.high, **_SHADE)
                self.bands_[name].set_facecolor(line.get_color())

    def _label_axes(self, ax: "Axes", xscale: str) -> None:
        """Name the axes with their units and lay a light grid below the lines."""
        from matplotlib import ticker

        ax.set_xscale(xscale)
        if xscale == "log" and self.curves:
            at = np.concatenate([curve.x for curve in self.curves.values()])
            ax.xaxis.set_major_locator(ticker.LogLocator(subs=_log_steps(at.max() / at.min())))
            ax.xaxis.set_minor_formatter(ticker.NullFormatter())
        elif self.x == "n_labeled":
            whole = ticker.MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10])
            ax.xaxis.set_major_locator(whole)
        number = "{x:,.0f}" if self.x == "n_labeled" else "{x:.12g}"
        ax.xaxis.set_major_formatter(ticker.StrMethodFormatter(number))
        ax.set_xlabel(_X_LABELS[self.x])
        ax.set_ylabel(self.score_name)
        ax.set_axisbelow(True)
        ax.grid(visible=True, color="0.9", linewidth=0.5)

    def _band_title(self) -> str | None:
        """Say what the bands are: a band without its definition means nothing."""
        repeats = sorted({self.curves[name].n_repeats for name in self.bands_})
        if not repeats or self.band is None:
            return None
        runs = f"{repeats[0]}" if len(repeats) == 1 else f"{repeats[0]}–{repeats[-1]}"
        return f"mean{_BAND_WORDS[self.band]} of {runs} runs"

    def _outlines(self, levels: "Iterable[Line2D]") -> "list[Outline]":
        """Return the lines and the limits of the bands, which a legend must not cover."""
        outlines = [(line.get_transform(), np.asarray(line.get_xydata())) for line in levels]
        for name, line in self.lines_.items():
            curve = self.curves[name]
            for y in (curve.mean, curve.low, curve.high):
                if y is not None:
                    outlines.append((line.get_transform(), np.column_stack([line.get_xdata(), y])))
        return outlines


def _log_steps(ratio: float) -> tuple[float, ...]:
    """Return the labelled multiples of a power of ten: more, the less of the axis there is."""
    if ratio < 10:
        return (1, 1.5, 2, 3, 5, 7)
    return (1, 2, 5) if ratio < 1000 else (1,)


def _line_style(i: int, n_points: int) -> dict[str, Any]:
    """Return how the i-th line looks; the more points, the plainer."""
    style: dict[str, Any] = {"color": _COLOURS[i % len(_COLOURS)], "linewidth": 0.6}
    if n_points <= _DASHED:
        style |= {"linewidth": 1.2, "linestyle": _DASHES[(i + i // len(_COLOURS)) % len(_DASHES)]}
    if n_points <= _MARKED:
        style |= {"marker": _MARKERS[i % len(_MARKERS)], "markersize": 3.5, "markeredgewidth": 0}
    return style


def _draw_level(
    ax: "Axes", name: str, level: float | Mapping[str, float] | None, dashes: Any
) -> "list[Line2D]":
    """Draw a horizontal line at each score of a level; return the lines."""
    if level is None:
        return []
    named = level if isinstance(level, Mapping) else {f"{name} ({level:.4g})": level}
    style: dict[str, Any] = {"color": "0.25", "linewidth": 0.9, "linestyle": dashes, "zorder": 1.5}
    return [ax.axhline(value, label=label, **style) for label, value in named.items()]


def _check_option(name: str, value: object, allowed: Iterable[object]) -> None:
    """Raise if an option is none of those there are."""
    options = list(allowed)
    if value not in options:
        raise ValueError(
            f"{name}={value!r} came; it must be one of {', '.join(map(repr, options))}."
        )
