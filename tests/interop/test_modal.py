"""modAL both ways: its query functions in our loop, our strategies in its learners."""

from functools import partial

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_blobs
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier, VotingClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from skal import ActiveLearner
from skal.evidence import Evidence
from skal.exceptions import EvidenceError
from skal.interop.modal import from_modal, to_modal
from skal.strategies import Entropy, QueryFunction, Skip, check_strategy

pytest.importorskip("modAL", reason="the extra 'modal' is not installed")

import modAL.batch
import modAL.disagreement
import modAL.models
import modAL.multilabel
import modAL.uncertainty

X, CODES = make_blobs(80, centers=3, cluster_std=4.0, random_state=0)
NAMES = np.array(["ant", "bee", "cow"])
UNCERTAINTY = [
    modAL.uncertainty.uncertainty_sampling,
    modAL.uncertainty.margin_sampling,
    modAL.uncertainty.entropy_sampling,
]
DISAGREEMENT = [
    modAL.disagreement.vote_entropy_sampling,
    modAL.disagreement.consensus_entropy_sampling,
    modAL.disagreement.max_disagreement_sampling,
]
MULTILABEL = [
    modAL.multilabel.max_loss,
    modAL.multilabel.mean_max_loss,
    modAL.multilabel.min_confidence,
    modAL.multilabel.avg_confidence,
    modAL.multilabel.max_score,
    modAL.multilabel.avg_score,
]
COMMITTEES = {
    "bagging": BaggingClassifier(GaussianNB(), n_estimators=4, random_state=0),
    "bagging of features": BaggingClassifier(
        DecisionTreeClassifier(max_depth=2),
        n_estimators=4,
        max_features=1,
        random_state=0,
    ),
    "voting": VotingClassifier(
        [("nn", KNeighborsClassifier()), ("nb", GaussianNB())], voting="soft"
    ),
    "forest": RandomForestClassifier(5, max_depth=2, random_state=0),
    "pipeline": make_pipeline(StandardScaler(), BaggingClassifier(GaussianNB(), 4, random_state=0)),
}

named = pytest.mark.parametrize("y", [CODES, NAMES[CODES]], ids=["codes", "names"])
by_function = {"ids": lambda f: f.__name__}


def play(estimator, function, y=CODES, query_size=3, budget=18):
    learner = ActiveLearner(
        estimator,
        strategy=function,
        init_size=12,
        query_size=query_size,
        budget=budget,
        random_state=0,
    )
    return learner.fit(X, y)


def evidence_of(fitted, pool, labeled=None, classes=None):
    X_labeled, y_labeled = labeled or (None, None)
    return Evidence(
        fitted,
        pool,
        np.arange(len(pool)),
        classes=fitted.classes_ if classes is None else classes,
        X_labeled=X_labeled,
        rows_labeled=None if X_labeled is None else np.arange(len(X_labeled)),
        y_labeled=y_labeled,
    )


def asked(function, evidence, n):
    return check_strategy(function).choose(evidence, n, np.random.default_rng(0)).positions


def modals_learner(fitted, query_strategy=modAL.uncertainty.uncertainty_sampling, **training):
    """modAL's own learner around a fitted classifier; its fit fails on today's scikit-learn."""
    learner = modAL.models.ActiveLearner(estimator=fitted, query_strategy=query_strategy)
    learner.X_training, learner.y_training = training.get("X"), training.get("y")
    return learner


# ---------------------------------------------------------------- uncertainty


@named
@pytest.mark.parametrize("function", UNCERTAINTY, **by_function)
def test_an_uncertainty_function_runs_the_loop(function, y):
    learner = play(GaussianNB(), function, y)
    assert learner.history_["n_labeled"].tolist() == [12, 15, 18]
    assert len(set(learner.labeled_rows_.tolist())) == 18


@pytest.mark.parametrize("function", UNCERTAINTY, **by_function)
def test_an_uncertainty_function_asks_the_rows_that_modal_asks(function):
    fitted = GaussianNB().fit(X[:12], CODES[:12])
    expected = function(fitted, X[12:], n_instances=5)
    np.testing.assert_array_equal(asked(function, evidence_of(fitted, X[12:]), 5), expected)


