"""The command line: ``skal compare mnist --budget 500``, or ``python -m skal``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from skal.data import load_fashion_mnist, load_image_folder, load_mnist
from skal.experiment import compare
from skal.learner import MODES, ActiveLearner
from skal.nets import ANNClassifier, CNNClassifier
from skal.plotting import write_report
from skal.strategies import check_strategy

NETS = {"ann": ANNClassifier, "cnn": CNNClassifier}
LOADERS = {"mnist": load_mnist, "fashion_mnist": load_fashion_mnist}


def main(args: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    options = _parser().parse_args(args)
    try:
        _compare(options)
    except (ValueError, TypeError, OSError, ImportError) as error:  # what a user can mend
        print(f"skal: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(
            f"\nInterrupted. Finished runs are kept in {options.out}; the same command goes on.",
            file=sys.stderr,
        )
        return 130  # as a shell says of what an interrupt ended: 128 + SIGINT
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="skal", description="Active learning.")
    commands = parser.add_subparsers(title="commands", required=True)
    add = commands.add_parser(
        "compare",
        help="compare strategies on labelled images: does active learning help, and how much?",
        description="Play the whole loop with several strategies on images whose labels are "
        "known, in pairs, and write a verdict, tables, figures and an interactive page.",
    ).add_argument
    add(
        "data",
        nargs="+",
        help=f"{', '.join(LOADERS)}, digits, or a folder with one sub-folder of images a class, "
        "perhaps below train/ and test/",
    )
    add(
        "--strategies",
        nargs="+",
        default=["random", "margin"],
        metavar="NAME",
        help="names of strategies (default: random margin)",
    )
    add("--baseline", help="what others are compared with (default: random, if it is played)")
    add(
        "--net", choices=NETS, default="ann", help="fully connected or convolutional (default: ann)"
    )
    add(
        "--mode",
        choices=MODES,
        default="cumulative",
        help="how the net is trained in each round (default: cumulative)",
    )
    add("--epochs", type=int, help="passes over the labels in each round (default: the net's own)")
    add("--budget", type=_size, default=500, help="labels in all, or a share (default: 500)")
    add("--init-size", type=_size, help="labels at first (default: a twentieth of the budget)")
    add("--query-size", type=_size, help="labels of each round (default: a tenth of the rest)")
    add("--repeats", type=int, default=5, help="paired runs of each strategy (default: 5)")
    add("--image-size", type=int, default=64, help="pixels a side of folders' images (default: 64)")
    add("--color", action="store_true", help="read images of a folder in colour")
    add("--target", type=float, help="score to reach (default: 99%% of the baseline's end)")
    add("--scoring", default="accuracy", help="a scorer of scikit-learn (default: accuracy)")
    add("--n-jobs", type=int, default=1, help="runs that play at the same time (default: 1)")
    add("--random-state", type=int, default=0, help="seed (default: 0)")
    add("--out", type=Path, default=Path("skal_compare"), help="folder (default: skal_compare)")
    return parser


def _size(text: str) -> int | float:
    return float(text) if "." in text else int(text)  # 1.0 is all, 1 is one label


def _compare(options: argparse.Namespace) -> None:
    for name in options.strategies:  # before images are read
        check_strategy(name)
    paths = list(dict.fromkeys(options.data))
    short = [Path(name).name or name for name in paths]  # "." has no name
    names = short if len({*short}) == len(short) else paths
    data = {name: _load(path, options) for name, path in zip(names, paths, strict=True)}
    net = NETS[options.net]()
    if options.epochs is not None:
        net.set_params(max_epochs=options.epochs)
    learner = ActiveLearner(
        net,
        mode=options.mode,
        init_size=options.init_size,
        query_size=options.query_size,
        budget=options.budget,
        scoring=[options.scoring],
    )
    result = compare(
        learner,
        data,
        grid={"strategy": list(dict.fromkeys(options.strategies))},
        n_repeats=options.repeats,
        baseline=options.baseline,
        folder=options.out,
        n_jobs=options.n_jobs,
        random_state=options.random_state,
    )
    images = {name: parts[0] for name, parts in data.items()}
    files = write_report(result, options.out, images, target=options.target)
    print(f"\n{result.verdict(target=options.target)}\n")
    print(f"Everything is in {options.out.resolve()}: open {files['page'].name}.")


def _load(name: str, options: argparse.Namespace) -> tuple[Any, ...]:
    """Images and labels of a data set, with a test set where it has one."""
    if name in LOADERS:
        parts = [LOADERS[name](subset=subset) for subset in ("train", "test")]
        return tuple(value for part in parts for value in (part.images, _labels(part)))
    if name == "digits":
        digits = load_digits()
        return digits.images.astype(np.uint8) * 15, digits.target  # 0006: 0 to 16 become pixels
    if not Path(name).exists():
        raise FileNotFoundError(
            f"there is no folder {name!r}, and no data set of that name; "
            f"the data sets are {', '.join(LOADERS)} and digits."
        )
    how = {"size": options.image_size, "color": options.color}
    parts = [load_image_folder(name, **how)]
    parts += [load_image_folder(name, subset=other, **how) for other in parts[0].subsets[1:]]
    return tuple(value for part in parts for value in (part.images, _labels(part)))


def _labels(part: Any) -> Any:
    return np.array(part.target_names)[part.target]


if __name__ == "__main__":
    sys.exit(main())
