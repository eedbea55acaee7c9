"""Which row of a pool a label belongs to, by hand-worked cases without any training."""

import numpy as np
import pytest

from skal.evidence import PoolCache
from skal.learner._log import Answers, LabelLog

TOLD, UNTOLD = [0, 2], [-1, -1]
CASES = {  # rows told, values of the pool -> rows of the labels, whose values are 0 and 2
    "the same pool": (TOLD, [0, 1, 2, 3], [0, 2]),
    "the same pool, not told": (UNTOLD, [0, 1, 2, 3], [0, 2]),
    "another order": (TOLD, [3, 2, 1, 0], [3, 1]),
    "another order, not told": (UNTOLD, [3, 2, 1, 0], [3, 1]),
    "only the first row moved": (TOLD, [9, 1, 2, 0], [3, 2]),
    "only the last label moved": (TOLD, [0, 2, 9, 3], [0, 1]),
    "moved to the first row": (TOLD, [2, 1, 9, 0], [3, 0]),
    "cut before the last label": (TOLD, [0, 1], [0, -1]),
    "rounded at their places": (TOLD, [0.1, 1, 2.1, 3], [0, 2]),
    "rounded, not told": (UNTOLD, [0.1, 1, 2.1, 3], [-1, -1]),
    "one moved and one gone": (TOLD, [2, 1, 9, 8], [-1, 0]),
    "the first row moved and one gone": (TOLD, [9, 1, 8, 0], [3, -1]),
    "rather equal than rounded": (UNTOLD, [0, 2 + 1e-12, 2, 3], [0, 2]),
    "one told and one not": ([0, -1], [0, 2, 1, 3], [0, 1]),
    "two rows alike, not told": (UNTOLD, [2, 0, 0, 2], [1, 0]),
    "two rows alike, told": (TOLD, [0, 0, 2, 2], [0, 2]),
    "told at the wrong places": ([1, 3], [0, 1, 2, 3], [0, 2]),
    "told the wrong way round": ([2, 0], [0, 1, 2, 3], [0, 2]),
}


def found(told, taught, pool):
    """Rows of a pool of one column that labels of such rows belong to."""
    X, pool = np.asarray(taught)[:, None], np.asarray(pool)[:, None]
    n = len(told)
    log = LabelLog().add(Answers(X, np.arange(n), np.ones(n), np.array(told), {}), 0, np.arange(n))
    return log.rows_in(pool, PoolCache(), pool).tolist()


@pytest.mark.parametrize("case", CASES)
def test_labels_find_their_rows(case):
    told, pool, expected = CASES[case]
    assert found(told, [0.0, 2.0], pool) == expected


@pytest.mark.parametrize("told", [TOLD, UNTOLD])
@pytest.mark.parametrize("dtypes", [("f4", "f8"), ("f8", "f4")])
def test_labels_whose_values_were_cast_find_their_rows_in_another_order(told, dtypes):
    taught, pool = np.array([0.1, 0.3], dtypes[0]), np.array([0.7, 0.3, 0.1], dtypes[1])
    assert found(told, taught, pool) == [2, 1]


@pytest.mark.parametrize("dtypes", [("f4", "f8"), ("f8", "f4")])
def test_a_told_row_whose_values_were_cast_stays_although_another_is_equal(dtypes):
    taught, pool = np.array([0.1, 0.3], dtypes[0]), np.array([0.1, 0.3, 0.3], dtypes[1])
    assert found(TOLD, taught, pool) == [0, 2]


def test_equal_labels_take_as_many_equal_rows():
    assert found([-1, -1, -1], [1.0, 1.0, 1.0], [1.0, 0.0, 1.0, 5.0]) == [0, 2, -1]


def test_a_label_that_was_not_told_is_looked_for_in_the_pool_itself():
    pool = np.array([[0.0], [2.0]])
    answers = Answers(pool, np.arange(2), np.ones(2), np.array([0, -1]), {})
    log = LabelLog().add(answers, 0, np.arange(2))
    assert log.rows_in(pool, PoolCache(), pool).tolist() == [0, 1]
