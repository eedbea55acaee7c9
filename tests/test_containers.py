"""Rows are recognised by their values, whatever holds them."""

import datetime as dt
import pickle
from decimal import Decimal

import numpy as np
import pytest
import torch
from scipy.sparse import coo_array, csc_array, csr_array, csr_matrix, lil_array

from skal import DatasetRows, _containers
from skal._containers import (
    RowsOf,
    is_outside_memory,
    match_rows,
    n_rows,
    row_blocks,
    row_prints,
    stack_rows,
    take_rows,
)

RNG = np.random.default_rng(0)
WHOLE = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0], [0, 1, 1]])


def n_distinct(X):
    return len(np.unique(row_prints(X)))


def marks(*values):
    return np.array(values, dtype=np.uint64)


def frame(values, **dtypes):
    pandas = pytest.importorskip("pandas")
    return pandas.DataFrame(values, columns=list("abcdefgh"[: np.shape(values)[1]])).astype(dtypes)


def series(values, dtype=None):
    return pytest.importorskip("pandas").Series(values, dtype=dtype)


# ---------------------------------------------------------------- equal values, equal prints

KINDS = ["f2", "f4", "f8", ">f8", "i1", "i2", "i4", "i8", ">i4", "u1", "u2", "u8", "?", "c8", "O"]


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_have_one_print_in_every_dtype(kind):
    expected = row_prints(WHOLE)
    assert expected[0] == expected[3] and len(set(expected)) == 3
    np.testing.assert_array_equal(row_prints(WHOLE.astype(kind)), expected)


HOLDERS = {
    "nested lists": WHOLE.tolist(),
    "tuples": tuple(map(tuple, WHOLE.tolist())),
    "list of arrays": list(WHOLE.astype(np.uint8)),
    "list of tensors": list(torch.from_numpy(WHOLE)),
    "tensor": torch.from_numpy(WHOLE).float(),
    "csr": csr_array(WHOLE.astype(np.uint8)),
    "csr matrix": csr_matrix(WHOLE.astype(np.float32)),
    "csc": csc_array(WHOLE.astype(bool)),
    "coo": coo_array(WHOLE),
    "lil": lil_array(WHOLE),
    "dataset": DatasetRows(list(WHOLE)),
    "rows of a pool": RowsOf(DatasetRows([*WHOLE, *WHOLE]), np.arange(4, 8)),
}


@pytest.mark.parametrize("holder", HOLDERS.values(), ids=HOLDERS)
def test_numbers_have_one_print_in_every_container(holder):
    np.testing.assert_array_equal(row_prints(holder), row_prints(WHOLE))


FRAMES = [
    {},
    {"a": "bool"},
    {"a": "float32", "b": "int8"},
    {"a": "boolean", "b": "Int64", "c": "Float32"},
    {"a": "category"},
    {"b": object},
    {"c": "Sparse[float]"},
]


@pytest.mark.parametrize("dtypes", FRAMES, ids=str)
def test_numbers_in_a_frame_have_the_print_of_their_array(dtypes):
    np.testing.assert_array_equal(row_prints(frame(WHOLE, **dtypes)), row_prints(WHOLE))


def test_images_are_read_as_their_pixels():
    images = RNG.integers(256, size=(4, 3, 5, 5), dtype=np.uint8)
    expected = row_prints(images.reshape(4, -1))
    np.testing.assert_array_equal(row_prints(images), expected)
    np.testing.assert_array_equal(row_prints(images.tolist()), expected)
    np.testing.assert_array_equal(row_prints(np.asfortranarray(images)), expected)
    np.testing.assert_array_equal(row_prints(np.repeat(images, 2, axis=1)[:, ::2]), expected)


def test_pool_on_disk_has_the_prints_of_the_one_in_memory(tmp_path):
    X = RNG.normal(size=(50, 3))
    np.save(tmp_path / "pool.npy", X)
    on_disk = np.load(tmp_path / "pool.npy", mmap_mode="r")
    np.testing.assert_array_equal(row_prints(on_disk), row_prints(X))


