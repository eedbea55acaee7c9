"""The rules of the house: who may import whom, how large things are, and what is documented."""

import dataclasses
import importlib
import subprocess
import sys
import textwrap
import tomllib
from functools import cache
from pathlib import Path

import pytest

from tests.docstring_rules import docstring_problems, error_problems, method_problems, mood_problems
from tests.house_rules import (
    ALL_FILES,
    LARGEST_FILE,
    circles,
    imports_of,
    is_private,
    long_pieces,
    private_imports,
    problems_of_module,
    problems_of_script,
    relative_imports,
    shared_names,
    size_problems,
)

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted((ROOT / "skal").rglob("*.py"))
SCRIPTS = sorted(p for folder in ("examples", "benchmarks") for p in (ROOT / folder).rglob("*.py"))


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def short(path):
    return path.relative_to(ROOT).as_posix()


# ---------------------------------------------------------------- the tree


@cache
def sources():
    """Name, text, and whether it is a package, of every module."""
    return tuple(
        (path.read_text(encoding="utf8"), module_name(path), path.name == "__init__.py")
        for path in MODULES
    )


def each_module(rule):
    return lambda: [problem for source in sources() for problem in rule(*source)]


@cache
def public_names():
    """Every name in the `__all__` of a public module, under the shortest name that it has."""
    found = {}
    for _, name, _ in sorted(sources(), key=lambda source: source[1].count(".")):
        if not any(is_private(part) for part in name.split(".")) and name != "skal.__main__":
            module = importlib.import_module(name)
            for key in getattr(module, "__all__", []):
                thing = getattr(module, key)
                found.setdefault(id(thing), (f"{name}.{key}", thing))
    return tuple(found.values())


def each_name(*rules):
    return lambda: list(
        dict.fromkeys(  # many classes have one base
            problem
            for name, thing in public_names()
            for rule in rules
            for problem in rule(name, thing)
        )
    )


RULES = {
    "imports point down": each_module(problems_of_module),
    "no circle of imports": lambda: circles({name: (s, is_p) for s, name, is_p in sources()}),
    "no private import across rooms": each_module(private_imports),
    "imports are absolute": each_module(relative_imports),
    "pieces are short": each_module(long_pieces),
    "a private file's name says one thing": lambda: shared_names(name for _, name, _ in sources()),
    "public names are documented": each_name(docstring_problems, method_problems),
    "docstrings have one mood": each_name(mood_problems),
    "errors say what came": each_module(error_problems),
}


@pytest.mark.parametrize("rule", RULES)
def test_the_tree_keeps_the_rule(rule):
    problems = RULES[rule]()
    assert not problems, f"{rule}:\n" + "\n".join(problems)


@pytest.mark.parametrize("path", SCRIPTS, ids=short)
def test_scripts_import_public_names_only(path):
    problems = problems_of_script(path.read_text(encoding="utf8"), short(path))
    assert not problems, "\n" + "\n".join(problems)


def test_every_package_folder_has_an_init():
    folders = {folder for path in MODULES for folder in path.parents if folder.is_relative_to(ROOT)}
    folders -= {ROOT}
    missing = sorted(short(f) for f in folders if not (f / "__init__.py").exists())
    assert not missing, f"no __init__.py in {missing}: they would be left out of the wheel"


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_every_name_in_all_exists(path):
    module = importlib.import_module(module_name(path))
    missing = [name for name in getattr(module, "__all__", []) if not hasattr(module, name)]
    assert not missing, f"{module.__name__}.__all__ lists {missing}, which it does not define"


