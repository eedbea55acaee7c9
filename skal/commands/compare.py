"""``skal compare``: whether active learning helps on these images, and how much."""

import argparse
import os
import re
import sys
import warnings
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from skal.commands._outlook import n_pool, say_plan, strategy_name
from skal.commands._strategy_text import strategy_from_text
from skal.data import load_fashion_mnist, load_image_folder, load_mnist
from skal.experiment import compare
from skal.learner import MODES, ActiveLearner
from skal.nets import ANNClassifier, CNNClassifier, cnn_params
from skal.plotting import write_report
from skal.strategies import check_strategy

NETS = {"ann": ANNClassifier, "cnn": CNNClassifier}
LOADERS = {"mnist": load_mnist, "fashion_mnist": load_fashion_mnist}
BUDGET = 500


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


def _compare(options: argparse.Namespace) -> int:
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
    data, keys = {}, {}
    for name, path in zip(names, paths, strict=True):
        data[name], keys[name] = _load(name, path, options)
    kind = options.net or ("cnn" if has_folder else "ann")
    net = NETS[kind](max_epochs=options.max_epochs, dropout=options.dropout)
    if kind == "cnn":
        net.set_params(**cnn_params([parts[0].shape[-2:] for parts in data.values()]))
    learner = ActiveLearner(
        net,
        mode=options.mode,
        init_size=options.init_size,
        query_size=options.query_size,
        budget=_budget(data, options),
        scoring=[options.scoring],
    )
    _say_what_is_there(options)
    say_plan(learner, data, played, options)
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
    print("Writing the report ...", flush=True)  # figures take seconds, also where no bar is shown
    with warnings.catch_warnings():
        # compare has said what failed
        warnings.filterwarnings("ignore", message=".*counted nowhere")
        files = write_report(result, options.folder, images, keys=keys, **how)
        verdict = result.verdict(target=options.target)
    print(f"\n{verdict}\n")
    print(f"Everything is in {options.folder.resolve()}: open {files['page'].name}.")
    lost = {failure.learner for failure in result.failures} - {run.learner for run in result.runs}
    return 1 if lost else 0


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


def _say_what_is_there(options: argparse.Namespace) -> None:
    """Say before any work that the report of another comparison will be replaced."""
    report = options.folder / "report.md"
    text = report.read_text(encoding="utf8") if report.is_file() else ""
    found = re.search(r"^```sh\n(.+)\n```$", text, re.MULTILINE)
    if found and found[1] != options.command:
        print(
            f"{options.folder} holds the report of another command ({found[1]}), which will be "
            "replaced; its runs stay. Pass another --folder to keep it."
        )


# ---------------------------------------------------------------- strategies


def _strategies(options: argparse.Namespace) -> list[Any]:
    """Names and objects, each checked; random is the first where no baseline is named."""
    found = list({text: strategy_from_text(text) for text in options.strategies}.values())
    kinds = [type(check_strategy(strategy)) for strategy in found]
    if options.baseline is None and type(check_strategy("random")) not in kinds:
        return ["random", *found]
    names = [strategy_name(strategy) for strategy in found]
    if options.baseline not in (None, *names):
        raise ValueError(
            f"`--baseline` must be one of {names}, got {options.baseline!r}; name it in "
            "--strategies too."
        )
    return found


# ---------------------------------------------------------------- data


def _load(name: str, path: str, options: argparse.Namespace) -> tuple[tuple[Any, ...], Any]:
    """Images and labels, with those of a test set, and names of files; says what was read."""
    if path == "digits":
        digits = load_digits()
        images = digits.images.astype(np.uint8) * 15  # 0006: 0 to 16 become pixels
        print(f"{name}: {_in_words(images, digits.target)}")
        return (images, digits.target), None
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
    found = tuple(v for part, y in zip(parts, names, strict=True) for v in (part.images, y))
    files = parts[0].get("filenames")
    return found, None if files is None else [os.path.relpath(file, path) for file in files]


def _in_words(images: Any, target: Any) -> str:
    n_classes, (height, width) = len(np.unique(target)), images.shape[1:]
    return f"{len(images):,} images of {n_classes} classes: {height} × {width} pixels, grey."


def _budget(data: dict[str, tuple[Any, ...]], options: argparse.Namespace) -> int | float:
    if options.budget is not None:
        return options.budget
    # with all images labelled, every strategy has asked the same
    return min(BUDGET, *(max(1, n_pool(parts, options) // 2) for parts in data.values()))
