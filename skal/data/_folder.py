"""Images in one folder a class."""

import operator
import os
import struct
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import Bunch

from skal._optional import require

__all__ = ["load_image_folder"]

# What PIL raises on damaged files, besides its own DecompressionBombError. The last three come
# from header fields that hold a value of the wrong type, such as a TIFF offset of 24.0.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    struct.error,
    TypeError,
    ArithmeticError,
    LookupError,
)


def load_image_folder(
    path: str | os.PathLike[str],
    *,
    size: int | tuple[int, int] | None = None,
    color: bool = False,
    extensions: Sequence[str] = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"),
    return_X_y: bool = False,
) -> Any:
    """Load the images of a folder that has one sub-folder a class.

    Parameters
    ----------
    path : path
        Folder of class folders, ``<path>/<class>/<image>``. Classes are sorted by name, images
        by name within their class. Hidden files and folders, files of other extensions and
        folders inside class folders are passed over.
    size : int or (height, width), default=None
        Resize every image to this many pixels (bilinear, antialiased), without keeping its
        proportions; an int is a square. None: the images must all be of one size.
    color : bool, default=False
        If True, load red, green and blue, channels first as nets expect; if False, load grey
        (ITU-R 601 luma). Transparency is dropped.
    extensions : sequence of str, default=(".bmp", ".jpeg", ".jpg", ".png", ".tif", ...)
        File extensions to load, in any case.
    return_X_y : bool, default=False
        If True, return ``(images, target)`` instead of a Bunch.

    Returns
    -------
    data : Bunch
        ``images`` of shape (n, height, width), or (n, 3, height, width) for color, uint8;
        ``target`` of shape (n,), int64, the position in ``target_names``; ``target_names``,
        list of class names; ``filenames``, array of n paths; ``DESCR``.

    Raises
    ------
    FileNotFoundError, NotADirectoryError
        If ``path`` is not there, or is no folder.
    ValueError
        If there are no class folders or no images, if a class folder is empty, if a file is
        damaged, truncated or grey with more than 8 bits, or if sizes differ and ``size`` is None.
        Files are named.
    ImportError
        If Pillow is not installed (``pip install "skal[images]"``).

    Notes
    -----
    The EXIF orientation is applied, so images stand as a viewer shows them. Of files with
    several frames the first is loaded.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from skal.data import load_image_folder
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name, grey in [("cat", 10), ("dog", 200)]:
    ...         Path(folder, name).mkdir()
    ...         Image.new("L", (6, 4), grey).save(Path(folder, name, "1.png"))
    ...     data = load_image_folder(folder)
    >>> data.images.shape, data.images[:, 0, 0].tolist(), data.target_names
    ((2, 4, 6), [10, 200], ['cat', 'dog'])
    """
    pillow = require("PIL.Image", extra="images", purpose="load_image_folder")
    shape = None if size is None else _height_width(size)
    classes = _class_folders(Path(path).expanduser())
    files = _image_files(classes, extensions)
    paths = [file for of_class in files for file in of_class]
    target = np.repeat(np.arange(len(files), dtype=np.int64), [len(of) for of in files])
    images = _read_all(pillow, paths, shape, color)
    if return_X_y:
        return images, target
    names = [folder.name for folder in classes]
    return Bunch(
        images=images,  # (n, height, width) or (n, 3, height, width)
        target=target,  # (n,)
        target_names=names,
        filenames=np.array([str(file) for file in paths]),  # an array, to be indexed by rows
        DESCR=f"{len(paths)} images of {len(names)} classes from {path}.",
    )


def _height_width(size: int | tuple[int, int]) -> tuple[int, int]:
    """Resolve ``size`` to a pair of positive integers."""
    pair: tuple[Any, ...] = size if isinstance(size, tuple | list) else (size, size)
    try:
        sides = [operator.index(side) for side in pair if not isinstance(side, bool)]
    except TypeError:
        sides = []
    if len(sides) != 2 or len(pair) != 2 or min(sides) < 1:
        raise ValueError(
            f"size is {size!r}, needed a positive int or (height, width) in pixels, or None."
        )
    return sides[0], sides[1]


