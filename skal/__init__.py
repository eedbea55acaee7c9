"""skal: deep active learning that is genuinely scikit-learn."""

from skal.data import (
    DatasetRows,
    ImageFolderPool,
    ImageStandardizer,
    load_fashion_mnist,
    load_image_folder,
    load_mnist,
)
from skal.exceptions import (
    EvidenceError,
    FinishedError,
    ImageError,
    ModeError,
    PoolExhaustedError,
    SkalError,
)
from skal.experiment import Comparison, compare
from skal.learner import (
    ActiveLearner,
    Cumulative,
    HalfCumulative,
    History,
    Incremental,
    Plateau,
    PseudoLabels,
    TargetScore,
)
from skal.nets import ANNClassifier, CNNClassifier, NetClassifier, NetEnsemble
from skal.plotting import (
    ClassBalanceDisplay,
    CriticalDifferenceDisplay,
    DifferenceDisplay,
    InteractivePage,
    LabelsToTargetDisplay,
    LearningCurveDisplay,
    PenaltyMatrixDisplay,
    QueriedImagesDisplay,
    QueryMapDisplay,
    RoundTimeDisplay,
    SimplexDisplay,
    write_report,
)

__version__ = "0.1.0"

__all__ = [
    "ANNClassifier",
    "ActiveLearner",
    "CNNClassifier",
    "ClassBalanceDisplay",
    "Comparison",
    "CriticalDifferenceDisplay",
    "Cumulative",
    "DatasetRows",
    "DifferenceDisplay",
    "EvidenceError",
    "FinishedError",
    "HalfCumulative",
    "History",
    "ImageError",
    "ImageFolderPool",
    "ImageStandardizer",
    "Incremental",
    "InteractivePage",
    "LabelsToTargetDisplay",
    "LearningCurveDisplay",
    "ModeError",
    "NetClassifier",
    "NetEnsemble",
    "PenaltyMatrixDisplay",
    "Plateau",
    "PoolExhaustedError",
    "PseudoLabels",
    "QueriedImagesDisplay",
    "QueryMapDisplay",
    "RoundTimeDisplay",
    "SimplexDisplay",
    "SkalError",
    "TargetScore",
    "compare",
    "load_fashion_mnist",
    "load_image_folder",
    "load_mnist",
    "write_report",
]
