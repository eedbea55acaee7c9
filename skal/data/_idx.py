"""MNIST and Fashion-MNIST: found on disk or downloaded once, and read from their IDX files."""

import gzip
import math
import os
import zlib
from dataclasses import dataclass
from hashlib import sha256
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.request import urlopen
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import Bunch

__all__ = ["load_fashion_mnist", "load_mnist"]

PARTS = {"train": ("train",), "test": ("t10k",), "all": ("train", "t10k")}
DAMAGE = (EOFError, zlib.error, gzip.BadGzipFile)  # what reading a broken .gz can raise


@dataclass(frozen=True)
class Source:
    title: str
    mirrors: tuple[str, ...]
    sums: dict[str, str]  # SHA-256 of the content, which mirrors may compress differently
    names: str
    citation: str


MNIST = Source(
    "MNIST",
    (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    {
        "train-images-idx3": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "train-labels-idx1": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "t10k-images-idx3": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "t10k-labels-idx1": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
    "0,1,2,3,4,5,6,7,8,9",
    'LeCun, Bottou, Bengio, Haffner (1998), "Gradient-based learning applied to document '
    'recognition", Proceedings of the IEEE 86(11), 2278-2324.',
)
FASHION_MNIST = Source(
    "Fashion-MNIST",
    (
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
    {
        "train-images-idx3": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "train-labels-idx1": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "t10k-images-idx3": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "t10k-labels-idx1": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    },
    "T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot",
    'Xiao, Rasul, Vollgraf (2017), "Fashion-MNIST: a novel image dataset for benchmarking machine '
    'learning algorithms", arXiv:1708.07747.',
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
        Folder of the data sets, laid out as torchvision does (``<data_home>/MNIST/raw``), or that
        of the ``.gz`` files itself. None: the environment variable ``SKAL_DATA``, else
        ``~/skal_data``.
    subset : {"train", "test", "all"}, default="train"
        60,000, 10,000, or all 70,000 images, training images first.
    download_if_missing : bool, default=True
        If False, a missing file is an OSError.
    return_X_y : bool, default=False
        Return ``(images, target)`` instead of a Bunch.

    Returns
    -------
    data : Bunch
        ``images`` of shape (n, 28, 28), uint8 from 0 (background) to 255; ``target`` of shape
        (n,), int64; ``target_names``, ten strings; ``DESCR``, with the paper to cite.

    Notes
    -----
    What is downloaded is compared with the SHA-256 of the original content. A file that already
    lies on disk may be a subset of your own; if it is damaged, or belongs to the other data set,
    it is named in a ValueError.

    Examples
    --------
    >>> from skal import load_mnist
    >>> X, y = load_mnist(return_X_y=True)  # doctest: +SKIP
    >>> X.shape  # doctest: +SKIP
    (60000, 28, 28)
    """
    return _load(MNIST, data_home, subset, download_if_missing, return_X_y)


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
    data_home, subset, download_if_missing, return_X_y
        As in :func:`load_mnist`; torchvision's folder is ``<data_home>/FashionMNIST/raw``.

    Returns
    -------
    data : Bunch
        As :func:`load_mnist` gives it.

    Examples
    --------
    >>> from skal import load_fashion_mnist
    >>> load_fashion_mnist().target_names[9]  # doctest: +SKIP
    'Ankle boot'
    """
    return _load(FASHION_MNIST, data_home, subset, download_if_missing, return_X_y)


def _load(source: Source, data_home: Any, subset: str, may_download: bool, as_pair: bool) -> Any:
    if subset not in PARTS:
        raise ValueError(f"`subset` must be one of {sorted(PARTS)}, got {subset!r}.")
    home = Path(data_home or os.environ.get("SKAL_DATA") or "~/skal_data").expanduser()
    raw = home / source.title.replace("-", "") / "raw"
    files = {key: f"{key}-ubyte.gz" for key in source.sums}
    # whichever folder has any of the files, so that a download completes a set that was begun
    used = [folder for folder in (raw, home) if any((folder / f).exists() for f in files.values())]
    paths = {k: (used or [raw])[0] / f for k, f in files.items() if k.startswith(PARTS[subset])}
    for key, path in paths.items():  # all in one folder, so that labels are those of the images
        if not path.exists():
            _download(source, key, path, may_download)
    arrays = [_read(path, source) for path in paths.values()]
    for pixels, labels, path in zip(arrays[::2], arrays[1::2], list(paths.values())[1::2]):
        if len(pixels) != len(labels):
            raise _damaged(path, f"{len(labels)} labels for {len(pixels)} images", "one for each")
    images, target = np.concatenate(arrays[::2]), np.concatenate(arrays[1::2]).astype(np.int64)
    if as_pair:
        return images, target
    descr = f"{source.title}: grey images of 28 x 28 pixels, ten classes.\n\n{source.citation}"
    return Bunch(images=images, target=target, target_names=source.names.split(","), DESCR=descr)


def _download(source: Source, key: str, path: Path, may_download: bool) -> None:
    failures = [] if may_download else ["download_if_missing=False"]
    for mirror in source.mirrors if may_download else ():
        try:
            with urlopen(mirror + path.name, timeout=60) as response:
                packed = response.read()
            if (found := sha256(gzip.decompress(packed)).hexdigest()) != source.sums[key]:
                raise OSError(f"its content has SHA-256 {found}, needed {source.sums[key]}")
        except (OSError, HTTPException, *DAMAGE) as error:
            failures.append(f"{mirror}: {error!r}")
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{uuid4().hex}")
        try:
            part.write_bytes(packed)
            return os.replace(part, path)  # in one step: whole or not at all
        finally:
            part.unlink(missing_ok=True)
    raise OSError(
        f"{path} is missing and was not downloaded ({'; '.join(failures)}); put it there by hand, "
        "or point data_home or the environment variable SKAL_DATA at a folder that has it."
    )


def _read(path: Path, source: Source) -> NDArray[np.uint8]:
    """Unsigned bytes of a gzipped IDX file: magic number, sizes, values."""
    try:
        content = gzip.decompress(path.read_bytes())
    except DAMAGE as error:
        raise _damaged(path, f"a damaged gzip stream ({error})", "a whole one") from error
    n_dims = 3 if "images" in path.name else 1
    magic, start = bytes([0, 0, 8, n_dims]), 4 + 4 * n_dims
    if content[:4] != magic or len(content) < start:  # 0, 0, unsigned bytes, axes
        raise _damaged(path, f"the header 0x{content[:start].hex()}", f"0x{magic.hex()} and sizes")
    shape = tuple(np.frombuffer(content[4:start], dtype=">u4").tolist())
    values = np.frombuffer(content, dtype=np.uint8, offset=start)
    if len(values) != math.prod(shape):
        raise _damaged(path, f"{len(values)} values", f"{math.prod(shape)} of shape {shape}")
    if n_dims == 3 and shape[1:] != (28, 28):
        raise _damaged(path, f"images of {shape[1]}x{shape[2]} pixels", "28x28")
    if n_dims == 1 and values.max(initial=0) > 9:
        raise _damaged(path, f"the label {values.max()}", "labels from 0 to 9")
    for other in (MNIST, FASHION_MNIST):  # their files have the same names
        if other is not source and sha256(content).hexdigest() in other.sums.values():
            raise ValueError(f"{path} belongs to {other.title}, needed {source.title}.")
    return values.reshape(shape)


def _damaged(path: Path, found: str, needed: str) -> ValueError:
    advice = "delete the file, and load again to download it."
    return ValueError(f"{path} holds {found}, needed {needed}; {advice}")
