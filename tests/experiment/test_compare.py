import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.decomposition import PCA
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from skal import ActiveLearner, ANNClassifier, DatasetRows
from skal.evidence import Proba
from skal.experiment import compare
from skal.experiment._naming import named_learners
from skal.experiment._play import GivenData, PlannedRun
from skal.experiment._progress_bar import Noting
from skal.learner import History, TargetScore
from skal.strategies import Power, UtilityStrategy
from tests.experiment.runs import GRID, X, Y, bits, learner, same, small


class Moody(ClassifierMixin, BaseEstimator):
    """Refuses to learn where a class has too many rows."""

    def __init__(self, most=10**9):
        self.most = most

    def fit(self, X, y):
        if len(y) > self.most:
            raise RuntimeError("that is too much")
        self.inner_ = LogisticRegression(max_iter=200).fit(X, y)
        self.classes_ = self.inner_.classes_
        return self

    def predict(self, X):
        return self.inner_.predict(X)

    def predict_proba(self, X):
        return self.inner_.predict_proba(X)


def global_state():
    return np.random.get_state()[1].copy()  # noqa: NPY002


def test_runs_of_a_repeat_share_the_initial_rows_and_those_of_others_differ():
    found = small().histories()
    first = {name: [h[0]["rows"].tolist() for h in runs] for name, runs in found.items()}
    assert first["random"] == first["margin"]
    assert first["random"][0] != first["random"][1]


def test_rows_are_rows_of_the_x_that_was_given():
    for run in small(n_repeats=1).runs:
        for record in run.history:
            assert np.array_equal(record["labels"], Y[record["rows"]])
        asked = np.concatenate(run.history["rows"])
        assert len(np.unique(asked)) == len(asked) == 50


def test_pool_and_test_rows_of_a_split_are_disjoint_and_stratified():
    given = GivenData(X, Y)
    pool, kept = given.split(seed=3)
    assert np.array_equal(np.sort(np.concatenate([pool, kept])), np.arange(len(X)))
    X_test, y_test = given.test_set(kept)
    assert np.array_equal(X_test, X[kept]) and np.array_equal(y_test, Y[kept])
    shares = np.bincount(y_test) / len(y_test) - np.bincount(Y) / len(Y)
    assert np.abs(shares).max() < 0.01


def test_a_class_of_one_row_does_not_stop_the_split():
    y = np.where(np.arange(len(Y)) == 0, 10, Y)
    pool, kept = GivenData(X, y).split(seed=0)
    assert len(pool) + len(kept) == len(y)


def test_a_given_test_set_is_used_and_the_pool_is_all_of_x():
    result = small(n_repeats=2, X_test=X[:50], y_test=Y[:50])
    assert result.data["data"].n_test == 50
    direct = learner(strategy="margin", random_state=PlannedRun("", "", 1, 0, 1).seeds()[1])
    direct.fit(X, Y, X_test=X[:50], y_test=Y[:50])
    played = result.histories()["margin"][1]
    assert np.array_equal(played["test_score"], direct.history_["test_score"])
    assert np.array_equal(np.concatenate(played["rows"]), direct.labeled_rows_)


def test_a_repeat_does_not_depend_on_how_many_there_are():
    one, three = small(n_repeats=1), small(n_repeats=3)
    assert bits(one) == bits(type(three)(r for r in three.runs if r.repeat == 0))


def test_another_random_state_gives_other_runs():
    assert bits(small()) != bits(small(random_state=1))


def names_of(learners=None, **how):
    return list(named_learners(learner() if learners is None else learners, **how))


def test_strategies_stand_beside_a_grid():
    both = {"strategies": ["random", "margin"], "grid": {"query_size": [10, 15]}}
    assert names_of(**both)[:2] == ["random, query_size=10", "margin, query_size=10"]
    assert len(names_of(**both)) == 4
    plain = named_learners(learner(), grid=None, strategies=["random", Power()])
    assert list(plain) == ["random", "Power()"]
    assert plain["random"].strategy == "random"


