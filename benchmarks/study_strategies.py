"""Strategies against random on MNIST and Fashion-MNIST: which help, and what do they cost?

    SKAL_DATA=... python benchmarks/study_strategies.py [--settings low] [--seeds 5] [--n-jobs 2]
    SKAL_DATA=... python benchmarks/study_strategies.py --net cnn30 --strategies margin badge

Low budget: from 10 to 200 labels by 19; middle: from 100 to 2,000 by 380 (CNN: to 1,000 by 225);
across (on request): from 10 to 1,010 by 100. Nets train until they have learned, ann30 and cnn30
for 30 epochs in each round, which is too short for a few labels. Each seed draws its own pool out
of the training images. Within a seed all strategies share pool, initial rows and initial weights,
so that runs are compared in pairs.
Writes a CSV, a summary and figures to results/strategies. Finished runs are kept in the CSV, so an
interrupted study goes on; failed ones are listed beside it and tried again the next time. What
carries the page is kept in docs/results/strategies.
"""

import argparse
import csv
import platform
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from os import cpu_count
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from joblib import Parallel, delayed
from scipy import stats

from skal import (
    ActiveLearner,
    ANNClassifier,
    CNNClassifier,
    LearningCurveDisplay,
    load_fashion_mnist,
    load_mnist,
)
from skal.evidence import Inputs
from skal.experiment import area_under_curve, holm, labels_to_target
from skal.strategies import STRATEGIES as KNOWN
from skal.strategies import Funnel, Margin, Power, Schedule, TypiClust

OUT = Path("results") / "strategies"
LOADERS = {"mnist": load_mnist, "fashion_mnist": load_fashion_mnist}
TITLES = {"mnist": "MNIST", "fashion_mnist": "Fashion-MNIST"}
N_TEST = 5_000
COLUMNS = ("setting", "data", "net", "strategy", "seed")
COLUMNS += ("round", "n_labeled", "test_accuracy", "query_seconds", "fit_seconds")
LEADERS = 5  # curves beside that of random

Curve = dict[str, np.ndarray]


class Run(NamedTuple):
    setting: str
    data: str
    net: str
    strategy: str
    seed: int


class Plan(NamedTuple):
    init_size: int
    query_size: int
    budget: int


class Study(NamedTuple):
    """What a net is studied on."""

    net: Any
    n_pool: int
    data: tuple[str, ...]
    plans: dict[str, Plan]


LOW, ACROSS = Plan(10, 19, 200), Plan(10, 100, 1_010)
ANN_PLANS = {"low": LOW, "middle": Plan(100, 380, 2_000), "across": ACROSS}
IMAGES = ("mnist", "fashion_mnist")
STUDIES = {
    "ann": Study(ANNClassifier(128, dropout=0.2), 10_000, IMAGES, ANN_PLANS),
    "ann30": Study(ANNClassifier(128, dropout=0.2, max_epochs=30), 10_000, IMAGES, ANN_PLANS),
    "cnn30": Study(
        CNNClassifier(dropout=0.2, max_epochs=30),
        10_000,
        ("fashion_mnist",),
        {"low": LOW, "middle": Plan(100, 225, 1_000), "across": ACROSS},
    ),
}


def first_typical(until: int, then: str, space: Any = None) -> Schedule:
    """Typical points up to a number of labels, then another strategy."""
    return Schedule([(0, TypiClust(space=space)), (until, then)])


STRATEGIES: dict[str, Any] = {
    "random": "random",
    "least_confidence": "least_confidence",
    "margin": "margin",
    "entropy": "entropy",
    "bald": "bald",
    "mean_std": "mean_std",
    "power(margin)": Power(Margin(normalize=True)),
    "batch_bald": "batch_bald",
    "acs_fw": "acs_fw",
    "k_center": "k_center",
    "kmeans": "kmeans",
    "typiclust": "typiclust",
    "prob_cover": "prob_cover",
    "facility_location": "facility_location",
    "information_density": "information_density",
    "adaptive_representative": "adaptive_representative",
    "model_outliers": "model_outliers",
    "feature_sim": "feature_sim",
    "badge": "badge",
    "egl": "egl",
    "diverse_mini_batch": "diverse_mini_batch",
    "cluster_margin": "cluster_margin",
    "drop_query": "drop_query",
    "falcun": "falcun",
    "cal": "cal",
    "galaxy": "galaxy",
    "base": "base",
    "funnel(margin, kmeans)": Funnel("margin", "kmeans"),
    "typiclust 50 margin": first_typical(50, "margin"),
    "typiclust 100 margin": first_typical(100, "margin"),
    "typiclust(inputs) 50 margin": first_typical(50, "margin", Inputs()),
    "typiclust 500 margin": first_typical(500, "margin"),
    "auto": "auto",
}
# Left out elsewhere: in large batches BatchBALD runs out of draws, and beyond the switch a
# schedule is its last stage.
ONLY = {"batch_bald": {"low"}, "typiclust 500 margin": {"middle", "across"}}
ONLY |= {name: {"low", "across"} for name in STRATEGIES if " 50 " in name or " 100 " in name}


