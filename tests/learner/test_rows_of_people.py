"""Numbers of rows and names of classes as people mistake them, found out by what is known."""

import pickle
import warnings

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skal import ActiveLearner, ANNClassifier, NetEnsemble

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4)) + 2 * np.eye(4)[np.arange(60) % 3]
Y = np.arange(60) % 3
NAMES = np.array(["cat", "dog", "cow"])[Y]

LINEAR = LogisticRegression()
NET = ANNClassifier(hidden_dim=4, max_epochs=1)


def begun(pool=X, estimator=LINEAR):
    """A learner that was taught three rows of each class."""
    learner = ActiveLearner(estimator, random_state=0)
    learner.query(pool, 2)
    first = np.arange(50, 59)
    return learner.teach([pool[row] for row in first], Y[first], rows=first)


def assert_refused(learner, call, error, message):
    before = {name: pickle.dumps(value) for name, value in vars(learner).items()}
    with pytest.raises(error, match=message):
        call(learner)
    assert {name: pickle.dumps(value) for name, value in vars(learner).items()} == before


# ---------------------------------------------------------------- which row


@pytest.mark.parametrize("wrong", [lambda q: q + 1, lambda q: q[::-1]], ids=["from 1", "reversed"])
@pytest.mark.parametrize("is_first", [True, False])
def test_numbers_whose_content_is_another_row_that_was_asked_are_refused(wrong, is_first):
    learner = ActiveLearner(LogisticRegression(), random_state=0) if is_first else begun()
    q = learner.query(X, 6, candidates=np.arange(40))
    assert_refused(
        learner,
        lambda a: a.teach(X[q], Y[q], rows=wrong(q)),
        ValueError,
        rf"got {wrong(q)[0]} for what is row {q[0]} of it \(6 of 6",
    )
    assert learner.teach(X[q], Y[q], rows=q).n_labeled_ == 6 + 9 * (not is_first)


def test_numbers_of_texts_that_count_from_one_are_refused():
    texts = [f"word{k % 3} word{k}" for k in range(60)]
    learner = begun(texts, make_pipeline(CountVectorizer(), LogisticRegression()))
    q = np.sort(learner.query(texts, 4, candidates=np.arange(0, 40, 2)))
    with pytest.raises(ValueError, match=f"got {q[0] + 1} for what is row {q[0]} of it"):
        learner.teach([texts[row] for row in q], Y[q], rows=q + 1)


def test_a_correction_with_the_number_of_another_row_is_refused():
    learner = begun()
    learner.query(X, 2)
    with pytest.raises(ValueError, match="got 51 for what is row 50 of it"):
        learner.teach(X[[50]], [0], rows=[51])


def test_a_row_that_looks_like_one_that_was_asked_is_believed():
    twice = np.concatenate([X, X])
    learner = begun(twice)
    q = learner.query(twice, 4, candidates=np.arange(40))
    learner.teach(twice[q + 60], Y[q], rows=q + 60)
    assert learner.labeled_rows_[-4:].tolist() == (q + 60).tolist()


def test_values_that_were_rounded_or_scaled_on_the_way_are_believed():
    learner = begun()
    q = learner.query(X, 6)
    learner.teach(X[q].round(1), Y[q], rows=q)
    q = learner.query(X, 6)
    assert learner.teach(X[q] / 3, Y[q], rows=q).labeled_rows_[-6:].tolist() == q.tolist()


def test_numbers_beyond_the_largest_pool_that_was_asked_are_refused():
    learner = begun()
    learner.query(X[:30], 2)
    assert_refused(
        learner,
        lambda a: a.teach(X[[3]], [0], rows=[60]),
        ValueError,
        "rows of the pool that was asked, 0 to 59, got 60; if the pool has grown, query it first",
    )
    grown = np.concatenate([X, X + 9])
    assert learner.teach(grown[[60]], [0], rows=[60], pool=grown).labeled_rows_[-1] == 60


def test_a_batch_that_everybody_skipped_is_said_to_hold_no_answers():
    call = lambda a: a.teach(X[[]], [], rows=[])  # noqa: E731
    assert_refused(begun(), call, ValueError, "no answers and nothing to learn; do not call")


# ---------------------------------------------------------------- which class


def test_a_label_that_is_none_of_the_announced_classes_is_refused_until_it_is_named():
    learner = ActiveLearner(LogisticRegression(), random_state=0)
    learner.teach(X[:9], NAMES[:9], classes=["cat", "cow", "dog", "otter"])
    said = r"classes that were announced, .*got \['oter'\], where 'otter' is known; mend the label"
    assert_refused(learner, lambda a: a.teach(X[[9]], ["oter"]), ValueError, said)
    learner.teach(X[[9]], ["sheep"], classes=["sheep"])
    assert learner.classes_.tolist() == ["cat", "cow", "dog", "otter", "sheep"]


@pytest.mark.parametrize(
    ("known", "new", "is_slip"),
    [
        ("ankle boot", "ankle boots", True),
        ("hum", "humm", True),
        ("sheep", "shepe", True),
        ("cat", "cart", True),
        ("cat", "cow", False),
        ("horse", "house", False),
        ("type 1", "type 10", False),
        ("type a", "type b", False),
        ("kind1", "1kind", False),
    ],
)
def test_a_new_class_that_is_a_slip_of_a_known_one_is_warned_of(recwarn, known, new, is_slip):
    learner = ActiveLearner(LogisticRegression(), random_state=0)
    learner.teach(X[:4], [known, "zebra", known, "zebra"]).teach(X[[4]], [new])
    said = f"y holds {new!r} as a new class, where {known!r} is known"
    assert [str(one.message).startswith(said) for one in recwarn] == [True] * is_slip
    assert all(one.filename == __file__ for one in recwarn)


