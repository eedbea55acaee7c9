"""One round: people's answers in, a queue out; played now, or again from what was recorded."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from inspect import signature
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from skal._containers import take_rows
from skal._threads import limited_threads
from skal.labeling._audit import drawn_audit, hidden_in
from skal.labeling._claims import Wish
from skal.labeling._known import KnownItems
from skal.labeling._queue import asked, is_cold, likeliest
from skal.labeling._retold import announced, lost_rows, renamed, without_rows
from skal.labeling._snapshot import Settled, Snapshot, disputed, settled
from skal.learner import ActiveLearner, check_parts, restored, round_record

__all__ = ["Plan", "Round", "Teacher"]

AUDIT, ORDER = range(2)  # what a random stream is for
STEP = 0.1  # a weight that changed by less is not taught anew
Record = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """What a round is played by, apart from the events: written down with it."""

    number: int  # of rounds before it
    last_event: int  # the newest event that it knows
    n_items: int  # items that were known, in the order of the store
    held: list[int]  # items that people had in hand, or answered after that event
    gone: list[int]  # items that the pool could not show any more
    n: int  # length of the queue
    share: float  # of it that is drawn evenly
    policy: str
    max_answers: int
    threads: int

    @classmethod
    def of(cls, record: Record) -> "Plan":
        """Read the plan of a round out of its record."""
        return cls(**{name: record[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True)
class Round:
    """What a round came to."""

    record: Record
    wishes: list[Wish]
    again: list[int]  # items that one more person is to answer
    settled: Settled


@dataclass
class Teacher:
    """A learner on its way through the rounds of a store, which remembers all that it knows.

    Parameters
    ----------
    items : KnownItems
    template : ActiveLearner
        Unfitted, with a seed.
    seed : int
        Of the audit.
    """

    items: KnownItems
    template: ActiveLearner
    seed: int
    n_rounds: int = 0
    names: dict[str, str] = field(default_factory=dict)  # of the classes in the latest round
    taught: dict[int, tuple[str, float]] = field(default_factory=dict)  # item -> class, weight
    met: set[int] = field(default_factory=set)  # items that were ever taught
    audit: set[int] = field(default_factory=set)  # items that were ever drawn evenly
    n_labels: int = 0  # that the latest round knew
    # item, the class it was taken for, and how many labels that model knew
    audited: list[tuple[int, str, int]] = field(default_factory=list)
    told: list[Record] = field(default_factory=list)  # of the learner's rounds
    plan: Plan | None = None  # of the latest round
    _learner: ActiveLearner | None = None  # None: to be made of what was told

    @property
    def learner(self) -> ActiveLearner:
        """The learner after the latest round."""
        if self._learner is None and self.told and self.plan is not None:
            with limited_threads(self.plan.threads):
                self._learner = self._restored(self.items.pool(self.plan.n_items))
        elif self._learner is None:
            self._learner = clone(self.template)
        return self._learner

    def _restored(self, X: Any) -> ActiveLearner:
        """Make the learner that was told of; items that are gone or changed are left out of it."""
        try:
            return restored(self.template, self.told, X)
        except ValueError:
            lost = lost_rows(self.told, X)
            if not lost:
                raise
        warnings.warn(
            f"{len(lost)} labelled items are gone or have changed since they were labelled; the "
            "model is made without them.",
            stacklevel=2,
        )
        self.told = without_rows(self.told, lost)
        return restored(self.template, self.told, X)

    @property
    def is_fitted(self) -> bool:
        """Whether there is a model."""
        return bool(self.told)

    # ------------------------------------------------------------ a round

    def play(self, plan: Plan, snapshot: Snapshot) -> Round:
        """Teach what was answered, and choose what is asked next."""
        with limited_threads(plan.threads):
            start, self.plan = perf_counter(), plan
            found, X = settled(snapshot, plan.policy), self.items.pool(plan.n_items)
            self._begin_anew_if_changed()
            news, withdrawn = self._news(found, set(plan.gone))
            self._retell(snapshot.classes, withdrawn)
            audited = self._audited(news, X)
            self._teach(news, snapshot.labels(), X)
            middle = perf_counter()
            chosen, audit, finished = self._choose(plan, snapshot, found, X)
            if self.is_fitted:
                self._tell(round_record(self.learner))  # after the query: what was asked is in it
            again = [i for i in disputed(snapshot, found, plan.max_answers) if i not in plan.gone]
            wishes = self._wishes(plan, again, chosen, audit, X)
        self.audit |= set(audit)
        self.audited += [(item, said, self.n_labels) for item, said in audited]
        self.n_labels = len(found.item)
        self.n_rounds += 1
        record = {
            **asdict(plan),
            "classes": list(self.names.items()),
            "n_labels": len(found.item),
            "taught": [[item, *self.taught[item]] for item in news],
            "withdrawn": withdrawn,
            "chosen": list(chosen),
            "audit": audit,
            "audited": audited,
            "finished": finished,
            "learner": self.told[-1] if self.told else None,
            "fit_seconds": middle - start,
            "query_seconds": perf_counter() - middle,
        }
        return Round(record, wishes, again, found)

    def follow(self, record: Record) -> None:
        """Take over a round that was played elsewhere, without training."""
        for item, label, weight in record["taught"]:
            self.taught[item] = label, weight
        self.met |= {item for item, _, _ in record["taught"]}
        for item in record["withdrawn"]:
            del self.taught[item]
        self.plan = Plan.of(record)
        self._retell(dict(record["classes"]), record["withdrawn"])
        if record["learner"] is not None:
            self._tell(record["learner"])
        self.audit |= set(record["audit"])
        self.audited += [(item, said, self.n_labels) for item, said in record["audited"]]
        self.n_labels = record["n_labels"]
        self.n_rounds += 1
        self._learner = None

    # ------------------------------------------------------------ what is taught

    def _begin_anew_if_changed(self) -> None:
        """Forget the learner if another one was passed than has learned so far."""
        try:
            _ = self.learner
        except ValueError as error:
            warnings.warn(
                f"all labels are learned anew, in one round, since the model of the rounds so far "
                f"cannot be made again: {error}",
                stacklevel=2,
            )
            self.told, self.taught, self._learner = [], {}, None

    def _news(self, found: Settled, gone: set[int]) -> tuple[list[int], list[int]]:
        """Find what is to be taught, and what was taught and holds no longer."""
        before, news = dict(self.taught), []
        columns = found.item.tolist(), found.label.tolist(), found.weight.tolist()
        for item, label, weight in zip(*columns, strict=True):
            old = before.pop(item, None)
            if item in gone:
                continue  # what was learned from it stays
            if old is None or old[0] != label or abs(old[1] - weight) > STEP:
                news.append(item)
                self.taught[item] = label, weight
        withdrawn = sorted(before)
        for item in withdrawn:
            del self.taught[item]
        return news, withdrawn

    def _retell(self, classes: Mapping[str, str], withdrawn: Sequence[int]) -> None:
        """Make a learner that knows the classes by their names of now, and nothing taken back."""
        before, self.names = self.names, dict(classes)
        if not self.told:
            return
        other = {name: self.names[id_] for id_, name in before.items() if self.names[id_] != name}
        if other:
            self.told = [renamed(record, other) for record in self.told]
        if withdrawn:
            self.told = without_rows(self.told, self.items.at(withdrawn).tolist())
        grown = len(self.names) > len(before) and check_parts(self.template).mode.warm
        if grown:  # weights that are kept are made for all classes at once
            self.told = [announced(record, sorted(self.names.values())) for record in self.told]
        if other or withdrawn or grown:
            self._learner = None

    def _audited(self, news: Sequence[int], X: Any) -> list[list[Any]]:
        """Say what the model took audited items for, before it is taught them."""
        fresh = [item for item in news if item in self.audit - self.met]
        self.met |= set(news)
        if not fresh or not self.is_fitted:
            return []
        ids = {name: id_ for id_, name in self.names.items()}
        said = self.learner.predict(take_rows(X, self.items.at(fresh)))
        return [[item, ids[str(name)]] for item, name in zip(fresh, said, strict=True)]

    def _teach(self, news: Sequence[int], votes: Snapshot, X: Any) -> None:
        if not news:
            return
        people: dict[int, list[str]] = {}
        for item, who in zip(votes.item.tolist(), votes.annotator.tolist(), strict=True):
            people.setdefault(item, []).append(who)
        rows = self.items.at(news)
        labels = np.array([self.names[self.taught[item][0]] for item in news])
        weights = np.array([self.taught[item][1] for item in news])
        self.learner.teach(
            take_rows(X, rows),
            labels,
            classes=sorted(self.names.values()),
            rows=rows,
            pool=X,  # it may have grown since it was asked
            annotator=[", ".join(sorted(people[item])) for item in news],
            **self._weights(weights),
        )
        self._tell(round_record(self.learner))

    def _weights(self, weights: NDArray[np.float64]) -> dict[str, Any]:
        """Name the weights as the classifier takes them; one that cannot learns without."""
        name = weight_name(self.template)
        was = any(name in record["columns"]["params"] for record in self.told)
        return {name: weights} if name and (was or (weights != 1).any()) else {}

    def _tell(self, record: Record) -> None:
        """Keep a record of the learner's newest round; one of the same round replaces it."""
        before = [told for told in self.told if told["round"] < record["round"]]
        self.told = [*before, record]  # round 0 is that of a learner that began anew

    # ------------------------------------------------------------ what is asked next

    def _choose(
        self, plan: Plan, snapshot: Snapshot, found: Settled, X: Any
    ) -> tuple[dict[int, float], list[int], str | None]:
        """Draw the audit, then let the strategy choose among the rest."""
        known = self.items.ids[: plan.n_items]
        closed = np.concatenate([snapshot.item, plan.held, plan.gone]).astype(np.intp)
        open_items = np.setdiff1d(known, closed)
        n = min(plan.n, len(open_items))
        rng = np.random.default_rng([self.seed, plan.number, AUDIT])
        # before the first round nobody predicts: there is nothing to audit
        share = plan.share if self.is_fitted else 0.0
        waiting = np.array(sorted(self.audit), dtype=np.intp)
        audit = drawn_audit(open_items, waiting, n, share, rng).tolist()
        free = np.setdiff1d(open_items, audit)
        rows, utility, finished = asked(
            self.learner,
            X,
            min(n - len(audit), len(free)),
            self.items.at(free),
            self.items.at([*np.intersect1d(plan.held, known), *audit]),
            cold=is_cold(found.label.tolist(), self.names),
        )
        chosen = dict(zip(known[rows].tolist(), utility.tolist(), strict=True))
        return chosen, [] if finished else audit, finished

    def _wishes(
        self,
        plan: Plan,
        again: Sequence[int],
        chosen: Mapping[int, float],
        audit: Sequence[int],
        X: Any,
    ) -> list[Wish]:
        """Order what is asked: what people disagree about, then choice and audit mixed."""
        rng = np.random.default_rng([self.seed, plan.number, ORDER])
        mixed = hidden_in(np.array([*chosen], dtype=np.intp), np.array(audit, dtype=np.intp), rng)
        order = [*again, *mixed.tolist()]
        ids = {name: id_ for id_, name in self.names.items()}
        tops: list[Any] = [[] for _ in order]
        if order and self.is_fitted:
            tops = likeliest(self.learner, take_rows(X, self.items.at(order)))
        wishes = []
        for item, named in zip(order, tops, strict=True):
            top = [(ids[name], p) for name, p in named]
            prediction, confidence = top[0] if top else (None, None)
            utility = chosen.get(item, np.nan)
            told = None if np.isnan(utility) else utility
            wishes.append(Wish(item, told, prediction, confidence, {"top": top}))
        return wishes


def weight_name(learner: ActiveLearner) -> str | None:
    """Find how the classifier of a learner takes weights of rows, or None."""
    parts = check_parts(learner)
    estimator, prefix = parts.estimator, ""
    if isinstance(estimator, Pipeline):
        prefix, estimator = f"{estimator.steps[-1][0]}__", estimator.steps[-1][1]
    method = "partial_fit" if parts.mode.warm and hasattr(estimator, "partial_fit") else "fit"
    known = signature(getattr(estimator, method)).parameters
    return f"{prefix}sample_weight" if "sample_weight" in known else None
