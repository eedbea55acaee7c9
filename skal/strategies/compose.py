"""Strategies made of other strategies."""

import math
import warnings
from collections.abc import Sequence
from numbers import Integral
from typing import Any, ClassVar

import numpy as np

from skal._compat import Interval, RealNotInt, StrOptions
from skal.evidence import Evidence, Labels, Need, Past, Proba, Rounds
from skal.strategies._base import Choice, Strategy, check_choice, top
from skal.strategies._fill import choose_within, even_out
from skal.strategies._function import as_strategy
from skal.strategies._held import Holder, RankingHolder

__all__ = ["ClassQuota", "Funnel", "Schedule", "Skip", "Subsample"]


class Funnel(Holder):
    """Let one strategy propose candidates, and another choose among them.

    The evidence of the second is measured on what the first let through only.

    Parameters
    ----------
    first : str, Strategy or callable, default="margin"
    then : str, Strategy or callable, default="kmeans"
    keep : int or float, default=10
        What the first lets through: an int is that many times the batch, a float in (0, 1] a
        share of the candidates; never fewer than are asked for.

    Notes
    -----
    Time O(n) and that of its parts, the second on the survivors only; memory as its parts.
    Use where uncertainty alone asks near duplicates, or the second strategy is slow.
    Avoid where the first strategy means little yet, as with a handful of labels.

    References
    ----------
    Munro (2021), "Human-in-the-Loop Machine Learning", ch. 5; Zhdanov (2019), "Diverse mini-batch
    active learning", arXiv 1901.05954.

    Examples
    --------
    >>> from skal.strategies import Funnel
    >>> sorted(Funnel("entropy", "k_center", keep=5).needs())
    ['embedding_1', 'labeled_embedding_1', 'proba_0']
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "keep": [
            Interval(Integral, 1, None, closed="left"),
            Interval(RealNotInt, 0, 1, closed="right"),  # 1 is a factor, and 1.0 a share
        ],
    }

    def __init__(self, first: Any = "margin", then: Any = "kmeans", keep: int | float = 10):
        self.first = first
        self.then = then
        self.keep = keep

    def parts(self) -> Sequence[Any]:
        return [self.first, self.then]

    def check_params(self) -> None:
        super().check_params()
        if all(Past() in part.needs().values() for part in self.held()):
            raise TypeError(
                "`first` and `then` must not both keep notes from round to round, got "
                f"{self.first!r} and {self.then!r}, which would read each other's; replace one."
            )

    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        self.check_params()
        if isinstance(self.keep, Integral):
            size = min(int(self.keep) * n, len(evidence))
        else:
            size = max(n, math.ceil(float(self.keep) * len(evidence)))
        first, then = self.held()
        proposed = check_choice(first.choose(evidence, size, rng), size, evidence, first)
        # in the order of the pool: the second must not see how the first ranked
        order = np.argsort(proposed.positions)
        through = proposed.positions[order]
        passed = evidence.part(through)
        found = check_choice(then.choose(passed, n, rng), n, passed, then)
        asked = order[found.positions]  # among the rows proposed
        row_notes = {name: note[asked] for name, note in (proposed.row_notes or {}).items()}
        return found.among(through)._replace(
            # of two notes of one name, that of the strategy that chose the row counts
            notes={**(proposed.notes or {}), **(found.notes or {})} or None,
            row_notes={**row_notes, **(found.row_notes or {})} or None,
        )


class ClassQuota(Holder):
    """Ask the same number of rows of each predicted class, chosen by a strategy within it.

    Classes that have few labels so far get more, until the labelled rows meet the targets.

    Parameters
    ----------
    strategy : str, Strategy or callable, default="margin"
    targets : sequence of float, default=None
        Wanted share of each class, in the order of the learner's classes; None: all alike.

    Notes
    -----
    Time O(n c) and that of the strategy inside, once a class; memory O(n c).
    Use where some classes are rare, or the ranking asks for a few classes only.
    Avoid where predictions are still so poor that they say nothing about the class.

    References
    ----------
    Munro (2021), "Human-in-the-Loop Machine Learning", ch. 4.

    Examples
    --------
    >>> from skal.strategies import ClassQuota
    >>> sorted(ClassQuota("entropy").needs())
    ['labels', 'proba', 'proba_0']
    """

    def __init__(self, strategy: Any = "margin", targets: Sequence[float] | None = None):
        self.strategy = strategy
        self.targets = targets

    def check_params(self) -> None:
        super().check_params()
        if self.targets is not None and (min(self.targets) < 0 or sum(self.targets) <= 0):
            raise ValueError(
                f"`targets` must be shares of at least 0, not all 0, got {self.targets!r}."
            )

    def needs(self) -> dict[str, Need]:
        return {"proba": Proba(), "labels": Labels(), **super().needs()}

    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        known = self.answers(evidence)
        n_classes = known["proba"].shape[1]
        targets = np.ones(n_classes) if self.targets is None else np.asarray(self.targets)
        if len(targets) != n_classes:
            raise ValueError(
                f"`targets` must be one share for each of {n_classes} classes, got {len(targets)}."
            )
        predicted = known["proba"].argmax(axis=1)
        n_labeled, room = (
            np.bincount(classes, minlength=n_classes) for classes in (known["labels"], predicted)
        )
        sizes = even_out(targets / targets.sum(), n_labeled, room, n)
        return choose_within(self.held()[0], evidence, predicted, sizes, rng)


class Schedule(Holder):
    """Change the strategy as the labels grow.

    Parameters
    ----------
    stages : sequence of (start, strategy), default=((0, "typiclust"), (100, "margin"))
        From `start` labels (or rounds) on, that strategy chooses. The first start is 0.
    by : {"labels", "rounds"}, default="labels"

    Notes
    -----
    Time and memory are those of the strategy whose turn it is.
    Use where what helps with few labels does not help with many.
    Avoid where the budget stays within one stage.

    References
    ----------
    Hacohen, Dekel, Weinshall (2022), "Active learning on a budget: opposite strategies suit high
    and low budgets", ICML, arXiv 2202.02794.

    Examples
    --------
    >>> from skal.strategies import Schedule
    >>> Schedule([(0, "random"), (200, "entropy")]).current(n_labeled=250, n_rounds=3)
    Entropy()
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "by": [StrOptions({"labels", "rounds"})],
    }

    def __init__(
        self,
        stages: Sequence[tuple[int, Any]] = ((0, "typiclust"), (100, "margin")),
        by: str = "labels",
    ):
        self.stages = stages
        self.by = by

    def parts(self) -> Sequence[Any]:
        return [strategy for _, strategy in self.stages]

    def check_params(self) -> None:
        super().check_params()
        starts = [start for start, _ in self.stages]
        if not starts or starts[0] != 0 or any(a >= b for a, b in zip(starts, starts[1:])):
            raise ValueError(f"`stages` must start at 0 and then at growing numbers, got {starts}.")

    def current(self, n_labeled: int, n_rounds: int) -> Strategy:
        """Give the strategy whose turn it is.

        Parameters
        ----------
        n_labeled, n_rounds : int
            Labels and rounds so far.

        Returns
        -------
        Strategy
        """
        now = n_labeled if self.by == "labels" else n_rounds
        return as_strategy([strategy for start, strategy in self.stages if start <= now][-1])

    def needs(self) -> dict[str, Need]:
        return {"rounds": Rounds(), **super().needs()}

    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        rounds = self.answers(evidence, "rounds")["rounds"]
        n_rounds = int(rounds.max()) + 1 if len(rounds) else 0  # round 0 is the initial set
        return self.current(len(rounds), n_rounds).choose(evidence, n, rng)


