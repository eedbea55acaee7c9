"""Ten questions about active learning, played on whole data sets in pairs.

    SKAL_DATA=... python benchmarks/study_questions.py --mri FOLDER [--questions modes width]
                                                       [--repeats 5] [--n-jobs 2]

MNIST and Fashion-MNIST: pool of 60,000 images, scored on the 10,000 test images. Brain MRI: the
images of FOLDER (one sub-folder a class, 64 x 64 pixels), of which a quarter, another one in each
repeat, is kept for scoring. Net: one hidden layer of 100 units, 30 epochs, batches of 64, unless
the question varies it. From 50 labels to 500 by 50, unless it varies that.

Runs are kept in --cache, so an interrupted study goes on. Writes one folder a question into
results/study: the verdict and a table, the curves, figures and an interactive page. A figure, the
tables and the rounds of all runs are kept in docs/results/study.
"""

import argparse
import os
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from skal import ActiveLearner, ANNClassifier, load_fashion_mnist, load_image_folder, load_mnist
from skal.experiment import Comparison, compare, pool_error
from skal.learner import PseudoLabels
from skal.plotting import write_report
from skal.strategies import Skip, Softmax, Subsample

OUT = Path("results") / "study"
IMAGES = ("mnist", "fashion_mnist")
ALL = (*IMAGES, "brain_mri")
# Small enough to be sent by mail.
PAGE: dict[str, Any] = {"thumbnail_budget": 150_000, "n_images": 3, "image_side": 32}
KINDS = "batch_error", "error"  # of a batch as it is, and weighted by the chance of its rows
MODES = ("cumulative", "half-cumulative", "incremental")


def learner(strategy: Any = "margin", *, width: int = 100, **params: Any) -> ActiveLearner:
    """The learner of the study, but for what a question varies."""
    net = {name: params.pop(name) for name in ("max_epochs", "batch_size") if name in params}
    net = {"max_epochs": 30, **net}  # the same for few labels and many: what is asked is the rest
    sizes = {"init_size": 50, "query_size": 50, "budget": 500}
    return ActiveLearner(ANNClassifier(width, **net), strategy, **{**sizes, **params})


class Question(NamedTuple):
    title: str
    learners: dict[str, ActiveLearner]
    baseline: str
    data: tuple[str, ...] = ALL


def both(name: str, **params: Any) -> Iterator[tuple[str, ActiveLearner]]:
    """One learner, with random and with margin."""
    for strategy in ("random", "margin"):
        yield f"{strategy}, {name}", learner(strategy, **params)


def modes() -> dict[str, ActiveLearner]:
    sizes = {"init_size": 100, "query_size": 100, "budget": 2_000}
    pairs = [pair for mode in MODES for pair in both(mode, mode=mode, **sizes)]
    return dict(pairs)


QUESTIONS = {
    "strategies": Question(
        "Strategies, and the classes they ask",
        {s: learner(s) for s in ("random", "margin", "entropy", "badge", "typiclust")},
        "random",
    ),
    "modes": Question("Training modes", modes(), "random, cumulative"),
    "width": Question(
        "Number of neurons",
        dict(pair for n in (10, 100, 1_000) for pair in both(f"{n} neurons", width=n)),
        "random, 100 neurons",
    ),
    "epochs": Question(
        "Epochs",
        dict(pair for n in (3, 30, 100) for pair in both(f"{n} epochs", max_epochs=n)),
        "random, 30 epochs",
    ),
    "query_size": Question(
        "Query batch size",
        dict(pair for n in (25, 50, 150) for pair in both(f"{n} a query", query_size=n)),
        "random, 50 a query",
    ),
    "batch_size": Question(
        "Training batch size",
        dict(pair for n in (8, 32, 128) for pair in both(f"batches of {n}", batch_size=n)),
        "random, batches of 32",
    ),
    "skip": Question(
        "Skipping the top of the ranking",
        {
            "margin": learner(),
            **{f"margin, skip {n}": learner(Skip("margin", n)) for n in (50, 500)},
            "entropy": learner("entropy"),
            **{f"entropy, skip {n}": learner(Skip("entropy", n)) for n in (50, 500)},
            "random": learner("random"),
        },
        "random",
    ),
    "subsample": Question(
        "Asking from a sample of the pool",
        {
            "margin": learner(),
            **{f"margin of {n:,}": learner(Subsample("margin", n)) for n in (500, 5_000)},
            "random": learner("random"),
        },
        "margin",
        IMAGES,
    ),
    "pseudo_labels": Question(
        "Pseudo-labels",
        {
            name: learner(strategy, pseudo_labels=pseudo)
            for strategy in ("random", "margin")
            for name, pseudo in {
                strategy: None,
                f"{strategy} + sure guesses": PseudoLabels(threshold=0.95),
                f"{strategy} + best guesses": PseudoLabels(threshold=None),
            }.items()
        },
        "random",
    ),
    "risk": Question(
        "Error without a test set",
        {"random": learner("random"), "softmax": learner(Softmax("entropy", beta=2.0))},
        "random",
    ),
}