@pytest.mark.parametrize(
    ("one", "other", "names"),
    [
        ({"strategy": "random"}, {"strategy": "margin"}, ["random", "margin"]),
        ({"query_size": 5}, {"query_size": 10}, ["query_size=5", "query_size=10"]),
        (
            {"strategy": "random", "init_size": 10},
            {"strategy": "margin", "init_size": 20},
            ["init_size=10, random", "init_size=20, margin"],
        ),
        (
            {"estimator": ANNClassifier(max_epochs=5, lr=0.01)},
            {"estimator": ANNClassifier(max_epochs=9, lr=0.01)},
            ["max_epochs=5", "max_epochs=9"],
        ),
        (
            {"estimator": ANNClassifier(max_epochs=5)},
            {"estimator": GaussianNB()},
            ["ANNClassifier", "GaussianNB"],
        ),
    ],
)
def test_learners_of_a_list_are_named_by_what_differs(one, other, names):
    given = [ActiveLearner(**one), ActiveLearner(**other)]
    assert names_of(given, grid=None, strategies=None) == names


def test_a_list_of_one_learner_is_that_learner():
    assert names_of([learner()], grid=None, strategies=None) == ["learner"]


def test_a_grid_names_learners_by_what_varies():
    result = small(n_repeats=1, grid={"strategy": [Power("entropy")]})
    assert result.learner_names == ["Power()"]
    result = small(n_repeats=1, grid={"strategy": ["random"], "query_size": [10, 15]})
    assert result.learner_names == ["random, query_size=10", "random, query_size=15"]
    grid = {"estimator__C": [0.1, 1.0]}
    assert small(n_repeats=1, grid=grid).learner_names == ["C=0.1", "C=1.0"]


def test_learners_may_come_by_name_and_several_data_sets_too():
    data = {"all": (X, Y), "few": (X[:150], Y[:150], X[150:], Y[150:])}
    result = compare(
        {"a": learner(), "b": learner(strategy="random")}, data, n_repeats=1, verbose=0
    )
    assert result.data_names == ["all", "few"] and result.learner_names == ["a", "b"]
    assert result.data["few"].n_test == 150 and result.data["few"].n_rows == 150
    assert result.baseline == "b"  # it asks at random


def test_learners_that_are_alike_are_played_once_and_kept_under_both_names():
    result = compare({"a": learner(), "b": learner()}, X, Y, n_repeats=1, verbose=0)
    (a, b) = result.runs
    assert (a.learner, b.learner) == ("a", "b") and a.history is b.history


def named(sign):
    """A class of its own for each sign, all of one name."""

    class Signed(UtilityStrategy):
        def needs(self):
            return {"proba": Proba()}

        def utility(self, proba):
            return sign * proba.max(axis=1)

    return Signed()


def test_classes_of_one_name_are_not_taken_for_each_other():
    learners = {f"{sign:+}": learner(strategy=named(sign)) for sign in (1, -1)}
    up, down = compare(learners, X, Y, n_repeats=1, verbose=0).runs
    assert not np.array_equal(up.history[1]["rows"], down.history[1]["rows"])


def test_what_a_frozen_estimator_knows_counts():
    noise = np.random.default_rng(0).normal(size=X.shape)
    learners = {
        name: learner().set_params(
            estimator=make_pipeline(FrozenEstimator(PCA(5).fit(data)), GaussianNB())
        )
        for name, data in {"good": X, "bad": noise}.items()
    }
    good, bad = compare(learners, X, Y, n_repeats=1, verbose=0).runs
    assert good.history["test_score"][-1] > bad.history["test_score"][-1] + 0.1


