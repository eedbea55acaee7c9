"""What happened in each round, and a bar that shows it."""

from html import escape
from numbers import Integral, Real
from typing import Any

import numpy as np

from skal._optional import require
from skal._progress import tqdm

__all__ = ["HISTORY_ARRAYS", "History", "Progress"]

# what is more than one number a round
HISTORY_ARRAYS = (
    "rows",
    "utility",
    "class_counts",
    "predicted",
    "confidence",
    "runner_up",
    "runner_up_confidence",
    "chance",
    "labels",
)


N_SHOWN, HEAD = 8, 3  # lines of a history as it is printed, and those before the gap
WIDTH = 80


class History(list[dict[str, Any]]):
    """Records of a learner, one dict a round.

    ``history[-1]`` is the last record, ``history[2:5]`` a History, and ``history["n_labeled"]``
    one value from every round, NaN where a round has none.

    Every record has: ``round``; ``n_labeled``, all labels so far; ``fraction`` of the pool that
    is labelled (NaN where the pool is not known); ``rows`` of X that were labelled in this round,
    in the order asked (-1: not known), and their ``utility`` (NaN: none); ``class_counts`` of
    what was labelled in this round; ``n_trained`` rows that the training mode chose;
    ``query_seconds``, ``fit_seconds``, ``score_seconds``; and, if a test set was given,
    ``test_score`` or ``test_<name>`` for each of several scorers, and the rows scored, ``n_test``.

    They also tell of each of these rows: its ``chance`` to be drawn among all that were still
    left (NaN: not drawn at random, or asked by nobody); and, from round 1 on, the label
    ``predicted`` by the classifier before it was taught the row, with its probability
    ``confidence`` (NaN: the classifier has none), and the second likeliest label ``runner_up`` with
    ``runner_up_confidence`` (where there are probabilities and two classes). With pseudo-labels,
    ``n_pseudo`` of them were trained on besides, and ``pseudo_accuracy`` is the share of them
    that is right (NaN: there are none).

    Parameters
    ----------
    iterable : iterable of dict, default=()
        Records, the oldest first.

    Examples
    --------
    >>> from skal.learner import History
    >>> history = History([{"round": 0, "n_labeled": 10}, {"round": 1, "n_labeled": 15}])
    >>> history["n_labeled"]
    array([10, 15])
    >>> history
    History of 2 rounds, 10 to 15 labels
    round  n_labeled
        0         10
        1         15
    """

    def __repr__(self) -> str:
        shown = self._shown(WIDTH)
        widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
        lines = [
            "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
            for line in shown
        ]
        return "\n".join([self._title(), *lines])

    def _repr_html_(self) -> str:
        head, *lines = [
            "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in line)
            for tag, line in zip(["th", *["td"] * len(self)], self._shown(2 * WIDTH))
        ] or [""]
        body = "".join(f"<tr>{line}</tr>" for line in lines)
        return (
            f"<table><caption>{escape(self._title())}</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )

    def _title(self) -> str:
        name = f"History of {len(self)} round{'s' * (len(self) != 1)}"
        counts = [record["n_labeled"] for record in self if "n_labeled" in record]
        return f"{name}, {counts[0]} to {counts[-1]} labels" if counts else name

    def _shown(self, width: int) -> list[list[str]]:
        """Write a head and at most eight lines: rounds, labels, scores, as wide as asked."""
        columns, used = [], 0
        for name in ("round", "n_labeled", *self.score_names, "n_test", "n_pseudo", "fit_seconds"):
            values = [record.get(name) for record in self]
            if name == "n_test" and len({n for n in values if n is not None}) < 2:
                continue
            if len(values) > N_SHOWN:
                values[HEAD : HEAD - N_SHOWN + 1] = ["..."]
            column = [name, *map(_as_text, values)]
            used += 2 + max(map(len, column))
            if any(name in record for record in self) and used <= width:
                columns.append(column)
        return [list(line) for line in zip(*columns, strict=True)]

    def __getitem__(self, key: Any) -> Any:
        if not isinstance(key, str):
            found = super().__getitem__(key)
            return History(found) if isinstance(key, slice) else found
        names = list(dict.fromkeys(name for record in self for name in record))
        if key not in names:
            raise KeyError(f"no round has {key!r}; there are {names}.")
        values = [record.get(key, np.nan) for record in self]
        if key not in HISTORY_ARRAYS:
            return np.array(values)
        column = np.empty(len(values), dtype=object)  # np.array would stack rounds of one length
        column[:] = values
        return column

    @property
    def score_names(self) -> list[str]:
        """Names of the scores, such as ``["test_accuracy"]``."""
        names = dict.fromkeys(name for record in self for name in record)
        return [name for name in names if name.startswith("test_")]

    def to_records(self) -> list[dict[str, Any]]:
        """Make a tidy table in plain Python, one dict a round.

        Returns
        -------
        list of dict
            Without the arrays that tell of single rows; class counts are columns ``n_<label>``,
            ``mean_utility`` stands for ``utility``.
        """
        labels = sorted({label for r in self for label in r.get("class_counts", {})}, key=str)
        lines = []
        for record in self:
            line = {name: value for name, value in record.items() if name not in HISTORY_ARRAYS}
            utility = np.asarray(record.get("utility", ()), dtype=float)
            known = utility[~np.isnan(utility)]
            line["mean_utility"] = known.mean() if len(known) else np.nan
            counts = record.get("class_counts", {})
            lines.append(line | {f"n_{label}": counts.get(label, 0) for label in labels})
        return lines

    def to_frame(self) -> Any:
        """Make a tidy table, one line a round; class counts become columns ``n_<label>``.

        Returns
        -------
        pandas.DataFrame
            What `to_records` gives.
        """
        pandas = require("pandas", extra="pandas", purpose="History.to_frame")
        return pandas.DataFrame(self.to_records())


def _as_text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, Real) and not isinstance(value, Integral):
        return f"{float(value):.3f}"
    return str(value)


class Progress:
    """Bar that fills with labels; silent unless `verbose`.

    Parameters
    ----------
    total : int
        Labels in the budget.
    verbose : int
    """

    def __init__(self, total: int, verbose: int):
        self.bar = tqdm(total=total, unit="label", disable=not verbose, dynamic_ncols=True)

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *exc: Any) -> None:
        self.bar.close()

    def show(self, record: dict[str, Any]) -> None:
        """Move on to the state after a round."""
        if self.bar.disable:
            return
        if not self.bar.initial:  # the initial set came without a query: no measure of speed
            self.bar.initial = self.bar.n = record["n_labeled"]
        self.bar.set_description(f"round {record['round']}", refresh=False)
        scores = {k: f"{v:.3f}" for k, v in record.items() if k.startswith("test_")}
        self.bar.set_postfix(scores, refresh=False)
        self.bar.update(record["n_labeled"] - self.bar.n)
        self.bar.refresh()
