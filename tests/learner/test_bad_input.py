"""Wrong calls: the right exception, a message that names the argument, an unchanged object."""

import pickle
from typing import NamedTuple

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.cluster import KMeans
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier

from skal import (
    ActiveLearner,
    ANNClassifier,
    CNNClassifier,
    EvidenceError,
    ModeError,
    PoolExhaustedError,
    TargetScore,
)
from skal.strategies import Entropy, KCenter, LeastConfidence, Margin, Skip

NET = ANNClassifier(hidden_dim=4, max_epochs=1)
CNN = CNNClassifier(channels=(2,), hidden_dim=4, max_epochs=1)
SIZES = {"init_size": 6, "query_size": 4, "budget": 14, "random_state": 0}


class Wrong(NamedTuple):
    """A call that must be refused."""

    call: object  # takes learner, X, y
    error: type
    message: str


def changed(X, place, value, dtype=None):
    X = X.astype(X.dtype if dtype is None else dtype)
    X[place] = value
    return X


def wrong_X(method):
    """Wrong pools and rows, for any method; `method` takes learner, X and y."""
    number = r"(?s)(argument must be|could not convert|dtype).*(number|string|numeric)"
    return {
        "NaN": Wrong(lambda a, X, y: method(a, changed(X, (3, 1), np.nan), y), ValueError,
                     "Input X contains NaN"),
        "inf": Wrong(lambda a, X, y: method(a, changed(X, (3, 1), np.inf), y), ValueError,
                     "Input X contains infinity"),
        "empty": Wrong(lambda a, X, y: method(a, X[:0], y[:0]), ValueError,
                       r"(?s)0 sample\(s\).*minimum of 1 is required"),
        "no columns": Wrong(lambda a, X, y: method(a, X[:, :0], y), ValueError,
                            r"0 feature\(s\).*minimum of 1 is required"),
        "1-D": Wrong(lambda a, X, y: method(a, X[:, 0], y), ValueError,
                     "Expected 2D array, got 1D array"),
        "a scalar": Wrong(lambda a, X, y: method(a, 3.0, y), (TypeError, ValueError),
                          "Expected 2D array, got scalar|Singleton|expected"),
        "None": Wrong(lambda a, X, y: method(a, None, y), (TypeError, ValueError),
                      "(?i)None|NoneType|dtype"),
        "dicts": Wrong(lambda a, X, y: method(a, changed(X, (0, 0), {"a": 1}, object), y),
                       TypeError, number),
        "words": Wrong(lambda a, X, y: method(a, X.astype(str).astype("U9") + "x", y), ValueError,
                       number),
        "complex": Wrong(lambda a, X, y: method(a, X + 1j, y), ValueError,
                         "Complex data not supported"),
        "sparse into a net": Wrong(lambda a, X, y: method(a, csr_array(X), y), TypeError,
                                   "Sparse data was passed for X"),
        "ragged": Wrong(lambda a, X, y: method(a, [[1.0, 2.0], [1.0]], y[:2]), ValueError,
                        "all rows of X must be of one shape"),
    }  # fmt: skip


def wrong_width(method):
    return {
        "too wide": Wrong(lambda a, X, y: method(a, np.hstack([X, X]), y), ValueError,
                          "X has 8 features, but ActiveLearner is expecting 4"),
        "too narrow": Wrong(lambda a, X, y: method(a, X[:, :3], y), ValueError,
                            "X has 3 features, but ActiveLearner is expecting 4"),
    }  # fmt: skip


def fit(learner, X, y):
    return learner.fit(X, y)


def teach(learner, X, y):
    return learner.teach(X, y)


def query(learner, X, y):
    return learner.query(X, 2)


def predict(learner, X, y):
    return learner.predict(X)


def predict_proba(learner, X, y):
    return learner.predict_proba(X)


