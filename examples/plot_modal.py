"""
modAL's query functions in skal, and skal's strategies in modAL
===============================================================

A query function of modAL is a strategy as it is, and ``to_modal`` makes a query function of any
strategy. The learner stays skal's: the learners of modAL 0.4.1 cannot be trained with the
scikit-learn of today.
"""

import argparse
from pathlib import Path

import numpy as np
from modAL.disagreement import vote_entropy_sampling
from modAL.uncertainty import entropy_sampling, margin_sampling
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

from skal import ActiveLearner, LearningCurveDisplay
from skal.interop.modal import to_modal

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--out", type=Path, help="folder to save the figure in")
parser.add_argument("--small", action="store_true", help="a tiny run, to see that it works")
options = parser.parse_args()
budget = 40 if options.small else 150

X, y = load_digits(return_X_y=True)
X, X_test, y, y_test = train_test_split(X / 16, y, test_size=500, stratify=y, random_state=0)

# %%
# From modAL: pass the function itself. Functions for committees need an ensemble.

forest = RandomForestClassifier(n_estimators=20)
logistic = LogisticRegression(max_iter=1000)
settings = {
    "modAL margin": (logistic, margin_sampling),
    "modAL entropy": (logistic, entropy_sampling),
    "modAL vote entropy, forest": (forest, vote_entropy_sampling),
    "skal margin": (logistic, "margin"),
}
learners = {}
for name, (classifier, strategy) in settings.items():
    learner = ActiveLearner(
        classifier, strategy, init_size=20, query_size=10, budget=budget, random_state=0
    )
    learners[name] = learner.fit(X, y, X_test=X_test, y_test=y_test)
    print(f"{name:27} {learner.history_['test_score'][-1]:.3f}")

# %%
# To modAL: a function that takes a classifier and a pool, and returns rows of it.

query_strategy = to_modal("entropy", random_state=0)
fitted = logistic.fit(X[:100], y[:100])
rows = query_strategy(fitted, X[100:], n_instances=5)
if isinstance(rows, tuple):  # modAL 0.4.2 and later take rows and utilities
    rows = rows[0]
print("skal's entropy asks for rows", np.asarray(rows) + 100)

# %%
# The curves.

curves = LearningCurveDisplay.from_histories(learners, score_name="test accuracy")

if options.out:
    options.out.mkdir(parents=True, exist_ok=True)
    curves.save(options.out / "modal.png")
