"""Divide the batch between known groups of the pool."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skal.evidence import Evidence, Given, Labeled, Need
from skal.strategies._base import Choice
from skal.strategies._fill import choose_within, even_out
from skal.strategies._held import Holder

__all__ = ["RealWorldDiversity"]

Floats = NDArray[np.floating]
Ints = NDArray[np.intp]


class RealWorldDiversity(Holder):
    """Ask so that groups of the real world are labelled in given shares, by any strategy within.

    Groups are known beforehand: languages, regions, devices, people. Those that have the fewest
    labels for their share get the most rows of the batch.

    Parameters
    ----------
    strata : array of shape (n_pool,) or (n_pool, 1), or callable
        Group of each row of the pool: numbers or strings. Or a function of rows of X that gives
        them as one column (n, 1), which also serves rows that were taught and are not in the pool.
    strategy : str, Strategy or callable, default="margin"
        Chooses within each group.
    targets : dict of group -> share, default=None
        Shares wanted among the labelled rows, scaled to sum to 1; a group left out has share 0.
        None: the shares of the pool and the labelled rows together.

    Notes
    -----
    A group wants share * (n_labeled + n_asked) - its labels, or 0 if that is negative; n_asked is
    divided in proportion, by largest remainders. What a group cannot give goes to the others.
    The rows come in the order of their utilities, or in turns where the strategy gives none.
    Time O(n log n) + that of the strategy; memory O(n).
    Use where the model must serve groups alike, or the pool does not look like the world.
    Avoid where groups are tiny or unknown.

    References
    ----------
    Munro (2021), "Human-in-the-Loop Machine Learning", Manning, ch. 4.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.evidence import Evidence
    >>> from skal.strategies import RealWorldDiversity
    >>> language = np.array(["en", "en", "en", "en", "fr", "de"])
    >>> fair = RealWorldDiversity(language, "random", targets={"en": 1, "fr": 1, "de": 1})
    >>> choice = fair.choose(Evidence(None, np.eye(6), np.arange(6)), 3, np.random.default_rng(0))
    >>> sorted(language[choice.positions].tolist())
    ['de', 'en', 'fr']
    """

    def __init__(
        self, strata: Any, strategy: Any = "margin", targets: Mapping[Any, float] | None = None
    ):
        self.strata = strata
        self.strategy = strategy
        self.targets = targets

    def check_params(self) -> None:
        super().check_params()
        if self.targets is not None:
            shares = list(self.targets.values())
            if not shares or not min(shares) >= 0 or not 0 < sum(shares) < np.inf:
                raise ValueError(
                    f"`targets` must be shares of at least 0, not all 0, got {self.targets!r}."
                )
        if not callable(self.strata) and np.asarray(self.strata).shape[1:] not in ((), (1,)):
            raise ValueError(
                "`strata` must be one group for each row of the pool, or a function of X that "
                f"gives a column of them, got {self.strata!r}."
            )

    def needs(self) -> dict[str, Need]:
        groups = self.strata if callable(self.strata) else np.asarray(self.strata).reshape(-1, 1)
        features = Given(groups)
        own = {"features": features, "labeled_features": Labeled(features, required=False)}
        return {**super().needs(), **own}

    def choose(self, evidence: Evidence, n: int, rng: np.random.Generator) -> Choice:
        known = self.answers(evidence, "features", "labeled_features")
        parts = [np.asarray(values).reshape(-1) for values in known.values()]
        # candidates and labelled rows in one code: a group may have rows of one kind only
        groups, code = np.unique(np.concatenate(parts), return_inverse=True)
        here = code[: len(evidence)]
        room = np.bincount(here, minlength=len(groups))
        n_labeled = np.bincount(code[len(evidence) :], minlength=len(groups))
        shares = self._shares(groups, room + n_labeled)
        sizes = even_out(shares, n_labeled, room, n)
        return choose_within(self.held()[0], evidence, here, sizes, rng)

    def _shares(self, groups: NDArray[Any], sizes: Ints) -> Floats:
        """Wanted share of each group, (n_groups,); sums to 1 where any of them is here."""
        if self.targets is None:
            return sizes / sizes.sum()
        shares = np.array([self.targets.get(group, 0.0) for group in groups.tolist()])
        if not shares.sum() > 0:
            raise ValueError(
                f"`targets` must give a share to a group of the pool, which are "
                f"{groups.tolist()[:20]}, got {self.targets!r}."
            )
        # groups that are not here keep their share: even_out gives it to the others at last
        return shares / sum(self.targets.values())
