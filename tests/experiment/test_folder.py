"""What lies in a comparison's folder, and going on from it."""

import itertools
import json
import multiprocessing
import shutil
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas
import pytest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skal.evidence import Proba
from skal.experiment import (
    Comparison,
    DataSet,
    Failure,
    Run,
    _plan,
    _run_files,
    compare,
)
from skal.experiment import _compare as module
from skal.experiment._plan import sources
from skal.learner import History
from skal.learner._journal import Journal
from skal.learner._loop import Loop
from skal.strategies import STRATEGIES, Blend, Power, UtilityStrategy
from tests.experiment.runs import X, Y, bits, learner, same, small


@pytest.fixture
def played(monkeypatch):
    """Names of the runs that were really played."""
    names = []

    def noting(learner, given, run):
        names.append((run.learner, run.repeat))
        return play(learner, given, run)

    play = module.play
    monkeypatch.setattr(module, "play", noting)
    return names


def test_the_same_call_plays_nothing_again(tmp_path, played):
    first = small(folder=tmp_path)
    assert len(played) == 4
    again = small(folder=tmp_path)
    assert len(played) == 4 and same(first, again) and bits(first) == bits(again)


def test_more_repeats_and_learners_only_add_what_is_missing(tmp_path, played):
    small(folder=tmp_path)
    small(folder=tmp_path, n_repeats=3)
    assert played[4:] == [("random", 2), ("margin", 2)]
    more = {"strategy": ["random", "margin", "entropy"]}
    result = small(folder=tmp_path, n_repeats=3, grid=more)
    assert played[6:] == [("entropy", 0), ("entropy", 1), ("entropy", 2)]
    assert bits(result) == bits(small(n_repeats=3, grid=more))


@pytest.mark.parametrize("how", [{"random_state": 1}, {"test_size": 0.5}, {"n_threads": 2}])
def test_what_changes_a_result_plays_again(tmp_path, played, how):
    small(folder=tmp_path, n_repeats=1)
    with pytest.warns(UserWarning, match="another comparison"):
        small(folder=tmp_path, n_repeats=1, **how)
    assert len(played) == 4


def test_another_learner_under_an_old_name_plays_again(tmp_path, played):
    small(folder=tmp_path, n_repeats=1)
    with pytest.warns(UserWarning, match="another comparison"):
        small(folder=tmp_path, n_repeats=1, learners=learner(query_size=15))
    assert len(played) == 4


def scorer(sign):
    class Rule:
        """Its class looks alike from outside."""

        signs = [sign]

        def __call__(self, estimator, X, y):
            return self.signs[0] * estimator.score(X, y)

    return Rule()


def test_a_class_with_another_attribute_plays_again(tmp_path):
    for sign in (1, 1, -1):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "[^ ]+ holds 2 runs of another")
            found = small(folder=tmp_path, n_repeats=1, learners=learner(scoring=scorer(sign)))
        assert np.sign(found.runs[0].history["test_score"]).tolist() == [sign] * 4
    assert len(list((tmp_path / "runs").iterdir())) == 4


@pytest.fixture
def define():
    """Define a strategy that can be asked for by name; again, to change it."""

    def define(sign):
        class Mine(UtilityStrategy):
            name = "mine"

            def needs(self):
                return {"proba": Proba()}

            def utility(self, proba):
                return proba.max(axis=1) ** sign

    yield define
    del STRATEGIES["mine"]


@pytest.mark.parametrize("strategy", ["mine", Power("mine"), Blend(["margin", "mine"])])
def test_a_strategy_of_ones_own_that_is_asked_for_by_name_counts_by_its_code(
    tmp_path, played, define, strategy
):
    for sign in (1, 1, -1):
        define(sign)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "[^ ]+ holds 1 runs of another")
            small(folder=tmp_path, n_repeats=1, grid=None, learners=learner(strategy=strategy))
    assert len(played) == 2


