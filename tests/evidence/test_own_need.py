"""A need of one's own is one class, and anybody's classifier may answer needs itself."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetClassifier
from torch import nn

from skal import ActiveLearner, ANNClassifier, NetClassifier
from skal.evidence import (
    Embedding,
    Evidence,
    Labeled,
    MCProba,
    Measurable,
    Need,
    On,
    Proba,
    Said,
    Scores,
    Swept,
    check_provides,
    measure,
)
from skal.exceptions import EvidenceError
from skal.nets import SkorchClassifier
from skal.strategies import UtilityStrategy

X = np.random.default_rng(0).normal(size=(90, 4))
Y = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
SMALL = {"init_size": 12, "query_size": 6, "budget": 24, "random_state": 0}


# ---------------------------------------------------------------- three needs, a class each


@dataclass(frozen=True)
class GradientNorm(Swept):
    """Length of the last layer's gradient at the likeliest label, (n,)."""

    judges = True
    layers = (None,)
    advice: ClassVar[str] = "use a net, whose last layer has a gradient."

    def collect(self, batch):
        gap = batch.proba.clone()  # (n, n_classes)
        gap[range(len(gap)), gap.argmax(dim=1)] -= 1
        return gap.norm(dim=1) * (batch.layer().double().square().sum(dim=1) + 1).sqrt()


@dataclass(frozen=True)
class PredictedCounts(Need):
    """How many candidates are taken for each class, (n_classes,)."""

    axis: ClassVar[int | None] = None
    joint: ClassVar[bool] = True
    judges = True

    def provided_by(self, classifier):
        return hasattr(classifier, "predict_proba")

    def answer(self, classifier, X):
        top = classifier.predict_proba(X).argmax(axis=1)
        return np.bincount(top, minlength=len(classifier.classes_))

    def join(self, parts):
        return np.sum(parts, axis=0)

    def unseen(self, classifier):
        return 0


@dataclass(frozen=True)
class LabelledShare(Said):
    """Share of the pool that has labels."""

    model_free = True

    def said(self, evidence):
        return len(evidence.rows_labeled) / len(evidence.X)


class ByGradient(UtilityStrategy):
    """Ask what would move the last layer most."""

    def needs(self):
        return {"norm": GradientNorm(), "counts": PredictedCounts(), "share": LabelledShare()}

    def utility(self, norm, counts, share):
        assert counts.sum() == len(norm) and 0 < share < 1
        return norm


class Steps(nn.Sequential):
    """A net that counts the batches it is given."""

    def __init__(self, n_features=4, n_classes=3):
        super().__init__(nn.Linear(n_features, 5), nn.Tanh(), nn.Linear(5, n_classes))
        self.calls = 0

    def forward(self, X):
        self.calls += 1
        return super().forward(X)


def by_hand(net, X):
    proba, hidden = net.predict_proba(X), net.embed(X).astype(np.float64)
    gap = proba - (proba == proba.max(axis=1, keepdims=True))
    return np.linalg.norm(gap, axis=1) * np.sqrt((hidden**2).sum(axis=1) + 1)


def ask(estimator, need, rows=None, classes=None, X=X, **labeled):
    rows = np.arange(len(X)) if rows is None else np.asarray(rows)
    return Evidence(estimator, X, rows, classes=classes, **labeled).arrays({"it": need})["it"]


@pytest.fixture(scope="module")
def net():
    return NetClassifier(Steps, max_epochs=3, random_state=0).fit(X, Y)


# ---------------------------------------------------------------- on nets


def test_a_net_answers_it_batch_by_batch(net):
    many = np.tile(X, (40, 1))  # more than one batch
    np.testing.assert_allclose(ask(net, GradientNorm(), X=many), by_hand(net, many), rtol=1e-6)


def test_it_shares_the_sweep_of_all_other_needs(net):
    net.module_.calls = 0
    needs = {"g": GradientNorm(), "p": Proba(), "e": Embedding(), "h": Embedding("0")}
    found = Evidence(net, X, np.arange(90), classes=net.classes_).arrays(needs)
    assert net.module_.calls == 1
    assert found["h"].shape == (90, 5)


def test_it_is_measured_on_labelled_and_other_rows(net):
    labeled = {"X_labeled": X, "rows_labeled": np.array([4, 2])}
    expected = by_hand(net, X)
    np.testing.assert_allclose(ask(net, Labeled(GradientNorm()), **labeled), expected[[4, 2]])
    np.testing.assert_allclose(ask(net, On(GradientNorm(), X[:7])), expected[:7])