TEXTS = ["a word", "two words", "a word", "", "ünï\ud800"]
OF_TEXTS = {
    "tuple": tuple(TEXTS),
    "array": np.array(TEXTS),
    "wider array": np.array([*TEXTS, "x" * 40])[:5],
    "objects": np.array(TEXTS, dtype=object),
    "column of objects": np.array(TEXTS, dtype=object)[:, None],
    "NumPy's texts": [np.str_(text) for text in TEXTS],
}


@pytest.mark.parametrize("holder", OF_TEXTS.values(), ids=OF_TEXTS)
def test_texts_have_one_print_in_every_container(holder):
    expected = row_prints(TEXTS)
    assert expected[0] == expected[2] and len(set(expected)) == 4
    np.testing.assert_array_equal(row_prints(holder), expected)


@pytest.mark.parametrize("dtype", [None, object, "string", "category"])
def test_texts_have_one_print_in_series_and_frames_of_every_dtype(dtype):
    texts = series(TEXTS[:4], dtype)
    np.testing.assert_array_equal(row_prints(texts), row_prints(TEXTS[:4]))
    np.testing.assert_array_equal(row_prints(texts.to_frame()), row_prints(TEXTS[:4]))


def test_texts_beside_numbers_have_one_print_in_frames_and_arrays():
    values = np.array([[1, "x", 2.5], [1, "y", 2.5], [2, "x", 2.5]], dtype=object)
    expected = row_prints(values)
    assert len(set(expected)) == 3
    np.testing.assert_array_equal(row_prints(frame(values)), expected)
    typed = frame(values, a="int8", b="category", c="float64")
    np.testing.assert_array_equal(row_prints(typed), expected)
    np.testing.assert_array_equal(row_prints(values.tolist()), expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, object])
def test_zeros_and_missing_numbers_are_alike(dtype):
    plus, minus, nan, other = row_prints(
        np.array([[0.0], [-0.0], [np.nan], [-np.nan]]).astype(dtype)
    )
    assert plus == minus != nan == other


def test_truth_values_of_numpy_in_a_list_are_numbers():
    truth = np.array([[True, False], [False, False]])
    held = [[np.bool_(value) for value in row] for row in truth]
    np.testing.assert_array_equal(row_prints(held), row_prints(truth))


def test_all_that_is_missing_is_alike():
    pandas = pytest.importorskip("pandas")
    missing = [None, np.nan, pandas.NA, pandas.NaT, np.datetime64("NaT"), np.float32("nan")]
    assert n_distinct(missing) == 1
    expected = row_prints(np.array([np.nan]))[0]
    for dtype in ("Int64", "boolean", "Float64", "string", "category", "datetime64[ns]", object):
        assert row_prints(pandas.Series([None], dtype=dtype).to_frame())[0] == expected, dtype


def test_times_have_one_print_in_every_unit_and_type():
    pandas = pytest.importorskip("pandas")
    times = ["1950-03-01T12:00:00.5", "2020-01-01T00:00", "2020-01-01T00:00:01"]
    expected = row_prints(np.array(times, dtype="M8[ms]"))
    assert len(set(expected)) == 3
    holders = [
        np.array(times, dtype="M8[ns]"),
        pandas.to_datetime(times, format="ISO8601").to_frame(),
        [dt.datetime.fromisoformat(time) for time in times],
        [pandas.Timestamp(time) for time in times],
        [pandas.Timestamp(time, tz="UTC").tz_convert("Asia/Tokyo") for time in times],
        [dt.datetime.fromisoformat(f"{time}+00:00") for time in times],
    ]
    for holder in holders:
        np.testing.assert_array_equal(row_prints(holder), expected)
    a, b = row_prints([pandas.Timestamp(0), pandas.Timestamp(1)])  # a nanosecond later
    assert a != b
    assert n_distinct([dt.timedelta(hours=1), np.timedelta64(60, "m")]) == 1


