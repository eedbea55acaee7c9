"""The same seed gives the same learner, alone, in searches, in Pipelines and after a pickle."""

import pickle

import joblib
import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal import ActiveLearner, ANNClassifier, CNNClassifier
from skal.learner import MODES

SOME = ("random", "margin", "entropy", "k_center", "albl")

NET = ANNClassifier(hidden_dim=4, max_epochs=2, dropout=0.2)
ESTIMATORS = {
    "net": NET,
    "cnn": CNNClassifier((2, 2), channels=(2,), hidden_dim=4, max_epochs=1, dropout=0.2),
    "sgd": SGDClassifier(loss="log_loss", max_iter=5, tol=None),
    "pipeline": make_pipeline(StandardScaler(), NET),
}
modes = pytest.mark.parametrize("mode", MODES)


def learner_of(estimator=NET, **params):
    sizes = {"init_size": 8, "query_size": 6, "budget": 26, "random_state": 0}
    return ActiveLearner(estimator, **(sizes | params))


def assert_same(first, second, X):
    np.testing.assert_array_equal(first.labeled_rows_, second.labeled_rows_)
    assert first.history_.score_names == second.history_.score_names
    for name in first.history_.score_names:
        np.testing.assert_array_equal(first.history_[name], second.history_[name])
    np.testing.assert_array_equal(first.predict_proba(X), second.predict_proba(X))


@modes
@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.usefixtures("global_rng_untouched")
def test_equal_seeds_give_equal_learners(blobs, test_set, estimator, mode):
    fitted = [
        learner_of(ESTIMATORS[estimator], mode=mode).fit(*blobs, **test_set).fit(*blobs, **test_set)
        for _ in range(2)
    ]
    assert_same(*fitted, blobs[0])


@pytest.mark.parametrize("strategy", SOME)
@pytest.mark.usefixtures("global_rng_untouched")
def test_every_strategy_is_repeatable(blobs, strategy):
    fitted = [learner_of(strategy=strategy).fit(*blobs) for _ in range(2)]
    assert_same(*fitted, blobs[0])


def test_other_seeds_give_other_rows_and_weights(blobs):
    X, _ = blobs
    first, second = (learner_of(random_state=seed).fit(*blobs) for seed in (0, 1))
    assert set(first.labeled_rows_[:8]) != set(second.labeled_rows_[:8])
    assert not np.array_equal(first.predict_proba(X), second.predict_proba(X))


def test_seed_of_the_learner_reaches_an_estimator_without_one(blobs):
    learner = learner_of(make_pipeline(StandardScaler(), NET)).fit(*blobs)
    assert isinstance(learner.estimator_[-1].random_state, int)
    assert learner.estimator[-1].random_state is None


def test_seed_of_the_estimator_is_left_alone(blobs):
    learner = learner_of(clone(NET).set_params(random_state=3)).fit(*blobs)
    assert learner.estimator_.random_state == 3


def test_random_state_object_is_drawn_from_as_scikit_learn_does(blobs):
    first, second = (
        learner_of(random_state=np.random.RandomState(0)).fit(*blobs) for _ in range(2)
    )
    assert_same(first, second, blobs[0])


def test_a_random_state_object_gives_every_fit_other_rows(blobs):
    learner = ActiveLearner(GaussianNB(), init_size=8, random_state=np.random.RandomState(0))
    first, second = (learner.fit(*blobs).history_[0]["rows"].tolist() for _ in range(2))
    assert first != second


def test_query_does_not_advance_a_random_state_object(blobs):
    learner = learner_of(random_state=np.random.RandomState(0))
    first = learner.query(blobs[0], 5)
    np.testing.assert_array_equal(learner.query(blobs[0], 5), first)


def test_query_without_a_seed_is_repeatable_and_moves_nothing(blobs, global_rng_untouched):
    learner = learner_of(random_state=None)
    first = learner.query(blobs[0], 5)
    np.testing.assert_array_equal(learner.query(blobs[0], 5), first)


