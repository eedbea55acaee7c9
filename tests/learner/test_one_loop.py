"""`fit` and people play one loop: what one can do the other can, and the record is the same."""

import pickle
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Thread

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal import ActiveLearner, ANNClassifier, ModeError, Plateau, PoolExhaustedError, TargetScore
from skal.evidence import Past, Proba
from skal.exceptions import FinishedError
from skal.learner import MODES, PseudoLabels
from skal.learner import _log as log
from skal.strategies import Choice, Strategy

modes = pytest.mark.parametrize("mode", MODES)
NET = ANNClassifier(hidden_dim=4, max_epochs=2)
SGD = SGDClassifier(loss="log_loss", max_iter=5, tol=None)
SIZES = {"init_size": 8, "query_size": 6, "budget": 26, "random_state": 0}


def learner_of(estimator=None, **params):
    return ActiveLearner(estimator or GaussianNB(), **{"random_state": 0, **params})


def assert_equal_histories(first, second):
    """Field by field, but for the seconds."""
    assert len(first) == len(second)
    for one, other in zip(first, second, strict=True):
        assert one.keys() == other.keys()
        for name in one:
            if not name.endswith("seconds"):
                np.testing.assert_array_equal(one[name], other[name], err_msg=name)


# ---------------------------------------------------------------- the history of both jobs


@modes
@pytest.mark.parametrize("strategy", ["random", "margin", "k_center", "albl", "power"])
@pytest.mark.parametrize("estimator", [SGD, NET], ids=["sgd", "net"])
def test_the_history_of_people_is_that_of_fit(blobs, test_set, mode, strategy, estimator):
    X, y = blobs
    scoring = ["accuracy", "neg_log_loss"]
    params = {**SIZES, "mode": mode, "strategy": strategy, "scoring": scoring}
    played = learner_of(estimator, **params).fit(X, y, **test_set)
    taught = learner_of(estimator, **params)
    for _ in range(4):
        rows = taught.query(X)
        taught.teach(X[rows], y[rows], classes=[0, 1, 2], rows=rows, **test_set)
    assert_equal_histories(taught.history_, played.history_)
    np.testing.assert_array_equal(taught.predict_proba(X), played.predict_proba(X))
    for name, column in played.answers_.items():
        np.testing.assert_array_equal(taught.answers_[name], column)


def test_a_round_with_people_may_be_scored_and_the_next_not(blobs, test_set):
    X, y = blobs
    learner = learner_of().teach(X[:12], y[:12], **test_set)
    learner.teach(X[12:15], y[12:15])
    assert learner.history_["test_score"][0] == learner_of().teach(X[:12], y[:12]).score(
        test_set["X_test"], test_set["y_test"]
    )
    assert np.isnan(learner.history_["test_score"][1])


def test_the_history_says_how_many_rows_each_round_was_scored_on(blobs, test_set):
    X, y = blobs
    learner = learner_of().teach(X[:12], y[:12], X_test=X[12:20], y_test=y[12:20])
    learner.teach(X[20:23], y[20:23], **test_set)
    assert learner.history_["n_test"].tolist() == [8, 40]


# ---------------------------------------------------------------- what query knew is found again


def after(X, y, *, tell, order=slice(None), between=()):
    """A bandit that asked ten rows, then whatever else, and was taught the ten."""
    learner = learner_of(strategy="albl").teach(X[:9], y[:9], rows=range(9))
    rows = learner.query(X, 10)
    for n in between:
        learner.query(X, n)
    rows = rows[order]
    learner.teach(X[rows], y[rows], **({"rows": rows} if tell else {}))
    return learner


@pytest.mark.parametrize("tell", [True, False])
@pytest.mark.parametrize("between", [(3,), (10, 3), (20, 1, 30)])
def test_what_was_asked_in_between_changes_nothing(blobs, tell, between):
    X, y = blobs
    plain, other = (after(X, y, tell=tell, between=b) for b in ((), between))
    assert_equal_histories(other.history_, plain.history_)
    np.testing.assert_array_equal(other.query(X, 10), plain.query(X, 10))


def test_a_larger_query_before_changes_nothing(blobs):
    X, y = blobs
    learner = learner_of(strategy="albl").teach(X[:9], y[:9], rows=range(9))
    learner.query(X, 25)
    rows = learner.query(X, 10)
    learner.teach(X[rows], y[rows], rows=rows)
    assert_equal_histories(learner.history_, after(X, y, tell=True).history_)