def test_rare_numbers_are_numbers():
    assert n_distinct([Decimal("2.5"), 2.5, np.float16(2.5)]) == 1
    assert n_distinct([Decimal("0.1"), 0.1]) == 2
    assert n_distinct([2.0**70, 2**70, 2**70 + 1, 10**400, -(2**63), -(2**63) - 1]) == 5
    assert n_distinct([2**63, 2.0**63, -1, np.int8(-1), 2**64 - 1]) == 3
    assert n_distinct([1j, 2j, 0, 0j, 1 + 1j]) == 4


FAR = np.array([2**53, 2**53 + 1, 2**60, 2**60 + 1, 2**63 - 1, -(2**63), -(2**53) - 1, -(2**53)])


def test_whole_numbers_that_floats_cannot_tell_apart_are_told_apart():
    assert n_distinct(FAR) == len(FAR)
    np.testing.assert_array_equal(row_prints(FAR.astype(object)), row_prints(FAR))
    np.testing.assert_array_equal(row_prints(series(FAR, "Int64")), row_prints(FAR))
    mixed = frame(np.column_stack([FAR, FAR]), b="float64")
    assert n_distinct(mixed) == len(FAR)
    exact = [0, 2, 5, 7]
    np.testing.assert_array_equal(row_prints(FAR.astype(float))[exact], row_prints(FAR)[exact])
    top = np.array([2**64 - 1, 2**64 - 2, 2**63, 2**63 - 1], dtype=np.uint64)
    assert n_distinct(top) == 4 and row_prints(top)[3] == row_prints(FAR)[4]


def test_rounded_prints_are_those_of_rows_cast_to_float32():
    X = np.append(RNG.normal(size=(50, 3)), [[1e300, 2**53 + 1, -1e-60]], axis=0)
    with np.errstate(over="ignore"):
        narrow = X.astype(np.float32)
    assert not (row_prints(X) == row_prints(narrow)).any()
    expected = row_prints(narrow)
    for holder in (X, narrow, X.astype(object), frame(X), frame(X, a="Float64"), csr_array(X)):
        np.testing.assert_array_equal(row_prints(holder, rounded=True), expected)
    odd = np.array([2**24 + 1, 2**60 + 2**36 + 1])
    np.testing.assert_array_equal(row_prints(odd, rounded=True), row_prints(odd.astype("f4")))


# ---------------------------------------------------------------- other values, other prints


def test_sparse_rows_are_told_apart_by_place_and_value():
    rows = np.array([[0, 1.0, 0], [1.0, 0, 0], [0, 2.0, 0], [0, 1.0, 0], [0, 0, 0]])
    a, b, c, d, e = row_prints(csr_array(rows))
    assert a == d
    assert len({int(m) for m in (a, b, c, e)}) == 4


def test_sparse_rows_are_equal_whatever_the_order_of_their_entries():
    entries = np.array([2.0, 1, 1]), np.array([2, 0, 2]), np.array([0, 3])
    swapped = csr_array(entries, shape=(1, 3))
    assert row_prints(swapped) == row_prints(np.array([[1, 0, 3]]))
    assert swapped.indices.tolist() == [2, 0, 2]  # read, not sorted in place


def test_order_of_values_within_a_row_matters():
    assert n_distinct(np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0], [2.0, 1.0, 3.0]])) == 3
    assert n_distinct([["a", "b"], ["b", "a"]]) == 2
    assert n_distinct(frame(WHOLE, a="bool", c="Int64")) == 3


def test_zeros_at_the_end_of_a_row_count():
    assert n_distinct([[0, 0, 7], [0, 7, 0], [7, 0, 0], [7, 0], [7], []]) == 6


def test_texts_are_no_numbers():
    assert n_distinct(["1", 1, "nan", None, b"1"]) == 5


