"""GALAXY: paths in a line of rows, against a search in the graph itself."""

from collections import deque

import numpy as np
import pytest

from skal.evidence import Labeled, Labels, Proba
from skal.strategies import GALAXY
from skal.strategies.graph import _middle

P0 = np.array([0.9, 0.8, 0.6, 0.45, 0.3, 0.05])


def rng(seed=0):
    return np.random.default_rng(seed)


def two(p):
    return np.column_stack([p, 1 - np.asarray(p)])


def signs(text):
    return np.array([{"+": 1, "-": -1, ".": 0}[c] for c in text])


def distances_from(start, sign, order):
    """Steps from one labelled row over unlabelled ones to all others, by breadth first."""
    found, queue = {start: 0}, deque([start])
    while queue:
        at = queue.popleft()
        if sign[at] and at != start:
            continue  # a path ends at the next label
        for to in range(max(0, at - order), min(len(sign), at + order + 1)):
            if to not in found and not sign[at] * sign[to] < 0:
                found[to] = found[at] + 1
                queue.append(to)
    return found


def shortest(sign, order):
    """Length of the shortest path between unlike labels, and its possible middles."""
    best, middles = np.inf, set()
    for a in np.flatnonzero(sign > 0):
        from_a = distances_from(a, sign, order)
        for b in np.flatnonzero(sign < 0):
            from_b = distances_from(b, sign, order)
            length = from_a.get(b, np.inf)
            if length > best or length == np.inf:
                continue
            if length < best:
                best, middles = length, set()
            middle = (length + 1) // 2  # path[len // 2], counted from the positive end
            middles |= {
                x
                for x in np.flatnonzero(sign == 0)
                if from_a.get(x) == middle and from_b.get(x) == length - middle
            }
    return best, middles


# ---------------------------------------------------------------- the middle of a path


def test_the_first_path_is_cut_at_the_worked_place():
    assert _middle(signs("+....-"), 1) == 3


def test_the_next_path_is_cut_at_the_worked_place():
    assert _middle(signs("+..-.-"), 1) == 2


def test_the_middle_is_counted_from_the_positive_end():
    assert _middle(signs("-....+"), 1) == 2


def test_the_shortest_of_several_paths_is_cut():
    assert _middle(signs("+.....-..+....-"), 1) == 7  # path 9 8 7 6


def test_rows_between_equal_labels_are_on_no_path():
    assert _middle(signs("+.+...-"), 1) == 4


def test_a_finished_cut_raises_the_order():
    assert _middle(signs("...+-."), 1) == 2  # at order 2, 2 and 5 are linked to both ends
    assert _middle(signs("...++-"), 1) == 2


def test_without_unlike_ends_or_open_rows_there_is_no_path():
    for text in ["+...", "....", "+.+.", "--.-", "+-+-"]:
        assert _middle(signs(text), 1) is None


@pytest.mark.parametrize("order", [1, 2, 3])
def test_the_middle_is_that_of_a_shortest_path_in_the_graph(order):
    n_checked = 0
    for seed in range(300):
        generator = rng(seed)
        sign = generator.choice([-1, 0, 0, 0, 0, 1], size=14)
        place = _middle(sign, order)
        reached = order
        length, middles = shortest(sign, reached)
        while place is not None and length == np.inf:
            reached += 1
            length, middles = shortest(sign, reached)
        assert (place is None) == (length == np.inf)
        if place is not None:
            assert place in middles
            n_checked += 1
    assert n_checked > 100


# ---------------------------------------------------------------- GALAXY


def test_the_line_is_sorted_by_the_lead_of_the_class_and_then_by_sureness():
    p = two(P0)
    found = GALAXY().select(
        1, rng(), proba=p[1:5], labeled_proba=p[[0, 5]], labels=np.array([0, 1])
    )
    assert found.tolist() == [2]  # row 3 of the line, the third candidate


def test_three_classes_stand_in_line_by_the_lead_over_all_others():
    labeled = np.array([[0.9, 0.1, 0.0], [0.0, 0.1, 0.9], [0.1, 0.8, 0.1]])
    proba = np.array([[0.45, 0.50, 0.05], [0.40, 0.35, 0.25], [0.45, 0.10, 0.45]])
    # class 0: labelled 0, then 2 (tied, 0.45), then 1 (leads with 0.40), 0 (-0.05), the others
    found = GALAXY().select(
        1, rng(), proba=proba, labeled_proba=labeled, labels=np.array([0, 2, 1])
    )
    assert found.tolist() == [1]


def test_a_row_asked_counts_as_its_predicted_class():
    p = two(np.array([0.8, 0.6, 0.45, 0.3]))
    found = GALAXY().select(
        2, rng(), proba=p, labeled_proba=two([0.9, 0.05]), labels=np.array([0, 1])
    )
    # 2 is taken for class 1: the boundary of class 1 is sought above it, at 0
    assert found.tolist() == [2, 0]


def test_another_class_begins_when_more_is_labelled():
    proba = rng().dirichlet(np.ones(3), 30)
    found = []
    for again in range(6):  # the same rows, some of them twice or more: the lines stay alike
        labels = np.array([0, 1, 2] + [0] * again)
        known = np.eye(3)[labels] * 0.97 + 0.01
        arrays = {"proba": proba, "labeled_proba": known, "labels": labels}
        found.append(int(GALAXY().select(1, rng(), **arrays)[0]))
    assert found[:3] == found[3:]
    assert len(set(found)) == 3


def test_a_class_without_labels_asks_at_random():
    p = two(np.linspace(0.1, 0.9, 20))
    found = {
        int(GALAXY().select(1, rng(seed), proba=p, labeled_proba=p[:2], labels=np.array([1, 1]))[0])
        for seed in range(60)
    }
    assert len(found) > 10


def test_duplicates_and_sure_rows_are_asked_once_each():
    for order in [1, 2, 50]:
        for n in [1, 7, 12]:
            for proba in (np.full((12, 3), 1 / 3), np.eye(3)[np.arange(12) % 3], np.ones((12, 1))):
                found = GALAXY(order).select(
                    n,
                    rng(),
                    proba=proba,
                    labeled_proba=proba[:4],
                    labels=np.arange(4) % proba.shape[1],
                )
                assert len(set(found.tolist())) == n


def test_galaxy_needs_labels_and_what_is_predicted_of_them():
    expected = {"proba": Proba(), "labeled_proba": Labeled(Proba()), "labels": Labels()}
    assert GALAXY().needs() == expected
