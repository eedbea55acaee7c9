"""Keys and digests of the items of any pool."""

import hashlib

import numpy as np
import pytest
from scipy.sparse import csr_array

from skal import DatasetRows
from skal._containers import RowsOf
from skal.data import digests_of, keys_of

X = np.arange(6.0).reshape(3, 2)


def test_the_index_of_a_frame_names_its_rows():
    pandas = pytest.importorskip("pandas")
    assert keys_of(pandas.DataFrame(X, index=["u", "v", "w"])).tolist() == ["u", "v", "w"]
    assert keys_of(pandas.Series([1, 2], index=[7, 5])).tolist() == ["7", "5"]


def test_an_index_that_names_two_rows_alike_is_refused():
    pandas = pytest.importorskip("pandas")
    with pytest.raises(ValueError, match=r"the index of X must name each row, got '1' more than"):
        keys_of(pandas.Series(["a", "b", "c"], index=[1, "1", 2]))


@pytest.mark.parametrize("pool", [X, X.tolist(), csr_array(X), DatasetRows(list(X))], ids=type)
def test_all_else_is_known_by_row_numbers(pool):
    assert keys_of(pool).tolist() == ["0", "1", "2"]


def test_rows_of_a_pool_keep_their_keys():
    assert keys_of(RowsOf(X, np.array([2, 0]))).tolist() == ["2", "0"]


def test_a_digest_is_that_of_the_content():
    assert digests_of(["ä"], [0]) == [hashlib.sha256("ä".encode()).hexdigest()]
    (digest,) = digests_of(X, [1])
    assert digest == hashlib.sha256(b"<f8 (2,) " + X[1].tobytes()).hexdigest()


@pytest.mark.parametrize("kind", ["array", "lists", "sparse", "dataset", "frame", "series"])
def test_digests_tell_contents_apart(kind):
    pandas = pytest.importorskip("pandas")
    values = np.vstack([X, X[:1]])
    make = {
        "array": np.asarray,
        "lists": lambda x: x.tolist(),
        "sparse": csr_array,
        "dataset": lambda x: DatasetRows(list(x)),
        "frame": pandas.DataFrame,
        "series": lambda x: pandas.Series(x[:, 0]),
    }[kind]
    a, b, c, again = digests_of(make(values), range(4))
    assert a == again and len({a, b, c}) == 3
