"""Which batch an answer belongs to, by hand-worked cases without any training."""

import numpy as np
import pytest

from skal._containers import row_prints
from skal.learner._batch import Asked, Batch
from skal.learner._log import Answers

POOL = np.array([[0.0], [1.0], [1.0], [3.0], [4.0], [5.0]])


def batch(*rows, round_=1):
    rows = np.array(rows)
    prints = row_prints(POOL, rows, rounded=True)
    return Batch(rows, round_, {"utility": 10.0 * rows}, prints=prints)


def answers(*at, told=True):
    at = np.array(at)
    rows = at if told else np.full(len(at), -1)
    return Answers(POOL, at, np.ones(len(at)), rows, {})


def parts(batches, given):
    return [(b.rows.tolist(), mine.tolist()) for b, mine in Asked(batches).parts_of(given)]


FIRST = {  # batches, the oldest first; which of them has answers to rows 0 and 1
    "that with most of the answers": ([batch(0, 1, 3, 4), batch(0, 3)], 0),
    "that which is answered most completely": ([batch(0, 1, 3), batch(0, 1, 3, 4)], 0),
    "the newest": ([batch(3, 0, 1), batch(0, 1, 4)], 1),
}


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("case", FIRST)
def test_answers_belong_to(case, told):
    batches, expected = FIRST[case]
    marked = [Batch(b.rows, k, b.columns, prints=b.prints) for k, b in enumerate(batches)]
    found = Asked(marked).parts_of(answers(0, 1, told=told))
    assert [(part.round_, mine.tolist()) for part, mine in found] == [(expected, [0, 1])]


@pytest.mark.parametrize("told", [True, False])
def test_answers_to_two_batches_are_found_in_both(told):
    found = parts([batch(0, 3), batch(5, 4, 1)], answers(3, 4, 0, 5, told=told))
    assert sorted(found) == [([3, 0], [0, 2]), ([4, 5], [1, 3])]


def test_an_answer_that_was_not_told_takes_the_first_of_equal_rows():
    assert parts([batch(2, 1, 0)], answers(1, told=False)) == [([2], [0])]
    assert parts([batch(2, 1, 0)], answers(1, 1, told=False)) == [([2, 1], [0, 1])]


def test_a_told_row_whose_values_changed_is_known_by_its_number():
    changed = Answers(POOL, np.array([3]), np.ones(1), np.array([0]), {})
    assert parts([batch(0, 3)], changed) == [([0], [0])]


def test_a_part_has_the_columns_of_its_rows():
    ((part, _),) = Asked([batch(5, 3, 4)]).parts_of(answers(4, 5))
    assert part.columns["utility"].tolist() == [40.0, 50.0]


def test_what_is_answered_is_open_in_no_batch():
    left = Asked([batch(0, 3), batch(3, 4), batch(3)]).without(answers(3))
    assert [b.rows.tolist() for b in left.batches] == [[0], [4]]


@pytest.mark.parametrize(
    ("again", "kept"), [(batch(0, 3), 1), (batch(3, 0), 2), (batch(0, 3, round_=2), 2)]
)
def test_the_same_batch_asked_again_counts_once(again, kept):
    assert len(Asked([batch(0, 3)]).with_batch(again).batches) == kept


def test_equal_numbers_of_another_pool_are_another_batch():
    other = Batch(np.array([0, 3]), 1, {}, prints=row_prints(POOL + 1, [0, 3], rounded=True))
    assert len(Asked([batch(0, 3)]).with_batch(other).batches) == 2
    (found,) = Asked([batch(0, 3), other]).parts_of(answers(0, 3))
    assert found[0].columns


def test_an_answer_about_a_row_of_no_batch_belongs_to_none():
    assert parts([batch(0, 3)], answers(5)) == []
