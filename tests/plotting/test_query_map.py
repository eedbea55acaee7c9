import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_matrix
from sklearn.decomposition import PCA

from skal.learner import History
from skal.plotting import QueryMapDisplay
from tests.plotting.runs import comparison

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4)) * [5, 2, 1, 1]
RUN = History([{"round": 0, "rows": [1, 2, 3]}, {"round": 1, "rows": [9, -1, 7]}])
MAP = QueryMapDisplay.from_histories


def test_places_are_the_first_two_principal_components():
    display = MAP({"margin": RUN}, X)
    expected = PCA(n_components=2, random_state=0).fit_transform(X)
    assert_allclose(display.pool, expected)
    assert_allclose(display.asked["margin"][0], expected[[1, 2, 3, 9, 7]])


def test_a_column_of_large_numbers_is_not_the_whole_map():
    uneven = X * [1, 1, 1, 1000]
    display = MAP({"margin": RUN}, uneven)
    expected = PCA(n_components=2, random_state=0).fit_transform(X / X.std(axis=0))
    assert_allclose(np.abs(display.pool), np.abs(expected), atol=1e-6)
    assert display.axis_names[0].startswith("first component, columns scaled (")
    assert "scaled" not in MAP({"margin": RUN}, X).axis_names[0]


def test_rows_of_unknown_place_are_left_out():
    assert_array_equal(MAP({"margin": RUN}, X).asked["margin"][1], [0, 0, 0, 1, 1])


def test_places_of_ones_own_need_no_X():
    places = RNG.normal(size=(60, 2))
    display = MAP({"margin": RUN}, None, projection=places)
    assert_array_equal(display.asked["margin"][0], places[[1, 2, 3, 9, 7]])
    assert display.axis_names == ("", "")


def test_a_large_pool_is_sampled_but_all_that_was_asked_is_shown():
    display = MAP({"margin": RUN}, X, max_points=10)
    assert len(display.pool) == 10
    assert len(display.asked["margin"][0]) == 5


def test_a_pool_larger_than_the_memory_is_read_in_parts():
    class Pool:  # a billion rows of 100,000 numbers
        shape = (10**9, 100_000)
        most = 0

        def __getitem__(self, rows):
            Pool.most = max(Pool.most, len(rows))
            return np.random.default_rng(rows).normal(size=(len(rows), 100_000))

    run = [{"round": 0, "rows": [3, 10**9 - 1]}]
    display = MAP({"margin": run}, Pool(), max_points=300)
    assert display.pool.shape == (300, 2)
    assert Pool.most == 200  # 20 million numbers


@pytest.mark.parametrize("kind", [X.reshape(60, 2, 2), csr_matrix(X), list(X), X.astype("f4")])
def test_kinds_of_X_give_the_same_map(kind):
    assert_allclose(MAP({"a": RUN}, kind).pool, MAP({"a": RUN}, X).pool, atol=1e-5)


def test_a_frame_is_read():
    pandas = pytest.importorskip("pandas")
    assert_allclose(MAP({"a": RUN}, pandas.DataFrame(X)).pool, MAP({"a": RUN}, X).pool)


def test_rounds_share_one_scale_and_dots_are_pixels():
    later = History([{"round": 4, "rows": [5]}])
    display = MAP({"margin": RUN, "random": later}, X)
    dots = [ax.collections[1] for ax in display.axes_]
    assert {dot.norm for dot in dots} == {dots[0].norm}
    assert (dots[0].norm.vmin, dots[0].norm.vmax) == (1, 4)
    assert all(dot.get_rasterized() for dot in dots)
    assert_array_equal(dots[0].get_array().data, [1, 1])


def test_the_initial_rows_are_open_squares_that_the_legend_explains():
    display = MAP({"margin": RUN}, X)
    assert len(display.axes_[0].collections[2].get_offsets()) == 3
    assert [text.get_text() for text in display.legend_.get_texts()] == ["pool", "initial rows"]


def test_learners_and_repeat_of_a_comparison_can_be_chosen():
    held = comparison({"margin": [RUN, RUN[:1]], "random": [RUN, RUN], "badge": [RUN]})
    show = QueryMapDisplay.from_comparison
    assert list(show(held, X).asked) == ["margin", "random", "badge"]
    display = show(held, X, learners=["margin"], repeat=1)
    assert_array_equal(display.asked["margin"][1], [0, 0, 0])
    with pytest.raises(ValueError, match="learners must be one of .*, got 'nobody'"):
        show(held, X, learners=["nobody"])
    with pytest.raises(ValueError, match="repeat must be one of 0, 1, got 7"):
        show(held, X, repeat=7)


@pytest.mark.parametrize(
    ("pool", "why"),
    [
        (X[:5], "got 5 rows and row 9"),
        (X[:, :1], "60 rows of 1 numbers"),
        (np.full((60, 2), "a"), "must hold numbers.*as projection"),
        (np.full((60, 2), np.nan), "NaN or infinity"),
        (np.where(np.arange(60)[:, None] == 40, np.nan, X), "NaN or infinity"),
        (np.ones((60, 3)), "all alike.*as projection"),
        (np.ones((60, 0)), "60 rows of 0 numbers"),
        ([[1, 2], [3]] * 30, "rows of one shape.*inhomogeneous"),
        (None, "X or projection must be given"),
    ],
)
def test_what_cannot_be_mapped_is_refused(pool, why):
    with pytest.raises(ValueError, match=why):
        MAP({"margin": RUN}, pool)


def test_projection_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"must have shape \(n, 2\).*got \(60, 4\)"):
        MAP({"margin": RUN}, X, projection=X)


def test_a_frame_with_gaps_or_words_is_refused():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X)
    with pytest.raises(ValueError, match="NaN or infinity"):
        MAP({"margin": RUN}, frame.where(frame > 0))
    with pytest.raises(ValueError, match="must hold numbers"):
        MAP({"margin": RUN}, frame.assign(colour="red"))


def test_projection_with_gaps_is_refused():
    with pytest.raises(ValueError, match="projection must be finite"):
        MAP({"margin": RUN}, None, projection=np.full((60, 2), np.nan))


def test_history_without_rows_is_refused():
    with pytest.raises(ValueError, match="must hold rows of X"):
        MAP({"margin": [{"round": 0, "rows": [-1]}]}, X)


def test_no_points_are_refused():
    with pytest.raises(ValueError, match="max_points must be at least 1, got 0"):
        MAP({"margin": RUN}, X, max_points=0)
