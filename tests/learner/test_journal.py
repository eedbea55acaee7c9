"""`fit(journal=)` after `kill -9` at any moment: the result is that of one whole `fit`."""

import itertools
import json
import os
import signal
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from torch import nn

from skal import ActiveLearner, NetClassifier
from skal.exceptions import StoreError
from skal.learner import PseudoLabels, _journal, restored, round_record

NET = NetClassifier(nn.Linear, module__out_features=3, max_epochs=2, batch_size=4)
SGD = SGDClassifier(loss="log_loss", max_iter=5, tol=None)
SOFT = PseudoLabels(threshold=0.4)
KINDS = {
    "cumulative": {"estimator": NET},
    "half-cumulative": {"estimator": NET, "mode": "half-cumulative"},
    "incremental": {"estimator": SGD, "mode": "incremental"},
    "pseudo-labels": {"estimator": GaussianNB(), "pseudo_labels": SOFT},
    "warm, pseudo-labels": {"estimator": SGD, "mode": "half-cumulative", "pseudo_labels": SOFT},
    "a strategy with memory": {
        "estimator": LogisticRegression(),
        "strategy": "albl",
        "pseudo_labels": SOFT,
    },
}
kinds = pytest.mark.parametrize("kind", KINDS)


def learner_of(kind="cumulative", **params):
    sizes = {"init_size": 8, "query_size": 4, "budget": 32, "random_state": 0}
    return ActiveLearner(**(sizes | KINDS[kind] | params))


def assert_same(first, second, X):
    assert len(first.history_) == len(second.history_)
    for one, other in zip(first.history_, second.history_, strict=True):
        assert one.keys() == other.keys()
        for name in one:
            if not name.endswith("_seconds"):
                np.testing.assert_array_equal(one[name], other[name], strict=name != "class_counts")
    for name, values in first.answers_.items():
        np.testing.assert_array_equal(values, second.answers_[name], strict=True)
    np.testing.assert_array_equal(first.predict_proba(X), second.predict_proba(X))
    asked = [learner.set_params(budget=None).query(X, 5) for learner in (first, second)]
    np.testing.assert_array_equal(*asked)


def n_calls(work):
    """Count the calls of functions in which a process can be killed."""
    n = [0]
    sys.setprofile(lambda *event: n.__setitem__(0, n[0] + 1))
    try:
        work()
    finally:
        sys.setprofile(None)
    return n[0]


def killed(work, calls):
    """Run `work` in a process that is killed after so many calls of functions; say if it was."""
    child = os.fork()
    if not child:
        left = itertools.count(calls, -1)
        sys.setprofile(lambda *event: next(left) or os.kill(os.getpid(), signal.SIGKILL))
        try:
            work()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def written(path, lines):
    path.write_bytes(b"".join(lines))
    return path


@pytest.fixture
def journal(tmp_path):
    return tmp_path / "journal.jsonl"


@pytest.fixture
def broken(blobs, journal):
    """A journal of three rounds out of seven."""
    learner_of().fit(*blobs, journal=journal)
    return written(journal, journal.read_bytes().splitlines(keepends=True)[:4])


# ---------------------------------------------------------------- going on


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a process that was forked")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@kinds
def test_fit_killed_at_any_moments_goes_on_as_if_nothing_had_been(blobs, test_set, kind, journal):
    whole = learner_of(kind).fit(*blobs, **test_set)
    n = n_calls(lambda: learner_of(kind).fit(*blobs, **test_set))

    def work():
        learner_of(kind).fit(*blobs, **test_set, journal=journal)

    moments = np.random.default_rng(len(kind)).integers(n, size=4).tolist()
    deaths = [killed(work, calls) for calls in moments]
    assert deaths[0]
    assert_same(learner_of(kind).fit(*blobs, **test_set, journal=journal), whole, blobs[0])


@kinds
def test_fit_goes_on_after_any_number_of_rounds(blobs, kind, journal):
    whole = learner_of(kind).fit(*blobs, journal=journal)
    lines = journal.read_bytes().splitlines(keepends=True)
    for k in (0, 1, 2, len(lines) - 1, len(lines)):
        again = learner_of(kind).fit(*blobs, journal=written(journal, lines[:k]))
        assert_same(again, whole, blobs[0])