def using(**params):
    """`fit` after a change of parameters, which are put back."""

    def call(learner, X, y, method=fit):
        before = {name: getattr(learner, name) for name in params}
        try:
            return method(learner.set_params(**params), X, y)
        finally:
            learner.set_params(**before)

    return call


def asking(**params):
    return lambda learner, X, y: using(**params)(learner, X, y, method=query)


LABELS = {
    "None": Wrong(lambda a, X, y: fit(a, X, None), ValueError, "y to be passed.*None"),
    "NaN": Wrong(lambda a, X, y: fit(a, X, changed(y, 3, np.nan, float)), ValueError,
                 "y contains NaN"),
    "infinity": Wrong(lambda a, X, y: fit(a, X, changed(y, 3, np.inf, float)), ValueError,
                      "y contains NaN or infinity"),
    "None in y": Wrong(lambda a, X, y: fit(a, X, changed(y, 3, None, object)),
                       (TypeError, ValueError), r"\by\b.*(NoneType|None|missing|unknown)"),
    "words and numbers": Wrong(lambda a, X, y: fit(a, X, changed(y, 3, "a", object)),
                               TypeError, r"y mixes labels of the types \['int', 'str'\]"),
    "continuous": Wrong(lambda a, X, y: fit(a, X, y + 0.5), ValueError,
                        r"\by\b(?s:.*)Unknown label type: continuous"),
    "several columns": Wrong(lambda a, X, y: fit(a, X, np.column_stack([y, y])), ValueError,
                             r"y should be a 1d array"),
    "too short": Wrong(lambda a, X, y: fit(a, X, y[:-1]), ValueError,
                       "y has 39 labels, but X has 40 rows"),
    "too long": Wrong(lambda a, X, y: fit(a, X, np.append(y, 1)), ValueError,
                      "y has 41 labels, but X has 40 rows"),
}  # fmt: skip

EXAMS = {
    "X_test alone": Wrong(lambda a, X, y: a.fit(X, y, X_test=X), ValueError,
                          "X_test and y_test belong together, but y_test is None"),
    "y_test alone": Wrong(lambda a, X, y: a.fit(X, y, y_test=y), ValueError,
                          "X_test and y_test belong together, but X_test is None"),
    "X_test too wide": Wrong(lambda a, X, y: a.fit(X, y, X_test=np.hstack([X, X]), y_test=y),
                             ValueError, "X_test.* 8 features.*expecting 4"),
    "X_test with NaN": Wrong(
        lambda a, X, y: a.fit(X, y, X_test=changed(X, (0, 0), np.nan), y_test=y),
        ValueError, "X_test.*NaN"),
    "X_test empty": Wrong(lambda a, X, y: a.fit(X, y, X_test=X[:0], y_test=y[:0]), ValueError,
                          r"X_test(?s:.*)0 sample\(s\)"),
    "y_test too short": Wrong(lambda a, X, y: a.fit(X, y, X_test=X, y_test=y[:5]), ValueError,
                              "y_test has 5 labels, but X_test has 40 rows"),
    "y_test continuous": Wrong(lambda a, X, y: a.fit(X, y, X_test=X, y_test=y + 0.5), ValueError,
                               "y_test(?s:.*)continuous"),
    "y_test of another type": Wrong(
        lambda a, X, y: a.fit(X, y, X_test=X, y_test=y.astype(str)),
        TypeError, "y_test has labels of type str"),
}  # fmt: skip


def no_such_argument(probabilities):
    return probabilities


def one_number(proba):
    return 1.0


def two_numbers(proba):
    return np.array([1.0, 2.0])


def never_finite(proba):
    return np.full(len(proba), np.nan)


class NoFit(BaseEstimator):
    def predict(self, X):
        return X


class OneNumberMode:
    def rows(self, rounds, rng):
        return rounds


