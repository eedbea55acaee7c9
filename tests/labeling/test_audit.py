"""Rows drawn evenly, and what they tell of a model."""

import numpy as np
import pytest

from skal.labeling._audit import audit_accuracy, drawn_audit, hidden_in


def test_five_errors_in_a_hundred_are_the_worked_interval():
    audited = [(item, "cat") for item in range(100)]
    answered = [(item, "dog" if item < 5 else "cat") for item in range(100)]
    found = audit_accuracy(audited, answered)
    assert found.value == 0.95
    assert (1 - found.high, 1 - found.low) == pytest.approx((0.021544, 0.111750), abs=1e-6)


def test_only_the_latest_models_are_told_of():
    audited = [(item, "cat" if item >= 50 else "dog") for item in range(100)]
    found = audit_accuracy(audited, [(item, "cat") for item in range(100)], window=50)
    assert (found.value, found.n) == (1.0, 50)


def test_what_nobody_answered_counts_for_nothing():
    found = audit_accuracy([(1, "cat"), (2, "cat")], [(2, "dog")])
    assert (found.value, found.n) == (0.0, 1)
    assert not audit_accuracy([(1, "cat")], [])


def test_an_audit_is_drawn_evenly_and_keeps_what_waits():
    rng = np.random.default_rng(0)
    draws = [drawn_audit(np.arange(10), np.array([3, 99]), 20, 0.1, rng) for _ in range(4000)]
    assert all(draw[0] == 3 and len(draw) == 2 for draw in draws)
    drawn = np.bincount([draw[1] for draw in draws], minlength=10)
    assert drawn[3] == 0 and np.allclose(drawn[np.arange(10) != 3] / 4000, 1 / 9, atol=0.02)


def test_a_share_holds_for_short_queues_on_average():
    rng = np.random.default_rng(0)
    sizes = [len(drawn_audit(np.arange(50), np.arange(0), 4, 0.1, rng)) for _ in range(4000)]
    assert np.mean(sizes) == pytest.approx(0.4, abs=0.03)


def test_audited_rows_stand_anywhere_and_leave_the_order_of_the_others():
    rng = np.random.default_rng(0)
    mixed = [hidden_in(np.arange(9), np.array([99]), rng) for _ in range(2000)]
    places = np.bincount([int(np.flatnonzero(m == 99)[0]) for m in mixed], minlength=10)
    assert np.allclose(places / 2000, 0.1, atol=0.03)
    assert all(m[m != 99].tolist() == list(range(9)) for m in mixed)
