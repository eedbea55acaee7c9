"""Pseudo-labels: which guesses are taken, how they are trained on, and what they never touch."""

import pickle

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from skal import ActiveLearner, ANNClassifier, EvidenceError
from skal.learner import MODES, PseudoLabels

P = np.array([[0.97, 0.02, 0.01], [0.85, 0.1, 0.05], [0.5, 0.3, 0.2], [0.02, 0.96, 0.02],
              [0.1, 0.05, 0.85]])  # fmt: skip
modes = pytest.mark.parametrize("mode", MODES)
SURE = PseudoLabels(threshold=0.5)


def chosen(proba=P, n_labeled=100, n_before=0, **params):
    pseudo = PseudoLabels(**({"balance": False} | params))
    return pseudo.choose(np.asarray(proba), n_labeled, n_before).tolist()


def learner_of(estimator=None, **params):
    sizes = {"init_size": 8, "query_size": 6, "budget": 26, "random_state": 0}
    return ActiveLearner(estimator or GaussianNB(), **(sizes | {"pseudo_labels": SURE} | params))


# ---------------------------------------------------------------- which guesses


def test_guesses_above_a_threshold_are_the_worked_ones():
    assert chosen(threshold=0.95) == [0, 3]


def test_a_threshold_that_is_met_exactly_is_met():
    assert chosen(threshold=0.96) == [0, 3]


def test_the_most_confident_are_the_worked_ones_and_ties_go_to_the_lower_row():
    assert chosen(threshold=None, most=3) == [0, 3, 1]


def test_guesses_of_low_entropy_are_the_worked_ones():
    assert chosen(threshold=None, max_entropy=0.2) == [0, 3]


@pytest.mark.parametrize(
    ("n_before", "expected"), [(0, [0, 3]), (1, [0]), (2, []), (50, [])]
)  # entropies .154 and .196 against .2, .2 - .03 and .2 - .03 - .06
def test_the_bound_on_the_entropy_falls_and_stays_at_zero(n_before, expected):
    assert chosen(threshold=None, max_entropy=0.2, decay=0.03, n_before=n_before) == expected


def test_a_guess_without_any_doubt_has_no_entropy_and_is_taken():
    assert chosen([[0.0, 1.0], [0.5, 0.5]], threshold=None, max_entropy=5e-5) == [0]


def test_guesses_never_outnumber_labels():
    assert chosen(threshold=None, n_labeled=2) == [0, 3]
    assert chosen(threshold=None, most=4, n_labeled=2) == [0, 3]


def test_a_share_of_the_labels_is_rounded_down():
    assert chosen(threshold=None, most=0.5, n_labeled=3) == [0]


def test_without_a_bound_all_confident_guesses_are_taken():
    assert chosen(threshold=None, most=None, n_labeled=1) == [0, 3, 1, 4, 2]


def test_balance_shares_the_places_between_the_classes():
    assert chosen(threshold=None, most=3, balance=True) == [0, 3, 4]


def test_places_that_cannot_be_shared_go_to_the_most_confident():
    assert chosen(threshold=None, most=4, balance=True) == [0, 3, 1, 4]


def test_all_bounds_hold_together():
    assert chosen(threshold=0.965, max_entropy=0.2) == [0]


def test_probabilities_that_are_not_numbers_are_not_taken():
    assert chosen([[np.nan, np.nan], [0.1, 0.9]], threshold=None) == [1]


# ---------------------------------------------------------------- how they are trained on


class Diary(GaussianNB):
    """Writes down every training: rows, labels, weights."""

    entries: list = []

    def fit(self, X, y, sample_weight=None):
        self.entries.append((X[:, 0].astype(int), y, sample_weight))
        return super().fit(X, y, sample_weight)

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        self.entries.append((X[:, 0].astype(int), y, sample_weight))
        return super().partial_fit(X, y, classes, sample_weight)


@pytest.fixture
def diary(monkeypatch):
    monkeypatch.setattr(Diary, "entries", [])
    return Diary.entries


