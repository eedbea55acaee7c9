"""Pools in every container through the whole product: fit, query, teach, compare."""

import numpy as np
import pytest
import torch
from scipy.sparse import coo_array, csc_array, csr_array
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.decomposition import TruncatedSVD
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from skal import ActiveLearner, ANNClassifier, DatasetRows, compare
from skal._containers import take_rows
from skal.data import ImageFolderPool
from skal.evidence import Inputs
from skal.strategies import KCenter

X, Y = load_iris(return_X_y=True)
X = X + np.random.default_rng(0).normal(0, 1e-3, X.shape)  # no two rows are alike
WORDS = [f"w{i} w{i % 3} w{Y[i]}" for i in range(len(Y))]
SIZES = {"init_size": 12, "query_size": 5, "budget": 22, "random_state": 0}


def logistic(*front):
    return make_pipeline(*front, LogisticRegression(max_iter=2000))


def net():
    return ANNClassifier(4, max_epochs=2)


def columns(**dtypes):
    """A table of four columns of numbers, some of them as another dtype, and what they become."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=list("abcd"))
    for name, dtype in dtypes.items():
        low = dtype in ("bool", "boolean", "Int64", "category")
        values = (frame[name] > frame[name].median()) if low else frame[name]
        frame[name] = values.astype("Int64" if low else dtype).astype(dtype)
    return frame


def with_lists():
    return columns().assign(tags=[[f"t{Y[i]}"] * (1 + i % 2) for i in range(len(Y))])


def with_holes():
    frame = columns(a="Float64", b="Int64")
    frame.loc[::7, ["a", "b"]] = None
    return frame


def texts_in_a_frame():
    frame = columns().assign(text=WORDS)
    frame["text"] = frame["text"].astype("string")
    return frame


def numbers_and_times():
    pandas = pytest.importorskip("pandas")
    return columns().assign(when=pandas.date_range("2020", periods=len(X), freq="h", tz="UTC"))


def on_disk(tmp_path):
    np.save(tmp_path / "pool.npy", X)
    return np.load(tmp_path / "pool.npy", mmap_mode="r")


def files(tmp_path):
    from PIL import Image

    for row, pixels in enumerate((X * 30).astype(np.uint8).reshape(-1, 2, 2)):
        Image.fromarray(pixels).save(tmp_path / f"{row:03}.png")
    return ImageFolderPool(tmp_path)


def encoder():
    return ColumnTransformer([("c", OneHotEncoder(), ["d"])], remainder="passthrough")


def tags():
    bag = CountVectorizer(analyzer=list)
    return ColumnTransformer([("t", bag, "tags")], remainder="passthrough")


CASES = {
    "array": (lambda tmp: X, logistic),
    "float32": (lambda tmp: X.astype(np.float32), net),
    "integers": (lambda tmp: (X * 10).astype(np.int64), logistic),
    "memmap": (on_disk, logistic),
    "memmap for a net": (on_disk, net),
    "tensor": (lambda tmp: torch.from_numpy(X).float(), net),
    "nested lists": (lambda tmp: X.tolist(), logistic),
    "objects": (lambda tmp: X.astype(object), lambda: logistic(FunctionTransformer(as_floats))),
    "images": (lambda tmp: (X * 30).astype(np.uint8).reshape(-1, 2, 2), net),
    "folder of images": (files, net),
    "dataset": (lambda tmp: DatasetRows(list(X)), logistic),
    "csr": (lambda tmp: csr_array(X), logistic),
    "csc": (lambda tmp: csc_array(X), lambda: logistic(TruncatedSVD(2))),
    "coo": (lambda tmp: coo_array(X), logistic),
    "frame": (lambda tmp: columns(), logistic),
    "frame for a net": (lambda tmp: columns(), net),
    "bool column": (lambda tmp: columns(a="bool"), logistic),
    "bool column for a net": (lambda tmp: columns(a="bool"), net),
    "two float dtypes": (lambda tmp: columns(a="float32"), logistic),
    "nullable": (lambda tmp: columns(a="Float64", b="Int64", c="boolean"), logistic),
    "nullable for a net": (lambda tmp: columns(a="Float64", b="Int64", c="boolean"), net),
    "holes": (lambda tmp: with_holes(), lambda: logistic(SimpleImputer())),
    "categories": (lambda tmp: columns(d="category"), lambda: logistic(encoder())),
    "column of lists": (lambda tmp: with_lists(), lambda: logistic(tags())),
    "column of times": (lambda tmp: numbers_and_times(), lambda: logistic(only("abcd"))),
    "column of texts": (
        lambda tmp: texts_in_a_frame(),
        lambda: logistic(ColumnTransformer([("t", TfidfVectorizer(), "text")])),
    ),
    "texts": (lambda tmp: WORDS, lambda: logistic(TfidfVectorizer())),
    "array of texts": (lambda tmp: np.array(WORDS), lambda: logistic(TfidfVectorizer())),
    "objects of texts": (
        lambda tmp: np.array(WORDS, dtype=object),
        lambda: logistic(TfidfVectorizer()),
    ),
    "series of texts": (
        lambda tmp: pytest.importorskip("pandas").Series(WORDS),
        lambda: logistic(TfidfVectorizer()),
    ),
    "tuple of texts": (lambda tmp: tuple(WORDS), lambda: logistic(TfidfVectorizer())),
    "dicts": (
        lambda tmp: [{"a": row[0], "b": row[1]} for row in X.tolist()],
        lambda: logistic(DictVectorizer()),
    ),
    "documents": (
        lambda tmp: [text.split() for text in WORDS],
        lambda: logistic(CountVectorizer(analyzer=list)),
    ),
}


def only(names):
    return ColumnTransformer([("kept", "passthrough", list(names))])


def as_floats(block):
    return block.astype(np.float64)


@pytest.fixture(params=CASES, ids=str)
def case(request, tmp_path):
    pool, estimator = CASES[request.param]
    return pool(tmp_path), estimator()


def test_fit_plays_all_rounds_and_asks_no_row_twice(case):
    pool, estimator = case
    learner = ActiveLearner(estimator, **SIZES).fit(pool, Y, X_test=pool, y_test=Y)
    assert len(set(learner.labeled_rows_.tolist())) == learner.n_labeled_ == 22
    assert learner.history_[-1]["test_score"] == learner.score(pool, Y)


def test_queries_and_answers_ask_no_row_twice(case):
    pool, estimator = case
    told, untold = (ActiveLearner(estimator, random_state=0) for _ in range(2))
    seen = set()
    for _ in range(3):
        rows = told.query(pool, 10)
        np.testing.assert_array_equal(untold.query(pool, 10), rows)
        assert not seen & set(rows.tolist())
        seen |= set(rows.tolist())
        told.teach(take_rows(pool, rows), Y[rows], rows=rows)
        untold.teach(take_rows(pool, rows), Y[rows])
    np.testing.assert_array_equal(untold.predict(pool), told.predict(pool))


def test_compare_splits_and_plays_the_pool(case):
    pool, estimator = case
    result = compare(ActiveLearner(estimator, **SIZES), pool, Y, n_repeats=1, verbose=0)
    (run,) = result.runs
    asked = np.concatenate([record["rows"] for record in run.history])
    assert len(set(asked.tolist())) == 22
    assert np.isfinite(run.history["test_score"]).all()


@pytest.mark.parametrize("strategy", ["k_center", KCenter(space=Inputs())], ids=repr)
@pytest.mark.parametrize("name", ["bool column", "nullable", "two float dtypes"])
def test_distances_are_taken_in_all_columns_of_numbers(name, strategy, tmp_path):
    pool = CASES[name][0](tmp_path)
    learner = ActiveLearner(LogisticRegression(max_iter=2000), strategy, **SIZES).fit(pool, Y)
    same = clone(learner).fit(pool.to_numpy(np.float64), Y)
    np.testing.assert_array_equal(learner.labeled_rows_, same.labeled_rows_)


@pytest.mark.filterwarnings("ignore:X has feature names")  # its trees were trained on arrays
def test_the_members_of_a_forest_read_nullable_columns_with_holes():
    forest = RandomForestClassifier(5, random_state=0)
    learner = ActiveLearner(forest, "vote_entropy", **SIZES).fit(with_holes(), Y)
    same = clone(learner).fit(with_holes().to_numpy(np.float64, na_value=np.nan), Y)
    np.testing.assert_array_equal(learner.labeled_rows_, same.labeled_rows_)


# ---------------------------------------------------------------- from one container to another

INTEGERS = np.arange(600).reshape(150, 4) % 251
OTHERS = {
    "frame as array": (columns, lambda part: part.to_numpy()),
    "frame as float32": (columns, lambda part: part.to_numpy(np.float32)),
    "frame as lists": (columns, lambda part: part.to_numpy().tolist()),
    "array as frame": (lambda: X, lambda part: frame_of(part)),
    "bool column as numbers": (lambda: columns(a="bool"), lambda part: part.astype(float)),
    "nullable as numbers": (lambda: columns(b="Int64"), lambda part: part.to_numpy(float)),
    "numbers as nullable": (columns, lambda part: part.astype("Float64")),
    "float64 as float32": (lambda: X, lambda part: part.astype(np.float32)),
    "float32 as float64": (lambda: X.astype("f4"), lambda part: part.astype(float)),
    "int64 as int32": (lambda: INTEGERS, lambda part: part.astype(np.int32)),
    "int64 as float32": (lambda: INTEGERS, lambda part: part.astype(np.float32)),
    "uint8 as float64": (lambda: INTEGERS.astype("u1"), lambda part: part.astype(float)),
    "array as objects": (lambda: X, lambda part: part.astype(object)),
    "sparse as dense": (lambda: csr_array(X), lambda part: part.toarray()),
    "dense as sparse": (lambda: X, csr_array),
    "tensor as array": (lambda: torch.from_numpy(X), np.asarray),
    "dataset as array": (lambda: DatasetRows(list(X)), np.asarray),
    "series as list": (lambda: series_of(WORDS), list),
    "list as objects": (lambda: WORDS, lambda part: np.array(part, dtype=object)),
    "list as array": (lambda: WORDS, np.array),
}


def frame_of(values):
    return pytest.importorskip("pandas").DataFrame(values, columns=list("abcd"))


def series_of(values):
    return pytest.importorskip("pandas").Series(values)


@pytest.mark.filterwarnings("ignore:X .* feature names")  # taught without names on purpose
@pytest.mark.parametrize("tell", [True, False], ids=["told", "not told"])
@pytest.mark.parametrize("pool, other", OTHERS.values(), ids=OTHERS)
def test_rows_taught_in_another_container_are_not_asked_again(pool, other, tell):
    pool = pool()
    learner = ActiveLearner(DummyClassifier(), "random", random_state=0)
    seen = set()
    for kind in (other, lambda part: part, other):
        rows = learner.query(pool, 30)
        assert not seen & set(rows.tolist())
        seen |= set(rows.tolist())
        learner.teach(kind(take_rows(pool, rows)), Y[rows], **({"rows": rows} if tell else {}))
    assert set(learner.query(pool, 60).tolist()) == set(range(150)) - seen