def test_a_test_set_that_shares_no_class_with_the_labels_is_refused():
    call = lambda a: a.teach(X[:9], NAMES[:9], X_test=X, y_test=np.full(60, "owl"))  # noqa: E731
    said = r"y_test must hold classes of y, \['cat', 'cow', 'dog'\], got only \['owl'\]"
    assert_refused(ActiveLearner(LogisticRegression()), call, ValueError, said)
    learner = ActiveLearner(LogisticRegression()).teach(X[:2], NAMES[:2], X_test=X, y_test=NAMES)
    assert learner.history_[0]["test_score"] < 0.7  # "cow" comes later


@pytest.mark.parametrize("scoring", ["neg_log_loss", ["accuracy", "neg_log_loss"]])
def test_a_scorer_that_needs_classes_that_nobody_taught_yet_says_how_to_name_them(scoring):
    learner = ActiveLearner(LogisticRegression(), scoring=scoring)
    call = lambda a, **k: a.teach(X[:2], NAMES[:2], X_test=X, y_test=NAMES, **k)  # noqa: E731
    said = r"needs all classes of y_test, got none of \['cow'\] so far.*pass classes= to teach"
    assert_refused(learner, call, ValueError, said)
    call(learner, classes=["cat", "cow", "dog"])
    assert learner.history_[0][learner.history_.score_names[-1]] < 0


# ---------------------------------------------------------------- what fails far inside


TEXTS = [f"word{k % 3} word{k}" for k in range(60)]


def reader():
    return make_pipeline(CountVectorizer(), LogisticRegression())


@pytest.mark.parametrize("kind", [list, lambda rows: np.array(rows, dtype=object), "series"])
def test_a_text_that_is_missing_is_told_by_its_row(kind):
    pandas = pytest.importorskip("pandas")
    rows = (pandas.Series if kind == "series" else kind)([*TEXTS[:7], None, *TEXTS[7:]])
    learner = begun(TEXTS, reader())
    assert_refused(learner, lambda a: a.query(rows, 2), ValueError, "got none for row 7; leave it")


@pytest.mark.parametrize("estimator", [LINEAR, reader()])
def test_a_set_is_no_pool_and_a_generator_no_labels(estimator):
    learner = ActiveLearner(estimator)
    assert_refused(learner, lambda a: a.query({"a", "b"}), TypeError, "in an order, got a set")
    with pytest.raises(ValueError, match="got a generator, which is read once; pass a list"):
        ActiveLearner(reader()).teach(TEXTS, (label for label in Y))


def test_a_slip_in_a_keyword_is_seen_with_a_pipeline_too():
    call = lambda a: a.teach(TEXTS[:3], Y[:3], row=[0, 1, 2])  # noqa: E731
    assert_refused(begun(TEXTS, reader()), call, TypeError, "got row=; did you mean rows=?")


# ---------------------------------------------------------------- another pool than was taught


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)])
def test_a_pool_in_which_nothing_that_was_taught_is_found_is_warned_of(order):
    with pytest.warns(UserWarning, match="none of the 9 taught rows is found in X") as found:
        begun().query((X / 3)[order], 2)
    assert found[0].filename == __file__
    learner = begun(TEXTS, reader())
    with pytest.warns(UserWarning, match="their numbers are believed"):
        learner.query([text.upper() for text in TEXTS], 2)


def test_pixels_that_teach_would_refuse_are_refused_by_query():
    pixels = RNG.integers(0, 256, size=(60, 9)).astype(np.uint8)
    learner = begun(pixels, NET)
    call = lambda a: a.query(pixels / 255, 2)  # noqa: E731
    assert_refused(learner, call, ValueError, "X must be uint8 as the rows taught before, got flo")


@pytest.mark.parametrize(
    ("rows", "labels", "said"),
    [
        (np.arange(50, 59), Y, r"row 50 is row 0 of X \(label 2\); pass the whole pool"),
        (np.arange(30), Y, r"row 50 is not in X \(label 2\); pass the whole pool"),
        (np.arange(60), (Y + 1) % 3, "y is 0 for row 50, which was labelled 2"),
    ],
    ids=["answered rows", "part", "labels"],
)
def test_going_on_from_answers_with_another_pool_says_which_row_differs(rows, labels, said):
    learner = begun().set_params(warm_start=True)
    call = lambda a: a.fit(X[rows], labels[rows])  # noqa: E731
    assert_refused(learner, call, ValueError, f"of the 9 answers of teach, but.*{said}")


@pytest.mark.parametrize("net", [NET, NetEnsemble(NET, n_estimators=2)], ids=["net", "ensemble"])
def test_pixels_that_were_scaled_twice_are_warned_of(net):
    pixels = RNG.integers(0, 256, size=(60, 9)).astype(np.uint8)
    learner = begun(pixels, net)
    learner.predict(pixels / 255)
    with pytest.warns(UserWarning, match="X holds numbers about 1/2.. as large") as found:
        learner.predict(pixels / 255 / 255)
    assert found[0].filename == __file__


def test_small_counts_that_a_net_does_not_divide_may_be_floats():
    counts = RNG.integers(0, 3, size=(60, 9)).astype(np.uint8)
    begun(counts, NET).predict(counts * 1.0)


def test_a_fit_of_many_rounds_says_once_that_values_are_large():
    wide = np.random.default_rng(1).uniform(0, 1680, size=(60, 4))
    learner = ActiveLearner(NET, init_size=6, query_size=6, budget=30, random_state=0)
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("default")
        learner.fit(wide, Y)
    assert [one.filename for one in found] == [__file__]
