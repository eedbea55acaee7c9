import subprocess
import sys
from pathlib import Path

import matplotlib
import pytest
from matplotlib import pyplot as plt


@pytest.fixture(autouse=True)
def nothing_left_behind():
    """Close every figure, and fail the test that changed matplotlib's settings."""
    before = dict(matplotlib.rcParams)
    yield
    plt.close("all")
    assert dict(matplotlib.rcParams) == before


@pytest.fixture
def loaded_by():
    """Return which packages a fresh interpreter has loaded after some code."""

    def loaded(code):
        code += "\nimport sys; print(*{name.partition('.')[0] for name in sys.modules})"
        root = Path(__file__).parents[2]
        run = [sys.executable, "-c", code]
        return set(subprocess.run(run, cwd=root, capture_output=True, text=True).stdout.split())

    return loaded
