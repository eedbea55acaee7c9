"""Cluster the pool, or its uncertain rows, and ask within the clusters."""

import numpy as np

from skal.strategies.cluster import KMeansSampling, TypiClust
from skal.strategies.weighted_cluster import CLUE, ClusterMargin, DiverseMiniBatch, DropQuery
from tests.strategies.cases._case import Case

LINE = np.array([[0.0], [1.0], [2.0], [10.0], [12.0]])
WEIGHTS = np.array([0.1, 0.9, 0.5, 0.2, 0.6])
DOUBTED = np.column_stack([1 - WEIGHTS / 2, WEIGHTS / 2])  # 1 - margin is the weight
PAIRS = np.array([[0.0], [0.1], [0.2], [0.5], [9.0], [9.1], [9.2], [9.5], [9.6]])

MARGINS = np.array([0.05, 0.5, 0.10, 0.01, 0.02, 0.3, 0.04, 0.2])
THREE = np.array([[0.0], [0.1], [0.2], [9.0], [9.1], [9.2], [20.0], [20.1]])
SCORES = np.column_stack([(1 + MARGINS) / 2, (1 - MARGINS) / 2])

# k-means draws its first centres: on other rows than these well separated ones chance decides
CASES: dict[str, Case] = {
    "kmeans": Case(KMeansSampling(), by_chance=True),
    "kmeans of two clusters": Case(
        KMeansSampling(), {"embedding": LINE}, order=[1, 3], by_chance=True
    ),
    "typiclust": Case(TypiClust(), by_chance=True),
    "typiclust of two clusters": Case(
        TypiClust(min_size=0),
        {"embedding": PAIRS, "labeled_embedding": PAIRS[:0]},
        order=[5, 1],
        by_chance=True,
    ),
    "typiclust with a label in the larger": Case(
        TypiClust(min_size=0, max_clusters=2),
        {"embedding": PAIRS, "labeled_embedding": PAIRS[4:5]},
        order=[1],
        by_chance=True,
    ),
    "diverse_mini_batch": Case(DiverseMiniBatch(), by_chance=True),
    "diverse_mini_batch of two clusters": Case(
        DiverseMiniBatch(), {"proba": DOUBTED, "embedding": LINE}, order=[1, 4], by_chance=True
    ),
    "clue": Case(CLUE(), by_chance=True),
    "clue of two clusters": Case(
        CLUE(), {"proba": DOUBTED, "embedding": LINE}, order=[1, 4], by_chance=True
    ),
    "cluster_margin": Case(ClusterMargin(), by_chance=True),
    "cluster_margin by margin": Case(
        ClusterMargin(factor=5 / 3, distance=1.0, within="margin"),
        {"scores": SCORES, "embedding": THREE},
        order=[6, 0, 3],
        by_chance=True,  # clusters of equal counts come in the order of the pool
    ),
    "drop_query": Case(DropQuery(), by_chance=True),
}  # fmt: skip
