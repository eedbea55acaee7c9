"""Names, labels and legends that fit: they are data, and may hold anything."""

import re
from collections.abc import Iterable, Mapping, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.legend import Legend
    from matplotlib.transforms import Bbox, Transform

__all__ = [
    "PLAIN",
    "Outline",
    "TargetNames",
    "draw_figure_legend",
    "draw_legend",
    "draw_legend_above",
    "label_name",
    "mend_math",
    "name_list",
    "on_data",
    "short",
    "shown",
    "wrapped",
]

TargetNames: TypeAlias = Sequence[str] | Mapping[Any, str] | None
Outline: TypeAlias = "tuple[Transform, NDArray[np.float64]]"  # of a line: points (n_points, 2)

# Labels are never mathtext: "$5-$9" is a price.
PLAIN: dict[str, Any] = {"parse_math": False, "usetex": False}

_LETTERS = 44  # of a line: what a paper column holds beside the handle
_GAP = "\v"  # where a line may end and no space is; names hold none once they were split
_MOST_INSIDE = 5  # entries; a longer legend would fill the axes


# ---------------------------------------------------------------- names


def shown(name: str) -> str:
    """Return a name as a label: matplotlib hides those that begin with an underscore."""
    return f" {name}" if name.startswith("_") else name


def short(name: str, longest: int) -> str:
    """Cut a name to what fits, on one line."""
    flat = " ".join(name.split())
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"


def name_list(names: Iterable[str], most: int = 4, longest: int = 24) -> str:
    """Return names on one line, for a terminal: the first few, and how many there are besides."""
    cut = [short(name, longest) for name in names]
    more = [f"{len(cut) - most} more"] if len(cut) > most else []
    return ", ".join(cut[:most] + more)


def wrapped(name: str, letters: int, most_lines: int | None = None) -> str:
    """Break a name into lines that fit, at spaces, "_", "=" or "(" at best; the last may be cut."""
    text = re.sub(r"(_|=|\((?!\)))", rf"\1{_GAP}", " ".join(name.split()))
    broken = wrap(text, letters, break_on_hyphens=False, replace_whitespace=False)
    lines = [line.replace(_GAP, "") for line in broken] or [" "]
    if most_lines is not None and len(lines) > most_lines:
        rest = " ".join(broken[most_lines - 1 :]).replace(_GAP, "")
        cut = rest[: letters - 1].rstrip() + "…"
        lines = [*lines[: most_lines - 1], cut]
    return "\n".join(lines)


def on_data(words: str, data_name: str, letters: int, link: str = "on") -> str:
    """Add the name of a data set to a label, on up to three lines if one is too short for it."""
    if not data_name:
        return words
    name = data_name.replace("$", r"\$")  # a name is no mathtext, the words may be
    label = f"{words} {link} {name}" if words else name
    return label if len(label) <= letters else wrapped(label, letters, most_lines=3)


def mend_math(texts: Iterable[Any]) -> None:
    """Show names of learners that are no valid mathtext as they are, where drawing would fail."""
    from matplotlib.mathtext import MathTextParser

    parse = MathTextParser("path").parse
    for text in texts:
        try:
            for line in text.get_text().split("\n"):
                if line.count("$") > 1:  # matplotlib writes a single one as it is
                    parse(line)
        except ValueError:
            text.set_parse_math(False)


def label_name(label: Any, target_names: TargetNames) -> str:
    """Return what to write for a label."""
    label = label.item() if isinstance(label, np.generic) else label
    if target_names is None:
        return str(label)
    # As a dict, so that label -1 does not name the last class.
    names = target_names if isinstance(target_names, Mapping) else dict(enumerate(target_names))
    if label not in names:
        raise ValueError(
            f"target_names must name every label, got {len(names)} names and none for {label!r}; "
            "give a list in the order of labels 0, 1, ..., or a dict from label to name."
        )
    return str(names[label])


# ---------------------------------------------------------------- legends