@pytest.mark.parametrize("function", UNCERTAINTY, **by_function)
def test_an_uncertainty_function_agrees_with_our_own_strategy(function):
    name = {"uncertainty_sampling": "least_confidence"}.get(
        function.__name__, function.__name__.removesuffix("_sampling")
    )
    evidence = evidence_of(GaussianNB().fit(X[:12], CODES[:12]), X[12:])
    assert set(asked(function, evidence, 5)) == set(asked(name, evidence, 5))


def test_a_partial_function_keeps_its_arguments():
    function = partial(modAL.uncertainty.margin_sampling, random_tie_break=True)
    learner = play(GaussianNB(), function)
    assert learner.n_labeled_ == 18


def test_a_pipeline_is_asked_on_the_raw_rows():
    pipeline = make_pipeline(StandardScaler(), GaussianNB()).fit(X[:12], CODES[:12])
    function = modAL.uncertainty.entropy_sampling
    expected = function(pipeline, X[12:], n_instances=5)
    np.testing.assert_array_equal(asked(function, evidence_of(pipeline, X[12:]), 5), expected)


def test_a_class_that_is_not_yet_taught_counts_with_probability_zero():
    two = CODES[:40] < 2
    fitted = GaussianNB().fit(X[:40][two], CODES[:40][two])
    evidence = evidence_of(fitted, X[40:], classes=np.arange(3))
    view = evidence.arrays(from_modal(modAL.uncertainty.entropy_sampling).needs())["model"]
    proba = view.predict_proba(X[40:])
    assert proba.shape == (40, 3)
    assert (proba[:, 2] == 0).all()
    assert len(asked(modAL.uncertainty.entropy_sampling, evidence, 5)) == 5


def test_ties_are_broken_by_the_generator_of_the_query():
    flat = DummyClassifier().fit(np.zeros((6, 2)), [0, 1, 2, 0, 1, 2])
    evidence = evidence_of(flat, np.zeros((30, 2)))
    strategy = from_modal(partial(modAL.uncertainty.margin_sampling, random_tie_break=True))
    draws = [
        strategy.choose(evidence, 4, np.random.default_rng(seed)).positions.tolist()
        for seed in (0, 0, 1)
    ]
    assert draws[0] == draws[1] != draws[2]


@pytest.mark.parametrize("function", [*UNCERTAINTY, modAL.multilabel.max_score], **by_function)
def test_numpys_global_state_is_put_back(function, global_rng_untouched):
    classifier = OneVsRestClassifier(GaussianNB())
    play(classifier, partial(function, random_tie_break=True))


def test_numpys_global_state_is_put_back_after_a_failure(global_rng_untouched):
    def failing(classifier, X, n_instances=1):
        np.random.rand()  # noqa: NPY002 - as a function of modAL may do
        raise RuntimeError("no answer")

    fitted = GaussianNB().fit(X, CODES)
    with pytest.raises(RuntimeError, match="no answer"):
        asked(failing, evidence_of(fitted, X), 3)


def test_a_classifier_without_probabilities_is_refused_with_advice():
    with pytest.raises(EvidenceError, match="LinearSVC.*predict_proba"):
        play(LinearSVC(), modAL.uncertainty.margin_sampling)


# ---------------------------------------------------------------- ranked batches


def test_ranked_batch_runs_the_loop():
    learner = play(GaussianNB(), modAL.batch.uncertainty_batch_sampling)
    assert learner.history_["n_labeled"].tolist() == [12, 15, 18]


def test_ranked_batch_asks_the_rows_that_modal_asks():
    fitted = GaussianNB().fit(X[:12], CODES[:12])
    learner = modals_learner(fitted, X=X[:12], y=CODES[:12])
    expected = modAL.batch.uncertainty_batch_sampling(learner, X[12:], n_instances=6)
    evidence = evidence_of(fitted, X[12:], (X[:12], CODES[:12]))
    found = asked(modAL.batch.uncertainty_batch_sampling, evidence, 6)
    np.testing.assert_array_equal(found, expected)


