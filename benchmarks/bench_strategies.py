"""Choosing rows: every strategy of skal beside the libraries that offer its method.

    python benchmarks/bench_strategies.py [--n 60000] [--batches 100 1000] [--methods badge margin]
        [--out docs/results/speed/strategies.md]
    python benchmarks/bench_strategies.py --n 500000 --memory-only

Peers are optional: pip install scikit-activeml==1.0.1 small-text baal "modAL-python<0.4.2"; one
that is missing is left out, and said so.

Everyone is given the same arrays by a stub instead of a model, in the layout that the library
reads, so only the choosing is timed. skal is called as its learner calls it (`Strategy.choose`).
Peak memory and a first time are measured in a process of its own for each job, which is stopped
at --limit seconds or --memory GB over its inputs; what lived is then timed again, interleaved in
one process. Linux only (peak memory is read from /proc).
"""

import argparse
import ctypes
import importlib
import resource
import signal
import sys
import warnings
from collections.abc import Callable, Iterable
from functools import cache, cached_property, partial
from importlib.metadata import version
from importlib.util import find_spec
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from time import perf_counter
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
from scipy.special import softmax
from timing import THREADS, interleaved, machine, ratio, set_threads, write

from skal.evidence import (
    Attack,
    CommitteeProba,
    Embedding,
    Evidence,
    Head,
    LinearHead,
    Logits,
    MCProba,
    Model,
    Need,
    Proba,
    RiskAfter,
    Scores,
)
from skal.strategies import STRATEGIES, BatchStrategy

N_UNITS, N_CLASSES, N_DRAWS, N_LABELED = 128, 10, 20, 1000
N_TARGETS = 100  # of EPIG
RADIUS = 8.5  # of ProbCover and MaxHerding: a ball of it holds a tenth of a cluster
SLOW = 30.0  # seconds above which a job is not repeated
SMALL = (5000, 1000)  # rows at which a peer that failed is compared after all
CHECK, CHECK_BATCH = 2000, 50  # rows and picks with which the picks are compared
GIGA = 2**30


class Tables:
    """What a model would say about n candidates and, after them, the labelled rows."""

    def __init__(self, n: int, n_labeled: int = N_LABELED):
        self.n, self.n_labeled = n, n_labeled

    @cached_property
    def X(self) -> np.ndarray:
        """Embeddings of 200 clusters, as a layer of rectified units gives, (n + n_labeled, d)."""
        rng = np.random.default_rng(1)
        centres = 1.5 * rng.standard_normal((200, N_UNITS), dtype=np.float32)
        X = rng.standard_normal((self.n + self.n_labeled, N_UNITS), dtype=np.float32)
        X += centres[rng.integers(200, size=len(X))]
        return np.maximum(X, 0, out=X)

    @cached_property
    def head(self) -> LinearHead:
        rng = np.random.default_rng(2)
        weight = rng.normal(size=(N_CLASSES, N_UNITS)) / np.sqrt(N_UNITS)
        return LinearHead(2 * weight, np.zeros(N_CLASSES))

    @cached_property
    def logits(self) -> np.ndarray:
        return self.X @ self.head.weight.T

    @cached_property
    def proba(self) -> np.ndarray:
        return softmax(self.logits, axis=1)

    @cached_property
    def draws(self) -> np.ndarray:
        """Probabilities of draws of the model, (n_draws, n + n_labeled, c), float32."""
        rng = np.random.default_rng(3)
        draws = np.empty((N_DRAWS, *self.logits.shape), dtype=np.float32)
        for draw in draws:
            rng.standard_normal(out=draw, dtype=np.float32)
            draw += self.logits
            draw[:] = softmax(draw, axis=1)
        return draws

    @cached_property
    def y(self) -> np.ndarray:
        """Labels of the labelled rows."""
        return self.logits[self.n :].argmax(axis=1)

    # what skal reads

    classes_ = np.arange(N_CLASSES)

    def provides(self, need: Need) -> bool:
        return isinstance(
            need, CommitteeProba | Embedding | Head | Logits | MCProba | Proba | Scores
        )

    def measure(self, X: Any, rows: np.ndarray, needs: list, *, seed: int = 0) -> dict:
        contiguous = len(rows) and rows[-1] - rows[0] == len(rows) - 1
        at = slice(rows[0], rows[-1] + 1) if contiguous else rows  # a view, as of an own result
        return {need: self.answer(need, at) for need in needs}

    def answer(self, need: Need, at: Any) -> Any:
        match need:
            case Head():
                return self.head
            case CommitteeProba():
                return self.draws[:, at]
            case MCProba():
                return self.draws[: need.n_passes, at]
            case Embedding():
                return self.X[at]
            case Logits():
                return self.logits[at]
        return self.proba[at]

    def evidence(self) -> Evidence:
        return Evidence(
            self,
            self.X,
            np.arange(self.n),
            classes=self.classes_,
            X_labeled=self.X,
            rows_labeled=np.arange(self.n, self.n + self.n_labeled),
            y_labeled=self.y,
            rounds=np.arange(self.n_labeled) // 100,
        )

    # what the others read; copies, since some of them write into what they are given

    @cached_property
    def y_missing(self) -> np.ndarray:
        return np.concatenate([np.full(self.n, np.nan), self.y])

    @cached_property
    def proba_copy(self) -> np.ndarray:
        return self.proba.copy()

    @cached_property
    def draws_copy(self) -> np.ndarray:
        return self.draws[:, : self.n].copy()

    @cached_property
    def draws_nkc(self) -> np.ndarray:
        return np.ascontiguousarray(self.draws.transpose(1, 0, 2))

    @cached_property
    def draws_nck(self) -> np.ndarray:
        return np.ascontiguousarray(self.draws[:, : self.n].transpose(1, 2, 0))

    @cached_property
    def row_list(self) -> list:
        return list(self.X[: self.n])


