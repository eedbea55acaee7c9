"""Peak memory of the full Fashion-MNIST loop, each case in a process of its own.

    SKAL_DATA=... python benchmarks/bench_memory.py [--out FILE]

Incremental margin, 128 rows a round, over 60,000 images: as uint8 images (as the loader gives
them), as float32 rows, and as a float32 memmap on disk.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from timing import machine, set_threads, write

from skal import ActiveLearner, ANNClassifier, load_fashion_mnist

CASES = ("nothing but the imports and the images", "uint8 images", "float32 rows", "memmap")


def run(case: str, data_home: str | None, n_rows: int | None) -> None:
    """Play one case, then print the peak of this process in MB."""
    set_threads()
    X, y = load_fashion_mnist(data_home=data_home, return_X_y=True)
    X, y = X[:n_rows], y[:n_rows]
    X_test, y_test = load_fashion_mnist(data_home=data_home, subset="test", return_X_y=True)
    with tempfile.TemporaryDirectory() as folder:
        if case in ("float32 rows", "memmap"):
            X_test = X_test.reshape(len(X_test), -1).astype(np.float32) / 255
            rows = X.reshape(len(X), -1)
            if case == "memmap":
                path = Path(folder) / "pool.dat"
                pool = np.memmap(path, np.float32, "w+", shape=rows.shape)
                for start in range(0, len(rows), 1000):
                    pool[start : start + 1000] = rows[start : start + 1000] / np.float32(255)
                pool.flush()
                X = np.memmap(path, np.float32, "r", shape=rows.shape)
            else:
                X = rows.astype(np.float32)
                X /= 255
        if case != CASES[0]:
            net = ANNClassifier(128, max_epochs=1, batch_size=128, lr=0.01)
            learner = ActiveLearner(
                net, mode="incremental", init_size=128, query_size=128, random_state=0
            )
            learner.fit(X, y, X_test=X_test, y_test=y_test)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-home")
    parser.add_argument("--n-rows", type=int)
    parser.add_argument("--case", choices=CASES)
    parser.add_argument("--out")
    args = parser.parse_args()
    if args.case:
        run(args.case, args.data_home, args.n_rows)
        return
    lines = [f"Measured on {machine()}.\n", "| pool | peak MB |", "|---|---|"]
    for case in CASES:
        command = [sys.executable, __file__, "--case", case]
        command += ["--data-home", args.data_home] if args.data_home else []
        command += ["--n-rows", str(args.n_rows)] if args.n_rows else []
        peak = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        lines.append(f"| {case} | {peak:.0f} |")
    write(args.out, "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
