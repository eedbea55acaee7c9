"""The loop with people: query from zero labels on, teach, and nothing is asked twice."""

import copy
import pickle

import numpy as np
import pytest
import torch
from scipy.sparse import csc_array, csr_array, csr_matrix
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from skal import ActiveLearner, ANNClassifier, CNNClassifier, ModeError, PoolExhaustedError
from skal.learner import MODES

modes = pytest.mark.parametrize("mode", MODES)
NET = ANNClassifier(hidden_dim=4, max_epochs=2)
SGD = SGDClassifier(loss="log_loss", max_iter=5, tol=None)


def learner_of(estimator=None, **params):
    return ActiveLearner(LogisticRegression() if estimator is None else estimator,
                         **({"random_state": 0} | params))  # fmt: skip


def taught(X, y, n=12, **params):
    """A learner that was taught the first rows."""
    learner = learner_of(**params)
    return learner.teach(X[:n], y[:n], rows=np.arange(n))


# ---------------------------------------------------------------- from zero labels on


@modes
@pytest.mark.parametrize("strategy", ["random", "margin", "k_center", "albl"])
def test_people_can_label_the_whole_pool_and_each_row_is_asked_once(blobs, mode, strategy):
    X, y = blobs
    learner, asked = learner_of(SGD, mode=mode, strategy=strategy), []
    while len(asked) < 60:
        rows = learner.query(X, min(13, 60 - len(asked)))
        learner.teach(X[rows], y[rows], classes=[0, 1, 2], rows=rows)
        asked += rows.tolist()
    assert sorted(asked) == list(range(60))
    assert learner.labeled_rows_.tolist() == asked
    with pytest.raises(PoolExhaustedError, match="query has no open candidates"):
        learner.query(X)


@modes
@pytest.mark.parametrize("estimator", [SGD, NET], ids=["sgd", "net"])
def test_teaching_the_rows_that_fit_asks_gives_the_model_of_fit(blobs, mode, estimator):
    X, y = blobs
    sizes = {"init_size": 8, "query_size": 6, "budget": 26}
    played = learner_of(estimator, mode=mode, **sizes).fit(X, y)
    by_hand = learner_of(estimator, mode=mode, **sizes)
    for _ in range(4):
        rows = by_hand.query(X)
        by_hand.teach(X[rows], y[rows], classes=[0, 1, 2], rows=rows)
    np.testing.assert_array_equal(by_hand.labeled_rows_, played.labeled_rows_)
    np.testing.assert_array_equal(by_hand.predict_proba(X), played.predict_proba(X))
    for name in ("round", "n_labeled", "n_trained"):
        np.testing.assert_array_equal(by_hand.history_[name], played.history_[name])


def test_default_number_of_rows_is_ten(blobs):
    assert len(learner_of().query(blobs[0])) == 10


def test_default_number_of_rows_is_init_size_and_then_query_size(blobs):
    learner = learner_of(init_size=0.2, query_size=7)
    assert len(learner.query(blobs[0])) == 12
    learner.teach(blobs[0][:12], blobs[1][:12])
    assert len(learner.query(blobs[0])) == 7


def test_default_number_of_rows_is_cut_to_what_is_open(blobs):
    X, y = blobs
    assert len(taught(X, y, 55).query(X)) == 5


def test_first_query_is_made_by_the_initial_strategy(blobs):
    def smallest_first(inputs):
        return -inputs[:, 0]

    rows = learner_of(initial=smallest_first).query(blobs[0], 4)
    assert rows.tolist() == np.argsort(blobs[0][:, 0])[:4].tolist()


def test_teach_and_partial_fit_are_one(blobs):
    X, y = blobs
    first = learner_of(NET).teach(X[:20], y[:20]).teach(X[20:30], y[20:30])
    second = learner_of(NET).partial_fit(X[:20], y[:20]).partial_fit(X[20:30], y[20:30])
    np.testing.assert_array_equal(first.predict_proba(X), second.predict_proba(X))


def test_teach_goes_on_after_fit(blobs):
    X, y = blobs
    learner = learner_of(budget=20, init_size=10, query_size=5).fit(X, y).set_params(budget=30)
    rows = learner.query(X, 4)
    assert not set(rows) & set(learner.labeled_rows_)
    learner.teach(X[rows], y[rows], rows=rows)
    assert learner.n_labeled_ == 24
    assert learner.history_["n_labeled"].tolist() == [10, 15, 20, 24]
    np.testing.assert_array_equal(learner.labeled_rows_[20:], rows)