# ---------------------------------------------------------------- who chooses

Job = Callable[[Tables, int], Any]  # positions


class Peer(NamedTuple):
    """Another library's form of a method."""

    job: Job
    same: bool = False  # it should pick the same rows
    remark: str = ""


def skal_job(make: Callable[[], Any]) -> Job:
    def job(t: Tables, n: int) -> Any:
        return make().choose(t.evidence(), n, np.random.default_rng(0)).positions

    return job


@cache
def activeml_stub(t: Tables) -> Any:
    """A fitted classifier of scikit-activeml that answers from the tables."""
    from skactiveml.base import SkactivemlClassifier

    class Answers(SkactivemlClassifier):
        def fit(self, X, y, sample_weight=None):
            raise NotImplementedError

        def predict_proba(self, X):
            return t.proba_copy[: t.n] if len(X) == t.n else t.proba_copy[t.n :]

        def predict(self, X):  # of rows that DropQuery has changed
            return (X @ t.head.weight.T).argmax(axis=1)

        def draws(self, X):
            return t.draws_copy

    stub = Answers(classes=t.classes_)
    stub.classes_ = t.classes_
    return stub


def activeml(name: str, model: str | None = None, **params: Any) -> Job:
    def job(t: Tables, n: int) -> Any:
        strategy = getattr(importlib.import_module("skactiveml.pool"), name)
        given = {model: activeml_stub(t), f"fit_{model}": False} if model else {}
        own = {"sample_predictions_method_name": "draws"} if model == "ensemble" else {}
        query = strategy(random_state=0, **own, **params).query
        return query(t.X, t.y_missing, batch_size=n, **given)

    return job


def small_text(name: str, torch: bool = False, **params: Any) -> Job:
    def job(t: Tables, n: int) -> Any:
        module = "integrations.pytorch.query_strategies" if torch else "query_strategies"
        strategy = getattr(importlib.import_module(f"small_text.{module}"), name)(**params)
        draws = "BALD" in name
        classifier = SimpleNamespace(
            predict_proba=lambda X, **_: t.draws_nkc if draws else t.proba_copy,
            embed=lambda X, **_: (t.X, t.proba_copy),
        )
        labeled = np.arange(t.n, t.n + t.n_labeled)
        return strategy.query(classifier, t.X, np.arange(t.n), labeled, t.y, n=n)

    return job