@pytest.mark.parametrize("tell", [True, False])
def test_a_chance_belongs_to_its_row_in_any_order_and_part(blobs, tell):
    X, y = blobs
    learner = learner_of(strategy="random").teach(X[:9], y[:9])
    rows = learner.query(X, 10)
    chance = dict(zip(rows.tolist(), 1 / (51 - np.arange(10)), strict=True))
    for part in (rows[[7, 2, 5]], rows[[9, 0]], rows[[1, 3, 4, 6, 8]]):
        learner.query(X, 4)
        learner.teach(X[part], y[part], **({"rows": part} if tell else {}))
        found = learner.history_[-1]["chance"]
        np.testing.assert_allclose(found, [chance[row] for row in part.tolist()])


def test_every_label_has_its_own_note_whatever_was_asked(blobs):
    X, y = blobs
    learner = learner_of(strategy="albl").teach(X[:9], y[:9], rows=range(9))
    first = learner.query(X, 10)
    learner.query(X, 3)
    learner.teach(X[first], y[first], rows=first)
    learner.teach(X[50:52], y[50:52])  # whom nobody asked
    times = learner._loop.log.notes_of_labels()["times"]
    assert np.isnan(times).tolist() == [True] * 9 + [False] * 10 + [True] * 2


class Counts(Strategy):
    """Notes how often it chose."""

    def needs(self):
        return {"past": Past(), "proba": Proba()}

    def choose(self, evidence, n, rng):
        times = evidence.arrays({"past": Past()})["past"].get("times", 0)
        return Choice(np.arange(n), np.full(n, np.nan), {"times": times + 1})


def test_an_answer_to_an_older_batch_does_not_set_the_notes_back(blobs):
    X, y = blobs
    learner = learner_of(strategy=Counts()).teach(X[:9], y[:9], rows=range(9))
    old = learner.query(X, 5)
    learner.teach(X[old[:3]], y[old[:3]], rows=old[:3])
    new = learner.query(X, 3, candidates=range(30, 60))
    learner.teach(X[new], y[new], rows=new)
    learner.teach(X[old[3:]], y[old[3:]], rows=old[3:])
    assert learner._loop.notes == {"times": 2}


class FirstRows(Strategy):
    """Notes something of its own."""

    def needs(self):
        return {}

    def choose(self, evidence, n, rng):
        noted = np.ones(n)
        return Choice(np.arange(n), np.full(n, np.nan), {"times": 99}, row_notes={"times": noted})


def test_what_the_initial_strategy_notes_while_it_stands_in_is_not_the_strategys(blobs):
    X, y = blobs
    learner = learner_of(strategy=Counts(), initial=FirstRows())
    learner.teach(X[y == 0][:5], y[y == 0][:5])  # one class, which Counts would not tell apart
    for n_asked in (5, 3):
        rows = learner.query(X, n_asked)
        learner.teach(X[rows], y[rows], rows=rows)
    assert learner._loop.notes == {"times": 1}
    assert not learner._loop.log.notes


def test_what_is_no_longer_a_parameter_is_not_pickled(blobs):
    X, y = blobs
    learner = learner_of(stopping=lambda history: False).teach(X[:9], y[:9])
    pickle.dumps(learner.set_params(stopping=None))


def test_what_was_asked_outlives_a_pickle(blobs):
    X, y = blobs
    learner = learner_of(strategy="random").teach(X[:9], y[:9])
    rows = learner.query(X, 5)
    learner = pickle.loads(pickle.dumps(learner))
    learner.teach(X[rows], y[rows], rows=rows)
    np.testing.assert_allclose(learner.history_[-1]["chance"], 1 / (51 - np.arange(5)))


def test_rows_of_equal_number_in_two_pools_are_told_apart_by_content(blobs):
    X, y = blobs
    other = X[::-1].copy()
    learner = learner_of(strategy="random").teach(X[:9] + 9, y[:9])
    rows = learner.query(X, 60)
    learner.query(other, 60)
    some = rows[:5]
    learner.teach(X[some], y[some], rows=some)
    np.testing.assert_allclose(learner.history_[-1]["chance"], 1 / (60 - np.arange(5)))


def test_what_is_answered_is_forgotten_and_the_rest_is_not(blobs):
    X, y = blobs
    learner = learner_of().teach(X[:9], y[:9])
    rows = learner.query(X, 6)
    learner.query(X, 6)
    assert len(learner._asked.batches) == 1  # asked again: the same
    learner.teach(X[rows[:4]], y[rows[:4]])
    assert [len(batch) for batch in learner._asked.batches] == [2]
    learner.teach(X[rows[4:]], y[rows[4:]])
    assert learner._asked.batches == ()


