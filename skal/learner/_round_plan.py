"""What a round is played by: the parameters of a learner, checked together, as objects."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sklearn.base import is_classifier

from skal.evidence import check_provides
from skal.learner._history import History
from skal.learner._initial import check_initial
from skal.learner._modes import TrainingMode, check_mode
from skal.learner._pseudo import PseudoLabels, check_pseudo_labels
from skal.learner._trainer import check_trainable, equal_params
from skal.strategies import Strategy, check_strategy

__all__ = ["RoundPlan", "Training", "check_parts"]


@dataclass(frozen=True)
class RoundPlan:
    """What the parameters of a learner and of one call say, checked together."""

    estimator: Any
    params: Mapping[str, Any]  # of the estimator, deep
    strategy: Strategy
    mode: TrainingMode
    initial: Strategy | None  # None: "stratified", which reads labels
    stopping: Callable[[History], bool] | None = None
    pseudo: PseudoLabels | None = None
    scoring: Any = None
    constants: Mapping[str, Any] = field(default_factory=dict)  # fit parameters of all rows
    test_set: tuple[Any, Any] | None = None
    by_people: bool = False  # then a refused or interrupted call must leave no trace

    @property
    def training(self) -> "Training":
        """What is to be remembered of it once a round was trained."""
        return Training(type(self.estimator), self.params, self.mode, self.constants, self.pseudo)

    @property
    def needs_all_rounds(self) -> bool:
        """Whether the weights of a round come from those of the round before."""
        return self.mode.warm or self.pseudo is not None


@dataclass(frozen=True)
class Training:
    """How a round was trained, and nothing else of its plan: it is pickled with the state."""

    kind: type
    params: Mapping[str, Any]
    mode: TrainingMode
    constants: Mapping[str, Any]
    pseudo: PseudoLabels | None = None

    def is_like(self, other: "Training") -> bool:
        """Tell whether both train alike, so that the rounds of one can be trained by the other."""
        pseudo = self.pseudo, other.pseudo
        pairs = [(self.params, other.params), (self.constants, other.constants)]
        pairs.append((self.mode.get_params(), other.mode.get_params()))
        of_mine, of_other = ({} if p is None else p.get_params() for p in pseudo)
        pairs.append((of_mine, of_other))
        return type(self.mode) is type(other.mode) and all(equal_params(*pair) for pair in pairs)


def check_parts(learner: Any) -> RoundPlan:
    """Make objects of a learner's parameters, and refuse those that cannot work together.

    Parameters
    ----------
    learner : ActiveLearner

    Returns
    -------
    RoundPlan
        Classifier, strategy, mode and the rest; what a call adds is not in it yet.

    Examples
    --------
    >>> from skal import ActiveLearner
    >>> from skal.learner import check_parts
    >>> check_parts(ActiveLearner(strategy="entropy")).strategy
    Entropy()
    """
    for name in ("stopping", "on_round"):
        _check_takes_history(name, getattr(learner, name))
    estimator = learner._estimator()
    if isinstance(estimator, type):  # a class of modules is none any more
        name = estimator.__name__
        raise TypeError(f"estimator must be an object, got the class {name}; pass {name}().")
    strategy, mode = check_strategy(learner.strategy), check_mode(learner.mode)
    if not hasattr(estimator, "fit") or not is_classifier(estimator):
        raise TypeError(
            "estimator must be a classifier, a Pipeline that ends in one, a torch module or a "
            f"skorch net, got {estimator!r}."
        )
    if hasattr(estimator, "teach") and hasattr(estimator, "query"):
        raise TypeError(
            f"estimator must be a classifier that is trained on all rows it is given, got "
            f"{type(estimator).__name__}, which chooses among them; pass the classifier inside, "
            "estimator=learner.estimator."
        )
    check_trainable(estimator, mode)
    check_pseudo_labels(learner.pseudo_labels, estimator, mode)
    check_provides(estimator, strategy.needs().values(), learner.strategy)
    return RoundPlan(
        estimator=estimator,
        params=estimator.get_params(deep=True),
        strategy=strategy,
        mode=mode,
        initial=check_initial(learner.initial),
        stopping=learner.stopping,
        pseudo=learner.pseudo_labels,
        scoring=learner.scoring,
    )


def _check_takes_history(name: str, function: Any) -> None:
    """Refuse a class in place of its object, and a function that cannot be given a history."""
    if isinstance(function, type):
        instead = f"{function.__name__}(...)"
        raise TypeError(
            f"{name} must be an object, got the class {function.__name__}; pass {instead}."
        )
    if function is None:
        return
    try:
        inspect.signature(function).bind(None)
    except ValueError:  # of something built in, which has no signature
        return
    except TypeError:
        raise TypeError(
            f"{name} must be a function of the history, got {function!r}, which takes "
            f"{inspect.signature(function)}; write def {name}(history): ..."
        ) from None
