"""People at work while a model trains: how long an answer and the next item take, and memory.

    python benchmarks/bench_session.py [--items 20000] [--minutes 10] [--people 4] [--rate 20]

Images of 32 x 32 pixels and ten classes; a small net trains in a process of its own whenever
enough was answered. Four people answer twenty times a second between them, each in a thread.
"""

import argparse
import os
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from timing import machine, write

from skal import ActiveLearner, CNNClassifier
from skal.labeling import LabelingSession

CLASSES = [str(k) for k in range(10)]


def images(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Make images whose class is a pattern under noise."""
    rng = np.random.default_rng(0)
    patterns = rng.integers(0, 256, size=(10, 32, 32))
    y = rng.integers(10, size=n)
    noise = rng.integers(0, 256, size=(n, 32, 32))
    return ((patterns[y] + 2 * noise) // 3).astype(np.uint8), y.astype(str)


def resident() -> float:
    """MB that this process holds."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return float("nan")


def work(
    session: LabelingSession, who: str, truth: np.ndarray, pause: float, end: float, took: list
) -> None:
    """Answer at an even pace; a page that is late does not answer faster afterwards."""
    rng = np.random.default_rng(abs(hash(who)) % 2**32)
    tasks = session.next(who, 5)
    while time.perf_counter() < end:
        start = time.perf_counter()
        task = tasks.pop(0)
        session.answer(who, task.item, str(truth[task.row]), seconds=pause)
        tasks += session.next(who, 1, skip=[t.item for t in tasks])
        took.append(time.perf_counter() - start)
        time.sleep(max(0.0, rng.exponential(pause) - took[-1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--people", type=int, default=4)
    parser.add_argument("--rate", type=float, default=20, help="answers a second, of all together")
    parser.add_argument("--out")
    args = parser.parse_args()
    X, y = images(args.items)
    learner = ActiveLearner(CNNClassifier(max_epochs=10), "margin")
    with tempfile.TemporaryDirectory() as folder:
        with LabelingSession(
            f"{folder}/bench.skal", X, learner, CLASSES, random_state=0
        ) as session:
            session.start_trainer()
            end = time.perf_counter() + 60 * args.minutes
            took: list[float] = []
            people = [
                threading.Thread(
                    target=work,
                    args=(session, f"p{k}", y, args.people / args.rate, end, took),
                )
                for k in range(args.people)
            ]
            for person in people:
                person.start()
            memory = []
            while time.perf_counter() < end:
                time.sleep(min(15.0, 6 * args.minutes))
                session.progress("p0")
                memory.append(resident())
            for person in people:
                person.join()
            told, rounds = session.progress("p0"), session.store.rounds()
        seconds = rounds[-1]["fit_seconds"] + rounds[-1]["query_seconds"]
        p50, p99 = np.percentile(took, [50, 99]) * 1000
        text = "\n".join(
            [
                machine(1),
                "",
                "| answers | a second | answer + next, p50 ms | p99 | most | rounds | s of the last"
                " | MB at first | MB at the end |",
                "|---|---|---|---|---|---|---|---|---|",
                f"| {len(took)} | {len(took) / (60 * args.minutes):.1f} | {p50:.1f} | {p99:.1f} | "
                f"{max(took) * 1000:.0f} | {len(rounds)} | "
                f"{seconds:.1f} | {memory[0]:.0f} | "
                f"{memory[-1]:.0f} |",
                "",
                f"accuracy said to be {told['accuracy']}; load {os.getloadavg()}",
            ]
        )
        write(args.out, text + "\n")


if __name__ == "__main__":
    main()
