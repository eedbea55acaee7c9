import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skal import SimplexDisplay
from skal.plotting._simplex import _triangles
from skal.strategies import Entropy, LeastConfidence, Margin, Ratio

from_strategies = SimplexDisplay.from_strategies

FOUR = {
    "least confidence": LeastConfidence(),
    "margin": Margin(),
    "ratio": Ratio(),
    "entropy": Entropy(),
}
ONE = {"margin": Margin()}


def at(display, name, *proba):
    """The value of a measure at one point of the grid."""
    (where,) = np.flatnonzero(np.isclose(display.points, proba).all(axis=1))
    return display.values[name][where]


# ---------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("name", "corner", "side", "centre"),
    [
        ("least confidence", 0, 1 / 2, 2 / 3),
        ("margin", -1, 0, 0),
        ("ratio", 0, 1, 1),
        ("entropy", 0, np.log(2), np.log(3)),
    ],
)
def test_corner_side_and_centre_have_the_worked_values(name, corner, side, centre):
    display = from_strategies({name: FOUR[name]}, resolution=6)
    for proba in np.eye(3):
        assert_allclose(at(display, name, *proba), corner, atol=1e-12)
    for proba in [(0.5, 0.5, 0), (0.5, 0, 0.5), (0, 0.5, 0.5)]:
        assert_allclose(at(display, name, *proba), side, atol=1e-12)
    assert_allclose(at(display, name, 1 / 3, 1 / 3, 1 / 3), centre, atol=1e-12)


@pytest.mark.parametrize(("resolution", "n_points"), [(1, 3), (2, 6), (60, 1891)])
def test_points_are_all_probabilities_of_the_grid(resolution, n_points):
    points = from_strategies(ONE, resolution=resolution).points
    assert points.shape == (n_points, 3)
    assert len(np.unique(points, axis=0)) == n_points
    assert points.min() >= 0
    assert_allclose(points.sum(axis=1), 1)


@pytest.mark.parametrize("resolution", [1, 2, 5])
def test_small_triangles_fill_the_large_one_once(resolution):
    display = from_strategies(ONE, resolution=resolution)
    corners = display.points[_triangles(len(display.points))]  # (n_triangles, 3, 3)
    assert len(corners) == resolution**2
    a, b, c = corners[:, :, :2].transpose(1, 0, 2)  # two coordinates suffice for the area
    area = ((b - a) * (c - a)[:, ::-1] * [1, -1]).sum(axis=1) / 2
    assert_allclose(area, area[0])  # equal in size and in sense of rotation
    assert_allclose(np.abs(area).sum(), 0.5)


def test_function_is_a_measure_too():
    display = from_strategies({"first class": lambda proba: proba[:, 0]}, resolution=4)
    assert_array_equal(display.values["first class"], display.points[:, 0])


def test_a_measure_cannot_change_the_points():
    def greedy(proba):
        proba[:] = 7
        return proba[:, 0]

    assert_allclose(from_strategies({"greedy": greedy}).points.sum(axis=1), 1)


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize("resolution", [0, -1, 2.5])
def test_resolution_below_one_step_is_refused(resolution):
    with pytest.raises(
        ValueError, match=f"resolution must be an int of at least 1, got {resolution}"
    ):
        from_strategies(ONE, resolution=resolution)


@pytest.mark.parametrize("strategies", [[Margin()], {}, "margin"])
def test_strategies_without_names_are_refused(strategies):
    with pytest.raises(TypeError, match="a dict from names to strategies"):
        from_strategies(strategies)


@pytest.mark.parametrize(
    ("strategy", "why"), [(Margin, r"pass Margin\(\)"), ("margin", "method utility")]
)
def test_what_gives_no_utility_is_refused(strategy, why):
    with pytest.raises(TypeError, match=why):
        from_strategies({"margin": strategy})


@pytest.mark.parametrize("measure", [lambda p: p, lambda p: np.log(p[:, 0] * 0 - 1 + 0j).imag / 0])
@pytest.mark.filterwarnings(
    "ignore:divide by zero:RuntimeWarning"
)  # the measure is wrong on purpose
def test_values_that_are_not_one_finite_number_a_point_are_refused(measure):
    with pytest.raises(ValueError, match="one finite number for each of 6 points"):
        from_strategies({"wrong": measure}, resolution=2)


def test_corners_without_names_are_refused():
    with pytest.raises(ValueError, match="3 corners"):
        from_strategies(ONE, class_names=["cat", "dog"])


# ---------------------------------------------------------------- figures


def drawn_values(ax):
    """Place and value of every point that a panel shades."""
    (mesh,) = [c for c in ax.collections if type(c).__name__ == "TriMesh"]
    triangulation = mesh._triangulation
    return triangulation.x, triangulation.y, mesh.get_array()


def test_first_class_is_left_second_right_third_on_top():
    measures = {f"p{k}": lambda proba, k=k: proba[:, k] for k in range(3)}
    display = from_strategies(measures, resolution=6)
    places = []
    for ax in display.axes_:
        x, y, values = drawn_values(ax)
        places.append((x[values.argmax()], y[values.argmax()]))
    assert_allclose(places, [[0, 0], [1, 0], [0.5, np.sqrt(3) / 2]], atol=1e-12)


def test_corners_bear_the_names_of_their_classes():
    names = ["cat", "$5", "_{"]  # the last two would be mathtext
    display = from_strategies(ONE, class_names=names)
    display.figure_.canvas.draw()
    found = {text.get_text(): text.xy for text in display.axes_[0].texts}
    assert list(found) == names
    assert found["cat"][0] < found["_{"][0] < found["$5"][0]


def test_triangle_has_equal_sides():
    ax = from_strategies(ONE).axes_[0]
    assert ax.get_aspect() == 1
    x, y, _ = drawn_values(ax)
    corners = np.array([[x.min(), 0], [x.max(), 0], [x[y.argmax()], y.max()]])
    assert_allclose(np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1), 1)


@pytest.mark.parametrize(("n", "shape"), [(1, (1, 1)), (4, (1, 4)), (5, (2, 4))])
def test_there_is_a_panel_a_measure(n, shape):
    display = from_strategies({str(k): Margin() for k in range(n)}, resolution=6)
    assert [ax.get_title() for ax in display.axes_] == [str(k) for k in range(n)]
    grid = display.axes_[0].get_subplotspec().get_gridspec()
    assert (grid.nrows, grid.ncols) == shape
    assert len(display.figure_.axes) == 2 * n  # each with a colour scale


def test_a_constant_measure_can_be_drawn():
    display = from_strategies({"none": lambda proba: np.zeros(len(proba))}, resolution=6)
    display.figure_.canvas.draw()


def test_colours_are_scaled_to_each_measure():
    display = from_strategies(FOUR)
    limits = [ax.collections[0].get_clim() for ax in display.axes_]
    assert_allclose(limits, [[0, 2 / 3], [-1, 0], [0, 1], [0, np.log(3)]], atol=1e-12)


def test_default_colours_grow_lighter_evenly():
    cmap = from_strategies(ONE).axes_[0].collections[0].get_cmap()
    lightness = cmap(np.linspace(0, 1, 20))[:, :3] @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(lightness) > 0).all()
