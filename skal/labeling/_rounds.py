"""Rounds of training over a store: when one is due, what it is played by, what it leaves behind."""

import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from threading import Event as Flag
from threading import RLock, Thread
from typing import Any

import joblib
import numpy as np
from sklearn.base import clone

from skal._containers import take_rows
from skal._threads import limited_threads
from skal.exceptions import ImageError, SkalError, StoreError
from skal.labeling._audit import audit_accuracy
from skal.labeling._known import KnownItems
from skal.labeling._snapshot import Settled, Snapshot, settled
from skal.labeling._store import LabelStore
from skal.labeling._suspects import out_of_fold, suspects_from_proba
from skal.labeling._teacher import Plan, Teacher
from skal.labeling.agreement import krippendorff_alpha
from skal.learner import ActiveLearner, check_parts
from skal.strategies import Subsample, TypiClust

__all__ = [
    "Rounds",
    "ask_again",
    "Settings",
    "TrainedElsewhereError",
    "as_learner",
    "refreshed",
    "standing_of",
]

TYPICAL_AMONG = 2000  # rows that typical ones are looked for among
HOLD = 30.0  # seconds for which a process that died keeps others from training
LEAST = 10  # new labels that are worth a round
MOST_AHEAD = 1000  # items in a queue: the last of a longer one would be those of an old model


class TrainedElsewhereError(SkalError):
    """Another process trains on the store, or died less than half a minute ago."""