def small_text_egl(t: Tables, n: int) -> Any:
    import torch
    from small_text.integrations.pytorch.query_strategies import ExpectedGradientLength

    last = torch.nn.Linear(N_UNITS, N_CLASSES)
    with torch.no_grad():
        last.weight[:] = torch.from_numpy(t.head.weight)

    def collate(rows):
        return (torch.from_numpy(np.stack(rows)),)

    classifier = SimpleNamespace(model=last, _create_collate_fn=lambda: collate)
    strategy = ExpectedGradientLength(N_CLASSES, device="cpu")
    return strategy.query(classifier, t.row_list, np.arange(t.n), np.empty(0, int), t.y[:0], n=n)


def modal(module: str, name: str, **params: Any) -> Job:
    def job(t: Tables, n: int) -> Any:
        query = getattr(importlib.import_module(f"modAL.{module}"), name)
        learner = SimpleNamespace(
            predict_proba=lambda X: t.proba_copy[: t.n],
            X_training=t.X[t.n :],
            on_transformed=False,
        )
        return query(learner, t.X[: t.n], n_instances=n, **params)

    return job


class Committee:
    """What modAL's functions ask of a committee."""

    classes_ = np.arange(N_CLASSES)

    def __init__(self, t: Tables):
        self.t = t

    def __len__(self) -> int:
        return N_DRAWS

    def __iter__(self) -> Any:
        return iter(range(N_DRAWS))

    def vote(self, X: Any) -> np.ndarray:
        return self.vote_proba(X).argmax(axis=2)

    def vote_proba(self, X: Any) -> np.ndarray:
        return self.t.draws_nkc[: self.t.n]

    def predict_proba(self, X: Any) -> np.ndarray:
        return self.vote_proba(X).mean(axis=1)


def modal_committee(name: str) -> Job:
    def job(t: Tables, n: int) -> Any:
        query = getattr(importlib.import_module("modAL.disagreement"), name)
        return query(Committee(t), t.X[: t.n], n_instances=n)

    return job


def modal_density(t: Tables, n: int) -> Any:
    from modAL.density import information_density
    from modAL.uncertainty import classifier_entropy
    from modAL.utils.selection import multi_argmax

    learner = SimpleNamespace(predict_proba=lambda X: t.proba_copy[: t.n])
    X = t.X[: t.n]
    return multi_argmax(classifier_entropy(learner, X) * information_density(X), n)


def baal(name: str, draws: bool = True, around: str | None = None, batch: str = "") -> Job:
    def job(t: Tables, n: int) -> Any:
        heuristics = importlib.import_module("baal.active.heuristics")
        given = t.draws_nck if draws else t.proba_copy[: t.n]
        if around:
            stochastic = importlib.import_module("baal.active.heuristics.stochastics")
            return getattr(stochastic, name)(getattr(heuristics, around)(), n).get_ranks(given)[0]
        heuristic = getattr(heuristics, name)(**({batch: n} if batch else {}))
        return heuristic(given, given[:N_TARGETS] if name == "EPIG" else None)[:n]

    return job


def _votes(method: str) -> Job:
    return activeml("QueryByCommittee", "ensemble", method=method)


def _doubt(method: str) -> Job:
    return activeml("UncertaintySampling", "clf", method=method)


WEIGHED_BY_ORIGIN = "the origin counts as a chosen gradient"
OTHER_GRADIENT = "p ⊗ h is no gradient of a predicted class"

