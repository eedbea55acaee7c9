"""How numbers are said, by hand-worked examples."""

import pytest

from skal.experiment import _wording as say

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (say.score(0.85), "0.85"),
        (say.score(0.8504), "0.85"),
        (say.score(0.8516), "0.852"),
        (say.score(NAN), "–"),
        (say.labels(1234.4), "1,234"),
        (say.labels(INF), "never"),
        (say.label_range(20, 1000), "20–1,000"),
        (say.label_range(20, 20), "20"),
        (say.p_value(0.00009), "p < 0.0001"),
        (say.p_value(0.0001), "p = 0.0001"),
        (say.p_value(0.00123), "p = 0.001"),
        (say.p_value(0.0499), "p = 0.0499"),
        (say.p_value(0.1234), "p = 0.12"),
        (say.p_cell(0.00009), "< 0.0001"),
        (say.p_cell(0.5), "0.5"),
        (say.p_cell(NAN), "–"),
        (say.difference(0.031, 0.025, 0.037, True), "+3.1 points [2.5, 3.7]"),
        (say.difference(-0.031, -0.033, -0.029, True), "-3.10 points [-3.30, -2.90]"),
        (say.difference(-0.0001, -0.01, 0.01, True), "+0.0 points [-1.0, 1.0]"),
        (say.difference(2.0, 1.5, 2.5, False), "+2 [1.5, 2.5]"),
        (say.difference(0.031, NAN, NAN, True), "+3.1 points"),
        (say.difference(NAN, NAN, NAN, True), "–"),
        (say.points(0.031, True), "3.1 points"),
        (say.points(2.0, False), "2"),
        (say.runs(1), "1 run"),
        (say.runs(2), "2 runs"),
        (say.percent(0.58), "58 % fewer"),
        (say.percent(0.0), "0 % fewer"),
        (say.percent(-0.4), "40 % more"),
        (say.saving_interval(NAN, NAN, 0.95), ""),
        (say.saving_interval(-INF, 1.0, 0.9), ", 90 % interval without bounds"),
        (say.saving_interval(0.3, 1.0, 0.9), ", 90 % interval from 30 % fewer to nearly all"),
        (say.saving_interval(-INF, 0.3, 0.9), ", 90 % interval from any number more to 30 % fewer"),
        (say.saving_interval(-0.1, 0.3, 0.9), ", 90 % interval from 10 % more to 30 % fewer"),
        (say.saving_interval(-0.1, 0.0, 0.9), ", 90 % interval from 10 % more to 0 % fewer"),
        (say.saving_interval(0.49, 0.66, 0.95), ", 95 % interval 49–66 %"),
        (say.saving_interval(-0.66, -0.49, 0.95), ", 95 % interval 49–66 %"),
        (say.saving_cell(0.58, 0.49, 0.66, "exact"), "58 % [49, 66]"),
        (say.saving_cell(0.58, 0.49, 1.0, "at least"), "≥ 58 % [49, …]"),
        (say.saving_cell(-0.58, -INF, 0.1, "at most"), "≤ -58 % […, 10]"),
        (say.saving_cell(0.58, NAN, NAN, "exact"), "58 %"),
        (say.saving_cell(NAN, 0.1, 0.2, "unknown"), "–"),
    ],
)
def test_numbers_are_said_so(said, text):
    assert said == text


def test_a_bar_within_a_cell_does_not_end_it():
    assert say.markdown([["a|b", "c"], ["1", "2"]]) == "| a\\|b | c |\n|---|---|\n| 1 | 2 |"


def test_columns_of_a_plain_table_are_as_wide_as_their_widest_cell():
    assert say.plain_table([["a", "long"], ["wide", "b"]]) == "a     long\nwide  b"
