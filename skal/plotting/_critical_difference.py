"""CriticalDifferenceDisplay: mean ranks, and which of them cannot be told apart."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from skal.experiment import Comparison, check_comparison, choose_score, ranks
from skal.plotting._display import Display
from skal.plotting._histories import score_title
from skal.plotting._lettering import mend_math, name_list, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["CriticalDifferenceDisplay"]

_LETTERS, _LINES = 18, 2  # of a name beside the axes
_ALONG = 62  # letters of a line below all
_TOP, _BAR, _FOOT = 0.42, 0.09, 0.3  # inches: ruler of the difference, a bar, the words below
_ROW, _LINE = 0.19, 0.115  # inches: of a learner, of a line of its name
_LINE_KW: dict[str, Any] = {"color": "black", "linewidth": 0.8, "clip_on": False}


class CriticalDifferenceDisplay(Display):
    """Demšar's diagram: learners on an axis of mean ranks, with bars over those that are alike.

    1 is the best rank. A thick bar joins learners whose ranks differ by less than the critical
    difference. Use :meth:`from_comparison`; :class:`Display` says what all displays share.

    Parameters
    ----------
    names : sequence of str
    mean_ranks : array-like of shape (n_learners,)
    critical_difference : float
    n_data : int
        Data sets that the ranks are means over.
    p_value : float or None, default=None
        Of Friedman's test.
    alpha : float, default=0.05
        Level of the critical difference.
    score_name : str, default=""
        What the ranks are by.

    Attributes
    ----------
    ax_, figure_
    groups_ : list of list of str
        The learners under each bar.

    References
    ----------
    Demšar (2006), "Statistical comparisons of classifiers over multiple data sets", JMLR 7.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from skal.plotting import CriticalDifferenceDisplay
    >>> display = CriticalDifferenceDisplay(
    ...     ["random", "margin", "badge"], [2.9, 1.9, 1.2], critical_difference=1.35, n_data=6
    ... )
    >>> display.plot(Figure().subplots()).groups_
    [['badge', 'margin'], ['margin', 'random']]
    """

    def __init__(
        self,
        names: Sequence[str],
        mean_ranks: ArrayLike,
        *,
        critical_difference: float,
        n_data: int,
        p_value: float | None = None,
        alpha: float = 0.05,
        score_name: str = "",
    ) -> None:
        self.names = names
        self.mean_ranks = mean_ranks
        self.critical_difference = critical_difference
        self.n_data = n_data
        self.p_value = p_value
        self.alpha = alpha
        self.score_name = score_name

    def _content(self) -> str:
        return f"{name_list(self.names)} on {self.n_data} data sets"

    @classmethod
    def from_comparison(
        cls,
        comparison: Comparison,
        *,
        score: str = "auto",
        alpha: float = 0.05,
        ax: "Axes | None" = None,
        **plot_kw: Any,
    ) -> Self:
        """Draw the mean ranks of the learners, by the area under their curves.

        Parameters
        ----------
        comparison : Comparison
            Of three learners on two data sets at least.
        score, alpha
            As in :func:`skal.experiment.ranks`.
        ax, **plot_kw
            Passed to :meth:`plot`.

        Returns
        -------
        display : CriticalDifferenceDisplay
        """
        check_comparison(comparison)
        found = ranks(comparison, score=score, alpha=alpha)
        key = choose_score([run.history for run in comparison.runs], score)
        return cls(
            found.names,
            found.mean_ranks,
            critical_difference=found.critical_difference,
            n_data=found.n_data,
            p_value=found.p_value,
            alpha=alpha,
            score_name=score_title(comparison, key),
        ).plot(ax, **plot_kw)

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw the diagram, the best learner on the upper left; `ax` as in :meth:`Display.plot`."""
        values = np.asarray(self.mean_ranks, dtype=np.float64)
        if values.shape != (len(self.names),) or len(values) < 2:
            raise ValueError(
                f"mean_ranks must have one number a name, and two at least, got shape "
                f"{values.shape} with {len(self.names)} names."
            )
        order = np.argsort(values, kind="stable")  # of like ranks, the one named first
        placed, names = values[order], [str(self.names[i]) for i in order]
        groups = _groups(placed, self.critical_difference)
        self.groups_ = [names[first : last + 1] for first, last in groups]
        texts = []
        for name, rank in zip(names, placed):
            text, number = wrapped(name, _LETTERS, _LINES), f"({rank:.2f})"  # never cut
            fits = len(text.rpartition("\n")[2]) + 1 + len(number) <= _LETTERS
            texts.append(f"{text} {number}" if fits else f"{text}\n{number}")
        row = max(_ROW, 0.05 + _LINE * (1 + max(text.count("\n") for text in texts)))
        first = 0.14 + _BAR * len(groups) + row / 2  # inches below the axis: the first name
        depth = first + row * ((len(names) - 1) // 2 + 0.5)
        with self._open_axes(ax, _TOP + depth + _FOOT) as ax:
            self._draw_axis(ax, len(names))
            for i, (start, end) in enumerate(groups):
                ends, at = [placed[start] - 0.04, placed[end] + 0.04], 0.12 + _BAR * i
                ax.plot(ends, [at, at], **_LINE_KW | {"linewidth": 2.5})
            _draw_names(ax, placed, texts, first, row)
            ax.set_ylim(depth + _FOOT, -_TOP)
            by = f" by {self.score_name}" if self.score_name else ""
            words = wrapped(f"mean rank{by} over {self.n_data} data sets, 1 is best", _ALONG)
            if self.p_value is not None:
                # Demšar: the differences count only where Friedman's test rejects
                caution = "" if self.p_value < self.alpha else ": may be chance"
                words += f"\nFriedman's test: p = {self.p_value:.2g}{caution}"
            middle = sum(ax.get_xlim()) / 2
            ax.text(middle, depth + 0.06, words, ha="center", va="top", fontsize="small")
        return self

    def _draw_axis(self, ax: "Axes", k: int) -> None:
        """Draw the axis of ranks, and the critical difference as a ruler above."""
        wide = max(k, 1 + self.critical_difference)  # of few data sets the ruler is the longer
        ax.set_xlim(1, wide)
        ax.set_axis_off()
        ax.plot([1, k], [0, 0], **_LINE_KW)
        for rank in range(1, k + 1):
            ax.plot([rank, rank], [0, -0.05], **_LINE_KW)
            if k <= 10 or rank % 2:  # more would touch
                ax.text(rank, -0.06, str(rank), ha="center", va="bottom", fontsize="small")
        end = 1 + self.critical_difference
        ax.plot([1, 1, 1, end, end, end], [-0.25, -0.31, -0.28, -0.28, -0.31, -0.25], **_LINE_KW)
        words = f"critical difference {self.critical_difference:.2f}"
        ax.text(1, -0.33, words, ha="left", va="bottom", fontsize="small")


def _draw_names(ax: "Axes", placed: Any, texts: list[str], first: float, row: float) -> None:
    """Write the better half on the left, the other on the right, the outer ones on top."""
    n = len(texts)
    left, right = ax.get_xlim()
    for i, (rank, text) in enumerate(zip(placed, texts)):
        better = i < (n + 1) // 2
        at = first + row * (i if better else n - 1 - i)
        side = left if better else right
        ax.plot([rank, rank, side], [0, at, at], **_LINE_KW)
        words = ax.annotate(
            text,
            (side, at),
            xytext=(-3 if better else 3, 0),
            textcoords="offset points",
            ha="right" if better else "left",
            va="center",
            fontsize="small",
        )
        mend_math([words])


def _groups(placed: Any, difference: float) -> list[tuple[int, int]]:
    """Return first and last of the largest groups within the difference; placed is sorted."""
    found: list[tuple[int, int]] = []
    for start in range(len(placed)):
        # "left": ranks exactly the difference apart are told apart
        end = int(np.searchsorted(placed, placed[start] + difference, side="left")) - 1
        # a group that ends where an earlier one does lies within it
        if end > start and (not found or end > found[-1][1]):
            found.append((start, end))
    return found