def test_history_of_teaching_has_a_record_an_answer_sheet(blobs):
    X, y = blobs
    learner = taught(X, y, 12).teach(X[20:23], np.array([0, 0, 2]))
    last = learner.history_[-1]
    assert (last["round"], last["n_labeled"], last["n_trained"]) == (1, 15, 15)
    assert last["class_counts"] == {0: 2, 2: 1}
    assert last["rows"].tolist() == [-1, -1, -1]
    assert np.isnan(last["fraction"])
    assert learner.labeled_rows_.tolist() == [*range(12), -1, -1, -1]


# ---------------------------------------------------------------- never twice


def open_rows(learner, pool):
    return sorted(learner.query(pool, 60 - learner.n_labeled_).tolist())


@pytest.mark.parametrize("strategy", ["margin", "random"])
def test_rows_taught_without_their_position_are_recognised(blobs, strategy):
    X, y = blobs
    learner = learner_of(strategy=strategy).teach(X[[5, 3, 40]], [0, 1, 2])
    assert open_rows(learner, X) == sorted(set(range(60)) - {5, 3, 40})


def test_rows_taught_with_their_position_are_recognised(blobs):
    X, y = blobs
    assert open_rows(taught(X, y), X) == list(range(12, 60))


def test_rows_are_recognised_by_content_where_the_position_is_wrong(blobs):
    X, y = blobs
    learner = learner_of().teach(X[[5, 3, 40]], [0, 1, 2], rows=[10, 11, 12])
    assert open_rows(learner, X) == sorted(set(range(60)) - {5, 3, 40})


def test_rows_are_recognised_in_a_pool_of_another_order(blobs):
    X, y = blobs
    order = np.random.default_rng(1).permutation(60)
    found = open_rows(taught(X, y), X[order])
    assert sorted(order[found].tolist()) == list(range(12, 60))


def test_rows_are_recognised_in_a_pool_that_was_cut(blobs):
    X, y = blobs
    learner = taught(X, y)
    assert sorted(learner.query(X[10:30], 18).tolist()) == list(range(2, 20))


def test_rows_are_recognised_after_a_pickle(blobs):
    X, y = blobs
    learner = pickle.loads(pickle.dumps(taught(X, y)))
    assert open_rows(learner, X) == list(range(12, 60))


def test_rows_are_recognised_after_a_change_of_parameters(blobs):
    X, y = blobs
    learner = taught(X, y).set_params(strategy="entropy", query_size=3)
    assert open_rows(learner, X) == list(range(12, 60))


def test_equal_rows_close_as_many_as_were_taught(blobs):
    X = np.repeat(np.arange(6.0).reshape(3, 2), 4, axis=0)  # each of three rows four times
    learner = learner_of().teach(X[[0, 1, 4]], [0, 0, 1])
    rows = learner.query(X, 9)
    assert np.bincount(rows // 4).tolist() == [2, 3, 4]


def test_equal_rows_with_positions_close_those_positions():
    X = np.repeat(np.arange(6.0).reshape(3, 2), 4, axis=0)
    learner = learner_of().teach(X[[2, 3, 6]], [0, 0, 1], rows=[2, 3, 6])
    assert sorted(learner.query(X, 9).tolist()) == [0, 1, 4, 5, 7, 8, 9, 10, 11]


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int64, np.uint8])
def test_rows_that_came_back_as_lists_are_recognised(kind):
    X = np.random.default_rng(0).integers(0, 200, size=(60, 4)).astype(kind) / kind(3)
    X = X.astype(kind)
    learner = learner_of(LogisticRegression(max_iter=1000)).teach(X[:5].tolist(), [0, 1, 0, 1, 0])
    assert open_rows(learner, X) == list(range(5, 60))


def test_numbers_that_do_not_fit_the_pool_are_other_rows():
    X = np.arange(120, dtype=np.uint8).reshape(60, 2)
    learner = learner_of().teach(X[:2].astype(int) + 256, [0, 1])  # 256 wraps to 0
    assert len(learner.query(X, 60)) == 60


