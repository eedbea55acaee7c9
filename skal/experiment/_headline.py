"""The first sentence of a verdict: what one would tell somebody else."""

from collections.abc import Sequence

import numpy as np

from skal.experiment import _phrases as say
from skal.experiment._learner_summary import LearnerSummary
from skal.experiment._summary import Summary
from skal.experiment._wording import data_words

__all__ = ["headline", "others_of"]

MOST_NAMED = 6  # learners of a data set; of more only their number is said
MOST_RANKED = 3  # learners over several data sets
ONE = {"helps": "helps", "hurts": "hurts", "noise": "makes no difference beyond chance"}
SEVERAL = {"helps": "help", "hurts": "hurt", "noise": "make no difference beyond chance"}


def others_of(summary: Summary, data: str) -> list[LearnerSummary]:
    """All but the baseline, the largest difference first."""
    found = [it for it in summary.learners if it.data == data and it.learner != summary.baseline]
    return sorted(found, key=lambda it: -np.nan_to_num(it.difference.value, nan=-np.inf))


def headline(summary: Summary) -> str:
    """Say in one sentence what was found."""
    if len(summary.ranges) > 1:
        return _over_all(summary)
    data = next(iter(summary.ranges))
    others, base = others_of(summary, data), summary.baseline
    outcomes = {it.outcome for it in others}
    if not others:
        found = _alone(summary, data)
    elif np.isnan(summary.ranges[data][0]):
        found = f"nothing can be said: {base} has no run with a score"
    elif outcomes == {"unknown"}:
        is_one = max(it.n_pairs for it in others) == 1
        why = "one repeat tells nothing; run 5 or more" if is_one else "too little is shared"
        found = f"nothing can be said yet: {why}"
    elif "helps" not in outcomes and data in summary.limits.near_chance:
        found = f"{base} learns next to nothing, so strategies cannot be judged yet"
    else:
        tested = [it for it in others if it.outcome != "unknown"]
        found = _one(summary, tested[0]) if len(tested) == 1 else _several(summary, tested)
        if data in summary.limits.near_chance or data in summary.limits.flat:
            found += f"; but {base} hardly gets better with labels: mind the warning"
        found += _lost(summary, [data])
    return f"On {data_words(data)}, {found}."


def _alone(summary: Summary, data: str) -> str:
    it = summary.learner(summary.baseline, data)
    if lost := _lost(summary, [data]):
        return (
            f"nothing can be compared: {it.learner} alone has runs with a score, and reaches "
            f"{summary.score_title} {say.level(it.curve.final)} with "
            f"{say.count(it.curve.n_labeled)} labels{lost}"
        )
    return (
        f"{it.learner} reaches {summary.score_title} {say.level(it.curve.final)} with "
        f"{say.count(it.curve.n_labeled)} labels; it was played alone, so whether it helps "
        "cannot be said"
    )


def _lost(summary: Summary, names: Sequence[str]) -> str:
    """Name the learners of which no run was finished on any of these data sets."""
    finished = {it.learner for it in summary.learners if it.data in names}
    lost = {name: None for data, name in summary.limits.lost if data in names}
    failed = [name for name in lost if name not in finished and name != summary.baseline]
    many = f"{len(failed)} other learners" if len(failed) > MOST_NAMED else say.join(failed)
    return f"; {many} failed in every run" if failed else ""


def _one(summary: Summary, it: LearnerSummary) -> str:
    name, base = it.learner, summary.baseline
    if it.outcome == "identical":
        return f"{name} did exactly as {base}"
    if it.outcome == "noise":
        return (
            f"{name} makes no difference to {base} that {say.repeats(it.n_pairs)} can tell from "
            "chance"
        )
    return f"{name} {it.outcome}: {how_much(summary, it)}"


def _several(summary: Summary, others: Sequence[LearnerSummary]) -> str:
    groups = {
        outcome: [it.learner for it in others if it.outcome == outcome]
        for outcome in ("helps", "hurts", "noise")
    }
    told = {outcome: names for outcome, names in groups.items() if names}
    if len(others) > MOST_NAMED:
        parts = [
            f"{len(names)} {(ONE if len(names) == 1 else SEVERAL)[outcome]}"
            for outcome, names in told.items()
        ]
        parts[0] = parts[0].replace(" ", f" of {len(others)} learners ", 1)
    else:
        parts = [
            f"{say.join(names)} {(ONE if len(names) == 1 else SEVERAL)[outcome]}"
            for outcome, names in told.items()
        ]
    parts = parts or [f"{say.join([it.learner for it in others])} did exactly as the baseline"]
    parts[-1] = f"and {parts[-1]}" if len(parts) > 1 else parts[-1]
    found = f"{', '.join(parts)}, compared with {summary.baseline}"
    lead = others[0]
    if lead.outcome != "helps":
        return found
    return f"{found}; {lead.learner} leads: {how_much(summary, lead)}"