PEERS: dict[str, dict[str, Peer]] = {
    "random": {
        "scikit-activeml": Peer(activeml("RandomSampling")),
        "small-text": Peer(small_text("RandomSampling")),
    },
    "least_confidence": {
        "scikit-activeml": Peer(_doubt("least_confident"), same=True),
        "modAL": Peer(modal("uncertainty", "uncertainty_sampling"), same=True),
        "small-text": Peer(small_text("LeastConfidence"), same=True),
        "baal": Peer(baal("Certainty", draws=False), same=True),
    },
    "margin": {
        "scikit-activeml": Peer(_doubt("margin_sampling"), same=True),
        "modAL": Peer(modal("uncertainty", "margin_sampling"), same=True),
        "small-text": Peer(small_text("BreakingTies"), same=True),
        "baal": Peer(baal("Margin", draws=False), same=True),
    },
    "entropy": {
        "scikit-activeml": Peer(_doubt("entropy"), same=True),
        "modAL": Peer(modal("uncertainty", "entropy_sampling"), same=True),
        "small-text": Peer(small_text("PredictionEntropy"), same=True),
        "baal": Peer(baal("Entropy", draws=False), same=True),
    },
    "predictive_entropy": {"baal": Peer(baal("Entropy"), same=True)},
    "bald": {
        "scikit-activeml": Peer(activeml("GreedyBALD", "ensemble"), same=True),
        "small-text": Peer(small_text("BALD"), same=True),
        "baal": Peer(baal("BALD"), same=True),
    },
    "mean_std": {"baal": Peer(baal("Variance"), remark="variance, not its root")},
    "variation_ratio": {"scikit-activeml": Peer(_votes("variation_ratios"))},
    "epig": {"baal": Peer(baal("EPIG"), remark="targets are the first rows")},
    "batch_bald": {
        "scikit-activeml, 20 configurations": Peer(
            activeml("BatchBALD", "ensemble"), remark="its default; skal looks at 10,000"
        ),
        "scikit-activeml": Peer(activeml("BatchBALD", "ensemble", n_MC_samples=10_000)),
        "baal": Peer(
            baal("BatchBALD", batch="num_samples"),
            remark="order is by score, not by pick; stops at small gains",
        ),
    },
    "vote_entropy": {
        "scikit-activeml": Peer(_votes("vote_entropy")),
        "modAL": Peer(modal_committee("vote_entropy_sampling")),
    },
    "consensus_entropy": {"modAL": Peer(modal_committee("consensus_entropy_sampling"), same=True)},
    "max_disagreement": {"modAL": Peer(modal_committee("max_disagreement_sampling"), same=True)},
    "mean_disagreement": {"scikit-activeml": Peer(_votes("KL_divergence"), same=True)},
    "power": {"baal": Peer(baal("PowerSampling", around="BALD"))},
    "softmax": {"baal": Peer(baal("GibbsSampling", around="BALD"))},
    "soft_rank": {"baal": Peer(baal("RankBasedSampling", around="BALD"))},
    "k_center": {
        "scikit-activeml": Peer(activeml("CoreSet"), same=True),
        "small-text": Peer(small_text("GreedyCoreset", normalize=False), same=True),
    },
    "lightweight_coreset": {
        "small-text": Peer(
            small_text("LightweightCoreset", normalize=False), remark="angles, not distances"
        )
    },
    "information_density": {},
    "information_density, euclidean": {"modAL": Peer(modal_density, same=True, remark="n × n")},
    "ranked_batch": {"modAL": Peer(modal("batch", "uncertainty_batch_sampling"), same=True)},
    "kmeans": {"small-text": Peer(small_text("EmbeddingKMeans", normalize=False))},
    "typiclust": {
        "scikit-activeml": Peer(
            activeml("TypiClust", k=20), remark="no limit to the number of clusters"
        )
    },
    "prob_cover": {
        "scikit-activeml": Peer(activeml("ProbCover", n_classes=N_CLASSES), remark="n × n"),
    },
    "prob_cover, of a given radius": {
        "scikit-activeml": Peer(activeml("ProbCover", deltas=[RADIUS]), remark="n × n"),
    },
    "facility_location": {
        "scikit-activeml": Peer(activeml("MaxHerding", metric="cosine"), same=True, remark="n × n"),
    },
    "kernel_herding": {
        "scikit-activeml": Peer(
            activeml("MaxHerding", normalize_samples=False, metric_dict={"gamma": RADIUS**-2}),
            same=True,
            remark="n × n",
        ),
    },
    "clue": {"scikit-activeml": Peer(activeml("Clue", "estimator"))},
    "drop_query": {"scikit-activeml": Peer(activeml("DropQuery", "clf"))},
    "badge": {
        "scikit-activeml": Peer(activeml("Badge", "clf"), remark=WEIGHED_BY_ORIGIN),
        "small-text": Peer(
            small_text("BADGE", torch=True, num_classes=N_CLASSES), remark=OTHER_GRADIENT
        ),
    },
    "egl": {"small-text": Peer(small_text_egl, remark="sum of absolute values for the length")},
    "cal": {
        "scikit-activeml": Peer(
            activeml(
                "ContrastiveAL",
                "clf",
                nearest_neighbors_dict={"n_neighbors": 10, "metric": "cosine"},
            ),
            same=True,
        ),
        "small-text": Peer(
            small_text("ContrastiveActiveLearning"),
            remark="neighbours in the whole pool, the row itself among them",
        ),
    },
    "falcun": {"scikit-activeml": Peer(activeml("Falcun", "clf"))},
}

