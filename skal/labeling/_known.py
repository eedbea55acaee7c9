"""The items of a store as rows of a pool, in the order in which the store met them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skal._containers import RowsOf, is_outside_memory, n_rows, take_rows
from skal.labeling._items import Found, Items

__all__ = ["KnownItems"]

Ints = NDArray[np.intp]


class KnownItems:
    """What a store knows of a pool: a pool may be in another order today, and have new items.

    Parameters
    ----------
    items : Items
    """

    def __init__(self, items: Items):
        self.items = items
        self.ids: Ints = np.empty(0, dtype=np.intp)  # of the store, in its order
        self.rows: Ints = self.ids  # of the pool, -1 where an item is gone
        self._keys: list[str] = []
        self._lots = np.empty(0)
        self._n_rows = 0
        self._place: dict[int, int] = {}
        self._pools: dict[int, Any] = {}

    def __len__(self) -> int:
        return len(self.ids)

    def look(self, table: Any) -> None:
        """Find the items of a store, a dict of columns, in the pool, or refuse another order."""
        if len(table["id"]) == len(self.ids) and len(self.items) == self._n_rows:
            return
        is_weak = self.items.has_numbers_as_keys
        found = self.items.find(table["key"], table["digest"], verify=is_weak)
        self._refuse_astray(table, found)
        # `_place` last: another thread that finds an item in it finds all else too
        self.ids, self.rows = table["id"].astype(np.intp), found.rows
        self._keys, self._lots = table["key"].tolist(), table["lot"]
        self._n_rows = len(self.items)
        self._pools = {}
        self._place = {item: k for k, item in enumerate(self.ids.tolist())}

    def _refuse_astray(self, table: Any, found: Found) -> None:
        """Refuse rows that stand elsewhere today: labels would go to their neighbours."""
        if not found.changed.any():
            return
        known = np.array([bool(digest) for digest in table["digest"]])
        others = np.setdiff1d(np.arange(len(self.items)), found.rows[known & ~found.changed])
        now = set(self.items.digests(others))
        changed = np.flatnonzero(found.changed).tolist()
        astray = [table["key"][k] for k in changed if table["digest"][k] in now]
        if astray:
            raise ValueError(
                "`pool` must have its rows in the order of the store, got "
                f"{len(astray)} elsewhere, such as {astray[0]!r}; put new rows at the end, or pass "
                "a DataFrame or Series whose index names them."
            )

    def at(self, items: Sequence[int] | Ints) -> Ints:
        """Find the places of items in the store's order, which are the rows of `pool`."""
        return np.array([self._place[int(item)] for item in items], dtype=np.intp)

    def row(self, item: int) -> int:
        """Find an item's row of the pool as the user passed it; -1 if it is gone."""
        if item not in self._place:
            raise LookupError(f"`item` must be an item of the store, got {item!r}.")
        return int(self.rows[self._place[item]])

    def key(self, item: int) -> str:
        """Give the key of an item as the store has it."""
        return self._keys[self._place[item]]

    def lot(self, item: int) -> float:
        """Give the number in [0, 1) by which an item is among those that two people label."""
        return float(self._lots[self._place[item]])

    def gone(self) -> list[int]:
        """Find the items that the pool cannot show: they are not there, or cannot be read."""
        lost = self.rows < 0
        damaged = getattr(self.items.X, "unreadable_rows", None)
        if damaged is not None:
            lost |= np.isin(self.rows, damaged)
        return self.ids[lost].tolist()

    def pool(self, n_items: int) -> Any:
        """Give the first items as rows for a learner: one object as long as nothing changes."""
        pool = self._pools.get(n_items)
        if pool is None:
            X, rows = self.items.X, self.rows[:n_items]
            pool = X
            if not np.array_equal(rows, np.arange(n_rows(X))):
                rows = np.maximum(rows, 0)  # what stands in for an item that is gone is never read
                pool = RowsOf(X, rows) if is_outside_memory(X) else take_rows(X, rows)
            self._pools = {n_items: pool}  # one is enough: copies may be large
        return pool