@pytest.fixture
def numbered(blobs):
    """A pool whose first column is the row itself (and no feature that a Gaussian minds)."""
    X, y = blobs
    return np.column_stack([np.arange(60), X]), y


def fitted_before(learner, X, y, n_rounds):
    """The classifier after so many rounds."""
    budget = learner.init_size + learner.query_size * (n_rounds - 1)
    return clone(learner).set_params(budget=budget).fit(X, y)


def pseudo_of(learner, X, y, round_):
    """Rows and labels by definition: guesses of the round before about what is still open."""
    before = fitted_before(learner, X, y, round_)
    taught = np.concatenate(list(learner.history_["rows"][: round_ + 1]))
    still = np.setdiff1d(np.arange(len(y)), taught)
    proba = before.predict_proba(X[still])
    found = learner.pseudo_labels.choose(proba, len(taught), round_ - 1)
    return still[found], before.classes_[proba[found].argmax(axis=1)]


@modes
@pytest.mark.parametrize("strategy", ["margin", "random"])
def test_a_round_trains_on_what_the_mode_says_and_on_guesses(numbered, diary, mode, strategy):
    X, y = numbered
    learner = learner_of(Diary(), mode=mode, strategy=strategy).fit(X, y)
    entries = list(diary)
    assert len(entries) == 4
    for round_ in (1, 2, 3):
        rows, labels, weights = entries[round_]
        asked = learner.history_["rows"]
        own = asked[round_] if mode == "incremental" else np.concatenate(list(asked[: round_ + 1]))
        guessed, as_labels = pseudo_of(learner, X, y, round_)
        assert rows.tolist() == [*own, *guessed]
        assert labels.tolist() == [*y[own], *as_labels]
        assert weights is None
        record = learner.history_[round_]
        assert (record["n_pseudo"], record["n_trained"]) == (len(guessed), len(own))
        assert record["pseudo_accuracy"] == np.mean(y[guessed] == as_labels)
    assert learner.history_["n_pseudo"].sum() > 10


def test_the_first_round_has_no_guesses(numbered, diary):
    record = learner_of(Diary()).fit(*numbered).history_[0]
    assert len(diary[0][0]) == 8
    assert record["n_pseudo"] == 0 and np.isnan(record["pseudo_accuracy"])


@modes
def test_a_weight_below_one_is_that_of_guesses_only(numbered, diary, mode):
    pseudo = PseudoLabels(0.5, weight=0.25)
    learner = learner_of(Diary(), mode=mode, pseudo_labels=pseudo).fit(*numbered)
    assert diary[0][2] is None
    for record, (rows, _, weights) in zip(learner.history_[1:], diary[1:], strict=True):
        expected = [1.0] * (len(rows) - record["n_pseudo"]) + [0.25] * record["n_pseudo"]
        assert weights.tolist() == expected


def test_weights_of_rows_hold_for_guesses_too(numbered, diary):
    X, y = numbered
    given = np.linspace(1, 2, 60)
    learner_of(Diary(), pseudo_labels=PseudoLabels(0.5, weight=0.5)).fit(X, y, sample_weight=given)
    rows, _, weights = diary[-1]
    np.testing.assert_allclose(weights[:26], given[rows[:26]])
    np.testing.assert_allclose(weights[26:], 0.5 * given[rows[26:]])
    assert len(rows) > 30


@modes
@pytest.mark.parametrize("weight", [1.0, 0.5])
@pytest.mark.parametrize("routing", [False, True])
def test_a_pipeline_passes_the_weights_on(blobs, mode, weight, routing):
    last = SGDClassifier(loss="log_loss", max_iter=5, tol=None)
    with sklearn.config_context(enable_metadata_routing=routing):
        scaler = StandardScaler()
        if routing:
            last.set_fit_request(sample_weight=True).set_partial_fit_request(sample_weight=True)
            scaler.set_fit_request(sample_weight=False)
        pipe = make_pipeline(scaler, last)
        learner = learner_of(pipe, mode=mode, pseudo_labels=PseudoLabels(0.5, weight=weight))
        found = learner.fit(*blobs).predict_proba(blobs[0])
        learner.set_params(pseudo_labels__weight=0.75).fit(*blobs)
    assert not np.array_equal(found, learner.predict_proba(blobs[0]))


