"""Which files of a folder are images of which class, and what else lies there."""

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple

__all__ = ["ELSEWHERE", "EXTENSIONS", "ImageFile", "LeftOut", "find_images", "first_names"]
__all__ += ["suffixes", "walk_images"]

EXTENSIONS = (".bmp", ".gif", ".jfif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")

SUBSETS = {  # folders of a split, in any case; where there is no test set, a validation set is one
    "train": ("train", "training"),
    "test": ("test", "testing", "val", "valid", "validation"),
}
# what unpacking, notebooks, shares and bins leave behind; names with a dot are hidden anyway
OF_SYSTEMS = {
    *("__macosx", "__pycache__", "@eadir", "$recycle.bin", "lost+found"),
    *("system volume information", "thumbs.db", "desktop.ini"),
}
OTHER_FORMATS = {  # images, but none that is looked for by default
    *(".avif", ".heic", ".heif", ".jp2", ".jpe", ".jxl", ".pbm", ".pgm", ".ppm", ".psd", ".svg"),
    *(".arw", ".cr2", ".cr3", ".dcm", ".dng", ".nef", ".nii", ".orf", ".raf", ".rw2"),
}


NESTED, OUTSIDE = "images in folders inside class folders", "images outside class folders"
FOREIGN = "images of formats that are not read"
ELSEWHERE = (NESTED, OUTSIDE, FOREIGN)  # images that somebody may miss


class LeftOut(dict[str, list[str]]):
    """Names of what was left out, by reason, in the order in which it was found."""

    def add(self, reason: str, *paths: Path) -> None:
        """Note that files were left out."""
        if paths:
            self.setdefault(reason, []).extend(str(path) for path in paths)

    def __str__(self) -> str:
        return "; ".join(f"{why}: {len(of):,} ({first_names(of)})" for why, of in self.items())


