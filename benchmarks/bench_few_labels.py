"""Default nets against scikit-learn's MLPClassifier on its bundled data sets, by labels.

    python benchmarks/bench_few_labels.py [--seeds 20] [--out docs/results/few_labels.md]

Standardised features; both with their defaults; accuracy on all rows that are not trained on,
the mean over seeds, each with a stratified training set of its own. Seconds of processor time.
"""

import argparse
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from skal import ANNClassifier

DATA = {
    "iris": load_iris,
    "wine": load_wine,
    "breast cancer": load_breast_cancer,
    "digits": load_digits,
}
NETS = {"ANNClassifier": ANNClassifier, "MLPClassifier": MLPClassifier}
N_LABELED = (20, 50, 100, 1_000)
PAGE = """\
# Few labels: default nets beside scikit-learn's

`ANNClassifier()` and scikit-learn's `MLPClassifier()`, both with their defaults, on standardised
features of the data sets that scikit-learn brings: accuracy on all rows that are not trained on,
the mean over {seeds} seeds, each with a stratified training set of its own. Seconds are those of
one processor, medians.

```sh
python benchmarks/bench_few_labels.py --out docs/results/few_labels.md
```

| data | labels | ANNClassifier | MLPClassifier | difference | seconds | of MLP | epochs |
|---|---|---|---|---|---|---|---|"""


def measured(X: Any, y: Any, n_labeled: int, seed: int) -> dict[str, tuple[float, float, int]]:
    """For each net: accuracy, seconds, epochs."""
    X, X_test, y, y_test = train_test_split(
        X, y, train_size=n_labeled, stratify=y, random_state=seed
    )
    scale = StandardScaler().fit(X)
    found = {}
    for name, net in NETS.items():
        start = time.process_time()
        fitted = net(random_state=seed).fit(scale.transform(X), y)
        seconds = time.process_time() - start
        epochs = fitted.n_iter_ if name == "MLPClassifier" else len(fitted.history_)
        found[name] = fitted.score(scale.transform(X_test), y_test), seconds, epochs
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    lines = [PAGE.format(seeds=options.seeds)]
    for name, load in DATA.items():
        X, y = load(return_X_y=True)
        for n_labeled in (n for n in N_LABELED if n < 0.9 * len(y)):
            runs = [measured(X, y, n_labeled, seed) for seed in range(options.seeds)]
            (ours, seconds, epochs), (theirs, of_mlp, _) = (
                np.transpose([run[net] for run in runs]) for net in NETS
            )
            lines.append(
                f"| {name} | {n_labeled} | {ours.mean():.3f} | {theirs.mean():.3f} "
                f"| {100 * (ours - theirs).mean():+.1f} points "
                f"| {np.median(seconds):.2f} | {np.median(of_mlp):.2f} | {np.median(epochs):.0f} |"
            )
            print(lines[-1], flush=True)
    if options.out:
        options.out.write_text("\n".join(lines) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
