"""MNIST and Fashion-MNIST from their IDX files."""

import gzip
import hashlib
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import Bunch

from skal.data._fetch import GZIP_DAMAGE, download, find_data_home

__all__ = ["load_fashion_mnist", "load_mnist"]

_SIDE = 28  # pixels, of every image of both data sets
_PARTS = {"train": ("train",), "test": ("t10k",), "all": ("train", "t10k")}


@dataclass(frozen=True)
class _Source:
    """Where a data set comes from, and how to know it."""

    title: str
    loader: str
    folder: str  # torchvision's name
    mirrors: tuple[str, ...]
    sha256: dict[str, str]  # file name -> SHA-256 of the uncompressed content
    target_names: tuple[str, ...]
    descr: str


_MNIST = _Source(
    title="MNIST",
    loader="load_mnist",
    folder="MNIST",
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    sha256={
        "train-images-idx3-ubyte.gz": (
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
        ),
        "train-labels-idx1-ubyte.gz": (
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"
        ),
        "t10k-images-idx3-ubyte.gz": (
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
        ),
        "t10k-labels-idx1-ubyte.gz": (
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
        ),
    },
    target_names=tuple("0123456789"),
    descr="""\
MNIST handwritten digits
------------------------
70,000 grey images of 28 x 28 pixels, 60,000 for training and 10,000 for testing, 10 classes.
Training pixels, divided by 255, have mean 0.1307 and standard deviation 0.3081.

Source: http://yann.lecun.com/exdb/mnist/

Y. LeCun, L. Bottou, Y. Bengio, P. Haffner (1998), "Gradient-based learning applied to
document recognition", Proceedings of the IEEE 86(11), 2278-2324.
""",
)

_FASHION_MNIST = _Source(
    title="Fashion-MNIST",
    loader="load_fashion_mnist",
    folder="FashionMNIST",
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
    sha256={
        "train-images-idx3-ubyte.gz": (
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"
        ),
        "train-labels-idx1-ubyte.gz": (
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"
        ),
        "t10k-images-idx3-ubyte.gz": (
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"
        ),
        "t10k-labels-idx1-ubyte.gz": (
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"
        ),
    },
    target_names=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    descr="""\
Fashion-MNIST articles of clothing
----------------------------------
70,000 grey images of 28 x 28 pixels, 60,000 for training and 10,000 for testing, 10 classes.
Training pixels, divided by 255, have mean 0.2860 and standard deviation 0.3530.

Source: https://github.com/zalandoresearch/fashion-mnist (MIT licence)

H. Xiao, K. Rasul, R. Vollgraf (2017), "Fashion-MNIST: a novel image dataset for benchmarking
machine learning algorithms", arXiv:1708.07747.
""",
)


def load_mnist(
    *,
    data_home: str | os.PathLike[str] | None = None,
    subset: str = "train",
    download_if_missing: bool = True,
    return_X_y: bool = False,
) -> Any:
    """Load the MNIST handwritten digits, downloading them once.

    Parameters
    ----------
    data_home : path, default=None
        Folder of the data sets, laid out as torchvision does
        (``<data_home>/MNIST/raw/train-images-idx3-ubyte.gz``), or the folder of the ``.gz``
        files itself. None: the environment variable ``SKAL_DATA``, else ``~/skal_data``.
    subset : {"train", "test", "all"}, default="train"
        60,000, 10,000, or all 70,000 images, training images first.
    download_if_missing : bool, default=True
        If False, a missing file is an error instead of a download.
    return_X_y : bool, default=False
        If True, return ``(images, target)`` instead of a Bunch.

    Returns
    -------
    data : Bunch
        ``images`` of shape (n, 28, 28), uint8 from 0 (background) to 255; ``target`` of shape
        (n,), int64; ``target_names``, ten strings; ``DESCR``, source and citation.

    Raises
    ------
    OSError
        If a file is missing and is not, or cannot be, downloaded.
    ValueError
        If a file on disk is damaged or belongs to another data set; it is named.

    Notes
    -----
    A download is compared with the SHA-256 of the original content. A file that already lies on
    disk is not (it may be a subset of your own), but its structure is checked strictly.

    References
    ----------
    LeCun, Bottou, Bengio, Haffner (1998), "Gradient-based learning applied to document
    recognition", Proceedings of the IEEE.

    Examples
    --------
    Two blank images stand in for the real files here:

    >>> import gzip, tempfile
    >>> from pathlib import Path
    >>> from skal.data import load_mnist
    >>> pixels = bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28]) + bytes(2 * 28 * 28)
    >>> labels = bytes([0, 0, 8, 1, 0, 0, 0, 2]) + bytes([7, 1])
    >>> with tempfile.TemporaryDirectory() as home:
    ...     _ = Path(home, "t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(pixels))
    ...     _ = Path(home, "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(labels))
    ...     X, y = load_mnist(data_home=home, subset="test", return_X_y=True)
    >>> X.shape, y.tolist()
    ((2, 28, 28), [7, 1])
    """
    return _load(_MNIST, data_home, subset, download_if_missing, return_X_y)


