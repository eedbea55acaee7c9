"""What `skal compare` will play, and about how long that takes."""

import argparse
import os
from time import perf_counter
from typing import Any

import numpy as np
from sklearn.base import clone

from skal._threads import limited_threads
from skal.learner import ActiveLearner, Sizes, resolve_sizes
from skal.nets import cnn_params

__all__ = ["n_pool", "say_plan", "strategy_name"]

FEWEST_STEPS, FEWEST_EPOCHS = 200, 30  # 0022: what a net of max_epochs="auto" takes
LONG = 600  # seconds from which on a first look is told
LOOK_SIDE, LOOK_REPEATS, LOOK_ROUNDS = 32, 3, 5  # of a first look


def n_pool(parts: tuple[Any, ...], options: argparse.Namespace) -> int:
    """Images that may be asked for: those that are not kept for the test."""
    n = len(parts[0])
    if len(parts) > 2:
        return n
    kept = options.test_size
    n_test = int(np.ceil(kept * n)) if isinstance(kept, float) else kept
    if not 0 < n_test < n:
        raise ValueError(f"`--test-size` must leave images to ask for, got {kept} of {n} images.")
    return n - n_test


def say_plan(
    learner: ActiveLearner,
    data: dict[str, tuple[Any, ...]],
    played: list[Any],
    options: argparse.Namespace,
) -> None:
    """Print what will be played, and about how long it takes."""
    n_runs = len(played) * options.n_repeats * len(data)
    print(
        f"Playing {', '.join(map(strategy_name, played))}, {options.n_repeats} repeats each"
        f"{f', on {len(data)} data sets' if len(data) > 1 else ''}: {n_runs} runs, scored by "
        f"{options.scoring}."
    )
    net = learner.estimator
    planned = {name: _sizes(learner, parts, options) for name, parts in data.items()}
    for name, sizes in planned.items():
        print(
            f"{name}: {sizes.init} labels at first, then {sizes.query} a round, {sizes.budget} in "
            f"all; {_n_rounds(sizes)} trainings a run, each of up to {_n_epochs(net, sizes)}."
        )
    shape = next(iter(data.values()))[0].shape[1:]
    print(f"Net: {net} on images of shape {shape}, mode {learner.mode}.", flush=True)
    n_found = len([*(options.folder / "runs").glob("*.npz")])
    if n_found >= n_runs:  # 0015: which of them are of this comparison, compare finds out
        print(f"{options.folder} holds {n_found} finished runs: these are not played again.")
        return
    a_run = [_seconds_of_run(net, data[name], sizes) for name, sizes in planned.items()]
    jobs = min(n_runs, max(1, options.n_jobs if options.n_jobs > 0 else os.cpu_count() or 1))
    total = sum(a_run) * len(played) * options.n_repeats / jobs
    most = " at most" if net.max_epochs == "auto" else ""  # it may stop early
    first = f"; the first of {n_runs} runs ends after {_about(a_run[0])}" if total > LONG else ""
    print(
        f"This takes about {_about(total)}{most} if nothing was played before{first}.", flush=True
    )
    if total > LONG and (look := _first_look(learner, data, planned, len(played), options)):
        print(look, flush=True)


def strategy_name(strategy: Any) -> str:
    """Return what compare calls a strategy: of a function its name, not where it lies."""
    return getattr(strategy, "__name__", str(strategy))


def _sizes(learner: ActiveLearner, parts: tuple[Any, ...], options: argparse.Namespace) -> Sizes:
    return resolve_sizes(
        learner.init_size,
        learner.query_size,
        learner.budget,
        n_rows=n_pool(parts, options),
        n_classes=len(np.unique(parts[1])),
    )


def _first_look(
    learner: ActiveLearner,
    data: dict[str, tuple[Any, ...]],
    planned: dict[str, Sizes],
    n_played: int,
    options: argparse.Namespace,
) -> str:
    """Name the options with which the same takes much less, and about how long; "" if none do."""
    added, net = [], clone(learner.estimator)
    side = max(max(parts[0].shape[-2:]) for parts in data.values())
    step = -(-side // LOOK_SIDE)  # every so manieth pixel: fast, and as many as there would be
    if step > 1 and "channels" in net.get_params():
        added.append(f"--size {LOOK_SIDE}")
        net.set_params(**cnn_params([(LOOK_SIDE, LOOK_SIDE)]))
        net.set_params(lr=type(net)().lr)
        data = {name: (parts[0][..., ::step, ::step], *parts[1:]) for name, parts in data.items()}
    n_repeats = min(options.n_repeats, LOOK_REPEATS)
    if n_repeats < options.n_repeats:
        added.append(f"--n-repeats {n_repeats}")
    if any(_n_rounds(sizes) > LOOK_ROUNDS for sizes in planned.values()):
        size = max(-(-(it.budget - it.init) // (LOOK_ROUNDS - 1)) for it in planned.values())
        added.append(f"--query-size {size}")
        planned = {name: it._replace(query=size) for name, it in planned.items()}
    if not added:
        return ""
    a_run = [_seconds_of_run(net, data[name], sizes) for name, sizes in planned.items()]
    jobs = min(n_played * n_repeats, max(1, options.n_jobs))
    total = sum(a_run) * n_played * n_repeats / jobs
    added.append(f"--folder {options.folder}_look")
    return f"For a first look in about {_about(total)}, add: {' '.join(added)}"


def _n_rounds(sizes: Sizes) -> int:
    return 1 + -(-(sizes.budget - sizes.init) // sizes.query)


def _n_epochs(net: Any, sizes: Sizes) -> str:
    if net.max_epochs != "auto":
        return f"{net.max_epochs} epochs"
    return f"{FEWEST_EPOCHS} epochs or {FEWEST_STEPS} steps (max_epochs=auto)"


def _seconds_of_run(net: Any, parts: tuple[Any, ...], sizes: Sizes) -> float:
    """About how long a run takes, from one epoch and one prediction."""
    X, y = parts[:2]
    rows = np.random.default_rng(0).permutation(len(X))[: sizes.budget]
    probe = clone(net).set_params(max_epochs=1, random_state=0)
    with limited_threads(1):  # as compare plays
        probe.fit(X[rows], y[rows])  # the first one also sets up torch
        epochs = []
        for _ in range(3):  # the middle one: where others work too, a single one says little
            start = perf_counter()
            probe.partial_fit(X[rows], y[rows])
            epochs.append(perf_counter() - start)
        step = np.median(epochs) / np.ceil(len(rows) / net.batch_size)
        some = X[:1024]  # a few would be filled up to a batch
        start = perf_counter()
        probe.predict(some)
        row = (perf_counter() - start) / len(some)
    labels = np.minimum(sizes.init + sizes.query * np.arange(_n_rounds(sizes)), sizes.budget)
    batches = np.ceil(labels / net.batch_size)  # (n_rounds,)
    if net.max_epochs == "auto":
        steps = np.maximum(FEWEST_EPOCHS * batches, FEWEST_STEPS)
    else:
        steps = net.max_epochs * batches
    # every round predicts the pool for the strategy, and scores the test set; together about X
    n_asked = len(X) + (len(parts[2]) if len(parts) > 2 else 0)
    return float(steps.sum() * step + len(labels) * n_asked * row)


def _about(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} seconds"
    return f"{round(seconds / 60)} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"