def test_pseudo_labels_are_words_where_labels_are(blobs):
    X, y = blobs[0], np.array(["pear", "apple", "fig"])[blobs[1]]
    history = learner_of().fit(X, y).history_
    assert (history["n_pseudo"][1:] > 0).all() and (history["pseudo_accuracy"][1:] > 0).all()


def test_guesses_help_where_labels_are_few():
    X, y = load_digits(return_X_y=True)
    test_set = {"X_test": X[1200:] / 16, "y_test": y[1200:]}
    sizes = {"init_size": 20, "query_size": 20, "budget": 100, "strategy": "random"}
    learner = learner_of(LogisticRegression(), **sizes, pseudo_labels=None)
    plain = learner.fit(X[:1200] / 16, y[:1200], **test_set).history_["test_score"]
    learner.set_params(pseudo_labels=PseudoLabels(threshold=None))
    helped = learner.fit(X[:1200] / 16, y[:1200], **test_set).history_["test_score"]
    assert helped[0] == plain[0] and (helped[1:] > plain[1:]).all()


# ---------------------------------------------------------------- what they never touch


@modes
def test_guesses_are_counted_nowhere_and_every_row_is_asked_once(blobs, mode):
    learner = learner_of(mode=mode, budget=None).fit(*blobs)
    assert learner.history_["n_labeled"].tolist() == [8, *range(14, 60, 6), 60]
    assert sorted(learner.labeled_rows_.tolist()) == list(range(60))
    assert sum(sum(c.values()) for c in learner.history_["class_counts"]) == 60


def test_a_finished_pool_leaves_nothing_to_guess(blobs):
    record = learner_of(budget=None).fit(*blobs).history_[-1]
    assert record["n_pseudo"] == 0 and np.isnan(record["pseudo_accuracy"])


def test_labels_of_open_rows_never_reach_the_training(blobs):
    """Labels of rows that are never asked may be anything: the classifier is the same."""
    X, y = blobs
    learner = learner_of(strategy="random").fit(X, y)
    other = y.copy()
    never = np.setdiff1d(np.arange(60), learner.labeled_rows_)
    other[never] = (y[never] + 1) % 3
    again = clone(learner).fit(X, other)
    np.testing.assert_array_equal(learner.predict_proba(X), again.predict_proba(X))


def test_without_pseudo_labels_the_history_does_not_speak_of_them(blobs):
    assert "n_pseudo" not in learner_of(pseudo_labels=None).fit(*blobs).history_[-1]


def test_bounds_that_nothing_passes_change_nothing(blobs):
    strict = learner_of(pseudo_labels=PseudoLabels(1.0, max_entropy=1e-300)).fit(*blobs)
    plain = learner_of(pseudo_labels=None).fit(*blobs)
    assert strict.history_["n_pseudo"].sum() == 0
    np.testing.assert_array_equal(strict.predict_proba(blobs[0]), plain.predict_proba(blobs[0]))


class Counted(GaussianNB):
    asked: list = []

    def predict_proba(self, X):
        self.asked.append(len(X))
        return super().predict_proba(X)


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [("margin", [52, 46, 40]), ("random", [6, 52, 6, 46, 6, 40])],
)
def test_the_pool_is_measured_once_a_round(blobs, monkeypatch, strategy, expected):
    monkeypatch.setattr(Counted, "asked", [])
    learner_of(Counted(), strategy=strategy).fit(*blobs)
    assert Counted.asked == expected


# ---------------------------------------------------------------- going on, search, copies

ESTIMATORS = {
    "net": ANNClassifier(hidden_dim=5, max_epochs=2),
    "sgd": make_pipeline(StandardScaler(), SGDClassifier(loss="log_loss", max_iter=5, tol=None)),
}