PARAMS: dict[str, dict[str, Any]] = {  # where the default is not the method that peers offer
    "information_density, euclidean": {"similarity": "euclidean"},
    "power": {"strategy": "bald"},
    "softmax": {"strategy": "bald"},
    "soft_rank": {"strategy": "bald"},
    "ranked_batch": {"strategy": "least_confidence"},
    "prob_cover, of a given radius": {"delta": RADIUS, "normalize": False},
    "kernel_herding": {"sigma": RADIUS},
}


def base(name: str) -> str:
    """Registered name of a method, or the library, without what tells forms of it apart."""
    return name.partition(",")[0]


def make_strategy(method: str) -> Any:
    return STRATEGIES[base(method)](**PARAMS.get(method, {}))


# ---------------------------------------------------------------- floors


def _blocks(n: int) -> list[slice]:
    return [slice(start, start + 1000) for start in range(0, n, 1000)]


def one_pass(t: Tables, n: int) -> None:
    t.proba[: t.n].max(axis=1)


def pass_per_pick(t: Tables, n: int) -> None:
    proba = t.proba[: t.n]
    for pick in range(n):
        proba @ proba[pick]


def one_log(t: Tables, n: int) -> None:
    for block in _blocks(t.n):
        np.log(t.draws[:, block])


def draws_per_pick(t: Tables, n: int) -> None:
    for _ in range(n):
        t.draws[:, : t.n].sum(axis=0)


def one_product(t: Tables, n: int) -> None:
    t.X[: t.n] @ t.X[0]


def product_per_pick(t: Tables, n: int) -> None:
    X = t.X[: t.n]
    for pick in range(n):
        X @ X[pick]


def joint_logs(t: Tables, n: int) -> None:
    targets = t.draws[:, :N_TARGETS].reshape(N_DRAWS, -1)
    for block in _blocks(t.n):
        np.log(t.draws[:, block].reshape(N_DRAWS, -1).T @ targets)


def products_with_some(t: Tables, n: int) -> None:
    for block in _blocks(t.n):
        t.X[block] @ t.X[:2000].T


def one_assignment(t: Tables, n: int) -> None:
    for block in _blocks(t.n):
        (t.X[block] @ t.X[:n].T).argmax(axis=1)


def products_with_labeled(t: Tables, n: int) -> None:
    for block in _blocks(t.n):
        (t.X[block] @ t.X[t.n :].T).argmax(axis=1)


def all_products(t: Tables, n: int) -> None:
    for block in _blocks(t.n):
        t.X[block] @ t.X[: t.n].T


FLOORS = {
    one_pass: "one pass over the probabilities",
    pass_per_pick: "one pass over the probabilities per pick",
    one_log: "one logarithm of each drawn probability",
    draws_per_pick: "one pass over the draws per pick",
    joint_logs: "one logarithm of each joint probability",
    one_product: "one pass over the embeddings",
    product_per_pick: "one pass over the embeddings per pick",
    one_assignment: "products of all embeddings with as many as picks",
    products_with_some: "products of all embeddings with 2,000",
    products_with_labeled: "products of all embeddings with the labelled ones",
    all_products: "products of all embeddings with each other",
}
FLOOR_OF = {
    "batch_bald": draws_per_pick,
    "kmeans": one_assignment,
    "typiclust": one_assignment,
    "clue": one_assignment,
    "drop_query": one_assignment,
    "diverse_mini_batch": one_assignment,
    "epig": joint_logs,
    "information_density, euclidean": products_with_some,
    "prob_cover": all_products,
    "prob_cover, of a given radius": all_products,
    "cal": products_with_labeled,
    "lightweight_coreset": one_product,
}