@pytest.mark.parametrize("rows", [None, range(5)])
def test_rows_that_came_back_rounded_are_recognised(blobs, rows):
    learner = learner_of().teach(blobs[0][:5].astype(np.float32), [0, 1, 0, 1, 0], rows=rows)
    assert open_rows(learner, blobs[0]) == list(range(5, 60))


def test_rows_are_recognised_when_dtypes_alternate(blobs):
    X = blobs[0].astype(np.float32)
    learner = learner_of().teach(X[:5], [0, 1, 0, 1, 0])
    learner.teach(X[5:9].astype(np.float64), [0, 1, 0, 1])
    assert open_rows(learner, X) == list(range(9, 60))
    assert open_rows(learner, X.astype(np.float64)) == list(range(9, 60))


def test_rows_of_another_width_of_float_are_recognised_with_their_position(blobs):
    X = blobs[0].astype(np.float32)
    learner = learner_of().teach(X[:5].astype(np.float64), [0, 1, 0, 1, 0], rows=range(5))
    assert open_rows(learner, X) == list(range(5, 60))


# ---------------------------------------------------------------- query changes nothing


def state_of(learner):
    """All that later results depend on, as bytes: all but the memory of what was asked."""
    return {k: pickle.dumps(value) for k, value in vars(learner).items() if k != "_asked"}


@modes
@pytest.mark.parametrize("estimator", [SGD, NET], ids=["sgd", "net"])
@pytest.mark.parametrize("strategy", ["random", "margin"])
@pytest.mark.usefixtures("global_rng_untouched")
def test_query_changes_nothing_and_repeats_itself(blobs, mode, estimator, strategy):
    X, y = blobs
    learner = taught(X, y, estimator=estimator, mode=mode, strategy=strategy)
    before = state_of(learner)
    first = learner.query(X, 6)
    assert state_of(learner) == before
    np.testing.assert_array_equal(learner.query(X, 6), first)


@pytest.mark.parametrize("strategy", ["random", "margin"])
def test_query_before_any_label_changes_nothing_and_repeats_itself(blobs, strategy):
    learner = learner_of(strategy=strategy)
    before = state_of(learner)
    first = learner.query(blobs[0], 6)
    assert state_of(learner) == before
    np.testing.assert_array_equal(learner.query(blobs[0], 6), first)


def test_rows_are_chosen_anew_after_teaching(blobs):
    X, y = blobs
    learner = learner_of(strategy="random")
    first = learner.query(X, 10)
    learner.teach(X[first], y[first])
    assert not set(learner.query(X, 10)) & set(first)


def test_query_names_rows_once_and_as_whole_numbers(blobs):
    rows = taught(*blobs).query(blobs[0], 20)
    assert rows.dtype.kind == "i" and rows.shape == (20,)
    assert len(set(rows.tolist())) == 20


def test_largest_utility_comes_first(blobs):
    X, y = blobs
    learner = taught(X, y, strategy="margin")
    rows, utility = learner.query(X, 10, return_utility=True)
    proba = np.sort(learner.predict_proba(X[rows]), axis=1)
    np.testing.assert_allclose(utility, proba[:, -2] - proba[:, -1])
    assert (np.diff(utility) <= 0).all()


def test_strategy_without_utilities_returns_nan(blobs):
    _, utility = taught(*blobs, strategy="random").query(blobs[0], 3, return_utility=True)
    assert np.isnan(utility).all()


def test_only_candidates_are_asked(blobs):
    X, y = blobs
    rows = taught(X, y).query(X, 5, candidates=[50, 20, 31, 44, 13])
    assert sorted(rows.tolist()) == [13, 20, 31, 44, 50]


def test_candidates_that_were_taught_are_left_out(blobs):
    X, y = blobs
    assert taught(X, y).query(X, candidates=[0, 5, 11, 12]).tolist() == [12]
    with pytest.raises(PoolExhaustedError, match="n=2 rows, but only 1 candidates are open"):
        taught(X, y).query(X, 2, candidates=[0, 5, 11, 12])


def test_order_of_candidates_does_not_matter_to_the_ranking(blobs):
    X, y = blobs
    some, learner = np.arange(20, 60), taught(X, y, strategy="margin")
    first = learner.query(X, 8, candidates=some)
    np.testing.assert_array_equal(learner.query(X, 8, candidates=some[::-1]), first)


