"""Training modes on the whole of Fashion-MNIST: does informative-first learning collapse?

    SKAL_DATA=... python benchmarks/study_origin.py [--pixels unit] [--seeds 3] [--n-jobs 2]

60,000 training images, 784-128-10 net, Adam with learning rate 0.01, one epoch a round, initial
set of 128. Incremental: batches of 128 to the end of the pool; cumulative: batches of 512.
Pixels are standardised over the pool, or (unit) only scaled to 0-1.
Macro-F1 on the 10,000 test images after every round. Writes a CSV, a summary and figures to
results/origin. Finished runs are kept in the CSV, so an interrupted study goes on; what carries the
page is kept in docs/results/origin.
"""

import argparse
import csv
from collections.abc import Iterable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from skal import (
    ActiveLearner,
    ANNClassifier,
    ImageStandardizer,
    LearningCurveDisplay,
    load_fashion_mnist,
)

OUT = Path("results") / "origin"
STRATEGIES = ("random", "margin", "entropy")
BATCH = {"incremental": 128, "cumulative": 512}
COLUMNS = ("mode", "strategy", "seed", "round", "n_labeled", "fraction", "test_f1_macro")
SMOOTH = 5  # rounds that a level is averaged over

Run = tuple[str, str, int]


def play(run: Run, pixels: str, data_home: str | None, n_rows: int | None) -> list[tuple[Any, ...]]:
    """One run of the loop as lines of the CSV."""
    import torch

    torch.set_num_threads(1)
    mode, strategy, seed = run
    X, y = load_fashion_mnist(data_home=data_home, return_X_y=True)
    X_test, y_test = load_fashion_mnist(data_home=data_home, subset="test", return_X_y=True)
    if pixels == "standard":
        scaler = ImageStandardizer().fit(X)
        X, X_test = scaler.transform(X), scaler.transform(X_test)
    start = perf_counter()
    learner = ActiveLearner(
        ANNClassifier(128, max_epochs=1, batch_size=128, lr=0.01),
        strategy,
        mode=mode,
        init_size=128,
        query_size=BATCH[mode],
        scoring=["f1_macro"],
        random_state=seed,
    )
    learner.fit(X[:n_rows], y[:n_rows], X_test=X_test, y_test=y_test)
    print(f"{mode} {strategy} seed {seed}: {perf_counter() - start:.0f} s", flush=True)
    return [(*run, *(record[name] for name in COLUMNS[3:])) for record in learner.history_]


def read(path: Path) -> dict[Run, dict[str, np.ndarray]]:
    """Curves of the CSV by run."""
    curves: dict[Run, list[dict[str, str]]] = {}
    if path.exists():
        with path.open(newline="") as file:
            for line in csv.DictReader(file):
                run = (line["mode"], line["strategy"], int(line["seed"]))
                curves.setdefault(run, []).append(line)
    return {
        run: {name: np.array([float(line[name]) for line in lines]) for name in COLUMNS[3:]}
        for run, lines in curves.items()
    }


def append(path: Path, lines: Iterable[tuple[Any, ...]]) -> None:
    """Add finished runs to the CSV."""
    is_new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if is_new:
            writer.writerow(COLUMNS)
        for line in lines:
            writer.writerow([f"{x:.6g}" if isinstance(x, float) else x for x in line])


def level(curve: dict[str, np.ndarray]) -> np.ndarray:
    """Score averaged over five rounds, or over all of a shorter curve."""
    n = min(SMOOTH, len(curve["test_f1_macro"]))
    return np.convolve(curve["test_f1_macro"], np.ones(n) / n, mode="valid")


def at(curve: dict[str, np.ndarray], fraction: float) -> float:
    """Averaged score around a labelled fraction."""
    levels, fractions = level(curve), curve["fraction"]
    middle = fractions[(len(fractions) - len(levels)) // 2 :][: len(levels)]  # of each average
    return float(levels[np.abs(middle - fraction).argmin()])


def summary(curves: dict[Run, dict[str, np.ndarray]]) -> str:
    """Markdown tables: peak and end, and the course of the curves."""
    marks = (0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 0.9, 1.0)
    head = "| mode | strategy | peak | end | end − peak | each seed |\n|---|---|---|---|---|---|\n"
    course = f"| mode | strategy | {' | '.join(f'{m:.0%}' for m in marks)} |\n"
    course += "|---|---|" + "---|" * len(marks) + "\n"
    for mode in BATCH:
        for strategy in STRATEGIES:
            found = [c for (m, s, _), c in sorted(curves.items()) if (m, s) == (mode, strategy)]
            if not found:
                continue
            peaks = np.array([level(c).max() for c in found])
            ends = np.array([level(c)[-1] for c in found])
            drops = ", ".join(f"{d:+.3f}" for d in ends - peaks)
            head += (
                f"| {mode} | {strategy} | {peaks.mean():.3f} | {ends.mean():.3f} | "
                f"{(ends - peaks).mean():+.3f} | {drops} |\n"
            )
            values = " | ".join(f"{np.mean([at(c, m) for c in found]):.3f}" for m in marks)
            course += f"| {mode} | {strategy} | {values} |\n"
    return (
        f"Macro-F1 averaged over {SMOOTH} rounds, mean over the seeds.\n\n{head}\n"
        f"At labelled fractions:\n\n{course}"
    )


def draw(curves: dict[Run, dict[str, np.ndarray]], out: Path, pixels: str) -> None:
    """One figure a mode, PNG and PDF."""
    for mode in BATCH:
        histories: dict[str, list[list[dict[str, Any]]]] = {}
        for (m, strategy, _), c in sorted(curves.items()):
            if m == mode:
                records = [dict(zip(c, values, strict=True)) for values in zip(*c.values())]
                histories.setdefault(strategy, []).append(records)
        if histories:
            display = LearningCurveDisplay.from_histories(histories, x="fraction", band="range")
            display.ax_.set_title(f"Fashion-MNIST, {mode}")
            display.save(out / f"{mode}_{pixels}.png", dpi=150)
            display.save(out / f"{mode}_{pixels}.pdf")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-home")
    parser.add_argument("--n-rows", type=int)
    parser.add_argument("--pixels", choices=("standard", "unit"), default="standard")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / f"curves_{args.pixels}.csv"
    done = read(path)
    runs = [(m, s, k) for m in BATCH for k in range(args.seeds) for s in STRATEGIES[::-1]]
    work = [
        delayed(play)(r, args.pixels, args.data_home, args.n_rows) for r in runs if r not in done
    ]
    for lines in Parallel(args.n_jobs, return_as="generator_unordered")(work):
        append(path, lines)
    curves = read(path)
    (args.out / f"summary_{args.pixels}.md").write_text(summary(curves), encoding="utf8")
    draw(curves, args.out, args.pixels)
    print(summary(curves))


if __name__ == "__main__":
    main()