def test_line_that_was_cut_off_is_dropped(blobs, journal):
    whole = learner_of().fit(*blobs, journal=journal)
    lines = journal.read_bytes().splitlines(keepends=True)
    for cut in (1, len(lines[3]) // 2, len(lines[3]) - 1):
        written(journal, [*lines[:3], lines[3][:cut]])
        assert_same(learner_of().fit(*blobs, journal=journal), whole, blobs[0])
        assert len(journal.read_bytes().splitlines()) == len(lines)


def test_first_line_that_was_cut_off_begins_anew(blobs, journal):
    whole = learner_of().fit(*blobs, journal=journal)
    start = journal.read_bytes()
    for cut in (3, 40):
        assert_same(
            learner_of().fit(*blobs, journal=written(journal, [start[:cut]])), whole, blobs[0]
        )


def test_rounds_that_were_played_before_are_not_told_again(blobs, broken):
    learner_of(on_round=pytest.fail, budget=16).fit(*blobs, journal=broken)


def test_fit_without_a_seed_goes_on_with_the_one_it_drew(blobs, journal):
    whole = learner_of(random_state=None).fit(*blobs, journal=journal)
    written(journal, journal.read_bytes().splitlines(keepends=True)[:4])
    assert_same(learner_of(random_state=None).fit(*blobs, journal=journal), whole, blobs[0])


def test_journal_goes_on_with_a_larger_budget(blobs, journal):
    learner_of(budget=16).fit(*blobs, journal=journal)
    assert_same(learner_of().fit(*blobs, journal=journal), learner_of().fit(*blobs), blobs[0])


@pytest.mark.parametrize("kind_of_label", [str, object, np.int8])
def test_labels_come_back_as_what_they_were(blobs, journal, kind_of_label):
    X, y = blobs
    y = np.array(["a", "bb", "ccc"], dtype=object)[y] if kind_of_label is object else y
    y = y.astype(kind_of_label)
    whole = learner_of().fit(X, y, journal=journal)
    written(journal, journal.read_bytes().splitlines(keepends=True)[:4])
    assert_same(learner_of().fit(X, y, journal=journal), whole, X)


def test_journal_is_strict_json_with_rows_and_labels_to_read(blobs, journal):
    whole = learner_of().fit(*blobs, journal=journal)

    def refuse(word):
        raise AssertionError(f"{word} is no JSON")

    lines = [json.loads(t, parse_constant=refuse) for t in journal.read_text().splitlines()]
    rows = [row for line in lines[1:] for row in line["rows"]]
    labels = [label for line in lines[1:] for label in line["labels"]]
    assert rows == whole.labeled_rows_.tolist()
    assert labels == blobs[1][rows].tolist()


# ---------------------------------------------------------------- refusals


CHANGES = {
    "estimator__max_epochs": lambda: learner_of(estimator=clone(NET).set_params(max_epochs=3)),
    "estimator": lambda: learner_of(estimator=LogisticRegression()),
    "strategy": lambda: learner_of(strategy="entropy"),
    "mode": lambda: learner_of(mode="incremental"),
    "query_size": lambda: learner_of(query_size=5),
    "init_size": lambda: learner_of(init_size=9),
    "random_state": lambda: learner_of(random_state=1),
    "scoring": lambda: learner_of(scoring="f1_macro"),
    "budget": lambda: learner_of(budget=12),
}


@pytest.mark.parametrize("name", CHANGES)
def test_other_parameters_are_refused_by_name(blobs, broken, name):
    before = broken.read_bytes()
    with pytest.raises(ValueError, match=f"^{name} must be"):
        CHANGES[name]().fit(*blobs, journal=broken)
    assert broken.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("X", lambda X, y: (X + 1, y)),
        ("X", lambda X, y: (X[::-1], y)),
        ("y", lambda X, y: (X, y[::-1])),
        ("X", lambda X, y: (X[:50], y[:50])),
    ],
)
def test_other_data_are_refused_by_name(blobs, broken, name, change):
    with pytest.raises(ValueError, match=f"^{name} must be what it was"):
        learner_of().fit(*change(*blobs), journal=broken)


def test_other_test_set_is_refused(blobs, test_set, broken):
    with pytest.raises(ValueError, match="^X_test must be what it was"):
        learner_of().fit(*blobs, **test_set, journal=broken)


def test_refused_journal_leaves_the_learner_as_it_was(blobs, broken):
    learner = learner_of(random_state=1)
    before = vars(learner).copy()
    with pytest.raises(ValueError, match="random_state"):
        learner.fit(*blobs, journal=broken)
    assert vars(learner) == before


@pytest.mark.parametrize("text", ["key,label\na.png,cat\n", "{}\n", "notes without an end"])
def test_file_that_is_no_journal_is_left_as_it_is(blobs, journal, text):
    journal.write_text(text)
    with pytest.raises(StoreError, match="must be a file that fit wrote"):
        learner_of().fit(*blobs, journal=journal)
    assert journal.read_text() == text


def test_damaged_line_in_the_middle_is_refused(blobs, broken):
    lines = broken.read_bytes().splitlines(keepends=True)
    written(broken, [*lines[:2], b"?" + lines[2], *lines[3:]])
    with pytest.raises(StoreError, match="line 3"):
        learner_of().fit(*blobs, journal=broken)


