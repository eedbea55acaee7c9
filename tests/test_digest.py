"""What changes a digest, and what does not: programs in two versions, run in fresh modules."""

import os
import subprocess
import sys
import textwrap
from importlib import import_module
from types import ModuleType

import numpy as np
import pandas
import pytest
import torch
from scipy import sparse

from skal._digest import digest, digest_rows
from skal.data import DatasetRows

ENUM = """
    from enum import Enum
    class Kind(Enum):
        A = 1
        B = 2
    def thing(p):
        return p * Kind.B.value
"""
ORDER = """
    import numpy as np
    LIMIT = 3
    def helper(x):
        return x + LIMIT
    class Base:
        def low(self): return 0
        def high(self): return helper(1)
    class Child(Base):
        def __call__(self, x): return super().high() + len({"alpha", "beta", "gamma"})
    thing = Child()
"""


def run(source, name="mine"):
    """What a program calls `thing`, in a module that no file holds."""
    module = ModuleType(name)
    exec(textwrap.dedent(source), vars(module))
    return module.thing


# each: a program, and what in it is put in place of what
# ruff: noqa: E501
CHANGES = {
    "a list": ("class thing:\n  sizes = [8, 8]", "[8, 8]", "[8, 9]"),
    "a dict": ("class thing:\n  how = {'a': 1}", "1", "2"),
    "an array": ("import numpy as np\nclass thing:\n  w = np.ones(3)", "ones", "zeros"),
    "a set": ("class thing:\n  w = {1, 2}", "{1, 2}", "{1, 3}"),
    "a number": ("class thing:\n  w = 1", "1", "True"),
    "a class of torch": (
        "from torch import nn\nclass thing(nn.Module):\n  act = nn.ReLU", "ReLU", "Sigmoid"
    ),
    "a function of torch": (
        "import torch\nclass thing:\n  act = torch.relu", "torch.relu", "torch.tanh"
    ),
    "a nested class": ("class thing:\n  class A:\n    def f(self): return 1", "return 1", "return 2"),
    "a method": ("class thing:\n  def f(self): return 1", "return 1", "return 2"),
    "a static method": (
        "class thing:\n  @staticmethod\n  def f(): return 1", "return 1", "return 2"
    ),
    "a method becomes static": (
        "class thing:\n  @staticmethod\n  def f(x): return 1", "staticmethod", "classmethod"
    ),
    "a class method": (
        "class thing:\n  @classmethod\n  def f(cls): return 1", "return 1", "return 2"
    ),
    "a property": ("class thing:\n  @property\n  def f(self): return 1", "return 1", "return 2"),
    "a setter": (
        "class thing:\n  @property\n  def f(self): return 1\n"
        "  @f.setter\n  def f(self, v): self.v = v + 1", "v + 1", "v - 1"
    ),
    "a cached property": (
        "from functools import cached_property\nclass thing:\n  @cached_property\n"
        "  def f(self): return 1", "return 1", "return 2"
    ),
    "a cached function": (
        "from functools import lru_cache\n@lru_cache\ndef thing(): return 1", "return 1", "return 2"
    ),
    "a cached method": (
        "from functools import lru_cache\nclass thing:\n  @lru_cache(3)\n"
        "  def f(self): return 1", "return 1", "return 2"
    ),
    "a partial method": (
        "from functools import partialmethod\nclass thing:\n  def f(self, x): return x\n"
        "  g = partialmethod(f, 1)", "f, 1", "f, 2"
    ),
    "what a partial method calls": (
        "from functools import partialmethod\nclass thing:\n  def _f(self, x): return x\n"
        "  g = partialmethod(_f, 1)\n  del _f", "return x", "return -x"
    ),
    "a method by type": (
        "from functools import singledispatchmethod\nclass thing:\n  @singledispatchmethod\n"
        "  def f(self, x): return x\n  @f.register\n  def _(self, x: int): return 1",
        "return 1", "return 2"
    ),
    "a function by type": (
        "from functools import singledispatch\n@singledispatch\ndef thing(x): return x\n"
        "@thing.register\ndef _(x: int): return 1", "return 1", "return 2"
    ),
    "a bound method": (
        "class A:\n  def f(self, x): return x + 1\nthing = A().f", "x + 1", "x - 1"
    ),
    "what a bound method is bound to": (
        "class A:\n  def __init__(self, n): self.n = n\n  def f(self): return self.n\n"
        "thing = A(1).f", "A(1)", "A(2)"
    ),
    "a bound method of a class": (
        "class A:\n  n = 1\n  @classmethod\n  def f(cls): return cls.n\nthing = A.f", "n = 1", "n = 2"
    ),
    "a partial": (
        "from functools import partial\ndef f(x, y): return x\nthing = partial(f, y=1)", "y=1", "y=2"
    ),
    "what a partial calls": (
        "from functools import partial\ndef f(x): return x\nthing = partial(f)", "return x", "return -x"
    ),
    "a decorator": (
        "from functools import wraps\ndef twice(f):\n  @wraps(f)\n  def g(x): return 2 * f(x)\n"
        "  return g\n@twice\ndef thing(x): return x", "2 * f", "3 * f"
    ),
    "what is decorated": (
        "from functools import wraps\ndef twice(f):\n  @wraps(f)\n  def g(x): return 2 * f(x)\n"
        "  return g\n@twice\ndef thing(x): return x", "return x", "return -x"
    ),
    "what wraps a library's function": (
        "from functools import wraps\nimport numpy as np\n@wraps(np.mean)\n"
        "def thing(x): return np.mean(x) + 1", "+ 1", "+ 2"
    ),
    "what a library wraps": (
        "from contextlib import contextmanager\n@contextmanager\ndef thing(): yield 1", "1", "2"
    ),
    "what a library's object holds": (
        "import numpy as np\nthing = np.vectorize(lambda x: x + 1)", "x + 1", "x + 2"
    ),
    "a lambda's default": ("thing = lambda p, n=1: p", "n=1", "n=2"),
    "a default by name": ("def thing(p, *, n=1): return p", "n=1", "n=2"),
    "the name of an argument": ("def thing(proba): return 1", "proba", "scores"),
    "what a closure holds": (
        "def make(n):\n  return lambda x: x + n\nthing = make(1)", "make(1)", "make(2)"
    ),
    "a function in a closure": (
        "def make(f):\n  return lambda x: f(x)\nthing = make(lambda x: x + 1)", "x + 1", "x + 2"
    ),
    "a nested function": (
        "def thing(x):\n  def g(y): return y + 1\n  return g(x)", "y + 1", "y + 2"
    ),
    "what is tried": (
        "def thing(x):\n  try:\n    x.a()\n  except E:\n    return 0\n  x.b()",
        "x.a()\n  except E:\n    return 0\n  x.b()", "x.a()\n    x.b()\n  except E:\n    return 0"
    ),
    "where a loop goes on": (
        "def thing(x):\n  while x:\n    if x.a:\n      continue\n    x.b()\n  x.c()", "continue", "break"
    ),
    "which local": ("def thing(x, y):\n  return x", "return x", "return y"),
    "a comprehension": ("thing = lambda p: [q + 1 for q in p]", "+ 1", "+ 2"),
    "a constant within a comprehension": ("thing = lambda p: ['a' for q in p]", "'a'", "'b'"),
    "a generator": ("def thing(p): return p\n", "return", "yield"),
    "an attribute of a function": ("def thing(p): return p\nthing.needs = 1", "= 1", "= 2"),
    "a constant of the module": ("N = 1\ndef thing(p): return p + N", "N = 1", "N = 2"),
    "an array of the module": (
        "import numpy as np\nW = np.ones(3)\ndef thing(p): return p @ W", "ones", "zeros"
    ),
    "a list of the module": ("N = [1, 2]\ndef thing(p): return p in N", "[1, 2]", "[1, 3]"),
    "a constant that a nested function reads": (
        "N = 1\ndef thing(p): return [q for q in p if q > N]", "N = 1", "N = 2"
    ),
    "a function of the module": (
        "def f(x): return x\ndef thing(p): return f(p)", "return x", "return -x"
    ),
    "a function two calls away": (
        "def g(x): return x\ndef f(x): return g(x)\ndef thing(p): return f(p)",
        "return x", "return -x"
    ),
    "a class that a function makes": (
        "class A:\n  def f(self): return 1\ndef thing(p): return A().f()", "return 1", "return 2"
    ),
    "an object of the module": (
        "class A:\n  def __init__(self, n): self.n = n\na = A(1)\ndef thing(p): return a.n",
        "A(1)", "A(2)"
    ),
    "a base class": (
        "class A:\n  def f(self): return 1\nclass thing(A): pass", "return 1", "return 2"
    ),
    "the order of base classes": (
        "class A:\n  x = 1\nclass B:\n  x = 2\nclass thing(A, B): pass", "(A, B)", "(B, A)"
    ),
    "a library's base class": (
        "from collections import OrderedDict\nclass thing(dict): pass", "(dict)", "(OrderedDict)"
    ),
    "a metaclass": (
        "class M(type):\n  def __call__(cls): return 1\nclass thing(metaclass=M): pass",
        "return 1", "return 2"
    ),
    "an enum": (ENUM, "B = 2", "B = 3"),
    "a field": (
        "from dataclasses import dataclass\n@dataclass\nclass thing:\n  n: int = 1", "= 1", "= 2"
    ),
    "a field that is made": (
        "from dataclasses import dataclass, field\n@dataclass\nclass thing:\n"
        "  n: list = field(default_factory=lambda: [1])", "[1]", "[2]"
    ),
    "fields of a class made by a call": (
        "from dataclasses import make_dataclass\nthing = make_dataclass('A', [('x', int, 1)])",
        "int, 1", "int, 2"
    ),
    "a named tuple": (
        "from typing import NamedTuple\nclass A(NamedTuple):\n  n: int = 1\nthing = A()",
        "= 1", "= 2"
    ),
    "a descriptor": (
        "class D:\n  def __get__(self, obj, kind): return 1\nclass thing:\n  d = D()",
        "return 1", "return 2"
    ),
    "a callable object": (
        "class A:\n  def __call__(self, x): return x + 1\nthing = A()", "x + 1", "x + 2"
    ),
    "an object that says how it is pickled": (
        "class A:\n  def __reduce__(self): return 'a'\n  def f(self): return 1\na = thing = A()",
        "return 1", "return 2"
    ),
    "what an object holds in slots": (
        "class A:\n  __slots__ = ('n',)\nthing = A()\nthing.n = 1", "n = 1", "n = 2"
    ),
    "which of two functions": (
        "def f(x): return 1\ndef g(x): return 2\nthing = {'a': f, 'b': g}",
        "'a': f, 'b': g", "'a': g, 'b': f"
    ),
    "where a dtype stands": (
        "import numpy as np\nthing = [np.dtype('f4'), None]", "np.dtype('f4'), None",
        "None, np.dtype('f4')"
    ),
    "the order of layers": (
        "from torch import nn\nclass thing(nn.Module):\n  layers = {'a': nn.ReLU, 'b': nn.Tanh}",
        "'a': nn.ReLU, 'b': nn.Tanh", "'b': nn.Tanh, 'a': nn.ReLU"
    ),
    "the order of modules": (
        "from torch import nn\nfrom collections import OrderedDict\n"
        "thing = nn.Sequential(OrderedDict(a=nn.ReLU(), b=nn.Tanh()))",
        "a=nn.ReLU(), b=nn.Tanh()", "b=nn.Tanh(), a=nn.ReLU()"
    ),
    "what a kind of property does": (
        "class P(property):\n  def __get__(self, o, t=None): return 1\nclass thing:\n  @P\n"
        "  def f(self): return 5", "return 1", "return 2"
    ),
    "what a kind of cached property does": (
        "from functools import cached_property\nclass P(cached_property):\n"
        "  def __get__(self, o, t=None): return 1\nclass thing:\n  @P\n  def f(self): return 5",
        "return 1", "return 2"
    ),
    "a case of a generic function": (
        "from functools import singledispatch\n@singledispatch\ndef thing(x): return 1\n"
        "@thing.register\ndef _(x: int): return 2", "return 2", "return 3"
    ),
    "a number in a sparse matrix": (
        "from scipy import sparse\nthing = sparse.csr_array([[1, 2]])", "[1, 2]", "[1, 3]"
    ),
    "a value beside a lock": (
        "import threading\nclass thing:\n  how = {'lock': threading.Lock(), 'n': 1}", "1", "2"
    ),
    "a value in an object that holds a lock": (
        "import threading\nclass A:\n  def __init__(self, n):\n"
        "    self.lock, self.n = threading.Lock(), n\na = A(1)\ndef thing(): return a.n",
        "A(1)", "A(2)"
    ),
    "an abstract class": (
        "from abc import ABC, abstractmethod\nclass thing(ABC):\n  @abstractmethod\n"
        "  def f(self): return 1", "return 1", "return 2"
    ),
    "a function that calls itself": (
        "def thing(n): return thing(n - 1) if n else 0", "n - 1", "n - 2"
    ),
    "one of two that call each other": (
        "def f(n): return thing(n - 1)\ndef thing(n): return f(n) if n else 0", "n - 1", "n - 2"
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_what_code_does_is_seen(change):
    source, old, new = CHANGES[change]
    assert old in textwrap.dedent(source)
    assert digest(run(source)) == digest(run(source, "elsewhere"))
    assert digest(run(source)) != digest(run(source.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("class Base", "# a comment\n\n\nclass Base"),
        ("return 0", "'A docstring.'; return 0"),
        ("class Base:", "class Base:\n    'A docstring.'"),
        ("LIMIT = 3", "LIMIT: int = 3; unused = 5"),
        ("LIMIT = 3\ndef helper(x):\n    return x + LIMIT\n", ""),  # stands at the end anyway
    ],
)
def test_what_changes_nothing_is_not_seen(old, new):
    source = textwrap.dedent(ORDER)
    end = "\nLIMIT = 3\ndef helper(x): return x + LIMIT"
    assert old in source
    assert digest(run(source + end)) == digest(run(source.replace(old, new) + end))


def test_how_arguments_come_and_results_go_counts_beside_the_steps():
    alike = [
        [
            "def thing(*a): return a",
            "def thing(**a): return a",
            "def thing():\n  return a\n  a = 1",
        ],
        [
            "def thing():\n  return\n  yield",
            "async def thing(): return",
            "async def thing():\n  return\n  yield",
            "import types\n@types.coroutine\ndef thing():\n  return\n  yield",
        ],
    ]
    for sources in alike:  # their instructions are the same
        assert len({digest(run(source)) for source in sources}) == len(sources)


def test_names_of_locals_and_docstrings_do_not_count():
    one = "def thing(p):\n  '''One.'''\n  q = p + 1\n  return q"
    other = "def thing(p):\n\n  '''Another.'''\n  r = p + 1\n  return r"
    assert digest(run(one)) == digest(run(other))


def test_a_definition_within_another_is_the_same_definition():
    inside = "def make():\n  def f(x): return x + 1\n  return f\nthing = make()"
    assert digest(run("def f(x): return x + 1\nthing = f")) == digest(run(inside))


@pytest.mark.parametrize(
    ("source", "use"),
    [
        ("from functools import lru_cache\n@lru_cache\ndef thing(x): return x", lambda f: f(1)),
        (
            "from functools import singledispatch\nfrom numbers import Integral\n@singledispatch\n"
            "def thing(x): return x\n@thing.register\ndef _(x: Integral): return -x",
            lambda f: f(1),
        ),
        (
            "from functools import cached_property\nclass A:\n  @cached_property\n"
            "  def f(self): return 1\nthing = A()",
            lambda a: a.f,
        ),
        ("from enum import Flag\nclass thing(Flag):\n  A, B = 1, 2", lambda kind: kind.A | kind.B),
        (
            "from scipy import sparse\nthing = sparse.csr_array([[1, 2]])",
            lambda matrix: matrix.has_canonical_format,
        ),
    ],
    ids=["lru_cache", "singledispatch", "cached_property", "flags", "sparse"],
)
def test_what_a_cache_holds_does_not_count(source, use):
    thing = run(source)
    before = digest(thing)
    use(thing)
    assert digest(thing) == before


def test_a_global_that_the_code_changes_is_no_constant():
    thing = run("n = 0\ndef thing():\n  global n\n  n += 1\n  return n")
    before = digest(thing)
    thing()
    assert digest(thing) == before


def test_a_lock_or_a_module_in_reach_of_the_code_is_no_obstacle():
    source = "import threading\nlock = threading.Lock()\ndef thing():\n  with lock: return 1"
    assert digest(run(source)) == digest(run(source))
    assert digest(run(source)) != digest(run(source.replace("return 1", "return 2")))


def test_a_long_chain_of_functions_is_read_to_its_end():
    links = [f"def f{i}(x): return f{i + 1}(x)" for i in range(500)]
    ends = ["def f500(x): return x", "def f500(x): return -x"]
    chains = ["\n".join([*links, end, "thing = f0"]) for end in ends]
    assert digest(run(chains[0])) != digest(run(chains[1]))


def module_of(folder, monkeypatch, name, text):
    (folder / f"{name}.py").write_text(text)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, name, raising=False)


@pytest.mark.parametrize(
    "source",
    [
        "import my_own\ndef thing(x): return my_own.f(x)",
        "from my_own import f\ndef thing(x): return f(x)",
        "def thing(x):\n  import my_own\n  return my_own.f(x)",
        "def thing(x):\n  from my_own import f\n  return f(x)",
    ],
)
def test_a_change_in_a_module_of_the_users_own_is_seen(tmp_path, monkeypatch, source):
    found = []
    for text in ("def f(x): return x", "def f(x): return -x", "\n\ndef f(x): return x"):
        module_of(tmp_path, monkeypatch, "my_own", text)
        found.append(digest(run(source)))
        monkeypatch.undo()
        sys.modules.pop("my_own", None)
    assert found[0] == found[2] != found[1]


def test_modules_that_know_each_other_come_to_an_end(tmp_path, monkeypatch):
    module_of(tmp_path, monkeypatch, "one_of_two", "import two_of_two\ndef f(): return 1")
    module_of(tmp_path, monkeypatch, "two_of_two", "import one_of_two\ndef g(): return 1")
    source = "import one_of_two\ndef thing(): return one_of_two.two_of_two.one_of_two.f()"
    assert digest(run(source))


@pytest.mark.parametrize(("folder", "installed"), [("site-packages", True), ("work", False)])
def test_an_installed_package_counts_by_name_one_under_work_by_code(
    tmp_path, monkeypatch, folder, installed
):
    found, packages = set(), set()
    (tmp_path / folder).mkdir()
    for n in (1, 2):
        module_of(tmp_path / folder, monkeypatch, "package", f"def f(): return {n}")
        found.add(digest(import_module("package").f, packages))
        monkeypatch.undo()
    assert len(found) == (1 if installed else 2)
    assert packages == ({"package"} if installed else set())


PROGRAM = """
    import enum, functools, sys, types
    from collections import namedtuple
    from dataclasses import dataclass, field
    import numpy as np, pandas, torch
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import make_scorer
    from torch import nn

    WORDS = {"alpha", "beta", "gamma", "delta"}
    TABLE = {word: len(word) for word in sorted(WORDS)}

    class Kind(enum.Enum):
        A, B = 1, 2
    # %%
    class Net(nn.Module):
        act, sizes, kind = nn.ReLU, [3, 4], Kind.A

        def __init__(self):
            super().__init__()
            with torch.random.fork_rng():
                torch.manual_seed(0)
                self.layer = nn.Linear(3, 2)

        def forward(self, x):
            return self.act()(self.layer(x))
    # %%
    @dataclass
    class Options:
        words: frozenset = frozenset({"one", "two", "three"})
        more: dict = field(default_factory=lambda: {Kind.A: {1, 2}, Kind.B: {"x", "y"}})
    # %%
    @functools.lru_cache
    def score(y, p):
        return float(np.mean(y == p)) + len(WORDS) + TABLE["beta"] + (y in {"u", "v", "w"})

    things = [
        Net, Net(), Options, Options(), score, make_scorer(score), functools.partial(score, 1),
        namedtuple("P", "a b")(1, {2}), np.random.default_rng(0), torch.ones(2, dtype=torch.bfloat16),
        nn.CrossEntropyLoss(weight=torch.ones(3)), nn.functional.relu, torch.relu, np.tanh,
        pandas.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": pandas.Categorical(["u", "v"])}),
        sparse.csr_array(np.eye(3)), LogisticRegression().fit(np.eye(4), [0, 1, 0, 1]),
        {1: {"a"}, (2, "b"): 3, None: 4}, types.SimpleNamespace(a=Kind.B, b=WORDS), Kind,
    ]
"""


def test_digests_are_the_same_in_every_process_in_main_in_a_module_and_in_cells(tmp_path):
    text = textwrap.dedent(PROGRAM)
    say = "\nfrom skal._digest import digest\nprint(*map(digest, things))\n"
    (tmp_path / "alone.py").write_text(text + say)
    (tmp_path / "definitions.py").write_text("# moved\n\n" + text)
    (tmp_path / "others.py").write_text(
        f"from definitions import things{say}"
        f"for cell in {text!r}.split('# %%'):\n    exec(compile(cell, '', 'exec'), globals())\n{say}"
    )
    said = [
        subprocess.run(
            [sys.executable, tmp_path / name],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout.splitlines()
        for name, seed in [("alone.py", "1"), ("others.py", "2")]
    ]
    assert len({*said[0], *said[1]}) == 1
    assert len({*said[0][0].split()}) == 20


# ---------------------------------------------------------------- pools


def frame(**columns):
    return pandas.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "x"]} | columns)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (frame(), frame(a=[1.0, 2.0, 3.0])),
        (frame(), frame(a=np.array([1, 2, 3], dtype=np.int32))),
        (frame(), frame(a=pandas.array([1, 2, 3], dtype="Int64"))),
        (frame(), frame(b=pandas.Categorical(["x", "y", "x"]))),
        (
            frame(b=pandas.Categorical(["x", "y", "x"])),
            frame(b=pandas.Categorical(["x", "y", "x"], categories=["y", "x"])),
        ),
        (frame(), frame().rename(columns={"a": "c"})),
        (frame(), frame()[["b", "a"]]),
        (np.eye(3), np.eye(3, dtype=np.float32)),
        (np.eye(4), np.eye(4).reshape(4, 2, 2)),
        (np.eye(3), [[1.0, 0, 0], [0, 1, 0], [0, 0, 1]]),
        ([[1, 2], [3, 4]], [[1, 2], [3, 4.0]]),
        (sparse.csr_array(np.eye(3)), sparse.csr_array(2 * np.eye(3))),
        (["a", "b"], ["a", "c"]),
    ],
)
def test_pools_that_differ_are_told_apart(one, other):
    assert digest_rows(one) != digest_rows(other)
    assert digest_rows(one) == digest_rows(one.copy())