def test_data_sets_of_other_shape_or_column_names_are_played_again(tmp_path):
    import pandas

    net = ActiveLearner(ANNClassifier(4, max_epochs=1), init_size=20, budget=20)
    compare(net, X, Y, n_repeats=1, folder=tmp_path, verbose=0)
    renamed = pandas.DataFrame(X, columns=[f"pixel {i}" for i in range(64)])
    for pool in (X.reshape(-1, 8, 8), X.reshape(-1, 4, 16), pandas.DataFrame(X), renamed):
        with pytest.warns(UserWarning, match="another comparison"):
            compare(net, pool, Y, n_repeats=1, folder=tmp_path, verbose=0)
    assert len(list((tmp_path / "runs").iterdir())) == 5


def test_learners_stay_as_they_were():
    given = learner(random_state=7, verbose=0)
    before = repr(given)
    small(learners=given)
    assert repr(given) == before and not hasattr(given, "history_")


def test_a_failed_run_is_reported_and_counted_nowhere(tmp_path):
    rules = {"fine": Moody(), "bad": Moody(most=30)}
    learners = {name: learner().set_params(estimator=rule) for name, rule in rules.items()}
    with pytest.warns(UserWarning, match="1 of 2 runs failed .*'bad' on 'data', repeat 0: Runtime"):
        result = compare(learners, X, Y, n_repeats=1, folder=tmp_path, verbose=0)
    assert [run.learner for run in result.runs] == ["fine"]
    (failure,) = result.failures
    assert failure.learner == "bad" and "that is too much" in failure.traceback
    (kept,) = type(result).load(tmp_path).failures
    assert kept == failure


def test_if_every_run_fails_that_is_an_error():
    with pytest.raises(ValueError, match="every run failed.*that is too much"):
        compare(learner().set_params(estimator=Moody(most=5)), X, Y, n_repeats=1, verbose=0)


def test_global_random_state_and_thread_numbers_stay_untouched():
    import torch

    threads = torch.get_num_threads()
    before, before_torch = global_state(), torch.get_rng_state()
    net = ActiveLearner(ANNClassifier(8, max_epochs=2), init_size=20, query_size=10, budget=40)
    small(learners=net, n_repeats=1)
    assert np.array_equal(before, global_state())
    assert torch.equal(before_torch, torch.get_rng_state())
    assert torch.get_num_threads() == threads


def test_a_pool_outside_memory_is_played_as_one_in_memory(tmp_path):
    path = tmp_path / "pool.npy"
    np.save(path, X)
    inside = small(n_repeats=1)
    for pool in (np.load(path, mmap_mode="r"), DatasetRows(X)):
        outside = compare(learner(), pool, Y, grid=GRID, n_repeats=1, verbose=0)
        assert same(inside, outside)


def test_frames_and_text_labels_pass():
    import pandas

    frame = pandas.DataFrame(X, columns=[f"pixel {i}" for i in range(X.shape[1])])
    words = pandas.Series([f"digit {label}" for label in Y])
    result = compare(learner(), frame, words, grid=GRID, n_repeats=1, verbose=0)
    assert result.runs[0].history[0]["labels"][0].startswith("digit ")
    scores = [h[0]["test_score"].tolist() for h in small(n_repeats=1).histories().values()]
    assert [h[0]["test_score"].tolist() for h in result.histories().values()] == scores


def test_progress_counts_runs_and_those_that_were_found(capsys, tmp_path):
    small(n_repeats=1, verbose=1, folder=tmp_path)
    assert "2 of 2 runs" in capsys.readouterr().err
    small(n_repeats=2, verbose=1, folder=tmp_path)
    shown = capsys.readouterr().err
    assert shown.startswith("2 of 4 runs were played before")
    assert "3 of 4 runs: " in shown and "4 of 4 runs: " in shown and "1 of 4" not in shown


@pytest.mark.parametrize("verbose", [0, 1])
def test_a_learner_hears_of_every_round_and_may_stop_as_it_says(verbose):
    heard = []
    given = learner(on_round=lambda history: heard.append(len(history)), stopping=TargetScore(0.5))
    (run,) = small(learners=given, n_repeats=1, grid={"strategy": ["random"]}, verbose=verbose).runs
    assert heard == list(range(1, len(run.history) + 1)) and run.history["test_score"][-1] >= 0.5


