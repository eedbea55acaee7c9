"""write_report(): a comparison as a folder that one can send to somebody."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from skal._progress import with_bar
from skal.experiment import Comparison, Summary, check_comparison
from skal.plotting._class_balance import ClassBalanceDisplay
from skal.plotting._critical_difference import CriticalDifferenceDisplay
from skal.plotting._difference import DifferenceDisplay
from skal.plotting._display import Display
from skal.plotting._histories import by_data, name_of_data, runs_of
from skal.plotting._labels_to_target import LabelsToTargetDisplay
from skal.plotting._learning_curve import LearningCurveDisplay
from skal.plotting._lettering import TargetNames
from skal.plotting._penalty_matrix import PenaltyMatrixDisplay
from skal.plotting._pixels import can_be_images
from skal.plotting._queried_images import QueriedImagesDisplay
from skal.plotting._query_map import QueryMapDisplay
from skal.plotting._round_time import RoundTimeDisplay
from skal.plotting.page import InteractivePage

__all__ = ["write_report"]

# of the records, what is told of each row: its column
_OF_ROW = {"labels": "label", "predicted": "predicted", "utility": "utility"}
_MOST_MAPS = 8  # learners in a map of what was asked: as many panels fill a page
_LEAST_OVERVIEWED = 3  # learners: of two, the verdict says all
_LEAST_BEATEN = 2  # data sets: of one, single tests would contradict the verdict's
_LEAST_RANKED = 3  # data sets: ranks over two are one half, one or both

# of learners: what the comparison sets, what only listens, and the classifier, told by itself
_NOT_TOLD = {"random_state", "verbose", "warm_start", "on_round", "estimator"}


def write_report(
    comparison: Comparison,
    folder: str | PathLike[str],
    X: Any = None,
    *,
    keys: Any = None,
    target: float | None = None,
    score: str = "auto",
    target_names: TargetNames | Mapping[str, TargetNames] = None,
    title: str | None = None,
    formats: Sequence[str] = ("png", "pdf"),
    dpi: float = 300,
    command: str | None = None,
    verbose: int = 0,
    **page: Any,
) -> dict[str, Path]:
    """Write verdict, tables, figures and an interactive page into a folder.

    Parameters
    ----------
    comparison : Comparison
    folder : path
        Made if it is not there.
    X : array-like or dict of str to array-like, default=None
        The rows as compare got them; for several data sets a dict from their names to these. What
        was asked is shown if they are images, and mapped if they are rows of numbers. (Flat rows of
        pixels are images if `image_shape` is given.)
    keys : array-like of shape (n,) or dict of str to array-like, default=None
        What names each row, such as ``filenames`` of a folder: shown on the page, and in the table
        of what was asked. For several data sets a dict from their names to these.
    target : float, default=None
        Score to reach; None: 99 % of what the baseline reaches at the end.
    score : str, default="auto"
        Which score to report, if there are several.
    target_names : sequence or dict of str, default=None
        ``target_names[label]`` is written in place of the label; for several data sets a dict
        from their names to these.
    title : str, default=None
    formats : sequence of {"png", "pdf", "svg"}, default=("png", "pdf")
        Of the figures; the report shows the first.
    dpi : float, default=300
        Dots an inch of PNGs.
    command : str, default=None
        The command that made the comparison, if one did; the report then shows it beside the
        Python lines that make it again.
    verbose : int, default=0
        1 shows a progress bar.
    **page : dict
        Passed to `InteractivePage.from_comparison`.

    Returns
    -------
    dict of str to Path
        What was written: "report", "table" (all rounds), "asked" (all rows that were asked),
        "page", and every figure by its name. A figure that cannot be drawn or would show nothing
        is left out; the report says why.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from skal.experiment import Comparison, Run
    >>> from skal.learner import History
    >>> from skal.plotting import write_report
    >>> runs = []
    >>> for repeat, end in [(0, 0.6), (1, 0.7)]:
    ...     records = [{"n_labeled": n, "test_score": score, "class_counts": {0: n}}
    ...                for n, score in [(10, 0.5), (20, end)]]
    ...     history = History(dict(record, fit_seconds=1.0) for record in records)
    ...     runs.append(Run("digits", "margin", repeat, history))
    >>> with TemporaryDirectory() as folder:
    ...     files = write_report(Comparison(runs), folder, formats=["png"])
    >>> files["page"].name
    'page.html'
    """
    from matplotlib import pyplot as plt

    check_comparison(comparison)
    verdict = comparison.verdict(score=score, target=target)  # refuses before any work
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    data_names = comparison.data_names
    X, names = by_data("X", X, data_names), by_data("target_names", target_names, data_names)
    keys = by_data("keys", keys, data_names)
    files = {"table": out / "table.csv", "page": out / "page.html", "report": out / "report.md"}
    _write_table(files["table"], comparison.to_records())
    if asked := _asked(comparison, keys):
        files["asked"] = out / "asked.csv"
        _write_table(files["asked"], asked)
    shown, left_out = [], []
    shape = page.get("image_shape")
    figures = list(_figures(comparison, X, names, score, target, shape))
    for name, kind, how in with_bar(figures, "Drawing figures", verbose):
        display = _drawn(comparison, kind, how, verdict.summary)
        if isinstance(display, str):
            left_out.append(f"{name}: {display}")
            continue
        for suffix in formats:
            files[f"{name}.{suffix}"] = display.save(out / f"{name}.{suffix}", dpi=dpi)
        shown.append(f"{name}.{formats[0]}")
        if missing := [it for it in comparison.learner_names if _is_missing(it, display)]:
            why = f"it holds {_MOST_MAPS} learners at most, those with the repeat that is shown"
            left_out.append(f"{name} of {_listed(missing)}: {why}.")
        plt.close(display.figure_)  # pyplot would keep every figure of the report open
    images = {data: rows if can_be_images(rows, shape) else None for data, rows in X.items()}
    InteractivePage.from_comparison(
        comparison,
        images,
        keys=keys,
        score=score,
        target=target,
        title=title,
        target_names=names,
        **page,
    ).save(files["page"])
    told = (verdict, shown, left_out, title, command)
    text = _text(comparison, *told, has_asked="asked" in files)
    files["report"].write_text(text, encoding="utf8")
    return files


def _asked(comparison: Comparison, keys: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A record a row that was asked for, in the order of asking."""
    found = []
    for run in comparison.runs:
        for record in run.history:
            of_row = {name: record[name] for name in _OF_ROW if name in record}
            for i, row in enumerate(np.asarray(record.get("rows", ())).tolist()):
                one = {"data": run.data, "learner": run.learner, "repeat": run.repeat}
                one |= {"round": record["round"], "row": row}
                if keys[run.data] is not None and row >= 0:
                    one["key"] = keys[run.data][row]
                found.append(one | {_OF_ROW[name]: v[i] for name, v in of_row.items()})
    return found


