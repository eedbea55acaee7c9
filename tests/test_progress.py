"""Bars where they can be redrawn, and nowhere else."""

import pytest

from skal._progress import can_redraw, with_bar


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_terminal_can_redraw_and_a_file_cannot(is_terminal, monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: is_terminal)
    assert can_redraw() == is_terminal
    assert list(with_bar([1, 2, 3], "Counting", verbose=1)) == [1, 2, 3]
    assert ("Counting" in capsys.readouterr().err) == is_terminal


def test_silence_shows_no_bar_in_a_terminal(monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert list(with_bar([1, 2, 3], "Counting", verbose=0)) == [1, 2, 3]
    assert capsys.readouterr().err == ""


def test_a_widget_of_a_notebook_can_redraw(monkeypatch):
    class Widget:
        __module__ = "tqdm.notebook"

    monkeypatch.setattr("skal._progress.tqdm", type("tqdm", (Widget,), {}))
    assert can_redraw()
