"""PenaltyMatrixDisplay: which learner beats which."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from skal.experiment import Comparison, check_comparison, choose_score, penalties
from skal.plotting._curve_drawing import LETTERS_ALONG
from skal.plotting._display import COLUMN, Display
from skal.plotting._histories import score_title
from skal.plotting._lettering import mend_math, name_list, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PenaltyMatrixDisplay"]

_LETTERS = 18  # of a line of a name beside the axes
_GAP = 0.25  # of a row, above the row of means
_DARK = 0.55  # of the scale: from here on numbers are white


class PenaltyMatrixDisplay(Display):
    """How often each learner beats each other one, with the column means below.

    A row says how often its learner wins, a column how often its learner is beaten: the lower the
    mean of a column, the better. Use :meth:`from_comparison`; :class:`Display` says what all
    displays share.

    Parameters
    ----------
    names : sequence of str
    matrix : array-like of shape (n_learners, n_learners)
        Row beats column: the share of checkpoints, summed over data sets.
    n_data : int, default=1
        Data sets: the largest value that a number can have.
    score_name : str, default=""
        What the learners are compared by.

    Attributes
    ----------
    ax_, figure_

    References
    ----------
    Ash, Zhang, Krishnamurthy, Langford, Agarwal (2020), "Deep batch active learning by diverse,
    uncertain gradient lower bounds", ICLR.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from skal.plotting import PenaltyMatrixDisplay
    >>> display = PenaltyMatrixDisplay(["random", "margin"], [[0, 0], [0.75, 0]])
    >>> [text.get_text() for text in display.plot(Figure().subplots()).ax_.texts]
    ['0', '0', '0.75', '0', '0.38', '0']
    """

    def __init__(
        self,
        names: Sequence[str],
        matrix: ArrayLike,
        *,
        n_data: int = 1,
        score_name: str = "",
    ) -> None:
        self.names = names
        self.matrix = matrix
        self.n_data = n_data
        self.score_name = score_name

    def _content(self) -> str:
        of = "1 data set" if self.n_data == 1 else f"{self.n_data} data sets"
        return f"{name_list(self.names)} on {of}"

    @classmethod
    def from_comparison(
        cls,
        comparison: Comparison,
        *,
        baseline: str | None = None,
        score: str = "auto",
        alpha: float = 0.05,
        ax: "Axes | None" = None,
        **plot_kw: Any,
    ) -> Self:
        """Draw the matrix over all data sets.

        Parameters
        ----------
        comparison : Comparison
        baseline, score, alpha
            As in :func:`skal.experiment.penalties`.
        ax, **plot_kw
            Passed to :meth:`plot`.

        Returns
        -------
        display : PenaltyMatrixDisplay
        """
        check_comparison(comparison)
        found = penalties(comparison, score=score, baseline=baseline, alpha=alpha)
        key = choose_score([run.history for run in comparison.runs], score)
        how: dict[str, Any] = {"n_data": found.n_data, "score_name": score_title(comparison, key)}
        return cls(found.names, found.matrix, **how).plot(ax, **plot_kw)

    def plot(self, ax: "Axes | None" = None, *, cmap: Any = "Blues") -> Self:
        """Draw the matrix as a heat map with its numbers.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            As in :meth:`Display.plot`.
        cmap : str or matplotlib Colormap, default="Blues"
            A sequential one, light to dark.
        """
        values = np.asarray(self.matrix, dtype=np.float64)
        k = len(self.names)
        if values.shape != (k, k):
            raise ValueError(
                f"matrix must have one row and one column a name, got shape {values.shape} with "
                f"{k} names."
            )
        room = (COLUMN - 0.055 * _LETTERS - 0.35) / max(1, k)  # inches of a cell, at least
        n_lines = int(np.clip(room / 0.125, 1, 3))
        names = [wrapped(name, _LETTERS, n_lines) for name in self.names]
        longest = max(len(line) for name in names for line in name.split("\n"))
        aside = 0.055 * longest + 0.35  # inches for names and label
        cell = min(0.5, (COLUMN - aside) / k)
        below = 0.61 if self.score_name else 0.48
        with self._open_axes(ax, aside + below + max(cell, 0.2) * (k + 1 + _GAP)) as ax:
            # up to what is possible, not what was found: a hue means one share in every figure
            scale: dict[str, Any] = {"cmap": cmap, "vmin": 0, "vmax": max(1, self.n_data)}
            scale |= {"edgecolors": "white", "linewidth": 1}
            edges = np.arange(k + 1)
            ax.pcolormesh(edges, edges, values, **scale)
            ax.pcolormesh(edges, k + _GAP + np.arange(2), values.mean(axis=0)[None], **scale)
            self._write(ax, np.vstack([values, values.mean(axis=0)]))
            self._name(ax, names)
        return self

    def _write(self, ax: "Axes", values: Any) -> None:
        """Write the numbers into the cells; the smallest mean in bold."""
        k = len(self.names)
        digits = 2 if k <= 10 else 1  # what fits
        for (i, j), value in np.ndenumerate(values):
            best = i == k and value == values[k].min()
            ax.text(
                j + 0.5,
                i + 0.5 + _GAP * (i == k),
                f"{value:.{digits}f}".rstrip("0").rstrip("."),
                ha="center",
                va="center",
                fontsize="small" if k <= 6 else "x-small",
                fontweight="bold" if best else "normal",
                color="white" if value > _DARK * max(1, self.n_data) else "black",
            )

    def _name(self, ax: "Axes", names: list[str]) -> None:
        """Name rows, columns and what the numbers are."""
        k = len(names)
        ax.set_xlim(0, k)
        ax.set_ylim(k + 1 + _GAP, 0)
        ax.set_yticks([*(np.arange(k) + 0.5), k + 0.5 + _GAP], [*names, "column mean"])
        ax.set_xticks(np.arange(k) + 0.5, names, rotation=90, ha="center")
        ax.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
        mend_math([*ax.get_xticklabels(), *ax.get_yticklabels()])
        for spine in ax.spines.values():
            spine.set_visible(False)
        ax.xaxis.set_label_position("bottom")
        over = "one data set" if self.n_data == 1 else f"sum over {self.n_data} data sets"
        lines = ["how often the row beats the column", f"({over}; at most {self.n_data};"]
        lines.append("each test by itself, uncorrected)")
        if self.score_name:
            lines.insert(1, wrapped(f"in {self.score_name}", LETTERS_ALONG))
        mend_math([ax.set_xlabel("\n".join(lines))])
