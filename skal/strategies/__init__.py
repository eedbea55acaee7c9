"""Query strategies: which rows to label next."""

from skal.strategies import _function, compose, uncertainty
from skal.strategies._base import BatchStrategy, Choice, Strategy, UtilityStrategy, top
from skal.strategies._function import FunctionStrategy, QueryFunction, check_strategy
from skal.strategies.compose import *  # noqa: F403
from skal.strategies.uncertainty import *  # noqa: F403

FAMILIES = (uncertainty, compose)
STRATEGIES = _function.STRATEGIES
STRATEGIES.update(
    {
        strategy.name: strategy
        for family in FAMILIES
        for strategy in (getattr(family, name) for name in family.__all__)
        if getattr(strategy, "name", None)
    }
)

__all__ = [
    "STRATEGIES",
    "BatchStrategy",
    "Choice",
    "FunctionStrategy",
    "QueryFunction",
    "Strategy",
    "UtilityStrategy",
    "check_strategy",
    "top",
]
__all__ += [name for family in FAMILIES for name in family.__all__]
