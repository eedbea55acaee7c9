"""What one bar shows of many runs."""

from skal.experiment._progress_bar import Board, Noting
from skal.learner import History


def test_the_bar_counts_parts_of_runs_and_tells_of_the_first_two():
    with Board(n_runs=5, finished=1, verbose=1) as board:
        for key, n_labeled in [("a", 20), ("b", 40), ("c", 60)]:
            history = History([{"round": 3, "n_labeled": n_labeled, "test_score": 0.5}])
            Noting(board.note_file(key), budget=80)(history)
        board._show()
        assert board.bar.n == 1 + 0.25 + 0.5 + 0.75
        assert board.bar.postfix == "round 3: 20 labels 0.500; round 3: 40 labels 0.500"
        board.done("a")
        assert board.bar.n == 2 + 0.5 + 0.75
        assert board.bar.postfix.startswith("round 3: 40 labels") and "60" in board.bar.postfix
