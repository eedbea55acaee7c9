"""One digest of whatever a run depends on: values, and the code of what no library brings."""

import dis
import inspect
import sys
import sysconfig
from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property, lru_cache, singledispatch
from importlib import import_module
from importlib.util import find_spec, resolve_name
from pathlib import Path
from pickle import dumps
from types import (
    BuiltinMethodType,
    CodeType,
    FunctionType,
    MappingProxyType,
    MethodType,
    ModuleType,
)
from typing import Any
from weakref import ReferenceType

import numpy as np
from joblib.hashing import Hasher, NumpyHasher
from scipy.sparse import issparse

from skal._containers import is_outside_memory, n_rows, row_prints

__all__ = ["digest", "digest_rows", "library_name"]

MOST_READ = 1_000  # rows by which two pools are told apart
KNOWN = {"numpy", "scipy", "skal", "sklearn", "skorch", "torch"}  # by version, wherever they lie
INSTALLED = {"site-packages", "dist-packages"}
STANDARD = Path(sysconfig.get_path("stdlib"))

# of a class: what says where it stands, what is said of it, and what Python keeps for itself
NOT_CODE = {
    "__module__", "__qualname__", "__firstlineno__", "__static_attributes__", "__doc__",
    "__annotations__", "__annotate__", "__annotate_func__", "__annotations_cache__", "__dict__",
    "__weakref__", "__abstractmethods__", "_abc_impl", "_value2member_map_",
}  # fmt: skip
FLAGS = (  # how arguments come and results go; not that a function stands inside another
    inspect.CO_VARARGS
    | inspect.CO_VARKEYWORDS
    | inspect.CO_GENERATOR
    | inspect.CO_COROUTINE
    | inspect.CO_ITERABLE_COROUTINE
    | inspect.CO_ASYNC_GENERATOR
)
# between definitions that are equal these come and go, see _of_code
SILENT = {"CACHE", "EXTENDED_ARG", "NOP", "PUSH_NULL"}
ALIKE = {"LOAD_METHOD": "LOAD_ATTR"}
Cached = type(lru_cache(len))
# every singledispatch function has this code, whatever it calls
DISPATCHES = {singledispatch(len).__code__}  # type: ignore[attr-defined]


def digest(thing: Any, packages: set[str] | None = None) -> str:
    """Digest of a value; equal values have equal ones, in every process.

    Functions and classes that no library brings count by their code and all that it refers to:
    defaults, closures, globals, base classes, members. Those of libraries count by their names.
    Where something is defined, what it is documented to do and the names of locals do not count.
    The order of a dict does: it may be that of layers.

    Parameters
    ----------
    thing : object
    packages : set of str, default=None
        The libraries that were met are added to it.

    Returns
    -------
    str

    Examples
    --------
    >>> from skal._digest import digest
    >>> def best(proba):
    ...     return proba.max(axis=1)
    >>> first = digest(best)
    >>> def best(proba):
    ...     return proba.max(axis=1)  # larger is surer
    >>> digest(best) == first
    True
    >>> def best(proba):
    ...     return proba.max(axis=0)
    >>> digest(best) == first
    False
    """
    hasher = _Hasher(set() if packages is None else packages)
    try:
        return hasher.hash(thing)
    except Exception as error:  # whatever a class raises when it is pickled
        raise TypeError(
            f"{thing!r} cannot be pickled ({error}), so runs with it can be neither told apart nor "
            "sent to workers; use a function or class of an importable module."
        ) from error


def digest_rows(X: Any) -> str:
    """Digest of a pool, of which a thousand rows are read, and no more."""
    n = n_rows(X)
    some = np.unique(np.linspace(0, n - 1, min(n, MOST_READ)).astype(np.intp))
    if isinstance(X, list | tuple):
        return digest([n, [X[i] for i in some]])
    columns = list(getattr(X, "columns", ()))
    dtypes = list(X.dtypes) if columns else getattr(X, "dtype", None)  # of a Series: its only one
    kind = type(X), getattr(X, "shape", None), columns, dtypes
    return digest([n, kind, row_prints(X, some)])


def library_name(thing: Any) -> str | None:
    """Name under which a library has a function or class; None: it is the user's own."""
    module, name = getattr(thing, "__module__", None), thing.__qualname__
    if not isinstance(module, str) or not _is_library(module):
        return None
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    # builtins do not name all of their types (function, method); others are made on the way
    return f"{module}.{name}" if found is thing or module == "builtins" else None


def _is_library(name: str) -> bool:
    """Whether a module is of Python or was installed; one installed to be edited was not."""
    if name == "__main__":  # what a user runs or types, wherever the file lies
        return False
    if name.partition(".")[0] in KNOWN:
        return True
    module = sys.modules.get(name)
    spec = getattr(module, "__spec__", None) if module else find_spec(name.partition(".")[0])
    if name in sys.builtin_module_names or getattr(spec, "origin", None) == "frozen":
        return True
    places = [getattr(module, "__file__", None), getattr(spec, "origin", None)]
    file = next((place for place in places if place), None)
    if file is None:  # made by hand, or a folder of the user's own
        return False
    path = Path(file)
    return not INSTALLED.isdisjoint(path.parts) or path.is_relative_to(STANDARD)


