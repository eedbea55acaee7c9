"""The loop of `fit`: initial set, query, reveal, train, score, until there is reason to end."""

import tracemalloc
from time import perf_counter

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, make_scorer
from sklearn.naive_bayes import GaussianNB

from skal import ActiveLearner, ANNClassifier, History, Plateau, TargetScore
from skal.learner._sizes import resolve_sizes
from skal.strategies import BatchStrategy, Skip, Subsample

SOME = ("random", "margin", "entropy", "k_center", "albl")


class Fast(GaussianNB):
    """Gaussian naive Bayes: trains in a millisecond, has probabilities and partial_fit."""


def loop(**params):
    defaults = {"estimator": Fast(), "init_size": 6, "query_size": 4, "random_state": 0}
    return ActiveLearner(**(defaults | params))


# ---------------------------------------------------------------- when it ends


def test_last_batch_is_trained_on_and_scored(blobs, test_set):
    X, y = blobs
    learner = loop(query_size=20, budget=46).fit(X, y, **test_set)
    last = learner.history_[-1]
    everything = Fast().fit(X[learner.labeled_rows_], y[learner.labeled_rows_])
    assert last["n_labeled"] == last["n_trained"] == 46
    assert last["test_score"] == everything.score(test_set["X_test"], test_set["y_test"])
    np.testing.assert_allclose(learner.predict_proba(X), everything.predict_proba(X))


def test_partial_last_batch_ends_exactly_at_the_budget(blobs):
    learner = loop(budget=17).fit(*blobs)
    assert learner.history_["n_labeled"].tolist() == [6, 10, 14, 17]


def test_loop_ends_when_the_pool_is_empty(blobs):
    learner = loop(query_size=50).fit(*blobs)
    assert learner.history_["n_labeled"].tolist() == [6, 56, 60]
    assert sorted(learner.labeled_rows_.tolist()) == list(range(60))


def test_initial_set_may_be_the_whole_budget(blobs):
    assert loop(budget=6).fit(*blobs).history_["n_labeled"].tolist() == [6]


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ({"init_size": 0.1, "query_size": 0.25, "budget": 0.5}, [6, 21, 30]),
        ({"init_size": 0.101, "query_size": 60, "budget": 1.0}, [7, 60]),
        ({"init_size": 5, "query_size": 60, "budget": 60}, [5, 60]),
        ({"init_size": 1.0, "query_size": 1, "budget": None}, [60]),
        ({"init_size": np.int64(5), "query_size": np.float64(0.5), "budget": None}, [5, 35, 60]),
    ],
)
def test_sizes_are_counts_or_fractions_rounded_up(blobs, sizes, expected):
    assert loop(**sizes).fit(*blobs).history_["n_labeled"].tolist() == expected


