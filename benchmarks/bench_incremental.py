"""The whole incremental Fashion-MNIST job: ActiveLearner against a hand-written torch loop.

    SKAL_DATA=... python benchmarks/bench_incremental.py [--repeats 3] [--out FILE]

Margin sampling, 128 rows a round to the end of the pool (468 queries), 784-128-10 net, Adam 0.01,
one epoch a round on the newest batch, macro-F1 on the 10,000 test images in every round. The
hand-written loop scores in batches of 1,024 and never copies the pool.
"""

import argparse
from statistics import median

import numpy as np
import torch
from sklearn.metrics import f1_score
from timing import interleaved, machine, set_threads, table, write
from torch import nn

from skal import ActiveLearner, ANNClassifier, load_fashion_mnist

BATCH = 128
PARTS = ("fit", "query", "score")


def load(data_home: str | None, n: int | None) -> tuple[np.ndarray, ...]:
    X, y = load_fashion_mnist(data_home=data_home, return_X_y=True)
    X_test, y_test = load_fashion_mnist(data_home=data_home, subset="test", return_X_y=True)
    as_floats = [part.reshape(len(part), -1).astype(np.float32) / 255 for part in (X[:n], X_test)]
    return as_floats[0], y[:n], as_floats[1], y_test


def by_hand(X: np.ndarray, y: np.ndarray, X_test: np.ndarray, y_test: np.ndarray) -> list[float]:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    optimizer = torch.optim.Adam(module.parameters(), lr=0.01, fused=True)
    criterion = nn.CrossEntropyLoss()
    Xt, yt, X_scored = torch.from_numpy(X), torch.from_numpy(y), torch.from_numpy(X_test)
    is_open = torch.ones(len(Xt), dtype=torch.bool)
    rows = torch.randperm(len(Xt))[:BATCH]
    curve = []
    while True:
        is_open[rows] = False
        optimizer.zero_grad()
        criterion(module(Xt[rows]), yt[rows]).backward()
        optimizer.step()
        with torch.inference_mode():
            predicted = torch.cat([module(part).argmax(1) for part in X_scored.split(1024)])
            curve.append(f1_score(y_test, predicted.numpy(), average="macro"))
            candidates = torch.nonzero(is_open).ravel()
            if not len(candidates):
                return curve
            proba = torch.cat([torch.softmax(module(Xt[c]), 1) for c in candidates.split(1024)])
            best = proba.topk(2, dim=1).values
            gap = best[:, 0] - best[:, 1]
            rows = candidates[gap.topk(min(BATCH, len(gap)), largest=False).indices]


def by_skal(X: np.ndarray, y: np.ndarray, X_test: np.ndarray, y_test: np.ndarray) -> ActiveLearner:
    net = ANNClassifier(128, max_epochs=1, batch_size=BATCH, lr=0.01)
    learner = ActiveLearner(
        net,
        "margin",
        mode="incremental",
        init_size=BATCH,
        query_size=BATCH,
        scoring="f1_macro",
        random_state=0,
    )
    return learner.fit(X, y, X_test=X_test, y_test=y_test)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-home")
    parser.add_argument("--n-rows", type=int)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out")
    args = parser.parse_args()
    set_threads()
    data = load(args.data_home, args.n_rows)
    learners, walls = [], []

    def run_skal() -> None:
        learners.append(by_skal(*data))

    jobs = {"hand-written torch": lambda: by_hand(*data), "skal ActiveLearner": run_skal}
    seconds = interleaved(jobs, repeats=args.repeats, warm_up=False)
    for learner, wall in zip(learners, seconds["skal ActiveLearner"], strict=True):
        inside = sum(
            learner.history_[f"{part}_seconds"].sum() for part in ("fit", "query", "score")
        )
        walls.append(1 - inside / wall)
    n = len(data[0])
    title = f"Incremental margin, Fashion-MNIST, {n:,} rows, {len(learners[0].history_)} rounds"
    parts = {p: learners[0].history_[f"{p}_seconds"].sum() for p in PARTS}
    write(
        args.out,
        f"Measured on {machine()}; {args.repeats} interleaved turns.\n\n"
        + table(title, seconds, "hand-written torch")
        + "\nSeconds within one run of skal: "
        + ", ".join(f"{name} {value:.1f}" for name, value in parts.items())
        + f"; outside of these three {100 * median(walls):.1f} % of the wall time.\n",
    )


if __name__ == "__main__":
    main()