class _Hasher(NumpyHasher):
    """joblib's hash, which knows functions and classes by name only, with their code added.

    A function or class of the user's own is written as a number, and its parts once, after all
    that refers to it: so those that refer to each other come to an end, and long chains of them
    do not nest.
    """

    def __init__(self, packages: set[str]):
        super().__init__("sha1")
        self.packages = packages
        self.numbers: dict[int, int] = {}
        self.own: list[Any] = []  # in the order of their numbers; a part may add to it
        self.names_what_has_no_pickle = False

    def hash(self, thing: Any) -> str:
        self.dump(thing)
        for found in self.own:  # grows on the way
            parts = _of_function(found) if isinstance(found, FunctionType) else _of_class(found)
            for part in parts:
                self._dump_or_name(part)
        self._hash.update(self.stream.getvalue())
        return str(self._hash.hexdigest())

    def _dump_or_name(self, part: tuple[str, Any]) -> None:
        """Write what code refers to; of a lock or an open file, wherever it lies, what it is."""
        start = self.stream.tell()
        for self.names_what_has_no_pickle in (False, True):
            self.clear_memo()  # equal parts are alike, whether they are one object or two
            try:
                return self.dump(part)
            except Exception:
                self.stream.seek(start)
                self.stream.truncate()
        self.clear_memo()
        self.dump((part[0], type(part[1]).__name__))

    def memoize(self, obj: Any) -> None:
        # the compiler makes equal constants one object within a file, not across cells
        if not isinstance(obj, tuple):
            super().memoize(obj)

    def save(self, obj: Any) -> None:
        super().save(self._plain(obj))

    def _plain(self, obj: Any) -> Any:
        """What is written in place of an object that pickle, or joblib, tells too little of."""
        if isinstance(obj, type | FunctionType):
            name = library_name(obj)
            if name is not None:
                self.packages.add(name.partition(".")[0])
                return "<library>", name
            if id(obj) not in self.numbers:  # `own` holds it, so that no other gets its id
                self.numbers[id(obj)] = len(self.own)
                self.own.append(obj)
            return "<own>", self.numbers[id(obj)]
        if isinstance(obj, MethodType):
            return "<method>", obj.__func__, obj.__self__
        if isinstance(obj, BuiltinMethodType):
            owner = obj.__self__
            alone = owner is None or isinstance(owner, type | ModuleType)
            # a module or a class is named; a method of an object goes with what that holds
            return "<builtin>", obj.__qualname__, obj.__module__ if alone else owner
        if isinstance(obj, staticmethod | classmethod):
            return type(obj), obj.__func__
        if isinstance(obj, property):
            return type(obj), obj.fget, obj.fset, obj.fdel
        if isinstance(obj, cached_property):
            return type(obj), obj.func
        if isinstance(obj, Cached):  # without what it has answered so far
            return "<cached>", obj.__wrapped__
        if isinstance(obj, ModuleType):
            return "<module>", obj.__name__ if _is_library(obj.__name__) else None
        if isinstance(obj, MappingProxyType):
            return dict(obj)
        if isinstance(obj, set | frozenset) and type(obj) in (set, frozenset):
            # in an order of their own: that of hashes of texts is another in every process
            members = (f"str {v}" if type(v) is str else digest(v, self.packages) for v in obj)
            return type(obj), sorted(members)
        if isinstance(obj, ReferenceType):  # what it points to may be gone
            return ("<reference>",)
        if type(obj) is dict and {"epoch", "dur"} <= obj.keys():  # skorch's stopwatch
            return {name: value for name, value in obj.items() if name != "dur"}
        if isinstance(obj, np.dtype):
            return "<dtype>", dumps(obj, 3)  # joblib leaves out where it stood
        return self._rows(obj)

    def _rows(self, obj: Any) -> Any:
        """Arrays and tensors by content, pools that are not in memory by some of their rows."""
        if isinstance(obj, type) or not hasattr(obj, "shape"):
            return obj
        if is_outside_memory(obj):
            return "<pool>", type(obj), digest_rows(obj)
        if issparse(obj):  # without what it has found out about its order, which it keeps
            known = {k: v for k, v in sorted(vars(obj).items()) if not k.startswith("_has_")}
            return "<sparse>", type(obj), known
        if isinstance(obj, np.ma.MaskedArray):  # joblib trips over its reshape
            return type(obj), np.asarray(obj), np.ma.getmaskarray(obj)
        if hasattr(obj, "detach") and hasattr(obj, "numpy"):  # a tensor, whose pickles differ
            values = obj.detach().cpu()
            # NumPy has no bfloat16; float32 holds each of its values
            values = values.float() if "bfloat16" in str(obj.dtype) else values
            return "<tensor>", type(obj), str(obj.dtype), obj.requires_grad, values.numpy()
        return obj

    def reducer_override(self, obj: Any) -> Any:
        """Write the class beside an object of the user's own: its pickle may not name it."""
        kind = type(obj)
        if self.names_what_has_no_pickle and not _has_pickle(obj):
            return object, (), ("<no pickle>", kind.__name__)
        if kind.__module__ == "builtins" or library_name(kind) is not None:
            return NotImplemented
        how = obj.__reduce_ex__(2)
        if isinstance(how, str):  # the name of a global
            return object, (), (kind, how)
        # its members come as iterators, which have no pickle
        parts = [list(part) if isinstance(part, Iterator) else part for part in how]
        if len(parts) > 2 and type(parts[2]) is dict:  # attributes, without what is only cached
            state = parts[2]
            cached = {n for n in state if isinstance(getattr(kind, n, None), cached_property)}
            parts[2] = {name: state[name] for name in sorted(state.keys() - cached)} or None
        return object, (), (kind, parts)

    def _batch_setitems(self, items: Any, *args: Any) -> None:
        # in their own order, past joblib's: layers in a dict are stacked as they come
        super(Hasher, self)._batch_setitems(iter([*items]), *args)