def test_a_net_at_the_end_of_a_pipeline_answers_it():
    pipeline = make_pipeline(StandardScaler(), ANNClassifier(5, max_epochs=2, random_state=0))
    pipeline.fit(X * 9 + 4, Y)
    expected = by_hand(pipeline[-1], pipeline[0].transform(X * 9 + 4))
    np.testing.assert_allclose(ask(pipeline, GradientNorm(), X=X * 9 + 4), expected, rtol=1e-6)


def test_a_net_of_skorch_answers_it():
    net = NeuralNetClassifier(
        Steps, criterion=nn.CrossEntropyLoss, max_epochs=1, train_split=None, verbose=0
    )
    fitted = SkorchClassifier(net, random_state=0).fit(X, Y)
    assert ask(fitted, GradientNorm()).shape == (90,)


@pytest.mark.parametrize("scale", [None, StandardScaler()])
def test_a_learner_asks_by_it(scale):
    net = ANNClassifier(5, max_epochs=2, random_state=0)
    learner = ActiveLearner(net if scale is None else make_pipeline(scale, net), ByGradient())
    assert learner.set_params(**SMALL).fit(X, Y).n_labeled_ == 24


def test_a_classifier_without_it_is_refused_with_its_own_advice():
    learner = ActiveLearner(GaussianNB(), ByGradient(), **SMALL)
    with pytest.raises(
        EvidenceError, match=r"GradientNorm\(\), which GaussianNB does not give; use a net, whose"
    ):
        learner.fit(X, Y)


def test_a_fitted_classifier_without_it_is_refused_too():
    for estimator in (GaussianNB(), make_pipeline(StandardScaler(), GaussianNB())):
        with pytest.raises(EvidenceError, match="which GaussianNB does not give; use a net, whose"):
            ask(estimator.fit(X, Y), GradientNorm())


def test_what_collect_reads_must_be_declared(net):
    class Undeclared(GradientNorm):
        layers = ()

    class Passes(GradientNorm):
        def collect(self, batch):
            return batch.drawn[0, :, 0]

    with pytest.raises(ValueError, match=r"layers must name all that `collect` reads"):
        ask(net, Undeclared())
    with pytest.raises(ValueError, match="passes must be the number of passes that `collect`"):
        ask(net, Passes())


# ---------------------------------------------------------------- on any classifier


def test_blocks_are_joined_as_the_need_says(monkeypatch):
    model = GaussianNB().fit(X, Y)
    monkeypatch.setattr("skal._containers.BLOCK", 4 * 8 * 7)  # seven rows
    counts = np.bincount(model.predict(X), minlength=3)
    assert ask(model, PredictedCounts()).tolist() == counts.tolist()


def test_a_net_answers_a_need_that_no_sweep_collects(net):
    counts = np.bincount(net.predict(X[:50]), minlength=3)
    assert ask(net, PredictedCounts(), rows=np.arange(50)).tolist() == counts.tolist()


def test_its_columns_are_those_of_all_classes():
    model = GaussianNB().fit(X, np.where(Y > 0, "c", "a"))
    counts = ask(model, PredictedCounts(), classes=np.array(["a", "b", "c", "d"]))
    assert counts[[1, 3]].tolist() == [0, 0] and counts.sum() == 90


def test_a_need_about_all_candidates_is_asked_anew_of_a_part():
    model = GaussianNB().fit(X, Y)
    evidence = Evidence(model, X, np.arange(90), classes=model.classes_)
    assert evidence.arrays({"it": PredictedCounts()})["it"].sum() == 90
    assert evidence.part(np.arange(7)).arrays({"it": PredictedCounts()})["it"].sum() == 7


def test_what_evidence_says_needs_no_classifier():
    labeled = {"X_labeled": X, "rows_labeled": np.arange(9)}
    assert ask(None, LabelledShare(), **labeled) == 0.1
    check_provides(GaussianNB(), [LabelledShare()], "mine")


def test_flags_reach_through_other_rows():
    assert On(GradientNorm(), X).judges and Labeled(PredictedCounts()).judges
    assert not Labeled(Embedding()).judges
    assert On(Embedding(), X).model_free and Labeled(Embedding(), required=False).model_free
    assert not Labeled(Embedding()).model_free  # rows that are labelled come with a model
    assert not Embedding("0").model_free


@pytest.mark.parametrize("of", [LabelledShare(), Labeled(Proba()), On(Proba(), X), "proba"])
def test_what_is_not_about_rows_is_not_measured_elsewhere(of):
    for build in (Labeled, lambda need: On(need, X)):
        with pytest.raises(TypeError, match="of must be a need that is measured on rows"):
            build(of)


# ---------------------------------------------------------------- anybody's classifier


