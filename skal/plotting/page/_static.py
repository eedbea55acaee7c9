"""What is shown where scripts are off: a picture of the curves and a table."""

import base64
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skal.plotting._curve_drawing import colour_of
from skal.plotting.page._content import Content

__all__ = ["static_picture", "static_table"]

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _LEGEND = 640, 320, 56, 44, 18
_MOST_POINTS = 200  # of a line: more are not seen


class _Line(NamedTuple):
    name: str
    colour: str
    n_runs: int  # with a score
    x: NDArray[Any]
    y: NDArray[Any]


def static_picture(content: Content, k: int) -> str:
    """Return an image element with the curves of the k-th data set; nothing if it has none."""
    lines, head = [line for line in _lines(content, k) if line.n_runs], content.head
    if not lines:
        return ""
    score = head["scores"][head["score"]]["name"]
    x = np.concatenate([line.x for line in lines])
    y = np.concatenate([line.y for line in lines])
    at_x = _scale(x.min(), x.max(), _LEFT, _WIDTH - 12)
    at_y = _scale(y.min(), y.max(), _HEIGHT - _BOTTOM, 12)
    drawn = _drawn_ticks(x, y, at_x, at_y) + _drawn_lines(lines, at_x, at_y)
    height = _HEIGHT + 16 + len(lines) * _LEGEND
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" font-family="sans-serif" font-size="12" fill="#333">'
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>{drawn}'
        f'<text x="{(_LEFT + _WIDTH) / 2}" y="{_HEIGHT - 8}" text-anchor="middle">labels</text>'
        f'<text transform="translate(14 {(_HEIGHT - _BOTTOM) / 2}) rotate(-90)" '
        f'text-anchor="middle">{escape(_clean(score))}</text></svg>'
    )
    # As an image, so that nothing in it can run, and notebooks that clean their output keep it.
    encoded = base64.b64encode(picture.encode("utf8")).decode("ascii")
    about = escape(f"{score} against labels: {', '.join(line.name for line in lines)}", quote=True)
    return f'<img alt="{about}" src="data:image/svg+xml;base64,{encoded}">'


def _drawn_ticks(x: NDArray[Any], y: NDArray[Any], at_x: Any, at_y: Any) -> str:
    """Return the numbers at both axes, and a line across at each of the scores."""
    drawn = [
        f'<path d="M{_LEFT} {at_y(value):.1f}H{_WIDTH - 12}" stroke="#ddd"/>'
        f'<text x="{_LEFT - 6}" y="{at_y(value) + 4:.1f}" text-anchor="end">{value:.4g}</text>'
        for value in _ticks(y.min(), y.max())
    ]
    drawn += [
        f'<text x="{at_x(value):.1f}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">'
        f"{value:,.0f}</text>"
        for value in _ticks(x.min(), x.max())
    ]
    return "".join(drawn)


def _drawn_lines(lines: Sequence[_Line], at_x: Any, at_y: Any) -> str:
    """Return the curves, and the legend below them."""
    drawn = []
    for i, line in enumerate(lines):
        n = len(line.x)
        keep = np.unique(np.linspace(0, n - 1, min(n, _MOST_POINTS)).round().astype(np.intp))
        points = " ".join(
            f"{at_x(a):.1f},{at_y(b):.1f}" for a, b in zip(line.x[keep], line.y[keep], strict=True)
        )
        top = _HEIGHT + 14 + i * _LEGEND
        drawn.append(
            f'<polyline points="{points}" fill="none" stroke="{line.colour}" stroke-width="1.6"/>'
            f'<path d="M{_LEFT} {top - 4}h18" stroke="{line.colour}" stroke-width="3"/>'
            f'<text x="{_LEFT + 26}" y="{top}">{escape(_clean(line.name))}</text>'
        )
    return "".join(drawn)


def static_table(content: Content, k: int) -> str:
    """Return a table element: where each learner of the k-th data set begins and ends."""
    score = escape(content.head["scores"][content.head["score"]]["name"])
    rows = []
    for line in _lines(content, k):
        cells = ["–"] * 3
        if line.n_runs:
            cells = [f"{line.x[-1]:,.0f}", f"{line.y[0]:.4g}", f"{line.y[-1]:.4g}"]
        row = "".join(f"<td>{cell}</td>" for cell in [escape(line.name), line.n_runs, *cells])
        rows.append(f"<tr>{row}</tr>")
    return (
        f"<table><tr><th>learner</th><th>runs</th><th>labels</th><th>first {score}</th>"
        f"<th>last {score}</th></tr>{''.join(rows)}</table>"
    )


def _lines(content: Content, k: int) -> list[_Line]:
    """Return a line a learner: its mean, or its only run with a score."""
    head, curves, score = content.head["data"][k], content.curves[k], content.head["score"]
    lines = []
    for i, name in enumerate(head["learners"]):
        own = [curve for curve, run in zip(curves["runs"], head["runs"]) if run["learner"] == i]
        scored = [curve for curve in own if not np.isnan(curve["scores"][score]).all()]
        mean = curves["means"][i][score]
        if mean is None:
            run = (scored or own)[0]
            x, y = run["x"], run["scores"][score]
        else:
            x, y = mean["x"], mean["mean"]
        known = ~np.isnan(y)
        lines.append(_Line(name, colour_of(head["looks"][i]), len(scored), x[known], y[known]))
    return lines


def _clean(text: str) -> str:
    """Return text without the characters that XML forbids, such as a null."""
    return "".join(letter for letter in text if letter.isprintable())


def _scale(low: float, high: float, first: float, last: float) -> Any:
    """Return a function from numbers to positions."""
    span = high - low if high > low else 1.0
    return lambda value: first + (value - low) / span * (last - first)


def _ticks(low: float, high: float) -> Iterable[float]:
    """Return round numbers within the limits."""
    span = high - low if high > low else abs(low) or 1.0
    power = 10.0 ** np.floor(np.log10(span / 4))
    step = power * min((1, 2, 5, 10), key=lambda m: abs(span / (m * power) - 5))
    # 1e-9: the quotient may fall short of a whole number, and its tick would be lost
    return (np.arange(np.ceil(low / step), np.floor(high / step + 1e-9) + 1) * step).tolist()
