"""What a pool of items is."""

from typing import Any, Protocol, runtime_checkable

from numpy.typing import NDArray

__all__ = ["Pool"]


@runtime_checkable
class Pool(Protocol):
    """A pool that reads its rows itself, when they are needed, and knows its items by keys.

    Rows never move while the object lives. Where more items may come, they get rows at the end.
    A pool that can meet items which cannot be read has ``unreadable_rows``, an int array of those
    that it met so far, which are no candidates, and ``find_unreadable()``, which looks at all.
    """

    @property
    def keys(self) -> NDArray[Any]:
        """What names each item for ever, array of str of shape (n,)."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of all rows, (n, ...)."""

    @property
    def dtype(self) -> Any:
        """Dtype of all rows."""

    def read_rows(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Read some rows, int array of shape (k,), into an array of shape (k, ...)."""

    def __len__(self) -> int:
        """Count the items."""
