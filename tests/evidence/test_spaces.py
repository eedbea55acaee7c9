"""Evidence from outside the model: embeddings that are given, other rows, the past."""

import copy
import pickle
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.spatial.distance import pdist
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal import ActiveLearner, ANNClassifier
from skal.evidence import (
    Embedding,
    Evidence,
    Given,
    Head,
    Inputs,
    Labeled,
    Labels,
    Logits,
    MCProba,
    On,
    Past,
    PoolCache,
    Proba,
    RiskAfter,
    Rounds,
    Scores,
    as_space,
)
from skal.exceptions import EvidenceError
from skal.strategies import Choice, KCenter, Strategy

X = np.random.default_rng(0).normal(size=(40, 3))
Y = np.arange(40) % 3


def evidence_of(estimator, rows=None, pool=X, **rest):
    rows = np.arange(len(pool)) if rows is None else np.asarray(rows)
    classes = () if estimator is None else estimator.classes_
    return Evidence(estimator, pool, rows, classes=classes, **rest)


def answer(evidence, need):
    return evidence.arrays({"it": need})["it"]


LABELED = {"X_labeled": X, "rows_labeled": np.array([4, 9, 2]), "y_labeled": Y[[4, 9, 2]]}


# ---------------------------------------------------------------- given embeddings


def test_a_given_array_is_read_by_row_of_the_pool():
    features = np.arange(80.0).reshape(40, 2)
    evidence = evidence_of(None, [5, 1], **LABELED)
    np.testing.assert_array_equal(answer(evidence, Given(features)), features[[5, 1]])
    np.testing.assert_array_equal(answer(evidence, Labeled(Given(features))), features[[4, 9, 2]])


def test_a_given_array_of_another_length_is_refused():
    with pytest.raises(EvidenceError, match="features has 39 rows, but the pool has 40"):
        answer(evidence_of(None), Given(np.zeros((39, 2))))


def test_a_function_is_called_once_for_the_pool_and_kept():
    asked, cache = [], PoolCache()

    def double(rows):
        asked.append(len(rows))
        return 2 * rows

    for rows in ([1, 2], [7]):
        found = answer(evidence_of(None, rows, pool_cache=cache), Given(double))
        np.testing.assert_array_equal(found, 2 * X[rows])
    assert sum(asked) == 40


def test_a_function_is_called_again_for_another_pool():
    cache = PoolCache()
    other = X + 1
    for pool in (X, other):
        found = answer(evidence_of(None, [3], pool=pool, pool_cache=cache), Given(np.negative))
        np.testing.assert_array_equal(found, -pool[[3]])


def test_what_is_kept_does_not_travel_with_a_pickle_or_copy():
    cache = PoolCache()
    answer(evidence_of(None, pool_cache=cache), Given(np.negative))
    for other in (pickle.loads(pickle.dumps(cache)), copy.deepcopy(cache)):
        assert not other._answers


def test_threads_that_ask_alike_compute_once():
    cache, asked = PoolCache(), []
    at_once = threading.Barrier(4)

    def slow(rows):
        asked.append(len(rows))
        time.sleep(0.05)
        return 2 * rows

    def ask(_):
        at_once.wait()
        return answer(evidence_of(None, [1], pool_cache=cache), Given(slow))

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(ask, range(4)))
    assert asked == [40]
    np.testing.assert_array_equal(found, [2 * X[[1]]] * 4)


def test_what_is_kept_does_not_keep_the_pool():
    cache = PoolCache()
    pool = X.copy()
    answer(evidence_of(None, pool=pool, pool_cache=cache), Given(np.negative))
    del pool
    answer(evidence_of(None, pool_cache=cache), Given(np.negative))
    assert len(cache._answers) == 1


def test_a_function_that_gives_no_rows_of_features_is_refused():
    with pytest.raises(EvidenceError, match=r"gave an array of shape \(40,\)"):
        answer(evidence_of(None), Given(lambda rows: rows[:, 0]))


def test_a_given_array_says_nothing_about_another_pool_of_as_many_rows():
    need = Given(np.zeros((40, 2)))
    with pytest.raises(EvidenceError, match="rows that are not in it .* a function of X"):
        answer(evidence_of(None, **{**LABELED, "X_labeled": X + 1}), Labeled(need))
    with pytest.raises(EvidenceError, match="rows that are not in it .* a function of X"):
        answer(evidence_of(None), On(need, X + 1))


def test_a_given_frame_is_read_by_row():
    pd = pytest.importorskip("pandas", reason="the extra 'pandas' is not installed")
    frame = pd.DataFrame(X, columns=list("abc"), index=np.arange(40)[::-1])
    np.testing.assert_array_equal(answer(evidence_of(None, [5, 1]), Given(frame)), X[[5, 1]])


@pytest.mark.parametrize("features", [sp.csr_array(X), sp.csr_array], ids=["matrix", "function"])
def test_sparse_features_are_refused_with_advice(features):
    with pytest.raises(EvidenceError, match="dense rows of numbers, but they are sparse"):
        answer(evidence_of(None), Given(features))


