"""``skal compare``: whether active learning helps on these images, and how much."""

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile
from time import perf_counter
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_digits

from skal._threads import limited_threads
from skal.commands._strategy_text import strategy_from_text
from skal.data import load_fashion_mnist, load_image_folder, load_mnist
from skal.experiment import compare
from skal.learner import MODES, ActiveLearner, Sizes, resolve_sizes
from skal.nets import ANNClassifier, CNNClassifier
from skal.plotting import write_report
from skal.strategies import check_strategy

NETS = {"ann": ANNClassifier, "cnn": CNNClassifier}
LOADERS = {"mnist": load_mnist, "fashion_mnist": load_fashion_mnist}
BUDGET = 500
FEWEST_STEPS, FEWEST_EPOCHS = 200, 30  # 0022: what a net of max_epochs="auto" takes


def add_command(commands: Any) -> None:
    """Add the command and its options to the parsers of all commands."""
    command = commands.add_parser(
        "compare",
        help="compare strategies on labelled images: does active learning help, and how much?",
        description="Play the whole loop with several strategies on images whose labels are "
        "known, in pairs, and write a verdict, tables, figures and an interactive page. Options "
        "have the names of the parameters in Python.",
    )
    command.add_argument(
        "data",
        nargs="+",
        help=f"{', '.join(LOADERS)}, digits, or a folder with one sub-folder of images a class, "
        "perhaps below train/ and test/",
    )
    _add_options_of_images(command.add_argument_group("images"))
    _add_options_of_learners(command.add_argument_group("learners"))
    _add_options_of_comparisons(command.add_argument_group("comparison"))
    command.set_defaults(run=_compare, interrupted=_interrupted)


def _interrupted(options: argparse.Namespace) -> str:
    return f"Interrupted. Finished runs are kept in {options.folder}; the same command goes on."


def _add_options_of_images(group: Any) -> None:
    add = group.add_argument
    add("--size", type=int, help="pixels a side of folders' images (default: their own up to 64)")
    add(
        "--color",
        action=argparse.BooleanOptionalAction,
        help="read images of folders in colour (default: as the files are)",
    )
    add(
        "--test-size",
        type=_size,
        default=0.25,
        help="images kept for the test where there is no test/ (default: 0.25)",
    )


def _add_options_of_learners(group: Any) -> None:
    add, own = group.add_argument, ActiveLearner()
    add(
        "--strategies",
        nargs="+",
        default=[own.strategy],
        metavar="NAME",
        help='names, objects as in Python, or your own: margin "Funnel(Margin(), BADGE())" '
        "my.py:Mine "
        f"(default: {own.strategy}); random is added unless there is a --baseline",
    )
    add("--net", choices=NETS, help="(default: cnn, convolutional, for folders; ann otherwise)")
    add(
        "--dropout",
        type=float,
        default=ANNClassifier().dropout,
        help="of the net, in [0, 1); bald and its like need some (default: 0.0)",
    )
    add(
        "--max-epochs",
        type=_epochs,
        default=ANNClassifier().max_epochs,
        metavar="N",
        help="passes over the labels in each round; auto: until it has learned (default: auto)",
    )
    add("--mode", choices=MODES, default=own.mode, help=f"of training (default: {own.mode})")
    add(
        "--budget",
        type=_size,
        help=f"labels in all, or a share (default: {BUDGET}, or half of the images if these are "
        "fewer)",
    )
    add("--init-size", type=_size, help="labels at first (default: a twentieth of the budget)")
    add("--query-size", type=_size, help="labels of each round (default: a tenth of the rest)")
    add("--scoring", default="accuracy", help="a scorer of scikit-learn (default: accuracy)")


def _add_options_of_comparisons(group: Any) -> None:
    add = group.add_argument
    add("--n-repeats", type=int, default=5, help="paired runs of each strategy (default: 5)")
    add("--baseline", help="what others are compared with (default: random)")
    add("--target", type=float, help="score to reach (default: 99%% of the baseline's end)")
    add("--n-jobs", type=int, default=1, help="runs that play at the same time (default: 1)")
    add("--random-state", type=int, default=0, help="seed (default: 0)")
    place = Path("skal_compare")
    add("--folder", type=Path, default=place, help=f"for runs and report (default: {place})")
    add("--verbose", type=int, default=1, help="0 shows no progress (default: 1)")