# ---------------------------------------------------------------- searches

GRID = {
    "strategy": ["entropy", "random"],
    "mode": ["cumulative", "incremental"],
    "query_size": [6, 0.2],
    "estimator__hidden_dim": [3],
}


@pytest.fixture(scope="module")
def serial_search():
    from tests.learner.conftest import make_blobs

    X, y = make_blobs(60)
    return search(1).fit(X, y), X, y


def search(n_jobs):
    net = ANNClassifier(hidden_dim=4, max_epochs=1, dropout=0.2)
    return GridSearchCV(learner_of(net, init_size=6, budget=18), GRID, cv=2, n_jobs=n_jobs)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_parallel_search_equals_the_serial_one_exactly(serial_search, backend):
    serial, X, y = serial_search
    with joblib.parallel_backend(backend):
        parallel = search(2).fit(X, y)
    assert parallel.best_params_ == serial.best_params_
    for name, values in serial.cv_results_.items():
        if name.startswith(("split", "mean_test", "std_test", "rank")):
            np.testing.assert_array_equal(parallel.cv_results_[name], values)
    assert_same(parallel.best_estimator_, serial.best_estimator_, X)


def test_search_tells_its_candidates_apart(serial_search):
    search, _, _ = serial_search
    assert len(set(search.cv_results_["mean_test_score"])) > 1


def test_cross_validation_scores_the_learner(blobs):
    scores = [
        cross_val_score(learner_of(LogisticRegression(), budget=24), *blobs, cv=3) for _ in range(2)
    ]
    np.testing.assert_array_equal(*scores)
    assert scores[0].mean() > 0.5


def test_cross_validation_returns_histories(blobs):
    found = cross_validate(
        learner_of(LogisticRegression(), budget=14), *blobs, cv=2, return_estimator=True
    )
    assert [e.history_["n_labeled"].tolist() for e in found["estimator"]] == [[8, 14]] * 2


@pytest.mark.parametrize(
    "params",
    [{"strategy__temperature": 2.0}, {"mode": "incremental"}, {"estimator__hidden_dim": 3}],
)
def test_nested_parameters_can_be_set(params):
    from skal.strategies import Entropy

    learner = learner_of(strategy=Entropy()).set_params(**params)
    assert learner.get_params()[next(iter(params))] == next(iter(params.values()))


# ---------------------------------------------------------------- Pipelines and routing


def test_outer_pipeline_passes_the_test_set_through_its_transformers(blobs, test_set):
    X, y = blobs
    with sklearn.config_context(enable_metadata_routing=True):
        request = learner_of().set_fit_request(X_test=True, y_test=True)
        pipe = make_pipeline(StandardScaler(), request, transform_input=["X_test"])
        pipe.fit(X, y, **test_set)
    scaler = StandardScaler().fit(X)
    by_hand = learner_of().fit(
        scaler.transform(X),
        y,
        X_test=scaler.transform(test_set["X_test"]),
        y_test=test_set["y_test"],
    )
    assert_same(pipe[-1], by_hand, scaler.transform(X))


WEIGHTED = {
    "sgd": SGDClassifier(loss="log_loss", max_iter=5, tol=None),
    "net": ANNClassifier(hidden_dim=4, max_epochs=2),
}


@pytest.mark.parametrize("mode", ["cumulative", "incremental"])
@pytest.mark.parametrize("name", WEIGHTED)
def test_sample_weight_is_routed_to_the_estimator(blobs, name, mode):
    X, y = blobs
    weight = np.where(y == 0, 5.0, 0.5)
    with sklearn.config_context(enable_metadata_routing=True):
        asking = clone(WEIGHTED[name])
        asking.set_fit_request(sample_weight=True).set_partial_fit_request(sample_weight=True)
        routed = learner_of(asking, mode=mode, strategy="random").fit(X, y, sample_weight=weight)
    plain = learner_of(WEIGHTED[name], mode=mode, strategy="random")
    weighted = clone(plain).fit(X, y, sample_weight=weight)
    unweighted = plain.fit(X, y)
    assert_same(routed, weighted, X)
    assert not np.array_equal(weighted.predict_proba(X), unweighted.predict_proba(X))