@pytest.mark.parametrize("n_rows", [2, 3, 7, 20, 21, 99, 1000, 12_345, 60_000, 10_000_000])
@pytest.mark.parametrize("n_classes", [1, 2, 10])
def test_default_sizes_end_after_few_rounds_on_any_pool(n_rows, n_classes):
    init, query, budget = resolve_sizes(None, None, None, n_rows=n_rows, n_classes=n_classes)
    assert budget == n_rows
    assert 1 + -(-(budget - init) // query) <= 21


@pytest.mark.parametrize("n", [7, 100, 3001])
def test_default_learner_plays_few_rounds(n):
    X = np.arange(2.0 * n).reshape(n, 2)
    learner = ActiveLearner(Fast()).fit(X, np.arange(n) % 3)
    assert len(learner.history_) <= 21
    assert learner.n_labeled_ == n


def test_default_estimator_is_a_net(blobs):
    learner = ActiveLearner(init_size=10, budget=10).fit(*blobs)
    assert isinstance(learner.estimator_, ANNClassifier)


def test_stopping_rule_sees_the_history_after_every_round(blobs):
    seen = []

    def stop(history):
        assert isinstance(history, History)
        seen.append(history[-1]["n_labeled"])
        return len(history) == 3

    learner = loop(stopping=stop).fit(*blobs)
    assert seen == [6, 10, 14]
    assert learner.n_labeled_ == 14


def test_target_score_stops_at_the_first_round_that_reaches_it(blobs, test_set):
    free = loop().fit(*blobs, **test_set)
    target = free.history_["test_score"][3]
    stopped = loop(stopping=TargetScore(target)).fit(*blobs, **test_set)
    assert stopped.history_["test_score"][-1] >= target
    assert (stopped.history_["test_score"][:-1] < target).all()


def test_plateau_counts_rounds_without_a_rise():
    scores = [0.70, 0.78, 0.80, 0.803, 0.804]
    rule = Plateau(patience=2, min_delta=0.005)
    fired = [rule(History([{"test_score": s} for s in scores[:k]])) for k in range(1, 6)]
    assert fired == [False, False, False, False, True]


def test_stopping_rule_without_a_test_score_says_what_is_missing(blobs):
    with pytest.raises(ValueError, match="stopping=.*pass X_test and y_test to fit"):
        loop(stopping=TargetScore(0.9)).fit(*blobs)


# ---------------------------------------------------------------- the initial set


def test_stratified_initial_set_keeps_the_shares_of_the_classes():
    y = np.repeat([0, 1, 2], [50, 30, 20])
    learner = loop(initial="stratified", init_size=10, budget=10)
    learner.fit(np.random.default_rng(0).normal(size=(100, 2)), y)
    assert learner.history_[0]["class_counts"] == {0: 5, 1: 3, 2: 2}


def test_stratified_initial_set_has_every_rare_class():
    y = np.repeat([0, 1, 2], [96, 2, 2])
    learner = loop(initial="stratified", init_size=4, budget=4)
    learner.fit(np.random.default_rng(0).normal(size=(100, 2)), y)
    assert learner.history_[0]["class_counts"] == {0: 2, 1: 1, 2: 1}


def test_stratified_initial_set_may_be_smaller_than_the_number_of_classes():
    y = np.repeat([0, 1, 2], [5, 3, 2])
    learner = loop(initial="stratified", init_size=2, budget=2)
    learner.fit(np.arange(20.0).reshape(10, 2), y)
    assert sum(learner.history_[0]["class_counts"].values()) == 2


class FirstRows(BatchStrategy):
    """Lowest rows first; needs nothing."""

    def needs(self):
        return {}

    def select(self, n, rng):
        return np.arange(n)


def test_initial_set_may_be_chosen_by_a_strategy(blobs):
    learner = loop(initial=FirstRows(), budget=6).fit(*blobs)
    assert learner.labeled_rows_.tolist() == [0, 1, 2, 3, 4, 5]


def test_initial_set_may_be_chosen_by_a_function_of_the_inputs(blobs):
    def smallest_first(inputs):
        return -inputs[:, 0]

    learner = loop(initial=smallest_first, budget=6).fit(*blobs)
    assert learner.labeled_rows_.tolist() == np.argsort(blobs[0][:, 0])[:6].tolist()


@pytest.mark.parametrize("initial", ["random", FirstRows()])
def test_initial_set_grows_until_it_has_two_classes(initial):
    X, y = np.arange(80.0).reshape(40, 2), np.repeat([0, 1], [37, 3])
    learner = loop(initial=initial, init_size=2, budget=40, strategy=FirstRows()).fit(X, y)
    first = learner.history_[0]
    assert first["class_counts"][1] == 1
    assert y[first["rows"]].tolist() == [0] * (len(first["rows"]) - 1) + [1]


def test_initial_set_grows_no_further_than_the_budget():
    X, y = np.arange(80.0).reshape(40, 2), np.repeat([0, 1], [39, 1])
    learner = loop(initial=FirstRows(), init_size=2, budget=9).fit(X, y)
    assert learner.history_["n_labeled"].tolist() == [9]


# ---------------------------------------------------------------- what is asked


@pytest.mark.parametrize("strategy", [*SOME, Skip("margin", 3), Subsample("entropy", 9)])
def test_every_row_is_asked_once(blobs, strategy):
    learner = loop(strategy=strategy).fit(*blobs)
    assert sorted(learner.labeled_rows_.tolist()) == list(range(60))


def test_rows_of_largest_utility_are_asked_first(blobs):
    X, y = blobs

    def third_column(inputs):
        return inputs[:, 2]

    learner = loop(strategy=third_column, budget=14).fit(X, y)
    still_open = np.setdiff1d(np.arange(60), learner.history_[0]["rows"])
    best = still_open[np.argsort(-X[still_open, 2])][:8]
    assert learner.labeled_rows_[6:].tolist() == best.tolist()
    np.testing.assert_array_equal(learner.history_[1]["utility"], X[best[:4], 2])


def everything(proba, scores, inputs, labeled_proba, labeled_inputs):
    """Utility that reads all that a function may read."""
    near = ((inputs[:, None] - labeled_inputs) ** 2).sum(axis=2).min(axis=1)
    return near * (1 - proba.max(axis=1)) + scores.std(axis=1) * labeled_proba.mean()


def as_in_modal(classifier, X, n_instances=1):
    """A query function as modAL knows it; reads what was taught."""
    doubt = classifier.predict_proba(X).max(axis=1) + classifier.y_training.mean()
    return np.argsort(doubt)[:n_instances]


@pytest.mark.parametrize("mode", ["cumulative", "incremental"])
@pytest.mark.parametrize(
    "strategy", [*SOME, Skip("margin", 3), Subsample("entropy", 20), everything, as_in_modal]
)
def test_labels_of_open_rows_never_leak(blobs, strategy, mode):
    X, y = blobs
    first = loop(strategy=strategy, mode=mode, budget=26).fit(X, y)
    never_asked = np.setdiff1d(np.arange(60), first.labeled_rows_)
    other = y.copy()
    other[never_asked] = np.random.default_rng(1).permutation(y[never_asked])
    assert (other != y).any()
    second = loop(strategy=strategy, mode=mode, budget=26).fit(X, other)
    np.testing.assert_array_equal(first.labeled_rows_, second.labeled_rows_)
    np.testing.assert_array_equal(first.predict_proba(X), second.predict_proba(X))


def test_strategy_that_chooses_no_row_does_not_loop_for_ever(blobs):
    class Nobody(BatchStrategy):
        def needs(self):
            return {}

        def select(self, n, rng):
            return np.arange(0)

    with pytest.raises(ValueError, match=r"positions must be n=4 distinct ints, .*Nobody\(\)"):
        loop(strategy=Nobody()).fit(*blobs)


# ---------------------------------------------------------------- history and scores


def test_record_of_a_round_holds_all_that_happened(blobs, test_set):
    X, y = blobs
    record = loop(budget=10, strategy="margin").fit(X, y, **test_set).history_[1]
    assert set(record) == {
        "round", "n_labeled", "fraction", "test_score", "rows", "utility", "class_counts",
        "n_trained", "query_seconds", "fit_seconds", "score_seconds", "predicted", "confidence",
        "runner_up", "runner_up_confidence", "chance", "n_test",
    }  # fmt: skip
    assert (record["round"], record["n_labeled"], record["fraction"]) == (1, 10, 10 / 60)
    labels, counts = np.unique(y[record["rows"]], return_counts=True)
    assert record["class_counts"] == dict(zip(labels.tolist(), counts.tolist(), strict=True))
    assert all(record[f"{part}_seconds"] >= 0 for part in ("query", "fit", "score"))
    assert (np.diff(record["utility"]) <= 0).all()


def test_the_seconds_of_all_rounds_are_part_of_those_that_fit_takes(blobs, test_set):
    start = perf_counter()
    history = loop().fit(*blobs, **test_set).history_
    elapsed = perf_counter() - start
    assert 0 < sum(history[f"{part}_seconds"].sum() for part in ("query", "fit", "score")) < elapsed


def test_fraction_is_that_of_the_pool(blobs):
    history = loop(query_size=27).fit(*blobs).history_
    assert history["fraction"].tolist() == [0.1, 0.55, 1.0]


def test_labels_of_the_history_are_plain_values(blobs):
    X, y = blobs
    counts = loop(budget=6).fit(X, np.array(["a", "b", "c"])[y]).history_[0]["class_counts"]
    assert all(type(label) is str and type(n) is int for label, n in counts.items())


def test_frame_has_one_tidy_line_a_round(blobs, test_set):
    pytest.importorskip("pandas")
    frame = loop(budget=17, strategy="margin").fit(*blobs, **test_set).history_.to_frame()
    assert frame["n_labeled"].tolist() == [6, 10, 14, 17]
    assert frame[["n_0", "n_1", "n_2"]].sum(axis=1).tolist() == [6, 4, 4, 3]
    assert np.isnan(frame["mean_utility"][0]) and frame["mean_utility"][1] <= 0
    assert frame["test_score"].between(0, 1).all()
    assert "rows" not in frame


def test_history_slices_to_a_history_and_gives_columns():
    history = History([{"round": 0, "test_a": 0.5}, {"round": 1, "test_a": 0.7, "late": 3}])
    assert isinstance(history[1:], History) and len(history[1:]) == 1
    assert history["test_a"].tolist() == [0.5, 0.7]
    np.testing.assert_array_equal(history["late"], [np.nan, 3])
    assert history.score_names == ["test_a"]


def test_history_names_the_columns_that_it_has():
    with pytest.raises(KeyError, match="no round has 'acuracy'; there are .*round"):
        History([{"round": 0}])["acuracy"]


def two_numbers(estimator, X, y):
    return {"right": accuracy_score(y, estimator.predict(X)), "n": len(y)}


SCORERS = {
    "nothing": (None, ["test_score"]),
    "a name": ("f1_macro", ["test_score"]),
    "a scorer": (make_scorer(f1_score, average="macro"), ["test_score"]),
    "a function": (lambda estimator, X, y: estimator.score(X, y), ["test_score"]),
    "a function of several": (two_numbers, ["test_right", "test_n"]),
    "a list": (["accuracy", "neg_log_loss"], ["test_accuracy", "test_neg_log_loss"]),
    "a dict": ({"a": "accuracy", "b": make_scorer(accuracy_score)}, ["test_a", "test_b"]),
    "probabilities": ("roc_auc_ovr", ["test_score"]),
}


@pytest.mark.parametrize("case", SCORERS)
def test_scoring_takes_whatever_scikit_learn_takes(blobs, test_set, case):
    scoring, names = SCORERS[case]
    history = loop(scoring=scoring, initial="stratified").fit(*blobs, **test_set).history_
    assert history.score_names == names
    assert all(np.isfinite(history[name]).all() for name in names)


def test_scores_are_those_of_the_metric(blobs, test_set):
    learner = loop(scoring=["accuracy", "f1_macro"]).fit(*blobs, **test_set)
    predicted, last = learner.predict(test_set["X_test"]), learner.history_[-1]
    assert last["test_accuracy"] == accuracy_score(test_set["y_test"], predicted)
    assert last["test_f1_macro"] == f1_score(test_set["y_test"], predicted, average="macro")


def test_several_scorers_share_one_prediction(blobs, test_set):
    class Counting(Fast):
        n_calls = 0

        def predict(self, X):
            Counting.n_calls += len(X) == 40
            return super().predict(X)

    loop(estimator=Counting(), scoring=["accuracy", "f1_macro"], budget=10).fit(*blobs, **test_set)
    assert Counting.n_calls == 2  # once in each of two rounds


def test_labels_are_scored_whatever_their_kind(blobs, test_set):
    X, y = blobs
    names = np.array(["cat", "dog", "eel"])
    learner = loop(scoring="f1_macro")
    plain = learner.fit(X, y, **test_set).history_["test_score"]
    learner.fit(X, names[y], X_test=test_set["X_test"], y_test=names[test_set["y_test"]])
    np.testing.assert_array_equal(learner.history_["test_score"], plain)


def test_classes_that_were_not_asked_yet_have_probability_zero(blobs):
    X, y = blobs
    y = np.where(np.arange(60) == 59, 7, y % 2)  # class 7: a single row
    learner = loop(init_size=4, budget=4, random_state=1).fit(X, y)
    assert 7 not in y[learner.labeled_rows_]
    proba = learner.predict_proba(X)
    assert learner.classes_.tolist() == [0, 1, 7]
    assert (proba[:, 2] == 0).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1)


