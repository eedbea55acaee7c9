"""InteractivePage: curves and what was asked, in one HTML file."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any, Self

from skal.experiment import Comparison, check_comparison, choose_score, score_words
from skal.plotting._display import check_least, check_option
from skal.plotting._histories import (
    Records,
    by_data,
    gather_histories,
    name_of_data,
    runs_of,
    score_title,
)
from skal.plotting._lettering import name_list
from skal.plotting._mean_curves import BANDS
from skal.plotting.page._content import Content, Options, PageData, collect
from skal.plotting.page._findings import find, labels_of
from skal.plotting.page._html import render, render_inline
from skal.plotting.page._points import has_score

__all__ = ["InteractivePage"]

_TITLE = "What was asked, and why"


class InteractivePage:
    """Learning curves to zoom into, and cards that show what a round asked for and why.

    Use :meth:`from_comparison` or :meth:`from_histories`; :meth:`save` writes one file that opens
    from disk and needs no network. At the end of a notebook's cell the page appears below it.

    Parameters
    ----------
    content : Content
        What the page holds; the classmethods gather it.

    Attributes
    ----------
    left_out : list of str
        What the page leaves out to stay small, in sentences; the page says it too.

    Examples
    --------
    >>> from skal.plotting import InteractivePage
    >>> history = [
    ...     {"round": 0, "n_labeled": 2, "rows": [5, 1], "test_score": 0.5},
    ...     {"round": 1, "n_labeled": 3, "rows": [4], "utility": [0.9], "test_score": 0.75},
    ... ]
    >>> page = InteractivePage.from_histories({"margin": history}, title="A first look")
    >>> page.to_html().startswith("<!DOCTYPE html>"), page.left_out
    (True, [])
    """

    def __init__(self, content: Content) -> None:
        self.content = content

    @property
    def left_out(self) -> list[str]:
        """What the page leaves out to stay small, in sentences."""
        return list(self.content.left_out)

    @classmethod
    def from_comparison(
        cls,
        comparison: Comparison,
        X: Any = None,
        y: Any = None,
        *,
        keys: Any = None,
        target: float | None = None,
        score: str = "auto",
        band: str | None = "std",
        n_images: int = 10,
        image_shape: tuple[int, ...] | None = None,
        image_side: int = 64,
        thumbnail_budget: int = 2_000_000,
        target_names: Any = None,
        title: str | None = None,
    ) -> Self:
        """Gather the runs of a comparison.

        Parameters
        ----------
        comparison : Comparison
        X : array-like of shape (n, height, width[, channels]) or (n, n_pixels), default=None
            Images, as compare got them; only rows that are shown are read. Channels may come first
            or last; flat rows need `image_shape`. None: cards list the rows without pictures. For
            several data sets, a dict from their names to images; names may be missing.
        y : array-like of shape (n,), default=None
            The labels of the rows; a dict for several data sets. None: those that `compare`
            recorded.
        keys : array-like of shape (n,), default=None
            What names each row, such as ``filenames`` of a folder; cards show it. A dict for
            several data sets.
        target : float, default=None
            Score to reach, for the verdict at the top; None: 99 % of what the baseline reaches at
            the end.
        score : str, default="auto"
            The score that is shown first, such as ``"test_accuracy"``; "auto" takes the first
            that some run has. The page lets one change it.
        band : {"std", "sem", "range", "ci95"} or None, default="std"
            Around the mean of a learner's runs, as in :class:`LearningCurveDisplay`.
        n_images : int, default=10
            Most rows on a card: those with the largest utility.
        image_shape : tuple of int, default=None
            Shape of one image where X has flat rows.
        image_side : int, default=64
            Most pixels of a thumbnail's longer side; larger images are scaled down.
        thumbnail_budget : int, default=2_000_000
            Most bytes that all thumbnails take in the file. To stay below, their levels of
            brightness are lowered to no less than 16, then rounds are left out, evenly;
            :attr:`left_out` says which.
        target_names : sequence or dict of str, default=None
            ``target_names[label]`` is written in place of the label; a dict from their names to
            these for several data sets.
        title : str, default=None
            Heading of the page; None: "What was asked, and why".

        Returns
        -------
        page : InteractivePage

        Raises
        ------
        ValueError
            If there is no run or no score, if X holds no images, or if a history names rows that X
            or y do not have.

        Examples
        --------
        >>> from skal.experiment import Comparison, Run
        >>> from skal.learner import History
        >>> from skal.plotting import InteractivePage
        >>> history = History([{"round": 0, "n_labeled": 2, "rows": [5, 1], "test_score": 0.5}])
        >>> comparison = Comparison([Run("digits", "margin", 0, history)])
        >>> page = InteractivePage.from_comparison(comparison)
        >>> "margin" in page.to_html(), page.left_out
        (True, [])
        """
        check_comparison(comparison)
        names = comparison.data_names
        if not names:
            raise ValueError("comparison must hold a finished run, got none.")
        X, y = by_data("X", X, names), by_data("y", y, names)
        keys = by_data("keys", keys, names)
        target_names = by_data("target_names", target_names, names)
        known = {name: data.class_counts for name, data in comparison.data.items()}
        data_sets = [
            PageData(
                name=name_of_data(comparison, name),
                runs=[
                    (learner, repeat, history)
                    for learner, repeats in runs_of(comparison, name).items()
                    for repeat, history in repeats.items()
                ],
                X=X[name],
                y=y[name],
                target_names=target_names[name],
                class_counts=known.get(name, labels_of(y[name])),
                keys=keys[name],
            )
            for name in names
        ]
        options = _options(
            data_sets, score, band, n_images, image_shape, image_side, thumbnail_budget
        )
        words = {key: score_title(comparison, key, test=False) for key in options.scores}
        found = find(comparison, options.score, target)
        data_sets = [
            replace(data, findings=found.lines.get(name, ()))
            for data, name in zip(data_sets, names, strict=True)
        ]
        options = replace(
            options, scores=words, baseline=comparison.baseline, verdict=found.verdict
        )
        return cls(collect(data_sets, options, title or _TITLE))

    @classmethod
    def from_histories(
        cls,
        histories: object,
        X: Any = None,
        y: Any = None,
        *,
        score: str = "auto",
        band: str | None = "std",
        n_images: int = 10,
        image_shape: tuple[int, ...] | None = None,
        image_side: int = 64,
        thumbnail_budget: int = 2_000_000,
        target_names: Sequence[str] | Mapping[Any, str] | None = None,
        title: str | None = None,
    ) -> Self:
        """Gather histories, or fitted learners.

        Parameters
        ----------
        histories : learner, history, list or dict
            As :meth:`LearningCurveDisplay.from_histories` takes them.
        X : array-like of shape (n, height, width[, channels]) or (n, n_pixels), default=None
            Images, as fit got them.
        y : array-like of shape (n,), default=None
            The labels of the rows.
        score, band, n_images, image_shape, image_side, thumbnail_budget, target_names, title
            As in :meth:`from_comparison`.

        Returns
        -------
        page : InteractivePage

        Examples
        --------
        >>> from sklearn.datasets import load_digits
        >>> from skal.plotting import InteractivePage
        >>> X, y = load_digits(return_X_y=True)
        >>> history = [{"round": 0, "n_labeled": 2, "rows": [5, 1], "test_score": 0.5}]
        >>> page = InteractivePage.from_histories(history, X, y, image_shape=(8, 8))
        >>> "data:image" in page.to_html()
        True
        """
        runs = [
            (name, repeat, history)
            for name, repeats in gather_histories(histories).items()
            for repeat, history in enumerate(repeats)
        ]
        data = PageData("", runs, X, y, target_names, labels_of(y))
        options = _options([data], score, band, n_images, image_shape, image_side, thumbnail_budget)
        return cls(collect([data], options, title or _TITLE))

    def to_html(self) -> str:
        """Return the whole file as text.

        Returns
        -------
        html : str
        """
        return render(self.content)

    def save(self, path: str | PathLike[str]) -> Path:
        """Write one HTML file that holds everything.

        Parameters
        ----------
        path : str or path-like
            Its suffix must be .html or .htm.

        Returns
        -------
        path : pathlib.Path
        """
        target = Path(path)
        if target.suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"path must end in .html or .htm, got {target.name!r}.")
        target.write_bytes(self.to_html().encode("utf8"))
        return target

    def __repr__(self) -> str:
        data = self.content.head["data"]
        learners = name_list(dict.fromkeys(name for one in data for name in one["learners"]))
        names = name_list(one["name"] for one in data if one["name"])
        return f"<InteractivePage: {learners}{f' on {names}' if names else ''}>"

    def _repr_html_(self) -> str:
        """Return the page in a frame, for notebooks."""
        return render_inline(self.content, height=760)


def _options(
    data_sets: Sequence[PageData],
    score: str,
    band: str | None,
    n_images: int,
    image_shape: tuple[int, ...] | None,
    image_side: int,
    budget: int,
) -> Options:
    """Check what a caller chose, before any image is read."""
    check_option("band", band, [*BANDS, None])
    check_least("n_images", n_images)
    check_least("image_side", image_side)
    check_least("thumbnail_budget", budget, 0)
    runs = [run for data in data_sets for run in data.runs]
    for name, _, history in runs:
        if not len(history):
            raise ValueError(f"A run must have rounds, got one of {name!r} without; leave it out.")
    score, scores = _scores([history for _, _, history in runs], score)
    shape = None if image_shape is None else tuple(image_shape)
    words = {key: score_words(key, test=False) for key in scores}
    return Options(score, words, band, n_images, shape, image_side, budget)


def _scores(histories: Sequence[Records], score: str) -> tuple[str, list[str]]:
    """Return the score that is shown first, and all that can be chosen: those of all runs.

    A run that was never tested is one whose scores are not known.
    """
    keys = [dict.fromkeys(key for record in history for key in record) for history in histories]
    tested = [known for known in keys if any(key.startswith("test_") for key in known)] or keys
    common = [k for k in tested[0] if k.startswith("test_") and all(k in other for other in tested)]
    if score != "auto" or not common:
        score = choose_score(histories, score)
        if not all(score in known for known in tested):
            raise ValueError(f"score must be one that every run has, {common}, got {score!r}.")
        wanted = [score]
    else:
        wanted = common
    # a score that is NaN everywhere, such as of a test set with one class, draws no line
    known = [key for key in wanted if any(has_score(history, key) for history in histories)]
    if not known:
        raise ValueError(
            f"A run must have a number as a score in some round, got NaN in all for {wanted}."
        )
    return known[0], common if known[0] in common else [known[0], *common]
