"""What a comparison found, in plain words: sentences, and no number that is not in the summary."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from skal.experiment import _wording as say
from skal.experiment._learner_summary import LearnerSummary
from skal.experiment._ranks import Ranks
from skal.experiment._summary import Summary

__all__ = ["Verdict", "conclude"]


@dataclass(frozen=True, eq=False, repr=False)
class Verdict:
    """What a comparison found, in plain words; `str` gives the text.

    Parameters
    ----------
    text : str
    outcomes : dict of str to dict
        Data set -> learner -> "helps", "hurts", "noise", "identical" or "unknown" (fewer than
        two pairs, or no labels in common with the baseline).
    summary : Summary
        All numbers.

    Examples
    --------
    >>> from skal.experiment import Comparison, Run
    >>> from skal.learner import History
    >>> records = History([{"n_labeled": 10, "test_score": 0.5}])
    >>> runs = [Run("digits", name, 0, records) for name in ("random", "margin")]
    >>> Comparison(runs).verdict().outcomes
    {'digits': {'margin': 'unknown'}}
    """

    text: str
    outcomes: dict[str, dict[str, str]]
    summary: Summary

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text


def conclude(summary: Summary) -> Verdict:
    """Say whether active learning helps, with which learner, and how many labels it saves.

    Parameters
    ----------
    summary : Summary
        As of `summarize`.

    Returns
    -------
    Verdict

    See Also
    --------
    summarize : The numbers, and how a difference is tested.

    Examples
    --------
    >>> from skal.experiment import Comparison, Run, conclude, summarize
    >>> from skal.learner import History
    >>> def run(learner, repeat, scores):
    ...     records = [{"n_labeled": n, "test_score": s} for n, s in zip([10, 20, 30], scores)]
    ...     return Run("digits", learner, repeat, History(records))
    >>> runs = [run("random", k, [0.5, 0.60 + k / 100, 0.70]) for k in range(3)]
    >>> runs += [run("margin", k, [0.5, 0.71 + k / 110, 0.78]) for k in range(3)]
    >>> print(conclude(summarize(Comparison(runs), target=0.7)))
    digits, by score over 10–30 labels; target 0.70.
    margin helps: it reaches 0.70 with 19 labels, random needs 30: 36 % fewer, 95 % interval
    35–37 %, 3 paired seeds; area under the curve +7.45 points [7.34, 7.57], p < 0.0001.
    <BLANKLINE>
    With 3 pairs the Wilcoxon test can never be below 0.25; the t test alone decides.
    With 3 pairs the intervals of savings are too narrow; run 5 repeats or more.
    """
    paragraphs = [_Writer(summary, data).paragraph() for data in summary.ranges]
    paragraphs += [_over_all(summary), _limits(summary)]
    outcomes: dict[str, dict[str, str]] = {
        data: {it.learner: it.outcome for it in _others(summary, data)} for data in summary.ranges
    }
    return Verdict("\n\n".join(p for p in paragraphs if p), outcomes, summary)


def _others(summary: Summary, data: str) -> list[LearnerSummary]:
    """All but the baseline, the largest difference first."""
    found = [it for it in summary.learners if it.data == data and it.learner != summary.baseline]
    return sorted(found, key=lambda it: -np.nan_to_num(it.difference.value, nan=-np.inf))


class _Writer:
    """Turns the numbers of one data set into a paragraph."""

    def __init__(self, summary: Summary, data: str):
        self.summary, self.data, self.baseline = summary, data, summary.baseline
        self.learners = [it for it in summary.learners if it.data == data]
        self.range = summary.ranges[data]
        self.in_points = summary.in_points

    def paragraph(self) -> str:
        found = [self._head()]
        for it in _others(self.summary, self.data):
            found.append(" ".join([self._outcome(it), *self._remarks(it)]))
        found += [
            s for it in self.learners if it.learner == self.baseline for s in self._remarks(it)
        ]
        return "\n".join([*found, *self._best()])

    def _head(self) -> str:
        score = self.summary.score.removeprefix("test_")
        if np.isnan(self.range[0]):
            return f"{self.data}, by {score}: {self.baseline} has no run with a score here."
        targets = [it.saving.target for it in self.learners if not np.isnan(it.saving.target)]
        target = f"; target {say.score(targets[0])}" if targets else ""
        if target and self.summary.relative_target:
            target += f", 99 % of what {self.baseline} reaches at the end"
        return f"{self.data}, by {score} over {say.label_range(*self.range)} labels{target}."

    def _outcome(self, it: LearnerSummary) -> str:
        """Say whether a learner helps."""
        name, n, difference = it.learner, it.n_pairs, it.difference
        if it.outcome == "unknown":
            return f"{name}: no statement is possible{self._why_unknown(it)}"
        if it.outcome == "identical":
            return (
                f"{name} did exactly as {self.baseline} in all {n} pairs: no difference at all; "
                "are they the same learner?"
            )
        if difference.low == difference.high == 0:  # else an interval of no width, p = 1
            return (
                f"{name}: no difference to {self.baseline}: the areas are equal in all {n} pairs, "
                "though the curves are not the same from end to end."
            )
        area = say.difference(difference.value, difference.low, difference.high, self.in_points)
        n_tests = sum(not np.isnan(other.difference.t_p_value) for other in self.learners)
        p = say.p_value(difference.holm_p_value) + (" after Holm" if n_tests > 1 else "")
        if it.outcome == "noise":
            largest = max(abs(difference.low), abs(difference.high))
            return (
                f"{name}: the difference to {self.baseline} is noise: area {area}, {p} with {n} "
                f"pairs; a true difference up to about {say.points(largest, self.in_points)} "
                f"cannot be excluded. On average {self._reach(it)}."
            )
        return (
            f"{name} {it.outcome}: {self._reach(it)}, {n} paired seeds; area under the curve "
            f"{area}, {p}."
        )

    def _why_unknown(self, it: LearnerSummary) -> str:
        name, base = it.learner, self.baseline
        if not it.n_runs:
            return ", no run of it has a score."
        if np.isnan(self.range[0]):
            return f" without {base}."
        if not it.n_pairs:
            return f", it shares no finished repeat with {base}; run both with the same repeats."
        if np.isnan(it.difference.value):
            own = say.label_range(it.curve.n_initial, it.curve.n_labeled)
            return (
                f", {name} has scores at {own} labels, {base} at {say.label_range(*self.range)}: "
                "there is no range that both have."
            )
        once = say.difference(it.difference.value, np.nan, np.nan, self.in_points)
        return f" with 1 pair (area {once} in it); run 5 repeats or more."

    def _reach(self, it: LearnerSummary) -> str:
        """Say who reaches the target with how many labels, and what that saves."""
        saving, base = it.saving, self.baseline
        target = say.score(saving.target)
        own, others = say.labels(saving.labels), say.labels(saving.baseline_labels)
        ends = {other.learner: say.labels(other.curve.n_labeled) for other in self.learners}
        # reached before the range in which they can be compared: nothing was saved in it
        if max(saving.labels, saving.baseline_labels) <= it.curve.area_from:
            return f"both reach {target} with the first {own} labels, so give a higher target"
        if own == others == "never":
            return f"neither reaches {target} within {ends[it.learner]} labels"
        if own == "never":
            text = f"it does not reach {target} within {ends[it.learner]} labels"
            text += f", {base} needs {others}"
        elif others == "never":
            text = f"it reaches {target} with {own} labels, {base} not within {ends[base]}"
        else:
            text = f"it reaches {target} with {own} labels, {base} needs {others}"
        if saving.bound == "unknown":
            return text
        at_least = "" if saving.bound == "exact" else "at least "
        interval = say.saving_interval(saving.low, saving.high, self.summary.level)
        return f"{text}: {at_least}{say.percent(saving.value)}{interval}"

    def _remarks(self, it: LearnerSummary) -> list[str]:
        """Say what else must be known of a learner."""
        name, curve, saving, difference = it.learner, it.curve, it.saving, it.difference
        found = []
        over = curve.area_from, curve.area_to
        if over != self.range and not np.isnan(difference.value):
            found.append(f"Compared over the {say.label_range(*over)} labels that both have.")
        # 0016: the area decides; where labels or the end say otherwise, that is told beside it
        sign = {"helps": 1, "hurts": -1}.get(it.outcome, 0)
        if sign * saving.value < 0:
            found.append("Area and labels to the target disagree: look at the curves.")
        if it.outcome == "noise" and (saving.low > 0 or saving.high < 0):
            found.append("The labels alone tell a difference, but as a second, uncorrected look.")
        if sign and (difference.end_high < 0 if sign > 0 else difference.end_low > 0):
            ahead = self.baseline if sign > 0 else name
            # of the one who is ahead: positive, the smaller bound first
            ends = sorted((abs(difference.end_low), abs(difference.end_high)))
            found.append(
                f"At the end it is the other way round: {ahead} is ahead by "
                f"{say.points(abs(difference.end), self.in_points)}"
                f"{say.span(ends[0], ends[1], self.in_points)}."
            )
        if curve.falls:
            found.append(
                f"The score of {name} falls after its peak, from {say.score(curve.peak)} with "
                f"{say.labels(curve.peak_labels)} labels to {say.score(curve.final)} with "
                f"{say.labels(curve.n_labeled)}: {say.points(curve.drop, self.in_points)}"
                f"{say.span(curve.drop_low, curve.drop_high, self.in_points)}."
            )
        if it.n_left_out:
            found.append(
                f"{say.runs(it.n_left_out)} of {name} failed or had no score: not counted."
            )
        if it.n_pairs < it.n_runs and name != self.baseline:
            found.append(f"Only {it.n_pairs} of its {say.runs(it.n_runs)} have a partner.")
        return found

    def _best(self) -> list[str]:
        """Say whether the two best learners that help can be told apart."""
        best = self.summary.best.get(self.data)
        if best is None:
            return []
        if best.test is None or best.labels is None:
            what = "fewer than two repeats" if best.n_repeats < 2 else "no range of labels"
            names = f"{', '.join(best.learners[:-1])} and {best.learners[-1]}"
            return [f"Which of {names} is best cannot be said: they share {what}."]
        test, over = best.test, ""
        if not best.is_everything:
            labels = say.label_range(*best.labels)
            over = f"over the {best.n_repeats} repeats and {labels} labels that they share, "
        apart = "told apart" if test.t_p_value < 1 - self.summary.level else "not told apart"
        area = say.difference(test.difference, test.low, test.high, self.in_points)
        return [
            f"Of those that help, {over}the largest area has {best.first}; from the next, "
            f"{best.second}, it is {apart} (area {area}, {say.p_value(test.t_p_value)}, not "
            "corrected)."
        ]


# ---------------------------------------------------------------- all data sets


def _over_all(summary: Summary) -> str:
    """Say how often each learner helps, and how they rank."""
    if len(summary.ranges) < 2:
        return ""
    words = {"identical": "is identical", "noise": "is noise", "unknown": "is open"}
    counts: dict[str, Counter[str]] = {}
    for data in summary.ranges:
        for it in _others(summary, data):
            counts.setdefault(it.learner, Counter())[words.get(it.outcome, it.outcome)] += 1
    said = [
        f"{name} {', '.join(f'{what} on {n}' for what, n in count.items())}"
        for name, count in counts.items()
    ]
    text = f"Over {len(summary.ranges)} data sets: {'; '.join(said)}."
    return "\n".join([text, *(_ranking(summary.ranks, summary) if summary.ranks else [])])


def _ranking(ranks: Ranks, summary: Summary) -> list[str]:
    n, k, cd = ranks.n_data, len(ranks.names), ranks.critical_difference
    over = ""
    if any(ranks.ranges[data] != whole for data, whole in summary.ranges.items()):
        parts = (f"{data}: {say.label_range(*ends)}" for data, ends in ranks.ranges.items())
        over = f" over the labels that all of them have ({', '.join(parts)})"
    ranked = ", ".join(f"{m} {r:.2f}" for r, m in sorted(zip(ranks.mean_ranks, ranks.names)))
    text = f"Mean ranks by area{over}, 1 is best: {ranked}. Friedman {say.p_value(ranks.p_value)}; "
    if not ranks.can_differ:
        least = say.p_number(ranks.least_p_value)
        text += (
            f"with {n} data sets and {k} learners it cannot be below {least}, and "
            f"ranks would have to differ by {cd:.2f}: this says little."
        )
    else:
        text += (
            f"Iman and Davenport {say.p_value(ranks.f_p_value)}. Mean ranks less than {cd:.2f} "
            f"apart are not told apart (Nemenyi, {100 * summary.level:g} %)."
            + (" With few data sets, only large differences are found." if n < 10 else "")
        )
    missing = [f"{name} ({why})" for name, why in ranks.left_out.items()]
    return [text, f"Not ranked: {', '.join(missing)}."] if missing else [text]


def _limits(summary: Summary) -> str:
    """Say what limits the whole statement."""
    limits, found = summary.limits, []
    # all n differences of one sign: the least p of the two-sided signed-rank test
    few = [n for n in limits.pairs if 2 / 2**n >= 1 - summary.level]
    if few:
        found.append(
            f"With {few[-1]} pairs the Wilcoxon test can never be below {2 / 2 ** few[-1]:.3g};"
            " the t test alone decides."
        )
    # 0016: the bootstrap is widened for few repeats, but of so few it still is too narrow
    thin = [n for n in limits.pairs if n < 5]
    if thin:
        found.append(
            f"With {thin[-1]} pairs the intervals of savings are too narrow; run 5 repeats or more."
        )
    found += [f"{data}: no run has a score, the data set is left out." for data in limits.unscored]
    for data, share in limits.near_chance.items():
        final = summary.learner(summary.baseline, data).curve.final
        found.append(
            f"{data}: {summary.baseline} ends at {say.score(final)}, hardly above the share of the "
            f"largest class ({say.score(share)}); labels to such a target mean little."
        )
    found += [
        f"{learner} on {data}: {say.runs(n)} failed, none was finished."
        for (data, learner), n in limits.lost.items()
    ]
    return "\n".join(found)
