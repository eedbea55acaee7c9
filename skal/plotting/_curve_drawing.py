"""Curves on axes: the same look, hue and axes for one learner in every figure and panel."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from skal.plotting._lettering import PLAIN, Outline, shown, wrapped
from skal.plotting._mean_curves import Curve, Panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PolyCollection
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D

__all__ = [
    "COLOURS",
    "LETTERS_ALONG",
    "LETTERS_UP",
    "SCALES",
    "X_LABELS",
    "band_title",
    "check_log",
    "colour_of",
    "draw_curves",
    "draw_grid",
    "draw_panels",
    "label_panels",
    "label_x",
    "line_style",
    "look_of",
    "outlines",
]

# The hues of Okabe and Ito (2008), which colour-blind readers tell apart, without their yellow,
# which is too pale for a line; grey is random's alone, or the baseline's.
COLOURS = "#0072B2 #D55E00 #009E73 #CC79A7 #E69F00 #56B4E9 #000000".split()
NEUTRAL = "#737373"
_BASELINE = -1  # the look of the baseline
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")  # one more than hues: both repeat together late
_DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (5, 1.5, 1.2, 1.5)))
LETTERS_ALONG, LETTERS_UP = 44, 34  # of a line beside an axis of a new figure: along, and up
_MARKED, _DASHED = 30, 500  # most points of a line with markers, with dashes: more are a smear

_SHADE: dict[str, Any] = {"alpha": 0.18, "linewidth": 0, "zorder": 1.8}  # under every line

SCALES = ("linear", "log")
X_LABELS = {
    "n_labeled": "labels",
    "fraction": "labelled fraction of the pool (%)",
    "seconds": "time to query and fit (s)",
}
_BAND_WORDS = {
    "std": " ± std",
    "sem": " ± standard error",
    "range": ", min to max",
    "ci95": ", 95 % CI",
}


# ---------------------------------------------------------------- one ax


def look_of(names: Iterable[str], baseline: str | None, start: int = 0) -> dict[str, int]:
    """Number the looks of learners, so that one looks alike wherever random stands.

    The learner called random, or without one the baseline, is neutral; the others count from
    `start`.
    """
    known = list(names)
    neutral = "random" if "random" in known else baseline  # also where another is the baseline
    others = [name for name in known if name != neutral]
    found = {name: i for i, name in enumerate(others, start)}
    return {name: found.get(name, _BASELINE) for name in known}


def colour_of(look: int) -> str:
    """Return the hue of a look."""
    return NEUTRAL if look == _BASELINE else COLOURS[look % len(COLOURS)]


def line_style(look: int, n_points: int = 1) -> dict[str, Any]:
    """Return how a line of this look is drawn; the more points, the plainer."""
    style: dict[str, Any] = {"color": colour_of(look), "linewidth": 0.6}
    if n_points <= _DASHED:
        # shifted after each turn of the hues, so that line 7 has not the dashes of line 0
        turn = 0 if look == _BASELINE else sum(divmod(look, len(COLOURS)))
        style |= {"linewidth": 1.2, "linestyle": _DASHES[turn % len(_DASHES)]}
    style |= {"zorder": 2.1} if look == _BASELINE else {}  # what all are compared with is on top
    if n_points <= _MARKED and look == _BASELINE:  # hollow, to be known in black and white too
        style |= {"marker": "o", "markersize": 3.2, "markeredgewidth": 0.9}
        style |= {"markerfacecolor": "white"}
    elif n_points <= _MARKED:
        marker = _MARKERS[look % len(_MARKERS)]
        style |= {"marker": marker, "markersize": 3.5, "markeredgewidth": 0}
    return style


def draw_curves(
    ax: "Axes",
    curves: Mapping[str, Curve],
    x: str,
    line_kw: Mapping[str, Any],
    looks: Mapping[str, int],
) -> "tuple[dict[str, Line2D], dict[str, PolyCollection]]":
    """Draw lines with their bands, each of its look; return both by name."""
    from matplotlib.cbook import normalize_kwargs
    from matplotlib.lines import Line2D as Line

    given = normalize_kwargs(dict(line_kw), Line)  # lw and linewidth are one thing
    n_points = max((len(curve.x) for curve in curves.values()), default=0)
    lines: dict[str, Line2D] = {}
    bands: dict[str, PolyCollection] = {}
    for name, curve in curves.items():
        at = np.asarray(curve.x) * (100 if x == "fraction" else 1)
        style = {**line_style(looks[name], n_points), "label": shown(name), **given}
        (lines[name],) = ax.plot(at, curve.mean, **style)
        if curve.low is not None and curve.high is not None:
            shade = _SHADE | {"alpha": min(_SHADE["alpha"], 1 / len(curves))}  # many hide the lines
            bands[name] = ax.fill_between(at, curve.low, curve.high, **shade)
            bands[name].set_facecolor(lines[name].get_color())
    return lines, bands


def draw_grid(ax: "Axes") -> None:
    """Lay a light grid below the lines."""
    ax.set_axisbelow(True)
    ax.grid(visible=True, color="0.9", linewidth=0.5)


def label_x(ax: "Axes", curves: Iterable[Curve], x: str, xscale: str = "linear") -> None:
    """Scale the horizontal axis and name it with its unit."""
    from matplotlib import ticker

    at = [curve.x for curve in curves]
    ax.set_xscale(xscale)
    if xscale == "log" and at:
        every = np.concatenate(at)
        ratio = every.max() / every.min()
        # the less of the axis there is, the more multiples of a power of ten are written
        steps = (1, 1.5, 2, 3, 5, 7) if ratio < 10 else (1, 2, 5) if ratio < 1000 else (1,)
        ax.xaxis.set_major_locator(ticker.LogLocator(subs=steps))
        ax.xaxis.set_minor_formatter(ticker.NullFormatter())
    elif x == "n_labeled":
        whole = ticker.MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10])
        ax.xaxis.set_major_locator(whole)
    number = "{x:,.0f}" if x == "n_labeled" else "{x:,.12g}"
    ax.xaxis.set_major_formatter(ticker.StrMethodFormatter(number))
    ax.set_xlabel(X_LABELS[x])


def check_log(curves: Iterable[Curve], xscale: str) -> None:
    """Raise if a curve cannot stand on a logarithmic axis."""
    if xscale == "log" and any(np.min(curve.x) <= 0 for curve in curves):
        raise ValueError(
            "xscale must be 'linear' for a curve with a point at 0, got 'log'; a logarithm "
            "needs points above 0."
        )


def band_title(repeats: Iterable[int], band: str | None) -> str | None:
    """Say what the bands are: a band without its definition means nothing."""
    counts = sorted(set(repeats))
    if not counts or band is None:
        return None
    runs = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]}–{counts[-1]}"
    return f"mean{_BAND_WORDS[band]} of {runs} runs"


def outlines(
    lines: "Mapping[str, Line2D]", curves: Mapping[str, Curve], levels: "Iterable[Line2D]" = ()
) -> list[Outline]:
    """Return the lines and the limits of the bands, which a legend must not cover."""
    found = [(line.get_transform(), np.asarray(line.get_xydata())) for line in levels]
    for name, line in lines.items():
        curve = curves[name]
        for y in (curve.mean, curve.low, curve.high):
            if y is not None:
                found.append((line.get_transform(), np.column_stack([line.get_xdata(), y])))
    return found


# ---------------------------------------------------------------- panels


def draw_panels(axes: Any, panels: Panels, x: str, baseline: str | None) -> "dict[str, Line2D]":
    """Draw the lines of a panel in each ax; return one line a learner, for the legend."""
    from matplotlib import ticker

    looks = look_of(dict.fromkeys(name for curves in panels.values() for name in curves), baseline)
    found: dict[str, Line2D] = {}
    for ax, curves in zip(axes, panels.values(), strict=True):
        lines, _ = draw_curves(ax, curves, x, {"markersize": 2.5, "linewidth": 0.9}, looks)
        label_x(ax, curves.values(), x)
        ax.set_xlabel("")  # label_panels writes it once, below all
        if ax.get_gridspec().ncols > 1:
            few = ticker.MaxNLocator(3, integer=x == "n_labeled", steps=[1, 2, 5, 10])
            ax.xaxis.set_major_locator(few)
            if ax.get_xlim()[1] > 5000:  # shorter, or neighbours would touch
                ax.xaxis.set_major_formatter(lambda at, _: f"{at / 1000:g}k" if at else "0")
        draw_grid(ax)
        found |= lines
    return found


def label_panels(
    room: "Figure | SubFigure", axes: Any, titles: Sequence[str], x_label: str, y_label: str
) -> None:
    """Write a title above each panel, and the labels of both axes once."""
    n_columns = axes[0].get_gridspec().ncols
    letters = 48 // n_columns  # of a line in a paper column
    for ax, title in zip(axes, titles, strict=True):
        text = wrapped(title, letters, most_lines=2)
        ax.set_title(text, loc="left", fontsize="small", pad=3, **PLAIN)
    for ax in axes[-n_columns:]:  # none below it
        ax.tick_params(labelbottom=True)
    room.supxlabel(x_label, fontsize="medium")
    beside = room.supylabel(y_label, fontsize="medium")
    figure: Any = room.get_figure(root=True)
    figure.draw_without_rendering()  # lays the panels out, beside whose middle the label stands
    boxes = [ax.get_position() for ax in axes]
    beside.set_y((min(box.y0 for box in boxes) + max(box.y1 for box in boxes)) / 2)