def floor_of(method: str) -> Job:
    """The stated floor, or the one that follows from what the strategy reads."""
    if method in FLOOR_OF:
        return FLOOR_OF[method]
    strategy = make_strategy(method)
    needs = [getattr(need, "of", need) for need in strategy.needs().values()]
    in_turns = isinstance(strategy, BatchStrategy)
    if any(isinstance(need, MCProba | CommitteeProba) for need in needs):
        return draws_per_pick if in_turns else one_log
    if all(isinstance(need, Proba | Scores | Logits) for need in needs):
        return pass_per_pick if in_turns else one_pass
    return product_per_pick if in_turns else one_product


# ---------------------------------------------------------------- measuring


class Run(NamedTuple):
    """What one job cost in a process of its own."""

    seconds: float | None = None
    megabytes: float | None = None
    failure: str = ""


MODULES = {
    "scikit-activeml": "skactiveml",
    "small-text": "small_text",
    "baal": "baal",
    "modAL": "modAL",
}


def jobs_of(method: str) -> dict[str, Job]:
    peers = PEERS.get(method, {})
    found = {by: peer.job for by, peer in peers.items() if find_spec(MODULES[base(by)])}
    return {"skal": skal_job(lambda: make_strategy(method)), **found}


def status(key: str) -> float:
    """VmRSS, VmHWM or VmSize of this process, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(key + ":")) / 1024


def run_alone(
    method: str, by: str, n: int, batch: int, args: argparse.Namespace, tell: Connection
) -> None:
    """In a process of its own: do one job, then tell what it cost."""
    warnings.simplefilter("ignore")
    job = jobs_of(method)[by]
    try:
        warm_up([job], t := Tables(n, args.labeled), args.threads)
        ctypes.CDLL(None).malloc_trim(0)  # what building the tables left free would hide a peak
        before = status("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
        most = int(status("VmSize") * 2**20 + args.memory * GIGA)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        signal.setitimer(signal.ITIMER_REAL, args.limit)  # not handled: ends the process
        start = perf_counter()
        job(t, batch)
        tell.send(Run(perf_counter() - start, max(status("VmHWM") - before, 0.0)))
    except Exception as error:
        short = isinstance(error, MemoryError) or "memory" in str(error)
        tell.send(Run(failure="out of memory" if short else f"failed: {error!r:.120}"))


def alone(method: str, by: str, n: int, batch: int, args: argparse.Namespace) -> Run:
    """Start a process for one job, and hear what it cost."""
    context = get_context("forkserver")  # the libraries are imported once, no thread has begun
    context.set_forkserver_preload(["skal.strategies", "torch", "skactiveml.pool", "baal.active"])
    hear, tell = context.Pipe(duplex=False)
    process = context.Process(target=run_alone, args=(method, by, n, batch, args, tell))
    process.start()
    tell.close()
    try:
        found = hear.recv()
    except EOFError:
        found = None
    process.join()
    timed_out = process.exitcode == -signal.SIGALRM
    return found or Run(failure=f"> {args.limit:.0f} s" if timed_out else "out of memory")


def warm_up(jobs: Iterable[Job], t: Tables, threads: int) -> None:
    """Do imports and first calls on a small pool, and fill the tables that the jobs read."""
    small = Tables(300, 50)
    for job in jobs:
        job(small, 3)
    set_threads(threads)  # of what was imported, too
    for name in vars(small):
        getattr(t, name)


def same_picks(method: str, by: str) -> float | None:
    """Share of skal's picks that the peer picks too, of a small pool; None: left to chance."""
    peer = PEERS[method][by]
    if not peer.same:
        return None
    t = Tables(CHECK, 100)
    ours = jobs_of(method)["skal"](t, CHECK_BATCH)
    return len(np.intersect1d(ours, peer.job(t, CHECK_BATCH))) / CHECK_BATCH


