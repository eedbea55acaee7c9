"""
Which digits should be labelled?
================================

Two learners spend the same number of labels on the digits of scikit-learn: one asks where it is
unsure, one asks at random. ``fit`` plays the whole loop, with the known labels as the answers.
"""

import argparse
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skal import ActiveLearner, ANNClassifier, LearningCurveDisplay, QueriedImagesDisplay

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--out", type=Path, help="folder to save the figures in")
parser.add_argument("--small", action="store_true", help="a tiny run, to see that it works")
options = parser.parse_args()
budget, max_epochs = (60, 3) if options.small else (300, 25)

# %%
# A pool of images whose labels are known, and a test set that is never asked.

images, digits = load_digits(return_X_y=True)
X, X_test, y, y_test = train_test_split(
    (images / 16).astype(np.float32), digits, test_size=500, stratify=digits, random_state=0
)

# %%
# The loop is one estimator. After 20 random labels it asks 20 a round, until the budget is spent.

net = ANNClassifier(hidden_dim=64, max_epochs=max_epochs, lr=0.01)
learners = {}
for strategy in ("margin", "random"):
    learner = ActiveLearner(
        net, strategy, init_size=20, query_size=20, budget=budget, random_state=0
    )
    learners[strategy] = learner.fit(X, y, X_test=X_test, y_test=y_test)
    print(f"{strategy:7} {learner.history_['test_score'].round(3)}")

# %%
# The history has one record a round: scores, rows asked, utilities, class counts and seconds.

print(learners["margin"].history_.to_frame()[["round", "n_labeled", "test_score", "fit_seconds"]])

# %%
# Score against labels, and the images of the last round with their true labels and utilities.

curves = LearningCurveDisplay.from_histories(learners, score_name="test accuracy")
asked = QueriedImagesDisplay.from_history(learners["margin"], X, y, image_shape=(8, 8))

if options.out:
    options.out.mkdir(parents=True, exist_ok=True)
    curves.save(options.out / "quickstart_curves.png")
    asked.save(options.out / "quickstart_asked.png")
