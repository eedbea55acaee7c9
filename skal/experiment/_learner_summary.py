"""The numbers of one learner on one data set, in a few small records."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from skal.experiment._balance import class_balance, count_asked
from skal.experiment._curve_measures import (
    area_under_curve,
    deficiency,
    drop_after_peak,
    labels_to_target,
    nearly,
)
from skal.experiment._data_curves import DataCurves
from skal.experiment._paired_tests import NEGLIGIBLE, holm, paired_tests, student_interval
from skal.experiment._runs import RunTable
from skal.experiment._saving import Saving, Target, find_saving, find_target
from skal.learner import History

__all__ = ["Asked", "CurveSummary", "Difference", "LearnerSummary", "Outcome", "summarize_data"]

Floats: TypeAlias = NDArray[np.float64]
Outcome: TypeAlias = Literal["baseline", "helps", "hurts", "noise", "identical", "unknown"]

NAN = float("nan")
FEWEST_PAIRS = 3  # 0016: two may agree to any digit by chance


@dataclass(frozen=True)
class CurveSummary:
    """What the curves of a learner say by themselves.

    Parameters
    ----------
    n_initial, n_labeled : float
        Labels at the start and at the end of the learner's curve.
    area, area_log : float
        Normalised area under the curve between `area_from` and `area_to`, mean over runs; over
        ln labels.
    area_from, area_to : float
        The range of labels that all runs of this learner and of the baseline have. Of the
        baseline, and of a learner that has none in common with it, its own.
    first, final, peak, peak_labels, drop : float
        Of the averaged curve: start, end, largest value and where that is, how far it falls.
    drop_low, drop_high : float
        Interval of the fall at 99 % (for a level of 95 %), the peak of each repeat being looked
        for in the others.
    """

    n_initial: float = NAN
    n_labeled: float = NAN
    area: float = NAN
    area_log: float = NAN
    area_from: float = NAN
    area_to: float = NAN
    first: float = NAN
    final: float = NAN
    peak: float = NAN
    peak_labels: float = NAN
    drop: float = NAN
    drop_low: float = NAN
    drop_high: float = NAN

    @property
    def is_flat(self) -> bool:
        """Whether the first labels reach 99 % of the end already."""
        return bool(self.n_initial < self.n_labeled and self.first >= nearly(self.final))

    @property
    def falls(self) -> bool:
        """Whether the curve falls after its peak, beyond noise and by 1 % of the peak."""
        return self.drop_low > 0 and self.drop > 0.01 * abs(self.peak)


@dataclass(frozen=True)
class Difference:
    """What the pairs say of the areas of a learner and of the baseline.

    Parameters
    ----------
    value, low, high : float
        Difference of the areas over the labels that both have, with Student's interval.
    effect : float
        In units of its standard deviation over the pairs.
    t_p_value, holm_p_value, wilcoxon_p_value : float
        Paired tests of these areas; the t test after Holm over the learners of the data set.
    end, end_low, end_high : float
        Difference of the scores at the last of these labels.
    deficiency : float
        Trapezoid form, of the averaged curves; below 1 is better than the baseline.
    """

    value: float = NAN
    low: float = NAN
    high: float = NAN
    effect: float = NAN
    t_p_value: float = NAN
    holm_p_value: float = NAN
    wilcoxon_p_value: float = NAN
    end: float = NAN
    end_low: float = NAN
    end_high: float = NAN
    deficiency: float = NAN


@dataclass(frozen=True)
class Asked:
    """What a learner asked for, and what that took; means over its runs.

    Parameters
    ----------
    class_entropy, class_distance : float
        Normalised entropy of the classes that were asked, and their total variation distance to
        the data set's, without the initial set.
    batch_distance, batch_distance_ratio : float
        Mean distance to the nearest neighbour within a batch; over that of the baseline.
    query_seconds, fit_seconds : float
        Totals of a run.
    """

    class_entropy: float = NAN
    class_distance: float = NAN
    batch_distance: float = NAN
    batch_distance_ratio: float = NAN
    query_seconds: float = NAN
    fit_seconds: float = NAN


@dataclass(frozen=True)
class LearnerSummary:
    """What a comparison found of one learner on one data set; NaN where there is nothing to say.

    Parameters
    ----------
    data, learner : str
    outcome : {"baseline", "helps", "hurts", "noise", "identical", "unknown"}
        "unknown": fewer than two pairs, or no range of labels in common with the baseline.
        "identical": in each pair the same scores with the same labels.
    n_runs, n_left_out, n_pairs : int
        Runs that count; runs that failed or have no score; repeats shared with the baseline.
    curve : CurveSummary
    saving : Saving
    difference : Difference
    asked : Asked
    """

    data: str
    learner: str
    outcome: Outcome
    n_runs: int
    n_left_out: int
    n_pairs: int
    curve: CurveSummary = field(default_factory=CurveSummary)
    saving: Saving = field(default_factory=Saving)
    difference: Difference = field(default_factory=Difference)
    asked: Asked = field(default_factory=Asked)

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers by name: those of ``saving`` are called ``saving_low`` and so on.

        Returns
        -------
        dict
        """
        flat: dict[str, Any] = {}
        for name, value in asdict(self).items():
            parts = value if isinstance(value, dict) else {"": value}
            flat |= {f"{name}_{part}".strip("_"): number for part, number in parts.items()}
        return flat


