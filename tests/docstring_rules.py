"""The rules of docstrings and errors, each a function from a thing to a list of what it lacks."""

import ast
import dataclasses
import inspect
import re
import textwrap

SECTION = re.compile(r"^(?P<name>[A-Z][A-Za-z ]+)\n-{3,}$", re.MULTILINE)
ENTRY = re.compile(r"^(?P<names>[\w*, ]+?)(?: ?: .*)?$", re.MULTILINE)
VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
MUST = re.compile(r"\bmust (?!be (?:passed|given|called))")
VERBS = set(  # a summary of a function starts with one of them: it tells what to do
    """
    Add Adjust Align Answer Apply Ask Average Bound Break Build Call Change Check Choose Cluster
    Collect Compare Compute Copy Count Cover Cut Divide Draw Estimate Evaluate Export Find Fit
    Forget Gather Give Go Hide Import Join Keep Label Lay Learn Load Make Mark Match Measure
    Move Name Open Pass Pick Play Predict Project Put Raise Rank Read Record Refuse Register
    Remove Rescale Resolve Return Run Save Say Scale Score Search Set Show Sort Split
    Standardise Start Stop Subtract Sum Switch Take Tell Test Tidy Train Transform Turn Undo
    Update Warn Weigh Wrap Write Yield
    """.split()
)


def sections_of(text):
    """Split a numpydoc docstring: section names to their texts; the head under ""."""
    text = inspect.cleandoc(text)
    hits = list(SECTION.finditer(text))
    ends = [*(hit.start() for hit in hits[1:]), len(text)]
    parts = {hit["name"]: text[hit.end() : end] for hit, end in zip(hits, ends, strict=False)}
    return {"": text[: hits[0].start()] if hits else text, **parts}


def documented(section):
    """Names that a Parameters section has an entry for, in order, without their stars."""
    found = []
    for line in section.splitlines():
        entry = ENTRY.match(line)
        if line[:1].strip() and entry:
            found += [name.strip().lstrip("*") for name in entry["names"].split(",")]
    return found


def parameters_of(thing):
    """Names of what a call takes; those that anything may stand for, apart."""
    try:
        found = inspect.signature(thing).parameters.values()
    except (TypeError, ValueError):  # written in C
        return [], []
    named = [p.name for p in found if p.kind not in VARIADIC and p.name not in {"self", "cls"}]
    return named, [p.name for p in found if p.kind in VARIADIC]


def own_doc(thing):
    text = vars(thing).get("__doc__") if inspect.isclass(thing) else thing.__doc__
    is_made = inspect.isclass(thing) and text and text.startswith(f"{thing.__name__}(")
    return None if is_made else text  # dataclasses and tuples write one where there is none


def gives_something(function):
    """Tell whether a function returns or yields anything but None."""
    todo = list(ast.parse(textwrap.dedent(inspect.getsource(function))).body[0].body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if isinstance(node, ast.Return) and ast.unparse(node) not in {"return", "return None"}:
            return True
        if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            todo += ast.iter_child_nodes(node)
    return False


def signature_problems(name, thing, sections):
    """Say where the Parameters of a docstring and of the signature differ."""
    named, others = parameters_of(thing)
    told = documented(sections.get("Parameters", ""))
    told += documented(sections.get("Other Parameters", ""))
    lacking = [p for p in named if p not in told]
    unknown = [p for p in told if p not in named + others]
    found = [f"{name}: Parameters lack {', '.join(lacking)}"] if lacking else []
    found += [f"{name}: Parameters name {', '.join(unknown)}, unknown"] if unknown else []
    in_order = [p for p in named if p in told] == [p for p in told if p in named]
    return found if found or in_order else [f"{name}: Parameters are in another order"]


def docstring_problems(name, thing):
    """Say what the docstring of a public thing lacks."""
    if not (inspect.isclass(thing) or inspect.isroutine(thing)):
        return []  # tables, modules and plain values
    text = own_doc(thing)
    if not text:
        return [f"{name}: no docstring of its own"]
    is_protocol = getattr(thing, "_is_protocol", False)
    if inspect.isclass(thing) and (issubclass(thing, BaseException) or is_protocol):
        return []  # an error and a promise have nothing to show in an example
    sections = sections_of(text)
    if inspect.isclass(thing) and "Attributes" in sections and "Parameters" not in sections:
        sections["Parameters"] = sections["Attributes"]  # a record is documented by its fields
        found = [p for p in signature_problems(name, thing, sections) if "unknown" not in p]
    else:
        found = signature_problems(name, thing, sections)
    if inspect.isroutine(thing) and gives_something(thing):
        if "Returns" not in sections and "Yields" not in sections:
            found.append(f"{name}: no Returns")
    is_record = dataclasses.is_dataclass(thing) or hasattr(thing, "_fields")
    if "Examples" not in sections and not is_record:  # records are shown where they are made
        found.append(f"{name}: no Examples")
    return found


def members_of(name, thing):
    """Public methods and properties of a public class, with those of its bases in skal."""
    if not inspect.isclass(thing):
        return
    for base in inspect.getmro(thing):
        if base is thing or base.__module__.startswith("skal."):
            title = name if base is thing else f"{base.__module__}.{base.__name__}"
            for key, value in vars(base).items():
                if not key.startswith("_"):
                    yield f"{title}.{key}", getattr(value, "__func__", value)


def method_problems(name, thing):
    """Say where public methods of a public class and their Parameters differ."""
    found = []
    for key, value in members_of(name, thing):
        if inspect.isfunction(value) and value.__doc__:
            sections = sections_of(value.__doc__)
            if "Parameters" in sections:
                found += signature_problems(key, value, sections)
    return found


def mood_problems(name, thing):
    """Say what is wrong with the first lines of the docstrings of a public thing.

    All end with a period; those of functions and methods start with a verb in the imperative,
    those of classes and properties name what they are or say what is asked first.
    """
    problems = []
    for key, value in [(name, thing), *members_of(name, thing)]:
        is_function = inspect.isfunction(value)
        if not (is_function or inspect.isclass(value) or isinstance(value, property)):
            continue
        if not (text := own_doc(value)):
            continue
        summary = " ".join(inspect.cleandoc(text).split("\n\n")[0].split("\n"))
        if not summary.endswith((".", ":", "?")):
            problems.append(f"{key}: the summary ends without a period")
        if is_function and summary.split()[0].strip(",.") not in VERBS:
            problems.append(f"{key}: the summary starts with {summary.split()[0]!r}, not a verb")
    return problems


def error_problems(source, module, is_package=False):
    """List errors that say what must be, and not what came ("got ...")."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
            if isinstance(node.exc.args[0], ast.Constant | ast.JoinedStr | ast.BinOp):
                text = ast.unparse(node.exc.args[0]).removeprefix("f").strip("'\"")
                if MUST.search(text) and "got" not in text:
                    found.append(f"{module}: {text[:70]}")
    return found