@pytest.mark.parametrize(
    ("space", "need"),
    [(None, Embedding()), ("2", Embedding("2")), (Inputs(), Inputs())],
)
def test_a_space_stands_for_a_need(space, need):
    assert as_space(space) == need


def test_arrays_and_functions_are_spaces():
    array = np.zeros((4, 2))
    assert as_space(array) == Given(array)
    assert as_space(np.negative) == Given(np.negative)
    assert as_space(array) != as_space(array.copy())


@pytest.mark.parametrize("space", [3, [1, 2], np.zeros(4)])
def test_other_spaces_are_refused(space):
    with pytest.raises(TypeError, match="space must be None, the name of a layer"):
        as_space(space)


# ---------------------------------------------------------------- embeddings without a net


def test_without_a_model_the_pool_is_its_own_embedding():
    images = np.arange(24.0).reshape(6, 2, 2)
    found = answer(evidence_of(None, [1], pool=images), Embedding())
    np.testing.assert_array_equal(found, [[4, 5, 6, 7]])


def test_a_classifier_that_is_no_net_embeds_by_what_it_is_given():
    pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)
    found = answer(evidence_of(pipeline), Embedding())
    np.testing.assert_allclose(found, pipeline[:-1].transform(X))


def test_narrow_sparse_rows_are_their_own_embedding():
    texts = ["a b", "b c", "c d", "d a"] * 3
    fitted = make_pipeline(TfidfVectorizer(token_pattern="."), LogisticRegression())
    fitted.fit(texts, [0, 1, 0, 1] * 3)
    found = answer(evidence_of(fitted, pool=texts), Embedding())
    np.testing.assert_allclose(found, fitted[0].transform(texts).toarray(), atol=1e-6)


def test_the_sketch_of_wide_sparse_rows_keeps_their_distances():
    wide = sp.random_array((40, 20_000), density=0.005, format="csr", rng=np.random.default_rng(0))
    found = answer(evidence_of(None, range(40), pool=wide), Embedding())
    assert found.shape == (40, 512)
    np.testing.assert_allclose(pdist(found), pdist(wide.toarray()), rtol=0.2)


def test_two_blocks_of_sparse_rows_are_sketched_alike():
    wide = sp.random_array((40, 2_000), density=0.05, format="csr", rng=np.random.default_rng(0))
    whole = answer(evidence_of(None, range(40), pool=wide), Embedding())
    part = answer(evidence_of(None, [7, 3], pool=wide.tocsc()), Embedding())
    np.testing.assert_allclose(part, whole[[7, 3]], rtol=1e-6)


def test_a_model_that_is_missing_is_asked_for_nothing():
    for need in (Proba(), Embedding("0"), On(Proba(), X), RiskAfter()):
        with pytest.raises(EvidenceError, match=r"needs .*, but no classifier is trained"):
            answer(evidence_of(None), need)


# ---------------------------------------------------------------- the linear end of a model


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("kind", ["net", "linear"])
def test_head_and_embedding_make_the_logits(kind, n_classes):
    y = np.arange(40) % n_classes
    model = (
        ANNClassifier(5, max_epochs=2, random_state=0) if kind == "net" else LogisticRegression()
    )
    found = evidence_of(model.fit(X, y)).arrays(
        {"h": Embedding(), "head": Head(), "logits": Logits(), "p": Proba()}
    )
    logits = found["h"] @ found["head"].weight.T + found["head"].bias
    np.testing.assert_allclose(logits, found["logits"], rtol=1e-5, atol=1e-6)
    proba = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(proba, found["p"], rtol=1e-5)


def test_logits_of_a_classifier_with_probabilities_only_are_their_logarithms():
    model = GaussianNB().fit(X, Y)
    np.testing.assert_allclose(
        answer(evidence_of(model), Logits()), np.log(model.predict_proba(X)), rtol=1e-9
    )


# ---------------------------------------------------------------- labelled rows and other rows


def test_labels_are_columns_of_the_classes():
    model = GaussianNB().fit(X, np.array(["a", "b", "c"])[Y])
    labeled = {**LABELED, "y_labeled": np.array(["c", "a", "b"])}
    assert answer(evidence_of(model, **labeled), Labels()).tolist() == [2, 0, 1]


def test_rounds_are_those_of_the_labelled_rows():
    evidence = evidence_of(None, **LABELED, rounds=np.array([0, 0, 1]))
    assert answer(evidence, Rounds()).tolist() == [0, 0, 1]


def test_labelled_rows_that_are_not_required_may_be_missing():
    evidence = evidence_of(None, [3, 5])
    assert answer(evidence, Labeled(Embedding(), required=False)).shape == (0, 3)
    assert answer(evidence, Labels()).tolist() == []
    with pytest.raises(EvidenceError, match="no row is labelled yet"):
        answer(evidence, Labeled(Embedding()))


