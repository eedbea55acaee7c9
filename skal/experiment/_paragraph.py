"""What was found on one data set, in sentences; no number that is not in the summary."""

import numpy as np

from skal.experiment import _phrases as say
from skal.experiment._headline import others_of
from skal.experiment._learner_summary import FEWEST_PAIRS, LearnerSummary
from skal.experiment._summary import Summary
from skal.experiment._wording import data_words, label_range, upper_first

__all__ = ["paragraph"]


def paragraph(summary: Summary, data: str) -> str:
    """Say of each learner whether it helps on a data set, and what else must be known of it."""
    return _Writer(summary, data).paragraph()


class _Writer:
    """Turns the numbers of one data set into a paragraph."""

    def __init__(self, summary: Summary, data: str):
        self.summary, self.data, self.baseline = summary, data, summary.baseline
        self.learners = [it for it in summary.learners if it.data == data]
        self.range = summary.ranges[data]
        self.score = summary.score_title
        self.in_points = summary.in_points

    def paragraph(self) -> str:
        found = [self._head()]
        for it in others_of(self.summary, self.data):
            found.append(" ".join([self._outcome(it), *self._remarks(it)]))
        found += [
            s for it in self.learners if it.learner == self.baseline for s in self._remarks(it)
        ]
        found += [
            f"{say.join(names)} played the same: equal scores in every round of every repeat."
            for data, names in self.summary.limits.alike
            if data == self.data
        ]
        return "\n".join([*found, *self._best()])

    def _head(self) -> str:
        name = upper_first(data_words(self.data))
        if np.isnan(self.range[0]):
            return f"{name}, by {self.score}: {self.baseline} has no run with a score here."
        n = max(it.n_runs for it in self.learners)
        over = f"{self.score} over {label_range(*self.range)} labels, {say.repeats(n)}"
        targets = [it.saving.target for it in self.learners if not np.isnan(it.saving.target)]
        if not targets:
            return f"{name}, by {over}."
        target = say.goal(targets[0], self.summary.relative_target)
        if self.summary.relative_target:  # not "99 %": of a loss, which is negative, that is more
            target += f", 1 % short of where {self.baseline} ends"
        return f"{name}, by {over}; target {target}."

    # ---------------------------------------------------------------- does it help

    def _outcome(self, it: LearnerSummary) -> str:
        """Say whether a learner helps."""
        name, base, difference = it.learner, self.baseline, it.difference
        if it.outcome == "unknown":
            return f"{name}: no statement is possible{self._why_unknown(it)}"
        if it.outcome == "identical":
            return (
                f"{name} did exactly as {base} in all {it.n_pairs} pairs: no difference at all; "
                "are they the same learner?"
            )
        if difference.low == difference.high == 0:  # else an interval of no width
            return (
                f"{name}: no difference to {base}: on average over these labels they are equal in "
                f"all {it.n_pairs} pairs, though the curves are not the same from end to end."
            )
        if it.outcome == "noise":
            return (
                f"{name} makes no difference to {base} beyond chance: {self._possible(it)}. "
                f"{self._reach(it)}."
            )
        ends = difference.low, difference.high
        more, ends = ("higher", ends) if it.outcome == "helps" else ("lower", (-ends[1], -ends[0]))
        return (
            f"{name} {it.outcome}: its {self.score} is "
            f"{say.amount(difference.value, self.in_points)} {more} than that of {base}, on "
            f"average over these labels{say.between(ends, self.in_points)}. {self._reach(it)}."
        )

    def _possible(self, it: LearnerSummary) -> str:
        """Say which differences the repeats leave possible, as the interval of the table does."""
        found = it.difference
        low, high = (say.amount(end, self.in_points) for end in (found.low, found.high))
        if found.low <= 0 <= found.high:
            return (
                f"on average over these labels, anything from {low} less to {high} more is possible"
            )
        # the interval leaves 0 out, so it is the correction, or too few pairs, that decided
        more, ends = "higher", (found.low, found.high)
        if found.high < 0:
            more, ends = "lower", (-found.high, -found.low)
        n = sum(not np.isnan(other.difference.t_p_value) for other in self.learners)
        why = "so few repeats prove nothing"
        if it.n_pairs >= FEWEST_PAIRS:
            why = f"of {n} learners compared at once, one gets as far by luck too often"
        return (
            f"its {self.score} is {say.amount(found.value, self.in_points)} {more} on average over "
            f"these labels{say.between(ends, self.in_points)}, but {why}"
        )

    def _why_unknown(self, it: LearnerSummary) -> str:
        name, base = it.learner, self.baseline
        if not it.n_runs:
            return ", no run of it has a score."
        if np.isnan(self.range[0]):
            return f" without {base}."
        if not it.n_pairs:
            return f", it shares no finished repeat with {base}; run both with the same repeats."
        value = it.difference.value
        if np.isnan(value):
            own = label_range(it.curve.n_initial, it.curve.n_labeled)
            return (
                f", {name} has scores at {own} labels, {base} at {label_range(*self.range)}: "
                "there is no range that both have."
            )
        more = "higher" if value >= 0 else "lower"
        return (
            f" with 1 repeat, in which its {self.score} was {say.amount(value, self.in_points)} "
            f"{more} on average; run 5 repeats or more."
        )

    # ---------------------------------------------------------------- labels to the target

    def _reach(self, it: LearnerSummary) -> str:
        """Say who reaches the target with how many labels, and what that saves."""
        saving, base = it.saving, self.baseline
        target = say.goal(saving.target, self.summary.relative_target)
        ends = {other.learner: say.count(other.curve.n_labeled) for other in self.learners}
        # reached before the range in which they can be compared: nothing was saved in it
        if max(saving.labels, saving.baseline_labels) <= it.curve.area_from:
            first = say.count(max(saving.labels, saving.baseline_labels))
            return f"Both reach {target} with the first {first} labels, so give a higher target"
        never, base_never = np.isinf(saving.labels), np.isinf(saving.baseline_labels)
        if never and base_never:
            return f"Neither reaches {target} within {ends[it.learner]} labels"
        if never:
            text = f"It does not reach {target} within {ends[it.learner]} labels, {base} needs "
            text += say.about(saving.baseline_labels)
        else:
            text = f"It reaches {target} with {say.about(saving.labels)} labels, {base} "
            text += (
                f"not within {ends[base]}"
                if base_never
                else f"needs {say.about(saving.baseline_labels)}"
            )
        if saving.bound == "unknown" or it.outcome == "noise":  # no number for what may be none
            return text
        is_bound = saving.bound != "exact"
        interval = say.saving_range(saving.value, saving.low, saving.high, is_bound=is_bound)
        at_least = "at least " if is_bound else ""
        return f"{text}: {at_least}{say.saving(saving.value)}{interval}"

    # ---------------------------------------------------------------- what else must be known

    def _remarks(self, it: LearnerSummary) -> list[str]:
        """Say what else must be known of a learner."""
        name, curve, difference = it.learner, it.curve, it.difference
        found = []
        over = curve.area_from, curve.area_to
        if over != self.range and not np.isnan(difference.value):
            found.append(f"Compared over the {label_range(*over)} labels that both have.")
        found += self._contradictions(it)
        if curve.falls:
            found.append(
                f"The {self.score} of {name} falls after its peak, from {say.level(curve.peak)} "
                f"with {say.count(curve.peak_labels)} labels to {say.level(curve.final)} with "
                f"{say.count(curve.n_labeled)}."
            )
        if it.n_left_out:
            found.append(
                f"{say.runs(it.n_left_out)} of {name} failed or had no score: not counted."
            )
        if it.n_pairs < it.n_runs and name != self.baseline:
            found.append(f"Only {it.n_pairs} of its {say.runs(it.n_runs)} have a partner.")
        return found

    def _contradictions(self, it: LearnerSummary) -> list[str]:
        """Say where labels or the end say something else than the areas."""
        saving, difference, found = it.saving, it.difference, []
        sign = {"helps": 1, "hurts": -1}.get(it.outcome, 0)  # 0016: the area decides
        if sign * saving.value < 0:
            ahead = "ahead" if sign > 0 else "behind"
            found.append(f"So it is {ahead} on average, but not in labels: look at the curves.")
        # of few repeats these intervals are too narrow to contradict anything
        is_thin = self.summary.limits.is_thin
        if it.outcome == "noise" and not is_thin and (saving.low > 0 or saving.high < 0):
            found.append(
                "These labels differ by more than chance, but the verdict goes by the average "
                "over all labels: of two measures, one finds a difference by luck too often."
            )
        if sign and (difference.end_high < 0 if sign > 0 else difference.end_low > 0):
            ahead = self.baseline if sign > 0 else it.learner
            # of the one who is ahead: positive, the smaller bound first
            ends = sorted((abs(difference.end_low), abs(difference.end_high)))
            found.append(
                f"At the end it is the other way round: {ahead} is ahead by "
                f"{say.amount(difference.end, self.in_points)}{say.between(ends, self.in_points)}."
            )
        return found

    def _best(self) -> list[str]:
        """Say whether the two best learners that help can be told apart."""
        best = self.summary.best.get(self.data)
        if best is None:
            return []
        if best.test is None or best.labels is None:
            what = "fewer than two repeats" if best.n_repeats < 2 else "no range of labels"
            names = say.join(best.learners)
            return [f"Which of {names} is best cannot be said: they share {what}."]
        test, over = best.test, ""
        if not best.is_everything:
            labels = label_range(*best.labels)
            over = f"over the {best.n_repeats} repeats and {labels} labels that they share, "
        found = f"Of those that help, {over}{best.first} is ahead of {best.second}, the next, "
        if test.t_p_value >= 1 - self.summary.level:
            return [f"{found}but by no more than chance."]
        by = say.amount(test.difference, self.in_points)
        return [f"{found}by {by} on average{say.between((test.low, test.high), self.in_points)}."]
