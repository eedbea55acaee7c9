"""Several people at once: rows that others were asked, and who answered."""

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB

from skal import ActiveLearner
from skal.exceptions import FinishedError


@pytest.mark.parametrize("strategy", ["k_center", "margin"])
def test_pending_rows_count_as_chosen_so_that_two_people_get_one_batch_between_them(
    blobs, strategy
):
    X, y = blobs
    learner = ActiveLearner(GaussianNB(), strategy, random_state=0)
    learner.teach(X[:10], y[:10], rows=range(10))
    both = learner.query(X, 8)
    first = learner.query(X, 4)
    np.testing.assert_array_equal(np.append(first, learner.query(X, 4, pending=first)), both)


def test_rows_taught_without_a_number_and_pending_ones_are_both_kept_away_from(blobs):
    X, y = blobs
    learner = ActiveLearner(GaussianNB(), "k_center", random_state=0)
    learner.teach(np.append(X[:10], X[:1] + 0.5, axis=0), np.append(y[:10], y[0]))
    both = learner.query(X, 8)
    first = learner.query(X, 4)
    np.testing.assert_array_equal(np.append(first, learner.query(X, 4, pending=first)), both)


def test_pending_rows_are_kept_away_from_before_anything_is_taught(blobs):
    X, _ = blobs
    learner = ActiveLearner(GaussianNB(), initial="k_center", random_state=0)
    both, first = learner.query(X, 8), learner.query(X, 4)
    np.testing.assert_array_equal(np.append(first, learner.query(X, 4, pending=first)), both)


def test_pending_rows_count_in_the_budget_until_they_are_taught(blobs):
    X, y = blobs
    learner = ActiveLearner(GaussianNB(), "margin", budget=14, random_state=0)
    learner.teach(X[:10], y[:10], rows=range(10))
    assert len(learner.query(X, 9, pending=[30, 31, 0])) == 2
    with pytest.raises(FinishedError, match="4 pending rows spend the rest of the budget of 14"):
        learner.query(X, pending=[30, 31, 32, 33])
    with pytest.raises(TypeError, match="pending must be a 1-D array of rows"):
        learner.query(X, pending=["a"])


# ---------------------------------------------------------------- who answered


def test_annotators_stand_beside_their_answers_and_not_in_the_classifier(blobs):
    X, y = blobs
    learner = ActiveLearner(GaussianNB(), random_state=0)
    learner.teach(X[:3], y[:3], rows=[0, 1, 2], classes=[0, 1, 2])
    learner.teach(X[3:5], y[3:5], rows=[3, 4], annotator="anna")
    learner.teach(X[[5, 0]], y[[5, 1]], rows=[5, 0], annotator=["ben", "anna"])
    assert learner.answers_["annotator"].tolist() == ["", "", "", "anna", "anna", "ben", "anna"]
    assert "annotator" not in learner.query(X, 1, return_utility=True)
    plain = ActiveLearner(GaussianNB(), random_state=0)
    assert "annotator" not in plain.teach(X[:3], y[:3], classes=[0, 1, 2]).answers_


@pytest.mark.parametrize("annotator", [3, ["anna"], ["anna", 3], [["anna", "ben"]]])
def test_annotators_are_one_name_or_one_a_row(blobs, annotator):
    X, y = blobs
    learner = ActiveLearner(GaussianNB(), random_state=0)
    with pytest.raises((TypeError, ValueError), match="annotator must be a name, or one a row"):
        learner.teach(X[:2], y[:2], annotator=annotator)
    assert not hasattr(learner, "estimator_")
