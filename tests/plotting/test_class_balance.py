import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skal.experiment import DataSet
from skal.plotting import ClassBalanceDisplay
from tests.plotting.runs import comparison, history, many

COUNTS = [{"cat": 3, "dog": 1}, {"dog": 4}, {"cat": 1, "dog": 3}]
ONE = history(0.5, 0.6, 0.7, step=4, class_counts=COUNTS)
BALANCE = ClassBalanceDisplay.from_histories


def test_shares_are_of_all_labels_so_far():
    shares = BALANCE({"margin": ONE}).shares
    assert_allclose(shares["cat"]["margin"].mean, [3 / 4, 3 / 8, 4 / 12])
    assert_allclose(shares["dog"]["margin"].mean, [1 / 4, 5 / 8, 8 / 12])
    assert_array_equal(shares["dog"]["margin"].x, [4, 8, 12])


@pytest.mark.parametrize(
    ("window", "cats"),
    [(1, [3 / 4, 0, 1 / 4]), (2, [3 / 4, 3 / 8, 1 / 8]), (9, [3 / 4, 3 / 8, 1 / 3])],
)
def test_a_window_counts_the_last_rounds(window, cats):
    assert_allclose(BALANCE({"margin": ONE}, window=window).shares["cat"]["margin"].mean, cats)


def test_repeats_are_averaged():
    other = history(0.5, 0.6, 0.7, step=4, class_counts=[{"cat": 1, "dog": 3}] * 3)
    assert_allclose(BALANCE({"a": [ONE, other]}).shares["cat"]["a"].mean, [0.5, 5 / 16, 7 / 24])


def test_the_pool_is_a_line_to_compare_with():
    data = {"digits": DataSet(10, 5, {"cat": 8, "dog": 2})}
    held = comparison({"margin": [ONE]})
    held.data = data
    display = ClassBalanceDisplay.from_comparison(held)
    assert display.pool == {"cat": 0.8, "dog": 0.2}
    assert [ax.get_lines()[-1].get_ydata()[0] for ax in display.axes_] == [0.8, 0.2]
    assert [text.get_text() for text in display.legend_.get_texts()] == ["margin", "pool"]


def test_an_unknown_pool_is_not_drawn():
    display = BALANCE({"margin": ONE})
    assert display.pool is None
    assert [text.get_text() for text in display.legend_.get_texts()] == ["margin"]


def test_a_class_that_was_never_asked_has_a_panel():
    display = BALANCE({"margin": ONE}, pool_counts={"cat": 1, "dog": 1, "emu": 2})
    assert display.classes_ == ["cat", "dog", "emu"]
    assert_array_equal(display.shares["emu"]["margin"].mean, [0, 0, 0])


def test_names_stand_for_labels_and_are_no_mathtext():
    counts = [{0: 1, 1: 1}]
    display = BALANCE(history(0.5, class_counts=counts), target_names=["$5-$9", r"$\frac{$"])
    display.figure_.draw_without_rendering()  # mathtext would raise here
    titles = [ax.get_title(loc="left") for ax in display.axes_]
    assert titles == ["$5-$9", r"$\frac{$"]


def test_of_many_classes_those_far_from_the_pool_are_drawn_and_the_rest_is_named():
    display = ClassBalanceDisplay.from_comparison(many(["random"], n_classes=20, n_rounds=3))
    assert len(display.axes_) == len(display.classes_) == 15
    assert display.figure_.get_supxlabel() == "labels of data 0; 5 classes are not shown"


def test_classes_can_be_chosen():
    display = BALANCE({"margin": ONE}, classes=["dog"])
    assert [ax.get_title(loc="left") for ax in display.axes_] == ["dog"]
    with pytest.raises(ValueError, match="must be one of 'cat', 'dog', got 'emu'"):
        display.plot(classes=["emu"])


def test_labels_of_several_kinds_can_be_counted():
    shares = BALANCE(history(0.5, class_counts=[{1: 1, "a": 3}])).shares
    assert list(shares) == [1, "a"]


def test_histories_without_counts_are_refused():
    with pytest.raises(ValueError, match="must hold class_counts"):
        BALANCE(history(0.5))


def test_an_empty_window_is_refused():
    with pytest.raises(ValueError, match="window must be at least 1, got 0"):
        BALANCE(ONE, window=0)
