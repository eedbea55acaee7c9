"""What limits a verdict, and where a comparison cannot show what it was made for."""

import numpy as np

from skal.experiment import _phrases as say
from skal.experiment._learner_summary import LearnerSummary
from skal.experiment._summary import Summary
from skal.experiment._wording import data_words, label_range

__all__ = ["limits_of", "ranking_of", "warnings_of"]

MEND = "more epochs, another net or learning rate, scaled inputs"


def warnings_of(summary: Summary) -> list[str]:
    """Say where a comparison cannot show what it was made for, and what to do then."""
    found, base = [], summary.baseline
    if summary.limits.is_without_random:
        found.append(
            "No learner asks at random, so whether asking saves labels at all stays open. Add "
            'one with strategy="random".'
        )
    for it in summary.learners:
        if it.learner == base:
            found += _learns_nothing(summary, it)
    return found


def _learns_nothing(summary: Summary, it: LearnerSummary) -> list[str]:
    curve, score = it.curve, summary.score_title
    head = f"Warning: on {data_words(it.data)}, {it.learner}"
    if it.data in summary.limits.near_chance:
        share = summary.limits.near_chance[it.data]
        above = "hardly above" if curve.final > share else "not above"
        return [
            f"{head} learns next to nothing: it ends at {score} {say.level(curve.final)}, {above} "
            f"the share of the largest class ({say.level(share)}). Find out why first "
            f"({MEND}, more labels); until then strategies cannot be judged."
        ]
    if it.data not in summary.limits.flat:
        return []
    path = (
        f"from {say.level(curve.first)} with {say.count(curve.n_initial)} labels to "
        f"{say.level(curve.final)} with {say.count(curve.n_labeled)}"
    )
    if curve.falls and curve.peak == curve.first:
        return [
            f"{head} gets worse with more labels, {path}. If a smaller {score} is better, turn "
            "its sign: make_scorer(..., greater_is_better=False)."
        ]
    return [
        f"{head} hardly gets better with more labels, {path}. Either the first labels say all "
        f"(begin with fewer: init_size), or nothing is learned ({MEND}); strategies cannot be "
        "judged by such a curve."
    ]


def limits_of(summary: Summary) -> list[str]:
    """Say what limits the whole statement."""
    limits, found = summary.limits, []
    # 0016: the bootstrap is widened for few repeats, but of so few it still is too narrow
    if limits.is_thin:
        found.append(
            f"With {limits.pairs[0]} repeats, intervals of labels are too narrow and only large "
            "differences are found; run 5 repeats or more."
        )
    found += [f"{data}: no run has a score, the data set is left out." for data in limits.unscored]
    found += [
        f"{learner} on {data_words(data)}: {say.runs(n)} failed, none was finished."
        for (data, learner), n in limits.lost.items()
    ]
    tested = [it for it in summary.learners if not np.isnan(it.difference.t_p_value)]
    if any(_has_interval(it) for it in summary.learners):
        text = f"Numbers in brackets are {100 * summary.level:g} % intervals"
        if len(tested) > len({it.data for it in tested}):
            text += (
                ", each by itself; what helps or hurts is decided with a correction for comparing "
                "several learners"
            )
        found.append(f"{text}.")
    return found


def _has_interval(it: LearnerSummary) -> bool:
    is_apart = it.difference.low > 0 or it.difference.high < 0
    return it.outcome in ("helps", "hurts") or (it.outcome == "noise" and is_apart)


def ranking_of(summary: Summary) -> list[str]:
    """Say how the learners rank over the data sets."""
    ranks = summary.ranks
    if ranks is None:
        return []
    missing = [f"{name} ({why})" for name, why in ranks.left_out.items()]
    left_out = [f"Not ranked: {', '.join(missing)}."] if missing else []
    if not ranks.can_differ:
        few = f"{ranks.n_data} data sets are too few to rank {len(ranks.names)} learners."
        return [few, *left_out]
    over = ""
    if any(ranks.ranges[data] != whole for data, whole in summary.ranges.items()):
        parts = (f"{data}: {label_range(*ends)}" for data, ends in ranks.ranges.items())
        over = f" over the labels that all of them have ({', '.join(parts)})"
    ranked = ", ".join(f"{m} {r:.1f}" for r, m in sorted(zip(ranks.mean_ranks, ranks.names)))
    text = (
        f"Mean ranks{over}, 1 is best: {ranked}. Learners less than "
        f"{ranks.critical_difference:.1f} apart are not told apart."
    )
    if ranks.is_small:
        text += " With few data sets, only large differences are found."
    return [text, *left_out]
