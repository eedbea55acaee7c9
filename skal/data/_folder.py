"""Images in one folder a class."""

import operator
import os
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import Bunch

__all__ = ["load_image_folder"]

# What Pillow raises on damaged files, besides its own DecompressionBombError. The last three come
# from header fields that hold a value of the wrong type, such as a TIFF offset of 24.0.
DAMAGE = (
    *(OSError, SyntaxError, ValueError, EOFError, struct.error),
    *(TypeError, ArithmeticError, LookupError),
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
    shape = None if size is None else _height_width(size)
    files = _image_files(Path(path).expanduser(), extensions)
    paths = [file for of_class in files.values() for file in of_class]
    first = _read_image(paths[0], shape, color)
    # filled one by one: a list of images that is joined takes their memory twice
    images = np.empty((len(paths), *first.shape), dtype=np.uint8)
    for row, file in enumerate(paths):
        pixels = _read_image(file, shape, color) if row else first
        if pixels.shape != first.shape:
            raise ValueError(
                f"all images must be of one size (height x width), got {_in_words(first)} from "
                f"{paths[0]} and {_in_words(pixels)} from {file}; pass size=(height, width)."
            )
        images[row] = pixels
    target = np.repeat(np.arange(len(files), dtype=np.int64), [len(of) for of in files.values()])
    if return_X_y:
        return images, target
    return Bunch(
        images=images,  # (n, height, width) or (n, 3, height, width)
        target=target,  # (n,)
        target_names=list(files),
        filenames=np.array([str(file) for file in paths]),  # an array, to be indexed by rows
        DESCR=f"{len(paths)} images of {len(files)} classes from {path}.",
    )


def _in_words(pixels: NDArray[np.uint8]) -> str:
    return f"{pixels.shape[-2]}x{pixels.shape[-1]}"


def _height_width(size: Any) -> tuple[int, int]:
    pair = size if isinstance(size, tuple | list) else (size, size)
    try:
        # True is an int to Python; index, unlike int, takes no 2.5
        sides = [operator.index(side) for side in pair if not isinstance(side, bool)]
    except TypeError:
        sides = []
    if len(sides) != 2 or len(pair) != 2 or min(sides) < 1:
        raise ValueError(
            f"`size` must be a positive int or (height, width) in pixels, or None, got {size!r}."
        )
    return sides[0], sides[1]


def _image_files(root: Path, extensions: Sequence[str]) -> dict[str, list[Path]]:
    """Visible images of each visible class folder, all sorted by name."""
    if isinstance(extensions, str):
        raise TypeError(f"`extensions` must be a sequence of strings, got {extensions!r}.")
    if not root.exists():
        raise FileNotFoundError(f"{root} does not exist; pass the folder of the class folders.")
    if not root.is_dir():
        raise NotADirectoryError(f"{root} is no folder; pass the folder of the class folders.")
    # with or without a dot, in any case: JPG is common on cameras
    wanted = {f".{extension.lower().lstrip('.')}" for extension in extensions}
    files = {
        folder.name: [
            file for file in _visible(folder) if file.suffix.lower() in wanted and file.is_file()
        ]
        for folder in _visible(root)
        if folder.is_dir()
    }
    if not files:
        raise ValueError(
            f"{root} has no class folders; needed <path>/<class>/<image>, one folder a class."
        )
    if not any(files.values()):
        raise ValueError(
            f"{root} has {len(files)} class folders but no images; looked for {sorted(wanted)}: "
            "pass the extensions of your files."
        )
    for name, of_class in files.items():
        if not of_class:
            raise ValueError(
                f"the class folder {root / name} holds no images; looked for {sorted(wanted)}: "
                "add images, remove the folder, or pass the extensions of its files."
            )
    return files


def _visible(folder: Path) -> list[Path]:
    # by name: paths compare without case on Windows; hidden: .DS_Store, ._cat.jpg
    return sorted((e for e in folder.iterdir() if e.name[0] != "."), key=lambda e: e.name)


def _read_image(file: Path, shape: tuple[int, int] | None, color: bool) -> NDArray[np.uint8]:
    """Pixels of one file, (height, width) or (3, height, width)."""
    from PIL import Image, ImageOps  # matplotlib brings it; `import skal` needs neither

    with file.open("rb") as stream:  # a missing permission is no damage: it stays an OSError
        try:
            with Image.open(stream) as opened:
                image = ImageOps.exif_transpose(opened)  # decodes, so damage shows here
            if image.mode[0] in "IF":  # I;16, I, F: converting would clip the values silently
                raise ValueError(f"more than 8 bits, mode {image.mode}; convert it to 8 bits")
            if image.mode == "P":  # straight to grey, PIL warns of transparent colours
                image = image.convert("RGBA")
            image = image.convert("RGB" if color else "L")
        except (*DAMAGE, Image.DecompressionBombError) as error:
            raise ValueError(
                f"{file} cannot be read as an image ({error}); mend, replace or remove it."
            ) from error
    if shape is not None:
        image = image.resize(shape[::-1], Image.Resampling.BILINEAR)  # antialiases by itself
    pixels = np.asarray(image)
    return np.moveaxis(pixels, -1, 0) if color else pixels