def test_cells_that_hold_several_values_are_read():
    lists = frame([[1, None], [1, None], [1, None], [1, None]])
    cells = {
        "lists": [["x"], ["x", "y"], ["y", "x"], ["x"]],
        "arrays": [np.array([1, 2]), np.array([2, 1]), np.array([[3]]), np.array([1.0, 2.0])],
        "dicts": [{"a": 1, "b": 2}, {"a": 2, "b": 1}, {"a": 1}, {"b": 2, "a": 1}],
        "sets": [{"a", "b"}, {"a"}, set(), {"b", "a"}],
        "nested": [[["x"], ["y", "z"]], [["x", "y"], ["z"]], [], [["x"], ["y", "z"]]],
        "objects": [slice(1), slice(2), range(3), slice(1)],
    }
    for name, column in cells.items():
        alone = series(column, object)
        for X in (lists.assign(b=alone), alone, column):
            found = row_prints(X)
            assert found[0] == found[3] and len(set(found)) == 3, name


def test_empty_dicts_are_no_dicts_of_zeros():
    assert n_distinct([{}, {"a": 0}, {"b": 0}, {"a": 0, "b": 0}]) == 4


@pytest.mark.parametrize("kind", ["f4", "f8", "u1"])
def test_no_two_of_100_000_random_rows_collide(kind):
    X = RNG.integers(0, 256, size=(100_000, 12)).astype(kind)
    assert n_distinct(X) == len(np.unique(X, axis=0))


def test_rows_that_differ_in_the_top_byte_of_words_do_not_collide():
    top = np.arange(256, dtype=np.uint64) << np.uint64(56)
    X = np.stack(np.meshgrid(top, top), axis=-1).reshape(-1, 2)  # 65,536 pairs of top bytes
    assert n_distinct(X) == 65_536


def test_rows_that_differ_in_two_signs_do_not_collide():
    X = np.where(np.eye(64), -1.0, 1.0)
    both = X[:, None] * X[None, :]
    assert n_distinct(both.reshape(-1, 64)) == 1 + 64 * 63 // 2


def test_rows_of_small_whole_numbers_do_not_collide():
    X = np.indices((10,) * 5).reshape(5, -1).T  # all 100,000 rows of digits
    assert n_distinct(X) == 100_000


def test_rows_of_one_or_two_bright_pixels_do_not_collide():
    X = np.zeros((784 * 5, 784), dtype=np.uint8)
    X[np.arange(784 * 5), np.repeat(np.arange(784), 5)] = np.tile([1, 2, 64, 128, 255], 784)
    assert n_distinct(X) == 784 * 5
    i, j = np.triu_indices(784, k=1)
    wide = csr_array((np.ones(2 * len(i)), np.stack([i, j], 1).ravel(), 2 * np.arange(len(i) + 1)))
    assert n_distinct(wide) == 784 * 783 // 2


# ---------------------------------------------------------------- which rows, and how


def test_print_is_one_64_bit_number_a_row():
    found = row_prints(np.ones((5, 2)))
    assert found.dtype == np.uint64 and found.shape == (5,)
    assert row_prints(np.ones((5, 2)), np.array([], dtype=int)).shape == (0,)
    assert row_prints(np.ones((0, 2))).shape == row_prints([]).shape == (0,)
    assert n_distinct(np.ones((5, 0))) == 1


def test_some_rows_have_the_prints_that_all_have():
    X = RNG.normal(size=(50, 3))
    rows = np.array([40, 3, 3, 17])
    np.testing.assert_array_equal(row_prints(X, rows), row_prints(X)[rows])


RAGGED = [[1, 2]] * 20 + [[1], ["x", 2]]


@pytest.mark.parametrize(
    "X",
    [RNG.normal(size=(300, 40)), csr_array(np.eye(90)), RAGGED, TEXTS],
    ids=["array", "sparse", "lists", "texts"],
)
def test_prints_do_not_depend_on_how_rows_are_cut_into_blocks(monkeypatch, X):
    whole = row_prints(X)
    for name in ("CACHED", "PRINT_BLOCK"):
        monkeypatch.setattr(_containers, name, 2**11)
    np.testing.assert_array_equal(row_prints(X), whole)