def first_names(names: Sequence[str], most: int = 3) -> str:
    """The first of several names, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")


def suffixes(extensions: Sequence[str]) -> set[str]:
    """Endings of files, with or without a dot, in any case: JPG is common on cameras."""
    if isinstance(extensions, str):
        raise TypeError(
            f"`extensions` must be a sequence of strings, got {extensions!r}; put it in a list."
        )
    return {f".{extension.lower().lstrip('.')}" for extension in extensions}


def find_images(
    root: Path, extensions: Sequence[str]
) -> tuple[dict[str, dict[str, list[Path]]], LeftOut]:
    """Find the images of a folder.

    Parameters
    ----------
    root : Path
    extensions : sequence of str

    Returns
    -------
    subsets : dict
        Subset -> class -> paths, all sorted by name. A folder that is not split is "train".
    left_out : LeftOut
        Everything else, by reason; names are below `root`. Links that lead nowhere are among the
        images: whoever reads them says so.
    """
    if not root.exists():
        raise FileNotFoundError(f"{root} does not exist; pass the folder of the class folders.")
    if not root.is_dir():
        raise NotADirectoryError(f"{root} is no folder; pass the folder of the class folders.")
    search = _Search(root, suffixes(extensions))
    folders = search.subset_folders()
    return {name: search.classes(folder) for name, folder in folders.items()}, search.left_out


class _Search:
    """One walk through a folder, and what it passes by."""

    def __init__(self, root: Path, wanted: Collection[str]):
        self.root = root
        self.wanted = wanted
        self.left_out = LeftOut()

    def subset_folders(self) -> dict[str, Path]:
        """The root as the only subset, or its folders of a split."""
        below = {e.name.lower(): e for e in _entries(self.root) if e.is_dir() and _is_shown(e)}
        holds = {  # a class may be called train: the folders of a split hold folders
            name: folder
            for name, folder in below.items()
            if any(e.is_dir() and _is_shown(e) for e in _entries(folder))
        }
        parts = {
            subset: next(holds[name] for name in names if name in holds)
            for subset, names in SUBSETS.items()
            if any(name in holds for name in names)
        }
        of_split = {name for names in SUBSETS.values() for name in names}
        if "train" not in parts or not (len(parts) > 1 or below.keys() <= of_split):
            return {"train": self.root}
        for entry in _entries(self.root):
            if entry not in parts.values():
                self._leave("beside train and test" if _is_shown(entry) else "hidden", entry)
        return parts

    def classes(self, folder: Path) -> dict[str, list[Path]]:
        """Images of each class below a folder."""
        files: dict[str, list[Path]] = {}
        for entry in _entries(folder):
            if not _is_shown(entry):
                self._leave("hidden", entry)
            elif entry.is_dir():
                files[entry.name] = self._of_class(entry)
            elif self._is_image(entry):
                self._leave(OUTSIDE, entry)
            else:
                self._leave("files of other extensions", entry)
        if not files:
            raise ValueError(
                f"{folder} has no class folders; needed <path>/<class>/<image>, one folder a class."
            )
        if not any(files.values()):
            # a folder around the folder, as unpacking makes one
            inner = folder / next(iter(files))
            advice = f"pass {inner}" if len(files) == 1 else "pass one of them"
            raise ValueError(
                f"{folder} has {len(files)} class folders but no images in them; looked for "
                f"{sorted(self.wanted)}{self._found_instead()}: "
                + (advice if NESTED in self.left_out else "pass the extensions of your files")
                + "."
            )
        return files

    def _of_class(self, folder: Path) -> list[Path]:
        files = []
        for entry in _entries(folder):
            suffix = entry.suffix.lower()
            if not _is_shown(entry):
                self._leave("hidden", entry)
            elif entry.is_dir():
                nested = (path for path in sorted(entry.rglob("*")) if self._is_image(path))
                self._leave(NESTED, *nested)
            elif suffix in self.wanted:
                files.append(entry)
            else:
                foreign = suffix in OTHER_FORMATS
                self._leave(FOREIGN if foreign else "files of other extensions", entry)
        return files

    def _is_image(self, path: Path) -> bool:
        return path.suffix.lower() in self.wanted and path.is_file() and _is_shown(path)

    def _leave(self, reason: str, *paths: Path) -> None:
        self.left_out.add(reason, *(path.relative_to(self.root) for path in paths))

    def _found_instead(self) -> str:
        return f", found {self.left_out}" if self.left_out else ""


def _entries(folder: Path) -> list[Path]:
    # by name: paths compare without case on Windows
    return sorted(folder.iterdir(), key=lambda entry: entry.name)


def _is_shown(path: "Path | os.DirEntry[str]") -> bool:
    # .DS_Store, ._cat.jpg, .ipynb_checkpoints
    return path.name[0] != "." and path.name.lower() not in OF_SYSTEMS


# ---------------------------------------------------------------- at any depth, without classes


class ImageFile(NamedTuple):
    """A file below a folder, and what it is known again by without reading it."""

    key: str  # its path below the folder, with slashes
    modified: int  # in nanoseconds
    size: int  # in bytes


def walk_images(
    root: Path, wanted: Collection[str], *, recursive: bool = True
) -> tuple[list[ImageFile], LeftOut]:
    """Find the images at any depth below a folder, sorted by key, and what was passed by.

    Links are followed to files below `root` only: whoever shows images to others shows nothing
    from elsewhere. Those that lead nowhere have the size 0.
    """
    if not root.exists():
        raise FileNotFoundError(f"{root} does not exist; pass a folder of images.")
    if not root.is_dir():
        raise NotADirectoryError(f"{root} is no folder; pass a folder of images.")
    found: list[ImageFile] = []
    left_out = LeftOut()
    home, todo = os.path.realpath(root), [("", str(root))]
    while todo:
        prefix, folder = todo.pop()
        try:
            with os.scandir(folder) as scanned:
                entries = sorted(scanned, key=lambda entry: entry.name)
        except OSError:  # nobody but its owner may read it, or it went just now
            if not prefix:
                raise
            left_out.add("folders that cannot be read", Path(_as_text(prefix[:-1])))
            continue
        for entry in entries:
            key = prefix + entry.name
            reason = _why_not(entry, wanted, home, recursive)
            if reason is not None:
                left_out.add(reason, Path(_as_text(key)))
            elif _is_folder(entry):
                todo.append((f"{key}/", entry.path))
            else:
                found.append(_image_file(entry, key))
    return sorted(found), left_out


def _why_not(
    entry: "os.DirEntry[str]", wanted: Collection[str], home: str, recursive: bool
) -> str | None:
    """Say why an entry is passed by, or None."""
    suffix = os.path.splitext(entry.name)[1].lower()
    if not _is_shown(entry):
        return "hidden"
    if _is_folder(entry):
        if entry.is_symlink():
            return "links to folders"  # which may lead in a circle
        return None if recursive else "folders"
    if suffix not in wanted:
        return FOREIGN if suffix in OTHER_FORMATS else "files of other extensions"
    if not (entry.is_symlink() or entry.is_file()):
        return "no files"  # opening a named pipe would wait for ever
    if entry.is_symlink() and not _is_below(os.path.realpath(entry.path), home):
        return "links to files elsewhere"
    # keys are written to files and databases, which hold UTF-8
    return None if _as_text(entry.path) == entry.path else "names that are not UTF-8"


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _is_below(path: str, home: str) -> bool:
    return Path(path).is_relative_to(home)


def _as_text(name: str) -> str:
    return name.encode(errors="backslashreplace").decode()


def _image_file(entry: "os.DirEntry[str]", key: str) -> ImageFile:
    try:
        stat = entry.stat()
    except OSError:  # a link that leads nowhere, or a file that went just now
        return ImageFile(key, 0, 0)
    if not S_ISREG(stat.st_mode):  # a link to what is no file
        return ImageFile(key, 0, 0)
    return ImageFile(key, stat.st_mtime_ns, stat.st_size)
