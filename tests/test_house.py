"""The rules of the house: who may import whom, what an import costs, and what is documented."""

import ast
import importlib
import inspect
import subprocess
import sys
import textwrap
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted((ROOT / "skal").rglob("*.py"))
SCRIPTS = sorted(p for folder in ("examples", "benchmarks") for p in (ROOT / folder).rglob("*.py"))

FLOORS = [  # from the ground up: imports point down only, rooms on one floor are strangers
    {"measures", "exceptions", "_compat", "_containers", "_optional", "_random"},
    {"evidence"},
    {"strategies", "nets", "data"},
    {"learner"},
    {"labeling", "experiment"},
    {"interop", "plotting"},
    {"__main__"},
]
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
TORCH_ROOMS = (
    "skal.nets",
    "skal.evidence.sweep",
    "skal.evidence._dropout",
    "skal.evidence._attacks",
)
EXTRAS = {"pandas", "PIL", "modAL"}
LARGEST_FILE = 200_000  # bytes of a tracked file
ALL_FILES = 5_000_000
TYPE_CHECKING = {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


# ---------------------------------------------------------------- reading imports


@dataclass(frozen=True)
class Import:
    line: int
    target: str  # "skal.learner.History": the module, and the name taken from it if any
    in_function: bool


def imports_of(source, module, is_package=False):
    """Return every import of a source text, with relative ones made absolute."""
    package = module if is_package else module.rpartition(".")[0]
    found = []

    def visit(node, in_function):
        if isinstance(node, ast.If) and ast.unparse(node.test) in TYPE_CHECKING:
            for child in node.orelse:
                visit(child, in_function)
            return
        if isinstance(node, ast.Import):
            for alias in node.names:
                found.append(Import(node.lineno, alias.name, in_function))
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join(parents + ([base] if base else []))
            for alias in node.names:
                target = base if alias.name == "*" else f"{base}.{alias.name}"
                found.append(Import(node.lineno, target, in_function))
        in_function = in_function or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for child in ast.iter_child_nodes(node):
            visit(child, in_function)

    visit(ast.parse(source), False)
    return found


def within(name, parents):
    """Tell whether a dotted name is one of the parents or lies inside one."""
    return any(name == parent or name.startswith(parent + ".") for parent in parents)


def is_private(part):
    return part.startswith("_") and not part.startswith("__")


# ---------------------------------------------------------------- the rules


def layer_problem(module, target):
    """Say why `module` may not import the skal name `target`, or return None."""
    room = module.split(".")[1]
    parts = target.split(".")
    other = parts[1] if len(parts) > 1 else None
    if other == room:
        return None
    if other not in FLOOR_OF:
        return f"{target} is no room below; import from the room that defines the name"
    if FLOOR_OF[other] == FLOOR_OF[room]:
        return f"{room} and {other} are on one floor and must not know each other"
    if FLOOR_OF[other] > FLOOR_OF[room]:
        return f"{room} lies below {other}; imports point down only"
    if room == "plotting":
        reads_history = within(target, ("skal.learner.History", "skal.learner._history"))
        if FLOOR_OF[other] > 0 and other != "experiment" and not reads_history:
            return "plotting reads experiment tables and learner.History only"
    return None


def outside_problem(module, imported):
    """Say why `module` may not import a name from another project, or return None."""
    first, *rest = imported.target.split(".")
    if first in {"torch", "torchvision", "skorch"} and not within(module, TORCH_ROOMS):
        return f"{first} belongs in skal/nets/ and the nets' side of skal/evidence/ only"
    if first in {"matplotlib", "mpl_toolkits"}:
        if not (within(module, ["skal.plotting"]) and imported.in_function):
            return "matplotlib belongs inside functions of skal/plotting/ only"
    if first == "sklearn" and module != "skal._compat":
        if any(is_private(part) or part in {"experimental", "callback"} for part in rest):
            return "private and experimental scikit-learn belongs in skal/_compat.py only"
    if first in EXTRAS and not imported.in_function:
        return f"{first} is an extra; import it inside the function that needs it"
    return None


def problems_of_module(source, module, is_package=False):
    """List what is wrong with the imports of one module of skal."""
    found = []
    parts = module.split(".")
    if len(parts) > 1 and parts[1] not in FLOOR_OF:
        return [f"{module}: room {parts[1]!r} has no floor; add it to FLOORS and to DESIGN"]
    for imported in imports_of(source, module, is_package):
        if not within(imported.target, ["skal"]):
            problem = outside_problem(module, imported)
        elif module == "skal":
            problem = None  # the front door may know every room
        else:
            problem = layer_problem(module, imported.target)
        if problem:
            found.append(f"{module}:{imported.line} imports {imported.target}: {problem}")
    return found


def problems_of_script(source, name):
    """List the private names of skal that an example or benchmark imports."""
    return [
        f"{name}:{imported.line} imports {imported.target}: scripts use public names only"
        for imported in imports_of(source, "script")
        if within(imported.target, ["skal"])
        and any(is_private(part) for part in imported.target.split("."))
    ]


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def short(path):
    return path.relative_to(ROOT).as_posix()


# ---------------------------------------------------------------- the rules can fail


@pytest.mark.parametrize(
    ("module", "source", "why"),
    [
        ("skal.measures", "from .evidence import Proba", "point down"),
        ("skal.evidence._needs", "from skal.learner import ActiveLearner", "point down"),
        ("skal.evidence._needs", "from .. import learner", "point down"),
        ("skal.learner._learner", "def f():\n    from ..plotting import x", "point down"),
        ("skal.learner._learner", "import skal.experiment", "point down"),
        ("skal.strategies.density", "from ..nets import ANNClassifier", "one floor"),
        ("skal.measures", "from .exceptions import SkalError", "one floor"),
        ("skal.learner._learner", "from skal import ActiveLearner", "no room below"),
        ("skal.learner._learner", "import skal", "no room below"),
        ("skal.plotting._curves", "from ..learner import ActiveLearner", "History only"),
        ("skal.plotting._curves", "from ..strategies import BALD", "History only"),
        ("skal.rubbish", "x = 1", "no floor"),
        ("skal.evidence._providers", "import torch.nn as nn", "torch belongs"),
        ("skal.data.views", "def f():\n    from skorch.dataset import Dataset", "skorch belongs"),
        ("skal.plotting._curves", "import matplotlib.pyplot as plt", "inside functions"),
        ("skal.learner._history", "def f():\n    import matplotlib", "inside functions"),
        ("skal.learner._learner", "from sklearn.utils._tags import get_tags", "_compat.py"),
        ("skal.learner._learner", "from sklearn.base import _fit_context", "_compat.py"),
        ("skal.learner._learner", "import sklearn.experimental", "_compat.py"),
        ("skal.data.views", "import pandas as pd", "is an extra"),
        ("skal.data.views", "try:\n    from PIL import Image\nexcept ImportError: pass", "extra"),
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


# ---------------------------------------------------------------- the tree


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_imports_point_down(path):
    problems = problems_of_module(
        path.read_text(encoding="utf8"), module_name(path), path.name == "__init__.py"
    )
    assert not problems, "\n" + "\n".join(problems)


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


# ---------------------------------------------------------------- what the checkout weighs


def size_problems(sizes):
    """Say which files weigh too much, each and all together, or return []."""
    large = [f"{name} has {n:,} bytes" for name, n in sizes.items() if n > LARGEST_FILE]
    total = sum(sizes.values())
    return large + ([f"all files have {total:,} bytes"] if total > ALL_FILES else [])


def test_tracked_files_stay_small():
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in done.stdout.split("\0") if name]
    problems = size_problems({short(p): p.stat().st_size for p in paths if p.is_file()})
    assert not problems, f"keep what scripts can make again out of git: {problems}"


def test_the_size_rule_can_fail():
    assert size_problems({"a": LARGEST_FILE}) == []
    assert size_problems({"a": LARGEST_FILE + 1}) == [f"a has {LARGEST_FILE + 1:,} bytes"]
    assert "all files" in size_problems({str(i): LARGEST_FILE for i in range(26)})[0]


# ---------------------------------------------------------------- what is public


def public_names():
    import skal

    return [(name, getattr(skal, name)) for name in skal.__all__]


def docstring_problem(name, thing):
    """Say what a public object's docstring lacks, or return None."""
    if not (inspect.isclass(thing) or inspect.isroutine(thing) or inspect.ismodule(thing)):
        return None  # tables and plain values
    text = vars(thing).get("__doc__") if inspect.isclass(thing) else thing.__doc__
    if not text:
        return f"{name} has no docstring of its own"
    if not inspect.isclass(thing) or issubclass(thing, BaseException):
        return None  # an error has nothing to show in an example
    lines = [line.strip() for line in text.splitlines()]
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    takes_any = any(p.kind not in kinds for p in inspect.signature(thing).parameters.values())
    if takes_any and "Parameters" not in lines:
        return f"{name} takes parameters but its docstring has no Parameters section"
    if "Examples" not in lines:
        return f"{name} has no Examples section in its docstring"
    return None


def test_every_public_name_is_documented():
    problems = [docstring_problem(name, thing) for name, thing in public_names()]
    problems = [problem for problem in problems if problem]
    assert not problems, "\n" + "\n".join(problems)


def test_the_docstring_rule_can_fail():
    class Bare:
        pass

    class NoParameters:
        """Do it."""

        def __init__(self, n=1):
            self.n = n

    class NoExamples(NoParameters):
        """Do it.

        Parameters
        ----------
        n : int, default=1
        """

    class Heir(NoExamples):
        pass

    assert "no docstring" in docstring_problem("Bare", Bare)
    assert "no Parameters" in docstring_problem("NoParameters", NoParameters)
    assert "no Examples" in docstring_problem("NoExamples", NoExamples)
    assert "of its own" in docstring_problem("Heir", Heir)
    assert docstring_problem("STRATEGIES", {}) is None


def test_the_version_is_the_same_everywhere():
    import skal

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "skal.__version__"}
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf8")
    assert f"\nversion: {skal.__version__}\n" in citation, (
        f"skal is {skal.__version__}, CITATION.cff says something else"
    )