def _class_folders(root: Path) -> list[Path]:
    """Visible sub-folders, sorted by name."""
    if not root.exists():
        raise FileNotFoundError(f"{root} does not exist; pass the folder of the class folders.")
    if not root.is_dir():
        raise NotADirectoryError(f"{root} is no folder; pass the folder of the class folders.")
    visible = (entry for entry in root.iterdir() if not entry.name.startswith("."))
    folders = sorted((entry for entry in visible if entry.is_dir()), key=lambda f: f.name)
    if not folders:
        raise ValueError(
            f"{root} has no class folders; needed <path>/<class>/<image>, one folder a class."
        )
    return folders


def _image_files(classes: list[Path], extensions: Sequence[str]) -> list[list[Path]]:
    """Visible image files of each class, sorted by name."""
    if isinstance(extensions, str):
        raise TypeError(f"extensions is the string {extensions!r}; pass a tuple of strings.")
    wanted = {f".{extension.lower().lstrip('.')}" for extension in extensions}
    files = [
        sorted(
            (file for file in folder.iterdir() if _is_wanted(file, wanted)),
            key=lambda file: file.name,
        )
        for folder in classes
    ]
    empty = [folder for folder, of_class in zip(classes, files, strict=True) if not of_class]
    if len(empty) == len(classes):
        raise ValueError(
            f"{classes[0].parent} has {len(classes)} class folders but no images; looked for "
            f"{sorted(wanted)}: pass the extensions of your files."
        )
    if empty:
        raise ValueError(
            f"the class folder {empty[0]} holds no images; looked for {sorted(wanted)}: add "
            f"images, remove the folder, or pass the extensions of its files."
        )
    return files


def _is_wanted(file: Path, wanted: set[str]) -> bool:
    """A visible file of a wanted extension."""
    return not file.name.startswith(".") and file.suffix.lower() in wanted and file.is_file()


def _read_all(
    pillow: ModuleType, paths: list[Path], shape: tuple[int, int] | None, color: bool
) -> NDArray[np.uint8]:
    """Decode every file into one array, allocated once the first image shows its shape."""
    images = _read_image(pillow, paths[0], shape, color)[np.newaxis]
    filled = np.empty((len(paths), *images.shape[1:]), dtype=np.uint8)
    filled[0] = images[0]
    for row, file in enumerate(paths[1:], start=1):
        pixels = _read_image(pillow, file, shape, color)
        if pixels.shape != filled.shape[1:]:
            raise ValueError(
                f"{file} is {_in_words(pixels)} but {paths[0]} is {_in_words(filled[0])} "
                f"(height x width); pass size=(height, width) to bring all images to one size."
            )
        filled[row] = pixels
    return filled


def _in_words(pixels: NDArray[np.uint8]) -> str:
    """Height x width of one image."""
    return f"{pixels.shape[-2]}x{pixels.shape[-1]}"


def _read_image(
    pillow: ModuleType, file: Path, shape: tuple[int, int] | None, color: bool
) -> NDArray[np.uint8]:
    """Pixels of one file, (height, width) or (3, height, width)."""
    ops = require("PIL.ImageOps", extra="images", purpose="load_image_folder")
    with file.open("rb") as stream:  # a missing permission is no damage: it stays an OSError
        try:
            with pillow.open(stream) as opened:
                image = ops.exif_transpose(opened)  # decodes, so damage shows here
            if image.mode[0] in "IF":  # I;16, I, F: converting would clip the values silently
                raise ValueError(f"more than 8 bits, mode {image.mode}; convert it to 8 bits")
            if image.mode == "P":  # straight to grey, PIL warns of transparent colours
                image = image.convert("RGBA")
            image = image.convert("RGB" if color else "L")
        except (*_DAMAGE, pillow.DecompressionBombError) as error:
            raise ValueError(
                f"{file} cannot be read as an image ({error}); mend, replace or remove it."
            ) from error
    if shape is not None:
        image = image.resize(shape[::-1], pillow.Resampling.BILINEAR)  # antialiases by itself
    pixels = np.asarray(image)
    return np.moveaxis(pixels, -1, 0) if color else pixels
