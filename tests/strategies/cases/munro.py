"""Munro's family of diversity sampling."""

import numpy as np

from skal.strategies import (
    AdaptiveRepresentative,
    ClusterBased,
    ModelOutliers,
    Representative,
    RepresentativeClusters,
)
from tests.strategies.cases._case import Case

KNOWN = np.array([[1.0, 0.0], [2.0, 1.0], [3.0, 2.0], [4.0, 4.0]])
LOGITS = np.array([[2.5, 3.0], [0.0, 5.0], [3.0, 0.5]])
POOL = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0], [0.6, 0.8]])

CASES: dict[str, Case] = {
    "model_outliers": Case(
        ModelOutliers(),
        {"logits": LOGITS, "known_logits": KNOWN},
        [0.333333, 0.5, 0.583333],
        [2, 1, 0],
    ),
    "representative": Case(
        Representative(),
        {"embedding": POOL, "labeled_embedding": POOL[:1]},
        [-0.292893, 0.189949, 0.707107, 0.389949],
        [2, 3, 1, 0],
    ),
    "representative with nothing labelled": Case(
        Representative(),
        {"embedding": POOL[:3], "labeled_embedding": POOL[:0]},  # the mean points to (1.8, 1.6)
        [0.747409, 0.996546, 0.664364],
        [1, 0, 2],
    ),
    "adaptive_representative": Case(
        AdaptiveRepresentative(),
        {"embedding": POOL, "labeled_embedding": POOL[:1]},
        order=[2, 0, 3],
    ),
    "munro_clusters": Case(ClusterBased(), by_chance=True),
    "representative_clusters": Case(RepresentativeClusters(), by_chance=True),
}  # fmt: skip
