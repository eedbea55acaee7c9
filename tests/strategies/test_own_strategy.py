"""The strategy and the row of docs/user/own_strategy.md pass what every strategy has to pass."""

import doctest
import inspect
import itertools
import re
from pathlib import Path

import numpy as np
import pytest

import skal.strategies
from skal.strategies import STRATEGIES
from tests.strategies import test_invariants, test_table
from tests.strategies.cases._case import Case
from tests.strategies.cases.uncertainty import P

PAGE = Path(__file__).parents[2] / "docs" / "user" / "own_strategy.md"


def classes_of_the_page():
    """The first Python block, which defines the strategy, and the one with a set."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf8"), re.DOTALL)
    namespace = {"__name__": "own_strategy"}
    exec(blocks[0], namespace)
    exec(blocks[-1].partition("\nprint(")[0], namespace)
    return namespace["Gini"], namespace["FarFromMean"]


def row_of_the_page(strategy):
    """The line for the test table, as a dict of one Case."""
    (row,) = re.findall(r"```py\n(.*?)```", PAGE.read_text(encoding="utf8"), re.DOTALL)
    return eval("{" + row + "}", {"Case": Case, "P": P, "Gini": strategy})


Gini, FarFromMean = classes_of_the_page()
CASES = row_of_the_page(Gini)


def check(name):
    """A generic check, and the values of its own parameters."""
    function = getattr(test_invariants, name)
    marks = [
        mark.args for mark in getattr(function, "pytestmark", ()) if mark.name == "parametrize"
    ]
    own = {names: values for names, values in marks if names != "strategy"}
    return function, [dict(zip(own, values)) for values in itertools.product(*own.values())]


CHECKS = [  # all but those that ask for fixtures
    name
    for name in dir(test_invariants)
    if name.startswith("test_")
    and set(inspect.signature(getattr(test_invariants, name)).parameters)
    <= {"strategy", *(key for values in check(name)[1] for key in values)}
]
NOT_FOR_SETS = ("tie", "favour", "certain_row", "permuted_classes", "first_of_many", "blocks")


def test_there_are_generic_checks():
    assert len(CHECKS) >= 12


@pytest.mark.parametrize("name", CHECKS)
def test_the_strategy_of_the_page_passes_the_generic_checks(name):
    function, settings = check(name)
    for values in settings:
        function(strategy=Gini(), **values)


@pytest.mark.parametrize(
    "name", [name for name in CHECKS if not any(part in name for part in NOT_FOR_SETS)]
)
def test_the_set_of_the_page_passes_the_generic_checks(name):
    function, settings = check(name)
    for values in settings:
        function(strategy=FarFromMean(), **values)


def test_the_generic_checks_catch_a_strategy_that_favours_a_place():
    class Biased(Gini):
        def utility(self, proba):
            return super().utility(proba) + np.arange(len(proba))

    function, _ = check("test_permuted_candidates_give_the_same_rows")
    with pytest.raises(AssertionError):
        function(strategy=Biased())


def test_the_row_of_the_page_is_worked_out():
    (name,) = CASES
    assert name == Gini.name
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(test_table.RANKED, name, CASES[name])
        patch.setitem(test_table.WORKED, name, CASES[name])
        patch.setitem(test_table.CASES, name, CASES[name])
        patch.setitem(STRATEGIES, name, Gini)
        test_table.test_utilities_are_the_worked_numbers(name)
        test_table.test_rows_come_in_the_worked_order(name)
        test_table.test_a_case_names_all_needs_of_its_strategy(name)
        test_table.test_every_name_has_a_row_in_the_table(name)
        test_table.test_a_name_stands_for_the_defaults(name)
        test_table.test_a_strategy_that_ranks_derives_from_utility_strategy(name)
    assert name not in STRATEGIES


def test_a_wrong_number_in_the_row_is_caught(monkeypatch):
    wrong = Case(Gini(), {"proba": P}, [0.46, 0.655, 0.5098, 0.6663])
    monkeypatch.setitem(test_table.RANKED, "gini", wrong)
    with pytest.raises(AssertionError):
        test_table.test_utilities_are_the_worked_numbers("gini")


def test_the_docstring_of_the_page_runs(monkeypatch):
    monkeypatch.setattr(skal.strategies, "Gini", Gini, raising=False)
    example = doctest.DocTestParser().get_doctest(Gini.__doc__, {}, "Gini", None, 0)
    assert example.examples
    assert doctest.DocTestRunner(verbose=False).run(example).failed == 0