def test_prints_are_those_of_other_processes_and_days():
    texts = [12841262941535485531, 10987664744029263062]
    assert row_prints(["a word", ""]).tolist() == texts
    numbers = [6656144244099230652, 15953933492252524520]
    assert row_prints(np.arange(4).reshape(2, 2)).tolist() == numbers
    objects = [17515152205174256504, 8897579926955928687, 6657815738912337832]
    assert row_prints([{"a": None}, [2**60 + 1], 2 + 3j]).tolist() == objects
    time = [18441969174937257585]
    assert row_prints(np.array(["2020-01-01T00:00:00.25"], dtype="M8[ms]")).tolist() == time


def test_what_is_given_is_not_changed():
    X = np.array([[-0.0, 1.0], [np.nan, 2.0]])
    sparse, same = csr_array(X), X.copy()
    row_prints(X), row_prints(sparse), row_prints(frame(X))
    assert np.signbit(X[0, 0]) and X.tobytes() == same.tobytes()
    np.testing.assert_array_equal(sparse.toarray(), X)


class Watched(DatasetRows):
    """A pool that says how many rows were read at a time."""

    most = 0

    def read_rows(self, rows):
        self.most = max(self.most, len(rows))
        return super().read_rows(rows)


def test_a_pool_is_read_in_blocks_of_bounded_size():
    pool = Watched(list(np.zeros((600, 1000))))
    row_prints(pool)
    assert pool.most == _containers.CACHED // 8000 == 131


@pytest.mark.parametrize(
    ("X", "sizes"),
    [
        (np.zeros((10, 2, 2), dtype=np.uint8), [3, 3, 3, 1]),  # as float64
        (np.zeros((10, 2), dtype="U4"), [3, 3, 3, 1]),
        (csr_array(np.eye(10, 40)), [6, 4]),
        (csr_array((10, 10**6)), [10]),
        (np.zeros((10, 10**6)), [1] * 10),
        (["text"] * 10, [1] * 10),
    ],
    ids=["images", "texts", "sparse", "empty", "wide", "list"],
)
def test_blocks_hold_as_many_rows_as_fit(X, sizes):
    blocks = list(row_blocks(X, n_bytes=100))
    assert [n_rows(block) for block in blocks] == sizes


def test_a_classifier_is_given_64_mb_at_a_time():
    first = next(row_blocks(np.zeros((12_000, 784), dtype=np.uint8)))
    assert len(first) == 2**26 // (8 * 784)


def test_blocks_come_in_the_order_of_the_rows_asked():
    blocks = list(row_blocks(np.arange(10), np.array([7, 1, 1, 4]), n_bytes=2048))
    assert [block.tolist() for block in blocks] == [[7, 1], [1, 4]]


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


# ---------------------------------------------------------------- taking and stacking


@pytest.mark.parametrize("name", HOLDERS)
@pytest.mark.parametrize("rows", [[2, 0], np.array([False, True, True, False]), []], ids=str)
def test_rows_are_taken_from_every_container(name, rows):
    expected = WHOLE[np.asarray(rows, dtype=None if len(rows) else int)]
    taken = take_rows(HOLDERS[name], rows)
    np.testing.assert_array_equal(row_prints(taken), row_prints(expected))
    assert n_rows(HOLDERS[name]) == 4


def test_rows_of_frames_are_taken_by_position():
    X = frame(WHOLE).set_axis([9, 8, 1, 0])
    assert take_rows(X, [0, 3]).index.tolist() == [9, 0]
    assert take_rows(X["a"], [2]).tolist() == [1]


@pytest.mark.parametrize("X", [3, np.array(3), None], ids=repr)
def test_what_is_no_container_has_no_rows(X):
    with pytest.raises(TypeError, match=f"X must be rows .* got {type(X).__name__}"):
        n_rows(X)


def test_arrays_are_stacked_in_order():
    stacked = stack_rows(np.array([[1, 2]]), np.array([[3, 4], [5, 6]]))
    assert stacked.tolist() == [[1, 2], [3, 4], [5, 6]]


def test_stacked_pixels_stay_pixels():
    image = np.zeros((1, 2, 2), dtype=np.uint8)
    assert stack_rows(image, image).dtype == np.uint8


