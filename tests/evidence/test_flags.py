"""What each need says of itself: a table by hand, for nothing else would notice a flag."""

from inspect import signature

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from skal import evidence
from skal.evidence import (
    Attack,
    CommitteeProba,
    Embedding,
    Evidence,
    Given,
    Head,
    IfAny,
    Inputs,
    Labeled,
    Labels,
    Logits,
    MCProba,
    Model,
    On,
    Past,
    Proba,
    RiskAfter,
    Rounds,
    Scores,
    Seed,
)
from skal.evidence.sweep import sweep

FLAGS = [  # need, answered without a model, means nothing for one class, axis of the candidates
    (Attack(), False, True, 0),
    (CommitteeProba(), False, True, 1),
    (Embedding(), True, False, 0),
    (Embedding("3"), False, False, 0),
    (Given(np.eye(2)), True, False, 0),
    (Head(), False, True, None),
    (IfAny(Inputs()), True, False, None),
    (IfAny(Proba()), True, True, None),
    (Inputs(), True, False, 0),
    (Labeled(Inputs()), False, False, None),
    (Labeled(Inputs(), required=False), True, False, None),
    (Labeled(Proba()), False, True, None),
    (Labels(), True, False, None),
    (Logits(), False, True, 0),
    (MCProba(), False, True, 1),
    (Model(), False, True, None),
    (On(Inputs(), np.eye(2)), True, False, None),
    (On(Proba(), np.eye(2)), False, True, None),
    (Past(), True, False, None),
    (Proba(), False, True, 0),
    (RiskAfter(), False, True, 0),
    (Rounds(), True, False, None),
    (Scores(), False, True, 0),
    (Seed(), True, False, None),
]


@pytest.mark.parametrize(("need", "model_free", "judges", "axis"), FLAGS, ids=str)
def test_a_need_says_of_itself(need, model_free, judges, axis):
    assert (need.model_free, need.judges, need.axis) == (model_free, judges, axis)


def test_the_table_has_every_need():
    bases = {"Need", "Said", "Swept"}
    public = {
        name
        for name in evidence.__all__
        if isinstance(getattr(evidence, name), type)
        and issubclass(getattr(evidence, name), evidence.Need)
    }
    assert {type(row[0]).__name__ for row in FLAGS} == public - bases


def test_labelled_needs_are_named_by_what_they_are_of():
    assert Labeled(Inputs()).words == "labelled inputs"
    assert Labeled(Inputs(), required=False).words == "labelled inputs if any"
    assert IfAny(Labeled(Inputs(), required=False)).words == "labelled inputs if any"


@pytest.mark.parametrize("need", [CommitteeProba(), MCProba()], ids=str)
def test_a_class_that_no_member_has_seen_has_no_chance(need):
    from sklearn.ensemble import BaggingClassifier

    X, y = np.random.default_rng(0).normal(size=(20, 2)), np.arange(20) % 2
    bag = BaggingClassifier(LogisticRegression(), 3, random_state=0).fit(X, y)
    proba = Evidence(bag, X, np.arange(4), classes=np.array([0, 1, 5])).arrays({"p": need})["p"]
    assert (proba[..., 2] == 0).all()
    np.testing.assert_allclose(proba.sum(axis=-1), 1)


def test_an_attack_has_the_defaults_that_are_documented():
    assert Attack() == Attack("deepfool", step=0.05, overshoot=0.02, max_steps=50)


@pytest.mark.parametrize("asked", [Evidence, evidence.measure, sweep])
def test_whoever_names_no_seed_has_seed_0(asked):
    assert signature(asked).parameters["seed"].default == 0


def test_functions_from_outside_see_the_classifier_its_pool_and_what_was_taught():
    X, y = np.random.default_rng(0).normal(size=(20, 2)), np.arange(20) % 2
    model = LogisticRegression().fit(X[:8], y[:8])
    taught = {"X_labeled": X, "rows_labeled": np.array([3, 1]), "y_labeled": y[[3, 1]]}
    view = Evidence(model, X, np.array([9, 12]), **taught).arrays({"m": Model()})["m"]
    np.testing.assert_array_equal(view.X_pool, X[[9, 12]])
    np.testing.assert_array_equal(view.X_training, X[[3, 1]])
    np.testing.assert_array_equal(view.y_training, y[[3, 1]])
    assert Evidence(model, X, np.array([9])).arrays({"m": Model()})["m"].X_training is None
    labels = view.predict(X)
    view.multilabel = True
    np.testing.assert_array_equal(view.predict(X), np.eye(2, dtype=int)[labels])


@pytest.mark.parametrize("n_passes", [0, -3, 2.5, "3", None])
def test_a_number_of_passes_that_is_none_is_refused(n_passes):
    with pytest.raises(ValueError, match="`n_passes` must be an int of at least 1, got .*; 20"):
        MCProba(n_passes)