def load_fashion_mnist(
    *,
    data_home: str | os.PathLike[str] | None = None,
    subset: str = "train",
    download_if_missing: bool = True,
    return_X_y: bool = False,
) -> Any:
    """Load the Fashion-MNIST articles of clothing, downloading them once.

    Parameters
    ----------
    data_home : path, default=None
        Folder of the data sets, laid out as torchvision does
        (``<data_home>/FashionMNIST/raw/train-images-idx3-ubyte.gz``), or the folder of the
        ``.gz`` files itself. None: the environment variable ``SKAL_DATA``, else
        ``~/skal_data``.
    subset : {"train", "test", "all"}, default="train"
        60,000, 10,000, or all 70,000 images, training images first.
    download_if_missing : bool, default=True
        If False, a missing file is an error instead of a download.
    return_X_y : bool, default=False
        If True, return ``(images, target)`` instead of a Bunch.

    Returns
    -------
    data : Bunch
        ``images`` of shape (n, 28, 28), uint8 from 0 (background) to 255; ``target`` of shape
        (n,), int64; ``target_names``, ten strings; ``DESCR``, source and citation.

    Raises
    ------
    OSError
        If a file is missing and is not, or cannot be, downloaded.
    ValueError
        If a file on disk is damaged or belongs to another data set; it is named.

    See Also
    --------
    load_mnist : The digits, in the same form; its notes hold here too.

    References
    ----------
    Xiao, Rasul, Vollgraf (2017), "Fashion-MNIST: a novel image dataset for benchmarking machine
    learning algorithms", arXiv:1708.07747.

    Examples
    --------
    One blank image stands in for the real files here:

    >>> import gzip, tempfile
    >>> from pathlib import Path
    >>> from skal.data import load_fashion_mnist
    >>> pixels = bytes([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 28, 0, 0, 0, 28]) + bytes(28 * 28)
    >>> labels = bytes([0, 0, 8, 1, 0, 0, 0, 1]) + bytes([9])
    >>> with tempfile.TemporaryDirectory() as home:
    ...     _ = Path(home, "t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(pixels))
    ...     _ = Path(home, "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(labels))
    ...     data = load_fashion_mnist(data_home=home, subset="test")
    >>> data.target_names[data.target[0]]
    'Ankle boot'
    """
    return _load(_FASHION_MNIST, data_home, subset, download_if_missing, return_X_y)


def _load(
    source: _Source,
    data_home: str | os.PathLike[str] | None,
    subset: str,
    download_if_missing: bool,
    return_X_y: bool,
) -> Any:
    """Find, fetch and read the parts of one data set."""
    if subset not in _PARTS:
        raise ValueError(f"subset is {subset!r}, needed one of {sorted(_PARTS)}.")
    folder = _raw_folder(source, find_data_home(data_home))
    pairs = [
        (folder / f"{part}-images-idx3-ubyte.gz", folder / f"{part}-labels-idx1-ubyte.gz")
        for part in _PARTS[subset]
    ]
    for path in (path for pair in pairs for path in pair):
        if not path.exists():
            _fetch_missing(source, path, download_if_missing)
    parts = [_read_pair(source, *pair) for pair in pairs]
    images, target = parts[0] if len(parts) == 1 else map(np.concatenate, zip(*parts, strict=True))
    if return_X_y:
        return images, target
    return Bunch(
        images=images,  # (n, 28, 28)
        target=target,  # (n,)
        target_names=list(source.target_names),
        DESCR=source.descr,
    )