def test_query_before_any_label_honours_candidates(blobs):
    rows = learner_of().query(blobs[0], 3, candidates=[7, 8, 9])
    assert sorted(rows.tolist()) == [7, 8, 9]


# ---------------------------------------------------------------- first answers, new classes


@pytest.mark.parametrize(
    ("estimator", "mode"),
    [
        (LogisticRegression(), "cumulative"),
        (LogisticRegression(), "half-cumulative"),
        (LinearSVC(), "cumulative"),
        (SGD, "cumulative"),
    ],
)
def test_first_answers_of_one_class_give_a_constant_for_a_while(blobs, mode, estimator):
    X, y = blobs
    only = np.flatnonzero(y == 1)
    learner = learner_of(estimator, mode=mode)
    with pytest.warns(UserWarning, match="cannot be trained on the single class") as caught:
        learner.teach(X[only[:4]], y[only[:4]], rows=only[:4])
    assert caught[0].filename == __file__  # whoever taught is shown
    assert set(learner.predict(X)) == {1}
    rows = learner.query(X, 20)
    assert not set(rows) & set(only[:4])
    np.testing.assert_array_equal(learner.query(X, 20), rows)
    learner.teach(X[rows], y[rows], rows=rows)
    assert len(set(learner.predict(X))) > 1
    assert type(learner.estimator_) is type(estimator)


def test_no_constant_stands_in_where_two_classes_cannot_be_learned(blobs):
    class Refuses(LogisticRegression):
        def fit(self, X, y):
            raise ValueError("not today")

    with pytest.raises(ValueError, match="not today"):
        learner_of(Refuses()).teach(blobs[0][:4], [0, 1, 0, 1])


def test_constant_has_probabilities_of_all_announced_classes(blobs):
    X, y = blobs
    with pytest.warns(UserWarning, match="single class"):
        learner = learner_of().teach(X[:2], [1, 1], classes=[0, 1, 2])
    np.testing.assert_array_equal(learner.predict_proba(X[:2]), [[0, 1, 0], [0, 1, 0]])


@pytest.mark.parametrize("mode", ["half-cumulative", "incremental"])
@pytest.mark.parametrize("estimator", [SGD, NET, MultinomialNB()])
def test_first_answers_of_one_class_suit_classifiers_with_partial_fit(blobs, mode, estimator):
    X = np.abs(blobs[0])
    learner = learner_of(estimator, mode=mode).teach(X[:3], [1, 1, 1], classes=[0, 1])
    learner.teach(X[3:9], [0, 1, 0, 1, 0, 1])
    assert learner.predict_proba(X).shape == (60, 2)


@pytest.mark.parametrize("estimator", [NET, LogisticRegression()], ids=["net", "logistic"])
def test_class_that_comes_later_is_learned_in_cumulative_mode(blobs, estimator):
    X, y = blobs
    two = np.flatnonzero(y < 2)[:10]
    learner = learner_of(estimator).teach(X[two], y[two])
    learner.teach(X[y == 2][:5], y[y == 2][:5])
    assert learner.classes_.tolist() == [0, 1, 2]
    assert learner.predict_proba(X).shape == (60, 3)


@pytest.mark.parametrize("mode", ["half-cumulative", "incremental"])
@pytest.mark.parametrize("estimator", [NET, SGD], ids=["net", "sgd"])
def test_class_that_comes_later_is_refused_by_modes_that_keep_weights(blobs, mode, estimator):
    X, y = blobs
    two = np.flatnonzero(y < 2)[:10]
    learner = learner_of(estimator, mode=mode).teach(X[two], y[two])
    before = pickle.dumps(learner)
    with pytest.raises(ValueError, match=r"y has classes that were not announced: \[2\].*first"):
        learner.teach(X[y == 2][:5], y[y == 2][:5])
    assert pickle.dumps(learner) == before
    learner.teach(X[two[:2]] + 1, y[two[:2]])
    assert learner.n_labeled_ == 12


@pytest.mark.parametrize("mode", ["half-cumulative", "incremental"])
def test_class_that_was_announced_may_come_later(blobs, mode):
    X, y = blobs
    two = np.flatnonzero(y < 2)[:10]
    learner = learner_of(NET, mode=mode).teach(X[two], y[two], classes=[0, 1, 2])
    learner.teach(X[y == 2][:5], y[y == 2][:5])
    assert learner.classes_.tolist() == [0, 1, 2]


