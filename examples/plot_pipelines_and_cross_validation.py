"""
Pipelines and cross-validation
==============================

The learner is a scikit-learn estimator: it stands inside a Pipeline, holds one, and can be
cross-validated. Each fold plays its own loop on its own pool.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import sklearn
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal import ActiveLearner

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--out", type=Path, help="folder to save the figure in")
parser.add_argument("--small", action="store_true", help="a tiny run, to see that it works")
options = parser.parse_args()
budgets = (40, 60) if options.small else (50, 100, 150, 200)
folds = StratifiedKFold(2 if options.small else 5)

X, y = load_digits(return_X_y=True)

# %%
# A Pipeline as the classifier: in each round the scaler is fitted anew, on the labelled rows only.

inside = ActiveLearner(
    make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
    init_size=30,
    query_size=10,
    budget=100,
    random_state=0,
)
print(f"scaler inside   {cross_val_score(inside, X, y, cv=folds).mean():.3f}")

# %%
# The learner in a Pipeline: the scaler is fitted once, on the whole pool, which needs no labels.

learner = ActiveLearner(
    LogisticRegression(max_iter=1000), init_size=30, query_size=10, budget=100, random_state=0
)
outside = make_pipeline(StandardScaler(), learner)
print(f"scaler outside  {cross_val_score(outside, X, y, cv=folds).mean():.3f}")

# %%
# A test set for the learner inside must pass through the scaler too: with metadata routing,
# ``transform_input`` names what is to be transformed.

X_pool, X_test, y_pool, y_test = train_test_split(X, y, stratify=y, random_state=0)
with sklearn.config_context(enable_metadata_routing=True):
    learner = learner.set_fit_request(X_test=True, y_test=True)
    outside = make_pipeline(StandardScaler(), learner, transform_input=["X_test"])
    outside.fit(X_pool, y_pool, X_test=X_test, y_test=y_test)
print(outside[-1].history_["test_score"].round(3))

# %%
# Is the margin better than random at every budget? Score over the folds, for each budget.

figure, ax = plt.subplots(layout="constrained")
for strategy, shift in (("margin", -1), ("random", 1)):  # aside, so that the bars do not overlap
    means, spreads = [], []
    for budget in budgets:
        setting = ActiveLearner(
            make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
            strategy,
            init_size=30,
            query_size=10,
            budget=budget,
            random_state=0,
        )
        scores = cross_val_score(setting, X, y, cv=folds)
        means.append(scores.mean())
        spreads.append(scores.std(ddof=1))
    ax.errorbar(np.add(budgets, shift), means, yerr=spreads, marker="o", capsize=3, label=strategy)
ax.set(xlabel="labels", ylabel="accuracy, mean ± std over folds")
ax.legend(loc="lower right")

if options.out:
    options.out.mkdir(parents=True, exist_ok=True)
    figure.savefig(options.out / "cross_validation.png", dpi=150)