def test_stacked_frames_keep_columns_and_dtypes():
    pandas = pytest.importorskip("pandas")
    whole = frame([[1, "x", True, 2], [2, "y", False, 3]], b="category", c="bool", d="Int64")
    stacked = stack_rows(whole.iloc[:1], whole.iloc[1:])
    pandas.testing.assert_frame_equal(stacked, whole)


def test_stacked_sparse_rows_stay_sparse():
    for second in (csr_array(np.eye(2)), csc_array(np.eye(2)), np.eye(2)):
        stacked = stack_rows(csr_array(np.eye(2)), second)
        assert stacked.format == "csr"
        np.testing.assert_array_equal(stacked.toarray(), np.vstack([np.eye(2), np.eye(2)]))


def test_stacked_texts_are_a_list():
    assert stack_rows(["a"], ["b", "c"]) == ["a", "b", "c"]
    assert stack_rows(["a"], np.array(["b"])) == ["a", "b"]
    assert stack_rows(["a"], series(["b"])) == ["a", "b"]


def test_stacked_series_are_a_series_whatever_comes_below():
    for second in (series(["b"]), ["b"], np.array(["b"])):
        stacked = stack_rows(series(["a"]), second)
        assert stacked.tolist() == ["a", "b"] and stacked.index.tolist() == [0, 1]


def test_stacked_texts_are_not_cut_to_the_longest_so_far():
    stacked = stack_rows(np.array(["a"]), np.array(["longer"]))
    assert stacked.tolist() == ["a", "longer"] and stacked.dtype.kind == "U"


MIXED = [WHOLE, WHOLE.astype("f4"), WHOLE.tolist(), csr_array(WHOLE), DatasetRows(list(WHOLE))]


@pytest.mark.parametrize("first", [*MIXED, "frame"], ids=lambda X: type(X).__name__)
@pytest.mark.parametrize("second", [*MIXED, "frame"], ids=lambda X: type(X).__name__)
def test_rows_of_two_containers_are_stacked_by_value(first, second):
    first, second = (
        frame(WHOLE, a="bool", b="Float64") if isinstance(X, str) else X for X in (first, second)
    )
    stacked = stack_rows(first, second)
    np.testing.assert_array_equal(row_prints(stacked), np.tile(row_prints(WHOLE), 2))
    assert type(stacked) is type(first) or isinstance(first, DatasetRows)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (np.array([[1, 2]]), np.array([["1", "x"]])),
        (np.array([[True]]), np.array([[None]])),
    ],
    ids=["text", "missing"],
)
def test_stacking_changes_no_value(first, second):
    expected = np.append(row_prints(first), row_prints(second))
    np.testing.assert_array_equal(row_prints(stack_rows(first, second)), expected)


def test_frames_of_other_columns_are_not_stacked():
    with pytest.raises(ValueError, match=r"must have the columns \['a', 'b', 'c'\]"):
        stack_rows(frame(WHOLE), frame(WHOLE)[["b", "a", "c"]])


def test_a_view_of_a_pool_is_outside_memory_as_the_pool_is(tmp_path):
    pool = np.memmap(tmp_path / "pool", "f4", "w+", shape=(4, 3))
    assert is_outside_memory(pool) and is_outside_memory(pool[1:, None].view(np.ndarray))
    assert is_outside_memory(RowsOf(pool, np.arange(2)))
    assert not is_outside_memory(np.ones(3)[1:]) and not is_outside_memory(["a"])


def test_rows_of_a_pool_are_its_rows_and_a_pickle_holds_their_values():
    rows = RowsOf(DatasetRows(list(np.arange(24).reshape(4, 3, 2))), np.array([3, 1]))
    assert rows.shape == (2, 3, 2) and len(rows) == 2 and rows.dtype == int
    assert take_rows(rows, [1])[0].tolist() == [[6, 7], [8, 9], [10, 11]]
    loaded = pickle.loads(pickle.dumps(rows))
    assert type(loaded) is np.ndarray and loaded[0, 0].tolist() == [18, 19]
