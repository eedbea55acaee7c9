"""Draw what strategies ask for in the plane: python docs/make_strategy_pictures.py

Every panel shows one round in the same pool: grey dots are open rows, large shapes the labelled
rows with a shape and colour for each class, the tints what a small net predicts, and the numbers
the rows asked for, in the order of asking. Everything goes to docs/user/img.
"""

from math import ceil
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.colors import ListedColormap
from PIL import Image
from sklearn.datasets import make_moons
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from skal import ANNClassifier, NetEnsemble, SimplexDisplay, strategies
from skal.evidence import Evidence, Inputs
from skal.strategies import (
    ALBL,
    Blend,
    ClassQuota,
    Entropy,
    Funnel,
    InformationDensity,
    LeastConfidence,
    Margin,
    Power,
    Product,
    RankedBatch,
    Ratio,
    RealWorldDiversity,
    Skip,
    Softmax,
    SoftRank,
    Subsample,
    check_strategy,
)

IMAGES = Path(__file__).parent / "user" / "img"
N_ASKED = 12
N_COLUMNS = 4
COLOURS = ("#0072B2", "#D55E00", "#009E73")
TINTS = ListedColormap(["#D3E4F0", "#F8E0CF", "#CFE9E1"])
SHAPES = ("o", "s", "^")
PLANE = Inputs()  # distances are those that the picture shows


class Scene:
    """A pool in the plane, a few labelled rows, and three models trained on them."""

    def __init__(self):
        rng = np.random.default_rng(3)
        moons, side = make_moons(240, noise=0.13, random_state=3)
        blob = rng.normal([1.6, 0.7], 0.33, size=(70, 2))
        strays = rng.uniform([-1.5, -1.0], [2.7, 1.6], size=(8, 2))
        X = np.concatenate([moons, blob, strays])
        self.X = StandardScaler().fit_transform(X).astype(np.float32)
        self.y = np.concatenate([side, np.full(70, 2), rng.integers(2, size=8)])
        self.labeled = np.concatenate([rng.permutation(240)[:11], 240 + np.arange(3)])
        self.open = np.setdiff1d(np.arange(len(X)), self.labeled)
        net = ANNClassifier(
            32, n_hidden=2, dropout=0.25, max_epochs=150, batch_size=16, lr=0.01, random_state=0
        )
        known = self.X[self.labeled], self.y[self.labeled]
        self.net = net.fit(*known)
        self.linear = LogisticRegression().fit(*known)
        self.committee = NetEnsemble(net, 5, random_state=0).fit(*known)

    def ask(self, strategy, model):
        """Rows that a strategy asks for, in the order of asking."""
        evidence = Evidence(
            model,
            self.X,
            self.open,
            classes=model.classes_,
            X_labeled=self.X,
            rows_labeled=self.labeled,
            y_labeled=self.y[self.labeled],
            rounds=np.zeros(len(self.labeled), dtype=int),
            past={},
        )
        choice = check_strategy(strategy).choose(evidence, N_ASKED, np.random.default_rng(0))
        return self.open[choice.positions]

    def draw(self, ax, title, strategy, model):
        """Draw one panel."""
        low, high = self.X.min(axis=0) - 0.2, self.X.max(axis=0) + 0.2
        grid = np.stack(np.meshgrid(*np.linspace(low, high, 120).T, indexing="xy"), axis=-1)
        regions = model.predict(grid.reshape(-1, 2).astype(np.float32)).reshape(grid.shape[:2])
        extent = (low[0], high[0], low[1], high[1])
        ax.imshow(
            regions, TINTS, origin="lower", extent=extent, vmin=0, vmax=2, interpolation="nearest"
        )
        ax.plot(*self.X[self.open].T, ".", color="0.4", markersize=2.2, markeredgewidth=0)
        for k in range(3):
            known = self.X[self.labeled[self.y[self.labeled] == k]]
            style = {"markersize": 4, "markeredgecolor": "white", "markeredgewidth": 0.5}
            ax.plot(*known.T, SHAPES[k], color=COLOURS[k], **style)
        asked = self.X[self.ask(strategy, model)]
        ax.plot(
            *asked.T, "o", color="white", markersize=5.5, markeredgecolor="k", markeredgewidth=0.5
        )
        for order, place in enumerate(asked, start=1):
            ax.text(*place, str(order), ha="center", va="center_baseline", fontsize=4, zorder=4)
        ax.set_title(title, fontsize=7, pad=2)
        ax.set(xticks=[], yticks=[], aspect="auto", xlim=extent[:2], ylim=extent[2:])
        for spine in ax.spines.values():
            spine.set_linewidth(0.4)


def draw_page(scene, name, panels):
    """Write one picture: a panel a strategy."""
    n_rows = ceil(len(panels) / N_COLUMNS)
    figure, grid = plt.subplots(
        n_rows, N_COLUMNS, figsize=(7, 1.55 * n_rows), layout="constrained", squeeze=False
    )
    for ax in grid.ravel()[len(panels) :]:
        ax.remove()
    for ax, (title, strategy) in zip(grid.ravel(), panels.items()):
        model = getattr(scene, MODELS.get(title, "net"))
        scene.draw(ax, title, strategy, model)
    write(figure, name)


