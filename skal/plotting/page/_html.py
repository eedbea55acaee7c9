"""One HTML file of a page's content, that may reach no network."""

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Iterable
from html import escape
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skal.plotting.page._content import Content
from skal.plotting.page._static import static_picture, static_table

__all__ = ["Packer", "render", "render_inline", "to_json"]

_SCRIPTS = ("uPlot.iife.min.js",)
_PARTS = (
    "data.js",
    "look.js",
    "axis.js",
    "chart.js",
    "marks.js",
    "tiles.js",
    "cards.js",
    "asked.js",
    "balance.js",
    "csv.js",
    "overview.js",
    "main.js",
)
_STYLES = ("uPlot.min.css", "page.css")

_INTEGERS = ("u1", "i1", "u2", "i2", "i4")  # narrowest first; JavaScript has no 64-bit numbers


# ---------------------------------------------------------------- the file


def render(content: Content) -> str:
    """Return the whole file."""
    curves, details = Packer(), Packer()
    tree = {
        "head": content.head,
        "curves": curves.pack(content.curves),
        "details": details.pack(content.details),
    }
    scripts = [_asset(name) for name in _SCRIPTS]
    # One function around all parts: they see each other, and nothing else sees them.
    parts = "\n".join(_asset(name) for name in _PARTS)
    scripts.append(f'(function () {{\n"use strict";\n{parts}\n}})();')
    style = "\n".join(_asset(name) for name in _STYLES)
    values = {
        "policy": _policy(scripts, style),
        "title": escape(content.head["title"]),
        "verdict": _verdict(content),
        "style": style,
        "static": _static(content),
        "data": "\n".join(
            [
                _block("content", "application/json", to_json(tree)),
                _block("curves", "text/plain", curves.text()),
                _block("details", "text/plain", details.text()),
                # an element a sheet: the page decodes it when a card needs it
                *(
                    _block(f"sheet-{k}-{i}", "text/plain", sheet)
                    for k, sheets in enumerate(content.sheets)
                    for i, sheet in enumerate(sheets)
                ),
            ]
        ),
        "scripts": "\n".join(f"<script>{script}</script>" for script in scripts),
        # it stands in a comment, which two dashes would end
        "licence": escape(_asset("uPlot.LICENSE").strip()).replace("--", "- -"),
    }
    # In one pass, so that no text of a user's is taken for a place to fill.
    return re.sub(r"\{\{(\w+)\}\}", lambda found: values[found[1]], _asset("page.html"))


def render_inline(content: Content, height: int) -> str:
    """Return the page in a frame of its own, and a picture for readers that drop frames."""
    page = escape(render(content), quote=True)
    pictures = "".join(
        f"{_headed('p', one['name'])}{static_picture(content, k)}{static_table(content, k)}"
        for k, one in enumerate(content.head["data"])
    )
    # The sandbox lacks allow-same-origin: no script of the page reaches the notebook.
    # A reader that drops the frame or the style shows the picture.
    return (
        "<style>iframe.skal-page + div.skal-static { display: none; }</style>"
        '<iframe class="skal-page" sandbox="allow-scripts allow-downloads" width="100%" '
        f'height="{height}" frameborder="0" title="{escape(content.head["title"], quote=True)}" '
        f'srcdoc="{page}"></iframe><div class="skal-static">{pictures}</div>'
    )


def _asset(name: str) -> str:
    return (files(__package__) / "assets" / name).read_text(encoding="utf8")


def _block(name: str, kind: str, text: str) -> str:
    return f'<script type="{kind}" id="skal-{name}">{text}</script>'


def _static(content: Content) -> str:
    """Return what stands in the page where scripts are off."""
    return "".join(
        f"{_headed('h2', one['name'])}{static_picture(content, k)}{static_table(content, k)}"
        for k, one in enumerate(content.head["data"])
    )


def _verdict(content: Content) -> str:
    """Return what was found: its headline, and all else to be unfolded where it is long."""
    if not content.head["verdict"]:
        return ""
    headline, *sentences = (escape(text) for text in content.head["verdict"])
    rest = "".join(f"<p>{text}</p>" for text in sentences)
    more = f"<details><summary>In detail</summary>{rest}</details>" if rest else ""
    return f'<section id="verdict" aria-label="Verdict"><p>{headline}</p>{more}</section>'


def _headed(tag: str, name: str) -> str:
    """Return an element with the name of a data set; nothing without a name."""
    return f"<{tag}>{escape(name)}</{tag}>" if name else ""


def _policy(scripts: Iterable[str], style: str) -> str:
    """Return the content security policy: these scripts, this style, images inside the file."""
    # by hash: what a label or a title brings along does not run
    allowed = " ".join(_hash(script) for script in scripts)
    return (
        f"default-src 'none'; script-src {allowed}; style-src {_hash(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


# ---------------------------------------------------------------- its data


class Packer:
    """Collects arrays; :meth:`pack` gives what stands for them in JSON."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def pack(self, tree: Any) -> Any:
        """Return dicts and lists with every array replaced by its place in the block."""
        if isinstance(tree, dict):
            return {name: self.pack(value) for name, value in tree.items()}
        if isinstance(tree, list | tuple):
            return [self.pack(value) for value in tree]
        return self._add(tree) if isinstance(tree, np.ndarray) else tree

    def text(self) -> str:
        """Return the block, deflated, in base64."""
        return base64.b64encode(zlib.compress(b"".join(self._parts), 9)).decode("ascii")

    def _add(self, values: NDArray[Any]) -> dict[str, Any]:
        flat, delta = values.ravel(), 0
        if flat.dtype.kind == "f":
            kind = "f4"  # seven digits: more than a score has
        else:
            kind = _narrowest(flat)
            steps = np.diff(flat.astype(np.int64), prepend=0)
            # Counts that grow by steps deflate to nothing as steps.
            if len(flat) and _INTEGERS.index(_narrowest(steps[1:])) < _INTEGERS.index(kind):
                flat, delta, kind = steps, 1, _narrowest(steps)
        content = np.ascontiguousarray(flat.astype("<" + kind)).tobytes()
        place = {"at": self._size, "n": len(flat), "type": kind, "delta": delta}
        content += bytes(-len(content) % 4)  # typed arrays begin at multiples of their width
        self._parts.append(content)
        self._size += len(content)
        return place


def to_json(tree: Any) -> str:
    """Return JSON that is safe inside a script element: no text can end the element."""
    # ASCII, so U+2028 is escaped; NaN is no JSON, so it raises here and not in a browser
    text = json.dumps(tree, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _narrowest(values: NDArray[Any]) -> str:
    """Return the narrowest integer type that holds the values."""
    low, high = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    for kind in _INTEGERS:
        limits = np.iinfo(kind)
        if limits.min <= low and high <= limits.max:
            return kind
    raise ValueError(f"A page must have integers of 32 bits, got numbers from {low} to {high}.")
