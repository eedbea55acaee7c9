"""Worked numbers of agreement, and what is known of each person."""

import numpy as np
import pytest

from skal.labeling.agreement import (
    annotator_table,
    cohen_kappa,
    confused_classes,
    fleiss_kappa,
    krippendorff_alpha,
)

ANSWERS = np.array([[0, 0, 1], [0, 0, 0], [1, 1, 0], [1, 1, 1], [0, 1, 1], [1, 1, 0]])


def table(answers):
    items, people = np.nonzero(answers >= 0)
    return items, people, answers[items, people]


# ---------------------------------------------------------------- worked numbers


def test_kappa_of_every_two_people():
    names, kappa = cohen_kappa(*table(ANSWERS))
    assert names.tolist() == [0, 1, 2]
    expected = [[1, 0.666667, -0.333333], [0.666667, 1, 0], [-0.333333, 0, 1]]
    np.testing.assert_allclose(kappa, expected, atol=1e-6)


def test_kappa_of_many():
    np.testing.assert_allclose(fleiss_kappa(*table(ANSWERS)), 0.1, atol=1e-6)


def test_alpha_with_all_answers():
    np.testing.assert_allclose(krippendorff_alpha(*table(ANSWERS)), 0.15, atol=1e-6)


def test_alpha_with_answers_missing():
    answers = ANSWERS.copy()
    answers[0, 2] = answers[4, 0] = -1
    np.testing.assert_allclose(krippendorff_alpha(*table(answers)), 0.523810, atol=1e-6)


def test_the_interval_of_eight_right_of_ten():
    others = np.arange(10) % 2
    mine = np.where(np.arange(10) < 2, 1 - others, others)
    found = annotator_table(*table(np.stack([others, others, mine], axis=1)))
    assert (found["n_right"][2], found["n_compared"][2]) == (8, 10)
    shown = [found[name][2] for name in ("accuracy", "low", "high")]
    np.testing.assert_allclose(shown, [0.769231, 0.561895, 0.928130], atol=1e-6)


# ---------------------------------------------------------------- edges


def test_two_who_share_nothing_have_no_kappa():
    _, kappa = cohen_kappa([1, 2], ["a", "b"], ["x", "x"])
    assert np.isnan(kappa[0, 1]) and kappa[0, 0] == 1


def test_items_with_one_answer_say_nothing_of_agreement():
    items, people, labels = table(ANSWERS)
    more = krippendorff_alpha([*items, 99], [*people, 0], [*labels, 1])
    assert more == krippendorff_alpha(items, people, labels)
    assert np.isnan(krippendorff_alpha([1, 2], ["a", "b"], ["x", "y"]))
    assert np.isnan(fleiss_kappa([1, 2], ["a", "b"], ["x", "y"]))


def test_one_class_alone_counts_as_agreement():
    same = ([1, 1, 2, 2], ["a", "b"] * 2, ["x"] * 4)
    assert krippendorff_alpha(*same) == fleiss_kappa(*same) == cohen_kappa(*same)[1][0, 1] == 1


def test_kappa_of_many_wants_as_many_answers_each():
    with pytest.raises(ValueError, match="got 1 to 2; use krippendorff_alpha"):
        fleiss_kappa([1, 1, 2], ["a", "b", "a"], ["x", "x", "y"])


# ---------------------------------------------------------------- people


def test_a_person_is_not_compared_with_their_own_answers():
    two = np.array([[0, 1]] * 10)  # half of each majority is one's own
    found = annotator_table(*table(two))
    assert found["n_right"].tolist() == [0, 0] and found["n_compared"].tolist() == [10, 10]


def test_classes_may_be_words():
    found = annotator_table([1, 1, 2, 2], ["a", "b"] * 2, ["x", "x", "y", "x"])
    assert found["n_right"].tolist() == [1, 1]


def test_careful_people_are_told_from_a_careless_one_by_two_others():
    rng = np.random.default_rng(0)
    truth = rng.integers(4, size=(600, 1))
    right = rng.random((600, 3)) < [0.93, 0.9, 0.55]
    wrong = (truth + rng.integers(1, 4, (600, 3))) % 4
    found = annotator_table(*table(np.where(right, truth, wrong)))
    for name in ("accuracy", "reliability"):
        np.testing.assert_allclose(found[name], [0.93, 0.9, 0.55], atol=0.05, err_msg=name)


def test_skips_and_seconds_are_told():
    found = annotator_table([1, 2, 1], ["b", "b", "a"], ["x", None, "x"], seconds=[2, np.nan, 5])
    assert found["annotator"].tolist() == ["a", "b"]
    assert found["skipped"].tolist() == [0, 0.5] and found["seconds"].tolist() == [5, 2]


def test_who_shares_no_item_has_the_accuracy_of_the_start():
    found = annotator_table([1, 2], ["a", "b"], ["x", "y"])
    np.testing.assert_allclose(found["accuracy"], 2 / 3)
    assert found["n_compared"].tolist() == [0, 0]


def test_classes_that_are_confused_come_with_items_to_look_at():
    items = [1, 1, 2, 2, 3, 3, 4, 4]
    labels = ["cat", "dog", "dog", "cat", "cat", "fox", "fox", "fox"]
    found = confused_classes(items, ["a", "b"] * 4, labels, n_examples=1)
    assert found == [
        {"classes": ["cat", "dog"], "n_items": 2, "examples": [1]},
        {"classes": ["cat", "fox"], "n_items": 1, "examples": [3]},
    ]