def test_sample_weight_that_nobody_asked_for_is_refused_by_routing(blobs):
    with sklearn.config_context(enable_metadata_routing=True):
        with pytest.raises(sklearn.exceptions.UnsetMetadataPassedError, match="sample_weight"):
            learner_of(LogisticRegression()).fit(*blobs, sample_weight=np.ones(60))


@modes
def test_sample_weight_reaches_the_last_step_of_a_pipeline(blobs, mode):
    X, y = blobs
    weight = np.where(y == 0, 5.0, 0.5)
    last = SGDClassifier(loss="log_loss", max_iter=5, tol=None)
    pipe = make_pipeline(StandardScaler(), last)
    learner = learner_of(pipe, mode=mode, strategy="random")
    plain = clone(learner).fit(X, y)
    weighted = learner.fit(X, y, sgdclassifier__sample_weight=weight)
    assert not np.array_equal(plain.predict_proba(X), weighted.predict_proba(X))


@modes
def test_sample_weight_is_routed_through_a_pipeline(blobs, mode):
    X, y = blobs
    weight = np.where(y == 0, 5.0, 0.5)
    last = SGDClassifier(loss="log_loss", max_iter=5, tol=None)
    by_name = learner_of(make_pipeline(StandardScaler(), last), mode=mode, strategy="random")
    by_name.fit(X, y, sgdclassifier__sample_weight=weight)
    with sklearn.config_context(enable_metadata_routing=True):
        asking = clone(last)
        asking.set_fit_request(sample_weight=True).set_partial_fit_request(sample_weight=True)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        routed = learner_of(make_pipeline(scaler, asking), mode=mode, strategy="random")
        routed.fit(X, y, sample_weight=weight)
    assert_same(routed, by_name, X)


def test_weights_are_cut_to_the_rows_asked(blobs):
    X, y = blobs
    weight = np.ones(60)
    first = learner_of(LogisticRegression(), strategy="random").fit(X, y, sample_weight=weight)
    weight[np.setdiff1d(np.arange(60), first.labeled_rows_)] = 1000.0
    second = learner_of(LogisticRegression(), strategy="random").fit(X, y, sample_weight=weight)
    assert_same(first, second, X)


# ---------------------------------------------------------------- clone and pickle


@modes
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_pickled_learner_goes_on_bit_for_bit(blobs, estimator, mode):
    X, y = blobs
    learner = learner_of(ESTIMATORS[estimator], mode=mode).fit(X, y)
    loaded = pickle.loads(pickle.dumps(learner))
    assert_same(loaded, learner, X)
    assert len(loaded.history_) == len(learner.history_)
    for known in (learner, loaded):
        known.set_params(budget=None)
    for _ in range(2):
        rows = learner.query(X, 5)
        np.testing.assert_array_equal(loaded.query(X, 5), rows)
        learner.teach(X[rows], y[rows], rows=rows)
        loaded.teach(X[rows], y[rows], rows=rows)
    assert_same(loaded, learner, X)


def test_clone_has_the_parameters_and_nothing_else(blobs):
    learner = learner_of(mode="incremental", strategy="entropy").fit(*blobs)
    cloned = clone(learner)
    assert not hasattr(cloned, "estimator_")
    assert cloned.get_params().keys() == learner.get_params().keys()
    assert cloned.mode == "incremental" and cloned.strategy == "entropy"
    assert_same(cloned.fit(*blobs), learner, blobs[0])


def test_refit_forgets_what_was_learned_before(blobs):
    X, y = blobs
    learner = learner_of(mode="incremental").fit(X[:40, :3], y[:40]).fit(X, y)
    assert_same(learner, learner_of(mode="incremental").fit(X, y), X)
    assert learner.n_features_in_ == 4
