"""How many threads one run computes with: results are equal, bit for bit, for equal numbers."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock

import torch
from threadpoolctl import threadpool_limits

__all__ = ["limited_threads"]

_lock = Lock()
_inside = 0  # how many runs of this process are inside a block
_after = ExitStack()  # gives the numbers back that were set before the first of them


@contextmanager
def limited_threads(n: int) -> Iterator[None]:
    """Compute with `n` threads in torch and BLAS; the last block to end gives the old number back.

    Parameters
    ----------
    n : int
        The same for all blocks that overlap in time: runs of one process share these numbers.
    """
    global _inside
    before = torch.get_num_threads()
    with _lock:
        if not _inside:
            _after.callback(torch.set_num_threads, before)
            _after.enter_context(threadpool_limits(n))
        _inside += 1
    torch.set_num_threads(n)  # OpenMP keeps a number for each thread that asks
    try:
        yield
    finally:
        torch.set_num_threads(before)
        with _lock:
            _inside -= 1
            if not _inside:
                _after.close()