PARAMS = {
    "strategy unknown": Wrong(using(strategy="margins"), ValueError,
                              r"strategy='margins' is not known; did you mean 'margin'"),
    "strategy a class": Wrong(using(strategy=Margin), TypeError,
                              r"strategy=Margin is a class; pass Margin\(\)"),
    "strategy a number": Wrong(using(strategy=3), TypeError,
                               "`strategy` must be a name.* got 3 of type int"),
    "strategy with a wrong signature": Wrong(using(strategy=no_such_argument), TypeError,
                                             r"strategy=.*takes \['probabilities'\]; a function"),
    "strategy inside Skip unknown": Wrong(using(strategy=Skip("margins")), ValueError,
                                          "strategy='margins' is not known"),
    "mode unknown": Wrong(using(mode="warm"), ValueError,
                          "mode='warm' is not known; choose one of .*'cumulative'"),
    "mode None": Wrong(using(mode=None), ValueError, "mode=None is not known"),
    "mode of another class": Wrong(using(mode=OneNumberMode()), ValueError, "mode=.*not known"),
    "mode that the classifier cannot serve": Wrong(
        using(mode="incremental", estimator=LogisticRegression()), ModeError,
        "mode=.*half-cumulative"),
    "init_size 0": Wrong(using(init_size=0), ValueError, "init_size must be an int.*got 0"),
    "init_size -1": Wrong(using(init_size=-1), ValueError, "init_size must be.*got -1"),
    "init_size 1.5": Wrong(using(init_size=1.5), ValueError, r"init_size .*\(0, 1\].*1.5"),
    "init_size True": Wrong(using(init_size=True), ValueError, "init_size must be.*got True"),
    "init_size a word": Wrong(using(init_size="all"), ValueError, "init_size must be.*got 'all'"),
    "init_size NaN": Wrong(using(init_size=np.nan), ValueError, "init_size must be.*got nan"),
    "init_size beyond the pool": Wrong(using(init_size=41, budget=None), ValueError,
                                       "init_size=41 .* more than the 40 rows of X"),
    "query_size 0": Wrong(using(query_size=0), ValueError, "query_size must be.*got 0"),
    "query_size -3": Wrong(using(query_size=-3), ValueError, "query_size must be.*got -3"),
    "query_size 1.01": Wrong(using(query_size=1.01), ValueError, "query_size must be.*got 1.01"),
    "budget below init_size": Wrong(using(budget=5), ValueError,
                                    "budget=5 .* below init_size=6.*raise budget or lower"),
    "budget fraction below init_size": Wrong(using(budget=0.1), ValueError,
                                             "budget=0.1 is 4 labels, below init_size=6"),
    "budget 0": Wrong(using(budget=0), ValueError, "budget must be.*got 0"),
    "budget 2.0": Wrong(using(budget=2.0), ValueError, "budget must be.*got 2.0"),
    "initial unknown": Wrong(using(initial="rand"), ValueError, "initial must be.*got 'rand'"),
    "initial needs a model": Wrong(using(initial="margin"), ValueError,
                                   "initial='margin' needs .*nothing is labelled yet"),
    "initial a class": Wrong(using(initial=Margin), TypeError, "initial must be .*Margin"),
    "scoring unknown": Wrong(using(scoring="acuracy"), ValueError, "scoring.*'acuracy'"),
    "scoring a number": Wrong(using(scoring=3), ValueError, "'scoring' parameter"),
    "estimator without fit": Wrong(using(estimator=NoFit()), ValueError,
                                   "'estimator' parameter .* 'fit'"),
    "estimator a class": Wrong(using(estimator=LogisticRegression), (TypeError, ValueError),
                               r"estimator must be an object, .*; pass LogisticRegression\(\)"),
    "estimator a regressor": Wrong(using(estimator=LinearRegression()), TypeError,
                                   "estimator must be a classifier"),
    "estimator a clusterer": Wrong(using(estimator=KMeans()), TypeError,
                                   "estimator must be a classifier"),
    "estimator a word": Wrong(using(estimator="forest"), ValueError, "'estimator' parameter"),
    "stopping no function": Wrong(using(stopping=0.9), ValueError, "'stopping' parameter"),
    "stopping without a test set": Wrong(using(stopping=TargetScore(0.9)), ValueError,
                                         "stopping=.*pass X_test and y_test"),
    "warm_start a word": Wrong(using(warm_start="yes"), ValueError, "'warm_start' parameter"),
    "random_state a word": Wrong(using(random_state="zero"), ValueError,
                                 "'random_state' parameter"),
    "verbose a word": Wrong(using(verbose="much"), ValueError, "'verbose' parameter"),
    "sample_weight too short": Wrong(
        lambda a, X, y: a.fit(X, y, sample_weight=np.ones(39)), ValueError,
        "sample_weight has 39 values, but there are 40 rows"),
    "sample_weight negative": Wrong(
        lambda a, X, y: a.fit(X, y, sample_weight=-np.ones(40)), ValueError,
        "(?i)negative .*sample_weight|sample_weight.*negative"),
    "a parameter that nobody knows": Wrong(
        lambda a, X, y: a.fit(X, y, weights=np.ones(40)), TypeError, "weights"),
}  # fmt: skip

