"""What a row of the table holds."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """A strategy, arrays in, numbers out; numbers out of a sheet or worked by hand.

    Without arrays, only the generic checks look at it.
    """

    strategy: Any
    arrays: dict[str, Any] = field(default_factory=dict)  # by the names of its needs
    utilities: list[float] | None = None  # of a UtilityStrategy, to 1e-6
    order: list[int] | None = None  # positions asked, best first; None: left to chance
    by_chance: bool = False  # draws at random even where nothing is tied