def test_test_set_is_scored_in_no_round_if_none_is_given(blobs):
    assert loop().fit(*blobs).history_.score_names == []


# ---------------------------------------------------------------- the pool


class Constant(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])

    def predict_proba(self, X):
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))


@pytest.fixture
def on_disk(tmp_path):
    """A read-only pool of 16 MB that lies on disk."""
    array = np.lib.format.open_memmap(tmp_path / "pool.npy", "w+", np.float32, (40_000, 100))
    array[:] = np.random.default_rng(0).normal(size=array.shape)
    array.flush()
    return np.load(tmp_path / "pool.npy", mmap_mode="r"), np.arange(40_000) % 2


@pytest.mark.parametrize("estimator", [Constant(), ANNClassifier(hidden_dim=4, max_epochs=1)])
def test_pool_on_disk_is_never_copied_whole(on_disk, estimator):
    X, y = on_disk
    learner = loop(estimator=estimator, strategy=Subsample("margin", 2000), budget=20)
    learner.fit(X[:40], y[:40])  # torch imports a part of itself with the first optimizer
    tracemalloc.start()
    try:
        learner.fit(X, y).set_params(budget=30).query(X, 5)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < X.nbytes / 2


def test_query_by_margin_over_a_pool_on_disk_reads_it_in_parts(on_disk):
    X, y = on_disk
    learner = loop(estimator=ANNClassifier(hidden_dim=4, max_epochs=1), budget=10).fit(X, y)
    tracemalloc.start()
    try:
        learner.set_params(budget=20).query(X, 5)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < X.nbytes / 2


