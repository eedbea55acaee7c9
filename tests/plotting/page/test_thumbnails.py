"""Thumbnails: pixels of any X, PNG files, sheets under a budget."""

import base64
import io
import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from scipy.sparse import csr_matrix

from skal.data import DatasetRows, load_fashion_mnist, load_mnist
from skal.plotting._pixels import Pixels, shrink
from skal.plotting.page._thumbnails import evenly, make_thumbnails

GREY = np.random.default_rng(0).integers(0, 256, (40, 6, 5), dtype=np.uint8)
COLOUR = np.random.default_rng(1).integers(0, 256, (40, 6, 5, 3), dtype=np.uint8)
ALL = np.arange(40)


def read(X, rows=ALL, image_shape=None, side=64):
    return Pixels(X, image_shape, side).read(np.asarray(rows))


def opened(sheet):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(sheet))))


def rounds_of(n_rounds, n=10, first=0):
    return [np.arange(first + n * k, first + n * k + n) for k in range(n_rounds)]


# ---------------------------------------------------------------- pixels


@pytest.mark.parametrize(
    ("X", "image_shape"),
    [
        (GREY, None),
        (GREY[:, None], None),
        (GREY[..., None], None),
        (GREY.reshape(40, 30), (6, 5)),
        (DatasetRows([(row, 0) for row in GREY]), None),
        (list(GREY), None),
        (csr_matrix(GREY.reshape(40, 30)), (6, 5)),
    ],
    ids=["images", "channels first", "channels last", "flat", "pool", "list", "sparse"],
)
def test_grey_images_of_any_kind_give_the_same_pixels(X, image_shape):
    assert_array_equal(read(X, image_shape=image_shape)[..., 0], GREY)


def test_colour_is_kept_from_either_side():
    assert_array_equal(read(COLOUR), COLOUR)
    assert_array_equal(read(np.moveaxis(COLOUR, -1, 1)), COLOUR)


def test_alpha_is_dropped():
    assert_array_equal(read(np.insert(COLOUR, 3, 7, axis=-1)), COLOUR)


def test_floats_span_black_to_white():
    X = np.array([[[-1.0, 0.0], [1.0, np.nan]]])
    assert_array_equal(read(X, [0])[0, ..., 0], [[0, 128], [255, 0]])


def test_only_the_rows_asked_for_are_read():
    class Pool:
        shape, dtype = (10**9, 6, 5), GREY.dtype

        def __len__(self):
            return 10**9

        def read_rows(self, rows):
            assert len(rows) <= 2
            return GREY[np.asarray(rows) % 40]

    assert_array_equal(read(Pool(), [10**9 - 40, 3])[..., 0], GREY[[0, 3]])


def test_large_images_become_means_over_areas():
    image = np.arange(16.0).reshape(1, 4, 4, 1)
    assert_allclose(shrink(image, 2)[0, ..., 0], [[2.5, 4.5], [10.5, 12.5]])
    thirds = shrink(np.array([[[[0.0], [3.0], [6.0]]]]), 2)  # the middle pixel is cut in two
    assert_allclose(thirds.ravel(), [1.0, 5.0])


def test_a_pixel_that_is_not_known_is_left_out_of_its_mean():
    image = np.arange(16.0).reshape(1, 4, 4, 1)
    image[0, 0, 0], image[0, 2:, 2:] = np.nan, [[[np.nan], [np.inf]], [[np.nan], [-np.inf]]]
    assert_allclose(shrink(image, 2)[0, ..., 0], [[10 / 3, 4.5], [10.5, np.nan]])


def test_small_images_keep_their_size():
    assert_array_equal(shrink(GREY[..., None], 64), GREY[..., None])


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("shape", [(60, 60, 3), (96, 96, 3), (256, 256)])
def test_many_large_images_need_little_memory(shape, dtype):
    X = np.zeros((300, *shape), dtype)
    pixels = Pixels(X, None, 64)
    tracemalloc.start()
    try:
        made = pixels.read(np.arange(300))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * made.nbytes + 40e6


def test_floats_span_the_whole_first_reading():
    X = np.zeros((300, 64, 64))
    X[-1] = 1.0
    pixels = Pixels(X, None, 64)
    assert pixels.read(np.arange(300)).max() == 255
    X[0] = 2.0
    assert pixels.read(np.array([0])).max() == 255  # not scaled anew