def test_a_run_notes_its_state_after_each_round(tmp_path):
    told = []
    noting = Noting(str(tmp_path / "note"), budget=50, then=told.append)
    history = History([{"round": 3, "n_labeled": 20, "test_f1": 0.25, "test_auc": 1.0}])
    noting(history)
    assert (tmp_path / "note").read_text() == "0.4 round 3: 20 labels 0.250"
    assert told == [history]
    Noting(str(tmp_path / "no" / "folder"), budget=50)(history)  # nobody looks there


def test_a_comparison_says_what_it_holds():
    assert repr(small()) == "<Comparison: 2 learners x 2 repeats on 'data', 4 runs>"


@pytest.mark.parametrize(
    ("how", "error", "words"),
    [
        ({"n_repeats": 0}, ValueError, "n_repeats must be an int of at least 1"),
        ({"n_threads": None}, ValueError, "n_threads must be"),
        ({"random_state": None}, ValueError, "random_state must be an int of at least 0, got None"),
        ({"random_state": -1}, ValueError, "random_state must be an int of at least 0, got -1"),
        ({"n_jobs": 0}, ValueError, "n_jobs"),
        ({"grid": {}}, ValueError, "grid is empty"),
        ({"grid": {"init_size": [99]}}, ValueError, "learner 'init_size=99' on 'data': budget=50"),
        ({"baseline": "entropy"}, ValueError, r"baseline='entropy' is no learner; there are \['ra"),
        ({"grid": {"strategy": ["randm"]}}, ValueError, "randm"),
        ({"grid": {"strateg": ["random"]}}, ValueError, "strateg"),
        ({"grid": {"init_size": [10], "strategy": []}}, ValueError, "strategy"),
        ({"grid": None, "learners": {}}, ValueError, "learners is empty"),
        ({"grid": None, "learners": {3: learner()}}, TypeError, "names of learners"),
        ({"grid": None, "learners": LogisticRegression()}, TypeError, "ActiveLearner is needed"),
        ({"learners": {"a": learner()}}, TypeError, "grid varies a single learner"),
        ({"learners": [learner()]}, TypeError, "grid varies a single learner, but a list came"),
        ({"strategies": ["random"]}, ValueError, "must not both be given"),
        ({"grid": None, "strategies": "random"}, TypeError, r"pass \['random'\]"),
        ({"grid": None, "strategies": []}, ValueError, "one strategy at least"),
        ({"grid": None, "strategies": ["margin", "margin"]}, ValueError, "two called 'margin'"),
        ({"grid": None, "strategies": ["randm"]}, ValueError, "randm"),
        ({"grid": None, "learners": []}, ValueError, "learners is empty"),
        ({"grid": None, "learners": [learner(), 3]}, TypeError, r"learners\[1\] is 3"),
        (
            {"grid": None, "learners": [learner(), learner(random_state=1)]},
            ValueError,
            "got all of them alike",
        ),
        (
            {"grid": None, "learners": [learner(), learner(mode="incremental"), learner()]},
            ValueError,
            r"got learners\[0\] and learners\[2\] called 'cumulative'",
        ),
        ({"X_test": X}, ValueError, "X_test and y_test belong together"),
    ],
)
def test_bad_input_is_refused_before_any_work(how, error, words, tmp_path):
    with pytest.raises(error, match=words):
        small(**{"folder": tmp_path / "out", **how})
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        ({}, ValueError, "without data sets"),
        ({"a": X}, TypeError, "must be a text that stands for"),
        ({"a": (X, Y[:-1])}, ValueError, "y of data set 'a' has 299 labels"),
    ],
)
def test_bad_data_sets_are_refused(data, error, words):
    with pytest.raises(error, match=words):
        compare(learner(), data, verbose=0)