def _size(text: str) -> int | float:
    return float(text) if "." in text else int(text)  # 1.0 is all, 1 is one label


def _epochs(text: str) -> int | str:
    return text if text == "auto" else int(text)


def _compare(options: argparse.Namespace) -> None:
    played = _strategies(options)  # before images are read
    _check_surroundings(options.folder)
    paths = list(dict.fromkeys(options.data))
    has_folder = not {*paths} <= {*LOADERS, "digits"}
    if options.target is not None and options.scoring == "accuracy" and not 0 < options.target < 1:
        raise ValueError(
            f"`--target` must be an accuracy in (0, 1), such as 0.9, got {options.target:g}."
        )
    if not has_folder and (options.size, options.color) != (None, None):
        raise ValueError(f"`--size` and `--color` must come with a folder, got {paths}; drop them.")
    short = [Path(name).name or name for name in paths]  # "." has no name
    names = short if len({*short}) == len(short) else paths
    data = {name: _load(name, path, options) for name, path in zip(names, paths, strict=True)}
    kind = options.net or ("cnn" if has_folder else "ann")
    net = NETS[kind](max_epochs=options.max_epochs, dropout=options.dropout)
    if kind == "cnn":
        net.set_params(**_for_images([parts[0].shape[-2:] for parts in data.values()]))
    learner = ActiveLearner(
        net,
        mode=options.mode,
        init_size=options.init_size,
        query_size=options.query_size,
        budget=_budget(data, options),
        scoring=[options.scoring],
    )
    _say_plan(learner, data, played, options)
    result = compare(
        learner,
        data,
        test_size=options.test_size,
        strategies=played,
        n_repeats=options.n_repeats,
        baseline=options.baseline,
        folder=options.folder,
        n_jobs=options.n_jobs,
        random_state=options.random_state,
        verbose=options.verbose,
    )
    images = {name: parts[0] for name, parts in data.items()}
    how = {"target": options.target, "verbose": options.verbose, "command": options.command}
    files = write_report(result, options.folder, images, **how)
    print(f"\n{result.verdict(target=options.target)}\n")
    print(f"Everything is in {options.folder.resolve()}: open {files['page'].name}.")


def _for_images(sides: list[tuple[int, ...]]) -> dict[str, Any]:
    """Give a net as many blocks as leave about 8 pixels of the largest image (0027)."""
    n_blocks = max(2, round(np.log2(max(map(max, sides)) / 8)))
    params: dict[str, Any] = {"channels": (16, 32, 64, 128)[:n_blocks]}
    return params | ({"lr": 0.001} if n_blocks > 2 else {})


def _check_surroundings(folder: Path) -> None:
    """Refuse what would end hours of playing without a report."""
    if "matplotlib" not in sys.modules:  # figures go to files: none needs a screen
        os.environ["MPLBACKEND"] = "agg"
    import_module("matplotlib.pyplot")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ValueError(
            f"`--folder` must be a folder that can be written, got {str(folder)!r} "
            f"({error.strerror}); pass another."
        ) from error


# ---------------------------------------------------------------- strategies


def _strategies(options: argparse.Namespace) -> list[Any]:
    """Names and objects, each checked; random is the first where no baseline is named."""
    found = list({text: strategy_from_text(text) for text in options.strategies}.values())
    kinds = [type(check_strategy(strategy)) for strategy in found]
    if options.baseline is None and type(check_strategy("random")) not in kinds:
        return ["random", *found]
    names = [str(strategy) for strategy in found]
    if options.baseline not in (None, *names):
        raise ValueError(
            f"`--baseline` must be one of {names}, got {options.baseline!r}; name it in "
            "--strategies too."
        )
    return found


# ---------------------------------------------------------------- data


