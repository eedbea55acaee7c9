import pytest

from skal.labeling import LabelStore


@pytest.fixture
def place(tmp_path):
    """Where a new store may be made: its path or URL."""
    return tmp_path / "pets.skal"


@pytest.fixture
def store(place):
    """A store of twenty items and two classes."""
    with LabelStore(place) as made:
        made.setup(["cat", "dog"])
        made.add_items(f"{n:02}.png" for n in range(20))
        yield made