def summarize_data(
    table: RunTable, curves: DataCurves, baseline: str, target: float | None, level: float
) -> list[LearnerSummary]:
    """Summarise the learners of one data set."""
    goal = find_target(curves, baseline, target)
    histories = {
        name: [r.history for r in table.runs if (r.data, r.learner) == (curves.data, name)]
        for name in curves.curves
    }
    known = table.data.get(curves.data)
    classes = known.class_counts if known else None
    usual = _batch_distance(histories.get(baseline, ()))  # NaN without a run of the baseline
    found = []
    for name, mine in histories.items():
        n_runs, pairs = len(curves.repeats(name)), curves.repeats(name, baseline)
        x = curves.shared(name, baseline) if pairs else None
        learner = LearnerSummary(
            data=curves.data,
            learner=name,
            outcome="baseline" if name == baseline else "unknown",
            n_runs=n_runs,
            n_left_out=curves.n_left_out[name],
            n_pairs=len(pairs),
            asked=_asked(mine, classes, usual),
        )
        compared = pairs if x is not None and name != baseline else []
        if n_runs:
            learner = replace(learner, curve=_curve(curves, name, x, level))
        if n_runs and not np.isnan(goal.value):
            saving = _saving(curves, name, baseline, compared, goal, level)
            learner = replace(learner, saving=saving)
        if x is not None and compared:
            learner = _compared(learner, curves, baseline, compared, x, level)
        found.append(learner)
    return _decide(found, level)


def _decide(learners: list[LearnerSummary], level: float) -> list[LearnerSummary]:
    """Correct the tests of one data set, and name what they say."""
    # 0016: one test decides, on the area, with Holm over the learners of the data set
    # (NaN, of the baseline and of those without a test, is not counted)
    adjusted = holm([learner.difference.t_p_value for learner in learners])
    decided = []
    for learner, p in zip(learners, adjusted, strict=True):
        outcome = learner.outcome
        # of NaN neither holds: what is unknown stays so
        told = p < 1 - level and learner.n_pairs >= FEWEST_PAIRS
        if outcome != "identical" and not np.isnan(p):
            better: Outcome = "helps" if learner.difference.value > 0 else "hurts"
            outcome = better if told else "noise"
        difference = replace(learner.difference, holm_p_value=float(p))
        decided.append(replace(learner, outcome=outcome, difference=difference))
    return decided


def _curve(curves: DataCurves, name: str, shared: Floats | None, level: float) -> CurveSummary:
    """Read a learner's own curves; their areas over the labels it shares, if there are any."""
    repeats = curves.repeats(name)
    x, scores = curves.own(name, repeats)
    mean, fall = scores.mean(axis=0), _fall(scores, level)
    grid = x if shared is None else shared
    there = curves.at(name, repeats, grid)  # (n_repeats, n_points)
    return CurveSummary(
        n_initial=float(x[0]),
        n_labeled=float(x[-1]),
        area=float(area_under_curve(grid, there).mean()),
        area_log=float(area_under_curve(grid, there, log=True).mean()) if grid[0] > 0 else NAN,
        area_from=float(grid[0]),
        area_to=float(grid[-1]),
        first=float(mean[0]),
        final=float(mean[-1]),
        peak=float(mean.max()),
        peak_labels=float(x[mean.argmax()]),
        drop=float(drop_after_peak(mean)),
        drop_low=fall[0],
        drop_high=fall[1],
    )


