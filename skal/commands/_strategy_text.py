"""A strategy out of text, as a command line or a file of settings holds it."""

import ast
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from importlib.util import module_from_spec, spec_from_file_location
from inspect import signature
from pathlib import Path
from typing import Any

from skal import evidence, strategies

__all__ = ["strategy_from_text"]

MOST_LISTED = 20  # names of an own file that a message lists
_OF_FILE = ".py:"  # what stands between a file and what is taken from it


def strategy_from_text(text: str) -> Any:
    """Read a strategy as it is written in Python; a name stays a name.

    Parameters
    ----------
    text : str
        Such as ``"margin"``, ``"Funnel(Margin(), BADGE())"`` or, for a class or function of one's
        own, ``"my.py:Mine"`` and ``"my.py:Funnel(Mine(), BADGE())"``. The file is run.

    Returns
    -------
    str, Strategy or function

    Raises
    ------
    ValueError
        If there is no such strategy, or the file cannot be run.

    Examples
    --------
    >>> from skal.commands._strategy_text import strategy_from_text
    >>> strategy_from_text("BALD(n_passes=3)")
    BALD(n_passes=3)
    """
    path, dot, rest = text.rpartition(_OF_FILE)
    if not dot and text.endswith(".py"):
        held = list(_things_in(Path(text).expanduser()))
        name = held[0] if len(held) == 1 else "ClassName"
        raise ValueError(
            f"`--strategies` must say what to take from a file, got {text!r}; write {text}:{name}. "
            f"The file holds {', '.join(held) or 'no class or function'}."
        )
    if not dot and "(" not in text:
        return text
    public = {key: getattr(room, key) for room in (strategies, evidence) for key in room.__all__}
    kinds = {key: thing for key, thing in public.items() if isinstance(thing, type)}
    try:
        if not dot:
            return _built(ast.parse(text, mode="eval").body, kinds)
        own = _things_in(Path(path + ".py").expanduser())
        if "(" in rest:
            return _built(ast.parse(rest, mode="eval").body, kinds | own)
        thing = _found(rest, own)
        return thing() if isinstance(thing, type) else thing
    except (SyntaxError, ValueError, TypeError) as error:
        raise ValueError(
            "`--strategies` must be names, objects such as 'BALD(n_passes=50)', or your own such "
            f"as 'my.py:Mine', got {text!r}: {error}"
        ) from error


def _things_in(file: Path) -> dict[str, Any]:
    """Run a file of the user's; return its own classes and functions."""
    if not file.is_file():
        raise ValueError(f"there is no file {str(file)!r}.")
    spec: Any = spec_from_file_location(file.stem, file)
    module, before = module_from_spec(spec), sys.modules.get(file.stem)
    sys.modules[file.stem] = module  # dataclasses look their module up while it runs
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # whatever the user's lines raise
        raise ValueError(f"{file.name} ends in {type(error).__name__}: {error}") from error
    finally:
        # not kept: workers cannot import it, and are sent classes of unknown modules whole
        del sys.modules[file.stem]
        if before is not None:
            sys.modules[file.stem] = before
    return {
        name: thing
        for name, thing in vars(module).items()
        if callable(thing) and getattr(thing, "__module__", None) == file.stem
    }


def _built(node: ast.expr, kinds: Mapping[str, Any]) -> Any:
    """Make what an expression of strategies, needs and plain values says; nothing else runs."""
    if isinstance(node, ast.List | ast.Tuple):
        return [_built(item, kinds) for item in node.elts]
    if not isinstance(node, ast.Call):
        return ast.literal_eval(node)
    words = {str(word.arg): _built(word.value, kinds) for word in node.keywords}
    kind = _found(ast.unparse(node.func), kinds)
    parts = [_built(item, kinds) for item in node.args]
    try:
        return kind(*parts, **words)
    except TypeError as error:
        said = str(error).rpartition("() ")[2]  # without the class that happens to have __init__
        raise ValueError(
            f"{kind.__name__} {said}; its parameters are {', '.join(signature(kind).parameters)}."
        ) from error


def _found(name: str, things: Mapping[str, Any]) -> Any:
    if name in things:
        return things[name]
    spelled = {key.lower(): key for key in things}
    near = " or ".join(spelled[key] for key in get_close_matches(name.lower(), spelled, n=3))
    is_few = 0 < len(things) <= MOST_LISTED
    there = f"; there are {', '.join(things)}" if is_few else " there"
    raise ValueError(
        f"{name} is no strategy" + (f"; did you mean {near}?" if near else f"{there}.")
    )
