"""Query strategies: which rows to label next."""

from skal.strategies import (
    _function,
    adversarial,
    approximation,
    auto,
    bandit,
    bayesian,
    blend,
    boundary,
    cluster,
    committee,
    compose,
    contrast,
    coverage,
    density,
    equivalence,
    geometry,
    gradient,
    graph,
    joint,
    lookahead,
    munro,
    prototypes,
    stochastic,
    strata,
    uncertainty,
    weighted_cluster,
)
from skal.strategies._base import BatchStrategy, Choice, Strategy, UtilityStrategy, top
from skal.strategies._function import FunctionStrategy, QueryFunction, check_strategy
from skal.strategies.adversarial import *  # noqa: F403
from skal.strategies.approximation import *  # noqa: F403
from skal.strategies.auto import *  # noqa: F403
from skal.strategies.bandit import *  # noqa: F403
from skal.strategies.bayesian import *  # noqa: F403
from skal.strategies.blend import *  # noqa: F403
from skal.strategies.boundary import *  # noqa: F403
from skal.strategies.cluster import *  # noqa: F403
from skal.strategies.committee import *  # noqa: F403
from skal.strategies.compose import *  # noqa: F403
from skal.strategies.contrast import *  # noqa: F403
from skal.strategies.coverage import *  # noqa: F403
from skal.strategies.density import *  # noqa: F403
from skal.strategies.equivalence import *  # noqa: F403
from skal.strategies.geometry import *  # noqa: F403
from skal.strategies.gradient import *  # noqa: F403
from skal.strategies.graph import *  # noqa: F403
from skal.strategies.joint import *  # noqa: F403
from skal.strategies.lookahead import *  # noqa: F403
from skal.strategies.munro import *  # noqa: F403
from skal.strategies.prototypes import *  # noqa: F403
from skal.strategies.stochastic import *  # noqa: F403
from skal.strategies.strata import *  # noqa: F403
from skal.strategies.uncertainty import *  # noqa: F403
from skal.strategies.weighted_cluster import *  # noqa: F403

FAMILIES = (
    uncertainty,
    bayesian,
    joint,
    equivalence,
    committee,
    stochastic,
    geometry,
    coverage,
    density,
    cluster,
    weighted_cluster,
    munro,
    strata,
    boundary,
    prototypes,
    gradient,
    approximation,
    adversarial,
    contrast,
    graph,
    lookahead,
    bandit,
    auto,
    blend,
    compose,
)
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
