"""A simulated team labels digits through the session: what aggregation and the model's queue bring.

    python benchmarks/bench_team.py [--labels 600] [--repeats 3] [--out FILE]

Three people, one of them careless, label every item until two (of three, where they differ)
answered; a logistic regression orders the queue by its margin. Compared are the labels that a
policy makes of the same answers, and the accuracy on a test set with that of one careful person
who labels at random. Then the whole store is played again, and must come out bit for bit.
"""

import argparse
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from timing import machine, write

from skal import ActiveLearner
from skal.labeling import LabelingSession, aggregate, replay

TEAM = {"anna": 0.95, "ben": 0.95, "cleo": 0.6}  # how often each is right
POLICIES = ("majority", "wawa", "one_coin", "dawid_skene", "auto")
CLASSES = [str(k) for k in range(10)]


def learner() -> ActiveLearner:
    return ActiveLearner(LogisticRegression(max_iter=500), "margin")


class Person:
    """Somebody who is right so often, and else says any other class."""

    def __init__(self, name: str, accuracy: float, truth: np.ndarray, rng: np.random.Generator):
        self.name, self.accuracy, self.truth, self.rng = name, accuracy, truth, rng

    def work(self, session: LabelingSession, n: int) -> int:
        done = 0
        for task in session.next(self.name, n):
            said = self.truth[task.row]
            if self.rng.random() >= self.accuracy:
                said = str(self.rng.choice([name for name in CLASSES if name != said]))
            session.answer(self.name, task.item, said, seconds=1.0)
            done += 1
        return done


def play(
    folder: Path, pool: Any, truth: np.ndarray, test: Any, n: int, seed: int, **settings: Any
) -> tuple[LabelingSession, list[tuple[int, float]]]:
    """Let a team label `n` items, and score the learner after every round."""
    team = settings.pop("team")
    rng = np.random.default_rng(seed)
    session = LabelingSession(
        folder / f"{len(team)}-{seed}.skal", pool, learner(), CLASSES, random_state=seed, **settings
    )
    people = [Person(name, accuracy, truth, rng) for name, accuracy in team.items()]
    session.train()
    curve = []
    while session.progress()["answered"] < n:
        # everybody takes part: an item wants two answers, and a third where they differ
        for _ in range(4):
            for person in people:
                person.work(session, 10)
        session.train()
        found = session.learner
        curve.append((found.n_labeled_, found.score(*test)))
    return session, curve


def share_right(session: LabelingSession, policy: str, truth: np.ndarray) -> float:
    """Score the label of every item that was answered; ties go to the first class."""
    said = session.store.current()
    found = aggregate(said["key"], said["annotator"], said["label"], CLASSES, method=policy)
    return float((found.label == truth[found.items.astype(int)]).mean())


def labels_to(curve: list[tuple[int, float]], target: float) -> float:
    """Labels with which a curve reaches a target for the first time, NaN if it never does."""
    return next((float(n) for n, score in curve if score >= target), np.nan)


def random_curve(
    pool: Any, truth: np.ndarray, test: Any, sizes: list[int], seed: int
) -> list[tuple[int, float]]:
    """One careful person labels rows drawn at random."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(pool))
    said = truth.copy()
    wrong = rng.random(len(pool)) >= TEAM["anna"]
    said[wrong] = rng.choice(CLASSES, size=int(wrong.sum()))
    curve = []
    for n in sizes:
        model = LogisticRegression(max_iter=500).fit(pool[order[:n]], said[order[:n]])
        curve.append((n, float(model.score(*test))))
    return curve


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--labels", type=int, default=500)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out")
    args = parser.parse_args()
    X, y = load_digits(return_X_y=True)
    X, y = X / 16, y.astype(str)
    policies: dict[str, list[float]] = {policy: [] for policy in POLICIES}
    rows, seconds = [], []
    for seed in range(args.repeats):
        order = np.random.default_rng(seed).permutation(len(X))
        pool, truth = X[order[:1200]], y[order[:1200]]
        test = X[order[1200:]], y[order[1200:]]
        with tempfile.TemporaryDirectory() as folder:
            told = (Path(folder), pool, truth, test, args.labels, seed)
            session, team = play(*told, team=TEAM, answers_per_item=2, max_answers=3)
            _, alone = play(*told, team={"anna": TEAM["anna"]})
            for policy in POLICIES:
                policies[policy].append(share_right(session, policy, truth))
            start = perf_counter()
            again = replay(session.store, pool, learner())
            seconds.append(perf_counter() - start)
            same = np.array_equal(again.estimator_.coef_, session.learner.estimator_.coef_)
            n_answers = sum(session.store.counts()["classes"].values())
            n_rounds = len(session.store.rounds())
            session.close()
        chance = random_curve(pool, truth, test, list(range(20, 1200, 20)), seed)
        target = alone[-1][1]
        rows.append(
            (seed, n_answers, n_rounds, same, team[-1], alone[-1], labels_to(chance, target))
        )
    lines = ["| policy | labels that are right |", "|---|---|"]
    lines += [f"| {policy} | {np.mean(right):.3f} |" for policy, right in policies.items()]
    lines += [
        "",
        "| seed | answers | rounds | replay is equal | team: labels, accuracy | one person, queue: "
        "labels, accuracy | one person, random: labels to the same |",
        "|---|---|---|---|---|---|---|",
    ]
    for seed, n_answers, n_rounds, same, team_end, alone_end, at_random in rows:
        ends = " | ".join(f"{n}, {score:.3f}" for n, score in (team_end, alone_end))
        reached = "over 1,180" if np.isnan(at_random) else f"{at_random:.0f}"
        lines.append(f"| {seed} | {n_answers} | {n_rounds} | {same} | {ends} | {reached} |")
    lines += ["", f"Replay: {np.mean(seconds):.1f} s.", "", machine(1)]
    write(args.out, "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
