"""A trainer in a process of its own: nobody waits for it, and nothing depends on it."""

import os
import pickle
import signal
import time
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.naive_bayes import GaussianNB

from skal import ActiveLearner
from skal.labeling import LabelingSession, LabelStore, _background
from skal.labeling._background import packed

X, Y = load_digits(return_X_y=True)
X, Y = X[:240] / 16, Y[:240].astype(str)
SECONDS = 90  # a loaded machine imports torch for half a minute


def until(what):
    end = time.monotonic() + SECONDS
    while not (found := what()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)
    return found


class Odd(GaussianNB):
    """A class of the user's script, which cannot learn."""

    def fit(self, X, y, sample_weight=None):
        raise RuntimeError("no memory on the device")


@pytest.fixture
def opened(tmp_path):
    sessions = []

    def open_(estimator):
        learner = ActiveLearner(estimator, "margin")
        path, classes = tmp_path / "digits.skal", [str(k) for k in range(10)]
        sessions.append(
            LabelingSession(path, X, learner, classes, retrain_every=10, random_state=0)
        )
        return sessions[-1]

    yield open_
    for session in sessions:
        session.close()


def label(session, n):
    for _ in range(n):
        task = session.next("anna")[0]
        session.answer("anna", task.item, Y[task.row])


def status(session):
    return session.progress()["model"]["status"]


def test_a_memmap_reaches_the_trainer_by_its_name(tmp_path):
    wide = np.memmap(tmp_path / "pool.bin", np.float32, "w+", shape=(1000, 64))
    wide[:] = np.arange(64)
    told = packed((wide, wide[::2]))
    whole, half = pickle.loads(told)
    assert len(told) < 200_000 and np.array_equal(whole, wide) and np.array_equal(half, wide[::2])
    assert whole.filename == wide.filename


def test_it_trains_when_enough_is_answered_and_a_dead_one_stops_nobody(opened):
    session = opened(GaussianNB(var_smoothing=1e-2))
    start = time.monotonic()
    session.start_trainer()
    label(session, 12)
    assert time.monotonic() - start < SECONDS / 3  # nobody waited for it to begin
    until(lambda: any(record["learner"] for record in session.store.rounds()))
    assert session.learner.n_labeled_ >= 10 and session.next("anna")[0].suggestion
    trainer = session._background._process
    os.kill(trainer.pid, signal.SIGKILL)
    until(lambda: status(session) == "stopped")
    error = session.progress()["model"]["error"]
    assert error == "the trainer ended (code -9): it left no message"
    label(session, 5)  # by the queue that is there
    with pytest.raises(ProcessLookupError):
        os.kill(trainer.pid, 0)


def test_a_round_that_fails_is_told_and_a_trainer_ends_with_its_parent(opened):
    session = opened(Odd())
    session.start_trainer()
    label(session, 12)
    error = until(lambda: session.progress()["model"]["error"])
    assert error == "RuntimeError: no memory on the device" and status(session) == "failed"
    trainer = session._background._process
    trainer.stdin.close()  # as the system does where the parent dies
    assert trainer.wait(SECONDS) == 0


def test_what_failed_is_not_tried_again_before_there_is_news(tmp_path, monkeypatch):
    tried = []

    def find_suspects():
        tried.append(1)
        raise RuntimeError("no memory on the device")

    def sleep(seconds, turns=iter(range(5))):
        if next(turns, None) is None:
            raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", sleep)
    with LabelStore(tmp_path / "pets.skal") as store, pytest.raises(KeyboardInterrupt):
        is_due, wants = (lambda: False), (lambda: True)
        _background.work(
            SimpleNamespace(
                store=store, is_due=is_due, wants_suspects=wants, find_suspects=find_suspects
            )
        )
    assert len(tried) == 1


def test_a_long_round_is_told_again_and_again(tmp_path, monkeypatch):
    monkeypatch.setattr(_background, "BEAT", 0.02)
    with LabelStore(tmp_path / "pets.skal") as store:
        with _background._telling(store, "training"):
            first = store.noted("trainer")
            while (latest := store.noted("trainer"))["at"] == first["at"]:
                time.sleep(0.01)
        assert latest["status"] == "training"