@pytest.mark.parametrize(
    ("X", "image_shape", "why"),
    [
        (GREY.reshape(40, 30), None, r"pass image_shape=\(height, width\)"),
        (GREY, (5, 5), r"size of a row of X, \(6, 5\), got \(5, 5\)"),
        (np.zeros((4, 6, 5, 2)), None, r"got \(6, 5, 2\)"),
        (np.zeros((0, 6, 5)), None, "must have rows, got none"),
        (np.zeros((4, 0, 5)), None, r"got \(0, 5\)"),
        (np.full((4, 6, 5), "a"), None, "must hold numbers"),
    ],
)
def test_what_is_no_image_is_refused(X, image_shape, why):
    with pytest.raises(ValueError, match=why):
        Pixels(X, image_shape, 64)


# ---------------------------------------------------------------- sheets


def test_each_row_has_its_place_and_stands_there_once():
    runs = [[np.array([7, 3]), np.array([9])], [np.array([7, 3]), np.array([-1, 5])]]
    made = make_thumbnails(Pixels(GREY, None, 64), runs, 10**6)
    assert made.place == {7: 0, 3: 1, 9: 2, 5: 3}
    assert_array_equal(opened(made.sheets[0]), np.hstack(GREY[[7, 3, 9, 5]]))


def test_many_rows_fill_several_sheets():
    X = np.arange(300, dtype=np.uint16).repeat(4).reshape(300, 2, 2) % 251
    made = make_thumbnails(Pixels(X.astype(np.uint8), None, 64), [rounds_of(30)], 10**6)
    assert len(made.sheets) == 2
    sheet, k = opened(made.sheets[1]), made.place[299] % 256
    corner = sheet[2 * (k // 16), 2 * (k % 16)]
    assert corner == 299 % 251


def test_grey_images_with_three_channels_are_stored_as_grey():
    colour = np.repeat(GREY[..., None], 3, axis=-1)
    runs = [rounds_of(4)]
    made = [make_thumbnails(Pixels(X, None, 64), runs, 10**6).sheets for X in (GREY, colour)]
    assert made[0] == made[1]


def test_shades_go_before_rounds():
    noise = Pixels(np.random.default_rng(0).integers(0, 256, (1000, 8, 8), dtype=np.uint8), None, 8)
    runs = [rounds_of(100)]
    whole = make_thumbnails(noise, runs, 10**6)
    fewer = make_thumbnails(noise, runs, int(0.8 * whole.n_bytes))
    assert whole.levels == 256 and fewer.levels == 32
    assert len(fewer.kept[0]) == 100 and fewer.n_bytes <= 0.8 * whole.n_bytes
    assert opened(fewer.sheets[0]).min() == 0 and opened(fewer.sheets[0]).max() == 255


@pytest.mark.parametrize("budget", [200, 2_000, 20_000])
def test_the_budget_is_kept_and_used(budget):
    noise = np.random.default_rng(0).integers(0, 256, (2000, 8, 8), dtype=np.uint8)
    runs = [rounds_of(100), rounds_of(100, first=1000)]
    made = make_thumbnails(Pixels(noise, None, 8), runs, budget)
    assert made.n_bytes <= budget
    if budget > 5_000:
        assert made.n_bytes > 0.8 * budget
        for kept in made.kept:  # evenly over each run
            assert kept[0] == 0 and kept[-1] == 99 and np.ptp(np.diff(kept)) <= 1


def test_no_budget_gives_no_thumbnail():
    made = make_thumbnails(Pixels(GREY, None, 64), [rounds_of(2)], 0)
    assert made.sheets == [] and made.place == {}


@pytest.mark.parametrize(
    ("n", "k", "positions"), [(5, 3, [0, 2, 4]), (5, 9, [0, 1, 2, 3, 4]), (5, 1, [4]), (0, 0, [])]
)
def test_positions_are_spread_evenly(n, k, positions):
    assert_array_equal(evenly(n, k), positions)


@pytest.mark.needs_data
@pytest.mark.parametrize(("load", "levels"), [(load_mnist, 256), (load_fashion_mnist, 32)])
def test_500_rounds_of_10_images_stay_under_2_MB(load, levels, data_home):
    images = load(data_home=data_home).images
    rows = np.random.default_rng(0).permutation(len(images))[:5000].reshape(500, 10)
    made = make_thumbnails(Pixels(images, None, 64), [list(rows)], 2_000_000)
    assert len(made.kept[0]) == 500 and len(made.place) == 5000
    assert made.levels == levels and made.n_bytes < 2_000_000
