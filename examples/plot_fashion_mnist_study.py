"""
Why incremental training forgets
================================

Fashion-MNIST, a net of 784-128-10 units trained for one epoch a round. Trained on the newest
batch only (*incremental*), margin and entropy rise early and fall late: the hard images are asked
first, and what is left is easy and one-sided. Trained on all labels (*cumulative*), nothing falls.

The default takes the first 6,000 images and some ten seconds. The whole study takes minutes:

    python examples/plot_fashion_mnist_study.py --n-rows 60000 --out figures
"""

import argparse
import sys
from pathlib import Path

from skal import ActiveLearner, ANNClassifier, LearningCurveDisplay, load_fashion_mnist

parser = argparse.ArgumentParser(
    description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
)
parser.add_argument("--data-home", help="folder of FashionMNIST/raw (default: SKAL_DATA)")
parser.add_argument("--download", action="store_true", help="fetch the data (30 MB) if missing")
parser.add_argument("--n-rows", type=int, default=6000, help="images in the pool, up to 60000")
parser.add_argument("--modes", nargs="+", default=["incremental", "cumulative"])
parser.add_argument("--strategies", nargs="+", default=["margin", "entropy", "random"])
parser.add_argument("--batch", type=int, default=128, help="labels in each incremental round")
parser.add_argument(
    "--cumulative-batch", type=int, default=512, help="labels in each cumulative round"
)
parser.add_argument("--out", type=Path, help="folder to save the figures in")
options = parser.parse_args()

# %%
# uint8 images stay uint8; the net divides by 255 batch by batch.

try:
    X, y = load_fashion_mnist(
        data_home=options.data_home, download_if_missing=options.download, return_X_y=True
    )
    X_test, y_test = load_fashion_mnist(
        data_home=options.data_home,
        subset="test",
        download_if_missing=options.download,
        return_X_y=True,
    )
except OSError as error:
    sys.exit(
        f"{error}\nPoint --data-home or SKAL_DATA at a folder with "
        "FashionMNIST/raw/train-images-idx3-ubyte.gz and its three companions, or run again "
        "with --download."
    )
X, y = X[: options.n_rows], y[: options.n_rows]
X_test, y_test = X_test[: options.n_rows], y_test[: options.n_rows]

# %%
# Every round trains one epoch with Adam at 0.01 and is scored with the macro-averaged F1. The
# pool is asked to the last image.

net = ANNClassifier(hidden_dim=128, max_epochs=1, batch_size=128, lr=0.01)
displays = {}
for mode in options.modes:
    query_size = options.batch if mode == "incremental" else options.cumulative_batch
    learners = {}
    for strategy in options.strategies:
        learner = ActiveLearner(
            net,
            strategy,
            mode=mode,
            init_size=options.batch,
            query_size=query_size,
            scoring="f1_macro",
            random_state=0,
        )
        learners[strategy] = learner.fit(X, y, X_test=X_test, y_test=y_test)
        scores = learner.history_["test_score"]
        print(f"{mode:11} {strategy:8} peak {scores.max():.3f}  end {scores[-1]:.3f}", flush=True)
    displays[mode] = LearningCurveDisplay.from_histories(
        learners, x="fraction", score_name=f"test macro F1, {mode}"
    )

# %%
# The incremental curves of margin and entropy fall near the end, that of random does not. In a
# large pool the fall begins earlier and goes deeper.

if options.out:
    options.out.mkdir(parents=True, exist_ok=True)
    for mode, display in displays.items():
        display.save(options.out / f"fashion_mnist_{mode}.png")