def test_import_skal_asks_for_no_plotting_and_no_extra():
    # The finder refuses these modules, so the import also proves that skal lives without them,
    # and notes who asked. scikit-learn itself tries pandas, and gets along without.
    program = """
        import sys

        class Refuse:
            asked = []

            def find_spec(self, name, path=None, target=None):
                if name.partition(".")[0] not in {"matplotlib", "pandas", "modAL", "PIL"}:
                    return None
                frame = sys._getframe(1)
                while "importlib" in frame.f_code.co_filename:
                    frame = frame.f_back
                self.asked.append((name, frame.f_globals.get("__name__", "")))
                raise ModuleNotFoundError(f"refused: {name}", name=name)

        sys.meta_path.insert(0, Refuse())
        import skal

        for name, who in Refuse.asked:
            if not (name == "pandas" and who.startswith("sklearn.")):
                print(f"{who} imports {name}")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, f"import skal fails without its extras:\n{done.stderr}"
    assert not done.stdout, f"import skal loads what only some users need:\n{done.stdout}"


def test_tracked_files_stay_small():
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in done.stdout.split("\0") if name]
    problems = size_problems({short(p): p.stat().st_size for p in paths if p.is_file()})
    assert not problems, f"keep what scripts can make again out of git: {problems}"


def test_the_version_is_the_same_everywhere():
    import skal

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "skal.__version__"}
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf8")
    assert f"\nversion: {skal.__version__}\n" in citation, (
        f"skal is {skal.__version__}, CITATION.cff says something else"
    )


# ---------------------------------------------------------------- the rules can fail


@pytest.mark.parametrize(
    ("module", "source", "why"),
    [
        ("skal.measures", "from .evidence import Proba", "point down"),
        ("skal.evidence._need", "from skal.learner import ActiveLearner", "point down"),
        ("skal.evidence._need", "from .. import learner", "point down"),
        ("skal.learner._learner", "def f():\n    from ..plotting import x", "point down"),
        ("skal.learner._learner", "import skal.experiment", "point down"),
        ("skal.strategies.density", "from ..nets import ANNClassifier", "one floor"),
        ("skal.learner._learner", "from skal import ActiveLearner", "no room below"),
        ("skal.learner._learner", "import skal", "no room below"),
        ("skal.plotting._curves", "from ..learner import ActiveLearner", "History only"),
        ("skal.plotting._curves", "from ..strategies import BALD", "History only"),
        ("skal.rubbish", "x = 1", "no floor"),
        ("skal.evidence._measure", "import torch.nn as nn", "torch belongs"),
        ("skal.data.views", "def f():\n    from skorch.dataset import Dataset", "skorch belongs"),
        ("skal.plotting._curves", "import matplotlib.pyplot as plt", "inside functions"),
        ("skal.learner._history", "def f():\n    import matplotlib", "inside functions"),
        ("skal.learner._learner", "from sklearn.utils._tags import get_tags", "_compat.py"),
        ("skal.learner._learner", "from sklearn.base import _fit_context", "_compat.py"),
        ("skal.learner._learner", "import sklearn.experimental", "_compat.py"),
        ("skal.data.views", "import pandas as pd", "is an extra"),
        ("skal.data.views", "try:\n    from PIL import Image\nexcept: pass", "no Pillow"),
        ("skal.interop.modal", "class A:\n    from modAL import batch", "is an extra"),
        ("skal.data.views", "if TYPE_CHECKING:\n    pass\nelse:\n    import pandas", "extra"),
    ],
)
def test_the_import_rules_catch(module, source, why):
    problems = problems_of_module(source, module)
    assert len(problems) == 1, f"expected one problem in {source!r}, found {problems}"
    assert why in problems[0]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("skal", "from .learner import ActiveLearner\nfrom .plotting import CurveDisplay"),
        ("skal.strategies.bayesian", "from ..measures import entropy\nfrom ._base import Strategy"),
        ("skal.strategies.bayesian", "from ..evidence import Proba\nfrom .. import measures"),
        ("skal.plotting._curves", "from ..learner import History\nfrom ..experiment import Table"),
        ("skal.plotting._curves", "def f():\n    import matplotlib.pyplot as plt"),
        ("skal.evidence.sweep", "import torch\nfrom skorch import NeuralNet"),
        ("skal._containers", "from skal.exceptions import SkalError"),
        ("skal.nets._ann", "from torch import nn"),
        ("skal._compat", "from sklearn.base import _fit_context"),
        ("skal.learner._learner", "from sklearn import __version__\nimport sklearn.utils"),
        ("skal.data.views", "def f():\n    import pandas"),
        ("skal.data.views", "if TYPE_CHECKING:\n    import torch"),
        ("skal.data.views", "import typing\nif typing.TYPE_CHECKING:\n    import torch"),
    ],
)
def test_the_import_rules_let_pass(module, source):
    assert problems_of_module(source, module) == []


def test_relative_imports_of_a_package_start_at_the_package():
    source = "from ._base import Strategy\nfrom .. import measures"
    targets = [i.target for i in imports_of(source, "skal.strategies", is_package=True)]
    assert targets == ["skal.strategies._base.Strategy", "skal.measures"]


def test_the_script_rule_catches_private_names_only():
    source = "from skal.learner._history import History\nimport skal\nfrom skal.nets import Ann"
    problems = problems_of_script(source, "plot_it.py")
    assert len(problems) == 1 and "plot_it.py:1 " in problems[0]


def test_a_private_name_of_another_room_is_caught_in_code_and_in_hints():
    source = (
        "from skal._compat import check\nfrom skal.learner import History, _history\n"
        "from skal.experiment._curves import area\n"
        "if TYPE_CHECKING:\n    from skal.data._rows import Rows\n"
        "def f():\n    from skal._compat import _secret\n"
    )
    assert private_imports(source, "skal.experiment._tests") == [
        "skal.experiment._tests imports skal._compat._secret",
        "skal.experiment._tests imports skal.data._rows.Rows",
        "skal.experiment._tests imports skal.learner._history",
    ]


@pytest.mark.parametrize(
    "back",
    [
        "from skal.a import one",
        "def f():\n    import skal.a",
        "if TYPE_CHECKING:\n    from skal import a",
        "from .a import one",
    ],
)
def test_a_circle_is_caught_however_late_it_closes(back):
    tree = {
        "skal.a": ("from skal import b", False),
        "skal.b": ("import skal.c", False),
        "skal.c": (back, False),
        "skal.d": ("from skal.a import two", False),
    }
    assert circles(tree) == ["skal.a <-> skal.b <-> skal.c"]
    assert circles(tree | {"skal.c": ("import numpy", False)}) == []


def test_relative_imports_are_caught():
    assert relative_imports("from . import x", "skal.a._b") == ["skal.a._b imports by dots"]
    assert relative_imports("from skal.a import x", "skal.a._b") == []


def test_long_modules_and_functions_are_caught():
    said = '    """' + "Say much.\n" * 70 + '    """\n'
    assert long_pieces("def f():\n" + said + "    return 1\n" * 59, "m") == []
    assert long_pieces("def f():\n" + said + "    x = 1\n" * 60, "m") == [
        "m.f is longer than 60 lines"
    ]
    assert long_pieces("x = 1\n" * 420, "m") == []
    assert long_pieces("x = 1\n" * 421, "m") == ["m is longer than 420 lines"]


def test_one_name_of_two_private_files_is_caught():
    modules = ["skal.a._rows", "skal.b._rows", "skal.a._base", "skal.b._base", "skal.b.rows"]
    assert shared_names(modules) == ["_rows is in skal.a and skal.b"]


def test_the_size_rule_can_fail():
    assert size_problems({"a": LARGEST_FILE}) == []
    assert size_problems({"a": LARGEST_FILE + 1}) == [f"a has {LARGEST_FILE + 1:,} bytes"]
    many = ALL_FILES // LARGEST_FILE + 1
    assert "all files" in size_problems({str(i): LARGEST_FILE for i in range(many)})[0]


class Bare:
    pass


class Documented:
    """A class.

    Parameters
    ----------
    n : int, default=1
        How many.
    a, b : float
        Others.

    Examples
    --------
    >>> made = Documented()
    """

    def __init__(self, n=1, a=0.0, b=0.0, **params):
        self.n = n


class Shorter(Documented):
    """A class of fewer parameters.

    Parameters
    ----------
    n : int
    """

    def __init__(self, n, more):
        self.n = n


class Disordered(Documented):
    """A class.

    Parameters
    ----------
    b, a, n : int
    gone : int

    Examples
    --------
    >>> made = Disordered()
    """

    def teach(self, X, y):
        """Learn.

        Parameters
        ----------
        X : array
        """


class Swapped(Documented):
    """A class.

    Parameters
    ----------
    b, a, n : int

    Examples
    --------
    >>> made = Swapped()
    """


@dataclasses.dataclass
class Made:
    n: int


def gives():
    """Gives one."""
    return 1


def nothing():
    """Return nothing

    Examples
    --------
    >>> nothing()
    """

    def inner():
        return 1


@pytest.mark.parametrize(
    ("thing", "said"),
    [
        (Bare, ["no docstring of its own"]),
        (Documented, []),
        (Shorter, ["Parameters lack more", "no Examples"]),
        (Disordered, ["Parameters name gone, unknown"]),
        (Swapped, ["Parameters are in another order"]),
        (Made, ["no docstring of its own"]),
        (gives, ["no Returns", "no Examples"]),
        (nothing, []),
        ({}, []),
    ],
    ids=lambda thing: getattr(thing, "__name__", ""),
)
def test_the_docstring_rule_catches(thing, said):
    assert docstring_problems("x", thing) == [f"x: {problem}" for problem in said]


def test_the_docstring_rule_reads_methods():
    assert method_problems("x", Disordered) == ["x.teach: Parameters lack y"]


def test_the_rule_of_mood_catches():
    assert mood_problems("x", gives) == ["x: the summary starts with 'Gives', not a verb"]
    assert mood_problems("x", nothing) == ["x: the summary ends without a period"]
    assert mood_problems("x", Disordered) == []


def test_the_rule_of_errors_catches():
    source = 'raise ValueError(f"`n` must be at least 1{more}")\n'
    assert error_problems(source, "m") == ["m: `n` must be at least 1{more}"]
    assert error_problems(source.replace("{more}", ", got {n}"), "m") == []
    assert error_problems('raise ValueError("classes must be passed")', "m") == []
