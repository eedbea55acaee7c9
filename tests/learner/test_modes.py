"""Which rows each mode trains on, and which weights it starts from (specs E.1)."""

import numpy as np
import pytest
import torch
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.cluster import KMeans
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from sklearn.naive_bayes import MultinomialNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from skorch import NeuralNetClassifier
from skorch.callbacks import Callback
from torch import nn

from skal import ActiveLearner, ANNClassifier, EvidenceError, ModeError, NetClassifier
from skal.learner import MODES, Cumulative, HalfCumulative, Incremental, TrainingMode, check_mode

SIZES = {"cumulative": [3, 5, 7], "half-cumulative": [3, 5, 7], "incremental": [3, 2, 2]}
FRESH = {"cumulative": [1, 1, 1], "half-cumulative": [1, 0, 0], "incremental": [1, 0, 0]}
WARM = ["half-cumulative", "incremental"]
modes = pytest.mark.parametrize("mode", MODES)
warm_modes = pytest.mark.parametrize("mode", WARM)


def three_rounds(estimator, mode, **params):
    params = {"strategy": "random", "initial": "stratified", "random_state": 0} | params
    return ActiveLearner(estimator, mode=mode, init_size=3, query_size=2, **params)


# ---------------------------------------------------------------- rows and fresh starts


class Diary(ClassifierMixin, BaseEstimator):
    """Constant classifier that writes down every training: (fresh, rows)."""

    entries = []

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        Diary.entries.append((1, X[:, 0].astype(int).tolist()))
        return self

    def partial_fit(self, X, y, classes=None):
        fresh = not hasattr(self, "classes_")
        self.classes_ = np.unique(classes)
        Diary.entries.append((int(fresh), X[:, 0].astype(int).tolist()))
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])

    def predict_proba(self, X):
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))


@pytest.fixture
def diary(seven):
    """What is trained on, in the order asked, for a pool whose first column is the row."""
    Diary.entries = []
    numbered = np.column_stack([np.arange(7.0), np.ones(7)])
    return lambda mode: (three_rounds(Diary(), mode).fit(numbered, seven[1]), Diary.entries)


@modes
def test_mode_trains_on_the_rows_of_the_specification(diary, mode):
    learner, entries = diary(mode)
    assert [len(rows) for _, rows in entries] == SIZES[mode]
    assert learner.history_["n_trained"].tolist() == SIZES[mode]


@modes
def test_mode_starts_fresh_when_the_specification_says(diary, mode):
    _, entries = diary(mode)
    assert [fresh for fresh, _ in entries] == FRESH[mode]


@modes
def test_rows_trained_on_are_those_that_were_asked(diary, mode):
    learner, entries = diary(mode)
    asked = [record["rows"].tolist() for record in learner.history_]
    if mode == "incremental":
        assert [rows for _, rows in entries] == asked
    else:
        assert [rows for _, rows in entries] == [sum(asked[: k + 1], []) for k in range(3)]


def test_mode_of_ones_own_says_what_to_train_on(diary, seven):
    class Replay(TrainingMode):
        warm = True

        def rows(self, rounds, rng):
            newest = np.flatnonzero(rounds == rounds.max())
            older = np.flatnonzero(rounds < rounds.max())
            return np.append(newest, rng.permutation(older)[:1])

    _, entries = diary(Replay())
    assert [len(rows) for _, rows in entries] == [3, 3, 3]
    assert [fresh for fresh, _ in entries] == [1, 0, 0]


def test_mode_may_be_given_by_name_or_as_an_object():
    assert isinstance(check_mode("cumulative"), Cumulative)
    assert isinstance(check_mode("half-cumulative"), HalfCumulative)
    assert isinstance(check_mode("incremental"), Incremental)
    own = Incremental()
    assert check_mode(own) is own


# ---------------------------------------------------------------- weights, buffers, moments


class Block(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(n_in, n_out), nn.BatchNorm1d(n_out), nn.ReLU())

    def forward(self, x):
        return self.inner(x)


