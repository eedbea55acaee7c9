"""How far the work is, how fast people are, how good the model: cheap enough to be asked often."""

import time
from collections import deque
from threading import Lock
from typing import Any

from skal.labeling._known import KnownItems
from skal.labeling._rounds import Settings, ask_again, standing_of
from skal.labeling._snapshot import Snapshot, disputed, settled
from skal.labeling._store import LabelStore

__all__ = ["Overview"]

RECENT = 600.0  # seconds over which a pace is taken
ALIVE = 60.0  # seconds after which a trainer that says nothing has died
SLOW = 10.0  # seconds for which what takes long to count is told again


class Overview:
    """What a store tells of the work; events are read once."""

    def __init__(self, store: LabelStore, known: KnownItems, settings: Settings):
        self.store = store
        self.known = known
        self.settings = settings
        self._lock = Lock()
        self._seen = 0  # events
        self._given: deque[tuple[float, str]] = deque()  # when and by whom, of the latest answers
        self._standing: tuple[float, dict[str, Any]] = (-SLOW, {})

    def told(self, annotator: str | None, trouble: str | None, has_model: bool) -> dict[str, Any]:
        """Give all of it as plain values."""
        counts, people = self.store.counts(), self._paces()
        standing = self.store.noted("standing", {}) if has_model else self._counted()
        done = {who: sum(said.values()) for who, said in counts["annotators"].items()}
        return {
            "answered": counts["answered"],
            "mine": done.get(annotator or "", 0),
            "n_items": counts["items"],
            "left": counts["items"] - counts["answered"],
            "counts": counts["classes"],
            "pace": people.get(annotator or ""),
            "people": [
                {"name": who, "answered": n, "pace": people.get(who)} for who, n in done.items()
            ],
            "accuracy": standing.get("accuracy"),
            "agreement": standing.get("agreement"),
            "conflicts": standing.get("conflicts", 0),
            "model": self._model(standing, counts, trouble) if has_model else None,
            "forecast": None,
            "advice": standing.get("finished"),
        }

    def _paces(self) -> dict[str, float]:
        """Count answers a minute of each person who is at work."""
        now = time.time()
        with self._lock:
            # of a store that was worked on for days only the end is read
            start = self._seen or max(0, self.store.last_event - 2000)
            events = self.store.events(after=start)
            if len(events["id"]):
                self._seen = int(events["id"][-1])
            for at, who, action in zip(
                events["at"].tolist(), events["annotator"], events["action"], strict=True
            ):
                if action in ("label", "skip", "unsure"):
                    self._given.append((at, who))
            while self._given and self._given[0][0] < now - RECENT:
                self._given.popleft()
            times: dict[str, list[float]] = {}
            for at, who in self._given:
                times.setdefault(who, []).append(at)
        # the first answer of a spell starts the clock
        return {
            who: 60 * (len(at) - 1) / (at[-1] - at[0])
            for who, at in times.items()
            if len(at) > 2 and at[-1] > at[0]
        }

    def _counted(self) -> dict[str, Any]:
        """Do what a trainer would have done: count, and ask a third person."""
        at, standing = self._standing
        if time.monotonic() > at + SLOW:
            snapshot = Snapshot.taken(self.store, self.store.last_event)
            found = settled(snapshot, self.settings.policy)
            standing = standing_of(snapshot, found, [])
            again = disputed(snapshot, found, self.settings.max_answers)
            ask_again(self.store, self.known, self.settings, snapshot, again)
            self._standing = time.monotonic(), standing
        return standing

    def _model(
        self, standing: dict[str, Any], counts: dict[str, Any], trouble: str | None
    ) -> dict[str, Any] | None:
        """Say which model orders the queue, how old it is, and what its trainer does."""
        said = self.store.noted("trainer", {})
        status, error = said.get("status", "stopped"), said.get("error")
        if status != "stopped" and time.time() > said.get("at", 0) + ALIVE:
            status, error = "stopped", error or "the trainer has not been heard of"
        if trouble is not None:
            status, error = "stopped", trouble
        n_labels = standing.get("n_labels", 0)
        return {
            "round": standing.get("round"),
            "n_labels": n_labels,
            "behind": max(0, counts["answered"] - n_labels),
            "status": status,
            "error": error,
        }
