"""A history as it is printed: a short table, whatever it holds."""

import numpy as np
import pytest

from skal.learner import History


def history_of(n, **more):
    return History(
        [
            {"round": k, "n_labeled": 10 + 5 * k, "test_score": 0.5 + k / 100, "fit_seconds": 0.25}
            | {"rows": np.arange(5), "utility": np.zeros(5)}
            | more
            for k in range(n)
        ]
    )


def test_a_short_history_shows_every_round():
    assert repr(history_of(2)).splitlines() == [
        "History of 2 rounds, 10 to 15 labels",
        "round  n_labeled  test_score  fit_seconds",
        "    0         10       0.500        0.250",
        "    1         15       0.510        0.250",
    ]


def test_a_long_history_fits_a_screen():
    lines = repr(history_of(200)).splitlines()
    assert len(lines) == 10
    assert [line.split()[0] for line in lines[2:]] == [
        "0",
        "1",
        "2",
        "...",
        *map(str, range(196, 200)),
    ]


def test_a_history_of_many_scores_fits_a_screen():
    many = {f"test_a_rather_long_name_{k}": 0.5 for k in range(9)}
    assert max(map(len, repr(history_of(3, **many)).splitlines())) <= 80


def test_what_a_round_lacks_is_a_dash():
    assert repr(History([{"n_labeled": 3}, {"n_labeled": 4, "test_f1": 0.25}])).splitlines()[
        1:
    ] == [
        "n_labeled  test_f1",
        "        3        -",
        "        4    0.250",
    ]


@pytest.mark.parametrize("records", [[], [{"loss": 1}]])
def test_a_history_without_anything_to_show_says_its_length(records):
    history = History(records)
    assert repr(history).startswith(f"History of {len(records)} round")
    assert history._repr_html_().count("<td>") == 0


def test_a_notebook_shows_the_same_table_escaped():
    html = history_of(9, **{"test_<b>": 0.5})._repr_html_()
    assert html.count("<tr>") == 9 and "test_&lt;b&gt;" in html
    assert "<b>" not in html and "<script" not in html and "style" not in html


def test_slices_are_shown_alike():
    assert repr(history_of(9)[2:4]).startswith("History of 2 rounds, 20 to 25 labels")


def test_the_size_of_the_test_set_is_shown_where_it_changes():
    same, grown = history_of(2, n_test=50), history_of(2)
    grown[0]["n_test"], grown[1]["n_test"] = 50, 80
    assert "n_test" not in repr(same)
    assert [line.split()[3] for line in repr(grown).splitlines()[1:]] == ["n_test", "50", "80"]