class Nested(nn.Module):
    """Modules inside modules, which a reset of the top level only would miss."""

    def __init__(self, n_features=2, n_classes=2):
        super().__init__()
        self.body = nn.Sequential(Block(n_features, 4), Block(4, 4))
        self.head = nn.Linear(4, n_classes)

    def forward(self, x):
        return self.head(self.body(x))


class Spy(Callback):
    """Keeps the state of the net at both ends of every training; survives clone and copy."""

    def __init__(self):
        self.begin, self.end = [], []

    def __deepcopy__(self, memo):
        return self

    def __sklearn_clone__(self):
        return self

    def on_train_begin(self, net, **kwargs):
        self.begin.append(state_of(net))

    def on_train_end(self, net, **kwargs):
        self.end.append(state_of(net))


def state_of(net):
    """Weights and buffers by name, and Adam's step and moments by number and name."""
    state = {name: value.clone() for name, value in net.module_.state_dict().items()}
    for number, moments in net.optimizer_.state_dict()["state"].items():
        state |= {f"adam.{number}.{name}": value.clone() for name, value in moments.items()}
    return state


def raw_net(module, spy, **params):
    return NeuralNetClassifier(
        module, criterion=nn.CrossEntropyLoss, optimizer=torch.optim.Adam, lr=0.05, max_epochs=2,
        train_split=None, callbacks=[("spy", spy)], verbose=0, **params,
    )  # fmt: skip


NETS = {
    "module class": lambda spy: NetClassifier(Nested, max_epochs=2, lr=0.05, callbacks=[spy]),
    "module instance": lambda spy: NetClassifier(
        Nested(2, 2), max_epochs=2, lr=0.05, callbacks=[spy]
    ),
    "in a Pipeline": lambda spy: make_pipeline(
        StandardScaler(), NetClassifier(Nested, max_epochs=2, lr=0.05, callbacks=[spy])
    ),
    "raw skorch": lambda spy: raw_net(Nested, spy),
    "raw skorch, module instance": lambda spy: raw_net(Nested(2, 2), spy),
}


@pytest.fixture(params=list(NETS))
def watched(request, seven):
    """Play three rounds of a mode with a nested net; states at both ends of each training."""
    X, y = seven[0].astype(np.float32), seven[1]
    spy = Spy()
    with torch.random.fork_rng():  # building a module instance draws from the global generator
        torch.manual_seed(0)
        estimator = NETS[request.param](spy)

    def play(mode):
        three_rounds(estimator, mode).fit(X, y)
        assert len(spy.begin) == len(spy.end) == 3
        return spy

    return play


def same(first, second):
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)


@warm_modes
def test_weights_buffers_and_moments_cross_the_boundary_unchanged(watched, mode):
    spy = watched(mode)
    assert any(name.startswith("adam") for name in spy.begin[1])
    assert same(spy.begin[1], spy.end[0])
    assert same(spy.begin[2], spy.end[1])


@modes
def test_training_changes_weights_buffers_and_moments(watched, mode):
    spy = watched(mode)
    for name, value in spy.end[0].items():
        assert name not in spy.begin[0] or not torch.equal(value, spy.begin[0][name]), name


def test_cumulative_starts_every_round_without_optimizer_state(watched):
    spy = watched("cumulative")
    assert not [name for state in spy.begin for name in state if name.startswith("adam")]


def test_cumulative_starts_every_round_with_fresh_buffers_of_nested_modules(watched):
    for state in watched("cumulative").begin:
        buffers = {name: value for name, value in state.items() if "running" in name}
        assert len(buffers) == 4  # two of each nested BatchNorm
        for name, value in buffers.items():
            assert value.eq(1.0 if name.endswith("var") else 0.0).all(), name