def _load(name: str, path: str, options: argparse.Namespace) -> tuple[Any, ...]:
    """Images and labels of a data set, with a test set where it has one; says what was read."""
    if path == "digits":
        digits = load_digits()
        images = digits.images.astype(np.uint8) * 15  # 0006: 0 to 16 become pixels
        print(f"{name}: {_in_words(images, digits.target)}")
        return images, digits.target
    if path in LOADERS:
        parts = [LOADERS[path](subset=subset) for subset in ("train", "test")]
        words = [_in_words(part.images, part.target) for part in parts]
    else:
        if not Path(path).exists():
            raise FileNotFoundError(
                f"there is no folder {path!r}, and no data set of that name; "
                f"the data sets are {', '.join(LOADERS)} and digits."
            )
        how = {"size": options.size, "color": options.color, "verbose": options.verbose}
        parts = [load_image_folder(path, on_error="skip", **how)]
        parts += [
            load_image_folder(path, subset=other, on_error="skip", **how)
            for other in parts[0].subsets[1:]
        ]
        words = [part.DESCR for part in parts]
    print(f"{name}: {words[0]}")
    if len(parts) > 1:
        print(f"{name}, test set: {words[1]}")
    names = [np.array(part.target_names)[part.target] for part in parts]
    if len(np.unique(names[0])) < 2:
        raise ValueError(f"{path} must hold images of two classes or more, got {words[0]}")
    return tuple(value for part, y in zip(parts, names, strict=True) for value in (part.images, y))


def _in_words(images: Any, target: Any) -> str:
    n_classes, (height, width) = len(np.unique(target)), images.shape[1:]
    return f"{len(images):,} images of {n_classes} classes: {height} × {width} pixels, grey."


def _n_pool(parts: tuple[Any, ...], options: argparse.Namespace) -> int:
    """Images that may be asked for: those that are not kept for the test."""
    n = len(parts[0])
    if len(parts) > 2:
        return n
    kept = options.test_size
    n_test = int(np.ceil(kept * n)) if isinstance(kept, float) else kept
    if not 0 < n_test < n:
        raise ValueError(f"`--test-size` must leave images to ask for, got {kept} of {n} images.")
    return n - n_test


def _budget(data: dict[str, tuple[Any, ...]], options: argparse.Namespace) -> int | float:
    if options.budget is not None:
        return options.budget
    # with all images labelled, every strategy has asked the same
    return min(BUDGET, *(max(1, _n_pool(parts, options) // 2) for parts in data.values()))


# ---------------------------------------------------------------- what will be played


def _say_plan(
    learner: ActiveLearner,
    data: dict[str, tuple[Any, ...]],
    played: list[Any],
    options: argparse.Namespace,
) -> None:
    """Print what will be played, and about how long it takes."""
    n_runs = len(played) * options.n_repeats * len(data)
    print(
        f"Playing {', '.join(map(str, played))}, {options.n_repeats} repeats each"
        f"{f', on {len(data)} data sets' if len(data) > 1 else ''}: {n_runs} runs, scored by "
        f"{options.scoring}."
    )
    net, seconds = learner.estimator, 0.0
    for name, parts in data.items():
        sizes = resolve_sizes(
            learner.init_size,
            learner.query_size,
            learner.budget,
            n_rows=_n_pool(parts, options),
            n_classes=len(np.unique(parts[1])),
        )
        print(
            f"{name}: {sizes.init} labels at first, then {sizes.query} a round, {sizes.budget} in "
            f"all; {_n_rounds(sizes)} trainings a run, each of up to {_n_epochs(net, sizes)}."
        )
        seconds += _seconds_of_run(net, parts, sizes)
    jobs = min(n_runs, max(1, options.n_jobs if options.n_jobs > 0 else os.cpu_count() or 1))
    total = seconds * len(played) * options.n_repeats / jobs
    shape = next(iter(data.values()))[0].shape[1:]
    print(f"Net: {net} on images of shape {shape}, mode {learner.mode}.")
    print(f"This takes about {_about(total)} if nothing was played before.", flush=True)


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
        start = perf_counter()
        probe.partial_fit(X[rows], y[rows])
        step = (perf_counter() - start) / np.ceil(len(rows) / net.batch_size)
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