def test_what_is_asked_while_another_thread_teaches_is_not_lost(blobs):
    X, y = blobs

    class Asks(GaussianNB):
        """Is trained while somebody asks."""

        def fit(self, X_new, y_new):
            if len(X_new) == 12:
                thread = Thread(target=lambda: asked.append(learner.query(X, 5)))
                thread.start()
                thread.join()
            return super().fit(X_new, y_new)

    asked = []
    learner = learner_of(Asks(), strategy="random").teach(X[:9], y[:9])
    learner.teach(X[9:12], y[9:12])
    rows = asked[0]
    learner.teach(X[rows], y[rows], rows=rows)
    np.testing.assert_allclose(learner.history_[-1]["chance"], 1 / (51 - np.arange(5)))


def test_numbers_of_two_pools_find_their_own_batches(blobs):
    X, y = blobs
    other, z = X[::-1].copy(), y[::-1]
    learner = learner_of(strategy="random").teach(X[20:29], y[20:29], rows=range(20, 29))
    first = learner.query(X, 5, candidates=range(5))
    second = learner.query(other, 5, candidates=range(5))
    learner.teach(X[first], y[first], rows=first)
    learner.teach(other[second], z[second], rows=second)
    assert learner.n_labeled_ == 19
    assert not np.isnan(learner.history_[-1]["chance"]).any()


def test_a_round_of_two_batches_is_of_the_pool_of_the_larger_one(blobs):
    X, y = blobs
    learner = learner_of().teach(X[:6], y[:6], rows=range(6))
    large = learner.query(X, 5, candidates=range(20, 30))
    with pytest.warns(UserWarning, match="none of the 6 taught rows"):
        small = learner.query(X[30:50], 2) + 30
    rows = np.append(small, large)
    learner.teach(X[rows], y[rows], rows=np.append(small - 30, large))
    assert learner.history_[-1]["fraction"] == 13 / 60


def test_the_time_of_a_query_counts_once_in_whatever_parts_it_is_answered(blobs):
    X, y = blobs
    learner = learner_of().teach(X[:6], y[:6], rows=range(6))
    rows = learner.query(X, 8)
    for part in (rows[:5], rows[5:]):
        learner.teach(X[part], y[part], rows=part)
    assert learner.history_[1]["query_seconds"] > 0
    assert learner.history_[2]["query_seconds"] == 0


def test_rows_that_were_cast_on_the_way_are_found_without_their_numbers(blobs):
    X, y = blobs
    learner = learner_of(strategy="random").teach(X[:9], y[:9])
    rows = learner.query(X, 5)
    learner.teach(X[rows].astype(np.float32), y[rows])
    np.testing.assert_allclose(learner.history_[-1]["chance"], 1 / (51 - np.arange(5)))
    assert learner._asked.batches == ()


def test_what_query_gives_is_the_callers_own(blobs):
    X, y = blobs
    learner = learner_of(strategy="random").teach(X[:9], y[:9])
    rows = learner.query(X, 5)
    order = np.argsort(rows)
    rows.sort()
    learner.teach(X[rows], y[rows], rows=rows)
    expected = 1 / (51 - np.arange(5))
    np.testing.assert_allclose(learner.history_[-1]["chance"], expected[order])


def test_a_row_of_the_initial_set_that_comes_late_hides_no_prediction(blobs):
    X, y = blobs
    learner = learner_of(random_state=0)
    first = learner.query(X, 12)
    learner.teach(X[first[:11]], y[first[:11]], rows=first[:11])
    rows = np.append(learner.query(X, 4, candidates=np.setdiff1d(np.arange(60), first)), first[11])
    learner.teach(X[rows], y[rows], rows=rows)
    assert len(learner.history_[-1]["predicted"]) == 5


def test_trust_does_not_depend_on_the_parts_in_which_answers_come(blobs):
    X, y = blobs
    trusts = []
    for parts in ([slice(0, 10)], [slice(0, 9), slice(9, 10)], [slice(5, 10), slice(0, 5)]):
        learner = learner_of(strategy="albl").teach(X[:9], y[:9], rows=range(9))
        rows = learner.query(X, 10)
        for part in parts:
            learner.teach(X[rows[part]], y[rows[part]], rows=rows[part])
        learner.query(X, 1)
        trusts.append(learner._asked.batches[-1].row_notes["trust"][0])
    np.testing.assert_allclose(trusts[1:], [trusts[0]] * 2)


# ---------------------------------------------------------------- corrections


@pytest.mark.parametrize("dtypes", [("f4", "f8"), ("f8", "f4")])
def test_a_correction_may_come_in_another_dtype(blobs, dtypes):
    X, y = blobs
    learner = learner_of().teach(X[:12].astype(dtypes[0]), y[:12])
    assert learner.teach(X[:1].astype(dtypes[1]), [(y[0] + 1) % 3]).n_labeled_ == 12