NEEDS = {
    "probabilities of a hinge": Wrong(
        using(strategy="entropy", estimator=SGDClassifier()), EvidenceError,
        "strategy='entropy' needs Proba.*SGDClassifier"),
    "layer of no net": Wrong(
        using(strategy=KCenter(space="0"), estimator=LogisticRegression()),
        EvidenceError, "strategy=.* needs Embedding.*LogisticRegression.*use a net"),
    "draws of a net without dropout": Wrong(
        using(strategy="bald", estimator=ANNClassifier()),
        EvidenceError, "strategy='bald' needs MCProba.*ANNClassifier.*dropout"),
}  # fmt: skip


def an_open_row(learner):
    return np.setdiff1d(np.arange(40), getattr(learner, "labeled_rows_", []))[:1].astype(int)


QUERIES = {
    "n 0": Wrong(lambda a, X, y: a.query(X, 0), ValueError, "n must be an int of at least 1, got"),
    "n -1": Wrong(lambda a, X, y: a.query(X, -1), ValueError, "n must be an int.*got -1"),
    "n 2.5": Wrong(lambda a, X, y: a.query(X, 2.5), ValueError, "n must be an int.*got 2.5"),
    "n True": Wrong(lambda a, X, y: a.query(X, True), ValueError, "n must be an int.*got True"),
    "n a word": Wrong(lambda a, X, y: a.query(X, "ten"), ValueError, "n must be an int.*got 'ten'"),
    "n above the pool": Wrong(lambda a, X, y: a.query(X, 41), PoolExhaustedError,
                              "n=41 rows, but only .* candidates are open; lower n"),
    "n above the candidates": Wrong(lambda a, X, y: a.query(X, 2, candidates=an_open_row(a)),
                                    PoolExhaustedError, "n=2 rows, but only 1"),
    "no candidates": Wrong(lambda a, X, y: a.query(X, candidates=[]), PoolExhaustedError,
                           "no open candidates"),
    "candidates too large": Wrong(lambda a, X, y: a.query(X, candidates=[3, 40]), ValueError,
                                  "candidates must be rows of X, 0 to 39, got 3 to 40"),
    "candidates negative": Wrong(lambda a, X, y: a.query(X, candidates=[-1, 3]), ValueError,
                                 "candidates must be rows of X, 0 to 39"),
    "candidates twice": Wrong(lambda a, X, y: a.query(X, candidates=[3, 3]), ValueError,
                              "candidates holds a row more than once"),
    "candidates a mask": Wrong(lambda a, X, y: a.query(X, candidates=y > 0), TypeError,
                               "candidates must be .*bool.*np.flatnonzero"),
    "candidates 2-D": Wrong(lambda a, X, y: a.query(X, candidates=[[1, 2]]), TypeError,
                            r"candidates must be a 1-D array.*shape \(1, 2\)"),
    "candidates floats": Wrong(lambda a, X, y: a.query(X, candidates=[1.0, 2.0]), TypeError,
                               "candidates must be .*float64"),
    "query_size 0": Wrong(lambda a, X, y: using(query_size=0, init_size=0)(
        a, X, y, method=lambda a, X, y: a.query(X)), ValueError, "_size must be an int.*got 0"),
    "strategy unknown": Wrong(asking(strategy="margins"), ValueError, "strategy='margins' is not"),
}  # fmt: skip

