"""How numbers are said, by hand-worked examples."""

import pytest

from skal.experiment import _phrases as phrase
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
        (say.p_cell(0.00009), "< 0.0001"),
        (say.p_cell(0.0001), "0.0001"),
        (say.p_cell(0.00123), "0.001"),
        (say.p_cell(0.0499), "0.0499"),
        (say.p_cell(0.1234), "0.12"),
        (say.p_cell(0.5), "0.5"),
        (say.p_cell(NAN), "–"),
        (say.difference(0.031, 0.025, 0.037, True), "+3.1 points [2.5, 3.7]"),
        (say.difference(-0.031, -0.033, -0.029, True), "-3.10 points [-3.30, -2.90]"),
        (say.difference(-0.0001, -0.01, 0.01, True), "+0.0 points [-1.0, 1.0]"),
        (say.difference(2.0, 1.5, 2.5, False), "+2 [1.5, 2.5]"),
        (say.difference(0.031, NAN, NAN, True), "+3.1 points"),
        (say.difference(NAN, NAN, NAN, True), "–"),
        (say.saving_cell(0.58, 0.49, 0.66, "exact"), "58 % [49, 66]"),
        (say.saving_cell(0.58, 0.49, 1.0, "at least"), "≥ 58 % [49, …]"),
        (say.saving_cell(-0.58, -INF, 0.1, "at most"), "≤ -58 % […, 10]"),
        (say.saving_cell(0.58, NAN, NAN, "exact"), "58 %"),
        (say.saving_cell(NAN, 0.1, 0.2, "unknown"), "–"),
    ],
)
def test_numbers_are_said_so(said, text):
    assert said == text


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (phrase.level(0.8516), "0.85"),
        (phrase.level(1.0), "1.00"),
        (phrase.level(0.9981), "0.998"),  # not yet all
        (phrase.level(-0.3456), "-0.35"),
        (phrase.level(-1234.5), "-1,234"),
        (phrase.goal(0.85, False), "0.85"),
        (phrase.goal(0.8, False), "0.80"),
        (phrase.goal(0.855, False), "0.855"),  # as the user said
        (phrase.goal(0.855, True), "0.85"),
        (phrase.amount(-0.0873, True), "8.7 points"),
        (phrase.amount(0.0996, True), "10 points"),
        (phrase.amount(0.1, True), "10 points"),
        (phrase.amount(0.004, True), "0.40 points"),
        (phrase.amount(2.345, False), "2.3"),
        (phrase.amount(0.0, True), "0 points"),
        (phrase.between((0.0794, 0.0952), True), " (7.9 to 9.5)"),
        (phrase.between((0.0004, 0.0949), True), " (0.04 to 9.49)"),  # not from 0
        (phrase.between((-0.01, 0.02), True), " (-1.0 to 2.0)"),
        (phrase.between((0.2, 0.2000001), True), ""),
        (phrase.between((NAN, NAN), True), ""),
        (phrase.about(64.4), "64"),
        (phrase.about(1234.4), "1,200"),
        (phrase.about(464.4), "460"),
        (phrase.saving(0.58), "58 % fewer"),
        (phrase.saving(0.004), "as many"),
        (phrase.saving(0.9999), "over 99 % fewer"),
        (phrase.saving(-0.4), "40 % more"),
        (phrase.saving(-2.2), "3.2 times as many"),
        (phrase.saving_range(0.4, NAN, NAN), ""),
        (phrase.saving_range(0.55, 0.49, 0.66), " (49 to 66 %)"),
        (phrase.saving_range(-0.55, -0.66, -0.49), " (49 to 66 %)"),
        (phrase.saving_range(0.55, 0.49, 1.0), " (49 % or more)"),
        (phrase.saving_range(-0.55, -INF, -0.49), " (49 % or more)"),
        (phrase.saving_range(-2.2, -3.0, -1.5), " (2.5 to 4.0)"),
        (phrase.saving_range(-2.2, -INF, -1.5), " (2.5 or more)"),
        (phrase.saving_range(0.4, 0.398, 0.402), ""),
        (phrase.saving_range(0.2, 0.12, 1.0, is_bound=True), " (12 %, allowing for chance)"),
        (phrase.saving_range(0.2, 0.2, 1.0, is_bound=True), ""),
        (
            phrase.saving_range(0.1, -0.1, 0.3),
            ", though anything from 10 % more to 30 % fewer is possible",
        ),
        (phrase.saving_range(-0.09, -INF, 0.15, is_bound=True), ", though not for sure"),
        (phrase.join(["margin"]), "margin"),
        (phrase.join(["margin", "my own", "badge"]), 'margin, "my own" and badge'),
    ],
)
def test_sentences_have_two_digits(said, text):
    assert said == text


def test_a_bar_within_a_cell_does_not_end_it():
    assert say.markdown([["a|b", "c"], ["1", "2"]]) == "| a\\|b | c |\n|---|---|\n| 1 | 2 |"


def test_columns_of_a_plain_table_are_as_wide_as_their_widest_cell():
    assert say.plain_table([["a", "long"], ["wide", "b"]]) == "a     long\nwide  b"