def test_ranked_batch_takes_its_options():
    function = partial(modAL.batch.uncertainty_batch_sampling, metric="cosine", n_jobs=1)
    assert play(GaussianNB(), function).n_labeled_ == 18


# ---------------------------------------------------------------- committees


@named
@pytest.mark.parametrize("function", DISAGREEMENT, **by_function)
@pytest.mark.parametrize("name", COMMITTEES)
def test_a_committee_function_runs_the_loop(function, name, y):
    learner = play(COMMITTEES[name], function, y)
    assert learner.history_["n_labeled"].tolist() == [12, 15, 18]


@named
@pytest.mark.parametrize("function", DISAGREEMENT, **by_function)
def test_a_committee_function_asks_the_rows_that_modals_committee_asks(function, y):
    members = [GaussianNB(), KNeighborsClassifier(), DecisionTreeClassifier(random_state=0)]
    voting = VotingClassifier([(str(k), m) for k, m in enumerate(members)], voting="soft")
    voting.fit(X[:30], y[:30])
    view = HandmadeCommittee([m.fit(X[:30], y[:30]) for m in members])
    expected = function(view, X[30:], n_instances=6)
    np.testing.assert_array_equal(asked(function, evidence_of(voting, X[30:]), 6), expected)


class HandmadeCommittee:
    """What modAL's Committee gives; its own constructor cannot hold text labels."""

    def __init__(self, members):
        self.members = members
        self.classes_ = members[0].classes_

    def __len__(self):
        return len(self.members)

    def __iter__(self):
        return iter(self.members)

    def vote(self, X):
        return np.column_stack([m.predict(X) for m in self.members])

    def vote_proba(self, X):
        return np.stack([m.predict_proba(X) for m in self.members], axis=1)

    def predict_proba(self, X):
        return self.vote_proba(X).mean(axis=1)


@named
def test_members_that_missed_a_class_vote_in_the_columns_of_all(y):
    few = np.r_[np.flatnonzero(CODES == 0)[:6], np.flatnonzero(CODES == 1)[:6]]
    few = np.r_[few, np.flatnonzero(CODES == 2)[:1]]
    bagging = BaggingClassifier(KNeighborsClassifier(3), 10, random_state=1).fit(X[few], y[few])
    missed = [len(member.classes_) < 3 for member in bagging.estimators_]
    assert any(missed) and not all(missed)

    evidence = evidence_of(bagging, X)
    model = evidence.arrays(from_modal(DISAGREEMENT[0]).needs())["model"]
    np.testing.assert_allclose(model.vote_proba(X).mean(axis=1), bagging.predict_proba(X))
    assert set(np.unique(model.vote(X))) <= set(y)
    for function in DISAGREEMENT:
        assert len(set(asked(function, evidence, 5).tolist())) == 5


def test_votes_are_labels_and_not_codes():
    fitted = COMMITTEES["forest"].fit(X, NAMES[CODES])
    model = evidence_of(fitted, X).arrays(from_modal(DISAGREEMENT[0]).needs())["model"]
    trees = np.column_stack([NAMES[tree.predict(X).astype(int)] for tree in fitted.estimators_])
    np.testing.assert_array_equal(model.vote(X), trees)


@pytest.mark.parametrize("function", DISAGREEMENT, **by_function)
@pytest.mark.parametrize("name", COMMITTEES)
def test_a_committee_may_learn_from_a_dataframe(function, name):
    pd = pytest.importorskip("pandas", reason="the extra 'pandas' is not installed")
    frame = pd.DataFrame(X, columns=["width", "height"])
    fitted = COMMITTEES[name].fit(frame, CODES)
    plain = COMMITTEES[name].fit(X, CODES)
    expected = asked(function, evidence_of(plain, X), 5)
    fitted = COMMITTEES[name].fit(frame, CODES)
    np.testing.assert_array_equal(asked(function, evidence_of(fitted, frame), 5), expected)


