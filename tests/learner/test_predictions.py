"""What the history says of each row: the prediction before it was taught, and its chance."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC

from skal import ActiveLearner, ANNClassifier
from skal.learner import History

KEYS = {"predicted", "confidence", "runner_up", "runner_up_confidence"}


def loop(estimator=None, strategy="margin", **params):
    sizes = {"init_size": 6, "query_size": 4, "budget": 18, "random_state": 0}
    return ActiveLearner(estimator or GaussianNB(), strategy, **{**sizes, **params})


def before_last_round(learner, X, y):
    """The learner as it was when it chose the last batch."""
    return learner.set_params(budget=learner.budget - learner.query_size).fit(X, y)


@pytest.mark.parametrize("strategy", ["margin", "entropy", "random", "k_center"])
@pytest.mark.parametrize(
    "estimator",
    [
        GaussianNB(),
        make_pipeline(StandardScaler(), LogisticRegression()),
        ANNClassifier(max_epochs=2, hidden_dim=5),
        make_pipeline(StandardScaler(), ANNClassifier(max_epochs=2, hidden_dim=5)),
    ],
    ids=["bayes", "pipeline", "net", "net in a pipeline"],
)
@pytest.mark.parametrize("labels", [[0, 1, 2], ["b", "a", "c"]], ids=["numbers", "words"])
def test_predictions_are_those_of_the_classifier_that_chose_the_rows(
    blobs, strategy, estimator, labels
):
    X, y = blobs[0], np.array(labels)[blobs[1]]
    learner = loop(estimator, strategy)
    record = learner.fit(X, y).history_[-1]
    proba = before_last_round(learner, X, y).predict_proba(X[record["rows"]])

    order, at = np.argsort(-proba, axis=1), np.arange(4)
    assert record["predicted"].tolist() == learner.classes_[order[:, 0]].tolist()
    assert record["runner_up"].tolist() == learner.classes_[order[:, 1]].tolist()
    np.testing.assert_allclose(record["confidence"], proba[at, order[:, 0]], rtol=1e-6)
    np.testing.assert_allclose(record["runner_up_confidence"], proba[at, order[:, 1]], rtol=1e-6)


@pytest.mark.parametrize("estimator", [LinearSVC(), RidgeClassifier(), SGDClassifier()], ids=repr)
@pytest.mark.parametrize("strategy", ["margin", "random"])
def test_a_classifier_without_probabilities_is_asked_for_labels(blobs, estimator, strategy):
    X, y = blobs
    learner = loop(estimator, strategy)
    record = learner.fit(X, y).history_[-1]
    labels = before_last_round(learner, X, y).predict(X[record["rows"]])
    assert record["predicted"].tolist() == labels.tolist()
    assert np.isnan(record["confidence"]).all() and len(record["confidence"]) == 4
    assert not {"runner_up", "runner_up_confidence"} & set(record)


def test_initial_rows_were_predicted_by_nobody(blobs):
    assert not KEYS & set(loop().fit(*blobs).history_[0])


def test_a_pool_of_one_class_has_no_runner_up():
    X = np.arange(20.0)[:, None]
    record = loop().fit(X, np.zeros(20)).history_[-1]
    assert record["predicted"].tolist() == [0, 0, 0, 0]
    assert not {"runner_up", "runner_up_confidence"} & set(record)


class Counted(GaussianNB):
    """Counts the rows of which it is asked for probabilities."""

    asked: list = []

    def predict_proba(self, X):
        self.asked.append(len(X))
        return super().predict_proba(X)


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [("margin", [54, 50, 46]), ("entropy", [54, 50, 46]), ("random", [4, 4, 4])],
)
def test_what_the_query_measured_is_not_measured_again(blobs, monkeypatch, strategy, expected):
    monkeypatch.setattr(Counted, "asked", [])
    loop(Counted(), strategy).fit(*blobs)
    assert Counted.asked == expected


# ---------------------------------------------------------------- chances


def test_random_rows_tell_their_chance_among_those_left(blobs):
    history = loop(strategy="random").fit(*blobs).history_
    told = np.concatenate(list(history["chance"]))
    np.testing.assert_allclose(told, 1 / (60 - np.arange(18)))


def test_rows_of_a_ranking_have_no_chance_but_random_initial_rows_have(blobs):
    first, *others = loop().fit(*blobs).history_["chance"]
    np.testing.assert_allclose(first, 1 / (60 - np.arange(6)))
    assert all(np.isnan(chance).all() and len(chance) == 4 for chance in others)


def test_stratified_rows_have_no_chance(blobs):
    assert np.isnan(loop(initial="stratified").fit(*blobs).history_[0]["chance"]).all()


def test_initial_rows_that_are_drawn_on_tell_their_chance_too():
    y = np.array([0] * 58 + [1, 1])
    record = loop(init_size=2, budget=40).fit(np.arange(60.0)[:, None], y).history_[0]
    assert len(record["rows"]) > 2
    np.testing.assert_allclose(record["chance"], 1 / (60 - np.arange(len(record["rows"]))))


def test_rows_that_are_drawn_on_after_a_ranking_have_no_chance():
    y = np.array([0] * 58 + [1, 1])
    first = lambda inputs: -inputs[:, 0]  # noqa: E731
    record = loop(init_size=2, budget=40, initial=first).fit(np.arange(60.0)[:, None], y)
    chance = record.history_[0]["chance"]
    assert len(chance) > 2 and np.isnan(chance).all()


@pytest.mark.parametrize("strategy", ["power", "softmax", "soft_rank"])
def test_perturbed_rankings_tell_chances(blobs, strategy):
    chance = loop(strategy=strategy).fit(*blobs).history_[-1]["chance"]
    assert chance.shape == (4,) and (chance > 0).all() and (chance <= 1).all()


# ---------------------------------------------------------------- the history


def test_rows_that_nobody_asked_are_predicted_when_they_are_taught(blobs):
    X, y = blobs
    learner = loop().fit(X, y)
    expected = learner.predict(X[[50, 51]])
    record = learner.teach(X[[50, 51]], y[[50, 51]], rows=[50, 51]).history_[-1]
    assert record["predicted"].tolist() == expected.tolist()
    assert np.isnan(record["chance"]).all() and np.isnan(record["utility"]).all()


def test_columns_of_predictions_have_one_array_a_round(blobs):
    history = loop().fit(*blobs).history_
    column = history["predicted"]
    assert column.shape == (4,) and np.isnan(column[0]) and len(column[1]) == 4


def test_frame_holds_no_arrays(blobs):
    pytest.importorskip("pandas")
    frame = loop().fit(*blobs).history_.to_frame()
    assert not (KEYS | {"chance"}) & set(frame)


def test_histories_of_former_versions_still_make_a_frame():
    pytest.importorskip("pandas")
    old = History([{"round": 0, "n_labeled": 3, "rows": np.arange(3), "utility": np.ones(3)}])
    assert old.to_frame()["mean_utility"].tolist() == [1]


def test_an_interrupted_fit_that_goes_on_tells_the_same(blobs):
    whole = loop().fit(*blobs).history_
    halves = loop(budget=10, warm_start=True).fit(*blobs).set_params(budget=18).fit(*blobs).history_
    for a, b in zip(whole[1:], halves[1:], strict=True):
        for key in [*KEYS, "chance"]:
            np.testing.assert_array_equal(a[key], b[key])


@pytest.mark.parametrize("wrap", [lambda e: e, lambda e: make_pipeline(StandardScaler(), e)])
def test_a_svm_of_pairs_plays_as_one_of_classes(blobs, wrap):
    X, y = blobs
    plain, pairs = (
        loop(wrap(SVC(decision_function_shape=shape)), "auto", budget=34).fit(X, y)
        for shape in ("ovr", "ovo")
    )
    assert pairs.labeled_rows_.tolist() == plain.labeled_rows_.tolist()
    assert np.isfinite(pairs.history_[-1]["utility"]).all()
    np.testing.assert_allclose(pairs.decision_function(X), plain.decision_function(X))


def test_decision_values_of_pairs_leave_room_for_a_class_to_come(blobs):
    X, y = blobs
    learner = loop(SVC(decision_function_shape="ovo")).teach(X, y, classes=[0, 1, 2, 3])
    assert learner.decision_function(X).argmax(axis=1).max() == 2