QUERIES_WHEN_FITTED = {
    "one number": Wrong(asking(strategy=one_number), ValueError,
                        "utilities must be one number .*one_number"),
    "two numbers": Wrong(asking(strategy=two_numbers), ValueError,
                         r"utilities must be one number .* got shape \(2,\)"),
    "NaN": Wrong(asking(strategy=never_finite), ValueError, "be finite, got nan .*never_finite"),
    "needs not met": Wrong(
        asking(strategy="entropy", estimator=SGDClassifier()), EvidenceError,
        "strategy='entropy' needs Proba"),
}  # fmt: skip

QUERIES_BEFORE_LABELS = {
    "initial stratified": Wrong(asking(initial="stratified"), ValueError,
                                "initial='stratified' reads the labels"),
    "initial unknown": Wrong(asking(initial="rand"), ValueError, "initial must be.*got 'rand'"),
    "initial needs a model": Wrong(asking(initial="margin"), ValueError, "initial='margin' needs"),
}  # fmt: skip


def teaching(n=3, **how):
    return lambda learner, X, y: learner.teach(X[30 : 30 + n], y[30 : 30 + n], **how)


TEACHING = {
    "y None": Wrong(lambda a, X, y: teach(a, X, None), ValueError, "y to be passed.*None"),
    "y NaN": Wrong(lambda a, X, y: teach(a, X[:2], [1.0, np.nan]), ValueError, "y contains NaN"),
    "y too short": Wrong(lambda a, X, y: teach(a, X[:3], [1, 0]), ValueError,
                         "y has 2 labels, but X has 3 rows"),
    "y continuous": Wrong(lambda a, X, y: teach(a, X[:2], [0.5, 1.5]), ValueError,
                          "y.*continuous"),
    "rows too few": Wrong(teaching(rows=[1, 2]), ValueError, "rows must hold one row .* 3 labels"),
    "rows twice": Wrong(teaching(rows=[31, 31, 32]), ValueError, "rows must be distinct"),
    "rows negative": Wrong(teaching(rows=[-1, 31, 32]), ValueError, "rows must be .*not negative"),
    "rows floats": Wrong(teaching(rows=[1.0, 2.0, 3.0]), ValueError, "rows must hold .*float64"),
    "rows a mask": Wrong(teaching(rows=[True, False, True]), ValueError, "rows must hold .*bool"),
    "sample_weight too short": Wrong(teaching(sample_weight=[1.0, 2.0]), ValueError,
                                     "sample_weight has 2 values, but there are 3 rows"),
    "mode unknown": Wrong(lambda a, X, y: using(mode="warm")(a, X, y, method=teach), ValueError,
                          "mode='warm' is not known"),
}  # fmt: skip