def assert_same(first, second, X):
    np.testing.assert_array_equal(first.labeled_rows_, second.labeled_rows_)
    for name in ("n_trained", "n_pseudo", "pseudo_accuracy"):
        np.testing.assert_array_equal(first.history_[name], second.history_[name])
    np.testing.assert_array_equal(first.predict_proba(X), second.predict_proba(X))


@modes
@pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=ESTIMATORS)
def test_a_larger_budget_goes_on_bit_for_bit_even_from_a_pickle(blobs, mode, estimator):
    whole = learner_of(estimator, mode=mode).fit(*blobs)
    part = learner_of(estimator, mode=mode, budget=14, warm_start=True).fit(*blobs)
    part = pickle.loads(pickle.dumps(part)).set_params(budget=26).fit(*blobs)
    assert_same(whole, part, blobs[0])
    assert whole.history_["n_pseudo"].sum() > 0


class Breaks(SGDClassifier):
    """Is interrupted when half of its rows are learned, at a chosen training."""

    left = 0

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        half, weights = len(X) // 2, (None, None)
        if sample_weight is not None:
            weights = sample_weight[:half], sample_weight[half:]
        super().partial_fit(X[:half], y[:half], classes=classes, sample_weight=weights[0])
        type(self).left -= 1
        if type(self).left == 0:
            raise KeyboardInterrupt
        return super().partial_fit(X[half:], y[half:], sample_weight=weights[1])


@pytest.mark.parametrize("mode", ["half-cumulative", "incremental"])
@pytest.mark.parametrize("weight", [1.0, 0.5])
@pytest.mark.parametrize("strategy", ["margin", "random"])
@pytest.mark.parametrize("calls", [2, 3, 4])
def test_weights_torn_by_an_interruption_are_learned_again_with_the_same_guesses(
    blobs, monkeypatch, mode, weight, strategy, calls
):
    monkeypatch.setattr(Breaks, "left", 0)
    settings = {"mode": mode, "strategy": strategy, "warm_start": True}
    settings["pseudo_labels"] = PseudoLabels(0.5, weight=weight)
    last = Breaks(loss="log_loss", alpha=0.01)
    whole = learner_of(last, **settings).fit(*blobs)
    broken = learner_of(last, **settings)
    Breaks.left = calls
    with pytest.raises(KeyboardInterrupt):
        broken.fit(*blobs)
    assert len(broken.history_) == calls - 1
    assert_same(whole, broken.fit(*blobs), blobs[0])
    assert whole.history_["n_pseudo"].sum() > 0


def test_a_search_may_turn_them_on_and_off(blobs):
    settings = {"pseudo_labels": [None, PseudoLabels(0.5), PseudoLabels(0.9, most=3)]}
    search = GridSearchCV(learner_of(), settings, cv=2, refit=False).fit(*blobs)
    scores = search.cv_results_["mean_test_score"]
    assert np.isfinite(scores).all() and len(set(scores.tolist())) > 1


def test_a_clone_has_the_bounds_and_they_can_be_set(blobs):
    twin = clone(learner_of()).set_params(pseudo_labels__threshold=0.7)
    assert twin.pseudo_labels.threshold == 0.7
    assert SURE.threshold == 0.5


def test_a_pool_on_disk_is_read_in_parts(blobs, tmp_path, monkeypatch):
    X, y = blobs
    path = tmp_path / "pool.npy"
    np.save(path, X)
    monkeypatch.setattr("skal._containers.BLOCK", 1)
    on_disk = learner_of(ESTIMATORS["sgd"]).fit(np.load(path, mmap_mode="r"), y)
    assert_same(on_disk, learner_of(ESTIMATORS["sgd"]).fit(X, y), X)


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    "params",
    [
        {"threshold": 1.5},
        {"threshold": -0.1},
        {"threshold": "high"},
        {"threshold": np.nan},
        {"max_entropy": 0},
        {"decay": -1.0},
        {"most": 0},
        {"most": 1.5},
        {"most": -3},
        {"balance": "yes"},
        {"weight": 0},
        {"weight": 1.1},
    ],
    ids=str,
)
def test_wrong_bounds_are_refused_before_any_work(blobs, params):
    learner = learner_of(pseudo_labels=PseudoLabels(**params))
    with pytest.raises(ValueError, match=f"'{next(iter(params))}' parameter of PseudoLabels"):
        learner.fit(*blobs)
    assert not hasattr(learner, "estimator_")


