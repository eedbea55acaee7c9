"""What a classifier says about rows: probabilities, scores, logits, its last linear layer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skal._compat import LinearClassifierMixin
from skal.evidence._measure import decision_columns, gives_proba
from skal.evidence._need import SweepBatch, Swept
from skal.measures import log

__all__ = ["Head", "LinearHead", "Logits", "Proba", "Scores"]


@dataclass(frozen=True)
class Proba(Swept):
    """Class probabilities, (n, n_classes), rows summing to 1.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skal.evidence import Evidence, Proba
    >>> X = np.array([[0.0], [1.0], [4.0], [5.0]])
    >>> evidence = Evidence(GaussianNB().fit(X, [0, 0, 1, 1]), X, np.array([1, 2]))
    >>> evidence.arrays({"proba": Proba()})["proba"].round(3)
    array([[1., 0.],
           [0., 1.]])
    """

    words = "probabilities"
    judges = True
    advice: ClassVar[str] = (
        "use strategy='margin', which also reads decision values, or a classifier with "
        "predict_proba, for example wrapped in CalibratedClassifierCV."
    )

    def provided_by(self, classifier: Any) -> bool:
        return gives_proba(classifier)

    def answer(self, classifier: Any, X: Any) -> NDArray[np.floating]:
        return np.asarray(classifier.predict_proba(X))

    def collect(self, batch: SweepBatch) -> Any:
        return batch.proba

    def unseen(self, classifier: Any) -> float:
        return 0.0


@dataclass(frozen=True)
class Scores(Swept):
    """Class scores, (n, n_classes): probabilities, or decision values where there are none.

    A class that the classifier has not seen scores lowest: 0, or minus infinity.
    """

    words = "probabilities or decision values"
    judges = True

    def provided_by(self, classifier: Any) -> bool:
        return gives_proba(classifier) or hasattr(classifier, "decision_function")

    def answer(self, classifier: Any, X: Any) -> NDArray[np.floating]:
        if gives_proba(classifier):
            return np.asarray(classifier.predict_proba(X))
        return decision_columns(classifier, X)

    def collect(self, batch: SweepBatch) -> Any:
        return batch.proba

    def unseen(self, classifier: Any) -> float:
        return 0.0 if gives_proba(classifier) else -np.inf


@dataclass(frozen=True)
class Logits(Swept):
    """Class scores before the softmax, (n, n_classes): a net's outputs, or decision values.

    Classifiers that have neither give log-probabilities. A class that the classifier has not
    seen has minus infinity.
    """

    words = "logits"
    judges = True

    def provided_by(self, classifier: Any) -> bool:
        return gives_proba(classifier) or hasattr(classifier, "decision_function")

    def answer(self, classifier: Any, X: Any) -> NDArray[np.floating]:
        if hasattr(classifier, "decision_function"):
            return decision_columns(classifier, X)
        return log(np.asarray(classifier.predict_proba(X)))  # 0019: with a floor for 0

    def collect(self, batch: SweepBatch) -> Any:
        return batch.outputs

    def unseen(self, classifier: Any) -> float:
        return -np.inf  # the logarithm of its probability, 0


class LinearHead(NamedTuple):
    """The last linear layer of a model, for the classes it has seen.

    Parameters
    ----------
    weight : array of shape (n_seen, n_units)
    bias : array of shape (n_seen,)
    """

    weight: NDArray[np.floating]
    bias: NDArray[np.floating]


@dataclass(frozen=True)
class Head(Swept):
    """The last linear layer, as a `LinearHead` of weight (n_seen, n_units) and bias (n_seen,).

    ``embedding @ weight.T + bias`` are the logits of the classes that the model has seen.
    """

    words = "last layer"
    axis: ClassVar[int | None] = None
    judges = True
    advice: ClassVar[str] = (
        "use a net (ANNClassifier, CNNClassifier, NetClassifier) or a linear classifier."
    )

    def provided_by(self, classifier: Any) -> bool:
        return isinstance(classifier, LinearClassifierMixin)

    def answer(self, classifier: Any, X: Any) -> LinearHead:
        weight, bias = classifier.coef_, np.atleast_1d(classifier.intercept_)
        weight = np.atleast_2d(weight.toarray() if hasattr(weight, "toarray") else weight)
        # weight is sparse after `sparsify`; without an intercept some classifiers hold a single 0
        if len(weight) == 1:  # of two classes a linear classifier holds one row
            weight = np.concatenate([np.zeros_like(weight), weight])
            bias = np.concatenate([np.zeros(1), bias])
        return LinearHead(weight, np.broadcast_to(bias, len(weight)))

    def collect(self, batch: SweepBatch) -> tuple[Any, Any]:
        return batch.last_layer  # tensors: nothing is copied before the last batch

    def join(self, parts: Sequence[Any]) -> LinearHead:
        weight, bias = parts[0]
        # a tensor's array shares its memory: it would change when the net trains on
        return LinearHead(np.asarray(weight).copy(), np.asarray(bias).copy())
