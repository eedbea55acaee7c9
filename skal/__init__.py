"""skal: deep active learning that is genuinely scikit-learn."""

from skal.data import (
    DatasetRows,
    ImageStandardizer,
    load_fashion_mnist,
    load_image_folder,
    load_mnist,
)
from skal.exceptions import EvidenceError, ModeError, PoolExhaustedError, SkalError
from skal.learner import (
    ActiveLearner,
    Cumulative,
    HalfCumulative,
    History,
    Incremental,
    Plateau,
    TargetScore,
)
from skal.nets import ANNClassifier, CNNClassifier, NetClassifier, NetEnsemble
from skal.plotting import LearningCurveDisplay, QueriedImagesDisplay, SimplexDisplay

__version__ = "0.1.0"

__all__ = [
    "ANNClassifier",
    "ActiveLearner",
    "CNNClassifier",
    "Cumulative",
    "DatasetRows",
    "EvidenceError",
    "HalfCumulative",
    "History",
    "ImageStandardizer",
    "Incremental",
    "LearningCurveDisplay",
    "ModeError",
    "NetClassifier",
    "NetEnsemble",
    "Plateau",
    "PoolExhaustedError",
    "QueriedImagesDisplay",
    "SimplexDisplay",
    "SkalError",
    "TargetScore",
    "load_fashion_mnist",
    "load_image_folder",
    "load_mnist",
]
