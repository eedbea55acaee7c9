"""
Labels from people
==================

Nothing is labelled, and a person has an hour. ``query`` says what to look at next, ``teach`` learns
from the answers, and a pickle keeps everything between two sittings. Here a function stands for
the person; it refuses to be asked the same image twice.
"""

import argparse
import pickle
import tempfile
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skal import ActiveLearner, ANNClassifier, QueriedImagesDisplay

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--out", type=Path, help="folder to save the figure in")
parser.add_argument("--small", action="store_true", help="a tiny run, to see that it works")
options = parser.parse_args()
n_rounds = 3 if options.small else 10

images, digits = load_digits(return_X_y=True)
pool, X_test, hidden_labels, y_test = train_test_split(
    (images / 16).astype(np.float32), digits, test_size=500, stratify=digits, random_state=0
)

# %%
# The person: sees an image, says a digit, and sometimes cannot tell.

seen = set()
rng = np.random.default_rng(0)


def ask_person(row):
    if row in seen:
        raise RuntimeError(f"image {row} was asked twice")
    seen.add(row)
    return None if rng.random() < 0.05 else int(hidden_labels[row])


# %%
# The loop. The first rows are drawn at random, as nothing is known yet. Rows that were taught are
# never asked again; those that nobody could answer are kept out with ``candidates``.

learner = ActiveLearner(ANNClassifier(max_epochs=15, lr=0.01), "margin", random_state=0)
unanswered = []
with tempfile.TemporaryDirectory() as folder:
    saved = Path(folder, "learner.pickle")
    for round_ in range(n_rounds):
        candidates = np.setdiff1d(np.arange(len(pool)), unanswered)
        rows = learner.query(pool, 20, candidates=candidates)
        answers = [ask_person(int(row)) for row in rows]
        told = np.array([answer is not None for answer in answers])
        unanswered.extend(rows[~told])
        labels = np.array([answer for answer in answers if answer is not None])
        learner.teach(pool[rows[told]], labels, rows=rows[told])

        # End of the sitting: everything goes to disk, and comes back for the next one.
        saved.write_bytes(pickle.dumps(learner))
        learner = pickle.loads(saved.read_bytes())
        score = learner.score(X_test, y_test)
        print(f"round {round_}: {learner.n_labeled_:3} labels, accuracy {score:.3f}")

print(f"{len(seen)} images looked at, none twice; {len(unanswered)} without an answer")

# %%
# What was asked in the last round.

asked = QueriedImagesDisplay.from_history(learner, pool, hidden_labels, image_shape=(8, 8))

if options.out:
    options.out.mkdir(parents=True, exist_ok=True)
    asked.save(options.out / "human_loop.png")