TEACHING_WHEN_FITTED = {
    "a number of classes": Wrong(lambda a, X, y: a.teach(X[:3], y[:3], classes=3), ValueError,
                                 "classes must be a list of all labels .*got 3"),
    "no classes": Wrong(lambda a, X, y: a.teach(X[:3], y[:3], classes=[]), ValueError,
                        r"classes must be a list of all labels .*got \[\]"),
    "classes without a label of y": Wrong(
        lambda a, X, y: a.teach(X[:3], [0, 1, 2], classes=[0, 1]), ValueError,
        r"classes must hold every label of y, got none for \[2\]"),
    "rows beyond the pool": Wrong(
        lambda a, X, y: a.teach(X[:2], y[:2], rows=[3, 40], pool=X), ValueError,
        "rows must be rows of pool, 0 to 39, got 40"),
    "a text": Wrong(lambda a, X, y: a.query("hello"), TypeError, "X must be rows.*'hello'"),
    "one row twice": Wrong(lambda a, X, y: a.teach(X[[0, 0]], [0, 1]), ValueError,
                           "y must hold one label for equal rows, got .*; leave one out, or pass"),
    "test set without labels": Wrong(lambda a, X, y: a.teach(X[:2], y[:2], X_test=X), ValueError,
                                     "X_test and y_test belong together"),
    "words after numbers": Wrong(lambda a, X, y: a.teach(X[:2], ["0", "1"]), TypeError,
                                 "y has labels of type str"),
    "another class in a warm mode": Wrong(
        lambda a, X, y: using(mode="incremental")(
            a, X, y, method=lambda a, X, y: a.teach(X[:2], [0, 7])),
        ValueError, r"y has classes that were not announced: \[7\]"),
}  # fmt: skip

ANY_STATE = {
    **{f"fit: X {k}": w for k, w in wrong_X(fit).items()},
    **{f"query: X {k}": w for k, w in wrong_X(query).items()},
    **{f"teach: X {k}": w for k, w in wrong_X(teach).items()},
    **{f"fit: y {k}": w for k, w in LABELS.items()},
    **{f"fit: {k}": w for k, w in (EXAMS | PARAMS | NEEDS).items()},
    **{f"query: {k}": w for k, w in QUERIES.items()},
    **{f"teach: {k}": w for k, w in TEACHING.items()},
}
FITTED = {
    **{f"predict: X {k}": w for k, w in (wrong_X(predict) | wrong_width(predict)).items()},
    **{
        f"predict_proba: X {k}": w
        for k, w in (wrong_X(predict_proba) | wrong_width(predict_proba)).items()
    },
    **{f"query: X {k}": w for k, w in wrong_width(query).items()},
    **{f"teach: X {k}": w for k, w in wrong_width(teach).items()},
    **{f"query: {k}": w for k, w in QUERIES_WHEN_FITTED.items()},
    **{f"teach: {k}": w for k, w in TEACHING_WHEN_FITTED.items()},
}
UNFITTED = {
    **{f"query: {k}": w for k, w in QUERIES_BEFORE_LABELS.items()},
    "predict": Wrong(predict, NotFittedError, "not fitted yet"),
    "predict_proba": Wrong(predict_proba, NotFittedError, "not fitted yet"),
    "score": Wrong(lambda a, X, y: a.score(X, y), NotFittedError, "not fitted yet"),
}


@pytest.fixture(scope="module")
def pool():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 4)), np.arange(40) % 3
    X.flags.writeable = y.flags.writeable = False
    return X, y


@pytest.fixture(scope="module")
def pickled(pool):
    return pickle.dumps(ActiveLearner(NET, **SIZES).fit(*pool))


def state_of(learner):
    """Every attribute as bytes, so that a change anywhere inside is seen."""
    return {name: pickle.dumps(value) for name, value in vars(learner).items()}


def assert_refused(wrong, learner, X, y):
    before = state_of(learner)
    with pytest.raises(wrong.error, match=wrong.message) as caught:
        wrong.call(learner, X, y)
    if isinstance(wrong.error, type):
        assert isinstance(caught.value, wrong.error)
    assert state_of(learner) == before


@pytest.mark.parametrize("case", ANY_STATE | UNFITTED)
def test_wrong_call_is_refused_and_leaves_a_new_learner_new(pool, case):
    learner = ActiveLearner(NET, **SIZES)
    assert_refused((ANY_STATE | UNFITTED)[case], learner, *pool)
    assert not hasattr(learner, "estimator_") and not hasattr(learner, "n_features_in_")