def test_a_row_that_is_told_later_corrects_what_was_taught_without_its_number(blobs):
    X, y = blobs
    learner = learner_of().teach(X[:12], y[:12])
    assert learner.teach(X[[3]], [(y[3] + 1) % 3], rows=[3]).n_labeled_ == 12


@pytest.mark.parametrize("row", [3, 59])
def test_a_told_row_whose_content_stood_elsewhere_corrects_that_one(blobs, row):
    X, y = blobs
    learner = learner_of().teach(X, y, rows=range(60))
    stood = 59 - row  # the pool was turned around
    learner.teach(X[::-1][[row]], [(y[stood] + 1) % 3], rows=[row])
    table = learner.answers_
    assert learner.n_labeled_ == 60
    assert table["row"][~table["counts"]].tolist() == [stood]


def test_equal_rows_are_corrected_one_by_one():
    X = np.repeat(np.arange(6.0).reshape(3, 2), 4, axis=0)
    learner = learner_of().teach(X[[0, 1, 4, 8]], [0, 0, 1, 1])
    counts = learner.teach(X[[2, 3]], [1, 1]).answers_["counts"]
    assert counts.tolist() == [False, False, True, True, True, True]


def test_rows_that_look_alike_but_are_told_apart_are_no_corrections():
    X = np.repeat(np.arange(6.0).reshape(3, 2), 4, axis=0)
    learner = learner_of().teach(X[[0, 4]], [0, 1], rows=[0, 4])
    assert learner.teach(X[[1, 5]], [1, 0], rows=[1, 5]).n_labeled_ == 4


@pytest.mark.parametrize("tell", [True, False])
def test_a_second_answer_corrects_the_first(blobs, tell):
    X, y = blobs
    how = {"rows": np.arange(12)} if tell else {}
    learner = learner_of().teach(X[:12], y[:12], **how)
    wrong = (y[:2] + 1) % 3
    learner.teach(X[:2], wrong, **({"rows": [0, 1]} if tell else {}))
    assert learner.n_labeled_ == 12
    assert learner.history_["n_labeled"].tolist() == [12, 12]
    assert learner.answers_["counts"].tolist() == [False] * 2 + [True] * 12
    assert learner.answers_["label"].tolist() == [*y[:12], *wrong]
    assert learner.answers_["round"].tolist() == [0] * 12 + [1] * 2
    again = learner_of().teach(X[[*range(2, 12), 0, 1]], [*y[2:12], *wrong])
    np.testing.assert_array_equal(learner.predict_proba(X), again.predict_proba(X))


def test_the_last_of_many_answers_counts(blobs):
    X, y = blobs
    learner = learner_of().teach(X[:12], y[:12], rows=range(12))
    for label in (1, 2, 0, 2):
        learner.teach(X[[3]], [label], rows=[3])
    assert learner.n_labeled_ == 12
    assert learner.labeled_rows_.tolist() == [0, 1, 2, *range(4, 12), 3]
    assert learner.answers_["label"][learner.answers_["counts"]][-1] == 2


@pytest.mark.parametrize("mode", ["half-cumulative", "incremental"])
def test_modes_that_keep_weights_learn_a_correction_as_new(blobs, mode):
    X, y = blobs
    learner = learner_of(SGD, mode=mode).teach(X[:12], y[:12], classes=[0, 1, 2], rows=range(12))
    learner.teach(X[[3]], [(y[3] + 1) % 3], rows=[3])
    assert learner.history_[-1]["n_trained"] == {"half-cumulative": 12, "incremental": 1}[mode]


def test_a_correction_may_bring_another_weight(blobs):
    X, y = blobs
    learner = learner_of().teach(X[:12], y[:12], sample_weight=np.ones(12), rows=range(12))
    learner.teach(X[[3]], y[[3]], sample_weight=[7.0], rows=[3])
    counting = learner.answers_["counts"]
    assert learner.answers_["sample_weight"][counting].tolist() == [1.0] * 11 + [7.0]


def test_equal_answers_to_rows_that_were_not_told_are_equal_rows(blobs):
    X, y = blobs
    assert learner_of().teach(X[:12], y[:12]).teach(X[:2], y[:2]).n_labeled_ == 14


def test_a_told_row_of_a_pool_in_another_order_is_no_correction(blobs):
    X, y = blobs
    order = np.random.default_rng(3).permutation(60)
    learner = learner_of().teach(X[:12], y[:12], rows=range(12))
    rows = learner.query(X[order], 20)
    assert set(rows.tolist()) & set(range(12))  # numbers that were told of other rows
    learner.teach(X[order][rows], y[order][rows], rows=rows)
    assert learner.n_labeled_ == 32