@cache
def load(name: str, mri: Path | None) -> tuple[Any, ...]:
    """Images and labels, with test images where the data set has its own."""
    if name == "brain_mri":
        if mri is None:
            raise SystemExit("--mri FOLDER is needed for the brain MRI images.")
        found = load_image_folder(mri, size=64)
        return found.images, np.array(found.target_names)[found.target]
    loader = {"mnist": load_mnist, "fashion_mnist": load_fashion_mnist}[name]
    return *loader(return_X_y=True), *loader(subset="test", return_X_y=True)


def answer(name: str, args: argparse.Namespace) -> Comparison:
    """Play one question and write its folder."""
    start = perf_counter()
    question = QUESTIONS[name]
    data = {data: load(data, args.mri) for data in question.data if data in args.data}
    result = compare(
        question.learners,
        data,
        n_repeats=args.repeats,
        baseline=question.baseline,
        folder=args.cache,
        n_jobs=args.n_jobs,
    )
    print(f"{name}: {len(result.runs)} runs, {perf_counter() - start:.0f} s", flush=True)
    if not args.no_report:
        write_report(
            result,
            args.out / name,
            {data: parts[0] for data, parts in data.items()},
            title=question.title,
            formats=["png"],
            dpi=150,
            **PAGE,
        )
        if name == "risk":
            without_a_test_set(result, data, args.out / name)
        shrink(args.out / name)
    return result


def shrink(folder: Path) -> None:
    """Figures of few colours take a third of the bytes."""
    for path in folder.glob("*.png"):
        Image.open(path).convert("RGB").quantize(64).save(path, optimize=True)


def without_a_test_set(result: Comparison, data: dict[str, Any], out: Path) -> None:
    """Errors that the rounds themselves estimate, beside the error on the test rows."""
    head = "| data | asked by | labels | true error | error of the batch | LURE | LURE, std |"
    lines = [head, "|---" * 7 + "|"]
    for name, parts in data.items():
        figure = Figure(figsize=(5.6, 2.4), layout="constrained")
        axes = figure.subplots(1, len(result.learner_names), sharey=True, squeeze=False)[0]
        for ax, (by, runs) in zip(axes, result.histories(name).items(), strict=True):
            told = [pool_error(history, parts[1]) for history in runs]
            at = told[0].n_labeled
            true = np.mean([1 - h["test_score"][e.round] for h, e in zip(runs, told)], axis=0)
            batch, lure = (np.array([getattr(e, kind) for e in told]) for kind in KINDS)
            ax.plot(at, true, "k-", label="true error")
            ax.plot(at, batch.mean(axis=0), "s--", color="#D55E00", ms=3, label="of the batch")
            ax.errorbar(
                at,
                lure.mean(axis=0),
                lure.std(axis=0, ddof=1),
                fmt="o:",
                color="#0072B2",
                ms=3,
                lw=1,
                label="LURE ± std of one run",
            )
            ax.set(title=f"asked by {by}", xlabel="labels")
            for k in (0, len(at) // 2, len(at) - 1):
                found = true[k], batch[:, k].mean(), lure[:, k].mean(), lure[:, k].std(ddof=1)
                numbers = " | ".join(f"{value:.3f}" for value in found)
                lines.append(f"| {name} | {by} | {at[k]} | {numbers} |")
        axes[0].set_ylabel("error")
        axes[0].legend(fontsize=7, frameon=False)
        figure.savefig(out / f"errors_{name}.png", dpi=150)
    (out / "errors.md").write_text("\n".join(lines) + "\n", encoding="utf8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--questions", nargs="+", choices=QUESTIONS, default=list(QUESTIONS))
    parser.add_argument("--data", nargs="+", choices=ALL, default=ALL)
    parser.add_argument("--mri", type=Path, help="folder of brain MRI images")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--n-jobs", type=int, default=1)
    parser.add_argument("--cache", type=Path, default=Path("skal_study"))
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--no-report", action="store_true", help="play only")
    args = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # The questions share one folder, so that equal runs are played once.
    warnings.filterwarnings("ignore", message=".*another comparison")
    for name in args.questions:
        answer(name, args)


if __name__ == "__main__":
    main()
