"""Bayesian measures of several rows at once."""

from numbers import Integral
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skal._compat import Interval
from skal.evidence import MCProba, Need, On, Seed
from skal.measures import blocks, entropy, log
from skal.strategies._base import UtilityStrategy
from skal.strategies._draws import (
    AmongAFew,
    draws_in_blocks,
    entropy_of_mean,
    mutual_information,
    some_of,
    warn_if_alone,
)
from skal.strategies._fill import fill_best

__all__ = ["EPIG", "BatchBALD"]

Floats = NDArray[np.floating]
NATS = 1e-9  # information below this is rounding,
NATS_DRAWN = 1e-3  # and below this is lost in the sample, where configurations are drawn
TABLE = 40_000  # drawn configurations times classes, as in the paper


class BatchBALD(AmongAFew):
    """Ask the rows that tell most about the model together: BALD without the copies.

    Greedy: each row is the one whose label, beside those of the rows before it, tells most about
    which draw of the model is right.

    Parameters
    ----------
    n_passes : int >= 2, default=20
        Dropout passes of a net; a committee has as many draws as members. T draws hold
        log(T) nats: once the batch has used them up, BALD alone orders the rest.
    max_configurations : int >= 1, default=10_000
        Label configurations of the batch so far: all are looked at while there are no more, and
        as many (or 40,000 / n_classes, if fewer) are drawn at random from then on.
    max_candidates : int >= 1, default=20_000
        Larger pools are sampled at random first.

    Notes
    -----
    Asked is the argmax of I(y of the batch and the row; model); ties go to the larger BALD, then
    to the first row. Rows are looked at again only while their last gain could still be the
    best, since gains shrink as a batch grows.
    Time O(T n c M) a row at worst, with M configurations; memory O(M (T + c)).
    Use where the batch is small (up to about 20 rows) and the pool holds near duplicates.
    Avoid where batches are of 100 or more: T draws are soon used up; Power("bald") is quicker.

    References
    ----------
    Kirsch, van Amersfoort, Gal (2019), "BatchBALD: efficient and diverse batch acquisition for
    deep Bayesian active learning", NeurIPS, arXiv 1906.08158.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import BatchBALD
    >>> p = np.array([[1, 1, 1], [0, 0, 1], [1, 1, 0], [0, 0, 0]])  # rows 0 and 1 are copies
    >>> draws = np.stack([p, 1 - p], axis=2)
    >>> BatchBALD().select(2, np.random.default_rng(0), draws)
    array([0, 2])
    """

    name: ClassVar[str] = "batch_bald"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_passes": [Interval(Integral, 2, None, closed="left")],
        "max_configurations": [Interval(Integral, 1, None, closed="left")],
        "max_candidates": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self, n_passes: int = 20, max_configurations: int = 10_000, max_candidates: int = 20_000
    ):
        self.n_passes = n_passes
        self.max_configurations = max_configurations
        self.max_candidates = max_candidates

    def needs(self) -> dict[str, Need]:
        return {"mc_proba": MCProba(self.n_passes)}

    def select(self, n: int, rng: np.random.Generator, mc_proba: Floats) -> NDArray[np.intp]:
        warn_if_alone(mc_proba, self)
        n_draws, n_candidates, n_classes = mc_proba.shape
        bald = mutual_information(mc_proba)
        own = np.empty((n_draws, n_candidates))  # H of each draw: needed with other weights
        for rows, p in draws_in_blocks(mc_proba):
            own[:, rows] = entropy(p)
        gain = bald.copy()  # with an empty batch; an upper bound from then on
        labels = Configurations.none(n_draws)
        chosen: list[int] = []
        while len(chosen) < n and min(gain.max(), labels.left()) > labels.rounding():
            if chosen:
                _update_gains(gain, labels, mc_proba, own)
            tied = np.flatnonzero(gain >= gain.max() - NATS)  # the larger BALD, then the first
            best = int(tied[np.argmax(bald[tied] >= bald[tied].max() - NATS)])
            chosen.append(best)
            gain[best] = -np.inf
            p = mc_proba[:, best].astype(np.float64)
            if labels.drawn is None and len(labels.weight) * n_classes > self.max_configurations:
                earlier = mc_proba[:, chosen[:-1]].astype(np.float64)
                size = min(self.max_configurations, TABLE // n_classes)
                labels = Configurations.sample(earlier, size, rng)
            labels = labels.extend(p, rng)
        return fill_best(chosen, n, bald)


class Configurations(NamedTuple):
    """Labels that a batch may get, and what each would tell about the draws of the model.

    Scaled by the configurations' own probabilities, so that long products do not underflow.
    """

    weight: Floats  # (M, T): probability of each draw of the model, given the labels
    share: Floats  # (M,): sums to 1; probability of the labels, or 1/M where they were drawn
    log_proba: Floats  # (M,): log probability of the labels
    drawn: NDArray[np.intp] | None = None  # (M,): the draw whose labels these are; None: all

    @classmethod
    def none(cls, n_draws: int) -> "Configurations":
        """The one labelling of an empty batch."""
        return cls(np.full((1, n_draws), 1 / n_draws), np.ones(1), np.zeros(1))

    @classmethod
    def sample(cls, batch: Floats, size: int, rng: np.random.Generator) -> "Configurations":
        """Labellings of a batch (T, b, c), equally many out of each draw of the model."""
        n_draws = len(batch)
        drawn = np.repeat(np.arange(n_draws), max(1, size // n_draws))
        many = len(drawn)
        weight = np.full((many, n_draws), 1 / n_draws, dtype=np.float32)  # sampling errs by more
        start = cls(weight, np.full(many, 1 / many), np.zeros(many), drawn)
        for row in range(batch.shape[1]):
            start = start.extend(batch[:, row], rng)
        return start

    def extend(self, p: Floats, rng: np.random.Generator) -> "Configurations":
        """Add a row whose class probabilities are p (T, c): all its labels, or one drawn."""
        if self.drawn is None:
            joint = self.weight[:, None, :] * p.T  # (M, c, T)
            share = (self.share[:, None] * joint.sum(axis=2)).ravel()
            joint = joint.reshape(-1, len(p))
            log_proba = np.repeat(self.log_proba, p.shape[1])
        else:
            cdf = p.cumsum(axis=1)
            u = rng.random(len(self.drawn)) * cdf[self.drawn, -1]
            label = (cdf[self.drawn] <= u[:, None]).sum(axis=1)  # never a class of probability 0
            joint = self.weight * p[:, np.minimum(label, p.shape[1] - 1)].T
            share, log_proba = self.share, self.log_proba
        total = joint.sum(axis=1)
        kept = total > 0
        return Configurations(
            (joint[kept] / total[kept, None]).astype(self.weight.dtype),
            share[kept] / share[kept].sum(),
            log_proba[kept] + np.log(total[kept]),
            None if self.drawn is None else self.drawn[kept],
        )

    def entropy(self) -> float:
        """Joint entropy of the batch's labels."""
        return -float(self.share @ self.log_proba)

    def left(self) -> float:
        """Entropy of the draws of the model, given the labels: no gain exceeds it."""
        return float(self.share @ entropy(self.weight))

    def rounding(self) -> float:
        """Information below which rows cannot be told apart."""
        return NATS if self.drawn is None else NATS_DRAWN

    def gains(self, p: Floats, own: Floats) -> Floats:
        """I(y; model | labels of the batch) for rows of p (T, b, c) and their entropies (T, b).

        In the mean over configurations: H(weight @ p) - weight @ own, which equals the joint
        entropy minus the conditional ones of eq. 8 up to what the batch has already.
        """
        n_draws, n, n_classes = p.shape
        table = self.weight @ p.reshape(n_draws, -1).astype(self.weight.dtype)  # (M, b c)
        table *= log(table)
        joint = -(self.share.astype(table.dtype) @ table).reshape(n, n_classes).sum(axis=1)
        return np.maximum(joint - (self.share @ self.weight) @ own, 0)


def _update_gains(gain: Floats, labels: Configurations, mc_proba: Floats, own: Floats) -> None:
    """Bring the gains up to date, largest first, until no older one can be the best."""
    order = np.argsort(-gain, kind="stable")
    best = -np.inf
    for part in blocks(len(order), len(labels.weight) * mc_proba.shape[2]):
        rows = order[part]
        rows = rows[gain[rows] >= best - NATS]
        rows = rows[np.isfinite(gain[rows])]
        if not len(rows):
            return
        gain[rows] = labels.gains(mc_proba[:, rows], own[:, rows])
        best = max(best, gain[rows].max())


class EPIG(UtilityStrategy):
    """Ask first what would most sharpen the predictions on the rows that matter.

    Parameters
    ----------
    n_passes : int >= 2, default=20
        Dropout passes of a net; a committee has as many draws as members.
    n_targets : int >= 1, default=100
        Candidates drawn at random as the rows that matter, where `targets` is None.
    targets : array of shape (n_targets, ...), default=None
        Inputs like those on which the classifier will be used; never labelled rows.

    Notes
    -----
    Utility is the mean over targets of I(y; y of the target), in [0, log(n_classes)].
    Time O(T n m c^2) with m targets; memory O(n).
    Use where the pool holds rows that do not matter: targets say what does.
    Avoid where classes are hundreds: time grows with their square.

    References
    ----------
    Bickford Smith, Kirsch, Farquhar, Gal, Foster, Rainforth (2023), "Prediction-oriented Bayesian
    active learning", AISTATS, arXiv 2304.08151.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import EPIG
    >>> p = np.array([[1.0, 1.0], [0.0, 1.0], [1.0, 0.0], [0.0, 0.0]])
    >>> target = np.array([[0.9], [0.2], [0.8], [0.1]])
    >>> draws, targets = (np.stack([q, 1 - q], axis=2) for q in (p, target))
    >>> EPIG().utility(draws, targets).round(6)
    array([0.270438, 0.005008])
    """

    name: ClassVar[str] = "epig"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_passes": [Interval(Integral, 2, None, closed="left")],
        "n_targets": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, n_passes: int = 20, n_targets: int = 100, targets: Any = None):
        self.n_passes = n_passes
        self.n_targets = n_targets
        self.targets = targets

    def needs(self) -> dict[str, Need]:
        draws = MCProba(self.n_passes)
        if self.targets is not None:
            return {"mc_proba": draws, "target_proba": On(draws, self.targets)}
        return {"mc_proba": draws, "seed": Seed()}

    def utility(
        self, mc_proba: Floats, target_proba: Floats | None = None, seed: int | None = None
    ) -> Floats:
        warn_if_alone(mc_proba, self)
        if target_proba is None:
            target_proba = mc_proba
            if seed is not None:
                # drawn by the seed of the query, as dropout masks are: strategies around this one
                # then see the same utilities
                rng = np.random.default_rng(seed)
                target_proba = mc_proba[:, some_of(mc_proba.shape[1], self.n_targets, rng)]
        return expected_information(mc_proba, target_proba)


def expected_information(draws: Floats, targets: Floats) -> Floats:
    """Mean of I(y; y*) over targets, (n,): H(y) + H(y*) - H(y, y*) in nats.

    The tables of all targets, for a block of rows, come out of one matrix product.
    """
    n_draws, n, n_classes = draws.shape
    other = np.asarray(targets, dtype=np.float64).reshape(n_draws, -1) / n_draws  # (T, m c)
    utility = entropy_of_mean(draws) + entropy_of_mean(targets).mean()
    for rows in blocks(n, n_classes * other.shape[1]):
        p = draws[:, rows].astype(np.float64).reshape(n_draws, -1)  # (T, b c)
        joint = p.T @ other  # (b c, m c)
        nats = np.einsum("ij,ij->i", joint, log(joint))  # (b c,)
        utility[rows] += nats.reshape(-1, n_classes).sum(axis=1) / targets.shape[1]
    return np.maximum(utility, 0)