# playing


def load(run: Run) -> tuple[Any, Any, Any, Any]:
    """Pool of the seed, and the test rows of all seeds."""
    images, target = LOADERS[run.data](return_X_y=True)
    pool = np.random.default_rng(run.seed).choice(
        len(target), STUDIES[run.net].n_pool, replace=False
    )
    X_test, y_test = LOADERS[run.data](subset="test", return_X_y=True)
    test = np.random.default_rng(0).choice(len(y_test), N_TEST, replace=False)
    return images[pool], target[pool], X_test[test], y_test[test]


def play(run: Run) -> tuple[Run, list[tuple[Any, ...]] | str]:
    """One run of the loop as lines of the CSV, or why it failed."""
    import torch

    torch.set_num_threads(1)
    start = perf_counter()
    study = STUDIES[run.net]
    X, y, X_test, y_test = load(run)
    learner = ActiveLearner(
        study.net,
        STRATEGIES[run.strategy],
        **study.plans[run.setting]._asdict(),
        scoring=["accuracy"],
        random_state=run.seed,
    )
    try:
        learner.fit(X, y, X_test=X_test, y_test=y_test)
    except Exception as error:  # a study of hours must outlive one strategy; it is reported
        return run, f"{type(error).__name__}: {error}"
    print(f"{' '.join(map(str, run))}: {perf_counter() - start:.1f} s", flush=True)
    return run, [(*run, *(record[name] for name in COLUMNS[5:])) for record in learner.history_]


def runs(args: argparse.Namespace) -> Iterator[Run]:
    """All runs asked for, seed by seed, so that a stopped study is balanced."""
    names = args.strategies or list(STRATEGIES)
    asked = [STRATEGIES[name] for name in names]
    missing = {s for s in asked if isinstance(s, str) and s not in KNOWN}
    if missing:
        print(f"skal has no strategies called {', '.join(sorted(missing))}: left out.", flush=True)
    for seed in range(args.first_seed, args.first_seed + args.seeds):
        for data in args.data or STUDIES[args.net].data:
            for setting in args.settings:
                for name in names:
                    if name not in missing and setting in ONLY.get(name, {setting}):
                        yield Run(setting, data, args.net, name, seed)


def read(path: Path) -> dict[Run, Curve]:
    """Curves of the CSV by run."""
    curves: dict[Run, list[dict[str, str]]] = {}
    if path.exists():
        with path.open(newline="") as file:
            for line in csv.DictReader(file):
                *words, seed = (line[name] for name in Run._fields)
                curves.setdefault(Run(*words, int(seed)), []).append(line)
    return {
        run: {name: np.array([float(line[name]) for line in lines]) for name in COLUMNS[5:]}
        for run, lines in curves.items()
    }


def append(path: Path, columns: Iterable[str], lines: Iterable[tuple[Any, ...]]) -> None:
    """Add lines to a CSV."""
    is_new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if is_new:
            writer.writerow(columns)
        for line in lines:
            writer.writerow([f"{x:.6g}" if isinstance(x, float) else x for x in line])


def play_all(args: argparse.Namespace, path: Path) -> None:
    """Play what the CSV lacks; note what fails."""
    done = read(path)
    failures = path.with_name(f"failures_{args.net}.csv")
    failures.unlink(missing_ok=True)
    work = [delayed(play)(run) for run in runs(args) if run not in done]
    for run, found in Parallel(args.n_jobs, return_as="generator_unordered")(work):
        if isinstance(found, str):
            print(f"{' '.join(map(str, run))} FAILED: {found}", flush=True)
            append(failures, (*Run._fields, "error"), [(*run, found)])
        else:
            append(path, COLUMNS, found)


# judging


@dataclass
class Verdict:
    """What the paired runs of a strategy say in one setting; accuracies and shares in [0, 1]."""

    strategy: str
    differences: np.ndarray  # of the areas to those of random, one a pair
    data: np.ndarray  # of each pair
    area: float
    final: float
    labels: float  # to the final accuracy of random, median
    budget: float
    query_seconds: float  # median
    fit_seconds: float  # median
    p: float = np.nan  # of the paired t test, corrected once all are known

    @property
    def mean(self) -> float:
        return float(self.differences.mean())

    @property
    def half(self) -> float:
        """Half of the 95 % interval."""
        n = len(self.differences)
        return float(stats.t.ppf(0.975, n - 1) * stats.sem(self.differences))

    @property
    def word(self) -> str:
        if self.strategy == "random":
            return "reference"
        if self.p < 0.05:
            return "helps" if self.mean > 0 else "hurts"
        return "not proven"

    @property
    def saving(self) -> str:
        return f"{1 - self.labels / self.budget:.0%}" if np.isfinite(self.labels) else "not reached"