def test_mode_may_be_changed_between_answers(blobs):
    X, y = blobs
    learner = learner_of(NET).teach(X[:20], y[:20], classes=[0, 1, 2])
    learner.set_params(mode="incremental").teach(X[20:24], y[20:24])
    assert learner.history_["n_trained"].tolist() == [20, 4]
    learner.set_params(mode="cumulative").teach(X[24:26], y[24:26])
    assert learner.history_["n_trained"].tolist() == [20, 4, 26]


def test_mode_that_the_classifier_cannot_serve_is_refused_later_too(blobs):
    learner = taught(*blobs).set_params(mode="incremental")
    with pytest.raises(ModeError, match="half-cumulative"):
        learner.teach(*blobs)
    assert learner.n_labeled_ == 12


# ---------------------------------------------------------------- weights of answers


@modes
def test_weights_of_answers_are_remembered(blobs, mode):
    X, y = blobs
    learner = learner_of(SGD, mode=mode)
    learner.teach(X[:20], y[:20], classes=[0, 1, 2], sample_weight=np.ones(20))
    plain = copy.deepcopy(learner).teach(X[20:30], y[20:30])
    again = copy.deepcopy(learner).teach(X[20:30], y[20:30], sample_weight=np.ones(10))
    heavy = copy.deepcopy(learner).teach(X[20:30], y[20:30], sample_weight=np.full(10, 9.0))
    np.testing.assert_array_equal(plain.predict_proba(X), again.predict_proba(X))
    assert not np.array_equal(plain.predict_proba(X), heavy.predict_proba(X))


# ---------------------------------------------------------------- pools of all kinds


def play(learner, pool, take, y, n=30, **how):
    """Two rounds by people; returns all rows asked."""
    asked = []
    for size in (n // 2, n // 4, n // 4):
        rows = learner.query(pool, size)
        learner.teach(take(pool, rows), y[rows], classes=np.unique(y), **how)
        asked += rows.tolist()
    assert len(set(asked)) == len(asked)
    left = len(y) - len(asked)
    assert not set(learner.query(pool, left)) & set(asked)
    return asked


def test_data_frame_pool_keeps_its_columns(blobs):
    pandas = pytest.importorskip("pandas")
    X, y = blobs
    frame = pandas.DataFrame(X, columns=list("abcd"))
    learner = learner_of()
    by_frame = play(learner, frame, lambda pool, rows: pool.iloc[rows], y)
    assert learner.feature_names_in_.tolist() == list("abcd")
    assert learner.estimator_.feature_names_in_.tolist() == list("abcd")
    assert by_frame == play(learner_of(), X, lambda pool, rows: pool[rows], y)


def test_data_frame_with_other_names_is_refused(blobs):
    pandas = pytest.importorskip("pandas")
    X, y = blobs
    frame = pandas.DataFrame(X, columns=list("abcd"))
    learner = learner_of().teach(frame[:20], y[:20])
    with pytest.raises(ValueError, match="feature names should match"):
        learner.query(frame.rename(columns={"a": "z"}))
    with pytest.raises(ValueError, match="feature names should match"):
        learner.teach(frame[["b", "a", "c", "d"]][20:], y[20:])


def test_data_frame_of_words_and_numbers_goes_through_a_pipeline():
    pandas = pytest.importorskip("pandas")
    from sklearn.compose import make_column_transformer
    from sklearn.preprocessing import OneHotEncoder

    rng = np.random.default_rng(0)
    color = rng.choice(["red", "blue"], 60)
    frame = pandas.DataFrame({"color": color, "size": rng.normal(size=60)})
    encoder = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["color"]), remainder="passthrough"
    )
    learner = learner_of(make_pipeline(encoder, LogisticRegression()))
    play(learner, frame, lambda pool, rows: pool.iloc[rows], np.where(color == "red", "R", "B"))
    assert learner.score(frame, np.where(color == "red", "R", "B")) == 1.0


def texts(n=60):
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=n)
    words = [["good", "nice", "fine"], ["bad", "poor", "weak"]]
    return [" ".join([*rng.choice(words[k], 2), f"word{i}"]) for i, k in enumerate(y)], y


