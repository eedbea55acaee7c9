"""QueriedImagesDisplay: the images that rounds asked for."""

from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skal.experiment import Comparison, check_comparison
from skal.plotting._asked_images import join_asked, read_asked, title_of, with_answers
from skal.plotting._display import COLUMN, Display, check_least, check_option, grid_shape
from skal.plotting._histories import (
    find_round,
    name_of_data,
    read_history,
    runs_of,
    spread_rounds,
)
from skal.plotting._lettering import PLAIN, TargetNames, name_list, wrapped
from skal.plotting._pixels import scaled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["QueriedImagesDisplay"]

_LONGEST, _LONGEST_NARROW = 11, 9  # letters that fit above an image, and above a narrow one
_NARROW, _ASIDE = 0.56, 0.62  # inches: of an image in a row of a round, of the text on its left
_HEADING: dict[str, Any] = {"ha": "right", "va": "center", "fontsize": 6, "linespacing": 1.3}


class QueriedImagesDisplay(Display):
    """The images that rounds asked for, in the order asked, with label, prediction and utility.

    A tick stands where the model had predicted the label before it was told, a cross before a wrong
    prediction. Use :meth:`from_comparison` for several rounds of a run, :meth:`from_history` for
    one round; :class:`Display` says what all displays share.

    Parameters
    ----------
    images : array of shape (n_images, height, width) or (n_images, height, width, 3)
        The images; uint8, or any other numbers, which are scaled by the smallest and largest.
    labels : sequence of str or None, default=None
        One short text an image.
    predictions : sequence of str or None, default=None
        What the model had said, one short text an image; empty where it had not been asked.
    utility : array of shape (n_images,) or None, default=None
        How much each was wanted; NaN where there is no number.
    headings : sequence of (str, int) or None, default=None
        Text on the left of each row, and the number of images in it; None: a plain grid.
    title : str, default=""
        Written above all images.

    Attributes
    ----------
    axes_, figure_

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from sklearn.datasets import load_digits
    >>> from skal.plotting import QueriedImagesDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> history = [{"round": 0, "rows": [4, 7], "utility": [0.5, 0.25], "n_labeled": 2}]
    >>> display = QueriedImagesDisplay.from_history(
    ...     history, X, y, image_shape=(8, 8), ax=Figure(layout="constrained").subplots()
    ... )
    >>> [ax.get_title().split() for ax in display.axes_]
    [['4', '0.500'], ['7', '0.250']]
    """

    def __init__(
        self,
        images: NDArray[Any],
        *,
        labels: Sequence[str] | None = None,
        predictions: Sequence[str] | None = None,
        utility: ArrayLike | None = None,
        headings: Sequence[tuple[str, int]] | None = None,
        title: str = "",
    ) -> None:
        self.images = images
        self.labels = labels
        self.predictions = predictions
        self.utility = utility
        self.headings = headings
        self.title = title

    def _content(self) -> str:
        n = len(self.images)
        title = f" of {name_list([self.title])}" if self.title else ""
        return f"{n} image{'' if n == 1 else 's'}{title}"

    @classmethod
    def from_comparison(
        cls,
        comparison: Comparison,
        X: Any,
        y: Any = None,
        *,
        data: str | None = None,
        learner: str | None = None,
        repeat: int = 0,
        rounds: Sequence[int] | None = None,
        n_images: int = 5,
        image_shape: tuple[int, ...] | None = None,
        target_names: TargetNames = None,
        ax: "Axes | None" = None,
        **plot_kw: Any,
    ) -> Self:
        """Draw the images of several rounds of one run, a row each.

        Parameters
        ----------
        comparison : Comparison
        X, y
            As in :meth:`from_history`; the rows of the data set.
        data : str or None, default=None
            Name of the data set; None: the only one.
        learner : str or None, default=None
            Whose run; None: the first that is not the baseline.
        repeat : int, default=0
            Which repeat.
        rounds : sequence of int or None, default=None
            Which rounds, 0 being the initial set, negative numbers counting from the last; None:
            five of them, evenly spread over those that were queried.
        n_images : int, default=5
            Most images of a round: the first ones asked.
        image_shape, target_names, ax, **plot_kw
            As in :meth:`from_history`.

        Returns
        -------
        display : QueriedImagesDisplay
        """
        check_comparison(comparison)
        check_least("n_images", n_images)
        runs = runs_of(comparison, data)
        others = [name for name in runs if name != comparison.baseline]
        learner = (others or list(runs))[0] if learner is None else learner
        check_option("learner", learner, runs)
        check_option("repeat", repeat, runs[learner])
        history = runs[learner][repeat]
        how: dict[str, Any] = {"image_shape": image_shape, "target_names": target_names}
        records = [find_round(history, round) for round in spread_rounds(history, rounds)]
        parts = [read_asked(record, X, y, n_images=n_images, **how) for record in records]
        headings = [
            (f"round {record['round']}\n{record['n_labeled']:,} labels", len(part["images"]))
            for record, part in zip(records, parts)
        ]
        name = name_of_data(comparison, data)
        title = f"asked by {learner} on {name}" if name else f"asked by {learner}"
        if len(runs[learner]) > 1:
            title += f", run {list(runs[learner]).index(repeat) + 1} of {len(runs[learner])}"
        return cls(**join_asked(parts), headings=headings, title=title).plot(ax, **plot_kw)

    @classmethod
    def from_history(
        cls,
        history: object,
        X: Any,
        y: Any = None,
        *,
        round: int = -1,
        n_images: int = 20,
        image_shape: tuple[int, ...] | None = None,
        target_names: TargetNames = None,
        ax: "Axes | None" = None,
        **plot_kw: Any,
    ) -> Self:
        """Draw the images of one round.

        Parameters
        ----------
        history : learner or history
            A history, or a fitted learner (anything with ``history_``).
        X : array-like of shape (n, height, width), (n, 1 or 3, height, width) or (n, n_pixels)
            What was passed to fit or query; only the rows shown are read. Flat rows need
            `image_shape`.
        y : array-like of shape (n,) or None, default=None
            The labels to write above the images; None: those that the history holds, or those
            that the learner was taught, if any.
        round : int, default=-1
            Which round; 0 is the initial set, negative numbers count from the last.
        n_images : int, default=20
            Most images to show: the first ones asked.
        image_shape : (height, width), (1 or 3, height, width) or None, default=None
            Shape of one image where X has flat rows.
        target_names : sequence or dict of str, or None, default=None
            ``target_names[label]`` is written in place of the label.
        ax, **plot_kw
            Passed to :meth:`plot`.

        Returns
        -------
        display : QueriedImagesDisplay

        Raises
        ------
        ValueError
            If there is no such round, its rows are not in X, or X holds no images.
        """
        check_least("n_images", n_images)
        record = with_answers(find_round(read_history(history), round), history)
        how: dict[str, Any] = {"image_shape": image_shape, "target_names": target_names}
        asked = read_asked(record, X, y, n_images=n_images, **how)
        title = title_of(record, len(asked["images"]), target_names)
        return cls(**asked, title=title).plot(ax, **plot_kw)

    def plot(self, ax: "Axes | None" = None, *, ncols: int | None = None) -> Self:
        """Draw the images in a grid.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            As in :meth:`Display.plot`.
        ncols : int or None, default=None
            Images side by side, where rounds are not rows; None is 5, or 10 from 21 images on.
        """
        filled, above = self._filled(ncols), self._texts()
        (n_rows, n_columns), (high, wide) = filled.shape, self.images.shape[1:3]
        n_lines = max(text.count("\n") + bool(text) for text in above)
        cell = min(1.2, max(0.7, COLUMN / n_columns))  # inches: five fill a column of a paper
        width = n_columns * _NARROW + _ASIDE if self.headings else n_columns * cell
        size = max(COLUMN, width), n_rows * (cell * high / wide + 0.12 * n_lines) + 0.4
        # "compressed": images keep their shape, which "constrained" would set far apart
        with self._open_panels(ax, filled, size, layout="compressed") as room:
            for panel, image, text in zip(self.axes_, scaled(self.images), above, strict=True):
                panel.imshow(image, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
                panel.set_axis_off()
                panel.set_title(text, fontsize=6, pad=2, linespacing=1.1, **PLAIN)
            firsts = np.flatnonzero(np.nonzero(filled)[1] == 0)  # of each row of the grid
            for first, (heading, _) in zip(self.axes_[firsts], self.headings or ()):
                first.text(-0.15, 0.5, heading, transform=first.transAxes, **_HEADING)
            # an inch holds 17 letters or so at 8 points
            letters = int(room.bbox.width / self.figure_.dpi * 17)
            told = [*self.title.split("\n"), self._legend()]
            lines = [fill(line, letters, break_on_hyphens=False) for line in told if line]
            room.suptitle("\n".join(lines), fontsize=8, **PLAIN)
        return self

    def _filled(self, ncols: int | None) -> NDArray[np.bool_]:
        """Return which places of the grid hold an image, (n_rows, n_columns)."""
        n = len(self.images)
        check_least("images", n)
        if self.headings:
            counts = np.array([count for _, count in self.headings])
            if counts.sum() != n:
                raise ValueError(f"headings must count the {n} images, got {counts.sum()} in all.")
            return np.arange(counts.max()) < counts[:, None]
        if ncols is None:
            ncols = 5 if n <= 20 else 10
        check_least("ncols", ncols)
        return grid_shape(n, ncols)

    def _legend(self) -> str:
        """Say what stands above the images, and in which order."""
        said = ["label"] if self.labels is not None and any(self.labels) else []
        if any(self.predictions or ()):
            is_judged = any(text[:1] in ("✓", "✗") for text in self.predictions or ())
            said.append("prediction (✓ right, ✗ wrong)" if is_judged else "prediction")
        if self.utility is not None and np.isfinite(np.asarray(self.utility, dtype=float)).any():
            said.append("utility")
        return f"above: {', '.join(said)}" if len(said) > 1 else ""

    def _texts(self) -> list[str]:
        """Return what stands above each image: label, prediction and utility."""
        longest = _LONGEST_NARROW if self.headings else _LONGEST
        columns = [
            [wrapped(text, longest, most_lines=2) if text else "" for text in column]
            for column in (self.labels, self.predictions)
            if column is not None and any(column)
        ]
        if self.utility is not None:
            numbers = np.asarray(self.utility, dtype=np.float64)
            written = _written(numbers)
            columns.append([w if ok else "" for w, ok in zip(written, np.isfinite(numbers))])
        if not columns:
            return [""] * len(self.images)
        return ["\n".join(lines).rstrip("\n") for lines in zip(*columns, strict=True)]


def _written(numbers: NDArray[np.float64]) -> list[str]:
    """Write utilities with as many decimals each: three digits of the largest."""
    largest = np.max(np.abs(numbers[np.isfinite(numbers)]), initial=0)
    n = int(np.clip(2 - np.floor(np.log10(largest)), 0, 9)) if largest else 2
    # a true minus, as of matplotlib's ticks; + 0.0: minus zero becomes zero
    return [f"{np.round(u, n) + 0.0:.{n}f}".replace("-", "−") for u in numbers]
