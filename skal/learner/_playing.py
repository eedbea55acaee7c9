"""Playing a whole loop with labels that are known: how `fit` begins, goes on, and ends."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skal.learner._batch import Asked
from skal.learner._checks import check_stopping
from skal.learner._history import History, Progress
from skal.learner._journal import Journal
from skal.learner._labels import known_classes
from skal.learner._loop import KnownPool, Loop
from skal.learner._records import recorded
from skal.learner._round_plan import RoundPlan
from skal.learner._sizes import Sizes

__all__ = ["Game"]


@dataclass
class Game:
    """One `fit`: rounds in which an oracle answers, until the budget or a rule ends it."""

    learner: Any
    plan: RoundPlan
    pool: KnownPool
    sizes: Sizes
    journal: Journal | None = None

    def begin(self) -> None:
        """Take up the rounds of the last fit or of the journal, or play the initial set."""
        learner, plan = self.learner, self.plan
        resumes = learner.warm_start and hasattr(learner, "estimator_")
        if resumes and self.journal is not None:
            raise ValueError(
                f"warm_start=True goes on from memory and journal={str(self.journal.path)!r} from "
                "its file; leave one of them out."
            )
        check_stopping(plan, learner.history_ if resumes else History())
        self.is_new = False
        if resumes:
            loop = learner._loop.resumed(self.pool)
            y = self.pool.y  # which announces all classes
            loop.classes = known_classes(learner, y, np.unique(y), plan, first=False)
        elif self.journal is not None and self.journal.records:
            loop = self._recorded(self.journal)
        else:
            loop, self.is_new = self._initial(), True
        self.loop = loop
        self.finished = loop.why_finished(plan, self.sizes.budget)  # what it raises is a refusal
        learner._adopt(loop, Asked())
        if not resumes:
            learner._spend_root()

    def play_on(self) -> None:
        """Play the rounds that are left; an error leaves those that were complete."""
        learner, loop = self.learner, self.loop
        with Progress(self.sizes.budget, learner.verbose) as progress:
            progress.show(loop.history[-1])
            if self.is_new:
                learner._tell()
            try:
                loop.mend(self.plan, self.pool)  # the query reads the weights too
                while not self.finished:
                    self._play_round(loop)
                    learner._adopt(loop, Asked())
                    progress.show(loop.history[-1])
                    learner._tell()
                    self.finished = loop.why_finished(self.plan, self.sizes.budget)
            finally:
                # interrupted: all rounds that were complete, by weights that `mend` has made
                learner._adopt(loop, Asked())

    def _initial(self) -> Loop:
        if self.journal is None:
            root = self.learner._root_to_come(anew=True)
        else:
            root = self.journal.root  # drawn when it was begun
        loop = Loop(root, np.unique(self.pool.y))
        self._play_round(loop)
        return loop

    def _recorded(self, journal: Journal) -> Loop:
        name = f"journal={str(journal.path)!r}"
        loop = recorded(journal.records, self.plan, self.pool, name).loop
        if len(loop.log) > self.sizes.budget:
            raise ValueError(
                f"budget must be at least the {len(loop.log)} labels that are in {name}, got "
                f"{self.sizes.budget}; raise it, or choose another journal."
            )
        loop.mend(self.plan, self.pool)
        if self.learner.random_state is None:
            self.learner._unseeded = loop.root
        return loop

    def _play_round(self, loop: Loop) -> None:
        loop.play_round(self.plan, self.pool, self.sizes)
        if self.journal is not None:
            self.journal.write(loop)