def test_cumulative_redraws_the_weights_of_nested_modules(watched):
    spy = watched("cumulative")
    for k in (1, 2):
        for name, value in spy.begin[k].items():
            if value.ndim == 2:  # linear weights; BatchNorm's always start at one
                assert not torch.equal(value, spy.end[k - 1][name]), name
                assert not torch.equal(value, spy.begin[k - 1][name]), name


@warm_modes
def test_zero_epochs_leave_everything_as_it_was(seven, mode):
    X, y = seven
    learner = ActiveLearner(NetClassifier(Nested, max_epochs=2), mode=mode, random_state=0)
    learner.teach(X[:4], y[:4])
    before = state_of(learner.estimator_.net_)
    learner.estimator_.set_params(max_epochs=0)
    learner.teach(X[4:], y[4:])
    assert same(state_of(learner.estimator_.net_), before)


# ---------------------------------------------------------------- estimators of scikit-learn


@pytest.mark.parametrize(("mode", "steps"), [("half-cumulative", 15), ("incremental", 7)])
def test_sgd_goes_on_by_partial_fit(seven, mode, steps):
    learner = three_rounds(SGDClassifier(loss="log_loss"), mode).fit(*seven)
    assert learner.estimator_.t_ == 1 + steps  # one epoch a round over 3+5+7 or 3+2+2 rows


def test_sgd_starts_again_in_cumulative_mode(seven):
    learner = three_rounds(SGDClassifier(max_iter=2, tol=None), "cumulative").fit(*seven)
    assert learner.estimator_.t_ == 1 + 2 * 7


@pytest.mark.parametrize(("mode", "seen"), [("half-cumulative", 15), ("incremental", 7)])
def test_mlp_goes_on_by_partial_fit(seven, mode, seen):
    learner = three_rounds(MLPClassifier(hidden_layer_sizes=(3,)), mode).fit(*seven)
    assert learner.estimator_.t_ == seen


@pytest.mark.parametrize(
    ("mode", "seen"), [("cumulative", 7), ("half-cumulative", 15), ("incremental", 7)]
)
def test_naive_bayes_counts_the_rows_it_was_given(seven, mode, seen):
    learner = three_rounds(MultinomialNB(), mode).fit(*seven)
    assert learner.estimator_.class_count_.sum() == seen


def test_logistic_regression_goes_on_by_warm_start(seven):
    X, y = seven
    learner = three_rounds(LogisticRegression(), "half-cumulative").fit(X, y)
    by_hand = LogisticRegression(warm_start=True, random_state=0)
    for n in (3, 5, 7):
        rows = learner.labeled_rows_[:n]
        by_hand.fit(X[rows], y[rows])
    np.testing.assert_array_equal(learner.estimator_.coef_, by_hand.coef_)
    from_scratch = LogisticRegression().fit(X[rows], y[rows])
    assert not np.array_equal(from_scratch.coef_, by_hand.coef_)


def test_warm_start_classifier_starts_fresh_when_a_class_appears(blobs):
    X, y = blobs
    learner = ActiveLearner(LogisticRegression(), mode="half-cumulative", random_state=0)
    learner.teach(X[y < 2][:10], y[y < 2][:10]).teach(X[y == 2][:5], y[y == 2][:5])
    assert learner.estimator_.classes_.tolist() == [0, 1, 2]


@warm_modes
def test_classes_that_come_late_are_announced_to_partial_fit(seven, mode):
    X, _ = seven
    y = np.array(list("aabbbbc"))
    learner = three_rounds(SGDClassifier(loss="log_loss"), mode, budget=3, initial="random")
    learner.fit(X, y)
    assert learner.estimator_.classes_.tolist() == ["a", "b", "c"]


# ---------------------------------------------------------------- Pipelines


class CountingScaler(TransformerMixin, BaseEstimator):
    """Leaves rows as they are and writes down how many it was fitted on."""

    fitted_on = []

    def fit(self, X, y=None):
        self.n_rows_ = len(X)
        CountingScaler.fitted_on.append(len(X))
        return self

    def transform(self, X):
        assert self.n_rows_
        return X


