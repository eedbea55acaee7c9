"""The mutation tester changes what tests should notice, one thing at a time, and nothing else."""

import importlib.util
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "mutation.py"


@pytest.fixture(scope="module")
def mutation():
    spec = importlib.util.spec_from_file_location("mutation_script", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look for their module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def changes(mutation, source):
    """Every changed text that some seed gives."""
    seen = set()
    for seed in range(20):
        for _, mutant in mutation.mutants_of(source, "room", "room.py", seed):
            seen.add(mutant.changed(source.encode()).decode())
    return seen


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("a + b", {"a - b"}),
        ("(a) * (  # times 2 / x\n  b)", {"(a) / (  # times 2 / x\n  b)"}),
        ("a < b", {"a <= b", "a >= b"}),
        ("a not in b", {"a in b"}),
        ("a and b", {"a or b"}),
        ("-a", {"a"}),
        ("f(copy=True)", {"f(copy=False)"}),
        ("f(3)", {"f(4)", "f((2))"}),
        ("if f(a):\n    g()", {"if not (f(a)):\n    g()"}),
        ("for i in range(n):\n    g()", {f"for i in range((n) {s} 1):\n    g()" for s in "+-"}),
        ("x[a:]", {"x[(a) + 1:]", "x[(a) - 1:]"}),
        ("s = 'ä'; a += b", {"s = 'ä'; a -= b"}),
    ],
)
def test_one_thing_is_changed(mutation, source, changed):
    assert changes(mutation, source) == changed


@pytest.mark.parametrize(
    "source",
    [
        '"""Add 1 + 1."""',
        "__all__ = ['a'] + ['b']",
        "def f(a: int | None, b: 'Array | float') -> int | None: ...",
        "x: int | None = None",
        "raise ValueError(f'got {n + 1}, want {2}' + 'more')",
        "warnings.warn('text', stacklevel=2)",
        "if TYPE_CHECKING:\n    a = 1",
    ],
)
def test_what_no_test_should_notice_is_left_alone(mutation, source):
    assert changes(mutation, source) == set()


def test_a_sample_is_even_over_the_packages_and_repeats_with_its_seed(mutation):
    drawn = mutation.sample(["measures", "evidence"], 10, seed=3)
    assert [mutant.package for mutant in drawn] == ["measures", "evidence"] * 5
    assert drawn == mutation.sample(["measures", "evidence"], 10, seed=3)
    assert drawn != mutation.sample(["measures", "evidence"], 10, seed=4)


def test_a_mutant_does_not_depend_on_other_lines(mutation):
    one = mutation.mutants_of("a = b + c\n", "room", "room.py", 0)
    two = mutation.mutants_of("d = 1\ne = 2\na = b + c\n", "room", "room.py", 0)
    assert (one[0][0], one[0][1].after) == (two[-1][0], two[-1][1].after)