def test_place_that_cannot_be_written_is_refused_before_any_work(blobs, tmp_path):
    for place in (tmp_path, tmp_path / "missing" / "journal.jsonl"):
        with pytest.raises(StoreError, match="must be a file that can be written"):
            learner_of(on_round=pytest.fail).fit(*blobs, journal=place)


def test_second_fit_on_an_open_journal_is_refused(blobs, journal):
    pytest.importorskip("fcntl", reason="Windows has other locks")

    def fit_again(history):
        with pytest.raises(StoreError, match="one fit at a time"):
            learner_of().fit(*blobs, journal=journal)

    learner_of(on_round=fit_again, budget=12).fit(*blobs, journal=journal)


def test_full_disk_is_said_and_the_rounds_before_are_kept(blobs, journal, monkeypatch):
    whole = learner_of().fit(*blobs)
    full = iter([None, None, None, OSError(28, "No space left on device")])

    def sync(handle):
        error = next(full, None)
        if error:
            raise error

    with monkeypatch.context() as patch:
        patch.setattr(_journal.os, "fsync", sync)
        with pytest.raises(StoreError, match="No space left"):
            learner_of().fit(*blobs, journal=journal)
    assert len(journal.read_bytes().splitlines()) == 2
    assert_same(learner_of().fit(*blobs, journal=journal), whole, blobs[0])


def test_other_versions_are_warned_of(blobs, broken):
    lines = broken.read_text().replace('"numpy": "', '"numpy": "0.', 1)
    broken.write_text(lines)
    with pytest.warns(UserWarning, match="other versions of numpy"):
        learner_of().fit(*blobs, journal=broken)


def test_journal_and_warm_start_are_two_ways_to_go_on(blobs, journal):
    learner = learner_of(warm_start=True).fit(*blobs)
    with pytest.raises(ValueError, match="leave one of them out"):
        learner.fit(*blobs, journal=journal)


# ---------------------------------------------------------------- learners that people teach


def taught(kind, X, y, n_rounds):
    """Ask, answer part of it, correct the first answer, write down."""
    learner, records = learner_of(kind, budget=None), []
    for round_ in range(n_rounds):
        rows = learner.query(X, 6)[:5]
        labels = y[rows].astype("U9")
        pool = X if learner.pseudo_labels else None
        if round_ == 1:
            rows, labels = np.append(rows, learner.labeled_rows_[0]), np.append(labels, "1")
        classes = ["0", "1", "2"] if round_ == 0 else None
        who = [None, "anna", ["ben"] * len(rows), None][round_]
        learner.teach(X[rows], labels, classes, rows=rows, pool=pool, annotator=who)
        learner.query(X, 6)
        records.append(json.loads(json.dumps(round_record(learner), allow_nan=False)))
    return learner, records


@kinds
def test_restored_learner_is_the_one_that_was_taught(blobs, kind):
    X, y = blobs
    learner, records = taught(kind, X, y, 4)
    again = restored(learner_of(kind, budget=None), records, X)
    assert_same(again, learner, X)
    rows = learner.query(X, 6)
    pool = X if learner.pseudo_labels else None
    for one in (learner, again):
        one.teach(X[rows], y[rows].astype(str), rows=rows, pool=pool)
    assert_same(again, learner, X)


def test_restored_learner_trains_the_last_round_only(blobs):
    X, y = blobs
    _, records = taught("cumulative", X, y, 3)
    records[0]["training"] = "by other parameters, whose weights nobody needs"
    assert restored(learner_of(budget=None), records, X).n_labeled_ == 15


def test_no_records_give_an_unfitted_learner(blobs):
    assert not hasattr(restored(learner_of(), [], blobs[0]), "estimator_")


def test_pool_that_has_grown_is_that_of_the_records(blobs):
    X, y = blobs
    learner, records = taught("cumulative", X, y, 2)
    again = restored(learner_of(budget=None), records, np.concatenate([X, X[:5] + 9]))
    np.testing.assert_array_equal(again.predict_proba(X), learner.predict_proba(X))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"estimator": LogisticRegression()}, "must be those by which the rounds"),
        ({"mode": "half-cumulative"}, "must be those by which the rounds"),
        ({"random_state": 1}, "random_state must be that of the records"),
    ],
)
def test_records_of_another_learner_are_refused(blobs, change, message):
    X, y = blobs
    _, records = taught("cumulative", X, y, 2)
    with pytest.raises(ValueError, match=message):
        restored(learner_of(budget=None, **change), records, X)


def test_records_of_other_rows_are_refused(blobs):
    X, y = blobs
    _, records = taught("cumulative", X, y, 2)
    with pytest.raises(ValueError, match="X must hold the rows that records tells of"):
        restored(learner_of(budget=None), records, X[::-1])
    with pytest.raises(ValueError, match="rounds from 0 on"):
        restored(learner_of(budget=None), records[1:], X)
