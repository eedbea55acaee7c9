"""Rows are recognised by their content: equal rows have equal fingerprints, others do not."""

import numpy as np
import pytest
from scipy.sparse import csc_array, csr_array, csr_matrix

from skal._compat import stack_rows
from skal.data import _rows
from skal.data._rows import fingerprints, match_rows


def n_distinct(X):
    return len(np.unique(fingerprints(X)))


def marks(*values):
    return np.array(values, dtype=np.uint64)


# ---------------------------------------------------------------- fingerprints of numbers

KINDS = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u8", "?", "c16"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [1, 3, 8, 13])
def test_equal_rows_have_equal_fingerprints_and_others_do_not(kind, width):
    rows = np.zeros((3, width), dtype=kind)
    rows[1, -1] = 1
    first, second, third = fingerprints(rows)
    assert first == third != second


def test_fingerprint_is_one_64_bit_number_a_row():
    found = fingerprints(np.ones((5, 2)))
    assert found.dtype == np.uint64 and found.shape == (5,)


def test_no_rows_have_no_fingerprints():
    assert fingerprints(np.ones((5, 2)), np.array([], dtype=int)).shape == (0,)
    assert fingerprints(np.ones((0, 2))).shape == (0,)


def test_images_are_read_as_their_pixels():
    images = np.random.default_rng(0).integers(256, size=(4, 3, 5, 5), dtype=np.uint8)
    np.testing.assert_array_equal(fingerprints(images), fingerprints(images.reshape(4, -1)))


def test_layout_in_memory_does_not_matter():
    X = np.random.default_rng(0).normal(size=(6, 4))
    expected = fingerprints(X)
    np.testing.assert_array_equal(fingerprints(np.asfortranarray(X)), expected)
    np.testing.assert_array_equal(fingerprints(np.repeat(X, 2, axis=1)[:, ::2]), expected)


def test_order_of_values_within_a_row_matters():
    assert n_distinct(np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0], [2.0, 1.0, 3.0]])) == 3


def test_trailing_zeros_are_told_apart_from_leading_ones():
    assert n_distinct(np.array([[0, 0, 7], [0, 7, 0], [7, 0, 0]], dtype=np.uint8)) == 3


def test_some_rows_have_the_fingerprints_that_all_have():
    X = np.random.default_rng(0).normal(size=(50, 3))
    rows = np.array([40, 3, 3, 17])
    np.testing.assert_array_equal(fingerprints(X, rows), fingerprints(X)[rows])


@pytest.mark.parametrize("width", [1, 40, 4000])
def test_fingerprints_do_not_depend_on_how_rows_are_cut_into_blocks(monkeypatch, width):
    X = np.random.default_rng(0).normal(size=(300, width))
    whole = fingerprints(X)
    monkeypatch.setattr(_rows, "BLOCK", 8)  # blocks of 64 rows
    np.testing.assert_array_equal(fingerprints(X), whole)


def test_numbers_can_be_read_as_if_they_were_of_another_dtype():
    X = np.random.default_rng(0).normal(size=(50, 3))
    narrow = X.astype(np.float32)
    np.testing.assert_array_equal(fingerprints(X, dtype=narrow.dtype), fingerprints(narrow))


def test_pool_on_disk_has_the_fingerprints_of_the_one_in_memory(tmp_path):
    X = np.random.default_rng(0).normal(size=(50, 3))
    np.save(tmp_path / "pool.npy", X)
    on_disk = np.load(tmp_path / "pool.npy", mmap_mode="r")
    np.testing.assert_array_equal(fingerprints(on_disk), fingerprints(X))


@pytest.mark.parametrize("kind", ["f4", "f8", "u1"])
def test_no_two_of_100_000_random_rows_collide(kind):
    X = np.random.default_rng(0).integers(0, 256, size=(100_000, 12)).astype(kind)
    assert n_distinct(X) == len(np.unique(X, axis=0))


def test_rows_that_differ_in_the_top_byte_of_words_do_not_collide():
    top = np.arange(256, dtype=np.uint64) << np.uint64(56)
    X = np.stack(np.meshgrid(top, top), axis=-1).reshape(-1, 2)  # 65,536 pairs of top bytes
    assert n_distinct(X) == 65_536


def test_rows_that_differ_in_two_top_bits_do_not_collide():
    X = np.zeros((64, 64), dtype=np.uint64)
    np.fill_diagonal(X, np.uint64(1) << np.uint64(63))
    both = X[:, None] | X[None, :]
    assert n_distinct(both.reshape(-1, 64)) == 64 + 64 * 63 // 2


def test_rows_of_small_whole_numbers_do_not_collide():
    X = np.indices((10,) * 5).reshape(5, -1).T.astype(np.float64)  # all 100,000 digit rows
    assert n_distinct(X) == 100_000


