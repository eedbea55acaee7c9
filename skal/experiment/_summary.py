"""What a comparison found, in numbers: those of each learner on each data set, and over all."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from skal._optional import require
from skal.experiment import _wording as say
from skal.experiment._curve_measures import area_under_curve
from skal.experiment._data_curves import DataCurves, check_baseline, read_curves
from skal.experiment._learner_summary import LearnerSummary, summarize_data
from skal.experiment._paired_tests import PairedTests, check_level, paired_tests
from skal.experiment._parameters import is_no_share, plays_random, scorer_of
from skal.experiment._ranks import Ranks, rank_learners, sort_out
from skal.experiment._runs import RunTable, check_comparison
from skal.learner import check_target

__all__ = ["Best", "Limits", "Summary", "summarize"]

SURE = 5  # repeats from which on intervals of savings hold what they promise
NEAR = 0.05  # above the share of the largest class, which guessing it reaches


@dataclass(frozen=True)
class Best:
    """Which of several learners that help on a data set is best, over what all of them share.

    Parameters
    ----------
    learners : tuple of str
        Those that help, two at least, the largest difference to the baseline first.
    n_repeats : int
        Repeats that all of them have.
    labels : (float, float) or None
        First and last number of labels that all of them have; None: no such range.
    is_everything : bool
        Whether these are all repeats and labels that each of them has.
    first, second : str
        Those with the largest areas; "" with fewer than two repeats or without labels in common.
    test : PairedTests or None
        Of the areas of these two, not corrected.
    """

    learners: tuple[str, ...]
    n_repeats: int
    labels: tuple[float, float] | None
    is_everything: bool = False
    first: str = ""
    second: str = ""
    test: PairedTests | None = None


@dataclass(frozen=True)
class Limits:
    """What limits a statement.

    Parameters
    ----------
    pairs : tuple of int
        How many pairs the tests rest on, each number once, the smallest first.
    unscored : tuple of str
        Data sets on which no run has a score.
    near_chance : dict of str to float
        Data set on which the baseline ends hardly above it -> share of the largest class.
    flat : tuple of str
        Data sets on which the baseline ends less than 1 % above its first round.
    lost : dict of (str, str) to int
        Data set and learner of which no run was finished -> runs that failed.
    is_without_random : bool
        Whether no learner asks at random.
    alike : tuple of (str, tuple of str)
        Data set and learners, none of them the baseline, whose scores are equal throughout.
    """

    pairs: tuple[int, ...]
    unscored: tuple[str, ...]
    near_chance: Mapping[str, float]
    flat: tuple[str, ...]
    lost: Mapping[tuple[str, str], int]
    is_without_random: bool
    alike: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def is_thin(self) -> bool:
        """Whether some test rests on fewer than five repeats."""
        return bool(self.pairs) and self.pairs[0] < SURE


@dataclass(frozen=True, eq=False, repr=False)
class Summary:
    """Numbers of a comparison; `str` gives a table in plain text.

    Parameters
    ----------
    learners : tuple of LearnerSummary
        One a data set and learner.
    score : str
        Key of the history, such as "test_score".
    scorer : str
        Who gave it, as scikit-learn calls it; "" where that is not known.
    baseline : str
    level : float
        Of all intervals and of the decision.
    relative_target : bool
        Whether the target is 99 % of the baseline's end.
    ranges : dict of str to (float, float)
        Data set -> first and last number of labels of the baseline; NaN where it has no score.
        ``curve.area_from`` and ``curve.area_to`` say over which of them a learner is compared.
    best : dict of str to Best
        Data set on which two learners or more help -> which of them is best.
    ranks : Ranks or None
        Over two data sets or more, of three learners or more.
    limits : Limits

    Examples
    --------
    >>> from skal.experiment import Comparison, Run
    >>> from skal.learner import History
    >>> scores = {"random": 0.5, "margin": 0.75}
    >>> runs = [
    ...     Run("digits", name, k, History([{"n_labeled": 10, "test_score": score}]))
    ...     for name, score in scores.items() for k in range(2)
    ... ]
    >>> print(Comparison(runs).summary().to_markdown().splitlines()[0])
    | learner | runs | area | end | labels to target | saving [95 %] | ...
    """

    learners: tuple[LearnerSummary, ...]
    score: str
    scorer: str
    baseline: str
    level: float
    relative_target: bool
    ranges: Mapping[str, tuple[float, float]]
    best: Mapping[str, Best]
    ranks: Ranks | None
    limits: Limits

    @property
    def in_points(self) -> bool:
        """Whether the scores are shares, so that differences are hundredths."""
        if is_no_share(self.scorer):
            return False
        curves = [learner.curve for learner in self.learners]
        # else by what came: the scorer may be the user's own
        values = np.array([value for c in curves for value in (c.area, c.final, c.peak)])
        return bool(((values >= 0) & (values <= 1) | np.isnan(values)).all())

    @property
    def score_title(self) -> str:
        """What the score is called: the scorer's name where the key of the history has none."""
        key = f"test_{self.scorer}" if self.score == "test_score" and self.scorer else self.score
        return "score" if key == "test_score" else say.score_words(key, test=False)

    def learner(self, name: str, data: str | None = None) -> LearnerSummary:
        """Find the numbers of a learner.

        Parameters
        ----------
        name : str
        data : str, default=None
            None: the only data set.

        Returns
        -------
        LearnerSummary
        """
        found = [it for it in self.learners if it.learner == name and data in (None, it.data)]
        if len(found) != 1:
            there = [(it.learner, it.data) for it in self.learners]
            raise ValueError(
                f"name and data must be one of {there}, got {name!r} and {data!r}; name both."
            )
        return found[0]

    def to_frame(self) -> Any:
        """Return a table of everything, one row a data set and learner.

        Returns
        -------
        pandas.DataFrame
        """
        pandas = require("pandas", extra="pandas", purpose="Summary.to_frame")
        return pandas.DataFrame([learner.to_dict() for learner in self.learners])

    def to_markdown(self) -> str:
        """Return the main numbers as a table in Markdown.

        Returns
        -------
        str
        """
        return say.markdown(self._cells())

    def __str__(self) -> str:
        return say.plain_table(self._cells())

    def __repr__(self) -> str:
        return say.first_lines(str(self))

    def _repr_html_(self) -> str:
        return say.html_table(self._cells())

    def _repr_markdown_(self) -> str:
        return self.to_markdown()

    def _cells(self) -> list[list[str]]:
        """Return the main numbers as text, headings first."""
        percent = f"{self.level * 100:g} %"
        heads = ["learner", "runs", "area", "end", "labels to target", f"saving [{percent}]"]
        heads += [f"area difference [{percent}]", "p", "outcome"]
        rows = [heads]
        for it in self.learners:
            difference = it.difference
            cells = [
                it.learner,
                str(it.n_runs),
                say.score(it.curve.area),
                say.score(it.curve.final),
            ]
            cells += [say.labels(it.saving.labels), say.saving_cell(**vars(it.saving))]
            ends = difference.low, difference.high
            cells += [say.difference(difference.value, *ends, self.in_points)]
            rows.append([*cells, say.p_cell(difference.holm_p_value), it.outcome])
        covered = {
            (it.data, it.curve.area_from, it.curve.area_to) for it in self.learners if it.n_runs
        }
        if len(covered) > len({data for data, _, _ in covered}):  # 0016: areas are not all alike
            over = [say.label_range(it.curve.area_from, it.curve.area_to) for it in self.learners]
            rows = [[*r[:3], text, *r[3:]] for r, text in zip(rows, ["over labels", *over])]
        if len(self.ranges) > 1:
            names = ["data", *(it.data for it in self.learners)]
            rows = [[name, *row] for name, row in zip(names, rows)]
        return rows


