"""A store of 2,100 answers and 20 rounds, trained by a process of its own, played again here.

    python benchmarks/bench_replay.py [--answers 2100] [--rounds 20] [--out FILE]

A net learns digits from two people, of whom one errs; answers are taken back, a class is renamed.
The replay must make the same choices in every round, and the same weights, bit for bit.
"""

import argparse
import tempfile
import time
from time import perf_counter

import numpy as np
from sklearn.datasets import load_digits
from timing import machine, write

from skal import ActiveLearner, ANNClassifier
from skal.labeling import LabelingSession, replay

CLASSES = [f"digit {k}" for k in range(10)]


def learner() -> ActiveLearner:
    return ActiveLearner(ANNClassifier(max_epochs=5), "margin")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--answers", type=int, default=2100)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--out")
    args = parser.parse_args()
    X, y = load_digits(return_X_y=True)
    X, truth = X / 16, np.array([CLASSES[k] for k in y])
    rng = np.random.default_rng(0)
    every = args.answers // (args.rounds + 1)
    with tempfile.TemporaryDirectory() as folder:
        place = f"{folder}/bench.skal"
        settings = {"answers_per_item": 2, "retrain_every": every, "random_state": 0}
        with LabelingSession(place, X, learner(), CLASSES, **settings) as session:
            session.start_trainer()
            names = {name: id_ for id_, name in session.classes.items()}
            n = 0
            while n < args.answers:
                who = ("anna", "ben")[n // 10 % 2]
                for task in session.next(who, 10):
                    said = truth[task.row]
                    if who == "ben" and rng.random() < 0.2:
                        said = str(rng.choice(CLASSES))
                    session.answer(who, task.item, names[said])
                    n += 1
                if n % 500 == 0:
                    session.undo(who)
                    session.rename_class("anna", names[CLASSES[n // 500]], f"renamed {n}")
                wanted = n // every - 1  # the first round asks only
                while n % every == 0 and len(session.store.rounds()) < wanted:
                    time.sleep(0.1)  # as many rounds as are wanted, whatever the machine does
            session.stop_trainer()
            start = perf_counter()
            found = session.learner
            restored = perf_counter() - start
            start = perf_counter()
            again = replay(session.store, X, learner())
            seconds = perf_counter() - start
            rounds = session.store.rounds()
        parts = zip(
            found.estimator_.net_.module_.state_dict().values(),
            again.estimator_.net_.module_.state_dict().values(),
            strict=True,
        )
        same = all(bool((a == b).all()) for a, b in parts)
    text = "\n".join(
        [
            machine(1),
            "",
            "| answers | rounds | labels | weights are equal | replay, s | learner restored, s |",
            "|---|---|---|---|---|---|",
            f"| {n} | {len(rounds)} | {found.n_labeled_} | {same} | {seconds:.1f} | "
            f"{restored:.1f} |",
        ]
    )
    write(args.out, text + "\n")


if __name__ == "__main__":
    main()