@pytest.mark.parametrize("function", DISAGREEMENT, **by_function)
@pytest.mark.parametrize(
    "estimator",
    [
        GaussianNB(),
        make_pipeline(StandardScaler(), GaussianNB()),
        CalibratedClassifierCV(),
    ],
    ids=["classifier", "pipeline", "calibrated"],
)
def test_a_committee_function_refuses_a_single_classifier_at_once(function, estimator):
    with pytest.raises(EvidenceError, match="use a BaggingClassifier, VotingClassifier or forest"):
        play(estimator, function)


# ---------------------------------------------------------------- multilabel


SVMS = OneVsRestClassifier(SVC(kernel="linear"))
BAYES = OneVsRestClassifier(GaussianNB())


@named
@pytest.mark.parametrize("function", MULTILABEL, **by_function)
def test_a_multilabel_function_runs_the_loop(function, y):
    assert play(BAYES, function, y).n_labeled_ == 18


@pytest.mark.parametrize("function", MULTILABEL, **by_function)
def test_a_multilabel_function_asks_the_rows_that_modal_asks(function):
    indicators = np.eye(3, dtype=int)[CODES]
    single = OneVsRestClassifier(GaussianNB()).fit(X[:40], CODES[:40])
    model = OneHot(single)
    assert indicators[40:].shape == model.predict(X[40:]).shape
    function = partial(function, random_tie_break=False)
    expected = function(model, X[40:], n_instances=6)
    np.testing.assert_array_equal(asked(function, evidence_of(single, X[40:]), 6), expected)


class OneHot:
    """A single-label classifier with one 0/1 column a class, as modAL's functions read it."""

    def __init__(self, fitted):
        self.fitted = fitted
        self.classes_ = fitted.classes_

    def predict(self, X):
        return (self.fitted.predict(X)[:, None] == self.classes_).astype(int)

    def predict_proba(self, X):
        return self.fitted.predict_proba(X)


@named
def test_binary_minimum_asks_one_row_at_a_time(y):
    learner = play(SVMS, modAL.multilabel.SVM_binary_minimum, y, query_size=1, budget=15)
    assert learner.history_["n_labeled"].tolist() == [12, 13, 14, 15]


def test_binary_minimum_asks_the_row_nearest_to_a_boundary():
    fitted = SVMS.fit(X[:40], CODES[:40])
    distance = np.abs([svm.decision_function(X[40:]) for svm in fitted.estimators_]).min(axis=0)
    found = asked(modAL.multilabel.SVM_binary_minimum, evidence_of(fitted, X[40:]), 1)
    assert found.tolist() == [distance.argmin()]


def test_binary_minimum_refuses_a_larger_batch():
    with pytest.raises(ValueError, match="takes no n_instances.*n=3.*set query_size=1"):
        play(SVMS, modAL.multilabel.SVM_binary_minimum, query_size=3)


# ---------------------------------------------------------------- what functions give


def test_a_pair_is_read_as_positions_and_more():
    fitted = GaussianNB().fit(X, CODES)
    evidence = evidence_of(fitted, X)
    assert asked(
        lambda classifier, X, n_instances=1: ([4, 2], X[[4, 2]]), evidence, 2
    ).tolist() == [
        4,
        2,
    ]


@pytest.mark.parametrize("found", [[1], [1, 1], [1, 2, 3], [1, 99], [[1, 2]], np.array([0.0, 1.0])])
def test_positions_of_a_query_function_are_checked(found):
    evidence = evidence_of(GaussianNB().fit(X, CODES), X)
    with pytest.raises(ValueError, match="positions must (be n=2 distinct|lie in)"):
        asked(lambda classifier, X, n_instances=1: found, evidence, 2)


def test_from_modal_is_what_the_function_itself_becomes():
    function = modAL.uncertainty.margin_sampling
    assert isinstance(from_modal(function), QueryFunction)
    assert from_modal(function).function is check_strategy(function).function


def test_a_query_function_is_given_only_what_it_names():
    calls = []

    def strict(classifier, X):
        calls.append(X.shape)
        return 7

    evidence = evidence_of(GaussianNB().fit(X, CODES), X)
    assert asked(strict, evidence, 1).tolist() == [7]
    assert calls == [X.shape]


