"""Strategies made of other strategies."""

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np

from skal.evidence import Evidence, Labels, Need, Proba, Rounds
from skal.strategies._base import Choice, Strategy, UtilityStrategy, all_needs, check_count, top
from skal.strategies._function import check_ranking, check_strategy
from skal.strategies._groups import choose_within, even_out

__all__ = ["ClassQuota", "Funnel", "Schedule", "Skip", "Subsample"]


class Funnel(Strategy):
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
    Use where doubt alone asks near duplicates, or the second strategy is slow.
    Avoid where the first strategy means little yet, as with a handful of labels.

    References
    ----------
    Munro (2021), "Human-in-the-Loop Machine Learning", ch. 5; Zhdanov (2019), "Diverse mini-batch
    active learning", arXiv 1901.05954.

    Examples
    --------
    >>> from skal.strategies import Funnel
    >>> sorted(Funnel("entropy", "k_center", keep=5).needs())
    ['embedding_1', 'labeled_1', 'proba_0']
    """

    def __init__(self, first: Any = "margin", then: Any = "kmeans", keep: int | float = 10):
        self.first = first
        self.then = then
        self.keep = keep

    def _size(self, n: int, n_candidates: int) -> int:
        if isinstance(self.keep, Integral) and not isinstance(self.keep, bool) and self.keep >= 1:
            return min(int(self.keep) * n, n_candidates)
        if isinstance(self.keep, Real) and not isinstance(self.keep, bool) and 0 < self.keep <= 1:
            return max(n, math.ceil(float(self.keep) * n_candidates))
        raise ValueError(f"keep must be an int >= 1 or a float in (0, 1], got {self.keep!r}.")

    def needs(self) -> dict[str, Need]:
        self._size(1, 1)
        return all_needs([check_strategy(self.first), check_strategy(self.then)])

    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        size = self._size(n, len(evidence))
        through = np.sort(check_strategy(self.first).choose(evidence, size, rng).positions)
        chosen = check_strategy(self.then).choose(evidence.part(through), n, rng)
        return Choice(through[chosen.positions], chosen.utility)


class ClassQuota(Strategy):
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
    ['labels', 'predicted', 'proba_0']
    """

    def __init__(self, strategy: Any = "margin", targets: Sequence[float] | None = None):
        self.strategy = strategy
        self.targets = targets

    def needs(self) -> dict[str, Need]:
        shares = self.targets
        if shares is not None and (min(shares) < 0 or sum(shares) <= 0):
            raise ValueError(f"targets must be shares that are not negative, got {shares!r}.")
        own = {"predicted": Proba(), "labels": Labels()}
        return {**own, **all_needs([check_strategy(self.strategy)])}

    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        about = evidence.arrays(self.needs())
        n_classes = about["predicted"].shape[1]
        targets = np.ones(n_classes) if self.targets is None else np.asarray(self.targets)
        if len(targets) != n_classes:
            raise ValueError(
                f"targets has {len(targets)} shares, but there are {n_classes} classes; give one "
                "for each."
            )
        predicted = about["predicted"].argmax(axis=1)
        sizes = even_out(
            targets / targets.sum(),
            np.bincount(about["labels"], minlength=n_classes),
            np.bincount(predicted, minlength=n_classes),
            n,
        )
        return choose_within(check_strategy(self.strategy), evidence, predicted, sizes, rng)


class Schedule(Strategy):
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

    def __init__(
        self,
        stages: Sequence[tuple[int, Any]] = ((0, "typiclust"), (100, "margin")),
        by: str = "labels",
    ):
        self.stages = stages
        self.by = by

    def _check(self) -> None:
        starts = [start for start, _ in self.stages]
        if not starts or starts[0] != 0 or any(a >= b for a, b in zip(starts, starts[1:])):
            raise ValueError(f"stages must start at 0 and then at growing numbers, got {starts}.")
        if self.by not in ("labels", "rounds"):
            raise ValueError(f"by must be 'labels' or 'rounds', got by={self.by!r}.")

    def current(self, n_labeled: int, n_rounds: int) -> Strategy:
        """The strategy whose turn it is.

        Parameters
        ----------
        n_labeled, n_rounds : int
            Labels and rounds so far.

        Returns
        -------
        Strategy
        """
        self._check()
        now = n_labeled if self.by == "labels" else n_rounds
        return check_strategy([strategy for start, strategy in self.stages if start <= now][-1])

    def needs(self) -> dict[str, Need]:
        self._check()
        parts = [check_strategy(strategy) for _, strategy in self.stages]
        return {"rounds": Rounds(), **all_needs(parts)}

    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        rounds = evidence.arrays({"rounds": Rounds()})["rounds"]
        n_rounds = int(rounds.max()) + 1 if len(rounds) else 0
        return self.current(len(rounds), n_rounds).choose(evidence, n, rng)


class Skip(Strategy):
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
    >>> from skal import ActiveLearner
    >>> from skal.strategies import Skip
    >>> ActiveLearner(strategy=Skip("entropy", n_skip=16)).strategy.n_skip
    16
    """

    def __init__(self, strategy: Any = "margin", n_skip: int = 8):
        self.strategy = strategy
        self.n_skip = n_skip

    def _inner(self) -> UtilityStrategy:
        check_count(self.n_skip, "n_skip", least=0)
        return check_ranking(self.strategy, "Skip")

    def needs(self) -> dict[str, Need]:
        return self._inner().needs()

    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        u = self._inner().utilities(evidence)
        start = min(int(self.n_skip), max(0, len(u) - n))
        positions = top(u, start + n, rng)[start:]
        return Choice(positions, u[positions])


class Subsample(Strategy):
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
    >>> from skal import ActiveLearner
    >>> from skal.strategies import Subsample
    >>> ActiveLearner(strategy=Subsample("margin", max_candidates=2000)).strategy.max_candidates
    2000
    """

    def __init__(self, strategy: Any = "margin", max_candidates: int | float = 10_000):
        self.strategy = strategy
        self.max_candidates = max_candidates

    def _size(self, n_candidates: int) -> int:
        size = self.max_candidates
        if isinstance(size, Integral) and not isinstance(size, bool) and size >= 1:
            return int(size)
        if isinstance(size, Real) and not isinstance(size, Integral) and 0 < size <= 1:
            return math.ceil(size * n_candidates)
        raise ValueError(f"max_candidates must be an int >= 1 or a float in (0, 1], got {size!r}.")

    def needs(self) -> dict[str, Need]:
        self._size(1)
        return check_strategy(self.strategy).needs()

    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        size = min(max(self._size(len(evidence)), n), len(evidence))
        drawn = np.sort(rng.choice(len(evidence), size=size, replace=False))
        chosen = check_strategy(self.strategy).choose(evidence.part(drawn), n, rng)
        return Choice(drawn[chosen.positions], chosen.utility)
