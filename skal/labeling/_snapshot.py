"""What had been answered when a given event was the newest, and the label of each item by it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skal.labeling._store import LabelStore
from skal.labeling.aggregation import aggregate

__all__ = ["REVIEW", "Settled", "Snapshot", "check_policy", "disputed", "settled"]

REVIEW = "review"  # note of an answer that settles an item, whatever others have said
POLICIES = ("auto", "majority", "wawa", "dawid_skene", "one_coin", "latest")
Words = NDArray[Any]
Ints = NDArray[np.intp]


@dataclass(frozen=True)
class Snapshot:
    """The current answers, at most one of each person to each item, as of one event."""

    upto: int
    classes: Mapping[str, str]  # id -> name, in the order in which they came
    item: Ints  # (n,)
    annotator: Words
    action: Words  # label, skip or unsure
    label: Words  # id of a class, "" where the action is no label
    event: Ints
    note: Words

    @classmethod
    def taken(cls, store: LabelStore, upto: int) -> "Snapshot":
        """Read from a store what was current when event `upto` was its newest."""
        table = store.current(until=upto, ids=True)
        columns = {n: table[n] for n in ("annotator", "action", "label", "note")}
        item, event = (table[n].astype(np.intp) for n in ("item", "event"))
        return cls(upto, store.classes_at(upto), item, event=event, **columns)

    def part(self, which: NDArray[Any]) -> "Snapshot":
        """Take some of the answers."""
        names = ("item", "annotator", "action", "label", "event", "note")
        columns = {name: getattr(self, name)[which] for name in names}
        return Snapshot(self.upto, self.classes, **columns)

    def labels(self) -> "Snapshot":
        """Take the answers that name a class."""
        return self.part(self.action == "label")


def check_policy(policy: str) -> str:
    """Refuse a policy that nobody knows."""
    if policy not in POLICIES:
        raise ValueError(
            f"`policy` must be one of {', '.join(map(repr, POLICIES))}, got {policy!r}."
        )
    return policy


@dataclass(frozen=True)
class Settled:
    """One class an item, by a policy, and how sure it is."""

    item: Ints  # (n,) sorted
    label: Words  # (n,) ids of classes
    weight: NDArray[np.float64]  # (n,) in (0, 1]
    conflicts: Ints  # items that people answered differently and nobody has reviewed
    open_conflicts: Ints  # those of them that the policy could not settle

    def pairs(self) -> list[tuple[int, str]]:
        """Give items with their classes."""
        return list(zip(self.item.tolist(), self.label.tolist(), strict=True))


def settled(snapshot: Snapshot, policy: str = "auto") -> Settled:
    """Find the class of every labelled item.

    A review settles its item. Where all agree, that is the class, whatever the policy thinks of
    these people: it says by the weight how far it trusts them. Where answers differ it decides;
    a tie is left open.
    """
    votes = snapshot.labels()
    by_review = votes.note == REVIEW
    said = dict(zip(votes.item.tolist(), votes.label.tolist(), strict=True))  # the latest stays
    reviews = votes.part(by_review)
    reviewed = dict(zip(reviews.item.tolist(), reviews.label.tolist(), strict=True))
    votes = votes.part(~by_review)
    differ = sorted(_differing(votes) - set(reviewed))
    found = {item: (label, 1.0) for item, label in said.items()}
    undecided: set[int] = set()
    if policy != "latest" and len(np.unique(votes.item)) < len(votes.item):
        found, undecided = _aggregated(votes, policy, said, set(differ))
    found |= {item: (label, 1.0) for item, label in reviewed.items()}
    items = sorted(set(found) - undecided)
    return Settled(
        item=np.array(items, dtype=np.intp),
        label=np.array([found[item][0] for item in items], dtype=object),
        weight=np.array([found[item][1] for item in items], dtype=np.float64),
        conflicts=np.array(differ, dtype=np.intp),
        open_conflicts=np.array(sorted(undecided), dtype=np.intp),
    )


def disputed(snapshot: Snapshot, found: Settled, max_answers: int) -> list[int]:
    """Find the items that people disagree about and that one more may answer."""
    n_answers = Counter(snapshot.labels().item.tolist())
    return [item for item in found.conflicts.tolist() if n_answers[item] < max_answers]


def _differing(votes: Snapshot) -> set[int]:
    """Find the items that were given more than one class."""
    pairs = set(zip(votes.item.tolist(), votes.label.tolist(), strict=True))
    counts = Counter(item for item, _ in pairs)
    return {item for item, n in counts.items() if n > 1}


def _aggregated(
    votes: Snapshot, policy: str, said: Mapping[int, str], differ: set[int]
) -> tuple[dict[int, tuple[str, float]], set[int]]:
    """Give class and weight of each item by a policy, and the items that it could not settle."""
    found: dict[int, tuple[str, float]] = {}
    undecided: set[int] = set()
    all_of = aggregate(
        votes.item, votes.annotator, votes.label, classes=list(votes.classes), method=policy
    )
    place = {name: k for k, name in enumerate(all_of.classes.tolist())}
    for k, item in enumerate(all_of.items.tolist()):
        label = str(all_of.label[k]) if item in differ else said[item]
        found[item] = label, float(all_of.proba[k, place[label]])
        if item in differ and all_of.tie[k]:
            undecided.add(item)
    return found, undecided
