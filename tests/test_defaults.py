"""Defaults: what a docstring says is what the signature has."""

import ast
import importlib
import inspect
import pkgutil
import re

import pytest

import skal

SAID = re.compile(r"^ {0,8}([\w, ]+) : [^\n]*?(?:\\\n[^\n]*)?default=([^\s,][^\n]*)$", re.MULTILINE)


def public_callables():
    """Yield all public classes, functions and methods, by the name to call them."""
    for found in pkgutil.walk_packages(skal.__path__, "skal."):
        if found.name.endswith("__main__"):
            continue
        module = importlib.import_module(found.name)
        for name in getattr(module, "__all__", ()):
            thing = getattr(module, name)
            if getattr(thing, "__module__", "") != found.name:
                continue
            if inspect.isclass(thing):
                yield f"{found.name}.{name}", thing, thing.__init__
                for key, method in vars(thing).items():
                    if not key.startswith("_") and inspect.isfunction(method):
                        yield f"{found.name}.{name}.{key}", method, method
            elif inspect.isfunction(thing):
                yield f"{found.name}.{name}", thing, thing


CALLABLES = {name: parts for name, *parts in public_callables()}


def said_and_given():
    for name, (documented, called) in CALLABLES.items():
        defaults = inspect.signature(called).parameters
        for names, said in SAID.findall(inspect.cleandoc(documented.__doc__ or "")):
            for parameter in names.split(", "):
                if parameter in defaults:
                    yield f"{name}({parameter})", said, defaults[parameter].default


FOUND = {where: parts for where, *parts in said_and_given()}


def test_docstrings_with_defaults_are_found():
    assert len(FOUND) > 300


@pytest.mark.parametrize("where", FOUND)
def test_a_default_is_what_the_docstring_says(where):
    said, given = FOUND[where]
    try:
        value = ast.literal_eval(said)
        if isinstance(value, tuple) and value[-1:] == (...,):  # and so on
            value, given = value[:-1], given[: len(value) - 1]
        assert value == given
    except (ValueError, SyntaxError):  # an object or a class, by its repr or its name
        assert said == repr(given) or said.rpartition(".")[2] == given.__name__