class Counting(DatasetRows):
    def __init__(self, X):
        super().__init__(X)
        self.n_read = 0

    def read_rows(self, rows):
        self.n_read += len(rows)
        return super().read_rows(rows)


def test_of_a_pool_only_a_thousand_rows_are_read_wherever_it_lies():
    pool = Counting(np.zeros((5000, 2)))
    digest_rows(pool)
    assert pool.n_read == 1000
    pool.n_read = 0
    digest({"features": pool})
    assert pool.n_read == 1000


def test_the_content_of_arrays_and_tensors_counts_where_they_are_parameters():
    things = [
        np.zeros(3), np.ones(3), np.zeros(3, dtype="f4"), np.zeros((3, 1)), torch.zeros(3),
        torch.zeros(3, requires_grad=True), torch.zeros(3, dtype=torch.bfloat16),
        torch.ones(3, dtype=torch.bfloat16), torch.nn.Parameter(torch.zeros(3)),
        np.array([None, 1]), np.array([None, 2]), np.ma.array([1, 2], mask=[0, 1]),
        np.ma.array([1, 2], mask=[0, 0]),
    ]  # fmt: skip
    assert len({digest(thing) for thing in things}) == len(things)
    assert digest([np.ones(3), np.zeros(3)]) != digest([np.zeros(3), np.ones(3)])
