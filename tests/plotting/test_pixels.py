import numpy as np
import pytest
from scipy.sparse import csr_matrix

from skal.data import DatasetRows
from skal.plotting._pixels import can_be_images

FLAT = np.zeros((4, 30))


@pytest.mark.parametrize(
    ("X", "image_shape"),
    [
        (np.zeros((4, 6, 5)), None),
        (np.zeros((4, 1, 6, 5), dtype=np.uint8), None),
        (np.zeros((4, 6, 5, 3), dtype=bool), None),
        (FLAT, (6, 5)),
        (csr_matrix(FLAT), (5, 6)),
        (DatasetRows([(np.zeros((6, 5)), 0)]), None),
        ([np.zeros((6, 5))], None),
    ],
)
def test_what_has_height_and_width_can_be_images(X, image_shape):
    assert can_be_images(X, image_shape)


@pytest.mark.parametrize(
    ("X", "image_shape"),
    [
        (FLAT, None),
        (FLAT, (7, 5)),
        (np.zeros((4, 6, 5, 2)), None),
        (np.zeros((4, 0, 5)), None),
        (np.zeros((0, 6, 5)), None),
        (np.full((4, 6, 5), "a"), None),
        (csr_matrix(FLAT), None),
        (["a text", "another"], None),
        ([], None),
        ({}, None),
        (None, None),
        (5, None),
    ],
)
def test_anything_else_cannot(X, image_shape):
    assert not can_be_images(X, image_shape)


def test_a_frame_can_be_images_if_a_shape_is_given():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(FLAT)
    assert can_be_images(frame, (6, 5))
    assert not can_be_images(frame)
    assert not can_be_images(frame.assign(colour="red").iloc[:, 1:], (6, 5))