def test_a_corrected_row_is_not_asked_again(blobs):
    X, y = blobs
    learner = learner_of().teach(X[:12], y[:12]).teach(X[:2], (y[:2] + 1) % 3)
    assert sorted(learner.query(X, 48).tolist()) == list(range(12, 60))


# ---------------------------------------------------------------- budget and stopping


def test_a_query_after_the_budget_is_spent_says_so(blobs):
    X, y = blobs
    learner = learner_of(budget=12).teach(X[:12], y[:12])
    with pytest.raises(FinishedError, match="the budget of 12 labels is spent; raise budget"):
        learner.query(X)
    assert len(learner.set_params(budget=15).query(X)) == 3  # a default is cut to what is left
    assert len(learner.query(X, 4)) == 3  # as the last batch of fit is cut


def test_a_budget_may_be_a_share_of_the_pool(blobs):
    X, y = blobs
    learner = learner_of(budget=0.25, query_size=10).teach(X[:12], y[:12])
    assert len(learner.query(X)) == 3


def test_a_correction_costs_no_budget(blobs):
    X, y = blobs
    learner = learner_of(budget=13).teach(X[:12], y[:12]).teach(X[:2], (y[:2] + 1) % 3)
    assert len(learner.query(X)) == 1


@pytest.mark.parametrize("rule", [TargetScore(0.0), Plateau(patience=1, min_delta=1.0)])
def test_a_query_after_the_rule_says_stop_says_so(blobs, test_set, rule):
    X, y = blobs
    learner = learner_of(stopping=rule)
    assert len(learner.query(X)) == 10  # before any label there is nothing to judge
    learner.teach(X[:12], y[:12], **test_set).teach(X[12:14], y[12:14], **test_set)
    with pytest.raises(FinishedError, match="says that it is enough"):
        learner.query(X)
    assert len(learner.set_params(stopping=None).query(X)) == 10


class Untrained(GaussianNB):
    """A classifier that nobody may train."""

    def fit(self, X, y, sample_weight=None):
        raise AssertionError("it was trained")


@pytest.mark.parametrize("rule", [TargetScore(0.9), Plateau()])
@pytest.mark.parametrize("job", ["fit", "teach"])
def test_a_rule_that_no_score_will_reach_is_refused_before_any_training(blobs, rule, job):
    learner = learner_of(Untrained(), stopping=rule)
    with pytest.raises(ValueError, match="watches a test score, .*pass X_test and y_test"):
        getattr(learner, job)(*blobs)


@pytest.mark.parametrize("scoring", [None, "f1_macro", ["accuracy", "f1_macro"]])
@pytest.mark.parametrize("job", ["fit", "teach"])
def test_a_rule_for_a_score_that_scoring_lacks_is_refused_before_any_training(
    blobs, test_set, scoring, job
):
    learner = learner_of(Untrained(), stopping=TargetScore(0.9, "test_f1"), scoring=scoring)
    with pytest.raises(ValueError, match="watches 'test_f1', .*scoring"):
        getattr(learner, job)(*blobs, **test_set)


@pytest.mark.parametrize(
    ("scoring", "score"),
    [(None, "test_score"), ("f1_macro", "test_score"), (["accuracy"], "test_accuracy"),
     ({"acc": "accuracy"}, "test_acc"), (lambda c, X, y: {"own": 1.0}, "test_own")],
)  # fmt: skip
def test_a_rule_may_watch_whatever_scoring_gives(blobs, test_set, scoring, score):
    learner = learner_of(stopping=TargetScore(0.0, score), scoring=scoring, init_size=6)
    assert learner.fit(*blobs, **test_set).n_labeled_ == 6


def test_answers_are_taken_even_after_the_end(blobs):
    X, y = blobs
    learner = learner_of(budget=12).teach(X[:12], y[:12])
    assert learner.teach(X[12:20], y[12:20]).n_labeled_ == 20


def test_an_empty_pool_is_another_end(blobs):
    X, y = blobs
    with pytest.raises(PoolExhaustedError, match="no open candidates"):
        learner_of().teach(X, y).query(X)


# ---------------------------------------------------------------- a hook a round


def test_the_hook_hears_of_every_round_of_both_jobs(blobs, test_set):
    X, y = blobs
    heard = []
    learner = learner_of(**SIZES, on_round=lambda history: heard.append(len(history)))
    learner.fit(X, y, **test_set)
    assert heard == [1, 2, 3, 4]
    learner.teach(X[:2], y[:2])
    assert heard == [1, 2, 3, 4, 5]