TEXT_POOLS = {
    "list": (list, lambda pool, rows: [pool[r] for r in rows]),
    "array": (np.array, lambda pool, rows: pool[rows]),
    "objects": (lambda t: np.array(t, dtype=object), lambda pool, rows: pool[rows]),
    "list, taught as array": (list, lambda pool, rows: np.array(pool)[rows]),
    "array, taught as list": (np.array, lambda pool, rows: pool[rows].tolist()),
    "list, taught as objects": (list, lambda pool, rows: np.array(pool, dtype=object)[rows]),
}


@pytest.mark.parametrize("kind", TEXT_POOLS)
def test_texts_go_to_the_vectorizer_untouched(kind):
    as_pool, take = TEXT_POOLS[kind]
    pool, y = texts()
    learner = learner_of(make_pipeline(TfidfVectorizer(), LogisticRegression()))
    asked = play(learner, as_pool(pool), take, y)
    assert learner.score(as_pool(pool), y) == 1.0
    assert asked == play(clone(learner), pool, lambda pool, rows: [pool[r] for r in rows], y)


def test_series_of_texts_is_a_pool():
    pandas = pytest.importorskip("pandas")
    pool, y = texts()
    learner = learner_of(make_pipeline(TfidfVectorizer(), LogisticRegression()))
    play(learner, pandas.Series(pool), lambda pool, rows: pool.iloc[rows], y)
    assert learner.predict(pandas.Series(pool)).shape == (60,)


@modes
def test_loop_over_texts(mode):
    pool, y = texts()
    learner = learner_of(make_pipeline(TfidfVectorizer(), SGD), mode=mode, budget=30)
    learner.fit(
        pool, np.array(["good", "bad"])[y], X_test=pool, y_test=np.array(["good", "bad"])[y]
    )
    assert learner.history_["test_score"][-1] > 0.8


@pytest.mark.parametrize("kind", [csr_matrix, csr_array, csc_array])
def test_sparse_pool_stays_sparse(blobs, kind):
    X, y = blobs
    X[:, 1:] = np.maximum(X[:, 1:], 0)  # no two rows become equal
    learner = learner_of()
    asked = play(learner, kind(X), lambda pool, rows: pool.tocsr()[rows], y)
    assert asked == play(learner_of(), X, lambda pool, rows: pool[rows], y)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_tensors_are_rows_too(blobs, dtype):
    X, y = torch.from_numpy(blobs[0]).to(dtype), torch.from_numpy(blobs[1])
    learner = learner_of(NET)
    asked = []
    for _ in range(2):
        rows = learner.query(X, 10)
        learner.teach(X[rows], y[rows], classes=[0, 1, 2])
        asked += rows.tolist()
    assert len(set(asked)) == 20
    by_array = learner_of(NET).fit(X.numpy(), y.numpy()).predict_proba(X.numpy())
    np.testing.assert_array_equal(learner_of(NET).fit(X, y).predict_proba(X), by_array)


@modes
def test_pixels_stay_pixels(mode):
    rng = np.random.default_rng(0)
    X, y = rng.integers(256, size=(60, 6, 6), dtype=np.uint8), rng.integers(2, size=60)
    net = CNNClassifier(channels=(2,), hidden_dim=4, max_epochs=1)
    learner = learner_of(net, mode=mode)
    play(learner, X, lambda pool, rows: pool[rows], y)
    assert learner.estimator_.scaled_
    assert learner_of(net, mode=mode, budget=30).fit(X, y).predict_proba(X).shape == (60, 2)


@pytest.mark.parametrize("y", [list("abba") * 15, [True, False] * 30, [10, -3, 7] * 20])
def test_answers_may_be_of_any_kind(blobs, y):
    learner = learner_of()
    asked = play(learner, blobs[0], lambda pool, rows: pool[rows], np.array(y))
    assert learner.classes_.tolist() == sorted(set(y))
    assert set(learner.predict(blobs[0])) <= set(y)
    assert len(asked) == 29


def test_answers_of_another_kind_than_before_are_refused(blobs):
    X, y = blobs
    learner = taught(X, y)
    before = pickle.dumps(learner)
    with pytest.raises(TypeError, match="y has labels of type str.*int"):
        learner.teach(X[20:22], ["0", "1"])
    assert pickle.dumps(learner) == before


def test_classes_of_another_kind_than_the_answers_are_refused(blobs):
    X, y = blobs
    with pytest.raises(TypeError, match="classes"):
        learner_of().teach(X[:9], y[:9], classes=["0", "1", "2"])