def test_a_query_function_works_inside_a_grid():
    from sklearn.model_selection import GridSearchCV

    learner = ActiveLearner(GaussianNB(), init_size=12, query_size=6, budget=18)
    grid = {"strategy": ["margin", modAL.uncertainty.margin_sampling]}
    search = GridSearchCV(learner.set_params(random_state=0), grid, cv=2).fit(X, CODES)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


# ---------------------------------------------------------------- the other way


@pytest.mark.parametrize(
    "strategy", ["margin", "random", Entropy(), Skip("margin", n_skip=3)], ids=str
)
def test_modals_learner_asks_by_a_strategy_of_ours(strategy):
    fitted = GaussianNB().fit(X[:12], CODES[:12])
    learner = modals_learner(fitted, to_modal(strategy, random_state=0))
    rows, instances = learner.query(X[12:], n_instances=5)
    assert len(set(np.asarray(rows).tolist())) == 5
    np.testing.assert_array_equal(instances, X[12:][rows])


def test_modals_learner_asks_the_rows_that_our_strategy_asks():
    fitted = GaussianNB().fit(X[:12], CODES[:12])
    learner = modals_learner(fitted, to_modal("margin"))
    rows, _ = learner.query(X[12:], n_instances=5)
    expected = asked("margin", evidence_of(fitted, X[12:]), 5)
    np.testing.assert_array_equal(rows, expected)


def test_modals_learner_may_ask_two_rows():
    learner = modals_learner(GaussianNB().fit(X, CODES), to_modal("margin"))
    rows, instances = learner.query(X, n_instances=2)
    assert np.shape(rows) == (2,) and instances.shape == (2, 2)


@pytest.mark.parametrize("installed", ["0.4.1", "0.3.6", "0.4.1.post1"])
def test_older_modals_are_given_bare_indices(monkeypatch, installed):
    monkeypatch.setattr("skal.interop.modal.version", lambda name: installed)
    found = to_modal("margin")(GaussianNB().fit(X, CODES), X, n_instances=5)
    assert isinstance(found, np.ndarray) and found.shape == (5,)


@pytest.mark.parametrize("installed", ["0.4.2", "0.4.2.1", "0.5", "1.0rc1"])
def test_newer_modals_are_given_pairs(monkeypatch, installed):
    monkeypatch.setattr("skal.interop.modal.version", lambda name: installed)
    rows, utility = to_modal("margin")(GaussianNB().fit(X, CODES), X, n_instances=2)
    assert rows.shape == utility.shape == (2,)
    assert utility[0] >= utility[1]


def test_the_calls_go_on_in_one_stream_of_random_numbers():
    fitted = GaussianNB().fit(X, CODES)
    function, again = to_modal("random", random_state=0), to_modal("random", random_state=0)
    first, second = function(fitted, X, 5).tolist(), function(fitted, X, 5).tolist()
    assert first != second
    assert [first, second] == [again(fitted, X, 5).tolist() for _ in range(2)]


def test_never_more_rows_come_back_than_the_pool_has():
    assert len(to_modal("margin")(GaussianNB().fit(X, CODES), X[:3], n_instances=9)) == 3


def test_modals_committee_may_be_asked():
    learners = [
        modAL.models.ActiveLearner(estimator=GaussianNB().fit(X[k::2], CODES[k::2]))
        for k in range(2)
    ]
    committee = modAL.models.Committee(learners, query_strategy=to_modal("entropy"))
    rows, _ = committee.query(X, n_instances=4)
    mean = np.mean([learner.predict_proba(X) for learner in learners], axis=0)
    assert set(rows.tolist()) == set(
        asked("entropy", evidence_of(Given(mean, np.arange(3)), X), 4).tolist()
    )


class Given:
    """Gives a known table for the whole of X."""

    def __init__(self, proba, classes):
        self.proba, self.classes_ = proba, classes

    def predict_proba(self, X):
        return self.proba


def test_a_name_that_is_unknown_is_refused_at_once():
    with pytest.raises(ValueError, match="strategy='marign' is not known"):
        to_modal("marign")
