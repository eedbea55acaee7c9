"""Uncertainty sampling: ask where the classifier is least sure."""

from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skal._compat import Interval
from skal.evidence import Evidence, Need, Proba, Scores
from skal.measures import entropy, margin, row_max, temper, top_two
from skal.strategies._base import Choice, Strategy, UtilityStrategy

__all__ = ["Entropy", "LeastConfidence", "Margin", "Random", "Ratio"]

Floats = NDArray[np.floating]
SHAPE: dict[str, list[Any]] = {  # parameters of the measures that read a temperature
    "normalize": ["boolean"],
    "temperature": [Interval(Real, 0, None, closed="neither")],
}


class Random(Strategy):
    """Ask rows drawn uniformly: the baseline of every comparison.

    Notes
    -----
    Time O(n); memory O(n).
    Use where labels must stand for the pool, as in a test set, or as the baseline.
    Avoid where a measured strategy saves labels on data like yours.

    References
    ----------
    Settles (2009), "Active learning literature survey", TR 1648, sec. 1.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.evidence import Evidence
    >>> from skal.strategies import Random
    >>> pool = Evidence(None, np.eye(5), np.arange(5))
    >>> len(set(Random().choose(pool, 3, np.random.default_rng(0)).positions))
    3
    """

    name: ClassVar[str] = "random"

    def needs(self) -> dict[str, Need]:
        return {}

    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        positions = rng.choice(len(evidence), size=n, replace=False)
        chance = 1 / (len(evidence) - np.arange(n))  # each among those that are left
        return Choice(positions, np.full(n, np.nan), chance=chance)


class LeastConfidence(UtilityStrategy):
    """Ask first where the likeliest class is least likely.

    Parameters
    ----------
    normalize : bool, default=False
        Scale the utility to [0, 1]; the order stays.
    temperature : float > 0, default=1.0
        Softmax temperature; can change the order between rows.

    Notes
    -----
    Utility is 1 - p(1), in [0, 1 - 1/n_classes].
    Time O(n c); memory O(n).
    Use where the likeliest class is what counts, as when it is taken without a second look.
    Avoid where there are many classes and few labels: rows between many classes come first.

    References
    ----------
    Lewis, Gale (1994), "A sequential algorithm for training text classifiers", SIGIR;
    Munro (2021), "Human-in-the-Loop Machine Learning", ch. 3, for the normalised form.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import LeastConfidence
    >>> LeastConfidence().utility(np.array([[0.7, 0.2, 0.1], [0.4, 0.35, 0.25]])).round(6)
    array([0.3, 0.6])
    """

    name: ClassVar[str] = "least_confidence"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = SHAPE

    def __init__(self, normalize: bool = False, temperature: float = 1.0):
        self.normalize = normalize
        self.temperature = temperature

    def needs(self) -> dict[str, Need]:
        return {"proba": Proba()}

    def utility(self, proba: Floats) -> Floats:
        unsure = 1 - row_max(temper(proba, self.temperature))
        n_classes = proba.shape[1]
        return unsure * n_classes / (n_classes - 1) if self.normalize and n_classes > 1 else unsure


class Margin(UtilityStrategy):
    """Ask first where the two likeliest classes are nearly tied.

    Works with decision values too, for classifiers that have no probabilities.

    Parameters
    ----------
    normalize : bool, default=False
        Utility 1 - (p(1) - p(2)) in [0, 1] instead; the order stays.
    temperature : float > 0, default=1.0
        Softmax temperature; can change the order between rows. Needs probabilities.

    Notes
    -----
    Utility is minus the gap p(1) - p(2), in [-1, 0]; 0 is a tie.
    Time O(n c); memory O(n).
    Use where the classifier ranks its classes well and batches are small.
    Avoid where labels are very few, or batches hold many near duplicates.

    References
    ----------
    Scheffer, Decomain, Wrobel (2001), "Active hidden Markov models for information extraction",
    IDA.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import Margin
    >>> Margin().utility(np.array([[0.5, 0.49, 0.01], [0.4, 0.35, 0.25]])).round(6)
    array([-0.01, -0.05])
    """

    name: ClassVar[str] = "margin"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = SHAPE

    def __init__(self, normalize: bool = False, temperature: float = 1.0):
        self.normalize = normalize
        self.temperature = temperature

    @property
    def never_positive(self) -> bool:
        return not self.normalize

    def needs(self) -> dict[str, Need]:
        # 0003: decision values will do for a gap, but have no temperature
        return {"scores": Scores() if self.temperature == 1.0 else Proba()}

    def utility(self, scores: Floats) -> Floats:
        gap = margin(scores if self.temperature == 1.0 else temper(scores, self.temperature))
        return 1 - gap if self.normalize else -gap


class Ratio(UtilityStrategy):
    """Ask first where the second likeliest class is almost as likely as the likeliest.

    Unlike the margin, the order does not depend on the softmax temperature.

    Notes
    -----
    Utility is p(2) / p(1), in [0, 1]; 1 is a tie.
    Time O(n c); memory O(n).
    Use where probabilities are badly calibrated: no temperature changes the order.
    Avoid where margin does as well; with two classes they agree.

    References
    ----------
    Munro (2021), "Human-in-the-Loop Machine Learning", ch. 3.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import Ratio
    >>> Ratio().utility(np.array([[0.5, 0.49, 0.01], [0.4, 0.35, 0.25]])).round(6)
    array([0.98 , 0.875])
    """

    name: ClassVar[str] = "ratio"

    def needs(self) -> dict[str, Need]:
        return {"proba": Proba()}

    def utility(self, proba: Floats) -> Floats:
        first, second = top_two(proba)
        return second / first  # the largest of a row is never 0


class Entropy(UtilityStrategy):
    """Ask first where the class probabilities are most spread out.

    Reads all classes, so it favours rows with many small alternatives where the margin does not.

    Parameters
    ----------
    normalize : bool, default=False
        Divide by log(n_classes): utility in [0, 1]; the order stays.
    temperature : float > 0, default=1.0
        Softmax temperature; can change the order between rows.

    Notes
    -----
    Utility is the Shannon entropy in nats, in [0, log(n_classes)].
    Time O(n c); memory O(n).
    Use where all classes count alike and are few.
    Avoid where there are many classes: uncertainty among those that do not matter decides.

    References
    ----------
    Settles (2009), "Active learning literature survey", TR 1648, sec. 3.1.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.strategies import Entropy
    >>> Entropy(normalize=True).utility(np.array([[0.5, 0.5], [1.0, 0.0]])).round(6)
    array([1., 0.])
    """

    name: ClassVar[str] = "entropy"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = SHAPE

    def __init__(self, normalize: bool = False, temperature: float = 1.0):
        self.normalize = normalize
        self.temperature = temperature

    def needs(self) -> dict[str, Need]:
        return {"proba": Proba()}

    def utility(self, proba: Floats) -> Floats:
        return entropy(temper(proba, self.temperature), normalize=self.normalize)
