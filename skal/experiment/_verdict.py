"""What a comparison found, in plain words: a headline, warnings, a paragraph a data set."""

from dataclasses import dataclass

from skal.experiment._caveats import limits_of, ranking_of, warnings_of
from skal.experiment._headline import headline, others_of
from skal.experiment._paragraph import paragraph
from skal.experiment._summary import Summary
from skal.experiment._wording import first_lines, html_paragraphs

__all__ = ["Verdict", "conclude"]


@dataclass(frozen=True, eq=False, repr=False)
class Verdict:
    """What a comparison found, in plain words; `str` gives all of it, `repr` ten lines.

    Parameters
    ----------
    headline : str
        One sentence that can be passed on.
    text : str
        All of it, the headline first.
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

    headline: str
    text: str
    outcomes: dict[str, dict[str, str]]
    summary: Summary

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return first_lines(self.text)

    def _repr_html_(self) -> str:
        return html_paragraphs(self.text)


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
    >>> print(conclude(summarize(Comparison(runs), target=0.7)).headline)
    On digits, margin helps: it needs 36 % fewer labels than random to reach score 0.70 (about 19
    instead of 30).
    """
    first = headline(summary)
    parts = [first, "\n".join(warnings_of(summary))]
    parts += [paragraph(summary, data) for data in summary.ranges]
    parts += ["\n".join(ranking_of(summary)), "\n".join(limits_of(summary))]
    outcomes: dict[str, dict[str, str]] = {
        data: {it.learner: it.outcome for it in others_of(summary, data)} for data in summary.ranges
    }
    return Verdict(first, "\n\n".join(part for part in parts if part), outcomes, summary)
