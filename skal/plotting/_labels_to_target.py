"""LabelsToTargetDisplay: how many labels each learner needs."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from skal.experiment import (
    Comparison,
    align,
    check_comparison,
    choose_score,
    curve_points,
    labels_to_target,
    nearly,
    score_words,
    summarize,
)
from skal.plotting._curve_drawing import LETTERS_ALONG, SCALES, colour_of, draw_grid, look_of
from skal.plotting._display import Display, check_option
from skal.plotting._histories import gather_histories, name_of_data, score_title
from skal.plotting._lettering import draw_legend_above, mend_math, name_list, on_data, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["LabelsToTargetDisplay"]

_LETTERS, _LINES = 20, 3  # of a name beside the axes
_ROW, _LINE = 0.28, 0.115  # inches: of a learner, of a line of its name
_JITTER = 0.16  # of a row: how far repeats with like counts are set apart
_EXPLAINED = ("mean curve", "interval", "one repeat", "not reached", "baseline")  # by the legend

_NO_LINE: dict[str, Any] = {"linestyle": "none"}
_DOT = _NO_LINE | {"marker": "o", "markersize": 3.5, "markeredgewidth": 0, "alpha": 0.6}
_OPEN = _NO_LINE | {
    "marker": ">",
    "markersize": 4.5,
    "markerfacecolor": "white",
    "markeredgewidth": 0.8,
}
_BAR = _NO_LINE | {"marker": "|", "markersize": 11, "markeredgewidth": 1.8}
_END = _NO_LINE | {"marker": "|", "markersize": 5, "markeredgewidth": 0.9}
_SPAN: dict[str, Any] = {"linewidth": 0.9, "solid_capstyle": "butt"}


class LabelsToTargetDisplay(Display):
    """Labels that each learner needs to reach a target: a mark, its interval, one dot a repeat.

    Use :meth:`from_comparison` or :meth:`from_histories`; :class:`Display` says what all displays
    share.

    Parameters
    ----------
    labels : dict of str to array-like of shape (n_repeats,)
        Name -> labels that each repeat needed; infinity where it is not there.
    bought : dict of str to array-like of shape (n_repeats,)
        Name -> labels at the end of each repeat: where one that never got there is drawn.
    mean_labels : dict of str to float
        Name -> labels that the averaged curve needed; infinity: never.
    baseline : str or None, default=None
        The learner that others are compared with.
    target : float
        The score to reach.
    score_name : str, default="score"
    data_name : str, default=""
        The data set, written behind the score.
    savings : dict of str to float or None, default=None
        Name -> 1 - labels / labels of the baseline, to be written beside; NaN: nothing is. None:
        of the mean labels.
    intervals : dict of str to (float, float) or None, default=None
        Name -> fewest and most labels that agree with the repeats; 0 and infinity are no bounds.
    level : float, default=0.95
        Of the intervals.

    Attributes
    ----------
    ax_, figure_
    legend_ : matplotlib Legend

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from skal.plotting import LabelsToTargetDisplay
    >>> history = [{"n_labeled": 10, "test_score": 0.5}, {"n_labeled": 20, "test_score": 0.7}]
    >>> display = LabelsToTargetDisplay.from_histories(
    ...     {"margin": history}, target=0.6, ax=Figure().subplots()
    ... )
    >>> display.labels["margin"].round(6)
    array([15.])
    """

    def __init__(
        self,
        labels: Mapping[str, ArrayLike],
        bought: Mapping[str, ArrayLike],
        mean_labels: Mapping[str, float],
        *,
        baseline: str | None = None,
        target: float,
        score_name: str = "score",
        data_name: str = "",
        savings: Mapping[str, float] | None = None,
        intervals: Mapping[str, tuple[float, float]] | None = None,
        level: float = 0.95,
    ) -> None:
        self.labels = labels
        self.bought = bought
        self.mean_labels = mean_labels
        self.baseline = baseline
        self.target = target
        self.score_name = score_name
        self.data_name = data_name
        self.savings = savings
        self.intervals = intervals
        self.level = level

    def _content(self) -> str:
        return f"{name_list(self.labels)}, target {self.target:.4g}"

    @classmethod
    def from_comparison(
        cls,
        comparison: Comparison,
        *,
        data: str | None = None,
        baseline: str | None = None,
        target: float | None = None,
        score: str = "auto",
        score_name: str | None = None,
        ax: "Axes | None" = None,
        **plot_kw: Any,
    ) -> Self:
        """Draw the labels that are read off the curves of a comparison.

        Parameters
        ----------
        comparison : Comparison
        data : str or None, default=None
            Name of the data set; None: the only one.
        baseline : str or None, default=None
            The learner to compare with; None: the comparison's baseline.
        target : float or None, default=None
            Score to reach; None: 99 % of what the baseline reaches at its end, averaged over the
            repeats.
        score : str, default="auto"
            Key of the score in the records; "auto" takes the only one.
        score_name : str or None, default=None
            How to call it; None: the name of the scorer, or the key in words.
        ax, **plot_kw
            Passed to :meth:`plot`.

        Returns
        -------
        display : LabelsToTargetDisplay

        Notes
        -----
        Target, mean and saving are those of :func:`skal.experiment.summarize`: over the repeats
        that a learner shares with the baseline, and no saving where one of both never arrives.
        The interval is that of the saving, in labels; it describes, and the verdict's test decides.
        The dots are all repeats, as in :meth:`from_histories`; runs without a score are left out,
        with a warning.
        """
        check_comparison(comparison)
        histories = comparison.histories(data)
        baseline = comparison.baseline if baseline is None else baseline
        check_option("baseline", baseline, histories)
        data = comparison.data_names[0] if data is None else data
        found = summarize(_alone(comparison, data), score=score, baseline=baseline, target=target)
        savings = {it.learner: it.saving for it in found.learners if it.n_runs}
        goal = next((saving.target for saving in savings.values()), np.nan)  # one a data set
        if np.isnan(goal):
            raise ValueError(
                f"baseline must have a score on {data!r}, as the target follows from its end, "
                f"got {baseline!r} without; give the score to reach as target."
            )
        points = {
            name: [
                curve_points(run, found.score)
                for run in histories[name]
                if any(np.isfinite(record.get(found.score, np.nan)) for record in run)
            ]
            for name in savings
        }
        means = {name: saving.labels for name, saving in savings.items()}
        return cls(
            *_of_repeats(points, goal, means),
            means,
            baseline=baseline,
            target=goal,
            score_name=score_title(comparison, found.score) if score_name is None else score_name,
            data_name=name_of_data(comparison, data),
            savings={  # a bound is no percentage to write
                name: saving.value if saving.bound == "exact" else np.nan
                for name, saving in savings.items()
            },
            intervals={
                name: (
                    saving.baseline_labels * (1 - saving.high),
                    saving.baseline_labels * (1 - saving.low),
                )
                for name, saving in savings.items()
                if saving.bound == "exact" and name != baseline and not np.isnan(saving.low)
            },
            level=found.level,
        ).plot(ax, **plot_kw)

    @classmethod
    def from_histories(
        cls,
        histories: object,
        *,
        baseline: str | None = None,
        target: float | None = None,
        score: str = "auto",
        score_name: str | None = None,
        data_name: str = "",
        ax: "Axes | None" = None,
        **plot_kw: Any,
    ) -> Self:
        """Draw the labels that are read off the curves of histories, or of fitted learners.

        Parameters
        ----------
        histories : learner, history, list or dict
            As :meth:`LearningCurveDisplay.from_histories` takes them.
        baseline : str or None, default=None
            The learner to compare with, if any.
        target : float or None, default=None
            Score to reach; None: 99 % of what the baseline reaches at its end.
        score, score_name
            As in :meth:`from_comparison`.
        data_name : str, default=""
            The data set, written behind the score.
        ax, **plot_kw
            Passed to :meth:`plot`.

        Returns
        -------
        display : LabelsToTargetDisplay

        Notes
        -----
        Counts are interpolated linearly between rounds; a curve has reached the target where it
        first does. The mean is that of the averaged curve, not of the dots: noise lets a single
        run touch the target long before. So a repeat that is below the target where the averaged
        curve arrives counts from where it comes back; if it never does, it is not there.
        """
        named = gather_histories(histories)
        if baseline is not None:
            check_option("baseline", baseline, named)
        score = choose_score([run for repeats in named.values() for run in repeats], score)
        points = {
            name: [curve_points(run, score) for run in repeats] for name, repeats in named.items()
        }
        aligned = {name: align(pairs) for name, pairs in points.items()}
        means = {name: (grid, scores.mean(axis=0)) for name, (grid, scores) in aligned.items()}
        if target is None:
            if baseline is None:
                raise ValueError(
                    "target or baseline must be given, got neither; give the score to reach "
                    "as target."
                )
            target = float(nearly(means[baseline][1][-1]))
        needed = {name: float(labels_to_target(*mean, target)) for name, mean in means.items()}
        return cls(
            *_of_repeats(points, target, needed),
            needed,
            baseline=baseline,
            target=target,
            score_name=score_words(score) if score_name is None else score_name,
            data_name=data_name,
        ).plot(ax, **plot_kw)

    def plot(self, ax: "Axes | None" = None, *, xscale: str = "linear") -> Self:
        """Draw a row a learner, with what it saves against the baseline on the right.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            As in :meth:`Display.plot`.
        xscale : {"linear", "log"}, default="linear"
            Scale of the horizontal axis.
        """
        check_option("xscale", xscale, SCALES)
        names = [wrapped(name, _LETTERS, _LINES) for name in self.labels]
        rows = [max(_ROW, 0.08 + _LINE * (1 + name.count("\n"))) for name in names]
        middle = np.cumsum(rows) - np.array(rows) / 2  # inches below the top
        words = f"labels to a {self.score_name} of {self.target:.3g}"
        label = on_data(words, self.data_name, LETTERS_ALONG)
        own = ax is None
        with self._open_axes(ax, 0.5 + 0.13 * label.count("\n") + sum(rows)) as ax:
            reference = self._reference()
            handles: dict[str, Any] = {}
            if np.isfinite(reference):
                dotted: dict[str, Any] = {"linewidth": 0.8, "linestyle": (0, (1, 1.5))}
                handles["baseline"] = ax.axvline(reference, color="0.25", **dotted)
            looks = look_of(self.labels, self.baseline)
            for (name, look), at, row in zip(looks.items(), middle, rows, strict=True):
                handles = self._draw_row(ax, look, name, float(at), row) | handles
            ax.set_yticks(middle, names)
            mend_math(ax.get_yticklabels())
            ax.set_ylim(sum(rows), 0)
            ax.tick_params(axis="y", length=0)
            self._scale_x(ax, xscale)
            mend_math([ax.set_xlabel(label)])
            said = {"interval": f"{100 * self.level:g} % interval"}
            explained = {said.get(key, key): handles[key] for key in _EXPLAINED if key in handles}
            self.legend_ = draw_legend_above(ax, explained, own=own)
        return self

    def _reference(self) -> float:
        """Return the labels of the baseline; infinity if there is none or it never arrives."""
        return self.mean_labels.get(self.baseline or "", np.inf)

    def _draw_row(self, ax: "Axes", look: int, name: str, at: float, row: float) -> dict[str, Any]:
        """Draw a learner; return what the legend explains."""
        from matplotlib.lines import Line2D

        colour = colour_of(look)
        labels, bought = np.asarray(self.labels[name]), np.asarray(self.bought[name])
        there, mean = np.isfinite(labels), self.mean_labels[name]
        # a fixed pattern, not random: the same figure twice is the same file
        shift = np.resize([0.0, -1.0, 1.0, -0.5, 0.5], len(labels)) * _JITTER * row
        ax.plot(labels[there], at + shift[there], color=colour, **_DOT)
        ax.plot(bought[~there], at + shift[~there], color=colour, zorder=3, **_OPEN)
        found: dict[str, Any] = {"one repeat": Line2D([], [], color="0.25", **_DOT)}
        if np.isfinite(mean):
            ax.plot([mean], [at], color=colour, zorder=2.5, **_BAR)
            found["mean curve"] = Line2D([], [], color="0.25", **_BAR | {"markersize": 7})
        if self.intervals and name in self.intervals:
            low, high = self.intervals[name]
            most = max(float(np.max(counts)) for counts in self.bought.values())
            ax.plot([low, min(high, most)], [at, at], color=colour, zorder=1.9, **_SPAN)
            # 0016: a description. No bar at an open end: nobody has bought more labels to tell
            ends = [end for end in (low, high) if 0 < end <= most]
            ax.plot(ends, [at] * len(ends), color=colour, zorder=1.9, **_END)
            found["interval"] = Line2D([], [], color="0.25", **_SPAN)
        if not there.all():
            found["not reached"] = Line2D([], [], color="0.25", **_OPEN)
        beside = ax.get_yaxis_transform()  # x in axes, y in data
        ax.text(1.03, at, self._words(name), transform=beside, va="center", fontsize="small")
        return found

    def _words(self, name: str) -> str:
        """Say what a learner needs, and what that saves."""
        mean, missed = self.mean_labels[name], ~np.isfinite(np.asarray(self.labels[name]))
        if not np.isfinite(mean):
            return "not reached"
        words = f"{mean:,.0f}"
        if self.savings is not None:
            saved = self.savings.get(name, np.nan)
        else:
            reference = self._reference()
            saved = 1 - mean / reference if np.isfinite(reference) else np.nan
        if name != self.baseline and np.isfinite(saved):
            percent = f"{100 * abs(saved):.0f} %"
            side = "fewer" if saved > 0 else "more"
            words += " (as many)" if percent == "0 %" else f" ({percent} {side})"
        if missed.any():
            words += f"\n{missed.sum()} of {len(missed)} not reached"
        return words

    def _scale_x(self, ax: "Axes", xscale: str) -> None:
        """Scale the axis of labels, from none or from the first ones."""
        from matplotlib import ticker

        ax.set_xscale(xscale)
        if xscale == "linear":
            ax.set_xlim(left=0)
            whole = ticker.MaxNLocator(4, integer=True, steps=[1, 2, 5, 10])
            ax.xaxis.set_major_locator(whole)
        else:
            low, high = ax.get_xlim()
            few = ticker.LogLocator(subs=(1, 2, 5) if high < 100 * low else (1,), numticks=6)
            ax.xaxis.set_major_locator(few)
            ax.xaxis.set_minor_formatter(ticker.NullFormatter())
        ax.xaxis.set_major_formatter(ticker.StrMethodFormatter("{x:,.0f}"))
        draw_grid(ax)
        ax.grid(visible=False, axis="y")


def _alone(comparison: Comparison, data: str) -> Comparison:
    """Take one data set: the others would be computed, and warned of, for nothing."""
    return Comparison(
        [run for run in comparison.runs if run.data == data],
        failures=[failure for failure in comparison.failures if failure.data == data],
    )


def _of_repeats(
    points: Mapping[str, Sequence[Any]], target: float, means: Mapping[str, float]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return of each repeat the labels to the target, and those that it bought."""
    needed: dict[str, Any] = {}
    for name, pairs in points.items():
        labels = [float(labels_to_target(x, y, target)) for x, y in pairs]
        there = means[name]
        for k, (x, y) in enumerate(pairs):
            at, later = np.interp(there, x, y), x > there
            # 0026: what a lucky round gave is lost again where the averaged curve arrives
            if labels[k] < there and at < target and later.any():
                rest = np.r_[there, x[later]], np.r_[at, y[later]]
                labels[k] = float(labels_to_target(*rest, target))
        needed[name] = np.array(labels)
    return needed, {name: np.array([x[-1] for x, _ in pairs]) for name, pairs in points.items()}
