"""The members of ensembles, one by one, in the columns of all classes."""

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.base import clone
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    GradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from skal import ActiveLearner, ANNClassifier, NetEnsemble
from skal.evidence import CommitteeProba, Evidence, MCProba, Model, Proba, check_provides
from skal.exceptions import EvidenceError

X = np.random.default_rng(0).normal(size=(90, 3))
Y = np.array(["cat", "dog", "eel"])[np.arange(90) % 3]
ENSEMBLES = {
    "bagging": BaggingClassifier(GaussianNB(), 4, random_state=0),
    "bagging of features": BaggingClassifier(GaussianNB(), 4, max_features=2, random_state=0),
    "forest": RandomForestClassifier(4, random_state=0),
    "voting": VotingClassifier([("a", GaussianNB()), ("b", LogisticRegression())], voting="soft"),
    "nets": NetEnsemble(ANNClassifier(4, max_epochs=2), 3, random_state=0),
    "pipeline": make_pipeline(StandardScaler(), RandomForestClassifier(4, random_state=0)),
}


def members_proba(estimator, classes=None, X=X):
    classes = estimator.classes_ if classes is None else classes
    evidence = Evidence(estimator, X, np.arange(len(X)), classes=np.asarray(classes))
    return evidence.arrays({"q": CommitteeProba()})["q"]


@pytest.mark.parametrize("name", ENSEMBLES)
def test_every_member_gives_its_own_probabilities(name):
    fitted = ENSEMBLES[name].fit(X, Y)
    q = members_proba(fitted)
    assert q.shape[1:] == (90, 3)
    np.testing.assert_allclose(q.sum(axis=2), 1)
    assert not np.allclose(q[0], q[1])


@pytest.mark.parametrize("name", ENSEMBLES)
def test_the_mean_of_the_members_is_the_ensembles_own_answer(name):
    fitted = ENSEMBLES[name].fit(X, Y)
    np.testing.assert_allclose(members_proba(fitted).mean(axis=0), fitted.predict_proba(X))


def test_a_class_that_a_member_missed_gets_probability_zero():
    y = np.array(["a"] * 44 + ["b"] * 45 + ["c"])  # most bootstrap samples lack the last row
    fitted = BaggingClassifier(KNeighborsClassifier(), 8, random_state=1).fit(X, y)
    missing = [k for k, member in enumerate(fitted.estimators_) if len(member.classes_) == 2]
    assert 0 < len(missing) < 8
    q = members_proba(fitted)
    assert not q[missing, :, 2].any()
    np.testing.assert_allclose(q.sum(axis=2), 1)


def test_a_class_that_no_member_knows_gets_a_column_of_zeros():
    fitted = RandomForestClassifier(3, random_state=0).fit(X[:60], Y[:60])
    q = members_proba(fitted, classes=["bee", "cat", "dog", "eel"])
    assert q.shape == (3, 90, 4)
    assert not q[:, :, 0].any()


def test_members_without_probabilities_vote():
    voting = VotingClassifier([("a", LinearSVC()), ("b", SGDClassifier(random_state=0))])
    q = members_proba(voting.fit(X, Y))
    assert set(np.unique(q)) == {0.0, 1.0}
    np.testing.assert_array_equal(q.sum(axis=2), 1)


@pytest.mark.parametrize("name", ["bagging", "forest", "voting"])
def test_members_see_a_frame_as_they_were_trained(name):
    pd = pytest.importorskip("pandas", reason="the extra 'pandas' is not installed")
    frame = pd.DataFrame(X, columns=list("abc"))
    fitted = clone(ENSEMBLES[name]).fit(frame, Y)  # a member would warn of names that lack
    assert members_proba(fitted, X=frame).shape[1:] == (90, 3)


def test_draws_of_a_committee_are_its_members():
    forest = RandomForestClassifier(4, random_state=0).fit(X, Y)
    evidence = Evidence(forest, X, np.arange(90), classes=forest.classes_)
    found = evidence.arrays({"q": CommitteeProba(), "draws": MCProba(20), "p": Proba()})
    np.testing.assert_array_equal(found["q"], found["draws"])
    np.testing.assert_allclose(found["q"].mean(axis=0), found["p"])


def test_blocks_of_rows_are_joined_along_the_rows(monkeypatch):
    forest = RandomForestClassifier(4, random_state=0).fit(X, Y)
    whole = members_proba(forest)
    wide = np.repeat(X, 300, axis=0)
    monkeypatch.setattr("skal._containers.BLOCK", 8 * 256)
    np.testing.assert_array_equal(members_proba(forest, X=wide), np.repeat(whole, 300, axis=1))