def _fall(scores: Floats, level: float) -> tuple[float, float]:
    """Interval of the fall after the peak.

    The largest of many noisy means lies too high. So the place of each repeat's peak is taken
    from the other repeats, which know nothing of its noise. These places are alike, so the drops
    are not quite independent, hence the wider interval: 99 % for a level of 95 %.
    """
    n = len(scores)
    if n < 2:
        return NAN, NAN
    others = scores.sum(axis=0) - scores  # (n_repeats, n_points), as good as means for argmax
    drops = scores[np.arange(n), others.argmax(axis=1)] - scores[:, -1]
    return student_interval(drops, 1 - (1 - level) / 5)[1:]


def _saving(
    curves: DataCurves, name: str, baseline: str, pairs: list[int], goal: Target, level: float
) -> Saving:
    """Labels to the target and what they save, over the pairs if there are any."""
    if pairs:
        own, others = curves.own(name, pairs), curves.own(baseline, pairs)
        return find_saving(own, others, goal, level=level)
    x, scores = curves.own(name, curves.repeats(name))
    labels = float(labels_to_target(x, scores.mean(axis=0), goal.value))
    return Saving(target=goal.value, labels=labels)


def _compared(
    learner: LearnerSummary,
    curves: DataCurves,
    baseline: str,
    pairs: list[int],
    x: Floats,
    level: float,
) -> LearnerSummary:
    """Add the differences to the baseline and their tests, over the pairs, at x."""
    name = learner.learner
    a, b = curves.at(name, pairs, x), curves.at(baseline, pairs, x)
    areas = paired_tests(area_under_curve(x, a), area_under_curve(x, b), level=level)
    ends = a[:, -1] - b[:, -1]
    _, end_low, end_high = student_interval(ends, level) if len(pairs) > 1 else (NAN, NAN, NAN)
    difference = Difference(
        value=areas.difference,
        low=areas.low,
        high=areas.high,
        effect=areas.effect,
        t_p_value=areas.t_p_value,
        wilcoxon_p_value=areas.wilcoxon_p_value,
        end=float(ends.mean()),
        end_low=end_low,
        end_high=end_high,
        deficiency=float(deficiency(x, a.mean(axis=0), b.mean(axis=0), form="trapezoid")),
    )
    both = [(curves.curves[name][k], curves.curves[baseline][k]) for k in pairs]
    alike = all(
        np.array_equal(x_a, x_b) and np.allclose(y_a, y_b, rtol=NEGLIGIBLE, atol=0)
        for (x_a, y_a), (x_b, y_b) in both
    )  # over all labels, not only at x: equal areas may come of unequal curves
    outcome: Outcome = "identical" if alike and len(pairs) > 1 else "unknown"
    return replace(learner, outcome=outcome, difference=difference)


def _asked(
    histories: Iterable[History], classes: Mapping[Any, int] | None, usual_distance: float
) -> Asked:
    """Average the balance of classes, the distances within batches and the seconds."""
    histories = list(histories)
    # a run that only has its initial set has asked nothing
    counts = [count for count in map(count_asked, histories) if sum(count.values())]
    labels = list(dict.fromkeys(label for c in (classes or {}, *counts) for label in c))
    of_data = [classes.get(label, 0) for label in labels] if classes else None
    found = [class_balance([c.get(label, 0) for label in labels], of_data) for c in counts]
    distance = _batch_distance(histories)
    return Asked(
        class_entropy=float(np.mean([b.normalized_entropy for b in found])) if found else NAN,
        class_distance=float(np.mean([b.total_variation for b in found])) if found else NAN,
        batch_distance=distance,
        batch_distance_ratio=distance / (usual_distance or NAN),  # 0: batches of equal rows
        query_seconds=_seconds(histories, "query_seconds"),
        fit_seconds=_seconds(histories, "fit_seconds"),
    )


def _batch_distance(histories: Iterable[History]) -> float:
    distances = [
        record.get("batch_distance", NAN)
        for history in histories
        for record in history
        if record.get("round", 0) > 0  # no strategy chose the initial set
    ]
    known = [distance for distance in distances if not np.isnan(distance)]
    return float(np.mean(known)) if known else NAN


def _seconds(histories: Iterable[History], name: str) -> float:
    return float(np.mean([sum(record.get(name, NAN) for record in h) for h in histories]))