class Costs(NamedTuple):
    """Times out of interleaved turns."""

    seconds: float
    to_fastest: float | None  # ratio to the fastest peer
    to_floor: float


class Row(NamedTuple):
    """One job of one method, as it stands in the table."""

    method: str
    by: str
    run: Run
    costs: Costs | None = None
    same: float | None = None  # share of the picks
    remark: str = ""


def timed(
    method: str, runs: dict[str, Run], batch: int, t: Tables, args: argparse.Namespace
) -> dict[str, list[float]]:
    """Seconds of the jobs that live, and of the floor, in turns; slow ones keep their only time."""
    alive = {by: run.seconds for by, run in runs.items() if run.seconds is not None}
    jobs = {by: job for by, job in jobs_of(method).items() if alive.get(by, SLOW) < SLOW}
    warm_up(jobs.values(), t, args.threads)
    slowest = max((alive[by] for by in jobs), default=0)
    n_turns = 1 if slowest > 5 else 3 if slowest > 1 else 9
    jobs["floor"] = floor_of(method)
    given = {by: partial(job, t, batch) for by, job in jobs.items()}
    seconds = interleaved(given, repeats=n_turns, warm_up=n_turns > 1)
    return seconds | {by: [alone] * n_turns for by, alone in alive.items() if by not in jobs}


def rows_of(
    method: str, batch: int, t: Tables, failed: dict, args: argparse.Namespace
) -> list[Row]:
    """Measure one method at one batch size."""
    runs = {}
    for by in ["skal"] if args.memory_only else jobs_of(method):
        runs[by] = failed.get((method, by)) or alone(method, by, t.n, batch, args)
        if runs[by].failure:
            failed[method, by] = runs[by]  # a larger batch costs no less
    if args.memory_only:
        return [Row(method, "skal", runs["skal"])]
    seconds = timed(method, runs, batch, t, args)
    peers = [by for by in seconds if by not in ("skal", "floor")]
    fastest = min(peers, key=lambda by: median(seconds[by]), default=None)
    rows = []
    for by, run in (runs | {"floor": Run()}).items():
        remark, same = "", None
        if by == "floor":
            remark = FLOORS[floor_of(method)]
        elif by != "skal" and not run.failure.startswith("failed"):
            remark, same = PEERS[method][by].remark, same_picks(method, by)
            if run.failure:
                remark = f"{remark}; {at_small(method, by, batch, args)}".strip("; ")
        costs = None
        if by in seconds:
            costs = Costs(
                median(seconds[by]),
                ratio(seconds, by, fastest) if fastest and by != "floor" else None,
                ratio(seconds, by, "floor"),
            )
        rows.append(Row(method, by, run, costs, same, remark))
    return rows


def at_small(method: str, by: str, batch: int, args: argparse.Namespace) -> str:
    """A peer that failed, beside skal on the largest pool that it can take."""
    for n in SMALL:
        theirs = alone(method, by, n, batch, args)
        if theirs.failure:
            continue
        ours = alone(method, "skal", n, batch, args)
        return (
            f"at n = {n:,}: {theirs.seconds:.3g} s and {theirs.megabytes:.0f} MB, "
            f"skal {ours.seconds:.3g} s and {ours.megabytes:.0f} MB"
        )
    return f"at n = {n:,}: {theirs.failure}"


# ---------------------------------------------------------------- telling


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


