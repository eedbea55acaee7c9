"""What one bar shows of many runs."""

from skal.experiment import Failure, Run
from skal.experiment._progress_bar import Board, Noting
from skal.learner import History

RUN = Run("cats", "margin", 1, History([{"round": 3, "n_labeled": 60, "test_score": 0.5}]))


def test_the_bar_counts_parts_of_runs_and_tells_of_the_first_two(monkeypatch):
    monkeypatch.setattr("skal.experiment._progress_bar.can_redraw", lambda: True)
    with Board(n_runs=5, finished=1, verbose=1) as board:
        for key, n_labeled in [("a", 20), ("b", 40), ("c", 60)]:
            history = History([{"round": 3, "n_labeled": n_labeled, "test_score": 0.5}])
            Noting(board.note_file(key), budget=80)(history)
        board._show()
        assert board.bar.n == 1 + 0.25 + 0.5 + 0.75
        assert board.bar.postfix == "round 3: 20 labels 0.500; round 3: 40 labels 0.500"
        board.done("a", RUN)
        assert "2 of 5 runs" in str(board.bar)
        assert board.bar.n == 2 + 0.5 + 0.75
        assert board.bar.postfix.startswith("round 3: 40 labels") and "60" in board.bar.postfix


def test_where_nothing_can_be_redrawn_every_finished_run_is_a_line(capsys):
    with Board(n_runs=4, finished=1, verbose=1) as board:
        assert board.note_file("a") is None
        board.done("a", RUN)
        board.done("b", Failure("cats", "badge", 0, "ValueError: no"))
        board.done("c", RUN)
    found, first, second, third = capsys.readouterr().err.splitlines()
    assert found == "1 of 4 runs were played before."
    assert first.startswith("2 of 4 runs: margin on cats, repeat 1: 60 labels, 0.500; about 00:0")
    assert second.startswith("3 of 4 runs: badge on cats, repeat 0: ValueError: no; about ")
    assert third == "4 of 4 runs: margin on cats, repeat 1: 60 labels, 0.500"


def test_silence_is_kept(capsys):
    with Board(n_runs=1, finished=0, verbose=0) as board:
        board.done("a", RUN)
    assert capsys.readouterr().err == ""
