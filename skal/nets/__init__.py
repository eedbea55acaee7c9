"""PyTorch nets that are scikit-learn classifiers."""

from skal.nets._ann import ANNClassifier, ANNModule
from skal.nets._classifier import NetClassifier
from skal.nets._cnn import CNNClassifier, CNNModule, cnn_params
from skal.nets._ensemble import NetEnsemble
from skal.nets._rows import plain_rows
from skal.nets._skorch import SkorchClassifier, as_classifier

__all__ = [
    "ANNClassifier",
    "ANNModule",
    "CNNClassifier",
    "CNNModule",
    "NetClassifier",
    "NetEnsemble",
    "SkorchClassifier",
    "as_classifier",
    "cnn_params",
    "plain_rows",
]
