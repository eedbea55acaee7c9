"""How a session is opened: what was said before, what is said now, and whether both agree."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from skal._random import new_seed
from skal.data import ImageFolderPool
from skal.labeling._rounds import Settings
from skal.labeling._snapshot import check_policy
from skal.labeling._store import LabelStore
from skal.learner import check_labels

__all__ = ["check_names", "opened_pool", "set_up", "settings_of"]

INITIAL = ("typical", "random", "learner")
COUNTS = ("answers_per_item", "max_answers", "retrain_every", "n_ahead", "low_water")
SHARES = ("overlap", "audit")


def set_up(
    store: LabelStore,
    classes: Sequence[str] | None,
    given: Mapping[str, Any],
    random_state: int | None,
) -> Settings:
    """Tell a store what was not told before, and give what it knows then."""
    said = {name: value for name, value in given.items() if value is not None}
    _check(said)
    before = store.settings
    known = list(store.classes.values())
    names = known if classes is None else [str(name) for name in classes]
    if not names:
        raise ValueError(
            "`classes` must be named for a new store, got None; pass classes=['cat', 'dog']."
        )
    check_names(names)
    seed = before.get("seed", new_seed(random_state))
    store.setup(names, seed=seed)
    store.configure(seed=seed, **said)
    return settings_of(store)


def settings_of(store: LabelStore) -> Settings:
    """Read the settings of a store that was set up."""
    told = store.settings
    if "seed" not in told:
        raise ValueError(
            f"`store` must be one that a LabelingSession has set up, got {store!r}; open a session "
            "on it first."
        )
    return Settings(**{f.name: told[f.name] for f in fields(Settings) if f.name in told})


def check_names(names: Sequence[str], known: Iterable[str] = ()) -> None:
    """Refuse names of classes that are no answer, or another one but for case and spaces."""
    folded = {" ".join(name.split()).casefold(): name for name in known}
    for name in names:
        other = folded.get(" ".join(str(name).split()).casefold())
        if other is not None and other != name:
            raise ValueError(
                f"`name` must differ from the other classes by more than case and spaces, got "
                f"{name!r} beside {other!r}; answer with that one."
            )
        try:
            check_labels([name], [name])
        except ValueError:
            raise ValueError(
                f"`classes` must be names, got {name!r}, which says that there is no answer; "
                "people can skip, or say that they are unsure."
            ) from None


def _check(said: Mapping[str, Any]) -> None:
    """Refuse what cannot be meant, before anything is written."""
    for name in COUNTS:
        value = said.get(name, 1)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"`{name}` must be an int of at least 1, got {value!r}.")
    for name in SHARES:
        value = said.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise ValueError(f"`{name}` must be a share in [0, 1], got {value!r}.")
    if said.get("initial", INITIAL[0]) not in INITIAL:
        raise ValueError(
            f"`initial` must be {', '.join(map(repr, INITIAL))}, got {said['initial']!r}; a "
            "strategy is told by the learner: ActiveLearner(initial=...), initial='learner'."
        )
    check_policy(said.get("policy", "auto"))


def opened_pool(store: LabelStore, pool: Any) -> Any:
    """Open a folder with the form of images that it had when it was opened first."""
    if isinstance(pool, str | os.PathLike):
        form = store.noted("pool", {})
        size = tuple(form["size"]) if form else None
        pool = ImageFolderPool(pool, size=size, color=form.get("color"))
    if isinstance(pool, ImageFolderPool):
        now = {"size": list(pool.shape[-2:]), "color": pool.ndim == 4}
        before = store.noted("pool")
        if before is None:
            store.note("pool", now)
        elif before != now:
            raise ValueError(
                f"`pool` must give images as it did when the store was begun, {before}, got "
                f"{now}; open the folder with that size and color."
            )
    return pool
