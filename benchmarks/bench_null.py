"""How often a comparison of random with random is called anything but noise.

    python benchmarks/bench_null.py [--repeats 200] [--draws 1000] [--out FILE]

Three learners that all ask at random, each with draws of its own, play the whole loop on digits
with logistic regression. Repeats are then drawn, five at a time, into comparisons of one baseline
and two others; 5 % of them may be called "helps" or "hurts". Draws share runs, so the rate is
known less exactly than from as many fresh comparisons: the disjoint ones are counted too.
"""

import argparse
from collections.abc import Iterable
from itertools import permutations

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from timing import machine, set_threads, write

from skal import ActiveLearner
from skal.experiment import Comparison, Run, compare, summarize
from skal.strategies import Random

PAIRS = 5
NAMES = ("random", "second", "third")


class Lottery(Random):
    """Rows at random, from a stream of its own in each learner."""

    def __init__(self, number: int):
        self.number = number

    def choose(self, evidence, n, rng):
        seed = int(rng.integers(2**32))
        return super().choose(evidence, n, np.random.default_rng([seed, self.number]))


def play(n_repeats: int) -> Comparison:
    """All runs: one split, one initial set and three ways of asking at random in each repeat."""
    X, y = load_digits(return_X_y=True)
    model = LogisticRegression(max_iter=500)
    sizes = {"init_size": 20, "query_size": 20, "budget": 80}
    learners = {name: ActiveLearner(model, Lottery(i), **sizes) for i, name in enumerate(NAMES)}
    return compare(learners, X / 16, y, n_repeats=n_repeats, verbose=0)


def regroup(played: Comparison, repeats: Iterable[int], roles: tuple[str, ...]) -> Comparison:
    """A comparison of some repeats, with the learners' names dealt anew."""
    name_of = dict(zip(roles, NAMES, strict=True))
    chosen = set(repeats)
    return Comparison(
        Run(run.data, name_of[run.learner], run.repeat, run.history)
        for run in played.runs
        if run.repeat in chosen
    )


def count(comparisons: Iterable[Comparison]) -> list[int]:
    """Comparisons, those with a wrong outcome; intervals of savings, those without 0; falls."""
    n = wrong = n_savings = without = falls = 0
    for comparison in comparisons:
        learners = summarize(comparison).learners
        others = [it for it in learners if it.learner != "random"]
        n += 1
        wrong += any(it.outcome in ("helps", "hurts") for it in others)
        n_savings += len(others)
        without += sum(it.saving.low > 0 or it.saving.high < 0 for it in others)
        falls += sum(it.curve.falls for it in others)
    return [n, wrong, n_savings, without, falls]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=200)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--out")
    args = parser.parse_args()
    set_threads(1)
    played = play(args.repeats)
    rng = np.random.default_rng(0)
    roles = list(permutations(NAMES))
    n_pairs = min(PAIRS, args.repeats)
    blocks = rng.permutation(args.repeats)[: args.repeats // n_pairs * n_pairs].reshape(-1, n_pairs)
    disjoint = [regroup(played, block, roles[i % 6]) for i, block in enumerate(blocks)]
    drawn = (
        regroup(played, rng.choice(args.repeats, n_pairs, replace=False), roles[rng.integers(6)])
        for _ in range(args.draws)
    )
    lines = [
        f"Random against random: {args.repeats} repeats of 3 learners, {n_pairs} pairs each. "
        + machine(1),
        "",
        "| comparisons | called helps or hurts | savings whose interval lacks 0 | falls |",
        "|---|---|---|---|",
    ]
    for name, group in (("disjoint", disjoint), ("drawn", drawn)):
        n, wrong, n_savings, without, falls = count(group)
        if not n:
            continue
        lines.append(
            f"| {n} {name} | {wrong} ({wrong / n:.1%}) | {without} of {n_savings} "
            f"({without / n_savings:.1%}) | {falls} ({falls / n_savings:.1%}) |"
        )
    write(args.out, "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