@pytest.mark.parametrize("wrong", [0.95, "threshold", True, PseudoLabels])
def test_what_is_no_pseudo_labels_is_refused(blobs, wrong):
    with pytest.raises(ValueError, match="'pseudo_labels' parameter"):
        learner_of(pseudo_labels=wrong).fit(*blobs)


def test_a_classifier_without_probabilities_is_refused(blobs):
    learner = learner_of(LinearSVC())
    with pytest.raises(EvidenceError, match="LinearSVC does not give.*CalibratedClassifierCV"):
        learner.fit(*blobs)
    assert not hasattr(learner, "estimator_")


def test_a_classifier_that_cannot_weigh_is_refused_only_if_it_must(blobs):
    learner = learner_of(KNeighborsClassifier(3), pseudo_labels=PseudoLabels(0.5, weight=0.5))
    with pytest.raises(TypeError, match="KNeighborsClassifier takes no sample_weight"):
        learner.fit(*blobs)
    assert not hasattr(learner, "estimator_")
    assert learner.set_params(pseudo_labels__weight=1.0).fit(*blobs).history_["n_pseudo"].any()


def test_a_routed_pipeline_that_did_not_ask_for_weights_is_refused(blobs):
    pipe = make_pipeline(StandardScaler(), LogisticRegression())
    learner = learner_of(pipe, pseudo_labels=PseudoLabels(0.5, weight=0.5))
    with sklearn.config_context(enable_metadata_routing=True):
        with pytest.raises(TypeError, match="set_fit_request"):
            learner.fit(*blobs)


def test_a_calibrated_classifier_serves(blobs):
    calibrated = CalibratedClassifierCV(LinearSVC(), cv=2)
    learner = learner_of(calibrated, initial="stratified").fit(*blobs)
    assert learner.history_["n_pseudo"].sum() > 0


@pytest.mark.parametrize("call", ["teach", "partial_fit"])
@pytest.mark.parametrize("fitted", [False, True])
def test_people_are_told_that_the_pool_is_needed(blobs, call, fitted):
    X, y = blobs
    learner = learner_of(budget=14).fit(X, y) if fitted else learner_of()
    before = pickle.dumps(vars(learner))
    with pytest.raises(ValueError, match="got no pool; pass pool=X to teach"):
        getattr(learner, call)(X[:9], y[:9])
    assert pickle.dumps(vars(learner)) == before


@modes
@pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=ESTIMATORS)
@pytest.mark.parametrize("strategy", ["margin", "random"])
def test_people_get_the_classifier_that_fit_gives(blobs, mode, estimator, strategy):
    X, y = blobs
    played = learner_of(estimator, mode=mode, strategy=strategy).fit(X, y)
    learner = learner_of(estimator, mode=mode, strategy=strategy)
    for _ in range(len(played.history_)):
        rows = learner.query(X)
        learner.teach(X[rows], y[rows], classes=[0, 1, 2], rows=rows, pool=X)
    assert played.history_["n_pseudo"].sum() > 0
    np.testing.assert_array_equal(learner.history_["n_pseudo"], played.history_["n_pseudo"])
    np.testing.assert_array_equal(learner.predict_proba(X), played.predict_proba(X))
    assert np.isnan(learner.history_["pseudo_accuracy"]).all()  # the truth is not known


def test_weights_of_pseudo_labels_reach_people_too(blobs):
    X, y = blobs
    learners = [
        learner_of(pseudo_labels=PseudoLabels(0.5, weight=w)).teach(X[:9], y[:9], pool=X)
        for w in (1.0, 0.1)
    ]
    for learner in learners:
        learner.teach(X[9:12], y[9:12], pool=X)
    assert learners[0].history_[-1]["n_pseudo"] == learners[1].history_[-1]["n_pseudo"] > 0
    assert not np.array_equal(*(learner.predict_proba(X) for learner in learners))