def how_much(summary: Summary, it: LearnerSummary) -> str:
    """Say how much a learner helps or hurts: in labels where these are sure, else in scores."""
    saving, base, name = it.saving, summary.baseline, summary.score_title
    sign = 1 if it.outcome == "helps" else -1
    # a bound of the interval that leaves the sign open would contradict what the areas decided
    is_sure = saving.low > 0 if sign > 0 else saving.high < 0
    # reached before the range in which they can be compared: nothing was saved in it
    is_sure &= max(saving.labels, saving.baseline_labels) > it.curve.area_from
    target = say.goal(saving.target, summary.relative_target)
    if not is_sure or sign * saving.value <= 0 or say.saving(saving.value) == "as many":
        more = "higher" if sign > 0 else "lower"
        return (
            f"with equally many labels its {name} is "
            f"{say.amount(it.difference.value, summary.in_points)} {more} than that of {base} on "
            "average"
        )
    if saving.bound == "at most":
        return (
            f"it does not reach {name} {target} within {_end(summary, it.learner, it.data)} "
            f"labels, {base} does with about {say.about(saving.baseline_labels)}"
        )
    own = f"about {say.about(saving.labels)}"
    if np.isinf(saving.baseline_labels):
        end = _end(summary, base, it.data)
        return f"it reaches {name} {target} with {own} labels, {base} not within {end}"
    others = say.about(saving.baseline_labels)
    if saving.bound == "at least":
        return f"it reaches {name} {target} with {own} labels at most, {base} with {others}"
    return (
        f"it needs {say.saving(saving.value)}{_labels_than(saving.value)} {base} to reach {name} "
        f"{target} ({own} instead of {others})"
    )


def _labels_than(value: float) -> str:
    return " labels as" if say.saving(value).endswith("as many") else " labels than"


def _end(summary: Summary, learner: str, data: str) -> str:
    return say.count(summary.learner(learner, data).curve.n_labeled)


# ---------------------------------------------------------------- several data sets


def _over_all(summary: Summary) -> str:
    """Say on how many data sets the learners help."""
    outcomes: dict[str, list[str]] = {}
    for data in summary.ranges:
        for it in others_of(summary, data):
            outcomes.setdefault(it.learner, []).append(it.outcome)
    n = len(summary.ranges)
    lost = _lost(summary, list(summary.ranges))
    if not outcomes:
        alone = f"{summary.baseline} was played alone on {n} data sets"
        if lost:
            alone = f"{summary.baseline} alone has runs with a score on {n} data sets"
        return f"{alone}: nothing can be compared{lost}."
    ranked = sorted(
        outcomes, key=lambda name: outcomes[name].count("hurts") - outcomes[name].count("helps")
    )
    told = [f"{name} {_counts(outcomes[name])}" for name in ranked[:MOST_RANKED]]
    more = len(ranked) - len(told)
    rest = f"; the other {more} learners follow below" if more > 0 else ""
    near = [data for data in summary.ranges if data in summary.limits.near_chance]
    but = f"; but {summary.baseline} learns next to nothing on {say.join(near)}" if near else ""
    told_of = f"{'; '.join(told)}{rest}{lost}{but}"
    return f"Compared with {summary.baseline} on {n} data sets, {told_of}."


def _counts(outcomes: Sequence[str]) -> str:
    n = len(outcomes)
    helps, hurts, noise = (outcomes.count(it) for it in ("helps", "hurts", "noise"))
    rest, every = n - helps - hurts - noise, "both" if n == 2 else "all"
    parts, said = [], [("helps", helps), ("hurts", hurts)]
    if helps or hurts:
        parts += [f"{what} on {every if k == n else k or 'none'}" for what, k in said]
    if noise:
        parts.append(f"makes no difference beyond chance on {every if noise == n else noise}")
    if rest:
        parts.append(f"is open on {rest}")
    return say.listed(parts)