class Skip(RankingHolder):
    """Step over the top of a ranking, then ask the rows that follow.

    The very top often holds outliers, mislabelled rows and near duplicates. Always as many rows
    come back as were asked for: near the end of the pool the window moves up.

    Parameters
    ----------
    strategy : str, UtilityStrategy or callable, default="margin"
        Gives the ranking.
    n_skip : int >= 0, default=8
        Rows to step over.

    Notes
    -----
    Time O(n) and that of the ranking; memory O(n).
    Use where the top of a ranking is full of mistakes, such as mislabelled or broken rows.
    Avoid where the pool is clean: the best rows are left out.

    References
    ----------
    Bossér, Sörstadius, Chehreghani (2020), "Model-centric and data-centric aspects of active
    learning for deep neural networks", arXiv 2009.10835.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.evidence import Evidence
    >>> from skal.strategies import Skip
    >>> def brightness(inputs):
    ...     return inputs[:, 0]
    >>> pool = Evidence(None, np.array([[0.2], [0.9], [0.5], [0.7]]), np.arange(4))
    >>> Skip(brightness, n_skip=1).choose(pool, 2, np.random.default_rng(0)).positions
    array([3, 2])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_skip": [Interval(Integral, 0, None, closed="left")],
    }

    def __init__(self, strategy: Any = "margin", n_skip: int = 8):
        self.strategy = strategy
        self.n_skip = n_skip

    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        self.check_params()
        u = self.held()[0].utilities(evidence)
        if self.n_skip >= len(u) + len(evidence.rows_labeled):
            warnings.warn(
                f"n_skip={self.n_skip} steps over the whole pool of "
                f"{len(u) + len(evidence.rows_labeled)} rows, so the last of the ranking are "
                "asked; lower n_skip.",
                stacklevel=2,
            )
        start = min(int(self.n_skip), max(0, len(u) - n))
        positions = top(u, start + n, rng)[start:]  # ties at the edge are drawn, not skipped
        return Choice(positions, u[positions])


class Subsample(Holder):
    """Let a strategy choose among candidates drawn at random: a query in a fraction of the time.

    Anew in every query. The best of r candidates is on average in the top 1 / (r + 1) of all.

    Parameters
    ----------
    strategy : str, Strategy or callable, default="margin"
    max_candidates : int or float, default=10_000
        Number of candidates, or their share in (0, 1]; never fewer than are asked for.

    Notes
    -----
    Time is that of the strategy inside on `max_candidates` rows; memory likewise.
    Use where a query on the whole pool takes too long.
    Avoid where what is wanted is rarer than one in `max_candidates` rows.

    References
    ----------
    Bossér, Sörstadius, Chehreghani (2020), "Model-centric and data-centric aspects of active
    learning for deep neural networks", arXiv 2009.10835.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.evidence import Evidence
    >>> from skal.strategies import Subsample
    >>> def brightness(inputs):
    ...     return inputs[:, 0]
    >>> pool = Evidence(None, np.linspace(0, 1, 1000)[:, None], np.arange(1000))
    >>> strategy = Subsample(brightness, max_candidates=0.1)  # the best of 100
    >>> bool(strategy.choose(pool, 1, np.random.default_rng(0)).positions[0] > 900)
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "max_candidates": [
            Interval(Integral, 1, None, closed="left"),
            Interval(RealNotInt, 0, 1, closed="right"),  # 1 is a row, and 1.0 all of them
        ],
    }

    def __init__(self, strategy: Any = "margin", max_candidates: int | float = 10_000):
        self.strategy = strategy
        self.max_candidates = max_candidates

    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        self.check_params()
        size = self.max_candidates
        if not isinstance(size, Integral):
            size = math.ceil(size * len(evidence))
        size = min(max(int(size), n), len(evidence))
        drawn = np.sort(rng.choice(len(evidence), size=size, replace=False))
        strategy, some = self.held()[0], evidence.part(drawn)
        return check_choice(strategy.choose(some, n, rng), n, some, strategy).among(drawn)
