"""Histories out of all that holds them: learners, lists and dicts of these, a comparison."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, TypeGuard

import numpy as np
from numpy.typing import NDArray

from skal._caller import level_of_caller
from skal.experiment import Comparison, score_words, scorer_of

__all__ = [
    "UNNAMED",
    "Records",
    "by_data",
    "check_rows",
    "find_round",
    "gather_histories",
    "name_of_data",
    "read_history",
    "runs_of",
    "score_title",
    "spread_rounds",
    "warn_of_other_test_sets",
]

Records: TypeAlias = Sequence[Mapping[str, Any]]  # a history: one record a round

UNNAMED = "learner"  # the name of a single history that came without one
_UNNAMED_DATA = "data"  # what compare calls the only data set
_MOST_ROUNDS = 5  # where none are named


# ---------------------------------------------------------------- of learners


def read_history(given: object) -> Records:
    """Return the records of a history, or of what holds one as ``history_``."""
    records: Any = getattr(given, "history_", given)
    if _is_history(records):
        return records
    fits = hasattr(given, "fit")
    advice = "call fit first; of a Pipeline, give the last step." if fits else "give history_."
    if isinstance(given, Comparison):
        advice = "use from_comparison."
    raise TypeError(
        "A history must be a list with one dict a round, or a fitted learner with history_, got "
        f"{type(given).__name__}; {advice}"
    )


def gather_histories(given: object) -> dict[str, list[Records]]:
    """Return name -> the histories of its repeats, for every form in which they may come."""
    if isinstance(given, Mapping):
        named = {
            str(name): [read_history(one) for one in (value if _holds_several(value) else [value])]
            for name, value in given.items()
        }
    elif _holds_several(given):
        named = {f"run {i}": [read_history(one)] for i, one in enumerate(given, start=1)}
    else:
        named = {UNNAMED: [read_history(given)]}
    empty = [name for name, repeats in named.items() if not repeats]
    if not named or empty:
        raise ValueError(
            f"There must be a history to plot{f' of {empty[0]!r}' if empty else ''}, got none; "
            "give one learner or history at least."
        )
    return named


def warn_of_other_test_sets(named: Mapping[str, Sequence[Records]]) -> None:
    """Warn of curves whose rounds were scored on test sets of several sizes."""
    for name, repeats in named.items():
        for records in repeats:
            sizes = [record["n_test"] for record in records if "n_test" in record]
            if len(set(sizes)) > 1:
                warnings.warn(
                    f"the test set of {name} has {sizes[0]} rows at first and {sizes[-1]} at last: "
                    "part of the curve's rise or fall may be that of the test set. Score all "
                    "rounds on the same rows.",
                    stacklevel=level_of_caller(),
                )
                return


def _holds_several(value: Any) -> TypeGuard[Sequence[Any]]:
    """Tell a list of histories or learners from a history, which is a list of records.

    An empty list holds no histories, which the caller refuses by name.
    """
    return isinstance(value, list | tuple) and not (value and _is_history(value))


def _is_history(value: Any) -> bool:
    """Tell whether something is a sequence of records."""
    return isinstance(value, Sequence) and all(isinstance(one, Mapping) for one in value)


# ---------------------------------------------------------------- of a comparison


def by_data(name: str, given: Any, data_names: Sequence[str]) -> dict[str, Any]:
    """Return what was given for each data set, None where nothing was.

    A single thing belongs to the only data set; a dict is by data set if its keys say so.
    """
    several = len(data_names) > 1
    if isinstance(given, Mapping) and (several or set(given) == set(data_names)):
        unknown = [key for key in given if key not in data_names]
        if unknown:
            raise ValueError(
                f"{name} must be a dict with names of the comparison's data sets, "
                f"{list(data_names)}, got one for data set {unknown[0]!r}."
            )
        return {data: given.get(data) for data in data_names}
    if several and given is not None:
        raise ValueError(
            f"{name} must be a dict from the names of {len(data_names)} data sets, got one "
            f"{type(given).__name__}; give {{{data_names[0]!r}: ..., {data_names[1]!r}: ...}}."
        )
    return dict.fromkeys(data_names, given)


def name_of_data(comparison: Comparison, data: str | None) -> str:
    """Return the name of a data set (None: the only one); nothing for one that was given none."""
    names = comparison.data_names
    return "" if names == [_UNNAMED_DATA] else names[0] if data is None else data


def score_title(comparison: Comparison, score: str, *, test: bool = True) -> str:
    """Return a score in words; the history calls a single scorer test_score, whichever it is."""
    scorer = scorer_of(comparison, score) if score == "test_score" else ""
    return score_words(f"test_{scorer}" if scorer else score, test=test)


def runs_of(comparison: Comparison, data: str | None = None) -> dict[str, dict[int, Records]]:
    """Return learner -> repeat -> history on one data set; None: the only one."""
    named = comparison.histories(data)  # refuses names that are not there
    data = comparison.data_names[0] if data is None else data
    found: dict[str, dict[int, Records]] = {name: {} for name in named}
    for run in sorted(comparison.runs, key=lambda run: run.repeat):
        if run.data == data:
            found[run.learner][run.repeat] = run.history
    return found


# ---------------------------------------------------------------- of a round


def find_round(records: Records, round: int) -> Mapping[str, Any]:
    """Return the record of a round: by its number, or from the end."""
    if not records:
        raise ValueError("A history must hold a round, got none; call fit, or teach first labels.")
    if round < 0 and -round <= len(records):
        return records[round]
    for record in records:
        if record["round"] == round:
            return record
    first, last = records[0]["round"], records[-1]["round"]
    raise ValueError(f"round must be one of the rounds {first} to {last}, got {round}.")


def spread_rounds(history: Records, rounds: Sequence[int] | None) -> list[int]:
    """Return the rounds asked for, or a few of those that have rows, without the initial set."""
    if rounds is not None:
        if not len(rounds):
            raise ValueError("rounds must name one round at least, got none; or pass None.")
        return list(rounds)
    queried = [r["round"] for r in history if r["round"] > 0 and len(r.get("rows", ()))]
    if not queried:
        return [0]
    places = np.linspace(0, len(queried) - 1, min(_MOST_ROUNDS, len(queried))).round()
    return [int(queried[int(place)]) for place in places]


def check_rows(rows: NDArray[np.intp], n_rows: int, round: int) -> None:
    """Raise unless all rows that a round asked for are among those there are."""
    if len(rows) and rows.max() >= n_rows:
        raise ValueError(
            f"X must have the rows that were asked for, got {n_rows} rows and row {rows.max()} "
            f"in round {round}; pass the X that fit or query got."
        )
