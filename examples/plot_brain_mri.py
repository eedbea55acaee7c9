"""
Which brain scans should a radiologist read?
============================================

A folder with one sub-folder a class is all that is needed. A convolutional net asks which scans
to label; the class counts show whether it neglects a class.

The folder has ``Training/`` and ``Testing/``, as the "Brain Tumor Classification (MRI)" data set
on Kaggle:

    python examples/plot_brain_mri.py --folder path/to/BrainTumourMRI
"""

import argparse
import os
import sys
from pathlib import Path

from skal import (
    ActiveLearner,
    CNNClassifier,
    LearningCurveDisplay,
    QueriedImagesDisplay,
    load_image_folder,
)

parser = argparse.ArgumentParser(
    description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
)
home = Path(os.environ.get("SKAL_DATA", "."), "BrainTumourMRI")
parser.add_argument("--folder", type=Path, default=home, help="holds Training/ and Testing/")
parser.add_argument("--size", type=int, default=32, help="side of the resized images, in pixels")
parser.add_argument("--budget", type=int, default=320, help="labels in all")
parser.add_argument("--query-size", type=int, default=40, help="labels in each round")
parser.add_argument("--max-epochs", type=int, default=15, help="passes over the labels a round")
parser.add_argument("--out", type=Path, help="folder to save the figures in")
options = parser.parse_args()

# %%
# Images of one size, uint8; grey, for the files have no colour. Damaged files would be refused by
# name.

if not any(options.folder.glob("Training/*/*")):
    sys.exit(f"{options.folder} holds no Training/<class>/<image>; pass the folder with --folder.")
train = load_image_folder(options.folder, size=options.size)
test = load_image_folder(options.folder, subset="test", size=options.size)
print(train.DESCR)

# %%
# Balanced accuracy counts every class alike, however rare. Do not be surprised by low scores: the
# test images of this data set differ from the training images. With 400 random labels, such a net
# had 0.72 on training images that were held out, and 0.41 to 0.44 on the test images.

net = CNNClassifier(channels=(16, 32), max_epochs=options.max_epochs, batch_size=32)
learners = {}
for strategy in ("margin", "random"):
    learner = ActiveLearner(
        net,
        strategy,
        init_size=options.query_size,
        query_size=options.query_size,
        budget=options.budget,
        scoring="balanced_accuracy",
        random_state=0,
    )
    learners[strategy] = learner.fit(
        train.images, train.target, X_test=test.images, y_test=test.target
    )
    print(f"{strategy:7} {learner.history_['test_score'].round(3)}", flush=True)

# %%
# How often each class was asked, over all rounds.

for strategy, learner in learners.items():
    asked = {name: 0 for name in train.target_names}
    for record in learner.history_:
        for label, count in record["class_counts"].items():
            asked[train.target_names[label]] += count
    print(f"{strategy:7} {asked}")

# %%
# The curve, and the scans of the last round.

curves = LearningCurveDisplay.from_histories(learners, score_name="balanced accuracy")
scans = QueriedImagesDisplay.from_history(
    learners["margin"], train.images, train.target, target_names=train.target_names
)

if options.out:
    options.out.mkdir(parents=True, exist_ok=True)
    curves.save(options.out / "brain_mri_curves.png")
    scans.save(options.out / "brain_mri_asked.png")
