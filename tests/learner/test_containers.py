"""Pools in every kind of container, in front of every kind of transformer."""

import pickle

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.datasets import load_iris
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import RandomForestClassifier, StackingClassifier
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from skal import ActiveLearner, ANNClassifier, DatasetRows

X, Y = load_iris(return_X_y=True)
WORDS = [f"w{i} w{i % 3} w{Y[i]}" for i in range(len(Y))]
TABLE = np.array([[f"a{Y[i]}", f"b{i % 4}"] for i in range(len(Y))], dtype=object)
HOLES = np.where(np.arange(len(X))[:, None] % 7 == 0, np.nan, X)
SIZES = {"init_size": 12, "query_size": 5, "budget": 25, "random_state": 0}


def logistic():
    return LogisticRegression(max_iter=2000)


@pytest.mark.parametrize(
    ("pool", "front"),
    [
        (HOLES, SimpleImputer()),
        (csr_matrix(X), TruncatedSVD(2)),
        (TABLE, OneHotEncoder(handle_unknown="ignore")),
        ([{"a": float(row[0]), "b": float(row[1])} for row in X], DictVectorizer()),
        ([text.split() for text in WORDS], CountVectorizer(analyzer=list)),
        (WORDS, TfidfVectorizer()),
    ],
    ids=["imputer", "sparse", "categories", "dicts", "tokens", "texts"],
)
def test_a_pipeline_takes_what_its_first_step_takes(pool, front):
    learner = ActiveLearner(make_pipeline(front, logistic()), **SIZES).fit(pool, Y)
    assert learner.n_labeled_ == 25
    assert len(learner.set_params(budget=None).query(pool, 3)) == 3


def test_values_that_a_transformer_lets_pass_are_checked_before_a_net():
    net = make_pipeline(SimpleImputer(), ANNClassifier(4, max_epochs=1))
    learner = ActiveLearner(net, **SIZES).fit(HOLES, Y)
    assert np.isfinite(learner.predict_proba(HOLES)).all()
    through = make_pipeline("passthrough", ANNClassifier(4, max_epochs=1))
    with pytest.raises(ValueError, match="NaN"):
        ActiveLearner(through, **SIZES).fit(HOLES, Y)


def test_a_series_that_is_taught_as_a_list_is_not_asked_again():
    pandas = pytest.importorskip("pandas")
    texts = pandas.Series(WORDS)
    learner = ActiveLearner(make_pipeline(TfidfVectorizer(), logistic()), random_state=0)
    seen = set()
    for _ in range(3):
        rows = learner.query(texts, 12)
        assert not seen & set(rows)
        seen |= set(rows)
        learner.teach([texts.iloc[i] for i in rows], Y[rows])


@pytest.mark.filterwarnings("ignore:X .* feature names")  # taught without names on purpose
@pytest.mark.parametrize("tell", [True, False])
def test_a_frame_that_is_taught_as_an_array_is_not_asked_again(tell):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=list("abcd"))
    learner = ActiveLearner(logistic(), random_state=0)
    rows = learner.query(frame, 20)
    learner.teach(frame.to_numpy()[rows], Y[rows], **({"rows": rows} if tell else {}))
    assert not set(learner.query(frame, 20)) & set(rows)


def test_a_pool_on_disk_is_not_copied_into_the_learner(tmp_path):
    pool = np.memmap(tmp_path / "pool", np.float64, "w+", shape=X.shape)
    pool[:] = X
    pool.flush()
    pool = np.memmap(tmp_path / "pool", np.float64, "r", shape=X.shape)
    learner = ActiveLearner(logistic(), **SIZES).fit(pool, Y)
    assert np.shares_memory(learner._loop.log.X, pool)
    learner.set_params(budget=None)
    loaded = pickle.loads(pickle.dumps(learner))
    assert type(loaded._loop.log.X) is np.ndarray and loaded._loop.log.X.shape == (25, 4)
    for known in (learner, loaded):
        rows = known.query(pool, 4)
        known.teach(pool[rows], Y[rows], rows=rows)
    np.testing.assert_array_equal(loaded.predict_proba(X), learner.predict_proba(X))


def test_a_dataset_pool_is_read_in_blocks_only(monkeypatch):
    monkeypatch.setattr("skal._containers.CACHED", 2**9)
    most = []

    class Pool(DatasetRows):
        def read_rows(self, rows):
            most.append(len(rows))
            return super().read_rows(rows)

    pool = Pool(list(np.tile(X, (4, 1))))
    net = ANNClassifier(4, max_epochs=1, predict_batch_size=32)
    learner = ActiveLearner(net, "random", mode="incremental", **SIZES)
    learner.fit(pool, np.tile(Y, 4))
    learner.set_params(budget=None).query(pool, 2)
    assert max(most) <= 32


def test_stacking_is_known_to_give_probabilities():
    stacking = StackingClassifier([("a", logistic()), ("b", RandomForestClassifier(3))], cv=2)
    sizes = {**SIZES, "init_size": 30, "budget": 40}
    assert ActiveLearner(stacking, **sizes).fit(X, Y).n_labeled_ == 40


def test_rows_taught_without_a_position_do_not_hinder_going_on():
    learner = ActiveLearner(logistic(), **SIZES).fit(X, Y).set_params(budget=40)
    rows = learner.query(X, 5)
    learner.teach(X[rows], Y[rows])
    learner.set_params(warm_start=True).fit(X, Y)
    assert learner.n_labeled_ == 40
    assert len(set(learner.labeled_rows_)) == 40


def test_a_score_on_other_rows_than_the_test_set_is_a_score_on_those():
    def reversed_accuracy(estimator, X, y):
        return (estimator.predict(X[::-1]) == y).mean()

    scoring = {"right": "accuracy", "reversed": reversed_accuracy}
    learner = ActiveLearner(logistic(), scoring=scoring, **SIZES).fit(X, Y, X_test=X, y_test=Y)
    assert learner.history_[-1]["test_reversed"] == reversed_accuracy(learner, X, Y)
    assert learner.history_[-1]["test_right"] == learner.score(X, Y)


def test_a_wrong_initial_size_is_named_in_query():
    with pytest.raises(ValueError, match="init_size must be .* got 0"):
        ActiveLearner(logistic(), init_size=0).query(X)


def test_a_single_text_in_an_array_of_objects_is_a_row():
    learner = ActiveLearner(make_pipeline(TfidfVectorizer(), logistic()), random_state=0)
    learner.teach(WORDS[:20], Y[:10].tolist() + Y[100:110].tolist())
    assert len(learner.predict(np.array(WORDS[:1], dtype=object))) == 1