def summarize(
    comparison: RunTable,
    *,
    score: str = "auto",
    baseline: str | None = None,
    target: float | None = None,
    level: float = 0.95,
) -> Summary:
    """Compute what a comparison found of each learner on each data set.

    A learner "helps" or "hurts" where a paired t test of the areas under its curves against the
    baseline's, corrected by Holm over the learners of the data set, falls below 1 - `level`. The
    areas are over the labels that this learner and the baseline both have; without such a range
    the outcome is "unknown". Failed runs and runs without a score are left out, with a warning.

    Parameters
    ----------
    comparison : Comparison
    score : str, default="auto"
        Which score, such as "test_f1_macro"; "auto": the only one. Larger is better.
    baseline : str, default=None
        The learner that the others are compared with; None: that of the comparison.
    target : float, default=None
        Score of which the labels are read; None: 99 % of what the baseline reaches at its end,
        averaged over the repeats. Refused where no score of the scorer reaches it.
    level : float in (0, 1), default=0.95

    Returns
    -------
    Summary

    Examples
    --------
    >>> from skal.experiment import Comparison, Run, summarize
    >>> from skal.learner import History
    >>> def run(learner, repeat, scores):
    ...     records = [{"n_labeled": n, "test_score": s} for n, s in zip([10, 20, 30], scores)]
    ...     return Run("digits", learner, repeat, History(records))
    >>> runs = [run("random", k, [0.5, 0.60 + k / 100, 0.70]) for k in range(3)]
    >>> runs += [run("margin", k, [0.5, 0.71 + k / 110, 0.78]) for k in range(3)]
    >>> found = summarize(Comparison(runs)).learner("margin")
    >>> print(found.outcome, round(found.saving.value, 2), found.n_pairs)
    helps 0.36 3
    """
    check_comparison(comparison)
    check_level(level)
    name = check_baseline(comparison, baseline)
    score, everything = read_curves(comparison, score)
    if target is not None:
        check_target(target, scorer_of(comparison, score))
    learners: list[LearnerSummary] = []
    ranges, best = {}, {}
    for curves in everything:
        found = summarize_data(comparison, curves, name, target, level)
        ranges[curves.data] = (np.nan, np.nan)
        for it in found:
            if it.learner == name:
                ranges[curves.data] = (it.curve.area_from, it.curve.area_to)
        helping = sorted(
            (it for it in found if it.outcome == "helps"), key=lambda it: -it.difference.value
        )
        if len(helping) > 1:
            best[curves.data] = _best(curves, [it.learner for it in helping], level)
        learners += found
    ranked, left_out = sort_out(everything, list(dict.fromkeys(it.learner for it in learners)))
    can_rank = len(everything) > 1 and len(ranked) > 2
    ranks = rank_learners(everything, ranked, left_out, 1 - level) if can_rank else None
    return Summary(
        tuple(learners),
        score,
        scorer_of(comparison, score),
        name,
        level,
        target is None,
        ranges,
        best,
        ranks,
        _limits(comparison, everything, learners, score, name),
    )


