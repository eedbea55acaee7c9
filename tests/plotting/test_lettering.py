import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from skal.plotting._lettering import (
    draw_figure_legend,
    draw_legend,
    label_name,
    mend_math,
    short,
    shown,
    wrapped,
)


@pytest.mark.parametrize(
    ("name", "longest", "cut"), [("abcd", 4, "abcd"), ("abcde", 4, "abc…"), ("a\n b", 4, "a b")]
)
def test_a_short_name_is_one_line_that_fits(name, longest, cut):
    assert short(name, longest) == cut


@pytest.mark.parametrize(
    ("name", "most_lines", "lines"),
    [
        ("aa bb cc dd", None, ["aa bb", "cc dd"]),
        ("aa bb cc dd", 2, ["aa bb", "cc dd"]),
        ("aa bb cc dd ee", 2, ["aa bb", "cc d…"]),
        ("aa bb cc dd ee ff", 3, ["aa bb", "cc dd", "ee ff"]),
        ("abcdefgh", None, ["abcde", "fgh"]),
        ("a-b-c-d", None, ["a-b-c", "-d"]),
        ("aa bb cc", 1, ["aa b…"]),
        ("", 2, [" "]),
    ],
)
def test_a_wrapped_name_has_lines_that_fit_and_ends_in_dots_where_it_is_cut(
    name, most_lines, lines
):
    assert wrapped(name, 5, most_lines).split("\n") == lines


def test_only_a_leading_underscore_is_hidden_behind_a_space():
    assert (shown("_a"), shown("a_")) == (" _a", "a_")


@pytest.mark.parametrize(
    ("label", "names", "written"),
    [(np.int64(1), ["a", "b"], "b"), ("x", {"x": 7}, "7"), (np.str_("x"), None, "x")],
)
def test_a_label_has_the_name_that_it_was_given(label, names, written):
    assert label_name(label, names) == written


@pytest.mark.parametrize(
    ("text", "is_math"),
    [(r"$\lambda=0.1$", True), (r"cost $\frac{ and $", False), ("5$", True), ("a\n$^{$", False)],
)
def test_only_what_would_fail_is_no_mathtext(text, is_math):
    drawn = Figure().text(0, 0, text)
    mend_math([drawn])
    assert drawn.get_parse_math() == is_math
    drawn.figure.draw_without_rendering()


# ---------------------------------------------------------------- legends


def with_lines(n, y=(0.0, 1.0)):
    figure = plt.figure(figsize=(3.5, 2.5), layout="constrained")
    ax = figure.subplots()
    lines = [ax.plot([0, 1], y, label=f"line {i}")[0] for i in range(n)]
    return ax, lines


@pytest.mark.parametrize(("n", "inside"), [(5, True), (6, False)])
def test_up_to_five_entries_stand_inside_the_axes(n, inside):
    ax, _ = with_lines(n, y=(1.0, 1.0))
    legend = draw_legend(ax, [], title=None, own=True)
    assert legend.get_frame_on() == inside
    assert (ax.figure.get_figheight() == 2.5) == inside


@pytest.mark.parametrize(
    ("points", "inside"),
    [
        ([[0, 0], [1, 0]], False),  # through the lower right
        ([[0, 1], [1, 1]], True),
        ([[0, 0], [0.2, 0]], True),  # ends before it
        ([[0.9, 0.05], [0.9, 0.05]], False),  # a point within
    ],
)
def test_the_legend_gives_way_to_an_outline(points, inside):
    ax, (line,) = with_lines(1)
    ax.set(xlim=(0, 1), ylim=(-0.1, 1.1))
    outline = (line.get_transform(), np.array(points, dtype=float))
    assert draw_legend(ax, [outline], title=None, own=True).get_frame_on() == inside


def test_a_given_ax_keeps_the_height_of_its_figure():
    ax, _ = with_lines(8)
    draw_legend(ax, [], title=None, own=False)
    assert ax.figure.get_figheight() == 2.5


def test_a_figure_legend_has_as_many_columns_as_fit_and_the_figure_grows_by_it():
    ax, lines = with_lines(4)
    for letters, columns in ((3, 4), (30, 1)):
        legend = draw_figure_legend(
            ax.figure, {f"{i}" * letters: line for i, line in enumerate(lines)}, own=False
        )
        assert legend._ncols == columns
        legend.remove()
    assert ax.figure.get_figheight() == 2.5
    legend = draw_figure_legend(ax.figure, {"a": lines[0]}, own=True)
    grown = legend.get_window_extent().height / ax.figure.dpi
    assert ax.figure.get_figheight() == pytest.approx(2.5 + grown)
    assert ax.figure.legends == [legend]
