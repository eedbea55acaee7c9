"""The rules of the house, each a function from sources to a list of what is wrong with them."""

import ast
from collections import defaultdict
from dataclasses import dataclass

FLOORS = [  # from the ground up: imports point down only, rooms on one floor are strangers
    {"measures", "exceptions", "_containers", "_compat", "_optional", "_progress", "_random"}
    | {"_threads", "_values", "_digest", "_describe", "_caller"},
    {"evidence"},
    {"strategies", "nets", "data"},
    {"learner"},
    {"experiment", "labeling"},
    {"interop", "plotting"},
    {"commands"},
    {"__main__"},
]
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
TORCH_ROOMS = (
    "skal._threads",
    "skal.nets",
    "skal.evidence._dropout",
    "skal.evidence._attacks",
    "skal.evidence._reader",
    "skal.evidence.sweep",
)
EXTRAS = {"pandas", "modAL", "anywidget", "psycopg", "datasets"}
# a class needs its base where it is written; who wants this module imports it inside a function
HOME_OF = {"anywidget": "skal.labeling._widget"}
# the extra without which it is not imported
OF_LABELING = {"sqlalchemy", "starlette", "uvicorn", "cloudpickle"}
TYPE_CHECKING = {"TYPE_CHECKING", "typing.TYPE_CHECKING"}
LONGEST_MODULE = 420  # lines
LONGEST_FUNCTION = 60  # lines without the docstring
LARGEST_FILE = 200_000  # bytes of a tracked file
ALL_FILES = 8_000_000


# ---------------------------------------------------------------- reading imports


@dataclass(frozen=True)
class Import:
    line: int
    target: str  # "skal.learner.History": the module, and the name taken from it if any
    in_function: bool = False
    relative: bool = False
    for_types: bool = False  # under `if TYPE_CHECKING`: never runs


def imports_of(source, module, is_package=False):
    """Return every import of a source text, with relative ones made absolute."""
    package = module if is_package else module.rpartition(".")[0]
    found = []

    def visit(node, in_function, for_types):
        if isinstance(node, ast.If) and ast.unparse(node.test) in TYPE_CHECKING:
            for child in node.body:
                visit(child, in_function, True)
            for child in node.orelse:
                visit(child, in_function, for_types)
            return
        if isinstance(node, ast.Import):
            for alias in node.names:
                found.append(Import(node.lineno, alias.name, in_function, False, for_types))
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join(parents + ([base] if base else []))
            for alias in node.names:
                target = base if alias.name == "*" else f"{base}.{alias.name}"
                found.append(Import(node.lineno, target, in_function, node.level > 0, for_types))
        in_function = in_function or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for child in ast.iter_child_nodes(node):
            visit(child, in_function, for_types)

    visit(ast.parse(source), False, False)
    return found


def within(name, parents):
    """Tell whether a dotted name is one of the parents or lies inside one."""
    return any(name == parent or name.startswith(parent + ".") for parent in parents)


def is_private(part):
    return part.startswith("_") and not part.startswith("__")


# ---------------------------------------------------------------- who may import whom


def layer_problem(module, target):
    """Say why `module` may not import the skal name `target`, or return None."""
    room = module.split(".")[1]
    parts = target.split(".")
    other = parts[1] if len(parts) > 1 else None
    if other == room:
        return None
    if other not in FLOOR_OF:
        return f"{target} is no room below; import from the room that defines the name"
    if FLOOR_OF[other] == FLOOR_OF[room] > 0:  # the ground's modules may know each other
        return f"{room} and {other} are on one floor and must not know each other"
    if FLOOR_OF[other] > FLOOR_OF[room]:
        return f"{room} lies below {other}; imports point down only"
    if room == "plotting":
        reads_history = within(target, ("skal.learner.History", "skal.learner.HISTORY_ARRAYS"))
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
    if first in EXTRAS and not imported.in_function and HOME_OF.get(first) != module:
        return f"{first} is an extra; import it inside the function that needs it"
    if first in OF_LABELING and not within(module, ["skal.labeling"]):
        return f"{first} belongs in skal/labeling/ only"
    if first == "PIL" and not imported.in_function:
        return "`import skal` loads no Pillow; import it inside the function that needs it"
    return None


def problems_of_module(source, module, is_package=False):
    """List what is wrong with the imports of one module of skal."""
    found = []
    parts = module.split(".")
    if len(parts) > 1 and parts[1] not in FLOOR_OF:
        return [f"{module}: room {parts[1]!r} has no floor; add it to FLOORS and the docs"]
    for imported in imports_of(source, module, is_package):
        if imported.for_types:
            continue
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


def private_imports(source, module, is_package=False):
    """List the private names of other rooms that a module imports.

    A private module of the ground, such as `skal._compat`, is everybody's; its private names
    are not. Hints count too: who names a private class in a hint depends on it.
    """
    room = module.split(".")[1] if "." in module else None
    found = set()
    for imported in imports_of(source, module, is_package):
        first, *rest = imported.target.split(".")
        if first == "skal" and room and rest and rest[0] != room:
            if any(is_private(part) for part in rest[1:]):
                found.add(f"{module} imports {imported.target}")
    return sorted(found)


def relative_imports(source, module, is_package=False):
    """Say whether a module imports anything by dots."""
    found = any(imported.relative for imported in imports_of(source, module, is_package))
    return [f"{module} imports by dots"] if found else []


def circles(sources):
    """List every set of modules that import one another, whether at once, late or for hints.

    `sources` maps a module's name to its text and to whether it is a package.
    """

    def module_of(target):
        while target not in sources:
            target = target.rpartition(".")[0]
            if not target:
                return None
        return target

    after = {
        module: {
            found
            for imported in imports_of(source, module, is_package)
            if (found := module_of(imported.target)) and found != module
        }
        for module, (source, is_package) in sources.items()
    }

    def reach(start):
        seen, todo = set(), [start]
        while todo:
            for module in after[todo.pop()] - seen:
                seen.add(module)
                todo.append(module)
        return seen

    reached = {module: reach(module) for module in sources}
    found = {
        frozenset(m for m in reached[module] if module in reached[m])
        for module in sources
        if module in reached[module]
    }
    return sorted(" <-> ".join(sorted(circle)) for circle in found)


# ---------------------------------------------------------------- how large things are


def long_pieces(source, module, is_package=False):
    """List a module and those of its functions that are too long, without their docstrings."""
    is_long = source.count("\n") > LONGEST_MODULE
    found = [f"{module} is longer than {LONGEST_MODULE} lines"] if is_long else []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            n = node.end_lineno - node.lineno + 1
            if ast.get_docstring(node) is not None:
                n -= node.body[0].end_lineno - node.body[0].lineno + 1
            if n > LONGEST_FUNCTION:
                found.append(f"{module}.{node.name} is longer than {LONGEST_FUNCTION} lines")
    return found


def shared_names(modules):
    """List names of private files that two packages have: a name says one thing.

    `_base.py` is where the base class of a package lives, wherever it stands.
    """
    homes = defaultdict(set)
    for module in modules:
        package, _, name = module.rpartition(".")
        if is_private(name) and name != "_base":
            homes[name].add(package)
    return sorted(
        f"{name} is in {' and '.join(sorted(packages))}"
        for name, packages in homes.items()
        if len(packages) > 1
    )


def size_problems(sizes):
    """Say which files weigh too much, each and all together."""
    large = [f"{name} has {n:,} bytes" for name, n in sizes.items() if n > LARGEST_FILE]
    total = sum(sizes.values())
    return large + ([f"all files have {total:,} bytes"] if total > ALL_FILES else [])
