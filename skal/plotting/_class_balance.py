"""ClassBalanceDisplay: which classes were labelled, against how common they are."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from skal.experiment import Comparison, check_comparison
from skal.plotting._curve_drawing import LETTERS_ALONG, X_LABELS, draw_panels, label_panels
from skal.plotting._display import COLUMN, Display, check_least, check_option, grid_shape
from skal.plotting._histories import Records, gather_histories, name_of_data
from skal.plotting._lettering import TargetNames, draw_figure_legend, label_name, name_list, on_data
from skal.plotting._mean_curves import Curve, Floats, Panels, average

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ClassBalanceDisplay"]

_MOST = 15  # panels: a page holds no more
_POOL: dict[str, Any] = {"color": "0.25", "linewidth": 0.9, "linestyle": (0, (1, 1.5)), "zorder": 3}


class ClassBalanceDisplay(Display):
    """Share of each class among the labels, a panel a class, a line a learner.

    A line above the pool's share is a class that was asked for more often than at random. Use
    :meth:`from_comparison` or :meth:`from_histories`; :class:`Display` says what all displays
    share.

    Parameters
    ----------
    shares : dict of label to dict of str to Curve
        Label -> name of a learner -> an object with ``x`` and ``mean``, a share in [0, 1].
    baseline : str or None, default=None
        The learner that looks neutral where none is called random, which always does.
    pool : dict of label to float, default=None
        Share of each class in the pool.
    window : int or None, default=None
        Rounds whose labels the shares are of: the last few; None: all so far.
    target_names : sequence or dict of str, or None, default=None
        ``target_names[label]`` is written in place of the label.
    data_name : str, default=""
        The data set, written below the panels.

    Attributes
    ----------
    axes_, figure_
    classes_ : list
        The labels that were drawn.
    legend_ : matplotlib Legend

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from skal.plotting import ClassBalanceDisplay
    >>> history = [
    ...     {"n_labeled": 4, "class_counts": {"cat": 2, "dog": 2}},
    ...     {"n_labeled": 8, "class_counts": {"dog": 4}},
    ... ]
    >>> ax = Figure(layout="constrained").subplots()
    >>> display = ClassBalanceDisplay.from_histories({"margin": history}, ax=ax)
    >>> display.shares["dog"]["margin"].mean
    array([0.5 , 0.75])
    """

    def __init__(
        self,
        shares: Panels,
        *,
        baseline: str | None = None,
        pool: Mapping[Any, float] | None = None,
        window: int | None = None,
        target_names: TargetNames = None,
        data_name: str = "",
    ) -> None:
        self.shares = shares
        self.baseline = baseline
        self.pool = pool
        self.window = window
        self.target_names = target_names
        self.data_name = data_name

    def _content(self) -> str:
        return name_list(dict.fromkeys(name for curves in self.shares.values() for name in curves))

    @classmethod
    def from_comparison(
        cls,
        comparison: Comparison,
        *,
        data: str | None = None,
        window: int | None = None,
        target_names: TargetNames = None,
        ax: "Axes | None" = None,
        **plot_kw: Any,
    ) -> Self:
        """Draw the classes that all learners asked for on one data set, and the pool's.

        Parameters
        ----------
        comparison : Comparison
        data : str or None, default=None
            Name of the data set; None: the only one.
        window : int or None, default=None
            Count the labels of that many rounds up to each; 1: of each round alone, many: smoother.
            None: all so far.
        target_names : sequence or dict of str, or None, default=None
            ``target_names[label]`` is written in place of the label.
        ax, **plot_kw
            Passed to :meth:`plot`.

        Returns
        -------
        display : ClassBalanceDisplay
        """
        check_comparison(comparison)
        histories = comparison.histories(data)
        known = comparison.data.get(data or comparison.data_names[0])
        how: dict[str, Any] = {"window": window, "target_names": target_names}
        how |= {"data_name": name_of_data(comparison, data), "baseline": comparison.baseline}
        how["pool_counts"] = None if known is None else known.class_counts
        return cls.from_histories(histories, **how, ax=ax, **plot_kw)

    @classmethod
    def from_histories(
        cls,
        histories: object,
        *,
        baseline: str | None = None,
        pool_counts: Mapping[Any, int] | None = None,
        window: int | None = None,
        target_names: TargetNames = None,
        data_name: str = "",
        ax: "Axes | None" = None,
        **plot_kw: Any,
    ) -> Self:
        """Draw the classes that histories, or fitted learners, asked for.

        Parameters
        ----------
        histories : learner, history, list or dict
            As :meth:`LearningCurveDisplay.from_histories` takes them; repeats are averaged.
        baseline : str or None, default=None
            The learner that looks neutral where none is called random, which always does.
        pool_counts : dict of label to int, default=None
            How many rows of each class the pool has; draws the line to compare with.
        window, target_names
            As in :meth:`from_comparison`.
        data_name : str, default=""
            The data set, written below the panels.
        ax, **plot_kw
            Passed to :meth:`plot`.

        Returns
        -------
        display : ClassBalanceDisplay
        """
        if window is not None:
            check_least("window", window)
        named, counts = gather_histories(histories), pool_counts or {}
        labels = _labels([run for repeats in named.values() for run in repeats], counts)
        counted = {
            name: [_shares(run, labels, window) for run in repeats]
            for name, repeats in named.items()
        }
        shares: dict[Any, dict[str, Curve]] = {
            label: {
                name: average([(x, of_round[:, k]) for x, of_round in repeats])
                for name, repeats in counted.items()
            }
            for k, label in enumerate(labels)
        }
        n = sum(counts.values())
        pool = {label: counts.get(label, 0) / n for label in labels} if n else None
        how: dict[str, Any] = {"target_names": target_names, "data_name": data_name}
        how |= {"window": window, "baseline": baseline}
        return cls(shares, pool=pool, **how).plot(ax, **plot_kw)

    def plot(self, ax: "Axes | None" = None, *, classes: Sequence[Hashable] | None = None) -> Self:
        """Draw a panel a class.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            As in :meth:`Display.plot`.
        classes : sequence of labels or None, default=None
            Which to draw; None: all, or of more than 15 those that end farthest from the pool.
        """
        for label in classes or ():
            check_option("classes", label, self.shares)
        self.classes_ = self._farthest() if classes is None else list(classes)
        titles = [label_name(label, self.target_names) for label in self.classes_]
        panels = {label: self.shares[label] for label in self.classes_}
        filled = grid_shape(len(titles), 2 if len(titles) <= 4 else 3)
        size = COLUMN, 0.85 * len(filled) + 0.75
        with self._open_panels(ax, filled, size, sharex=True, sharey=True) as room:
            handles: dict[str, Any] = dict(
                draw_panels(self.axes_, panels, "n_labeled", self.baseline)
            )
            for panel, label in zip(self.axes_, self.classes_):
                if self.pool is not None:
                    handles["pool"] = panel.axhline(self.pool.get(label, 0), **_POOL)
                panel.yaxis.set_major_formatter(lambda share, _: f"{100 * share:g}")
            # the panels share the axis, so the first of them sets all
            drawn = [curve.mean.max() for curves in panels.values() for curve in curves.values()]
            of_pool = [(self.pool or {}).get(label, 0) for label in self.classes_]
            self.axes_[0].set_ylim(0, 1.08 * max(drawn + of_pool))
            self.legend_ = draw_figure_legend(room, handles, own=ax is None)
            left_out = len(self.shares) - len(self.classes_)
            more = f"; {left_out} classes are not shown" if left_out else ""
            of = {None: "of all labels", 1: "of a round's labels"}
            words = of.get(self.window, f"in {self.window} rounds")
            x_label = on_data(X_LABELS["n_labeled"], self.data_name, LETTERS_ALONG, "of") + more
            y_label = f"share {words} (%)"
            label_panels(room, self.axes_, titles, x_label, y_label)
        return self

    def _farthest(self) -> list[Any]:
        """Return all classes, or of many those that some learner asked most unlike the pool."""
        labels = list(self.shares)
        if len(labels) <= _MOST:
            return labels
        # where the pool is not known, the classes are taken to be alike
        pool = self.pool or dict.fromkeys(labels, 1 / len(labels))
        ends = {label: [c.mean[-1] for c in self.shares[label].values()] for label in labels}
        far = {k: np.max(np.abs(np.subtract(ends[k], pool.get(k, 0)))) for k in labels}
        kept = sorted(labels, key=lambda label: -far[label])[:_MOST]
        return [label for label in labels if label in kept]  # in the order of the labels


def _labels(runs: Iterable[Records], pool: Mapping[Any, int]) -> list[Any]:
    """Return all labels in order: sorted where they can be."""
    counts = [record.get("class_counts", {}) for run in runs for record in run]
    found = list(dict.fromkeys([*pool, *(label for count in counts for label in count)]))
    if not any(counts):
        raise ValueError(
            "histories must hold class_counts in some round, got none; give those of learners "
            "that were fitted to classes."
        )
    try:
        return sorted(found)
    except TypeError:  # of several kinds
        return sorted(found, key=str)


def _shares(history: Records, labels: Sequence[Any], window: int | None) -> tuple[Floats, Floats]:
    """Return label counts (n_rounds,) and shares (n_rounds, n_classes) of the rounds with any."""
    counts = np.array(
        [[record.get("class_counts", {}).get(label, 0) for label in labels] for record in history],
        dtype=np.float64,
    )
    totals = counts.cumsum(axis=0)
    counts = totals.copy()
    if window is not None:
        counts[window:] -= totals[:-window]  # all so far, less those before the window
    x = np.array([record["n_labeled"] for record in history], dtype=np.float64)
    n = counts.sum(axis=1)
    return x[n > 0], counts[n > 0] / n[n > 0, None]  # a round that asked for nothing has no share
