"""Query strategies: which rows to label next."""

from types import ModuleType as _Module

from skal.strategies._aliases import *  # noqa: F403
from skal.strategies._base import *  # noqa: F403
from skal.strategies._function import *  # noqa: F403
from skal.strategies._names import *  # noqa: F403
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

__all__ = sorted(
    name
    for name, thing in vars().items()
    if not name.startswith("_") and not isinstance(thing, _Module)
)