def test_fit_changes_neither_pool_nor_labels(blobs, test_set):
    X, y = blobs
    before = X.copy(), y.copy()
    X.flags.writeable = y.flags.writeable = False
    loop(estimator=ANNClassifier(hidden_dim=4, max_epochs=1)).fit(X, y, **test_set)
    np.testing.assert_array_equal(X, before[0])
    np.testing.assert_array_equal(y, before[1])


def test_fit_leaves_the_given_estimator_unfitted(blobs):
    given = LogisticRegression()
    loop(estimator=given, budget=10).fit(*blobs)
    assert not hasattr(given, "coef_")
    assert given.get_params() == LogisticRegression().get_params()


def test_progress_is_shown_only_when_wanted(blobs, test_set, capsys):
    loop(budget=14).fit(*blobs, **test_set)
    assert capsys.readouterr().err == ""
    loop(budget=14, verbose=1).fit(*blobs, **test_set)
    shown = capsys.readouterr().err
    assert "14/14" in shown and "test_score" in shown and "round" in shown


def test_a_stratified_start_smaller_than_the_classes_follows_their_shares():
    y = np.repeat([0, 1, 2], [50, 9, 1])
    learner = loop(initial="stratified", init_size=2, query_size=1, budget=2)
    learner.fit(np.random.default_rng(0).normal(size=(60, 4)), y)
    assert y[learner.labeled_rows_].tolist() == [0, 0]


def test_a_stratified_start_has_a_row_of_every_class_where_it_can():
    y = np.repeat([0, 1, 2], [50, 9, 1])
    learner = loop(initial="stratified", init_size=4, query_size=1, budget=4)
    learner.fit(np.random.default_rng(0).normal(size=(60, 4)), y)
    assert sorted(y[learner.labeled_rows_].tolist()) == [0, 0, 1, 2]