def _write_table(path: Path, records: Sequence[Mapping[str, Any]]) -> None:
    """Write records as CSV; what is missing or NaN stays empty, as pandas writes and reads it."""
    names = list(dict.fromkeys(name for record in records for name in record))
    with path.open("w", newline="", encoding="utf8") as stream:
        writer = csv.DictWriter(stream, names)
        writer.writeheader()
        for record in records:
            writer.writerow({name: v for name, v in record.items() if v == v})  # NaN is not itself


def _figures(
    comparison: Comparison,
    X: Mapping[str, Any],
    names: Mapping[str, Any],
    score: str,
    target: float | None,
    shape: tuple[int, ...] | None,
) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Yield file name, display and what it is made with, those of each data set first."""
    several = len(comparison.learner_names) > 1
    for data, word in _words(comparison).items():
        at: dict[str, Any] = {"data": data}
        scored = at | {"score": score}
        named = at | {"target_names": names[data]}
        yield f"curves{word}", LearningCurveDisplay, scored
        if several:
            yield f"difference{word}", DifferenceDisplay, scored
            yield f"labels_to_target{word}", LabelsToTargetDisplay, scored | {"target": target}
        yield f"classes{word}", ClassBalanceDisplay, named
        runs = runs_of(comparison, data)
        learner = next((name for name in runs if name != comparison.baseline), next(iter(runs)))
        repeat = next(iter(runs[learner]))  # not 0: that one may have failed
        of_run = {"X": X[data], "repeat": repeat}
        if can_be_images(X[data], shape):
            what = {"learner": learner, "image_shape": shape}
            yield f"asked{word}", QueriedImagesDisplay, named | of_run | what
        if X[data] is not None:
            some = [name for name, repeats in runs.items() if repeat in repeats][:_MOST_MAPS]
            yield f"map{word}", QueryMapDisplay, at | of_run | {"learners": some}
        yield f"seconds{word}", RoundTimeDisplay, at
    if len(comparison.learner_names) < _LEAST_OVERVIEWED:
        return
    if len(comparison.data_names) >= _LEAST_BEATEN:
        yield "penalties", PenaltyMatrixDisplay, {"score": score}
    if len(comparison.data_names) >= _LEAST_RANKED:
        yield "ranks", CriticalDifferenceDisplay, {"score": score}


def _drawn(
    comparison: Comparison, kind: Any, how: Mapping[str, Any], summary: Summary
) -> Display | str:
    """Draw a figure, or say why it is left out."""
    from matplotlib import pyplot as plt

    if nothing := _nothing_said(kind, how, summary):
        return nothing
    try:
        display: Display = kind.from_comparison(comparison, **how)
    except ValueError as error:  # of one figure: hours of runs are not lost for it
        return str(error)
    if nothing := _nothing_in(display):
        plt.close(display.figure_)
        return nothing
    return display


def _is_missing(learner: str, display: Display) -> bool:
    return isinstance(display, QueryMapDisplay) and learner not in display.asked


def _nothing_said(kind: Any, how: Mapping[str, Any], summary: Summary) -> str:
    """Say why labels to the target tell nothing; an empty text if they do."""
    if kind is not LabelsToTargetDisplay:
        return ""
    data, base = how["data"], summary.baseline
    if summary.relative_target and data in summary.limits.near_chance:
        return f"{base} learns next to nothing, so where it ends is no target."
    its = [it for it in summary.learners if it.data == data and it.n_runs]
    if its and all(it.saving.labels <= it.curve.n_initial for it in its):
        return "all reach the target with their first labels; give a higher target."
    return ""


def _nothing_in(display: Display) -> str:
    """Say why a figure that can be drawn shows nothing; an empty text if it shows something."""
    if isinstance(display, PenaltyMatrixDisplay) and not np.any(display.matrix):
        return "no learner beats another one at any checkpoint."
    # of the data sets, some may lack a score
    if isinstance(display, CriticalDifferenceDisplay) and display.n_data < _LEAST_RANKED:
        return f"mean ranks need {_LEAST_RANKED} data sets with scores, got {display.n_data}."
    return ""


def _words(comparison: Comparison) -> dict[str, str]:
    """Return names of data sets as ends of file names, all different; none for one without."""
    names = comparison.data_names
    if not name_of_data(comparison, None):
        return dict.fromkeys(names, "")
    found: dict[str, str] = {}
    for name in names:
        # slashes and dots of a name would lead out of the folder
        word = re.sub(r"[^\w-]+", "_", name).strip("_") or "data"
        free = (f"_{word}_{k}" if k > 1 else f"_{word}" for k in range(1, len(names) + 1))
        found[name] = next(other for other in free if other not in found.values())
    return found


def _text(
    comparison: Comparison,
    verdict: Any,
    figures: Sequence[str],
    left_out: Sequence[str],
    title: str | None,
    command: str | None,
    *,
    has_asked: bool,
) -> str:
    """The verdict, the table, the figures, and how to play it again, in Markdown."""
    lines = [f"# {title or 'Comparison'}"]
    lines += [line for line in str(verdict).splitlines() if line]  # a paragraph each
    lines.append(verdict.summary.to_markdown())
    tested = [it.data for it in verdict.summary.learners if it.difference.t_p_value >= 0]  # not NaN
    if len(tested) > len({*tested}):
        lines.append(
            "p is corrected for comparing several learners (Holm); the intervals are not, each "
            "stands by itself."
        )
    lines.append(
        "Every round of every run is in [table.csv](table.csv)"
        f"{', every row that was asked in [asked.csv](asked.csv)' if has_asked else ''}; the "
        "curves with what was asked, and why, are on the [interactive page](page.html)."
    )
    lines += [f"![{Path(name).stem.replace('_', ' ')}]({name})" for name in figures]
    lines += [f"Left out: {reason}" for reason in left_out]
    if comparison.failures:
        lines += ["## What failed", *_failed(comparison)]
    lines += ["## What was played", _played(comparison, command)]
    return "\n\n".join(lines) + "\n"


def _failed(comparison: Comparison) -> list[str]:
    """Each error once, with where it was raised and how often, and all of the first."""
    found = Counter((it.learner, it.data, it.summary) for it in comparison.failures)
    lines = [
        f"{learner} on {data}, {_count(n, 'run')}: {said}."
        for (learner, data, said), n in found.items()
    ]
    trace = comparison.failures[0].traceback.rstrip()
    return [*lines, f"```text\n{trace}\n```"] if trace else lines


def _played(comparison: Comparison, command: str | None) -> str:
    """What was played on what, with all that is needed to play it again."""
    n_repeats = len({run.repeat for run in comparison.runs})
    of_each = f"{_count(n_repeats, 'repeat')} of {_count(len(comparison.learner_names), 'learner')}"
    found = [f"Played: {of_each}."]
    how, alone = comparison.settings, not name_of_data(comparison, None)
    for name, data in comparison.data.items():
        shape = how["data"][name]["shape"] if how else None
        rows = f"{data.n_rows:,} rows" + (f" of shape {tuple(shape)}" if shape else "")
        called = "Data" if alone else f"Data {_listed([name])}"
        found.append(
            f"{called}: {rows}, {len(data.class_counts)} classes; scored on {data.n_test:,} rows."
        )
        sizes = how["sizes"][name] if how else {}
        for init, query, budget in dict.fromkeys(map(tuple, sizes.values())):
            who = [it for it, found in sizes.items() if tuple(found) == (init, query, budget)]
            where = "" if alone else f" on {_listed([name])}"
            found.append(
                f"Labels{where} of {_listed(who)}: {init:,} at first, {query:,} a query, "
                f"{budget:,} in all."
            )
    params = {
        name: {key: v for key, v in values.items() if key not in _NOT_TOLD}
        for name, values in comparison.params.items()
    }
    found += _told_of("Parameters", params)
    if not how:
        return "  \n".join(found)  # two spaces: a line ends in Markdown
    found += _told_of("Classifier", how["estimators"])
    found.append(f"Seed {how['random_state']}, {how['n_threads']} thread a run.")
    found.append(", ".join(f"{name} {number}" for name, number in how["versions"].items()) + ".")
    again = "These lines play it again and find the same numbers:"
    again += f"\n\n```python\n{comparison.to_python()}\n```"
    if command is not None:
        again = f"This command plays it again:\n\n```sh\n{command}\n```\n\n{again}"
    return "  \n".join(found) + f"\n\n{again}"


def _told_of(kind: str, values: Mapping[str, Any]) -> list[str]:
    """Parameters in one line for all learners that have them."""
    texts: dict[str, list[str]] = {}
    for name, value in values.items():
        texts.setdefault(_as_call(value).replace("`", "'"), []).append(name)
    return [f"{kind} of {_listed(names)}: `{text}`." for text, names in texts.items()]


def _listed(names: Sequence[str]) -> str:
    """Names with commas between them; in quotation marks where they hold some themselves."""
    return ", ".join(f'"{name}"' if "," in name else name for name in names)


def _count(n: int, word: str) -> str:
    return f"{n} {word}" + ("" if n == 1 else "s")


def _as_call(value: Any) -> str:
    """An object in plain values as a call; of what is no estimator its name."""
    if isinstance(value, list):
        return f"[{', '.join(map(_as_call, value))}]"
    if not isinstance(value, dict):
        return repr(value)
    told = (f"{key}={_as_call(v)}" for key, v in value.items() if key not in ("is", "digest"))
    return f"{str(value.get('is', 'dict')).rpartition('.')[2]}({', '.join(told)})"