def write(figure, name):
    """Save as PNG without the name of the program that wrote it; say how large it is."""
    path = IMAGES / f"{name}.png"
    figure.savefig(
        path,
        dpi=150,
        bbox_inches="tight",
        pad_inches=0.02,
        metadata={"Software": None},
    )
    plt.close(figure)
    Image.open(path).convert("RGB").quantize(128, dither=0).save(path, optimize=True)  # a third
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


def in_plane(name, **parameters):
    """A strategy by its class, with distances in the plane."""
    return getattr(strategies, name)(**parameters, space=PLANE)


def side(X):
    """Left or right half of the plane, as one column."""
    return np.where(X[:, :1] < 0, "l", "r")


UNCERTAINTY = {
    "random": "random",
    "least_confidence": "least_confidence",
    "margin": "margin",
    "ratio": "ratio",
    "entropy": "entropy",
    "Entropy(temperature=0.3)": Entropy(temperature=0.3),
    'Skip("margin", n_skip=20)': Skip("margin", n_skip=20),
    'Subsample("margin", 100)': Subsample("margin", max_candidates=100),
}
BAYESIAN = {
    name: name
    for name in (
        "predictive_entropy",
        "expected_entropy",
        "bald",
        "variation_ratio",
        "mean_std",
        "batch_bald",
        "epig",
        "balance",
        "batch_balance",
        "vote_entropy",
        "consensus_entropy",
        "mean_disagreement",
        "max_disagreement",
    )
} | {
    'Power("bald")': Power("bald"),
    'Softmax("bald")': Softmax("bald"),
    'SoftRank("bald")': SoftRank("bald"),
}
MODELS = dict.fromkeys(
    ("vote_entropy", "consensus_entropy", "mean_disagreement", "max_disagreement"), "committee"
) | {"expected_error_reduction": "linear"}  # a net would be trained some hundred times
DIVERSITY = {
    "k_center": in_plane("KCenter"),
    "lightweight_coreset": in_plane("LightweightCoreset"),
    "cdal": "cdal",
    "facility_location": in_plane("FacilityLocation"),
    "kernel_herding": in_plane("KernelHerding"),
    "prob_cover": in_plane("ProbCover", delta=0.35, normalize=False),
    "information_density": InformationDensity(similarity="euclidean", space=PLANE),
    "ranked_batch": RankedBatch(space=PLANE),
    "kmeans": in_plane("KMeansSampling"),
    "typiclust": in_plane("TypiClust"),
    "diverse_mini_batch": in_plane("DiverseMiniBatch"),
    "clue": in_plane("CLUE"),
    "cluster_margin": in_plane("ClusterMargin"),
    "drop_query": "drop_query",
    "munro_clusters": in_plane("ClusterBased"),
    "model_outliers": "model_outliers",
    "representative": in_plane("Representative"),
    "adaptive_representative": in_plane("AdaptiveRepresentative"),
    "representative_clusters": in_plane("RepresentativeClusters"),
}
HYBRID = {
    name: name
    for name in (
        "badge",
        "egl",
        "bait",
        "acs_fw",
        "sparse_approximation",
        "deepfool",
        "bim",
        "cal",
        "falcun",
        "mase",
        "base",
        "fre",
        "feature_sim",
        "galaxy",
        "expected_error_reduction",
    )
}
COMPOSITION = {
    'Blend(["margin", density])': Blend(
        ["margin", InformationDensity(similarity="euclidean", space=PLANE)]
    ),
    'Product(["margin", density])': Product(
        ["margin", InformationDensity(similarity="euclidean", space=PLANE)]
    ),
    'Funnel("margin", kmeans, keep=5)': Funnel("margin", in_plane("KMeansSampling"), keep=5),
    'ClassQuota("margin")': ClassQuota("margin"),
    "RealWorldDiversity(side)": RealWorldDiversity(side, "margin", targets={"l": 1, "r": 1}),
    'ALBL(["margin", k_center])': ALBL(["margin", in_plane("KCenter")]),
    'Skip("margin", n_skip=20)': Skip("margin", n_skip=20),
    'Subsample("margin", 100)': Subsample("margin", max_candidates=100),
}
MEASURES = {
    "least_confidence": LeastConfidence(),
    "margin": Margin(),
    "ratio": Ratio(),
    "entropy": Entropy(),
}


def main():
    """Draw all pictures of the user guide's pages on strategies."""
    IMAGES.mkdir(exist_ok=True)
    scene = Scene()
    draw_page(scene, "strategies_uncertainty", UNCERTAINTY)
    draw_page(scene, "strategies_bayesian", BAYESIAN)
    draw_page(scene, "strategies_diversity", DIVERSITY)
    draw_page(scene, "strategies_hybrid", HYBRID)
    draw_page(scene, "strategies_composition", COMPOSITION)
    write(SimplexDisplay.from_strategies(MEASURES).figure_, "simplex")


if __name__ == "__main__":
    main()