def judge(curves: dict[Run, Curve], setting: str) -> list[Verdict]:
    """All strategies of a setting, the best first."""
    found: dict[str, list[tuple[Run, Run]]] = {}
    for run in curves:
        reference = run._replace(strategy="random")
        if run.setting == setting and reference in curves:
            found.setdefault(run.strategy, []).append((run, reference))
    verdicts = [
        verdict(name, pairs, curves)
        for name, pairs in found.items()
        if len(pairs) > 1  # one pair tells nothing about chance
    ]
    tested = [v for v in verdicts if v.strategy != "random"]
    p = np.array([stats.ttest_1samp(v.differences, 0).pvalue for v in tested])
    for v, corrected in zip(tested, holm(p), strict=True):
        v.p = float(corrected)
    return sorted(verdicts, key=lambda v: -v.mean)


def verdict(name: str, pairs: list[tuple[Run, Run]], curves: dict[Run, Curve]) -> Verdict:
    """One strategy; its p-value comes later."""
    own = [curves[run] for run, _ in pairs]
    random = [curves[reference] for _, reference in pairs]
    reached = [
        labels_to_target(c["n_labeled"], c["test_accuracy"], r["test_accuracy"][-1])
        for c, r in zip(own, random, strict=True)
    ]
    areas, areas_random = (
        np.array([area_under_curve(c["n_labeled"], c["test_accuracy"], log=True) for c in of])
        for of in (own, random)
    )
    return Verdict(
        strategy=name,
        differences=areas - areas_random,
        data=np.array([run.data for run, _ in pairs]),
        area=float(areas.mean()),
        final=float(np.mean([c["test_accuracy"][-1] for c in own])),
        labels=float(np.median(reached)),
        budget=float(own[0]["n_labeled"][-1]),
        query_seconds=float(np.median(np.concatenate([c["query_seconds"][1:] for c in own]))),
        fit_seconds=float(np.median(np.concatenate([c["fit_seconds"] for c in own]))),
    )


# reporting


