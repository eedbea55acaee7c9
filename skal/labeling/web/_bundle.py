"""The files of the front end: as they are for a browser, as one text for a notebook."""

import re
from functools import cache
from importlib.resources import files

__all__ = ["assets", "front_end"]

IMPORT = re.compile(r'^import (\{[^}]*\}) from "\./(\w+)\.js";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:(?:async )?function|class|const) (\w+))", re.MULTILINE)
LEFT = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


@cache
def assets() -> dict[str, bytes]:
    """Return all files that are served, by name: no path of a request is ever opened."""
    folder = files(__package__) / "assets"
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


@cache
def front_end() -> tuple[str, str]:
    """Return the page for notebooks as one module and one style sheet.

    Its module exports ``{ render }`` by default, as anywidget asks.

    Returns
    -------
    esm : str
        Every module in a function of its own, those first that others import.
    css : str

    Examples
    --------
    >>> from skal.labeling.web import front_end
    >>> esm, css = front_end()
    >>> esm.splitlines()[-1], "import " in esm
    ('export default widget;', False)
    """
    known: dict[str, str] = {}
    _add("widget", known)
    esm = "\n".join([*known.values(), "export default widget;"])
    return esm, "\n".join(assets()[name].decode() for name in ("label.css", "widget.css"))


def _add(name: str, known: dict[str, str]) -> None:
    """Add a module, after what it imports."""
    text = assets()[f"{name}.js"].decode()
    for _, other in IMPORT.findall(text):
        if other not in known:
            _add(other, known)
    text = IMPORT.sub(r"const \1 = \2;", text)
    names = ", ".join(EXPORT.findall(text))
    text = EXPORT.sub("", text)
    left = LEFT.search(text)
    if left:
        raise ValueError(
            f"`{name}.js` must import and export as the other modules do, got {left[0]!r}; write "
            'import { name } from "./module.js"; and export function, class or const.'
        )
    known[name] = f"const {name} = (() => {{\n{text}return {{ {names} }};\n}})();"
