"""What every figure shares: matplotlib when it is needed, the look of a new figure, saving."""

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["COLUMN", "NEW_FIGURE", "save_figure"]

COLUMN = 3.5  # inches: one column of a two-column paper

# Only figures that skal opens get this look; a given ax or figure keeps its owner's.
NEW_FIGURE: dict[Any, Any] = {
    "font.size": 8,
    "axes.labelsize": 8,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.fontsize": 7,
    "legend.title_fontsize": 7,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "figure.dpi": 150,
}

# Type 42 keeps the text of a PDF editable, and publishers refuse Type 3; paths make an SVG look
# alike everywhere.
_EMBEDDED: dict[Any, Any] = {"pdf.fonttype": 42, "svg.fonttype": "path", "svg.hashsalt": "skal"}

# No date inside: the same figure saved twice is the same file.
_METADATA: dict[str, dict[str, Any]] = {
    ".pdf": {"CreationDate": None},
    ".svg": {"Date": None},
    ".png": {},
}


def save_figure(figure: "Figure | None", path: str | PathLike[str], dpi: float) -> Path:
    """Write a drawn figure to the format that the suffix names; return the path."""
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in _METADATA:
        raise ValueError(
            f"{target.name!r} came as the file to save; "
            f"its suffix must be one of {', '.join(_METADATA)}."
        )
    if figure is None:
        raise ValueError("save came before the figure was drawn; call plot() first.")
    from matplotlib import rc_context

    tight: dict[str, Any] = {"bbox_inches": "tight", "pad_inches": 0.02}
    with rc_context(_EMBEDDED):
        figure.savefig(target, dpi=dpi, metadata=_METADATA[suffix], **tight)
    return target
