"""Learn which strategy pays."""

import math
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skal._compat import Interval
from skal.evidence import Evidence, Labeled, Labels, Need, Past, Proba, Rounds
from skal.strategies._base import Choice, check_choice
from skal.strategies._held import Holder

__all__ = ["ALBL"]

Floats = NDArray[np.floating]


class ALBL(Holder):
    """Ask what several strategies advise, and trust more those whose advice paid.

    Each strategy advises a batch; rows are drawn in proportion to the trust in those who advise
    them. What a batch was worth is the accuracy on the labelled rows, each weighted by one over
    its chance to be asked, so that the rows asked on purpose do not mislead.

    Parameters
    ----------
    strategies : sequence of str, Strategy or callable, default=("margin", "k_center", "random")
    delta : float in (0, 1), default=0.1
        The smaller, the longer all strategies are tried.
    p_min : float in (0, 1 / n_strategies], default=None
        Least chance of a strategy to be heard; None is sqrt(log(K) / (10 K)) for K strategies,
        at most 1 / (2 K).

    Notes
    -----
    Time is the sum over its strategies; memory likewise.
    Use where it is not known which strategy suits the data.
    Avoid where there are few rounds, from which nothing is learned.

    References
    ----------
    Hsu, Lin (2015), "Active learning by learning", AAAI.

    Examples
    --------
    >>> from skal import ActiveLearner
    >>> from skal.strategies import ALBL
    >>> ActiveLearner(strategy=ALBL(["margin", "badge"])).strategy.delta
    0.1
    """

    name: ClassVar[str] = "albl"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "delta": [Interval(Real, 0, 1, closed="neither")],
        "p_min": [None, Interval(Real, 0, 0.5, closed="right")],
    }

    def __init__(
        self,
        strategies: Sequence[Any] = ("margin", "k_center", "random"),
        delta: float = 0.1,
        p_min: float | None = None,
    ):
        self.strategies = strategies
        self.delta = delta
        self.p_min = p_min

    def parts(self) -> Sequence[Any]:
        return self.strategies

    def check_params(self) -> None:
        k = len(self.strategies)
        if isinstance(self.strategies, str) or k < 2:
            raise TypeError(
                f"`strategies` must be a list of two or more, got {self.strategies!r}; ALBL "
                "learns which of them to trust."
            )
        super().check_params()
        for part in self.held():
            if Past() in part.needs().values():  # a round has one set of notes: that of the whole
                raise TypeError(
                    "`strategies` must be such as keep no notes from round to round, got "
                    f"{part!r}, which would read those of ALBL; give what it holds instead."
                )
        if self.p_min is not None and self.p_min > 1 / k:
            raise ValueError(f"`p_min` must lie in (0, 1/{k}], got {self.p_min!r}; lower it.")

    def _floor(self) -> float:
        """Least chance of a strategy to be heard."""
        k = len(self.strategies)
        least = min(math.sqrt(math.log(k) / (10 * k)), 0.5 / k)
        return least if self.p_min is None else self.p_min

    def needs(self) -> dict[str, Need]:
        own = {
            "labeled_proba": Labeled(Proba()),
            "labels": Labels(),
            "past": Past(),
            "rounds": Rounds(),
        }
        return {**own, **super().needs()}

    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        own = self.answers(evidence)
        trust = self._trust(own["past"], own["labeled_proba"], own["labels"])
        k, floor = len(trust), self._floor()
        # EXP4.P: every strategy is heard with a chance of at least p_min
        heard = (1 - k * floor) * trust / trust.sum() + floor  # (n_strategies,)
        advice = np.zeros((k, len(evidence)))
        for s, strategy in enumerate(self.held()):
            found = check_choice(strategy.choose(evidence, n, rng), n, evidence, strategy)
            advice[s, found.positions] = 1 / n
        q = heard @ advice  # chance of each candidate to be the next one asked
        asked = _drawn(q, n, rng)
        asked_in = own["rounds"].max(initial=-1) + 1
        notes = {
            "batch": np.full(n, asked_in),
            "trust": np.tile(trust, (n, 1)),  # (n, n_strategies)
            "heard": np.tile(heard, (n, 1)),  # (n, n_strategies)
            "advice": advice[:, asked].T,  # (n, n_strategies)
            "q": q[asked],  # (n,)
            "times": n * q[asked],  # how often it was to be asked, among n draws
        }
        return Choice(asked, np.full(n, np.nan), row_notes=notes)

    def _trust(
        self, past: Mapping[str, Any], labeled_proba: Floats, labels: NDArray[np.intp]
    ) -> Floats:
        """Trust in each strategy: that of the newest batch, and what its rows have paid since.

        Every taught row brings its own notes, so its answer may come in any order and part.
        """
        k, batch = len(self.strategies), past.get("batch", np.full(len(labels), np.nan))
        if np.isnan(batch).all() or past["trust"].shape[1:] != (k,):
            return np.ones(k)
        times = past["times"]
        chance = np.where(np.isnan(times), 1, times)  # of rows that somebody else chose: 1
        worth = weighted_accuracy(labeled_proba.argmax(axis=1) == labels, chance)
        last = np.flatnonzero(batch == np.nanmax(batch))
        advice, q, heard = past["advice"][last], past["q"][last], past["heard"][last]
        # reward of each strategy's advice, over the chance of the row, and how that may vary
        paid = (advice * worth / q[:, None]).sum(axis=0) / len(last)
        spread = (advice / heard).sum(axis=0)
        bonus = spread * math.sqrt(math.log(k / self.delta) / (k * len(labels)))
        gain = self._floor() / 2 * (paid + bonus)
        # only ratios of trust count: the largest gain becomes 0, and no exponential overflows
        return past["trust"][last[0]] * np.exp(gain - gain.max())


def weighted_accuracy(correct: NDArray[np.bool_], chance: Floats) -> float:
    """Accuracy in which a row counts one over its chance to be asked."""
    weight = 1 / np.minimum(chance, 1)
    # over the sum of the weights, not over n: so it stays in [0, 1]
    return float(weight @ correct / weight.sum())


def _drawn(q: Floats, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """`n` distinct positions drawn in proportion to `q`, by the largest of log q + Gumbel."""
    with np.errstate(divide="ignore"):
        keys = np.log(q) + rng.gumbel(size=len(q))
    return np.argsort(-keys, kind="stable")[:n]
