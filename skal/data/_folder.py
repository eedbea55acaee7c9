"""Images in one folder a class."""

import math
import os
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import Bunch

from skal._progress import with_bar
from skal.data._image_files import ELSEWHERE, EXTENSIONS, LeftOut, find_images, first_names
from skal.data._image_form import check_size, count_colored, counts_as_colored, own_shape, sizes_of
from skal.data._image_pixels import read_pixels
from skal.exceptions import ImageError

__all__ = ["load_image_folder"]

UNREADABLE, EMPTY = "images that cannot be read", "class folders without images"


def load_image_folder(
    path: str | os.PathLike[str],
    *,
    subset: str = "train",
    size: int | tuple[int, int] | None = None,
    color: bool | None = None,
    extensions: Sequence[str] = EXTENSIONS,
    on_error: str = "raise",
    return_X_y: bool = False,
    verbose: int = 0,
) -> Any:
    """Load the images of a folder that has one sub-folder a class.

    Parameters
    ----------
    path : path
        Folder of class folders, ``<path>/<class>/<image>``, or of ``train/`` and ``test/`` (also
        ``training``, ``testing``, ``val``, ``validation``, in any case) that hold the class
        folders. Classes are sorted by name, images by name within their class.
    subset : {"train", "test", "all"}, default="train"
        What to load where there are ``train/`` and ``test/``. Any other folder is all "train".
    size : int or (height, width), default=None
        Pixels of every image; an int is a square. None: their own size if all have the same, with
        the longer side brought down to 64, else squares of 64 (fewer if no image is larger).
        Images are resized (bilinear, antialiased) with their proportions kept; what stands out at
        two sides is cropped.
    color : bool, default=None
        If True, load red, green and blue, channels first as nets expect; if False, load grey
        (ITU-R 601 luma). None: as the files are, judged by the pixels of up to 64 of them.
        Transparency is dropped.
    extensions : sequence of str, default=(".bmp", ".gif", ".jfif", ".jpeg", ".jpg", ".png", ...)
        File extensions to load, in any case.
    on_error : {"raise", "skip"}, default="raise"
        If "raise", name all files that cannot be read, and class folders without images, in one
        error. If "skip", leave them out.
    return_X_y : bool, default=False
        If True, return ``(images, target)`` instead of a Bunch.
    verbose : int, default=0
        1 shows a progress bar.

    Returns
    -------
    data : Bunch
        ``images`` of shape (n, height, width), or (n, 3, height, width) for color, uint8;
        ``target`` of shape (n,), int64, the position in ``target_names``; ``target_names``,
        list of class names, those of all subsets; ``filenames``, array of n paths; ``subsets``,
        names of the subsets that are there; ``left_out``, dict of reason to names; ``DESCR``,
        what was read and what was left out.

    Raises
    ------
    FileNotFoundError, NotADirectoryError
        If ``path`` is not there, or is no folder.
    ValueError
        If there are no class folders or no images or not that subset, or if files cannot be read.

    Warns
    -----
    UserWarning
        If images were left out because of where they lie or of their format, unless
        ``on_error="skip"``.

    Notes
    -----
    The EXIF orientation is applied, so images stand as a viewer shows them. Grey images of 16
    bits are scaled to 8. Of files with several frames the first is loaded.

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
    shape = _check(subset, size, color, on_error)
    root = Path(path).expanduser()
    subsets, left_out = find_images(root, extensions)
    if subset not in (*subsets, "all"):
        raise ValueError(
            f"`subset` must be one of {[*subsets, 'all']}, got {subset!r}; {root} has no "
            "folder test/ with class folders inside."
        )
    names, empty, rows = _rows_of(subsets, subset)
    every = [file for files in subsets.values() for of in files.values() for file in of]
    sizes = Counter() if shape else sizes_of(every)
    shape = shape or own_shape(sizes)
    n_colored, n_seen = count_colored(every) if color is None else (0, 0)
    color = counts_as_colored(n_colored, n_seen) if color is None else bool(color)
    images, kept, unreadable = _read(rows, shape, color, verbose)
    left_out.add(EMPTY, *map(Path, empty))
    left_out.add(UNREADABLE, *(file.relative_to(root) for file in unreadable))
    _complain(root, len(rows), unreadable, empty, left_out, on_error)
    target = np.array([rows[row][1] for row in kept], dtype=np.int64)  # (n,)
    if return_X_y:
        return images, target
    counts = {name: int(np.sum(target == label)) for label, name in enumerate(names)}
    at = root if len(subsets) == 1 else f"{root} ({subset})"
    return Bunch(
        images=images,  # (n, height, width) or (n, 3, height, width)
        target=target,  # (n,)
        target_names=names,
        filenames=np.array([str(rows[row][0]) for row in kept]),  # an array, to be indexed by rows
        subsets=list(subsets),
        left_out=dict(left_out),
        DESCR=_describe(counts, at, images, sizes, (n_colored, n_seen), left_out),
    )


def _rows_of(
    subsets: Mapping[str, Mapping[str, list[Path]]], subset: str
) -> tuple[list[str], list[str], list[tuple[Path, int]]]:
    """List the classes of all subsets, those without images, and the wanted images with labels."""
    held = {
        name: [of.get(name, []) for of in subsets.values()]
        for of in subsets.values()
        for name in of
    }
    names = sorted(name for name, parts in held.items() if any(parts))
    rows = [  # class by class: those of train come before those of test
        (file, label)
        for label, name in enumerate(names)
        for files in (subsets.values() if subset == "all" else [subsets[subset]])
        for file in files.get(name, ())
    ]
    return names, sorted(held.keys() - {*names}), rows


def _check(subset: Any, size: Any, color: Any, on_error: Any) -> tuple[int, int] | None:
    """Refuse what cannot be meant; the size as height and width, if one is given."""
    allowed = {
        "subset": (subset, ("train", "test", "all")),
        "on_error": (on_error, ("raise", "skip")),
        "color": (color, (True, False, None)),
    }
    for name, (value, values) in allowed.items():
        if not any(value is known or value == known for known in values):
            raise ValueError(f"`{name}` must be one of {list(values)}, got {value!r}.")
    return check_size(size)


def _read(
    rows: Sequence[tuple[Path, int]], shape: tuple[int, int], color: bool, verbose: int
) -> tuple[NDArray[np.uint8], list[int], dict[Path, str]]:
    """Pixels of all images that can be read, their rows, and why others cannot."""
    # filled one by one: a list of images that is joined takes their memory twice
    images = np.empty((len(rows), *((3,) if color else ()), *shape), dtype=np.uint8)
    kept: list[int] = []
    unreadable: dict[Path, str] = {}
    for row, (file, _) in enumerate(with_bar(rows, "Reading images", verbose)):
        try:
            images[len(kept)] = read_pixels(file, shape, color)
            kept.append(row)
        except ImageError as error:
            unreadable[file] = str(error)
    return images[: len(kept)], kept, unreadable


def _complain(
    root: Path,
    n_images: int,
    unreadable: Mapping[Path, str],
    empty: Sequence[str],
    left_out: LeftOut,
    on_error: str,
) -> None:
    """Say what was left out: an error for what is broken, a warning for what lies elsewhere."""
    if on_error == "raise" and (unreadable or empty):
        faults = []
        if unreadable:
            words = [f"{file} ({reason})" for file, reason in unreadable.items()]
            faults.append(f"{len(words):,} of {n_images:,} cannot be read: {first_names(words)}")
        if empty:
            faults.append(f"no images directly in {first_names([str(root / e) for e in empty])}")
        raise ValueError(
            f"every image must be readable and every class folder hold some, got "
            f"{'; '.join(faults)}. Mend or remove them, pass their extensions, or leave them out "
            'with on_error="skip".'
        )
    if n_images == len(unreadable):
        raise ValueError(
            f"{root} must hold images that can be read, got none; left out: {left_out}."
        )
    elsewhere = LeftOut({why: of for why, of in left_out.items() if why in ELSEWHERE})
    if elsewhere and on_error == "raise":
        warnings.warn(
            f"left out of {root}: {elsewhere}. Move or convert them to use them; if they are not "
            'wanted, on_error="skip" leaves them out without this warning.',
            stacklevel=3,
        )


def _describe(
    counts: Mapping[str, int],
    where: Any,
    images: NDArray[np.uint8],
    sizes: Counter[tuple[int, int]],
    colored: tuple[int, int],
    left_out: LeftOut,
) -> str:
    """One line that says what was read."""
    words = [f"{name} {n:,}" for name, n in counts.items()]
    shape = images.shape[-2:]
    text = (
        f"{sum(counts.values()):,} images of {len(counts)} class{'es' * (len(counts) > 1)} "
        f"({first_names(words, most=12)}) from {where}: {shape[0]} × {shape[1]} pixels"
    )
    if sizes and set(sizes) != {shape}:
        least, most = (pick(sizes, key=math.prod) for pick in (min, max))
        smallest = "" if least == most else f"{least[0]} × {least[1]} to "
        text += f" (of files of {smallest}{most[0]} × {most[1]})"
    text += ", in colour" if images.ndim == 4 else ", grey"
    if colored[1]:
        text += f" ({colored[0]} of {colored[1]} files looked at have colour)"
    return text + "." + (f" Left out: {left_out}." if left_out else "")
