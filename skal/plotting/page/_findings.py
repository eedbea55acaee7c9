"""What a comparison found, for the top of the page and for its overview."""

import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from skal.experiment import Comparison, LearnerSummary

__all__ = ["Findings", "find", "labels_of"]

_OUTCOMES = {
    "helps": "helps",
    "hurts": "hurts",
    "noise": "no clear difference",
    "identical": "no difference",
}


@dataclass(frozen=True)
class Findings:
    """The verdict in paragraphs, its headline first; of each data set (learner, what it does)."""

    verdict: list[str] = field(default_factory=list)
    lines: Mapping[str, list[tuple[str, str]]] = field(default_factory=dict)


def find(comparison: Comparison, score: str, target: float | None) -> Findings:
    """Return what was found; of a single learner there is no verdict."""
    with warnings.catch_warnings():
        # of runs without a score, which the text tells too
        warnings.simplefilter("ignore", UserWarning)
        verdict = comparison.verdict(score=score, target=target)
    lines: dict[str, list[tuple[str, str]]] = {}
    for it in verdict.summary.learners:
        lines.setdefault(it.data, []).append((it.learner, _line(it)))
    several = len(comparison.learner_names) > 1
    said = [line for line in str(verdict).splitlines() if line] if several else []
    return Findings(said, lines)


def _line(it: LearnerSummary) -> str:
    """Say how a learner ends, and what it saves."""
    final = "no score" if np.isnan(it.curve.final) else f"{it.curve.final:.3g}"
    said = [f"{it.learner} {final}", _OUTCOMES.get(it.outcome, "")]
    if it.outcome in ("helps", "hurts") and it.saving.bound == "exact":
        share, word = abs(it.saving.value), "fewer" if it.saving.value >= 0 else "more"
        said.append(f"{100 * share:.0f} % {word} labels")
    return " · ".join(part for part in said if part)


def labels_of(y: Any) -> dict[Any, int] | None:
    """Return how many rows have each label; None if they are not known."""
    if y is None:
        return None
    found = Counter(np.asarray(y).tolist())
    # NaN, which is unlike itself, and None stand where there is no label
    return {label: n for label, n in found.items() if label == label and label is not None}