def _raw_folder(source: _Source, home: Path) -> Path:
    """One folder for all four files, so that images and labels never come from two places."""
    layout = home / source.folder / "raw"
    for folder in (layout, home):
        if any((folder / name).exists() for name in source.sha256):
            return folder
    return layout


def _fetch_missing(source: _Source, path: Path, download_if_missing: bool) -> None:
    """Download one file, unless that was forbidden."""
    if not download_if_missing:
        raise OSError(
            f"{source.title} is not complete: {path} is missing and download_if_missing=False. "
            f"Pass download_if_missing=True, or point data_home (or the environment variable "
            f"SKAL_DATA) at a folder that has it."
        )
    download(path, source.mirrors, source.sha256[path.name])


def _read_pair(
    source: _Source, images_path: Path, labels_path: Path
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images and labels of one part, as many of each."""
    images = _read_idx(images_path, n_dims=3)  # (n, 28, 28)
    labels = _read_idx(labels_path, n_dims=1)  # (n,)
    if images.shape[1:] != (_SIDE, _SIDE):
        found = "x".join(map(str, images.shape[1:]))
        raise _damaged(images_path, f"images of {found} pixels", f"{_SIDE}x{_SIDE}")
    if len(images) != len(labels):
        found = f"{len(labels)} labels for the {len(images)} images of {images_path.name}"
        raise _damaged(labels_path, found, "one label for every image")
    if labels.max(initial=0) >= len(source.target_names):
        found = f"the label {labels.max()}"
        raise _damaged(labels_path, found, f"labels from 0 to {len(source.target_names) - 1}")
    _refuse_other_data_set(source, labels_path, labels)
    return images, labels.astype(np.int64)


def _refuse_other_data_set(source: _Source, path: Path, labels: NDArray[np.uint8]) -> None:
    """Both data sets use the same file names; only the content tells one from the other."""
    header = b"\0\0\x08\x01" + len(labels).to_bytes(4, "big")
    found = hashlib.sha256(header + labels.tobytes()).hexdigest()
    for other in (_MNIST, _FASHION_MNIST):
        if other.folder != source.folder and found == other.sha256[path.name]:
            raise ValueError(
                f"{path} belongs to {other.title}, needed {source.title}; call {other.loader}, "
                f"or pass the data_home of {source.title}."
            )


def _read_idx(path: Path, n_dims: int) -> NDArray[np.uint8]:
    """Read a gzipped IDX file of unsigned bytes: magic number, sizes, then the values."""
    content = _decompress(path)
    magic = bytes([0, 0, 8, n_dims])  # 8: unsigned bytes
    if content[:4] != magic:
        found = f"the magic number 0x{content[:4].hex() or '(nothing)'}"
        raise _damaged(path, found, f"0x{magic.hex()} (IDX, {n_dims}-D, unsigned bytes)")
    start = 4 + 4 * n_dims
    if len(content) < start:
        raise _damaged(path, f"a header of {len(content)} bytes", f"{start} bytes")
    shape = tuple(int(size) for size in np.frombuffer(content[4:start], dtype=">u4"))
    n_values = len(content) - start
    if n_values != math.prod(shape):
        needed = f"{math.prod(shape)} for the shape {shape} in its header"
        raise _damaged(path, f"{n_values} values", needed)
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)


def _decompress(path: Path) -> bytearray:
    """Content of a ``.gz`` file, in a buffer that NumPy can write to."""
    content = bytearray()
    try:
        with gzip.open(path) as stream:
            while block := stream.read(1 << 20):  # never trusts the sizes in the header
                content += block
    except GZIP_DAMAGE as error:
        raise _damaged(path, f"a damaged gzip stream ({error})", "a whole one") from error
    return content


def _damaged(path: Path, found: str, needed: str) -> ValueError:
    """One wording for every kind of damage."""
    return ValueError(
        f"{path} holds {found}, needed {needed}; delete the file, and load again to download it."
    )