def test_a_hook_that_raises_ends_the_fit_after_that_round(blobs):
    def stop(history):
        if len(history) == 2:
            raise KeyboardInterrupt

    learner = learner_of(**SIZES, on_round=stop)
    with pytest.raises(KeyboardInterrupt):
        learner.fit(*blobs)
    assert len(learner.history_) == 2 and learner.n_labeled_ == 14
    rounds = []
    learner.set_params(on_round=lambda history: rounds.append(len(history)), warm_start=True)
    learner.fit(*blobs)
    assert rounds == [3, 4]  # of the rounds that are new
    assert_equal_histories(learner.history_, learner_of(**SIZES).fit(*blobs).history_)


# ---------------------------------------------------------------- parameters that change


@pytest.mark.parametrize("mode", ["half-cumulative", "incremental"])
def test_a_changed_parameter_holds_from_the_next_round_on(blobs, mode):
    X, y = blobs
    learner = learner_of(clone_sgd(alpha=1e-4), mode=mode).teach(X[:12], y[:12], classes=[0, 1, 2])
    same = pickle.loads(pickle.dumps(learner)).teach(X[12:20], y[12:20])
    other = pickle.loads(pickle.dumps(learner)).set_params(estimator__alpha=1.0)
    other.teach(X[12:20], y[12:20])
    assert other.estimator_.alpha == 1.0
    assert not np.array_equal(other.predict_proba(X), same.predict_proba(X))
    # it is exactly what scikit-learn does when told the same
    by_hand = pickle.loads(pickle.dumps(learner)).estimator_.set_params(alpha=1.0)
    rows = np.arange(20) if mode == "half-cumulative" else np.arange(12, 20)
    by_hand.partial_fit(X[rows], y[rows])
    np.testing.assert_array_equal(other.predict_proba(X), by_hand.predict_proba(X))


def clone_sgd(**params):
    return SGDClassifier(loss="log_loss", max_iter=5, tol=None, **params)


def test_a_changed_parameter_of_a_pipelines_last_step_holds_too(blobs):
    X, y = blobs
    pipe = make_pipeline(StandardScaler(), clone_sgd())
    learner = learner_of(pipe, mode="incremental").teach(X[:12], y[:12], classes=[0, 1, 2])
    learner.set_params(estimator__sgdclassifier__alpha=0.5).teach(X[12:20], y[12:20])
    assert learner.estimator_[-1].alpha == 0.5


@pytest.mark.parametrize("front", [[], [StandardScaler()]])
def test_a_net_that_keeps_weights_speaks_from_the_round_on_in_which_it_is_told_to(
    blobs, capsys, front
):
    X, y = blobs
    pipe = make_pipeline(*front, NET)
    plain = learner_of(pipe, mode="half-cumulative").teach(X[:12], y[:12], classes=[0, 1, 2])
    other = pickle.loads(pickle.dumps(plain)).set_params(estimator__annclassifier__verbose=1)
    plain.teach(X[12:20], y[12:20])
    assert not capsys.readouterr().out
    other.teach(X[12:20], y[12:20])
    assert "train_loss" in capsys.readouterr().out
    np.testing.assert_array_equal(other.predict_proba(X), plain.predict_proba(X))


REFUSED = {
    "another classifier": {"estimator": GaussianNB()},
    "a step in front": {"estimator__standardscaler__with_mean": False},
    "another step": {"estimator": make_pipeline(clone_sgd())},
}


@pytest.mark.parametrize("change", REFUSED)
@pytest.mark.parametrize("mode", ["half-cumulative", "incremental"])
def test_what_kept_weights_cannot_go_on_with_is_refused(blobs, mode, change):
    X, y = blobs
    pipe = make_pipeline(StandardScaler(), clone_sgd())
    learner = learner_of(pipe, mode=mode).teach(X[:12], y[:12], classes=[0, 1, 2])
    learner.set_params(**REFUSED[change])
    before = pickle.dumps(learner)
    with pytest.raises(ModeError, match="must stay .* where a mode keeps weights, got"):
        learner.teach(X[12:20], y[12:20])
    assert pickle.dumps(learner) == before
    learner.set_params(mode="cumulative").teach(X[12:20], y[12:20])  # nothing is kept there