def table_of(rows: list[Row]) -> str:
    lines = [
        "| method | by | seconds | to the fastest peer | to the floor | peak MB | same picks | |"
    ]
    lines += ["|---|---|---|---|---|---|---|---|"]
    for row in rows:
        costs = row.costs or Costs(row.run.seconds, None, None)
        cells = (
            row.method if row.by == "skal" else "",
            row.by,
            row.run.failure or _number(costs.seconds, ".4f"),
            _number(costs.to_fastest, ".2f"),
            _number(costs.to_floor, ".1f"),
            _number(row.run.megabytes, ".0f"),
            _number(row.same, ".0%"),
            row.remark,
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def verdict_of(rows: list[Row], most: float) -> str:
    """Which strategies of skal miss what is demanded of speed, and of memory in MB."""
    own = [row for row in rows if row.by == "skal"]
    compared = [row for row in own if row.costs and row.costs.to_fastest is not None]
    slow = [f"{r.method} ({r.costs.to_fastest:.2f})" for r in compared if r.costs.to_fastest > 1.1]
    large = [f"{r.method} ({r.run.megabytes:.0f})" for r in own if (r.run.megabytes or 0) > most]
    failed = [f"{r.method} ({r.run.failure})" for r in own if r.run.failure]
    return (
        f"{len(own)} strategies, {len(compared)} beside a peer that finished. "
        f"More than 1.1 times the fastest peer: {', '.join(slow) or 'none'}. "
        f"Above {most:,.0f} MB: {', '.join(large) or 'none'}. "
        f"Not finished: {', '.join(failed) or 'none'}.\n"
    )


def report(found: dict[int, list[Row]], args: argparse.Namespace) -> str:
    packages = {name: "modAL-python" if name == "modAL" else name for name in MODULES}
    missing = [name for name, module in MODULES.items() if not find_spec(module)]
    present = [f"{name} {version(packages[name])}" for name in MODULES if name not in missing]
    parts = [
        f"Measured on {machine(args.threads)}. {args.n:,} candidates of {N_UNITS} units "
        f"(float32), {N_CLASSES} classes (float64), {N_DRAWS} draws (float32), "
        f"{args.labeled:,} labelled rows. "
        f"Peers: {', '.join(present) or 'none'}; not installed: {', '.join(missing) or 'none'}.\n",
        "Peak memory is that above the inputs. Seconds are medians of interleaved turns; what "
        f"takes more than {SLOW:.0f} s has one turn, in a process of its own. Same picks: share of "
        f"{CHECK_BATCH} picks out of {CHECK:,} rows, where nothing is drawn at random.\n",
    ]
    left_out = [name for name in STRATEGIES if not answered(name)]
    parts += [f"Left out, since their cost is the model's: {', '.join(left_out) or 'none'}.\n"]
    most = 1000 if args.n <= 60_000 else 4000
    for batch, rows in found.items():
        parts += [f"## {batch:,} picks out of {args.n:,}\n", verdict_of(rows, most), table_of(rows)]
    return "\n".join(parts)


def answered(name: str) -> bool:
    """Whether tables can stand for the model."""
    needs = STRATEGIES[name]().needs().values()
    return not any(isinstance(need, Attack | Model | RiskAfter) for need in needs)


def methods() -> list[str]:
    """All registered names, some in two forms, in the order of their families."""
    return [
        method
        for name in STRATEGIES
        if answered(name)
        for method in [m for m in PEERS if base(m) == name] or [name]
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=60_000)
    parser.add_argument("--labeled", type=int, default=N_LABELED)
    parser.add_argument("--batches", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--methods", nargs="+")
    parser.add_argument("--memory-only", action="store_true", help="no peers, no floors")
    parser.add_argument("--limit", type=float, default=300.0, help="seconds a job may take")
    parser.add_argument("--memory", type=float, default=10.0, help="GB a job may take")
    parser.add_argument("--threads", type=int, default=THREADS)
    parser.add_argument("--out")
    args = parser.parse_args()
    warnings.simplefilter("ignore")  # of the peers, about deprecations and convergence
    t, failed = Tables(args.n, args.labeled), {}
    found: dict[int, list[Row]] = {batch: [] for batch in sorted(args.batches)}
    for method in args.methods or methods():
        for batch, rows in found.items():
            rows += rows_of(method, batch, t, failed, args)
            print(table_of([row for row in rows if row.method == method]), file=sys.stderr)
        if args.out:
            Path(args.out).write_text(report(found, args), encoding="utf8")
    write(args.out, report(found, args))


if __name__ == "__main__":
    main()