class Ruler(ClassifierMixin, BaseEstimator):
    """Class by the first number; answers two needs itself, and notes what it is asked."""

    asked: ClassVar[list] = []

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        near = np.exp(-np.abs(np.asarray(X)[:, :1] - np.arange(len(self.classes_))))
        return near / near.sum(axis=1, keepdims=True)

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def provides(self, need):
        return isinstance(need, Embedding | GradientNorm)

    def measure(self, X, rows, needs, *, seed=0):
        part = np.asarray(X) if rows is None else np.asarray(X)[rows]
        self.asked.append((len(part), rows is None, tuple(needs), seed))
        answers = {GradientNorm: part[:, 0] ** 2, Embedding: 2 * part}
        return {need: answers[type(need)] for need in needs}


@pytest.fixture
def asked():
    Ruler.asked.clear()
    return Ruler.asked


def test_a_measurable_classifier_has_two_methods():
    assert isinstance(Ruler(), Measurable)
    assert isinstance(ANNClassifier(), Measurable)
    assert not isinstance(GaussianNB(), Measurable)


def test_it_is_asked_once_for_all_that_it_provides(asked):
    model = Ruler().fit(X, Y)
    needs = {"g": GradientNorm(), "e": Embedding("any"), "p": Proba(), "s": Scores()}
    evidence = Evidence(model, X, np.array([3, 1]), classes=model.classes_, seed=5)
    found = evidence.arrays(needs)
    assert asked == [(2, False, (GradientNorm(), Embedding("any")), 5)]
    np.testing.assert_array_equal(found["g"], X[[3, 1], 0] ** 2)
    np.testing.assert_array_equal(found["p"], model.predict_proba(X[[3, 1]]))  # as of anybody
    np.testing.assert_array_equal(found["s"], found["p"])


def test_at_the_end_of_a_pipeline_it_is_given_transformed_rows(asked):
    pipeline = make_pipeline(StandardScaler(), Ruler()).fit(X * 3 + 1, Y)
    rows = np.arange(20, 30)
    found = ask(pipeline, GradientNorm(), rows, X=X * 3 + 1)
    np.testing.assert_allclose(found, pipeline[0].transform(X * 3 + 1)[rows, 0] ** 2)
    assert asked == [(10, True, (GradientNorm(),), 0)]  # rows that nobody has checked


def test_rows_from_elsewhere_are_checked_by_whoever_is_asked(asked, net):
    ask(Ruler().fit(X, Y), On(Embedding(), X[:5]))
    assert asked == [(5, True, (Embedding(),), 0)]
    for estimator in (net, make_pipeline("passthrough", net)):
        with pytest.raises(ValueError, match="contains NaN"):
            ask(estimator, On(Proba(), np.full((3, 4), np.nan)))


def test_no_rows_have_the_shape_of_some(net):
    nobody = np.empty(0, dtype=np.intp)
    draws = ANNClassifier(4, dropout=0.5, max_epochs=1, random_state=0).fit(X, Y)
    for estimator, need, shape in [
        (net, Proba(), (0, 3)),
        (GaussianNB().fit(X, Y), Proba(), (0, 3)),
        (draws, MCProba(2), (2, 0, 3)),
        (Ruler().fit(X, Y), GradientNorm(), (0,)),
    ]:
        assert ask(estimator, need, nobody).shape == shape


def by_embedding(embedding):
    return embedding[:, 0]


@pytest.mark.parametrize("strategy", [ByGradient(), by_embedding, "margin", "k_center"])
@pytest.mark.parametrize("steps", [(), (StandardScaler(),)])
def test_a_learner_takes_it_with_any_strategy(strategy, steps, asked):
    learner = ActiveLearner(make_pipeline(*steps, Ruler()) if steps else Ruler(), strategy, **SMALL)
    assert learner.fit(X, Y).n_labeled_ == 24
    assert bool(asked) == (strategy != "margin")


def test_a_class_that_it_has_not_seen_gets_its_column():
    model = Ruler().fit(X, np.where(Y > 0, 5, 2))
    found = measure(model, X, np.arange(3), [Proba(), Embedding()], np.array([2, 3, 5]))
    assert found[Proba()].shape == (3, 3) and not found[Proba()][:, 1].any()
    assert found[Embedding()].shape == (3, 4)


def test_a_linear_classifier_is_asked_for_both_in_its_own_way():
    model = LogisticRegression().fit(X, Y)
    found = measure(model, X, None, [Proba(), PredictedCounts()], model.classes_)
    np.testing.assert_array_equal(found[Proba()], model.predict_proba(X))
    assert found[PredictedCounts()].sum() == 90
