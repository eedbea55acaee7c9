"""How numbers are said in tables, and the names of scores and data sets everywhere."""

from html import escape
from math import isinf, isnan

NONE = "–"  # nothing to say
MOST_LINES = 10  # of what a terminal shows unasked
UNNAMED = "data"  # the name of a data set that was given none
_WORDS = {"f1": "F1", "roc": "ROC", "auc": "AUC", "neg": "negative"}


def score_words(score: str, *, test: bool = True) -> str:
    """Write the key of a score in words.

    Parameters
    ----------
    score : str
        Such as "test_f1_macro".
    test : bool, default=True
        Keep the word "test"; False leaves it out where others follow.

    Returns
    -------
    str

    Examples
    --------
    >>> from skal.experiment import score_words
    >>> score_words("test_f1_macro"), score_words("test_f1_macro", test=False)
    ('test F1 macro', 'F1 macro')
    """
    if not test and score != "test_score":
        score = score.removeprefix("test_")
    return " ".join(_WORDS.get(word, word) for word in score.split("_"))


def data_words(data: str) -> str:
    """Name a data set in a sentence."""
    return "your data" if data == UNNAMED else data


def upper_first(words: str) -> str:
    """Begin a sentence with what is no name."""
    return words[0].upper() + words[1:] if words == data_words(UNNAMED) else words


def score(value: float) -> str:
    """Two decimals, or three where the third is not 0."""
    if isnan(value):
        return NONE
    text = f"{value:.3f}"
    return text[:-1] if text.endswith("0") else text


def labels(count: float) -> str:
    """Whole labels with commas."""
    if isnan(count):
        return NONE
    return "never" if isinf(count) else f"{count:,.0f}"


def label_range(low: float, high: float) -> str:
    """Return "20–100", or one number."""
    return labels(low) if low == high else f"{labels(low)}–{labels(high)}"


def difference(value: float, low: float, high: float, points: bool) -> str:
    """Return "+3.1 points [2.5, 3.7]", or plain numbers for scores that are no shares."""
    if isnan(value):
        return NONE
    narrow = high - low < 0.005
    unit = " points" if points else ""
    return f"{_amount(value, points, narrow, '+')}{unit}{span(low, high, points)}"


def span(low: float, high: float, points: bool) -> str:
    """Return an interval " [2.5, 3.7]"; nothing where there is none."""
    if isnan(low):
        return ""
    narrow = high - low < 0.005
    return f" [{_amount(low, points, narrow)}, {_amount(high, points, narrow)}]"


def _amount(value: float, points: bool, narrow: bool, sign: str = "-") -> str:
    """One decimal of points, two in narrow intervals; three digits of other scores."""
    if not points:
        return f"{value:{sign}.3g}"
    digits = 2 if narrow else 1
    return f"{round(100 * value, digits) + 0.0:{sign}.{digits}f}"  # + 0.0: never "-0.0"


# ---------------------------------------------------------------- cells of the table


def saving_cell(value: float, low: float, high: float, bound: str, **_: float) -> str:
    """Return "58 % [49, 66]" with the bounds marked."""
    if isnan(value):
        return NONE
    mark = {"at least": "≥ ", "at most": "≤ "}.get(bound, "")
    if isnan(low):
        return f"{mark}{100 * value:.0f} %"
    ends = "…" if isinf(low) else f"{100 * low:.0f}", "…" if high >= 1 else f"{100 * high:.0f}"
    return f"{mark}{100 * value:.0f} % [{', '.join(ends)}]"


def p_cell(p: float) -> str:
    """Return a p-value."""
    if isnan(p):
        return NONE
    if p < 0.0001:
        return "< 0.0001"
    # enough digits to tell its side of the level
    return f"{p:.3g}" if 0.01 <= p < 0.1 else f"{p:.2g}" if p >= 0.1 else f"{p:.1g}"


def markdown(rows: list[list[str]]) -> str:
    """Return a Markdown table; the first row holds the headings."""
    safe = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    lines = ["| " + " | ".join(row) + " |" for row in safe]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def plain_table(rows: list[list[str]]) -> str:
    """Return columns padded with blanks; the first row holds the headings."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    padded = [[cell.ljust(width) for cell, width in zip(row, widths)] for row in rows]
    return "\n".join("  ".join(row).rstrip() for row in padded)


def html_table(rows: list[list[str]]) -> str:
    """Return a table in HTML, without colours of its own; the first row holds the headings."""
    lines = [
        "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row)
        for tag, row in zip(["th", *["td"] * (len(rows) - 1)], rows, strict=True)
    ]
    return "<table>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


def html_paragraphs(text: str) -> str:
    """Return paragraphs in HTML, the first in bold."""
    parts = [escape(part).replace("\n", "<br>") for part in text.split("\n\n")]
    parts[0] = f"<strong>{parts[0]}</strong>"
    return "".join(f"<p>{part}</p>" for part in parts)


def first_lines(text: str) -> str:
    """Return a text that a terminal shows unasked: ten lines at most."""
    lines = text.splitlines()
    if len(lines) <= MOST_LINES:
        return text
    head = lines[: MOST_LINES - 1]
    return "\n".join([*head, f"... ({len(lines) - len(head)} more lines: print it)"])
