"""Downloads arrive whole and right, or leave nothing behind; no test reaches the network."""

import dataclasses
import gzip
import hashlib
import io
import os
import stat
from http.client import IncompleteRead
from pathlib import Path

import numpy as np
import pytest

from skal.data import _idx, load_mnist

KEYS = list(_idx.MNIST.sums)
NAMES = [f"{key}-ubyte.gz" for key in KEYS]


@pytest.fixture
def mirror(tmp_path, write_idx, monkeypatch):
    """A folder that stands in for the mirror of a tiny MNIST."""
    folder = tmp_path / "mirror"
    for part, labels in [("train", [3, 1]), ("t10k", [8])]:
        write_idx(folder / f"{part}-images-idx3-ubyte.gz", np.ones((len(labels), 28, 28)))
        write_idx(folder / f"{part}-labels-idx1-ubyte.gz", labels)
    serve(monkeypatch, [folder], folder)
    return folder


def serve(monkeypatch, folders, original):
    """Point MNIST at these mirrors, with the checksums of the original."""
    sums = {key: content_sum(original / name) for key, name in zip(KEYS, NAMES)}
    urls = tuple(f"{folder.as_uri()}/" for folder in folders)
    monkeypatch.setattr(_idx, "MNIST", dataclasses.replace(_idx.MNIST, mirrors=urls, sums=sums))


def content_sum(path):
    return hashlib.sha256(gzip.decompress(path.read_bytes())).hexdigest()


def files_below(folder):
    """Names of all files, hidden ones too."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_missing_files_are_downloaded_into_torchvisions_layout(mirror, tmp_path):
    data = load_mnist(data_home=tmp_path / "home", subset="all")
    assert data.target.tolist() == [3, 1, 8]
    assert files_below(tmp_path / "home" / "MNIST" / "raw") == sorted(NAMES)


def test_only_the_files_of_the_subset_are_downloaded(mirror, tmp_path):
    load_mnist(data_home=tmp_path / "home", subset="test")
    assert files_below(tmp_path / "home") == [name for name in NAMES if "t10k" in name]


def test_a_second_load_needs_no_mirror(mirror, tmp_path, monkeypatch):
    load_mnist(data_home=tmp_path / "home")
    monkeypatch.setattr(_idx, "urlopen", None)  # calling it would be a TypeError
    assert len(load_mnist(data_home=tmp_path / "home").images) == 2


def test_a_missing_file_joins_its_siblings(mirror, tmp_path):
    home = tmp_path / "flat"
    home.mkdir()
    (home / NAMES[0]).write_bytes((mirror / NAMES[0]).read_bytes())
    load_mnist(data_home=home)
    assert files_below(home) == sorted(NAMES[:2])
    assert not (home / "MNIST").exists()


def test_a_mirror_may_compress_the_same_content_differently(mirror, tmp_path):
    content = gzip.decompress((mirror / NAMES[0]).read_bytes())
    (mirror / NAMES[0]).write_bytes(gzip.compress(content, compresslevel=0))
    assert len(load_mnist(data_home=tmp_path / "home").images) == 2


def test_wrong_content_is_refused_and_leaves_nothing_behind(mirror, tmp_path, write_idx):
    write_idx(mirror / NAMES[0], np.zeros((2, 28, 28)))
    with pytest.raises(OSError, match=rf"{NAMES[0]} is missing and was not .*SHA-256.*needed"):
        load_mnist(data_home=tmp_path / "home")
    assert files_below(tmp_path / "home") == []


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>moved</html>", gzip.compress(bytes(99))[:-9]],
    ids=["empty", "a page", "cut"],  # a gzip header holds the time: no name for a test
)
def test_a_download_that_is_no_whole_gzip_file_leaves_nothing_behind(mirror, tmp_path, content):
    (mirror / NAMES[0]).write_bytes(content)
    with pytest.raises(OSError, match=NAMES[0]):
        load_mnist(data_home=tmp_path / "home")
    assert files_below(tmp_path / "home") == []


def test_a_dead_mirror_is_replaced_by_the_next(mirror, tmp_path, monkeypatch):
    serve(monkeypatch, [tmp_path / "nowhere", mirror], mirror)
    assert len(load_mnist(data_home=tmp_path / "home").images) == 2


def test_without_a_mirror_every_failure_and_the_remedy_are_named(mirror, tmp_path, monkeypatch):
    serve(monkeypatch, [tmp_path / "nowhere", tmp_path / "gone"], mirror)
    with pytest.raises(OSError) as caught:
        load_mnist(data_home=tmp_path / "home")
    for word in ["nowhere", "gone", "by hand", "SKAL_DATA", NAMES[0]]:
        assert word in str(caught.value)


class Interrupted(io.BytesIO):
    """A connection that fails."""

    def __init__(self, failure):
        super().__init__()
        self.failure = failure

    def read(self, *args):
        raise self.failure


@pytest.mark.parametrize(
    ("failure", "raised"),
    [
        (KeyboardInterrupt(), KeyboardInterrupt),
        (TimeoutError("timed out"), OSError),
        (IncompleteRead(b""), OSError),
    ],
    ids=["ctrl-c", "timeout", "cut"],
)
def test_an_interrupted_download_leaves_nothing(mirror, tmp_path, monkeypatch, failure, raised):
    monkeypatch.setattr(_idx, "urlopen", lambda url, timeout: Interrupted(failure))
    with pytest.raises(raised):
        load_mnist(data_home=tmp_path / "home")
    assert files_below(tmp_path / "home") == []


@pytest.mark.parametrize("owner, name", [(os, "replace"), (Path, "write_bytes")])
def test_an_interruption_on_disk_leaves_nothing(mirror, tmp_path, monkeypatch, owner, name):
    def fail(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(owner, name, fail)
    with pytest.raises(KeyboardInterrupt):
        load_mnist(data_home=tmp_path / "home")
    assert files_below(tmp_path / "home") == []


@pytest.mark.skipif(os.name != "posix", reason="file modes are a matter of POSIX")
def test_downloaded_files_are_as_readable_as_the_umask_allows(mirror, tmp_path):
    load_mnist(data_home=tmp_path / "home")
    mask = os.umask(0)
    os.umask(mask)
    mode = stat.S_IMODE((tmp_path / "home" / "MNIST" / "raw" / NAMES[0]).stat().st_mode)
    assert mode == 0o666 & ~mask


@pytest.mark.needs_data
@pytest.mark.parametrize("source", [_idx.MNIST, _idx.FASHION_MNIST], ids=lambda s: s.title)
def test_the_checksums_are_those_of_the_real_files(data_home, source):
    raw = data_home / source.title.replace("-", "") / "raw"
    for key, known in source.sums.items():
        assert content_sum(raw / f"{key}-ubyte.gz") == known