@pytest.mark.parametrize("package", ["skal", "sklearn", "torch", "numpy", "scipy", "skorch"])
def test_another_version_of_a_library_plays_again(tmp_path, played, monkeypatch, package):
    one = {"strategy": ["random"]}
    small(folder=tmp_path, n_repeats=1, grid=one)
    monkeypatch.setattr(sys.modules[package], "__version__", "99.9")
    with pytest.warns(UserWarning, match="another comparison"):
        small(folder=tmp_path, n_repeats=1, grid=one)
    assert len(played) == 2
    assert json.loads((tmp_path / "comparison.json").read_text())["versions"][package] == "99.9"


def test_scores_in_another_order_play_again(tmp_path, played):
    for names in (["accuracy", "f1_macro"], ["f1_macro", "accuracy"]):
        one = learner(scoring={name: name for name in names})
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "[^ ]+ holds 1 runs of another")
            result = compare(one, X, Y, n_repeats=1, folder=tmp_path, verbose=0)
        assert result.score_names == [f"test_{name}" for name in names]
    assert len(played) == 2


def test_an_edit_of_skal_itself_plays_again(tmp_path, played, monkeypatch):
    for code in ("as installed", "as installed", "edited"):
        monkeypatch.setattr(_plan, "SOURCES", code)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "[^ ]+ holds 2 runs of another")
            small(folder=tmp_path, n_repeats=1)
    assert len(played) == 4


@pytest.mark.parametrize(
    ("edited", "counts"),
    [
        ("measures.py", True),
        ("strategies/uncertainty.py", True),
        ("learner/_loop.py", True),
        ("experiment/_play.py", True),
        ("experiment/_verdict.py", False),
        ("plotting/page/_html.py", False),
        ("commands/compare.py", False),
        ("__main__.py", False),
    ],
)
def test_of_skal_the_files_count_that_a_run_goes_through(tmp_path, edited, counts):
    installed = Path(_plan.__file__).parents[1]
    assert sources(installed) == _plan.SOURCES
    copy = shutil.copytree(installed, tmp_path / "skal", ignore=shutil.ignore_patterns("*.pyc"))
    assert sources(copy) == _plan.SOURCES  # wherever it lies
    with (copy / edited).open("a") as file:
        file.write("VALUE = 1\n")
    assert (sources(copy) != _plan.SOURCES) == counts


def test_a_column_of_another_dtype_plays_again(tmp_path, played):
    frame = pandas.DataFrame(X * 16)
    for pool in (frame, frame.astype({3: np.float32}), frame):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "[^ ]+ holds 1 runs of another")
            compare(learner(), pool, Y, n_repeats=1, folder=tmp_path, verbose=0)
    assert len(played) == 2


def test_an_interrupted_call_goes_on(tmp_path, monkeypatch):
    def stops_at_third(learner, given, run):
        if (run.learner, run.repeat) == ("random", 1):
            raise KeyboardInterrupt
        return play(learner, given, run)

    play = module.play
    monkeypatch.setattr(module, "play", stops_at_third)
    with pytest.raises(KeyboardInterrupt):
        small(folder=tmp_path)
    assert [run.key[1:] for run in Comparison.load(tmp_path).runs] == [("random", 0), ("margin", 0)]
    monkeypatch.setattr(module, "play", play)
    assert bits(small(folder=tmp_path)) == bits(small())


def test_a_file_is_there_as_a_whole_or_not_at_all(tmp_path, monkeypatch):
    def breaks(file, **columns):
        file.write(b"half of it")
        raise OSError("disk full")

    monkeypatch.setattr(_run_files.np, "savez_compressed", breaks)
    with pytest.raises(OSError, match="disk full"):
        _run_files.write_history(tmp_path / "runs" / "a.npz", History([{"round": 0}]))
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_run_comes_back_from_its_file_bit_for_bit(tmp_path):
    history = History(
        [
            {"round": 0, "rows": np.array([3, 1]), "class_counts": {"b": 2}, "test_score": 0.1},
            {
                "round": 1,
                "rows": np.array([2]),
                "predicted": np.array(["a é"]),
                "confidence": np.array([1 / 3]),
                "class_counts": {"a é": 1},
                "test_score": float("nan"),
            },
        ]
    )
    _run_files.write_history(tmp_path / "a.npz", history)
    back = _run_files.read_history(tmp_path / "a.npz")
    assert _run_files.same_history(history, back)
    assert back[0].keys() == history[0].keys() and back[1]["class_counts"] == {"a é": 1}
    assert back[1]["predicted"][0] == "a é" and back[1]["confidence"][0] == 1 / 3


