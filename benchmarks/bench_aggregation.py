"""How often labels that three people's answers come to are right, by how the people err.

    python benchmarks/bench_aggregation.py

Two are right in nine of ten items and one in 0.55; 100 items a class, mean of 20 draws. A minute.
"""

import numpy as np

from skal.labeling import aggregate

RIGHT = [0.9, 0.9, 0.55]
METHODS = ["majority", "wawa", "one_coin", "dawid_skene"]


def answers(n_classes, seed, *, evenly):
    """True classes, and three people's answers (n_items, 3)."""
    rng, n = np.random.default_rng(seed), 100 * n_classes
    truth = rng.integers(n_classes, size=n)
    given = np.empty((n, len(RIGHT)), dtype=int)
    for person, right in enumerate(RIGHT):
        wrong = (truth + rng.integers(1, n_classes, n)) % n_classes
        if not evenly:  # each takes a class for one other class, always the same
            habit = np.random.default_rng(100 + person).permutation(n_classes)[truth]
            wrong = np.where(habit == truth, (truth + 1) % n_classes, habit)
        given[:, person] = np.where(rng.random(n) < right, truth, wrong)
    return truth, given


def main():
    print("people err          ", *METHODS)
    for evenly in (True, False):
        for n_classes in (4, 10):
            found = {method: [] for method in METHODS}
            for seed in range(20):
                truth, given = answers(n_classes, seed, evenly=evenly)
                items, people = np.indices(given.shape).reshape(2, -1)
                for method, shares in found.items():
                    labels = aggregate(
                        items, people, given.ravel(), range(n_classes), method=method
                    ).label
                    shares.append((labels == truth).mean())
            means = [f"{np.mean(shares):.3f}" for shares in found.values()]
            print(f"{'evenly' if evenly else 'by habit':10}{n_classes:2} classes", *means)


if __name__ == "__main__":
    main()
