"""Learners on folders of images: the rows of arrays, and no row that cannot be read."""

import numpy as np
import pytest
from PIL import Image

from skal import ActiveLearner, ANNClassifier, PoolExhaustedError, compare
from skal._containers import RowsOf
from skal.data import ImageFolderPool

Y = np.arange(40) % 2
PIXELS = np.random.default_rng(0).integers(0, 100, (40, 4, 4), dtype=np.uint8)
PIXELS += (100 * Y[:, None, None]).astype(np.uint8)
DAMAGED = [3, 17, 18]
SIZES = {"init_size": 6, "query_size": 4, "budget": 14, "random_state": 0}


@pytest.fixture
def folder(tmp_path):
    for row, pixels in enumerate(PIXELS):
        file = tmp_path / f"{row:02}.png"
        Image.fromarray(pixels).save(file)
        if row in DAMAGED:
            file.write_bytes(file.read_bytes()[:60])
    return tmp_path


def learner(strategy="margin", **params):
    return ActiveLearner(ANNClassifier(4, max_epochs=3), strategy, **(SIZES | params))


@pytest.mark.parametrize("strategy", ["random", "k_center", "margin"])
def test_files_that_cannot_be_read_are_not_asked_for(folder, strategy):
    asked = learner(strategy, budget=None)
    pool = ImageFolderPool(folder)
    for _ in range(3):
        rows = asked.query(pool, 12)
        assert not set(rows.tolist()) & set(DAMAGED)
        np.testing.assert_array_equal(asked.query(pool, 12), rows)
        asked.teach(pool[rows], Y[rows], rows=rows)
    assert asked.query(pool).size == 1
    assert [*pool.unreadable_] == ["03.png", "17.png", "18.png"]


def test_no_readable_candidate_is_an_error(folder):
    with pytest.raises(PoolExhaustedError, match="none of their files can be read"):
        learner().query(ImageFolderPool(folder), 1, candidates=DAMAGED[:2])


@pytest.mark.parametrize("initial", ["random", "stratified"])
def test_fit_asks_all_that_can_be_read_and_nothing_else(folder, initial):
    pool = ImageFolderPool(folder)
    fitted = learner(initial=initial, budget=None).fit(pool, Y, X_test=pool, y_test=Y)
    assert set(fitted.labeled_rows_.tolist()) == set(range(40)) - set(DAMAGED)
    good = np.setdiff1d(np.arange(40), DAMAGED)
    assert fitted.history_[-1]["test_score"] == fitted.score(pool[good], Y[good])


def test_compare_neither_trains_nor_tests_on_damage(folder):
    result = compare(learner(), ImageFolderPool(folder), Y, n_repeats=1, verbose=0)
    (run,) = result.runs
    asked = np.concatenate([record["rows"] for record in run.history])
    assert len(asked) == 14 and not set(asked.tolist()) & set(DAMAGED)


def test_compare_refuses_the_name_of_a_folder(folder):
    with pytest.raises(TypeError, match=r"X must be rows, got .*; pass skal.data.ImageFolderPool"):
        compare(learner(), str(folder), Y, n_repeats=1, verbose=0)


def test_a_part_of_a_pool_asks_for_no_damage_either(folder):
    part = RowsOf(ImageFolderPool(folder), np.arange(39, -1, -1))
    rows = learner(budget=None).query(part, 37)
    assert not set(part.rows[rows].tolist()) & set(DAMAGED)


def test_rows_that_came_later_are_asked_too(folder):
    pool = ImageFolderPool(folder)
    asked = learner(budget=None)
    rows = asked.query(pool, 37)
    asked.teach(pool[rows], Y[rows], rows=rows)
    Image.fromarray(PIXELS[0] + 3).save(folder / "0.png")
    pool.refresh()
    assert asked.query(pool).tolist() == [40]
