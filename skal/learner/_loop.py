"""The loop: one state with two verbs. `choose` is pure; `take` labels, trains, scores, records.

`fit` plays rounds, in each of which an oracle answers; `query` is `choose`, and `teach` is `take`.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skal._containers import n_rows, take_rows, unreadable_rows
from skal.evidence import Evidence, PoolCache
from skal.exceptions import EvidenceError, ModeError, PoolExhaustedError
from skal.learner._batch import Asked, Batch, joined, predictions
from skal.learner._history import History
from skal.learner._initial import stratified, until_two_classes
from skal.learner._log import Answers, LabelLog, Rows
from skal.learner._pseudo import PseudoLabeler, PseudoLabels
from skal.learner._round_plan import RoundPlan, Training
from skal.learner._scoring import TestedClassifier, as_scorer
from skal.learner._sizes import Sizes
from skal.learner._trainer import (
    EXTEND,
    QUERY,
    PseudoBatch,
    Trainer,
    changed_params,
    keeps_weights,
    seed_of,
    stream,
)
from skal.strategies import check_choice, check_strategy

__all__ = ["KnownPool", "Loop"]


@dataclass(frozen=True)
class KnownPool:
    """A pool in memory or elsewhere, and what is known of all its rows."""

    X: Any
    owner: Any  # what the user passed: X, or what X was made from
    y: Any = None  # the oracle's labels, which only `fit` has
    per_row: Mapping[str, NDArray[Any]] = field(default_factory=dict)  # fit parameters
    asked: Rows = field(default_factory=lambda: np.empty(0, dtype=np.intp))  # by others, maybe open

    def __len__(self) -> int:
        return n_rows(self.X)

    def open_rows(self, labeled: Rows) -> Rows:
        """Find the readable rows that may be asked, in order; `labeled` may hold -1."""
        return np.flatnonzero(self._lacks_label(labeled, but=self.asked))

    def pending_rows(self, labeled: Rows) -> Rows:
        """Find the readable rows that others were asked about, and that have no label yet."""
        return self.asked[self._lacks_label(labeled)[self.asked]]

    def _lacks_label(self, labeled: Rows, but: Rows | None = None) -> NDArray[np.bool_]:
        lacks = np.ones(len(self), dtype=bool)
        lacks[labeled[labeled >= 0]] = False
        lacks[unreadable_rows(self.X)] = False
        if but is not None:
            lacks[but] = False
        return lacks

    def ask(self, rows: Rows) -> Answers:
        """Ask the oracle about some rows."""
        params = {name: values[rows] for name, values in self.per_row.items()}
        return Answers(self.X, rows, self.y[rows], rows, params)


def check_has_pool(pseudo: PseudoLabels, pool: KnownPool | None) -> KnownPool:
    """Refuse pseudo-labels of rows that nobody has passed."""
    if pool is None:
        raise ValueError(
            f"pseudo_labels={pseudo!r} are predictions of the rest of the pool, got no pool; "
            "pass pool=X to teach, or set pseudo_labels=None."
        )
    return pool


@dataclass
class Loop:
    """The state of a learner: label log, history, classifier, and the strategy's memory.

    `take` replaces what it changes, all but the weights of a warm mode, so a shallow copy is a
    state to go back to.
    """

    root: int  # of all random streams (0004)
    classes: NDArray[Any]
    announced: NDArray[Any] | None = None  # classes that stay, also where no label counts
    log: LabelLog = field(default_factory=LabelLog)
    history: History = field(default_factory=History)
    fitted: Any = None
    torn: bool = False  # interrupted while weights were being changed
    trained: Training | None = None  # how the last round was
    steady: bool = True  # all rounds were trained alike, so they can be trained again
    notes: Mapping[str, Any] | None = None  # of the strategy, about the newest batch that has some
    n_told: int = 0  # answers of people, which no oracle can give again
    cache: PoolCache = field(default_factory=PoolCache)

    def resumed(self, pool: KnownPool) -> "Loop":
        """Make a state that goes on with the pool of the last fit, or refuse."""
        rows = self.labeled_in(pool)
        other = self.log.difference(pool.X, pool.y, rows)
        if other is not None:
            asked = f"of the {self.n_told} answers of teach" if self.n_told else "of the last fit"
            raise ValueError(
                f"warm_start=True goes on with the pool {asked}, but X or y differ from it: "
                f"{other}; pass the whole pool, in the same order, with labels of all rows, or "
                "set warm_start=False to start again."
            )
        return replace(self, log=self.log.placed(pool.X, rows))

    def announce(self, classes: Any) -> None:
        """Keep classes that the user named, whether or not they are ever taught."""
        if classes is not None:
            before = np.asarray(classes) if self.announced is None else self.announced
            self.announced = np.union1d(before, classes)

    def why_finished(self, plan: RoundPlan, budget: int | None) -> str | None:
        """Say why nothing more is to be asked, or None."""
        if budget is not None and len(self.log) >= budget:
            return f"the budget of {budget} labels is spent"
        if plan.stopping is not None and self.history and plan.stopping(self.history):
            return f"stopping={plan.stopping!r} says that it is enough"
        return None

    def labeled_in(self, pool: KnownPool) -> Rows:
        """Find the row of the pool that each label belongs to, or -1."""
        return self.log.rows_in(pool.X, self.cache, pool.owner)

    # ------------------------------------------------------------ fit: an oracle answers

    def play_round(self, plan: RoundPlan, pool: KnownPool, sizes: Sizes) -> None:
        """Choose among the open rows, ask the oracle, take; round 0 is the initial set."""
        labeled = self.log.labels().rows
        if len(labeled):
            n = min(sizes.query, sizes.budget - len(labeled))
            batch = self.choose(plan, pool, pool.open_rows(labeled), labeled, n)
        else:
            batch = self._initial_batch(plan, pool, sizes, labeled)
        self.take(plan, pool.ask(batch.rows), batch, pool)

    def _initial_batch(
        self, plan: RoundPlan, pool: KnownPool, sizes: Sizes, labeled: Rows
    ) -> Batch:
        codes, open_rows = np.searchsorted(self.classes, pool.y), pool.open_rows(labeled)
        if plan.initial is not None:
            batch = self.choose(plan, pool, open_rows, labeled, sizes.init)
        else:
            drawn = stratified(codes[open_rows], sizes.init, stream(self.root, 0, QUERY))
            rows = open_rows[drawn]
            nobody = np.full(sizes.init, np.nan)
            batch = Batch(rows, 0, {"utility": nobody, "chance": nobody}, n_pool=len(pool))
        # a stream of its own: the rows that are drawn on are not those that the query drew
        rng = stream(self.root, 0, EXTEND)
        return until_two_classes(batch, codes, open_rows, sizes.budget, rng)

    # ------------------------------------------------------------ choose

    def choose(
        self, plan: RoundPlan, pool: KnownPool, candidates: Rows, labeled: Rows, n: int
    ) -> Batch:
        """Choose `n` of the open `candidates` of a pool to label next; change nothing.

        Files that cannot be read are met as they are read: then it is chosen again, without them.
        """
        batch = self._choose(plan, pool, candidates, labeled, n)
        if hasattr(pool.X, "unreadable_rows"):
            take_rows(pool.X, batch.rows)
            readable = np.setdiff1d(candidates, unreadable_rows(pool.X), assume_unique=True)
            if not len(readable):
                raise PoolExhaustedError(
                    "query has no open candidates: none of their files can be read; see "
                    "unreadable_ of the pool."
                )
            if len(readable) < len(candidates):
                return self.choose(plan, pool, readable, labeled, min(n, len(readable)))
        return batch

    def _choose(
        self, plan: RoundPlan, pool: KnownPool, candidates: Rows, labeled: Rows, n: int
    ) -> Batch:
        strategy, round_ = plan.strategy, len(self.history)
        # what judges rows by classes would find all alike as long as one class is known
        judges = any(need.judges for need in strategy.needs().values())
        stands_in = self.fitted is None or (judges and not self._knows_classes())
        if stands_in:
            strategy = check_strategy("random") if plan.initial is None else plan.initial
        evidence = self._evidence(pool, candidates, labeled)
        start = perf_counter()
        try:
            choice = strategy.choose(evidence, n, stream(self.root, round_, QUERY))
        except EvidenceError as error:  # evidence does not know who asks
            who = f"{'initial' if stands_in else 'strategy'}={strategy!r}"
            raise EvidenceError(str(error).replace("the strategy", who, 1)) from error
        seconds = perf_counter() - start
        choice = check_choice(choice, n, evidence, strategy)
        nobody = np.full(n, np.nan)
        columns = {
            "utility": choice.utility,
            "chance": nobody if choice.chance is None else choice.chance,
        }
        batch = Batch(
            evidence.rows[choice.positions], round_, columns, n_pool=len(pool), seconds=seconds
        )
        if not stands_in:  # what `initial` notes is none of the strategy's
            batch = replace(batch, notes=choice.notes, row_notes=choice.row_notes or {})
        if self.fitted is None:  # nobody predicts
            return batch
        columns |= predictions(evidence, choice.positions)
        # pseudo-labels use its probabilities again (0014)
        return replace(batch, columns=columns, evidence=evidence)

    def _knows_classes(self) -> bool:
        """Tell whether the classifier has seen two classes; a constant that stands in has not."""
        return min(len(self.classes), len(self.fitted.classes_)) > 1

    def _evidence(self, pool: KnownPool, candidates: Rows, labeled: Rows) -> Evidence:
        pending = pool.pending_rows(labeled)
        if self.fitted is None:
            return Evidence(None, pool.X, candidates, rows_pending=pending, pool_cache=self.cache)
        labels, in_pool = self.log.labels(), bool((labeled >= 0).all())
        return Evidence(
            self.fitted,
            pool.X,
            candidates,
            classes=self.classes,
            # where all labels lie in the pool, an array of features for it serves them too
            X_labeled=pool.X if in_pool else self.log.X,
            rows_labeled=labeled if in_pool else labels.at,
            y_labeled=labels.y,
            rounds=labels.rounds,
            rows_pending=pending,
            seed=seed_of(self.root, len(self.history)),  # asked again, it is measured alike
            past={**(self.notes or {}), **self.log.notes_of_labels()},
            pool_cache=self.cache,
        )

    # ------------------------------------------------------------ take

    def recall(self, answers: Answers, asked: Asked) -> tuple[Batch, NDArray[np.bool_]]:
        """Find what was known of answered rows when they were asked, and which were asked."""
        round_, parts = len(self.history), asked.parts_of(answers)
        was_asked = np.zeros(len(answers), dtype=bool)
        for _, mine in parts:
            was_asked[mine] = True
        rest = np.flatnonzero(~was_asked)
        if len(rest):
            nobody = np.full(len(rest), np.nan)
            columns = {"utility": nobody, "chance": nobody}
            parts.append((Batch(answers.rows[rest], round_, columns), rest))
        for k, (part, mine) in enumerate(parts):
            if self.fitted is None or "predicted" in part.columns:
                continue  # nobody can say it, or it was said when the row was asked
            evidence = Evidence(self.fitted, answers.X, answers.at[mine], classes=self.classes)
            said = predictions(evidence, np.arange(len(mine)))
            parts[k] = replace(part, columns={**part.columns, **said}), mine
        return joined(parts, answers.rows, round_), was_asked

    def take(
        self,
        plan: RoundPlan,
        answers: Answers,
        batch: Batch,
        pool: KnownPool | None = None,
        was_asked: NDArray[np.bool_] | None = None,
    ) -> None:
        """Label, train, score and record: one round. The state changes when it is complete.

        Without `was_asked` (see `recall`) all answers are about rows that have none yet.
        """
        round_, log = len(self.history), self.log
        if was_asked is None:
            items = log.new_items(len(answers))
        else:
            items = log.items_of(answers, was_asked)
        log = log.add(answers, round_, items, batch.row_notes)
        steady = self.steady and (self.trained is None or self.trained.is_like(plan.training))
        # 0017: fit trains in place, for it can train the rounds again unless they were trained
        # otherwise; a call of people that is refused or interrupted leaves no trace
        copies = plan.mode.warm and (plan.by_people or not steady)
        fitted = copy.deepcopy(self.fitted) if copies else self.fitted

        classes = self._classes_after(plan, log)
        trainer = self._trainer(plan, classes)
        pseudo = self._pseudo(plan, batch, pool, log)  # by the classifier before (0014)
        if pseudo is not None:
            pseudo = pseudo.of_classes(classes)
        start = perf_counter()
        # before training, since an interruption in it leaves weights half trained: see `mend`
        self.torn = plan.mode.warm and fitted is not None and not copies
        fitted, n_trained = trainer.train(fitted, log, pseudo)
        ended = perf_counter()
        scores: dict[str, Any] = {}
        if plan.test_set is not None:
            tested = TestedClassifier(fitted, classes)
            scores = as_scorer(plan.scoring, tested)(tested, *plan.test_set)
            scores["n_test"] = len(plan.test_set[1])
        found, counts = np.unique(answers.y, return_counts=True)
        record = {
            "round": round_,
            "n_labeled": len(log),
            "fraction": len(log) / (batch.n_pool if pool is None else len(pool)),
            **scores,
            "n_trained": n_trained,
            "query_seconds": batch.seconds,
            "fit_seconds": ended - start,
            "score_seconds": perf_counter() - ended,
            # plain values, so that records print and are written as what the user taught
            "class_counts": dict(zip(found.tolist(), counts.tolist(), strict=True)),
            "rows": answers.rows,
            **batch.columns,
            **self._pseudo_columns(plan, pseudo, pool),
        }
        notes = self.notes if batch.notes is None else batch.notes
        history = History([*self.history, record])  # a new one: what was is whole until the end
        self.log, self.history, self.fitted, self.torn = log, history, fitted, False
        self.notes, self.steady, self.trained = notes, steady, plan.training
        self.classes = classes
        if plan.by_people:
            self.n_told += len(answers)
        else:
            self.announced = classes  # an oracle knows them all

    def _classes_after(self, plan: RoundPlan, log: LabelLog) -> NDArray[Any]:
        """Find the classes once a round is taught: a slip that was corrected is none any more."""
        if not plan.by_people or keeps_weights(plan.estimator, plan.mode):
            return self.classes  # of an oracle, or of outputs that there are already
        counting = np.unique(log.labels().y)
        return counting if self.announced is None else np.union1d(self.announced, counting)

    def _trainer(self, plan: RoundPlan, classes: NDArray[Any]) -> Trainer:
        changed = {}
        if plan.mode.warm and self.trained is not None:
            if self.trained.kind is not type(plan.estimator):
                raise ModeError(
                    f"estimator must stay a {self.trained.kind.__name__} where a mode keeps "
                    f"weights, got {type(plan.estimator).__name__}; teach a fresh learner, or use "
                    "mode='cumulative'."
                )
            before = self.trained.params
            changed = changed_params(before, plan.params, plan.estimator, torn=self.torn)
        return Trainer(
            plan.estimator,
            plan.mode,
            classes,
            self.root,
            plan.constants,
            changed,
            one_class_stands_in=plan.by_people,
        )

    def mend(self, plan: RoundPlan, pool: KnownPool | None) -> None:
        """Make the weights of all rounds if there are none, or an interruption tore them."""
        if self.torn or (self.fitted is None and self.history):
            label = None
            if plan.pseudo is not None:
                pool = check_has_pool(plan.pseudo, pool)
                label = self._labeler(plan, plan.pseudo, pool).again
            self.fitted = self._trainer(plan, self.classes).retrain(self.log, label)
            self.torn = False

    # ------------------------------------------------------------ parts of a round

    def _labeler(self, plan: RoundPlan, rule: PseudoLabels, pool: KnownPool) -> PseudoLabeler:
        return PseudoLabeler(rule, plan.estimator, self.classes, pool.X, pool.per_row)

    def _pseudo(
        self, plan: RoundPlan, batch: Batch, pool: KnownPool | None, log: LabelLog
    ) -> PseudoBatch | None:
        """Label open rows by the classifier itself, for this round's training."""
        if plan.pseudo is None:
            return None
        pool = check_has_pool(plan.pseudo, pool)
        if self.fitted is None or not self._knows_classes():
            return None  # nobody predicts the first round, or a constant, which knows one class
        answered, evidence = log.rows_in(pool.X, self.cache, pool.owner), batch.evidence
        if evidence is None:  # teach: measured now
            labeled = self.labeled_in(pool)
            open_rows = pool.open_rows(labeled)
            if not len(open_rows):
                return None
            evidence = self._evidence(pool, open_rows, labeled)
        labeler = self._labeler(plan, plan.pseudo, pool)
        return labeler(evidence, answered, len(log), len(self.history))

    def _pseudo_columns(
        self, plan: RoundPlan, pseudo: PseudoBatch | None, pool: KnownPool | None
    ) -> dict[str, Any]:
        """Count the pseudo-labels that a round was trained on, and the share that is right."""
        if plan.pseudo is None:
            return {}
        if pseudo is None or not len(pseudo.y) or pool is None or pool.y is None:
            return {"n_pseudo": 0 if pseudo is None else len(pseudo.y), "pseudo_accuracy": np.nan}
        right = float((pseudo.y == pool.y[pseudo.rows]).mean())
        return {"n_pseudo": len(pseudo.y), "pseudo_accuracy": right}
