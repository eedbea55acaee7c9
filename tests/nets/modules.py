"""Tiny modules that the tests of nets share."""

import numpy as np
import torch
from torch import nn

X = np.random.default_rng(0).normal(size=(90, 5))
Y = (np.arange(90) * 7) % 3
X[:, 0] += 2 * Y  # something to learn
IMAGES = np.random.default_rng(1).integers(0, 256, size=(24, 6, 6), dtype=np.uint8)


class Tiny(nn.Sequential):
    def __init__(self, n_features, n_classes, width=8):
        super().__init__(
            nn.Flatten(), nn.Linear(n_features, width), nn.ReLU(), nn.Linear(width, n_classes)
        )


class Nested(nn.Module):
    """BatchNorm and dropout, inside another module."""

    def __init__(self, n_features=5, n_classes=3, dropout=0.5):
        super().__init__()
        self.body = nn.Sequential(
            nn.Flatten(), nn.Linear(n_features, 8), nn.BatchNorm1d(8), nn.ReLU()
        )
        self.drop = nn.Dropout(dropout)
        self.head = nn.Linear(8, n_classes)

    def forward(self, X):
        return self.head(self.drop(self.body(X)))


class Bare(nn.Module):
    """Weights that no reset_parameters() can draw again."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(5, 3))

    def forward(self, X):
        return X @ self.weight


class Lazy(nn.Sequential):
    def __init__(self, n_classes):
        super().__init__(
            nn.Flatten(), nn.LazyLinear(6), nn.LazyBatchNorm1d(), nn.LazyLinear(n_classes)
        )


def weights(net):
    """Weights and buffers of a fitted classifier, copied."""
    return {k: v.detach().clone() for k, v in net.module_.state_dict().items()}


def same_weights(a, b):
    a, b = (w if isinstance(w, dict) else weights(w) for w in (a, b))
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)