def draw_legend(
    ax: "Axes", outlines: Sequence[Outline], *, title: str | None, own: bool
) -> "Legend":
    """Draw the legend where no outline runs; an own figure grows by a legend above the axes."""
    handles, names = ax.get_legend_handles_labels()
    labels = [shown(wrapped(name, _LETTERS)) for name in names]
    size = None if own else "small"  # None: what rcParams say
    style: dict[str, Any] = {"handles": handles, "labels": labels, "fontsize": size}
    style |= {"title": title, "title_fontsize": size, "alignment": "left"}
    style |= {"borderaxespad": 0.4, "columnspacing": 1.4}
    figure: Any = ax.get_figure(root=True)
    figure.draw_without_rendering()  # lays the axes out, so that boxes can be compared
    # matplotlib's own "best" is slow with many points and says nothing when no place is free.
    legend = ax.legend(loc="lower right", framealpha=0.9, edgecolor="none", **style)
    mend_math(legend.get_texts())
    box = legend.get_window_extent()
    if len(handles) > _MOST_INSIDE or any(_crosses(t.transform(xy), box) for t, xy in outlines):
        legend = _draw_above(ax, style, own, ax.get_window_extent().width)
    for handle in legend.get_lines():  # those of long histories are too thin to show a hue
        handle.set_linewidth(max(1.2, handle.get_linewidth()))
    return legend


def draw_legend_above(ax: "Axes", handles: Mapping[str, Any], *, own: bool) -> "Legend":
    """Draw a legend of these handles above the axes; an own figure grows by it."""
    style: dict[str, Any] = {"handles": list(handles.values()), "labels": list(handles)}
    style |= {"fontsize": None if own else "small", "alignment": "left", "columnspacing": 1.4}
    figure: Any = ax.get_figure(root=True)
    figure.draw_without_rendering()  # lays the axes out, so that their width is known
    box = ax.get_window_extent()
    beside: Any = ax.get_tightbbox()  # with what is written to the right of the axes
    return _draw_above(ax, style, own, max(box.width, beside.x1 - box.x0))


def draw_figure_legend(
    room: "Figure | SubFigure", handles: Mapping[str, Any], *, own: bool
) -> "Legend":
    """Draw a legend above all panels, in as many columns as fit; an own figure grows by it."""
    style: dict[str, Any] = {"handles": list(handles.values()), "frameon": False}
    style |= {"labels": [shown(wrapped(name, _LETTERS)) for name in handles]}
    style |= {"loc": "outside upper left", "alignment": "left", "columnspacing": 1.4}
    for n_columns in range(min(4, len(handles)), 0, -1):
        legend = room.legend(ncols=n_columns, **style)
        mend_math(legend.get_texts())
        if legend.get_window_extent().width <= room.bbox.width or n_columns == 1:
            break
        legend.remove()  # a figure, unlike axes, keeps every legend
    if own:
        _grow(legend)
    return legend


def _draw_above(ax: "Axes", style: Mapping[str, Any], own: bool, width: float) -> "Legend":
    """Draw the legend above the axes, in as many columns as fit; an own figure grows by it."""
    place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0, 1.02), "frameon": False}
    for n_columns in range(min(4, len(style["handles"])), 0, -1):
        legend = ax.legend(ncols=n_columns, **place, **style)
        mend_math(legend.get_texts())
        if legend.get_window_extent().width <= width:
            break
    if own:
        _grow(legend)
    return legend


def _grow(legend: "Legend") -> None:
    """Make the figure higher by the legend, so that the axes keep their size."""
    figure: Any = legend.get_figure(root=True)
    figure.set_figheight(figure.get_figheight() + legend.get_window_extent().height / figure.dpi)


def _crosses(points: NDArray[np.float64], box: "Bbox") -> bool:
    """Tell whether a line (n_points, 2) with growing x enters a box, both in pixels."""
    x, y = points.T
    inside = x[(x >= box.x0) & (x <= box.x1)]
    at = np.concatenate([np.linspace(box.x0, box.x1, 64), inside])  # between points and at them
    height = np.interp(at, x, y, left=np.nan, right=np.nan)
    return bool(((height >= box.y0) & (height <= box.y1)).any())