@pytest.mark.parametrize(
    ("mode", "sizes"), [("cumulative", [3, 5, 7]), ("half-cumulative", [3]), ("incremental", [3])]
)
@pytest.mark.parametrize(
    "last", [ANNClassifier(hidden_dim=4, max_epochs=1), SGDClassifier(loss="log_loss")]
)
def test_transformers_are_fitted_once_under_warm_weights(seven, mode, sizes, last):
    CountingScaler.fitted_on = []
    learner = three_rounds(make_pipeline(CountingScaler(), last), mode, strategy="margin")
    learner.fit(*seven)
    assert CountingScaler.fitted_on == sizes
    assert learner.history_["n_trained"].tolist() == SIZES[mode]


def test_transformers_are_fitted_again_when_warm_start_has_no_partial_fit(seven):
    CountingScaler.fitted_on = []
    three_rounds(make_pipeline(CountingScaler(), LogisticRegression()), "half-cumulative").fit(
        *seven
    )
    assert CountingScaler.fitted_on == [3]


@modes
@pytest.mark.parametrize("before", [[], [("skip", "passthrough")], [("skip", None)]])
def test_pipeline_may_have_nothing_in_front(seven, mode, before):
    pipe = Pipeline([*before, ("last", SGDClassifier(loss="log_loss"))])
    learner = three_rounds(pipe, mode, strategy="margin").fit(*seven)
    assert learner.predict(seven[0]).shape == (7,)


@modes
def test_pipeline_may_cache_its_transformers(seven, mode, tmp_path):
    last = SGDClassifier(loss="log_loss")
    cached = make_pipeline(MinMaxScaler(), StandardScaler(), last, memory=str(tmp_path))
    plain = make_pipeline(MinMaxScaler(), StandardScaler(), last)
    found = [three_rounds(p, mode, strategy="margin").fit(*seven) for p in (cached, plain)]
    np.testing.assert_array_equal(*[learner.predict_proba(seven[0]) for learner in found])


@modes
def test_pipeline_may_end_in_a_raw_skorch_net(seven, mode):
    X, y = seven[0].astype(np.float32), seven[1]
    pipe = make_pipeline(StandardScaler(), raw_net(Nested, Spy()))
    learner = three_rounds(pipe, mode, strategy="margin").fit(X, y)
    assert learner.predict_proba(X).shape == (7, 2)


# ---------------------------------------------------------------- pairings that cannot work


REFUSED = [
    (LogisticRegression(), "incremental", "margin", ModeError, "half-cumulative"),
    (
        make_pipeline(StandardScaler(), LogisticRegression()),
        "incremental",
        "margin",
        ModeError,
        "half-cumulative",
    ),
    (RandomForestClassifier(), "half-cumulative", "margin", ModeError, "mode='cumulative'"),
    (RandomForestClassifier(), "incremental", "margin", ModeError, "mode='cumulative'"),
    (HistGradientBoostingClassifier(), "half-cumulative", "margin", ModeError, "mode="),
    (KMeans(), "cumulative", "margin", TypeError, "estimator must be a classifier"),
    (LinearRegression(), "cumulative", "margin", TypeError, "estimator must be a classifier"),
    (SGDClassifier(), "cumulative", "entropy", EvidenceError, "strategy='entropy' needs Proba"),
    (SGDClassifier(), "incremental", "ratio", EvidenceError, "strategy='ratio' needs Proba"),
]


@pytest.mark.parametrize(("estimator", "mode", "strategy", "error", "message"), REFUSED)
def test_pairing_that_cannot_work_is_refused_before_any_training(
    blobs, estimator, mode, strategy, error, message
):
    learner = ActiveLearner(estimator, strategy, mode=mode)
    with pytest.raises(error, match=message):
        learner.fit(*blobs)
    assert not hasattr(learner, "estimator_")
    with pytest.raises(error, match=message):
        learner.teach(*blobs)
    assert not hasattr(learner, "estimator_")
