"""Strategies that hold other strategies: their parts, their needs and their utilities."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from skal.evidence import Need
from skal.strategies._base import Strategy, UtilityStrategy, checked_needs
from skal.strategies._checked import as_utilities, check_finite, sharing
from skal.strategies._function import as_strategy

__all__ = ["Holder", "RankingHolder"]


class Holder(Strategy):
    """Base of strategies made of others; `parts` says which, as they were given.

    The need `proba` of part k is the need `proba_k` of the whole, at any depth: `proba_1_0` is
    that of the first part of the second part. All are answered in one sweep.
    """

    strategy: Any

    def parts(self) -> Sequence[Any]:
        """Return the strategies inside: names, objects or functions."""
        return [self.strategy]

    def held(self) -> Sequence[Strategy]:
        """Return the strategies inside, as objects."""
        return [as_strategy(part) for part in self.parts()]

    def check_params(self) -> None:
        super().check_params()
        for part in self.held():
            part.check_params()
            checked_needs(part)  # here, where the part can still be named

    def needs(self) -> dict[str, Need]:
        return {
            f"{name}_{k}": need
            for k, part in enumerate(self.held())
            for name, need in part.needs().items()
        }


class RankingHolder(Holder):
    """Base of strategies that read the utilities of the strategies inside."""

    def held(self) -> Sequence[UtilityStrategy]:
        return cast(Sequence[UtilityStrategy], super().held())

    def check_params(self) -> None:
        super().check_params()
        for part in self.held():
            if not isinstance(part, UtilityStrategy) or getattr(part, "gives_positions", False):
                owner = type(self).__name__
                raise TypeError(
                    f"{owner} needs strategies that rank rows by utility, got {part!r}, which "
                    f"does not rank; use it without {owner}."
                )
            if part.never_positive and not self.takes_negative():
                raise ValueError(
                    f"utilities that {type(self).__name__} weighs must not be negative, got "
                    f"{part!r}, whose never exceed 0; use a ranking that starts at 0, such as "
                    "'entropy' or Margin(normalize=True)."
                )

    def takes_negative(self) -> bool:
        """Say whether utilities below 0 can be used."""
        return True

    def utilities_of_parts(self, arrays: Mapping[str, Any]) -> NDArray[np.floating]:
        """Return utilities that the strategies inside give, (n_parts, n_candidates).

        Parameters
        ----------
        arrays : dict of name -> array
            Answers to `needs`; more may be among them.
        """
        # by arrays and not by evidence: so a part may hold parts of its own
        found: list[NDArray[np.floating]] = []
        for k, part in enumerate(self.held()):
            own = {name: arrays[f"{name}_{k}"] for name in part.needs()}
            with sharing(part):
                u = part.utility(**own)
            # how many candidates there are is not known here: as many as the first part has
            u = as_utilities(u, len(found[0]) if found else None, part)
            check_finite(u, part, np.arange(len(u)), own)  # here, since ranks would hide a NaN
            found.append(u)
        return np.stack(found)
