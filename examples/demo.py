"""Does active learning save labels? Margin against random, on scikit-learn's digits.

Every repeat is a fair pairing: both strategies get the same pool, the same test set and the same
initial labels, and may spend the same budget. Writes a report, a table, figures and an
interactive page that shows what was asked, and why.
"""

import argparse
from pathlib import Path

from sklearn.datasets import load_digits

from skal import ActiveLearner, ANNClassifier, compare, write_report

STRATEGIES = ["random", "margin"]
STEP = 32  # labels a round, and rows a gradient step: no step has only a few rows
N_TEST = 500


def main(args=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("skal_demo"), help="folder for results")
    parser.add_argument("--n-repeats", type=int, default=8, help="paired repeats (default 8)")
    parser.add_argument("--budget", type=int, default=320, help="labels in all (default 320)")
    options = parser.parse_args(args)

    images, digits = load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8) / 16  # 8 x 8 pixels from 0 to 1
    if options.n_repeats < 1 or not 2 * STEP <= options.budget <= len(images) - N_TEST:
        parser.error(f"--n-repeats is at least 1, --budget {2 * STEP} to {len(images) - N_TEST}")
    print(f"Digits: {', '.join(STRATEGIES)}; {options.n_repeats} repeats, {options.budget} labels")

    net = ANNClassifier(hidden_dim=64, max_epochs=15, batch_size=STEP, lr=0.01)
    learner = ActiveLearner(net, init_size=STEP, query_size=STEP, budget=options.budget)
    result = compare(
        learner,
        {"digits": (images, digits)},
        test_size=N_TEST,
        strategies=STRATEGIES,
        n_repeats=options.n_repeats,
    )
    files = write_report(result, options.out, images, title="Does active learning save labels?")

    print(f"\n{result.verdict()}\n")
    print(f"Report, table, figures and the interactive page are in {options.out.resolve()}:")
    print("  " + "  ".join(sorted(file.name for file in files.values())))


if __name__ == "__main__":
    main()
