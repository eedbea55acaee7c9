import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.testing import assert_allclose

from skal.experiment import penalties, ranks
from skal.plotting import CriticalDifferenceDisplay, PenaltyMatrixDisplay
from tests.plotting.runs import many

THREE = many(["random", "margin", "badge"], n_data=3)


def diagram(names, mean_ranks, difference):
    return CriticalDifferenceDisplay(
        names, mean_ranks, critical_difference=difference, n_data=6
    ).plot(Figure().subplots())


# ---------------------------------------------------------------- critical difference


@pytest.mark.parametrize(
    ("mean_ranks", "difference", "groups"),
    [
        ([1, 2, 3], 1.1, ["ab", "bc"]),
        ([1, 2, 3], 2.1, ["abc"]),
        ([1, 2, 3], 0.9, []),
        ([1, 2, 3], 1.0, []),  # as far apart as the critical difference: they differ
        ([1.5, 1.5, 3], 1.0, ["ab"]),
        ([3, 1, 2], 1.1, ["bc", "ca"]),  # given in any order
        ([1, 1.5, 2, 3.5], 1.2, ["abc"]),  # "bc" lies within "abc"
    ],
)
def test_bars_join_the_largest_groups_that_are_alike(mean_ranks, difference, groups):
    found = diagram("abcd"[: len(mean_ranks)], mean_ranks, difference).groups_
    assert ["".join(group) for group in found] == groups


def test_names_carry_their_ranks_the_best_on_the_upper_left():
    display = diagram(["random", "margin", "badge"], [2.9, 1.9, 1.2], 1.35)
    places = {
        text.get_text(): (text.xy, text.get_ha())
        for text in display.ax_.texts
        if hasattr(text, "xy")
    }
    assert list(places) == ["badge (1.20)", "margin (1.90)", "random (2.90)"]
    assert [side for _, side in places.values()] == ["right", "right", "left"]
    assert places["badge (1.20)"][0][1] < places["margin (1.90)"][0][1]  # the axis grows downwards


def test_the_outer_names_stand_on_top_of_both_sides():
    display = diagram("abcde", [1, 2, 3, 4, 5], 0.5)
    rows = {t.get_text()[0]: t.xy[1] for t in display.ax_.texts if hasattr(t, "xy")}
    assert rows["a"] == rows["e"] < rows["b"] == rows["d"] < rows["c"]  # the axis grows downwards
    words = min(t.get_position()[1] for t in display.ax_.texts if "mean rank" in t.get_text())
    assert rows["c"] < words < display.ax_.get_ylim()[0]


def test_a_rank_is_never_cut():
    display = diagram(["a name without spaces " * 4, "b"], [1.25, 1.75], 2)
    assert any(text.get_text().endswith("…\n(1.25)") for text in display.ax_.texts)


def test_ranks_that_may_be_chance_are_called_so():
    for p_value, said in [(0.3, True), (0.01, False)]:
        display = CriticalDifferenceDisplay(
            "ab", [1, 2], critical_difference=1, n_data=4, p_value=p_value
        ).plot()
        words = " ".join(text.get_text() for text in display.ax_.texts)
        assert ("may be chance" in words) == said
        assert f"p = {p_value}" in words


def test_numbers_are_those_of_the_conclusions():
    display, found = (
        CriticalDifferenceDisplay.from_comparison(THREE, alpha=0.1),
        ranks(THREE, alpha=0.1),
    )
    assert_allclose(display.mean_ranks, found.mean_ranks)
    assert display.critical_difference == found.critical_difference
    assert (display.n_data, display.p_value) == (3, found.p_value)


@pytest.mark.parametrize(("names", "mean_ranks"), [("abc", [1, 2]), ("a", [1])])
def test_too_few_ranks_are_refused(names, mean_ranks):
    with pytest.raises(ValueError, match="one number a name, and two at least"):
        diagram(names, mean_ranks, 1)


# ---------------------------------------------------------------- penalties


def test_penalties_are_written_with_column_means_in_the_last_row():
    # the worked example of the BADGE paper's matrix: three learners, two checkpoints
    matrix = [[0, 0.5, 0.5], [0, 0, 0.5], [0, 0.5, 0]]
    display = PenaltyMatrixDisplay("ABC", matrix).plot()
    numbers = [text.get_text() for text in display.ax_.texts]
    assert numbers == "0 0.5 0.5 0 0 0.5 0 0.5 0 0 0.33 0.33".split()
    places = [text.get_position() for text in display.ax_.texts]
    assert places[:4] == [(0.5, 0.5), (1.5, 0.5), (2.5, 0.5), (0.5, 1.5)]
    assert places[-1] == (2.5, 3.75)  # below a gap of a quarter
    bold = [t.get_text() for t in display.ax_.texts if t.get_fontweight() == "bold"]
    assert bold == ["0"]  # the best, A


def test_numbers_on_dark_cells_are_white():
    display = PenaltyMatrixDisplay("ab", [[0, 3], [0, 0]], n_data=3).plot()
    colours = {text.get_text(): text.get_color() for text in display.ax_.texts}
    assert (colours["3"], colours["0"]) == ("white", "black")


def test_matrix_is_that_of_the_conclusions():
    display, found = PenaltyMatrixDisplay.from_comparison(THREE), penalties(THREE)
    assert_allclose(display.matrix, found.matrix)
    assert np.sum(display.matrix) > 0
    assert display.n_data == 3


def test_matrix_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r"got shape \(2, 2\) with 3 names"):
        PenaltyMatrixDisplay("abc", np.zeros((2, 2))).plot()
