"""
Searching strategy, mode, query size and net at once
====================================================

Everything about the loop is a parameter, so ``GridSearchCV`` answers which settings make the most
of a labelling budget. Parameters of the net are reached as ``estimator__...``.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV

from skal import ActiveLearner, ANNClassifier
from skal.strategies import Skip

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--out", type=Path, help="folder to save the figure in")
parser.add_argument("--small", action="store_true", help="a tiny run, to see that it works")
parser.add_argument("--n-jobs", type=int, default=1, help="settings tried at a time")
options = parser.parse_args()

X, y = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)

# %%
# Every setting may spend the same 120 labels. ``scoring`` of the search rates the final
# classifier on the held-out fold.

learner = ActiveLearner(
    ANNClassifier(max_epochs=2 if options.small else 12, lr=0.01),
    init_size=20,
    budget=40 if options.small else 120,
    random_state=0,
)
grid = {
    "strategy": ["margin", "random"] if options.small else ["margin", Skip(n_skip=20), "random"],
    "mode": ["cumulative", "incremental"],
    "query_size": [20] if options.small else [10, 50],
    "estimator__hidden_dim": [16] if options.small else [16, 64],
}
search = GridSearchCV(learner, grid, cv=2 if options.small else 3, n_jobs=options.n_jobs)
search.fit(X, y)
print(f"best {search.best_score_:.3f} with {search.best_params_}")

# %%
# One line a setting, best first.

order = np.argsort(search.cv_results_["rank_test_score"])
settings = search.cv_results_["params"]
means = search.cv_results_["mean_test_score"]
spreads = search.cv_results_["std_test_score"]
names = [", ".join(str(value) for value in settings[i].values()) for i in order]
for i, name in zip(order, names, strict=True):
    print(f"{means[i]:.3f} ± {spreads[i]:.3f}  {name}")

# %%
# The same as a picture.

figure, ax = plt.subplots(figsize=(7, 1.2 + 0.2 * len(order)), layout="constrained")
ax.errorbar(means[order], names, xerr=spreads[order], fmt="o", capsize=2)
ax.invert_yaxis()
ax.set(xlabel="accuracy, mean ± std over folds")
figure.suptitle(", ".join(settings[0]), fontsize="medium")

if options.out:
    options.out.mkdir(parents=True, exist_ok=True)
    figure.savefig(options.out / "grid_search.png", dpi=150)