def test_the_candidates_of_a_part_keep_their_members_answers():
    forest = RandomForestClassifier(4, random_state=0).fit(X, Y)
    evidence = Evidence(forest, X, np.arange(90), classes=forest.classes_)
    whole = evidence.arrays({"q": CommitteeProba()})["q"]
    part = evidence.part(np.array([7, 3])).arrays({"q": CommitteeProba()})["q"]
    np.testing.assert_array_equal(part, whole[:, [7, 3]])


@pytest.mark.parametrize("strategy", ["vote_entropy", "bald", "mean_disagreement"])
@pytest.mark.parametrize("name", ["forest", "nets", "pipeline"])
def test_a_learner_queries_by_committee(name, strategy):
    learner = ActiveLearner(
        ENSEMBLES[name], strategy, init_size=12, query_size=5, budget=22, random_state=0
    ).fit(X, Y)
    assert learner.n_labeled_ == 22


@pytest.mark.parametrize(
    "estimator",
    [
        GaussianNB(),
        OneVsRestClassifier(GaussianNB()),  # its members tell one class from the rest
        GradientBoostingClassifier(n_estimators=2),  # its members correct one another
        AdaBoostClassifier(n_estimators=2),
        StackingClassifier([("a", GaussianNB())]),  # its members are features of another
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_what_has_no_members_that_vote_is_no_committee(estimator):
    name = type(estimator).__name__
    for need in (CommitteeProba(), MCProba(3), Model(committee=True)):
        with pytest.raises(EvidenceError, match=f"{name} does not give; use a"):
            check_provides(estimator, [need], "vote_entropy")
    with pytest.raises(EvidenceError, match=f"{name} does not give; use a Bagg"):
        members_proba(estimator.fit(X, Y))


# ---------------------------------------------------------------- ensembles of nets


def test_members_of_an_ensemble_of_nets_differ_by_their_seeds():
    ensemble = NetEnsemble(ANNClassifier(4, max_epochs=1), 3, random_state=0).fit(X, Y)
    seeds = {member.random_state for member in ensemble.estimators_}
    assert len(seeds) == 3


def test_an_ensemble_is_the_same_for_any_n_jobs():
    nets = ANNClassifier(4, max_epochs=1)
    alone = NetEnsemble(nets, 3, random_state=0).fit(X, Y)
    with parallel_config(backend="threading"):
        together = NetEnsemble(nets, 3, n_jobs=2, random_state=0).fit(X, Y)
    np.testing.assert_array_equal(alone.predict_proba(X), together.predict_proba(X))


def test_a_member_that_cannot_be_seeded_is_refused():
    with pytest.raises(ValueError, match="no random_state, so all members would be equal"):
        NetEnsemble(GaussianNB()).fit(X, Y)


def test_an_ensemble_may_hold_other_classifiers_and_pipelines():
    tree = make_pipeline(StandardScaler(), DecisionTreeClassifier(max_features=1))
    ensemble = NetEnsemble(tree, 3, random_state=0).fit(X, Y)
    first, second, _ = members_proba(ensemble, X=X[::-1] / 2)
    assert not np.allclose(first, second)


def test_an_ensemble_goes_on_training():
    ensemble = NetEnsemble(ANNClassifier(4, max_epochs=1), 2, random_state=0)
    ensemble.partial_fit(X, Y, classes=["cat", "dog", "eel"])
    before = ensemble.predict_proba(X)
    assert not np.allclose(ensemble.partial_fit(X[:9], Y[:9]).predict_proba(X), before)


def test_an_ensemble_that_goes_on_needs_its_classes_first():
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        NetEnsemble(ANNClassifier(4), 2).partial_fit(X, Y)


def test_an_ensemble_of_images_is_a_learners_classifier_in_every_mode():
    images = np.random.default_rng(0).integers(0, 255, size=(60, 6, 6)).astype(np.uint8)
    for mode in ("cumulative", "half-cumulative", "incremental"):
        learner = ActiveLearner(
            NetEnsemble(ANNClassifier(4, max_epochs=1), 2),
            "bald",
            mode=mode,
            init_size=10,
            query_size=5,
            budget=20,
            random_state=0,
        )
        assert learner.fit(images, np.arange(60) % 3).n_labeled_ == 20