@dataclass(frozen=True)
class Settings:
    """How people are asked, and how a model learns from them."""

    seed: int
    answers_per_item: int = 1
    overlap: float = 0.0
    max_answers: int = 3
    policy: str = "auto"
    retrain_every: int | None = None
    n_ahead: int | None = None
    low_water: int | None = None
    audit: float = 0.1
    initial: str = "typical"
    blind: bool = False

    def every(self, n_labels: int) -> int:
        """How many new labels start a round."""
        return self.retrain_every or max(LEAST, n_labels // 10)

    def ahead(self, n_labels: int, n_new: int) -> int:
        """How many items a round puts into the queue, after `n_new` answers since the last one."""
        if self.n_ahead:
            return self.n_ahead
        # what people answer while two rounds are trained, or a slow one leaves them without
        return max(5 * self.every(n_labels), min(2 * n_new, MOST_AHEAD))


def as_learner(learner: Any, settings: Settings) -> ActiveLearner:
    """Make a learner that can be taught again the same: seeded, unfitted, quiet."""
    found = clone(learner) if isinstance(learner, ActiveLearner) else ActiveLearner(learner)
    found.set_params(verbose=0, on_round=None)
    if not isinstance(found.random_state, int | np.integer):
        found.set_params(random_state=settings.seed)
    if settings.initial == "typical":
        found.set_params(initial=Subsample(TypiClust(), max_candidates=TYPICAL_AMONG))
    elif settings.initial == "random":
        found.set_params(initial="random")
    return found


def n_threads() -> int:
    """Count the threads that train: one processor is left to those who label."""
    return max(1, joblib.cpu_count() - 1)


def refreshed(store: LabelStore, known: KnownItems) -> list[int]:
    """Bring items into a store that are new in its pool, and say which are gone."""
    known.items.refresh()
    known.look(store.items())
    # what moved has a new name, but is no new item
    new = np.setdiff1d(np.arange(len(known.items)), known.rows)
    is_weak = known.items.kind == "text" and known.items.has_numbers_as_keys
    store.add_items(known.items.keys[new], known.items.digests(new) if is_weak else None)
    table = store.items()
    known.look(table)
    gone = known.gone()
    was = set(table["id"][table["present"] == 0].tolist())
    store.set_present([item for item in gone if item not in was], False)
    store.set_present(was - set(gone), True)
    return gone


def ask_again(
    store: LabelStore, known: KnownItems, settings: Settings, snapshot: Snapshot, items: list[int]
) -> None:
    """Want one answer to come to each item that people disagree about."""
    n_answers = Counter(snapshot.labels().item.tolist())
    wanted: dict[int, list[int]] = {}
    for item in items:
        usual = settings.answers_per_item + (known.lot(item) < settings.overlap)
        wanted.setdefault(max(0, n_answers[item] + 1 - usual), []).append(item)
    for n, some in wanted.items():
        store.ask_again(some, n)


def standing_of(
    snapshot: Snapshot, found: Settled, audited: list[tuple[int, str, int]]
) -> dict[str, Any]:
    """Say how good the model is, and how far people agree: plain values."""
    # models that knew less than half of the labels were worse than the one of now
    recent = [(item, said) for item, said, n in audited if 2 * n >= len(found.item)]
    accuracy = audit_accuracy(recent, found.pairs())
    votes = snapshot.labels()
    alpha = np.nan
    if len(np.unique(votes.item)) < len(votes.item):
        alpha = krippendorff_alpha(votes.item, votes.annotator, votes.label)
    return {
        "accuracy": asdict(accuracy) if accuracy else None,
        "agreement": None if np.isnan(alpha) else float(alpha),
        "conflicts": len(found.conflicts),
        "n_labels": len(found.item),
        "last_event": snapshot.upto,
    }


class Rounds:
    """The rounds of one store, by one learner; several processes may have one each."""

    def __init__(self, store: LabelStore, known: KnownItems, learner: Any, settings: Settings):
        self.store = store
        self.known = known
        self.settings = settings
        self.teacher = Teacher(known, as_learner(learner, settings), settings.seed)
        self.owner = uuid.uuid4().hex
        self.latest: dict[str, Any] = {}  # the record of the newest round
        self._lock = RLock()

    # ------------------------------------------------------------ when

    def is_due(self) -> bool:
        """Tell whether enough was answered, or the queue runs dry while there is news."""
        self.follow()
        if not self.latest:
            return True
        n_new = self.store.last_event - self.latest["last_event"]
        if n_new <= 0:
            return False
        if n_new >= self.settings.every(self.latest["n_labels"]):
            return True
        low = self.settings.low_water or LEAST
        return self.store.counts()["wished"] < low and not self.latest["finished"]

    def follow(self) -> None:
        """Learn of the rounds that were played elsewhere."""
        with self._lock, self._whole():
            for record in self.store.rounds(after=self.latest.get("round", 0)):
                if len(self.known) < record["n_items"]:
                    refreshed(self.store, self.known)
                if record["learner"] is None:  # nothing was trained: what was asked is soon known
                    snapshot = Snapshot.taken(self.store, record["last_event"])
                    self.teacher.play(Plan.of(record), snapshot)
                else:
                    self.teacher.follow(record)
                self.latest = record

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Begin again by what the store has if a round breaks off: the teacher is ahead of it."""
        try:
            yield
        except BaseException:
            self.teacher = Teacher(self.known, self.teacher.template, self.settings.seed)
            self.latest = {}
            raise

    # ------------------------------------------------------------ one round

    def play(self) -> dict[str, Any]:
        """Play a round: teach what was answered, choose, put the queue into the store."""
        with self._lock:
            self.follow()
            gone = refreshed(self.store, self.known)
            plan = self._plan(gone)
            snapshot = Snapshot.taken(self.store, plan.last_event)
            with self._whole():
                done = self.teacher.play(plan, snapshot)
                number = self.store.end_round(done.record, done.wishes)
                self.latest = done.record | {"round": number}
            ask_again(self.store, self.known, self.settings, snapshot, done.again)
            standing = standing_of(snapshot, done.settled, self.teacher.audited)
            about = {"round": number, "finished": done.record["finished"]}
            self.store.note("standing", standing | about)
            self._note_digests(done.record)
        return self.latest

    def _plan(self, gone: list[int]) -> Plan:
        last_event = self.store.last_event
        held = set(self.store.leases()["item"].tolist())
        held |= {i for i in self.store.events(after=last_event)["item"].tolist() if i >= 0}
        n_labels = self.latest.get("n_labels", 0)
        return Plan(
            number=self.teacher.n_rounds,
            last_event=last_event,
            n_items=len(self.known),
            held=sorted(held),
            gone=gone,
            n=self.settings.ahead(n_labels, self.store.counts()["answered"] - n_labels),
            share=self.settings.audit,
            policy=self.settings.policy,
            max_answers=self.settings.max_answers,
            threads=n_threads(),
        )

    def _note_digests(self, record: dict[str, Any]) -> None:
        """Keep what the content of labelled items is known by, at their first use."""
        found = []
        for item, _, _ in record["taught"]:
            row = self.known.row(item)
            # by the key of the store: that of a file that moved would be a new item
            with suppress(ImageError, OSError):  # it went meanwhile
                found.append((self.known.key(item), self.known.items.digest(row)))
        self.store.add_items([key for key, _ in found], [digest for _, digest in found])

    # ------------------------------------------------------------ labels that are doubted

    def wants_suspects(self) -> bool:
        """Tell whether somebody asked which labels the model doubts, and there is news."""
        asked = self.store.noted("suspects wanted", -1)
        return asked > self.store.noted("suspects", {}).get("last_event", -1)

    def suspects(self, elsewhere: bool) -> list[tuple[int, str, float]]:
        """Give the labels that models doubt: those known, where a trainer looks for more."""
        now, known = self.store.last_event, self.store.noted("suspects", {})
        if known.get("last_event") == now or not elsewhere:
            return known["found"] if known.get("last_event") == now else self.find_suspects()
        self.store.note("suspects wanted", now)
        return known.get("found", [])

    def find_suspects(self) -> list[tuple[int, str, float]]:
        """Find labels that models doubt which have not learned from them, the worst first.

        Gives items, the class that is likely instead, and its probability.
        """
        with self._lock:
            self.follow()
            snapshot = Snapshot.taken(self.store, self.store.last_event)
            found = settled(snapshot, self.settings.policy)
            suspected = self._suspected(snapshot, found)
            told = {"last_event": snapshot.upto, "found": suspected}
            self.store.note("suspects", told)
        return suspected

    def _suspected(self, snapshot: Snapshot, found: Settled) -> list[tuple[int, str, float]]:
        counts = Counter(found.label.tolist())
        gone = set(self.known.gone())
        kept = [k for k, id_ in enumerate(found.label.tolist()) if counts[id_] > 1]
        kept = [k for k in kept if found.item[k] not in gone]
        items, ids = found.item[kept], found.label[kept]
        estimator = check_parts(self.teacher.template).estimator
        if len(set(ids.tolist())) < 2 or not hasattr(estimator, "predict_proba"):
            return []
        names = np.array([snapshot.classes[id_] for id_ in ids.tolist()])
        rows = take_rows(self.known.pool(len(self.known)), self.known.at(items))
        with limited_threads(n_threads()):
            proba, classes = out_of_fold(estimator, rows, names)
        which, _, instead = suspects_from_proba(proba, names, classes)
        place = {name: k for k, name in enumerate(classes.tolist())}
        return [
            (int(items[k]), str(name), float(proba[k, place[name]]))
            for k, name in zip(which.tolist(), instead.tolist(), strict=True)
        ]

    # ------------------------------------------------------------ one trainer at a time

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes from training meanwhile."""
        if not self.store.hold("trainer", self.owner, HOLD):
            raise TrainedElsewhereError(
                "a model of this store must be trained in one place at a time, got a second; stop "
                "the other trainer, or wait for it."
            )
        stop = Flag()
        beat = Thread(target=self._beat, args=(stop,), daemon=True)
        beat.start()
        try:
            yield
        finally:
            stop.set()
            beat.join()
            self.store.free("trainer", self.owner)

    def _beat(self, stop: Flag) -> None:
        while not stop.wait(HOLD / 3):
            with suppress(StoreError):  # the store is busy: the next beat will do
                self.store.hold("trainer", self.owner, HOLD)