@pytest.mark.parametrize("mode", ["half-cumulative", "incremental"])
def test_going_on_with_other_parameters_goes_on_with_them(blobs, mode):
    X, y = blobs
    params = {**SIZES, "mode": mode, "strategy": "random"}
    short = learner_of(clone_sgd(), **{**params, "budget": 14}).fit(X, y)
    short.set_params(warm_start=True, budget=26, estimator__alpha=1.0).fit(X, y)
    whole = learner_of(clone_sgd(), **params).fit(X, y)
    assert short.estimator_.alpha == 1.0
    assert not np.array_equal(short.predict_proba(X), whole.predict_proba(X))


def test_a_seed_that_was_drawn_is_no_change(blobs):
    X, y = blobs
    learner = learner_of(clone_sgd(), mode="incremental").teach(X[:12], y[:12], classes=[0, 1, 2])
    seed = learner.estimator_.random_state
    assert learner.teach(X[12:15], y[12:15]).estimator_.random_state == seed


# ---------------------------------------------------------------- the pool is left where it is


def test_fit_keeps_the_pool_by_reference_and_reads_nothing_of_it_at_its_end(blobs, monkeypatch):
    X, y = blobs
    monkeypatch.setattr("skal.learner._log.row_prints", None)  # nothing may be printed
    learner = learner_of(**{**SIZES, "budget": None}).fit(X, y)
    assert learner._loop.log.X is X
    assert len(learner.labeled_rows_) == 60


def test_a_pickle_holds_the_labelled_rows_only():
    X = np.random.default_rng(0).normal(size=(20_000, 20))
    y = (X[:, 0] > 0).astype(int)
    learner = learner_of(init_size=8, budget=20).fit(X, y)
    assert len(pickle.dumps(learner)) < X.nbytes / 20


def prints_of(pool, monkeypatch):
    """How many rows of a pool were printed, call by call."""
    printed, plain = [], log.row_prints

    def counting(X, rows=None, **how):
        if X is pool:
            printed.append(len(rows))
        return plain(X, rows, **how)

    monkeypatch.setattr(log, "row_prints", counting)
    monkeypatch.setattr(log, "SAMPLE", 1)
    return printed


def test_a_pool_is_printed_once_however_often_it_is_asked(blobs, monkeypatch):
    X, y = blobs
    printed = prints_of(X, monkeypatch)
    learner = learner_of().teach(X[:9], y[:9])  # not told: all rows must be looked at, once
    for _ in range(4):
        rows = learner.query(X, 5)
        learner.teach(X[rows], y[rows])
    assert sum(printed) <= 60 + 3 * 2  # and one more in each query, to see that it is the same


def test_told_rows_cost_a_print_each(blobs, monkeypatch):
    X, y = blobs
    printed = prints_of(X, monkeypatch)
    learner = learner_of()
    for _ in range(4):
        rows = learner.query(X, 5)
        learner.teach(X[rows], y[rows], rows=rows)
    assert sum(printed) == 15 + 2  # none of the 45 others; the first one again in two queries


def test_a_buffer_that_is_used_again_changes_no_answer(blobs):
    X, y = blobs
    buffer = X[:12].copy()
    learner = learner_of().teach(buffer, y[:12])
    buffer[:] = 0
    learner.teach(X[12:14], y[12:14])
    plain = learner_of().teach(X[:12], y[:12]).teach(X[12:14], y[12:14])
    np.testing.assert_array_equal(learner.predict_proba(X), plain.predict_proba(X))


def test_labels_that_change_afterwards_change_no_answer(blobs):
    X, y = blobs
    labels = y[:12].copy()
    learner = learner_of().teach(X[:12], labels)
    labels[:] = 0
    learner.answers_["label"][:] = 0
    assert learner.answers_["label"].tolist() == y[:12].tolist()


def test_a_pool_that_was_sorted_in_place_is_read_anew(blobs):
    X, y = blobs
    pool = X.copy()
    learner = learner_of().teach(pool[:12], y[:12], rows=range(12))
    learner.query(pool, 5)
    pool[:] = pool[::-1].copy()
    assert sorted(learner.query(pool, 48).tolist()) == list(range(48))


