"""Typical rows at first, then the margin; without what cannot be known."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC, LinearSVC
from torch import nn

from skal import ActiveLearner, DatasetRows, EvidenceError, NetClassifier
from skal.evidence import Evidence
from skal.strategies import Auto, Margin, TypiClust, auto
from tests.strategies.oracle import evidence_of, random_proba

RNG = np.random.default_rng(0)
X = np.abs(RNG.normal(size=(60, 4))) + 2 * np.eye(4)[np.arange(60) % 3]
Y = np.arange(60) % 3
WORDS = np.array(["oak", "elm", "fir", "ash"])
TEXTS = [f"{WORDS[k % 4]} {WORDS[k % 3]} w{k}" for k in range(60)]
VOTES = VotingClassifier([("first", GaussianNB()), ("second", LogisticRegression())])


class NoLinear(nn.Module):
    """A net of convolutions, without a linear layer."""

    def __init__(self, n_classes):
        super().__init__()
        self.conv = nn.Conv2d(1, n_classes, 2)

    def forward(self, x):
        return self.conv(x).mean(dim=(2, 3))


def chosen_by(strategy, classifier, X):
    """Rows of the first query after six labels, in the learner's own loop."""
    sizes = {"init_size": 6, "query_size": 5, "budget": 11, "random_state": 0}
    return ActiveLearner(classifier, strategy, **sizes).fit(X, Y).labeled_rows_[6:].tolist()


@pytest.mark.parametrize(
    ("n_labeled", "n_classes", "expected"),
    [(0, 10, TypiClust), (49, 10, TypiClust), (50, 10, Margin), (10, 2, Margin), (9, 2, TypiClust)],
)
def test_the_turn_goes_by_labels_for_each_class(n_labeled, n_classes, expected):
    assert type(Auto().current(n_labeled, n_classes)) is expected


@pytest.mark.parametrize(("n_labeled", "expected"), [(6, TypiClust()), (8, Margin())])
def test_it_asks_what_the_strategy_of_its_turn_asks(n_labeled, expected):
    evidence = evidence_of(random_proba(40), n_labeled=n_labeled)  # four classes
    chosen = Auto(per_class=2).choose(evidence, 5, np.random.default_rng(0)).positions
    same = expected.choose(evidence, 5, np.random.default_rng(0)).positions
    assert chosen.tolist() == same.tolist()


def test_the_space_is_passed_on():
    assert Auto(space="2").current(0, 3).space == "2"


def test_it_is_the_default():
    assert ActiveLearner().strategy == "auto"


@pytest.mark.parametrize(
    ("classifier", "rows"),
    [
        (HistGradientBoostingClassifier(max_iter=3), np.where(X > 2.5, np.nan, X)),
        (NetClassifier(NoLinear, max_epochs=1, random_state=0), X.reshape(-1, 1, 2, 2)),
    ],
    ids=["missing values", "net without an embedding"],
)
def test_where_rows_are_no_points_the_margin_decides_from_the_start(classifier, rows):
    assert chosen_by("auto", classifier, rows) == chosen_by("margin", classifier, rows)


def test_a_frame_of_words_and_numbers_is_asked_by_margin():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"size": X[:, 0], "tree": pandas.Categorical(WORDS[Y])})
    trees = HistGradientBoostingClassifier(max_iter=3, categorical_features="from_dtype")
    assert chosen_by("auto", trees, frame) == chosen_by("margin", trees, frame)


@pytest.mark.parametrize(
    ("classifier", "rows"),
    [
        (RandomForestClassifier(5, random_state=0), X),
        (SVC(), X),
        (LogisticRegression(), csr_array(X)),
        (make_pipeline(TfidfVectorizer(), LinearSVC()), TEXTS),
        (GaussianNB(), X[:, :1]),
        (GaussianNB(), DatasetRows(X)),
    ],
    ids=["forest", "SVM without probabilities", "sparse", "texts", "one feature", "DatasetRows"],
)
def test_rows_of_numbers_are_asked_by_type(classifier, rows):
    assert chosen_by("auto", classifier, rows) == chosen_by("typiclust", classifier, rows)


def test_a_classifier_of_labels_only_is_asked_typical_rows_all_along():
    late = Auto(per_class=0)  # the margin's turn from the start
    assert chosen_by(late, VOTES, X) == chosen_by("typiclust", VOTES, X)


def test_with_neither_points_nor_scores_rows_are_drawn():
    votes = VotingClassifier([("only", HistGradientBoostingClassifier(max_iter=3))])
    missing = np.where(X > 2.5, np.nan, X)
    assert chosen_by("auto", votes, missing) == chosen_by("random", votes, missing)


def test_a_space_that_is_given_is_not_done_without():
    with pytest.raises(EvidenceError, match="layer"):
        chosen_by(Auto(space="2"), LogisticRegression(), X)


def test_a_query_of_more_rows_than_the_pool_has_takes_them_all():
    learner = ActiveLearner(GaussianNB(), query_size=500, random_state=0).teach(X[:9], Y[:9])
    assert sorted(learner.query(X).tolist()) == list(range(9, 60))


def test_it_chooses_the_initial_set_by_type():
    rows = ActiveLearner(GaussianNB(), initial="auto", random_state=0).query(X, 6)
    assert (
        rows.tolist()
        == ActiveLearner(GaussianNB(), initial="typiclust", random_state=0).query(X, 6).tolist()
    )


def test_of_a_large_pool_some_rows_are_looked_at(monkeypatch):
    monkeypatch.setattr(auto, "MAX_CANDIDATES", 20)
    seen = []
    monkeypatch.setattr(
        TypiClust,
        "select",
        lambda self, n, rng, embedding, **_: seen.append(len(embedding)) or np.arange(n),
    )
    pool = Evidence(None, np.arange(50.0)[:, None], np.arange(50))
    for n in (3, 30):
        positions = Auto().choose(pool, n, np.random.default_rng(0)).positions
        assert len(set(positions.tolist())) == n
    assert seen == [20, 30]
