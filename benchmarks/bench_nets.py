"""One epoch of training, and scoring of a pool: ANNClassifier against bare torch and its peers.

    python benchmarks/bench_nets.py [--repeats 9] [--out docs/results/speed/nets.md]

Floor of training: a bare torch loop, batches indexed from a tensor in memory, the same fused Adam.
Floor of prediction: a bare forward pass in batches of 1,024 with softmax.
"""

import argparse
import warnings
from collections.abc import Callable

import numpy as np
import torch
from sklearn.neural_network import MLPClassifier
from skorch import NeuralNetClassifier
from timing import interleaved, machine, set_threads, table, write
from torch import nn

from skal import ANNClassifier

BATCH, HIDDEN, LR = 128, 128, 0.01


def make_module() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(784, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 10))


def bare_epoch(X: np.ndarray, y: np.ndarray) -> None:
    module = make_module()
    optimizer = torch.optim.Adam(module.parameters(), lr=LR, fused=True)
    criterion = nn.CrossEntropyLoss()
    Xt, yt = torch.from_numpy(X), torch.from_numpy(y)
    order = torch.randperm(len(Xt))
    for start in range(0, len(Xt), BATCH):
        rows = order[start : start + BATCH]
        optimizer.zero_grad()
        criterion(module(Xt[rows]), yt[rows]).backward()
        optimizer.step()


def skal_epoch(X: np.ndarray, y: np.ndarray) -> None:
    ANNClassifier(HIDDEN, max_epochs=1, batch_size=BATCH, lr=LR, random_state=0).fit(X, y)


def skorch_epoch(X: np.ndarray, y: np.ndarray) -> None:
    net = NeuralNetClassifier(
        make_module(),
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=LR,
        batch_size=BATCH,
        max_epochs=1,
        train_split=None,
        iterator_train__shuffle=True,
        verbose=0,
    )
    net.fit(X, y)


def sklearn_epoch(X: np.ndarray, y: np.ndarray) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one epoch does not converge
        MLPClassifier((HIDDEN,), batch_size=BATCH, max_iter=1, learning_rate_init=LR).fit(X, y)


def training(n: int, repeats: int) -> str:
    rng = np.random.default_rng(0)
    X, y = rng.random((n, 784), dtype=np.float32), rng.integers(10, size=n)
    jobs: dict[str, Callable[[], None]] = {
        "bare torch": lambda: bare_epoch(X, y),
        "skal ANNClassifier": lambda: skal_epoch(X, y),
        "plain skorch": lambda: skorch_epoch(X, y),
        "scikit-learn MLPClassifier": lambda: sklearn_epoch(X, y),
    }
    seconds = interleaved(jobs, repeats=repeats)
    return table(f"One epoch, {n:,} × 784 float32, 128 units, batch 128", seconds, "bare torch")


def prediction(n: int, repeats: int) -> str:
    rng = np.random.default_rng(0)
    X, y = rng.random((n, 784), dtype=np.float32), rng.integers(10, size=n)
    net = ANNClassifier(HIDDEN, max_epochs=1, batch_size=BATCH).fit(X[:5000], y[:5000])
    module, Xt = net.module_, torch.from_numpy(X)
    pixels = (X * 255).astype(np.uint8)
    net8 = ANNClassifier(HIDDEN, max_epochs=1, batch_size=BATCH).fit(pixels[:5000], y[:5000])

    def bare() -> np.ndarray:
        with torch.inference_mode():
            parts = [torch.softmax(module(part), dim=1) for part in Xt.split(1024)]
        return torch.cat(parts).numpy()

    jobs: dict[str, Callable[[], np.ndarray]] = {
        "bare torch": bare,
        "skal predict_proba": lambda: net.predict_proba(X),
        "skal predict_proba, uint8 pool": lambda: net8.predict_proba(pixels),
    }
    return table(f"Probabilities of {n:,} rows", interleaved(jobs, repeats=repeats), "bare torch")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--out")
    args = parser.parse_args()
    set_threads()
    parts = [
        f"Measured on {machine()}; {args.repeats} interleaved turns.\n",
        training(60_000, args.repeats),
        training(5_000, args.repeats * 3),
        prediction(60_000, args.repeats * 2),
    ]
    write(args.out, "\n".join(parts))


if __name__ == "__main__":
    main()