def test_answers_of_two_threads_are_both_kept(blobs):
    X, y = blobs
    barrier = Barrier(2)

    class Slow(GaussianNB):
        """Waits a little for the other one."""

        def fit(self, X_new, y_new):
            with suppress(BrokenBarrierError):
                if len(X_new) > 9:
                    barrier.wait(timeout=0.2)
            return super().fit(X_new, y_new)

    def teach(rows):
        learner.teach(X[rows], y[rows], rows=rows)

    learner = learner_of(Slow()).teach(X[:9], y[:9], rows=range(9))
    threads = [Thread(target=teach, args=(np.arange(k, k + 3),)) for k in (9, 12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert learner.n_labeled_ == 15


def test_a_refused_answer_advances_no_random_state(blobs):
    X, y = blobs
    seed = np.random.RandomState(0)
    learner = learner_of(random_state=seed)
    before = seed.get_state()[1].copy()
    with pytest.raises(ValueError, match="y has 8 labels"):
        learner.teach(X[:9], y[:8])
    np.testing.assert_array_equal(seed.get_state()[1], before)


def test_learners_without_a_seed_ask_other_rows_each(blobs):
    first, second = (learner_of(random_state=None) for _ in range(2))
    assert set(first.query(blobs[0], 10)) != set(second.query(blobs[0], 10))


def test_going_on_with_a_class_that_came_later(blobs):
    X, y = blobs
    two = np.flatnonzero(y < 2)[:12]
    learner = learner_of(warm_start=True, budget=30).teach(X[two], y[two], rows=two)
    assert learner.fit(X, y).classes_.tolist() == [0, 1, 2]
    sgd = learner_of(SGD, warm_start=True, mode="incremental").teach(X[two], y[two], rows=two)
    with pytest.raises(ValueError, match="classes that were not announced"):
        sgd.fit(X, y)


def test_weights_of_fewer_classes_start_anew_on_all_labels(blobs):
    X, y = blobs
    two = np.flatnonzero(y < 2)[:12]
    learner = learner_of(SGD).teach(X[two], y[two], classes=[0, 1, 2])
    learner.set_params(mode="incremental").teach(X[50:53], y[50:53])
    assert learner.history_[-1]["n_trained"] == 15


class Fuse(SGDClassifier):
    """Is interrupted when it has trained for so many times."""

    left = 0

    def partial_fit(self, X, y, classes=None):
        super().partial_fit(X, y, classes=classes)
        Fuse.left -= 1
        if Fuse.left == 0:
            raise KeyboardInterrupt
        return self


def test_an_interrupted_run_with_changed_parameters_goes_on_as_it_was_played(blobs):
    X, y = blobs
    found = []
    for calls in (0, 1, 3):  # never, in the first round with the new value, in the third
        params = {"mode": "incremental", "strategy": "random", "warm_start": True}
        sizes = {"init_size": 8, "query_size": 6, "budget": 14}
        learner = learner_of(Fuse(loss="log_loss"), **params, **sizes).fit(X, y)
        learner.set_params(budget=38, estimator__alpha=1.0)
        Fuse.left = calls
        if calls:
            with pytest.raises(KeyboardInterrupt):
                learner.fit(X, y)
        found.append(learner.fit(X, y).predict_proba(X))
    np.testing.assert_array_equal(found[1], found[0])
    np.testing.assert_array_equal(found[2], found[0])


def test_a_plateau_does_not_count_rounds_without_a_score(blobs, test_set):
    X, y = blobs
    learner = learner_of(stopping=Plateau(patience=2)).teach(X[:12], y[:12], **test_set)
    for k in (12, 13, 14):
        learner.teach(X[[k]], y[[k]])
    assert len(learner.query(X)) == 10


def test_pseudo_labels_of_an_empty_rest_are_none(blobs):
    X, y = blobs
    learner = learner_of(pseudo_labels=PseudoLabels(0.5)).teach(X, y, rows=range(60), pool=X)
    learner.teach(X[[3]], [(y[3] + 1) % 3], rows=[3], pool=X)
    assert learner.history_[-1]["n_pseudo"] == 0


@pytest.mark.parametrize("mode", MODES)
def test_pixels_that_were_scaled_on_the_way_are_refused(mode):
    rng = np.random.default_rng(0)
    X, y = rng.integers(256, size=(40, 6), dtype=np.uint8), np.arange(40) % 2
    learner = learner_of(NET, mode=mode).teach(X[:9], y[:9], rows=range(9))
    before = pickle.dumps(learner)
    with pytest.raises(ValueError, match="X must be uint8 as the rows taught before, got float64"):
        learner.teach(X[9:12] / 255, y[9:12], rows=range(9, 12))
    assert pickle.dumps(learner) == before
    learner.teach(X[9:12].astype(int), y[9:12], rows=range(9, 12))  # the same values
    assert len(learner.query(X, 28)) == 28


def test_answers_are_there_once_something_was_taught():
    assert not hasattr(learner_of(), "answers_")


def test_answers_make_a_frame(blobs):
    pandas = pytest.importorskip("pandas")
    X, y = blobs
    learner = learner_of(LogisticRegression()).teach(X[:12], y[:12], rows=range(12))
    frame = pandas.DataFrame(learner.answers_)
    assert frame.columns.tolist() == ["row", "label", "round", "counts"]
    assert frame["label"].tolist() == y[:12].tolist()