def table(verdicts: list[Verdict]) -> str:
    """Markdown table of a setting; differences in percentage points."""
    data = [name for name in TITLES if any(name in v.data for v in verdicts)]
    head = ["strategy", "area", "difference [95 %]", *(TITLES[name] for name in data)]
    head += ["p (t, Holm)", "p (Wilcoxon)", "wins", "final", "labels saved", "s a query"]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for v in verdicts:
        low, high = 100 * (v.mean - v.half), 100 * (v.mean + v.half)
        each = [100 * v.differences[v.data == name].mean() for name in data]
        cells = [v.strategy, f"{v.area:.3f}"]
        if v.strategy == "random":
            cells += ["–"] * (len(data) + 4)
        else:
            cells += [
                f"{100 * v.mean:+.2f} [{low:+.2f}, {high:+.2f}]",
                *(f"{d:+.2f}" for d in each),
            ]
            cells += [f"{v.p:.2g}", f"{stats.wilcoxon(v.differences).pvalue:.2g}"]
            cells += [f"{(v.differences > 0).sum()} of {len(v.differences)}"]
        cells += [f"{v.final:.3f}", v.saving, f"{v.query_seconds:.3g}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def in_words(verdicts: list[Verdict]) -> str:
    """Which help, which do not, at what cost."""
    groups = {
        "helps": "**Help** (ahead of random, corrected p < 0.05)",
        "not proven": "**No proven difference**",
        "hurts": "**Hurt** (behind random, corrected p < 0.05)",
    }
    lines = []
    for word, title in groups.items():
        members = [
            f"{v.strategy} ({100 * v.mean:+.1f} points, {v.query_seconds:.2g} s)"
            for v in verdicts
            if v.word == word
        ]
        lines.append(f"- {title}: {'; '.join(members) or 'none'}.")
    return "\n".join(lines) + "\n"


def summary(curves: dict[Run, Curve], study: Study, failures: Path) -> str:
    """Markdown: a table a setting, and what it says in words."""
    text = (
        "Area: accuracy averaged over the logarithm of the labels. Difference: its mean over the "
        "paired runs (equal data, pool, initial rows and weights) minus that of random, in "
        "percentage points, with a 95 % t-interval. p: paired t test, corrected by Holm for the "
        "strategies of the table; Wilcoxon's is not corrected. Labels saved: of the budget, when "
        "the best accuracy so far reaches that with which random ends (median; the line of random "
        "shows what chance alone saves). Seconds: median, one thread of a machine with "
        f"{cpu_count()} cores ({platform.machine()}).\n"
    )
    for setting, plan in study.plans.items():
        verdicts = judge(curves, setting)
        if not verdicts:
            continue
        fit_seconds = np.median([v.fit_seconds for v in verdicts])
        text += (
            f"\n## {setting}: {plan.init_size} to {plan.budget:,} labels by {plan.query_size}, "
            f"pool of {study.n_pool:,}\n\n{table(verdicts)}\n"
            f"One training takes {fit_seconds:.2g} s (median).\n\n{in_words(verdicts)}"
        )
    if failures.exists():
        with failures.open(newline="") as file:
            failed = [" ".join(line[:5]) + f": {line[5]}" for line in list(csv.reader(file))[1:]]
        text += "\n## failed\n\n" + "\n".join(f"- {line}" for line in failed) + "\n"
    return text


def draw_curves(curves: dict[Run, Curve], verdicts: list[Verdict], setting: str, out: Path) -> None:
    """Curves of the leaders and of random, a figure for each data set."""
    from matplotlib.figure import Figure

    leaders = [v.strategy for v in verdicts if v.strategy != "random"][:LEADERS]
    net = next(iter(curves)).net
    for data, title in TITLES.items():
        histories: dict[str, list[list[dict[str, Any]]]] = {}
        for name in (*leaders, "random"):
            for run, c in sorted(curves.items()):
                if (run.setting, run.data, run.strategy) == (setting, data, name):
                    records = [dict(zip(c, values, strict=True)) for values in zip(*c.values())]
                    histories.setdefault(name, []).append(records)
        if histories:
            ax = Figure(figsize=(5, 3.4), layout="constrained").subplots()
            how = {"band": "ci95", "xscale": "log"}
            display = LearningCurveDisplay.from_histories(histories, **how, ax=ax)
            ax.figure.suptitle(f"{title}, {net.upper()}, {setting} budget", fontsize=9)
            for suffix in ("png", "pdf"):
                display.save(out / f"{net}_{setting}_{data}.{suffix}", dpi=150)


def draw_forest(verdicts: list[Verdict], title: str, path: Path) -> None:
    """Differences to random with their intervals, the best on top."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    colours = {"helps": "#0072B2", "not proven": "0.55", "hurts": "#D55E00"}
    words = {"helps": "helps", "not proven": "no proven difference", "hurts": "hurts"}
    shown = [v for v in verdicts if v.strategy != "random"][::-1]
    figure = Figure(figsize=(5.5, 1 + 0.19 * len(shown)), layout="constrained")
    ax = figure.subplots()
    for word, colour in colours.items():
        ys = [y for y, v in enumerate(shown) if v.word == word]
        at = [100 * shown[y].mean for y in ys]
        half = [100 * shown[y].half for y in ys]
        if ys:
            ax.errorbar(at, ys, xerr=half, fmt="o", color=colour, ms=3.5, lw=1, label=words[word])
    ax.axvline(0, color="0.25", lw=0.8, zorder=0)
    ax.set_yticks(range(len(shown)), [v.strategy for v in shown], fontsize=7)
    ax.set_ylim(-0.7, len(shown) - 0.3)
    ax.set_xlabel("difference to random in area, percentage points (95 % interval)", fontsize=8)
    ax.set_title(title, fontsize=9)
    ax.tick_params(axis="x", labelsize=7)
    ax.grid(axis="x", color="0.9", lw=0.5)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=3, fontsize=7, frameon=False)
    with rc_context({"pdf.fonttype": 42}):
        figure.savefig(path.with_suffix(".png"), dpi=150)
        figure.savefig(path.with_suffix(".pdf"), metadata={"CreationDate": None})


def report(args: argparse.Namespace, path: Path) -> None:
    """Summary and figures of all that the CSV holds."""
    curves = read(path)
    study = STUDIES[args.net]
    text = summary(curves, study, path.with_name(f"failures_{args.net}.csv"))
    (args.out / f"summary_{args.net}.md").write_text(text, encoding="utf8")
    print(text)
    for setting, plan in study.plans.items():
        verdicts = judge(curves, setting)
        if len(verdicts) > 1:
            title = f"{args.net.upper()}, {plan.init_size} to {plan.budget:,} labels"
            draw_curves(curves, verdicts, setting, args.out)
            draw_forest(verdicts, title, args.out / f"{args.net}_{setting}_differences")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--net", choices=STUDIES, default="ann")
    parser.add_argument("--settings", nargs="+", default=["low", "middle"])
    parser.add_argument("--data", nargs="+", choices=LOADERS)
    parser.add_argument("--strategies", nargs="+", choices=STRATEGIES, metavar="NAME")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--report", action="store_true", help="play nothing")
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / f"curves_{args.net}.csv"
    if not args.report:
        play_all(args, path)
    report(args, path)


if __name__ == "__main__":
    main()
