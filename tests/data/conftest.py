import gzip
import struct

import numpy as np
import pytest


def idx_bytes(array):
    """Content of an IDX file of unsigned bytes."""
    array = np.asarray(array, dtype=np.uint8)
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture
def write_idx():
    """Write an array as a gzipped IDX file, making the folders above it."""

    def write(path, array):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(idx_bytes(array)))
        return path

    return write
