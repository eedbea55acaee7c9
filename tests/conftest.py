import os
from pathlib import Path

os.environ.setdefault("MPLBACKEND", "Agg")  # no test opens a window; must precede matplotlib

import numpy as np
import pytest
import torch

# For tiny nets more threads cost more than they give; OMP_NUM_THREADS may ask for two.
torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", 1)))


@pytest.fixture
def data_home():
    """Folder with MNIST/raw, FashionMNIST/raw and BrainTumourMRI, or skip."""
    home = os.environ.get("SKAL_DATA")
    if not home:
        pytest.skip("SKAL_DATA is not set; point it to the folder that holds MNIST/raw")
    if not Path(home).is_dir():
        pytest.skip(f"SKAL_DATA={home} is not a folder")
    return Path(home)


@pytest.fixture
def global_rng_untouched():
    """Fail the test that asks for it if it moved NumPy's or torch's global random state."""
    numpy_before = np.random.get_state(legacy=False)  # noqa: NPY002 - read, never used
    torch_before = torch.random.get_rng_state()
    yield
    numpy_after = np.random.get_state(legacy=False)  # noqa: NPY002 - read, never used
    np.testing.assert_equal(
        numpy_after, numpy_before, err_msg="the test moved NumPy's global random state"
    )
    assert torch.equal(torch.random.get_rng_state(), torch_before), (
        "the test moved torch's global random state"
    )