def test_labels_that_are_objects_need_no_pickle(tmp_path):
    labels = np.array(["cat", "dog"], dtype=object)
    _run_files.write_history(tmp_path / "a.npz", History([{"labels": labels}]))
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        assert file["labels"].tolist() == ["cat", "dog"]


def test_save_and_load_keep_everything(tmp_path):
    result = small()
    failed = Comparison(
        result.runs,
        baseline="margin",
        data=result.data,
        failures=[Failure("data", "entropy", 0, "ValueError: no", "Traceback")],
        params=result.params,
    )
    back = Comparison.load(failed.save(tmp_path / "new" / "folder"))
    assert bits(back) == bits(failed)
    assert back.baseline == "margin" and back.failures == failed.failures
    assert back.data == failed.data and back.params == failed.params


def test_no_file_of_a_folder_holds_a_pickle(tmp_path):
    small(folder=tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".json", ".npz"} and len(files) == 5
    for path in files:
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as columns:
                assert all(columns[name].dtype != object for name in columns)
    assert json.loads((tmp_path / "comparison.json").read_text())["learners"]["margin"]


def test_loading_a_folder_that_holds_none_says_so(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no comparison.json"):
        Comparison.load(tmp_path)
    (tmp_path / "comparison.json").write_text('{"format": 99}')
    with pytest.raises(ValueError, match="format 99"):
        Comparison.load(tmp_path)


def test_merge_joins_repeats_and_learners():
    both = small(n_repeats=2)
    parts = [type(both)([r for r in both.runs if r.repeat == k], data=both.data) for k in (0, 1)]
    merged = parts[0].merge(parts[1], both)
    assert bits(merged) == bits(both) and merged.baseline == "random"


def test_merge_refuses_two_results_of_one_run():
    one = Comparison([Run("d", "a", 0, History([{"round": 0, "test_score": 0.5}]))])
    two = Comparison([Run("d", "a", 0, History([{"round": 0, "test_score": 0.6}]))])
    with pytest.raises(ValueError, match="'a' on 'd', repeat 0, has two different results"):
        one.merge(two)
    sets = [Comparison([], data={"d": DataSet(n, 1, {0: n})}) for n in (1, 2)]
    with pytest.raises(ValueError, match="data set 'd' differs"):
        sets[0].merge(sets[1])


def test_merge_refuses_runs_that_are_no_pairs():
    one = small(grid={"strategy": ["random"]})
    for how in ({"random_state": 1}, {"test_size": 0.5}):
        with pytest.raises(ValueError, match="would be no pairs"):
            one.merge(small(grid={"strategy": ["margin"]}, **how))
    pairs = one.merge(small(grid={"strategy": ["margin"]}))
    by_name = sorted(small().runs, key=lambda run: run.learner == "margin")
    assert bits(pairs) == bits(Comparison(by_name))


def test_a_comparison_merges_with_its_saved_copy(tmp_path):
    imputing = make_pipeline(SimpleImputer(), LogisticRegression(max_iter=200))
    result = small(learners=learner().set_params(estimator=imputing), n_repeats=1)
    assert same(result.merge(Comparison.load(result.save(tmp_path))), result)


def test_a_refused_call_leaves_the_folder_as_it_was(tmp_path):
    small(folder=tmp_path, n_repeats=1)
    for how in ({"random_state": -1}, {"n_jobs": 0}, {"grid": {"strategy": ["no"]}}):
        with pytest.raises(ValueError):
            small(folder=tmp_path, n_repeats=1, **how)
    assert len(Comparison.load(tmp_path).runs) == 2


def test_what_compare_sets_itself_does_not_tell_learners_apart(tmp_path, played):
    small(folder=tmp_path, n_repeats=1)
    small(folder=tmp_path, n_repeats=1, learners=learner(random_state=5, verbose=1, on_round=print))
    assert len(played) == 2


def test_records_with_lists_are_saved_too(tmp_path):
    history = History([{"rows": [5, 1]}, {"rows": [4]}])
    _run_files.write_history(tmp_path / "a.npz", history)
    assert [r["rows"].tolist() for r in _run_files.read_history(tmp_path / "a.npz")] == [
        [5, 1],
        [4],
    ]


def test_runs_of_another_comparison_are_not_set_aside_silently(tmp_path):
    small(folder=tmp_path, n_repeats=1)
    with pytest.warns(UserWarning, match="holds 2 runs of another comparison .'random', 'margin'"):
        small(folder=tmp_path, n_repeats=1, grid={"strategy": ["entropy"]})
    assert [run.learner for run in Comparison.load(tmp_path).runs] == ["entropy"]


# ---------------------------------------------------------------- inside a run


class KilledError(BaseException):
    """Ends a process as `kill -9` does: nobody catches it, nothing more is written."""


@pytest.fixture
def cut_off(tmp_path, monkeypatch):
    """A folder in which the second of four runs was cut off after three rounds."""

    def dies(journal, loop, written=itertools.count(1)):
        if next(written) == 4 + 3 + 1:  # four rounds a run
            raise KilledError
        write(journal, loop)

    write = Journal.write
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "write", dies)
        with pytest.raises(KilledError):
            small(folder=tmp_path)
    return tmp_path