def test_missing_labelled_draws_have_no_rows_in_their_second_axis():
    net = ANNClassifier(4, dropout=0.5, max_epochs=1, random_state=0).fit(X, Y)
    assert answer(evidence_of(net), Labeled(MCProba(3), required=False)).shape == (3, 0, 3)


def test_another_set_of_rows_is_measured_by_the_same_model():
    model = GaussianNB().fit(X, Y)
    other = X[:7] + 1
    found = answer(evidence_of(model, [0]), On(Proba(), other))
    np.testing.assert_array_equal(found, model.predict_proba(other))


def test_a_part_keeps_what_is_not_about_single_candidates():
    model = GaussianNB().fit(X, Y)
    evidence = evidence_of(model, **LABELED)
    needs = {"labels": Labels(), "labeled": Labeled(Proba()), "on": On(Proba(), X[:3])}
    before = evidence.arrays(needs)
    after = evidence.part(np.array([2])).arrays(needs)
    assert all(after[name] is before[name] for name in needs)


def test_people_are_asked_by_an_array_of_features():
    features = np.arange(40.0)[:, None]  # one feature: the row's own number
    learner = ActiveLearner(GaussianNB(), KCenter(space=features), random_state=0)
    learner.teach(X[[0, 1, 2]], Y[[0, 1, 2]])  # recognised, though nobody told their rows
    assert learner.query(X, 2).tolist() == [39, 20]
    other = learner.teach(X[[5]] + 9, Y[[5]])  # a row that the pool lacks has no features
    with pytest.raises(EvidenceError, match="a function of X, which also serves rows"):
        other.query(X, 2)


# ---------------------------------------------------------------- expected risk


class Kernel(GaussianNB):
    """Votes of the labelled rows, weighted by exp(-2 d²)."""

    def fit(self, X, y):
        self.X_, self.y_, self.classes_ = np.asarray(X), np.asarray(y), np.unique(y)
        return self

    def predict_proba(self, X):
        near = np.exp(-2 * (np.asarray(X) - self.X_.T) ** 2)
        votes = near @ (self.y_[:, None] == self.classes_)
        return votes / votes.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("loss", "worked"),
    [("zero_one", [0.609185, 0.589508, 0.687219]), ("log", [1.201832, 1.056866, 1.264022])],
)
def test_risk_after_a_label_is_the_worked_number(loss, worked):
    labeled, y = np.array([[0.0], [1.0]]), np.array([0, 1])
    pool = np.array([[0.2], [0.5], [0.9]])
    model = Kernel().fit(labeled, y)
    evidence = Evidence(
        model,
        pool,
        np.arange(3),
        classes=model.classes_,
        X_labeled=labeled,
        rows_labeled=np.arange(2),
        y_labeled=y,
    )
    np.testing.assert_allclose(
        model.predict_proba(pool)[:, 0], [0.768525, 0.5, 0.167982], atol=1e-6
    )
    np.testing.assert_allclose(answer(evidence, RiskAfter(loss)), worked, atol=1e-6)


# ---------------------------------------------------------------- the past


class Counting(Strategy):
    """Notes how often it has chosen."""

    seen: list = []

    def needs(self):
        return {"past": Past(), "scores": Scores()}

    def choose(self, evidence, n, rng):
        times = evidence.arrays({"past": Past()})["past"].get("times", 0)
        self.seen.append(times)
        return Choice(np.arange(n), np.full(n, np.nan), {"times": times + 1})


def test_notes_come_back_in_the_next_round():
    Counting.seen = []
    learner = ActiveLearner(
        GaussianNB(), Counting(), init_size=9, query_size=5, budget=24, random_state=0
    )
    learner.fit(X, Y)
    assert Counting.seen == [0, 1, 2]


def test_notes_survive_an_interruption():
    Counting.seen = []
    learner = ActiveLearner(
        GaussianNB(), Counting(), init_size=9, query_size=5, budget=19, random_state=0
    ).fit(X, Y)
    learner.set_params(budget=29, warm_start=True).fit(X, Y)
    assert Counting.seen == [0, 1, 2, 3]


def test_notes_of_a_query_count_from_the_next_teach_on():
    Counting.seen = []
    learner = ActiveLearner(GaussianNB(), Counting(), random_state=0).teach(X[:6], Y[:6])
    for _ in range(2):
        rows = learner.query(X, 4)  # asked again, the answer is equal
    assert Counting.seen == [0, 0]
    learner = pickle.loads(pickle.dumps(learner))
    learner.teach(X[rows], Y[rows]).query(X, 4)
    assert Counting.seen == [0, 0, 1]


def test_notes_of_one_fit_do_not_reach_the_next():
    Counting.seen = []
    learner = ActiveLearner(
        GaussianNB(), Counting(), init_size=9, query_size=5, budget=19, random_state=0
    )
    learner.fit(X, Y).fit(X, Y)
    assert Counting.seen == [0, 1, 0, 1]