def _best(curves: DataCurves, names: list[str], level: float) -> Best:
    """Compare the two largest areas, over the repeats and labels that all of these share."""
    both, x = curves.repeats(*names), curves.shared(*names)
    labels = None if x is None else (float(x[0]), float(x[-1]))
    if len(both) < 2 or x is None:
        return Best(tuple(names), len(both), labels)
    own = [(curves.repeats(name), curves.own(name, curves.repeats(name))[0]) for name in names]
    ends = own[0][1][[0, -1]]
    is_everything = all(k == both and np.array_equal(at[[0, -1]], ends) for k, at in own)
    areas = {name: area_under_curve(x, curves.at(name, both, x)) for name in names}
    first, second = sorted(names, key=lambda name: -areas[name].mean())[:2]
    # not corrected for having looked for the two largest, which the verdict says
    test = paired_tests(areas[first], areas[second], level=level)
    return Best(tuple(names), len(both), labels, is_everything, first, second, test)


def _limits(
    table: RunTable,
    everything: Sequence[DataCurves],
    learners: Sequence[LearnerSummary],
    score: str,
    baseline: str,
) -> Limits:
    near, scorer = {}, scorer_of(table, score)
    for it in learners:
        # only an accuracy says what guessing the largest class would give
        if it.learner != baseline or it.data not in table.data or scorer != "accuracy":
            continue
        known = table.data[it.data]
        share = known.test_share
        if share is None:  # kept from X, or not known
            counts = known.class_counts.values()
            share = max(counts, default=0) / max(sum(counts), 1)
        if share and it.curve.final < share + NEAR:
            near[it.data] = share
    scored = {it.data for it in learners}
    failed = Counter((failure.data, failure.learner) for failure in table.failures)
    # of what never had a run there is no LearnerSummary, nor a sentence but this one
    finished = {(it.data, it.learner) for it in learners}
    pairs = {it.n_pairs for it in learners if not np.isnan(it.difference.t_p_value)}
    return Limits(
        pairs=tuple(sorted(pairs)),
        unscored=tuple(data for data in table.data_names if data not in scored),
        near_chance=near,
        flat=tuple(it.data for it in learners if it.learner == baseline and it.curve.is_flat),
        lost={key: n for key, n in failed.items() if key not in finished},
        is_without_random=not plays_random(table),
        alike=tuple((c.data, names) for c in everything for names in c.alike(baseline)),
    )