def test_a_comparison_that_was_cut_off_goes_on_inside_the_run(cut_off, monkeypatch):
    rounds = []
    play_round = Loop.play_round
    monkeypatch.setattr(
        Loop, "play_round", lambda loop, *how: (rounds.append(1), play_round(loop, *how))
    )
    assert len(list(cut_off.glob("unfinished/*"))) == 1
    again = small(folder=cut_off)
    assert len(rounds) == 4 * 4 - 4 - 3
    monkeypatch.undo()
    assert bits(again) == bits(small())
    assert not (cut_off / "unfinished").exists()


def test_a_journal_that_cannot_serve_does_not_keep_a_run_from_being_played(cut_off):
    (journal,) = cut_off.glob("unfinished/*")
    journal.write_text("damaged\n")
    assert bits(small(folder=cut_off)) == bits(small())
    assert not (cut_off / "unfinished").exists()


def test_a_worker_that_sees_no_folder_plays_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "journal_in", lambda folder, key: f"/nowhere/{key}.jsonl")
    assert bits(small(folder=tmp_path)) == bits(small())


def play_slowly(folder):
    small(folder=folder, n_repeats=4)


@pytest.mark.slow
def test_killed_at_random_twenty_times_it_ends_with_the_same_table(tmp_path):
    rng = np.random.default_rng(0)
    spawn = multiprocessing.get_context("forkserver")  # imports once, then forks
    spawn.set_forkserver_preload(["tests.experiment.runs"])
    expected = bits(small(n_repeats=4))
    kills = partly = 0
    folder = tmp_path / "0"
    while kills < 20:
        child = spawn.Process(target=play_slowly, args=(folder,))
        child.start()
        done = rng.integers(1, 8)  # runs to wait for, as a busy machine may take any time for one
        while child.is_alive() and len(list(folder.glob("runs/*.npz"))) < done:
            time.sleep(0.005)
        child.join(rng.uniform(0, 0.2))
        if child.exitcode is None:
            child.kill()
            child.join()
            kills += 1
            partly += 0 < len(list(folder.glob("runs/*.npz"))) < 8
        else:
            assert child.exitcode == 0
            assert bits(Comparison.load(folder)) == expected
            folder = tmp_path / str(kills)
    assert partly >= 5  # the kills hit comparisons that were under way
    assert bits(small(n_repeats=4, folder=folder)) == expected