def _has_pickle(obj: Any) -> bool:
    try:
        obj.__reduce_ex__(2)
    except Exception:  # a lock, an open file, a generator
        return False
    return True


# ---------------------------------------------------------------- parts of definitions


def _of_class(kind: type) -> Iterator[tuple[str, Any]]:
    yield "class", (kind.__name__, type(kind), kind.__bases__)
    for name, value in sorted(vars(kind).items()):
        if name not in NOT_CODE:
            yield name, value


def _of_function(function: FunctionType) -> Iterator[tuple[str, Any]]:
    if function.__code__ in DISPATCHES:  # it keeps which types it met
        yield from (("case", case) for case in vars(function)["registry"].items())
        return
    code = function.__code__
    yield "code", _of_code(code)
    yield "defaults", (function.__defaults__, function.__kwdefaults__)
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # not filled yet
            yield name, "<empty>"
    yield from sorted(vars(function).items())
    space = function.__globals__
    if not _is_library(space.get("__name__", "__main__")):  # wraps() lends names, not globals
        yield from sorted(_globals_of(code, space).items())


def _globals_of(code: CodeType, space: dict[str, Any]) -> dict[str, Any]:
    """What code reads from around it by name, with what it may take from the user's modules."""
    read, written = set(), set()
    found: dict[str, Any] = {}
    constants: list[Any] = []
    for step in (step for inner in _inside(code) for step in dis.get_instructions(inner)):
        if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            read.add(step.argval)
        elif step.opname in ("STORE_GLOBAL", "DELETE_GLOBAL"):
            written.add(step.argval)  # changes while it runs, so it is no constant
        elif step.opname in ("LOAD_CONST", "LOAD_SMALL_INT"):
            constants = [*constants[-1:], step.argval]  # the latest two
        elif step.opname == "IMPORT_NAME":  # after constants: its level, the names it takes
            found |= _import(step.argval, constants[0], space)
    found |= {name: space[name] for name in read - written if name in space}
    # `module.part`: a name that code reads somewhere, and that the module has
    names = {name for inner in _inside(code) for name in inner.co_names}
    modules = {name: value for name, value in found.items() if isinstance(value, ModuleType)}
    seen = set()
    while modules:
        name, module = modules.popitem()
        if module.__name__ in seen or _is_library(module.__name__):  # seen: modules in a circle
            continue
        seen.add(module.__name__)
        inside = {f"{name}.{part}": vars(module)[part] for part in names & {*vars(module)}}
        modules |= {n: value for n, value in inside.items() if isinstance(value, ModuleType)}
        found |= inside
    return found


def _import(name: str, level: int, space: dict[str, Any]) -> dict[str, Any]:
    """The user's module that an import statement inside a function brings."""
    try:
        whole = resolve_name("." * level + name, space.get("__package__"))
        return {} if _is_library(whole) else {f"import {whole}": import_module(whole)}
    except Exception:  # the function itself sees to a module that may be missing
        return {}


def _inside(code: CodeType) -> Iterator[CodeType]:
    """Code and all code within."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _inside(constant)


def _of_code(code: CodeType) -> tuple[Any, ...]:
    """What code does, step by step: without line numbers, docstrings and names of locals.

    Python calls `np.mean` in one way below ``import numpy``, in another way where the import stands
    in another cell. So the bytes of equal definitions differ, and where their jumps go.
    """
    steps = [step for step in dis.get_instructions(code) if step.opname not in SILENT]
    starts = [step.offset for step in steps]
    said = []
    for step in steps:
        argument = step.argval
        if step.opcode in dis.hasjrel or step.opcode in dis.hasjabs:
            argument = bisect_left(starts, argument)  # the number of the step, not of its byte
        elif isinstance(argument, CodeType):
            argument = _of_code(argument)
        elif step.opcode in dis.haslocal:
            argument = step.arg  # the number of a local, not its name
        said.append((ALIKE.get(step.opname, step.opname), argument))
    caught = [
        [*(bisect_left(starts, at) for at in (entry.start, entry.end, entry.target)), entry.lasti]
        for entry in dis.Bytecode(code).exception_entries  # type: ignore[attr-defined]
    ]
    arguments = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return said, caught, arguments, names, code.co_flags & FLAGS