@pytest.mark.parametrize("case", ANY_STATE | FITTED)
def test_wrong_call_is_refused_and_leaves_a_fitted_learner_as_it_was(pool, pickled, case):
    learner = pickle.loads(pickled).set_params(budget=30)
    proba, rows = learner.predict_proba(pool[0]), learner.query(pool[0], 5)
    assert_refused((ANY_STATE | FITTED)[case], learner, *pool)
    np.testing.assert_array_equal(learner.predict_proba(pool[0]), proba)
    np.testing.assert_array_equal(learner.query(pool[0], 5), rows)


# ---------------------------------------------------------------- images


def images(*shape):
    return np.random.default_rng(0).integers(256, size=shape, dtype=np.uint8)


@pytest.fixture(scope="module")
def pickled_cnn():
    learner = ActiveLearner(CNN, **SIZES).fit(images(20, 6, 6), np.arange(20) % 2)
    return pickle.dumps(learner)


@pytest.mark.parametrize("shape", [(9, 6, 5), (9, 5, 6), (9, 36), (9, 1, 6, 6)])
@pytest.mark.parametrize("strategy", ["margin", "random"])
@pytest.mark.parametrize("method", [predict, predict_proba, query, teach])
def test_images_of_another_size_are_refused(pickled_cnn, shape, strategy, method):
    learner = pickle.loads(pickled_cnn).set_params(strategy=strategy)
    wrong = Wrong(lambda a, X, y: method(a, X, y), ValueError, "X has (rows of shape|.*features)")
    assert_refused(wrong, learner, images(*shape), np.arange(9) % 2)


def test_test_images_of_another_size_are_refused(pickled_cnn):
    learner, y = pickle.loads(pickled_cnn), np.arange(20) % 2
    wrong = Wrong(lambda a, X, y: a.fit(X, y, X_test=images(9, 6, 5), y_test=y[:9]), ValueError,
                  "X_test.*rows of shape")  # fmt: skip
    assert_refused(wrong, learner, images(20, 6, 6), y)


def test_images_of_another_size_may_be_fitted_anew(pickled_cnn):
    learner = pickle.loads(pickled_cnn)
    X, y = images(20, 5, 5), np.arange(20) % 2
    learner.fit(X, y, X_test=X, y_test=y)
    assert learner.predict(images(4, 5, 5)).shape == (4,)


# ---------------------------------------------------------------- inside


class Breaks(ClassifierMixin, BaseEstimator):
    """Raises while it is trained, after some rounds went well."""

    def fit(self, X, y):
        if len(X) > 12:
            raise ValueError("out of order")
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])

    def predict_proba(self, X):
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))


def test_classifier_that_breaks_in_a_late_round_leaves_the_rounds_before(pool):
    learner = ActiveLearner(Breaks(), **SIZES)
    with pytest.raises(ValueError, match="out of order"):
        learner.fit(*pool)
    assert learner.history_["n_labeled"].tolist() == [6, 10]
    assert len(learner.labeled_rows_) == 10


def test_classifier_that_breaks_while_taught_leaves_the_learner_as_it_was(pool):
    X, y = pool
    learner = ActiveLearner(Breaks(), random_state=0).teach(X[:9], y[:9])
    wrong = Wrong(lambda a, X, y: a.teach(X[9:20], y[9:20]), ValueError, "out of order")
    assert_refused(wrong, learner, X, y)


def test_table_holds_more_than_forty_five_wrong_calls():
    assert len(ANY_STATE | FITTED | UNFITTED) > 120


@pytest.mark.parametrize("strategy", [Entropy, LeastConfidence, Margin])
def test_a_wrong_temperature_is_refused_before_the_first_round(strategy):
    learner = ActiveLearner(LogisticRegression(), strategy(temperature=-1.0))
    with pytest.raises(ValueError, match="`temperature` must be a float in the range .*, got -1.0"):
        learner.fit([[0.0], [1.0], [2.0], [3.0]], [0, 1, 0, 1])
    assert not hasattr(learner, "history_")