def test_rows_of_single_bright_pixels_do_not_collide():
    X = np.zeros((784 * 5, 784), dtype=np.uint8)
    X[np.arange(784 * 5), np.repeat(np.arange(784), 5)] = np.tile([1, 2, 64, 128, 255], 784)
    assert n_distinct(X) == 784 * 5


# ---------------------------------------------------------------- other containers


def test_data_frame_is_read_by_value_and_not_by_index():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1, 2, 1], "b": ["x", "y", "x"]}, index=[7, 8, 9])
    first, second, third = fingerprints(frame)
    assert first == third != second
    again = fingerprints(frame.reset_index(drop=True).iloc[[1, 0]])
    assert again.tolist() == [second, first]


def test_data_frame_is_read_row_by_row_through_missing_values():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1.0, np.nan, np.nan], "b": ["x", None, "y"]})
    assert n_distinct(frame) == 3


@pytest.mark.parametrize("kind", [csr_matrix, csr_array, csc_array])
def test_sparse_rows_are_told_apart_by_place_and_value(kind):
    rows = np.array([[0, 1.0, 0], [1.0, 0, 0], [0, 2.0, 0], [0, 1.0, 0], [0, 0, 0]])
    a, b, c, d, e = fingerprints(kind(rows))
    assert a == d
    assert len({int(m) for m in (a, b, c, e)}) == 4


def test_sparse_rows_are_equal_whatever_the_order_of_their_entries():
    sorted_ = csr_array((np.array([1.0, 2.0]), np.array([0, 2]), np.array([0, 2])), shape=(1, 3))
    swapped = csr_array((np.array([2.0, 1.0]), np.array([2, 0]), np.array([0, 2])), shape=(1, 3))
    assert fingerprints(sorted_) == fingerprints(swapped)
    assert swapped.indices.tolist() == [2, 0]  # read, not sorted in place


TEXT = ["a word", "two words", "a word", ""]


@pytest.mark.parametrize(
    "kind", [list, tuple, np.array, lambda t: np.array(t, dtype=object)],
    ids=["list", "tuple", "array", "objects"],
)  # fmt: skip
def test_texts_have_one_fingerprint_in_every_container(kind):
    found = fingerprints(kind(TEXT))
    assert found[0] == found[2]
    assert len(set(found.tolist())) == 3
    np.testing.assert_array_equal(found, fingerprints(list(TEXT)))


def test_fingerprints_are_those_of_other_processes_and_days():
    words = [11147652660375720235, 13020603013274838756]
    assert fingerprints(["a word", ""]).tolist() == words
    floats = [18060227547995705831, 8911272722439448083]
    assert fingerprints(np.arange(4.0).reshape(2, 2)).tolist() == floats
    pixels = [17879335316033881022, 13393093478456122497]
    assert fingerprints(np.arange(6, dtype=np.uint8).reshape(2, 3)).tolist() == pixels


# ---------------------------------------------------------------- matching


def test_each_wanted_mark_takes_a_row_of_its_own():
    found = match_rows(marks(7, 7, 7, 9, 5), marks(5, 7, 8, 7))
    assert found.tolist() == [1, 3, -1, -1, 0]


def test_marks_are_matched_in_the_order_wanted():
    assert match_rows(marks(8, 5, 7), marks(5, 7, 8)).tolist() == [2, 0, 1]


def test_nothing_is_found_in_an_empty_pool():
    assert match_rows(marks(7), marks()).tolist() == [-1]
    assert match_rows(marks(), marks(7)).tolist() == []


def test_marks_above_the_range_of_signed_numbers_are_matched():
    large = 2**64 - 1
    assert match_rows(marks(large), marks(1, large)).tolist() == [1]


# ---------------------------------------------------------------- stacking


def test_arrays_are_stacked_in_order():
    stacked = stack_rows(np.array([[1, 2]]), np.array([[3, 4], [5, 6]]))
    assert stacked.tolist() == [[1, 2], [3, 4], [5, 6]]


def test_stacked_pixels_stay_pixels():
    image = np.zeros((1, 2, 2), dtype=np.uint8)
    assert stack_rows(image, image).dtype == np.uint8


def test_stacked_frames_keep_columns_and_kinds():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    stacked = stack_rows(frame.iloc[:1], frame.iloc[1:])
    pandas.testing.assert_frame_equal(stacked, frame)


def test_stacked_sparse_rows_stay_sparse():
    stacked = stack_rows(csr_array(np.eye(2)), csr_array(np.eye(2)))
    assert stacked.format == "csr"
    np.testing.assert_array_equal(stacked.toarray(), np.vstack([np.eye(2), np.eye(2)]))


def test_stacked_texts_are_a_list():
    assert stack_rows(["a"], ["b", "c"]) == ["a", "b", "c"]
    assert stack_rows(["a"], np.array(["b"])) == ["a", "b"]


def test_stacked_texts_are_not_cut_to_the_longest_so_far():
    assert stack_rows(np.array(["a"]), np.array(["longer"])).tolist() == ["a", "longer"]
