"""The strategy and the row of docs/user/own_strategy.md pass what every strategy has to pass."""

import doctest
import inspect
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
    (batch,) = [block for block in blocks if "class FarFromMean" in block]
    exec(batch.partition("\nprint(")[0], namespace)
    del STRATEGIES["gini"]  # the other tests look at skal's own
    return namespace["Gini"], namespace["FarFromMean"]


def row_of_the_page(strategy):
    """The line for the test table, as a dict of one Case."""
    (row,) = re.findall(r"```py\n(.*?)```", PAGE.read_text(encoding="utf8"), re.DOTALL)
    return eval("{" + row + "}", {"Case": Case, "P": P, "Gini": strategy})


Gini, FarFromMean = classes_of_the_page()
CASES = row_of_the_page(Gini)


CHECKS = [name for name in dir(test_invariants) if name.startswith("test_")]
FOR_RANKINGS = {name for name in CHECKS if "ranking" in name or "outranks" in name}


def check(name, strategy, request):
    """Run a generic check on a strategy, with the fixtures that it asks for."""
    function = getattr(test_invariants, name)
    fixtures = [part for part in inspect.signature(function).parameters if part != "strategy"]
    function(strategy, **{fixture: request.getfixturevalue(fixture) for fixture in fixtures})


def test_there_are_generic_checks():
    assert len(CHECKS) == 6
    assert len(FOR_RANKINGS) == 2


@pytest.mark.parametrize("name", CHECKS)
def test_the_strategies_of_the_page_pass_the_generic_checks(name, request):
    check(name, Gini(), request)
    if name not in FOR_RANKINGS:
        check(name, FarFromMean(), request)


def test_the_generic_checks_catch_a_strategy_that_favours_a_place(request):
    class Biased(Gini):
        def utility(self, proba):
            return super().utility(proba) + np.arange(len(proba))

    with pytest.raises(AssertionError):
        check("test_neither_order_nor_dtype_of_the_pool_matters", Biased(), request)


def test_the_row_of_the_page_is_worked_out(monkeypatch):
    (name,) = CASES
    assert name == Gini.name
    monkeypatch.setitem(test_table.WORKED, name, CASES[name])
    test_table.test_the_answer_is_the_worked_one(name)


def test_a_wrong_number_in_the_row_is_caught(monkeypatch):
    wrong = Case(Gini(), {"proba": P}, [0.46, 0.655, 0.5098, 0.6663])
    monkeypatch.setitem(test_table.WORKED, "gini", wrong)
    with pytest.raises(AssertionError):
        test_table.test_the_answer_is_the_worked_one("gini")


def test_the_docstring_of_the_page_runs(monkeypatch):
    monkeypatch.setattr(skal.strategies, "Gini", Gini, raising=False)
    example = doctest.DocTestParser().get_doctest(Gini.__doc__, {}, "Gini", None, 0)
    assert example.examples
    assert doctest.DocTestRunner(verbose=False).run(example).failed == 0
