"""Draw the pictures of the page on plotting from real runs: python docs/make_plot_gallery.py

Four learners on scikit-learn's digits, and on smaller data sets for the pictures that need several;
about two minutes. Everything goes to docs/user/img.
"""

from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt
from PIL import Image
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from skal import ActiveLearner, compare
from skal.evidence import Inputs
from skal.plotting import (
    ClassBalanceDisplay,
    CriticalDifferenceDisplay,
    DifferenceDisplay,
    LabelsToTargetDisplay,
    LearningCurveDisplay,
    PenaltyMatrixDisplay,
    QueriedImagesDisplay,
    QueryMapDisplay,
    RoundTimeDisplay,
)
from skal.strategies import KCenter, TypiClust

IMAGES = Path(__file__).parent / "user" / "img"
STRATEGIES = {
    "random": "random",
    "margin": "margin",
    "k_center": KCenter(space=Inputs()),
    "typiclust": TypiClust(space=Inputs()),
}
DPI = 150  # of a figure 3.5 inches wide: as large as in print


def learners(init_size, query_size, budget):
    """One learner a strategy, all else being equal."""
    how = {"init_size": init_size, "query_size": query_size, "budget": budget}
    model = LogisticRegression(max_iter=500)
    return {name: ActiveLearner(model, strategy, **how) for name, strategy in STRATEGIES.items()}


def small_data():
    """Six small data sets; rows as scikit-learn's models like them."""
    X, y = load_digits(return_X_y=True)
    found = {
        f"digits {a} to {b}": (X[rows] / 16, y[rows])
        for a, b in [(0, 3), (2, 6), (4, 7), (6, 9)]
        for rows in [np.flatnonzero((y >= a) & (y <= b))]
    }
    for load in (load_breast_cancer, load_wine):
        X, y = load(return_X_y=True)
        found[load.__name__.removeprefix("load_")] = (StandardScaler().fit_transform(X), y)
    return found


def write(name, display):
    """Save a picture, and say how large it is."""
    path = display.save(IMAGES / f"plot_{name}.png", dpi=DPI)
    plt.close(display.figure_)
    Image.open(path).convert("RGB").quantize(128, dither=0).save(path, optimize=True)  # a third
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


def main():
    """Play the comparisons, then draw."""
    X, y = load_digits(return_X_y=True)
    X = X / 16
    one = compare(learners(20, 20, 300), X, y, n_repeats=5, verbose=0)
    several = compare(learners(10, 5, 60), small_data(), n_repeats=5, verbose=0)

    everything = LogisticRegression(max_iter=500).fit(X[::2], y[::2]).score(X[1::2], y[1::2])
    levels = {"reference": {"half of all labels": everything}, "target": {"wanted": 0.9}}
    curves = LearningCurveDisplay.from_comparison
    write("learning_curve", curves(one, **levels))
    write("seconds", curves(one, x="seconds", xscale="log"))
    write("difference", DifferenceDisplay.from_comparison(one))
    write("labels_to_target", LabelsToTargetDisplay.from_comparison(one, target=0.9))
    write("class_balance", ClassBalanceDisplay.from_comparison(one))
    write("round_time", RoundTimeDisplay.from_comparison(one))
    write("query_map", QueryMapDisplay.from_comparison(one, X))
    asked = {"learner": "margin", "image_shape": (8, 8)}
    write("queried_images", QueriedImagesDisplay.from_comparison(one, X, y, **asked))
    write("penalties", PenaltyMatrixDisplay.from_comparison(several))
    write("ranks", CriticalDifferenceDisplay.from_comparison(several))


if __name__ == "__main__":
    main()
