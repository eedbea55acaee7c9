"""Labels as folders of classes, with a manifest of what every file was."""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from skal.labeling._items import Items
from skal.labeling.exchange._files import check_inside, decoded, safe_name
from skal.labeling.exchange._table import Table, as_items, as_table, listed, match_items, settled

__all__ = ["read_class_folders", "write_class_folders"]

MANIFEST = "manifest.jsonl"
WAYS = ("copy", "hardlink", "symlink")
ENDINGS = {"image/png": ".png", "image/jpeg": ".jpg"}


def write_class_folders(
    path: Any, table: Mapping[str, Any], pool: Any, *, how: str = "copy"
) -> Path:
    """Lay the labelled items out as one folder a class.

    Parameters
    ----------
    path : path
        A folder that does not exist yet, or is empty.
    table : dict of columns
        One label a key; skips are left out.
    pool : Items or anything that Items takes
        Images or texts. Images that are no files are written as PNG.
    how : {"copy", "hardlink", "symlink"}, default="copy"
        Links take no space; hard links need the same disk. What is no file is always written.

    Returns
    -------
    Path

    Raises
    ------
    ValueError
        If a key is not in the pool, or has two labels; nothing is written then.

    Notes
    -----
    ``manifest.jsonl`` has key, label and SHA-256 of every file. Characters of class names that
    some disk refuses are written as in addresses, ``%2F``; the manifest has the names.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from skal.labeling.exchange import write_class_folders
    >>> with TemporaryDirectory() as folder:
    ...     labels = {"key": ["0", "1"], "label": ["spam", "ham"]}
    ...     path = write_class_folders(f"{folder}/out", labels, ["buy now", "see you at noon"])
    ...     sorted(file.relative_to(path).as_posix() for file in path.rglob("*.txt"))
    ['ham/1.txt', 'spam/0.txt']
    """
    if how not in WAYS:
        raise ValueError(f"`how` must be one of {WAYS}, got {how!r}.")
    items, chosen, path = as_items(pool), settled(table), Path(path)
    if items.kind == "table":
        raise ValueError(
            f"`pool` must hold images or texts, got a {items.kind}; export rows of a table as CSV."
        )
    found = match_items(chosen, items)
    if found.unknown:
        raise ValueError(
            f"`pool` must hold every labelled key, got none for {listed(found.unknown)}; leave "
            "them out, or call refresh on the pool."
        )
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise ValueError(f"`path` must be a new or empty folder, got {path}; name another.")
    part = path.with_name(f".{path.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        _fill(part, chosen, found.rows.tolist(), items, how)
        if path.exists():
            path.rmdir()
        part.rename(path)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return path


def read_class_folders(path: Any, *, verify: bool = True) -> Table:
    """Read the labels that folders of classes tell.

    Parameters
    ----------
    path : path
        Folder of one folder a class. With a manifest, keys are those of the pool that was
        exported; without, paths below the folder.
    verify : bool, default=True
        Compare every file with the SHA-256 of the manifest.

    Returns
    -------
    dict of lists
        A column each.

    Raises
    ------
    ValueError
        If a file of the manifest is missing, changed, or outside of the folder.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from skal.labeling.exchange import read_class_folders, write_class_folders
    >>> with TemporaryDirectory() as folder:
    ...     labels = {"key": ["0"], "label": ["spam/scam"]}
    ...     path = write_class_folders(f"{folder}/out", labels, ["buy now"])
    ...     read_class_folders(path)["label"]
    ['spam/scam']
    """
    path = Path(path)
    if (path / MANIFEST).exists():
        return _from_manifest(path, verify)
    keys, labels = [], []
    for folder in sorted(entry for entry in path.iterdir() if entry.is_dir()):
        for file in sorted(folder.rglob("*")):
            if file.is_file() and not file.name.startswith("."):
                keys.append(file.relative_to(path).as_posix())
                labels.append(folder.name)
    return as_table({"key": keys, "label": labels})


def _fill(part: Path, table: Table, rows: list[int], items: Items, how: str) -> None:
    part.mkdir(parents=True)
    taken: set[tuple[str, str]] = set()
    lines = []
    for at, (key, label, row) in enumerate(zip(table["key"], table["label"], rows)):
        folder = safe_name(label)
        (part / folder).mkdir(exist_ok=True)
        data, source, ending = _content(items, row)
        stem, ending = (key, ending) if ending else os.path.splitext(key)
        name = safe_name(stem.rpartition("/")[2]) + ending
        if (folder, name.casefold()) in taken:  # two folders of the pool may have one name
            name = safe_name(stem) + ending
        if (folder, name.casefold()) in taken:
            name = f"{safe_name(stem)}-{at}{ending}"
        taken.add((folder, name.casefold()))
        digest = _put(part / folder / name, data, source, how)
        entry = {"file": f"{folder}/{name}", "sha256": digest}
        entry |= {name: values[at] for name, values in table.items() if name != "sha256"}
        lines.append(json.dumps({k: v for k, v in entry.items() if v is not None}))
    (part / MANIFEST).write_text("".join(line + "\n" for line in lines), encoding="ascii")


def _content(items: Items, row: int) -> tuple[bytes | None, Path | None, str]:
    """Content of an item: bytes and what their file's name ends in, or the file that it is."""
    if hasattr(items.X, "path"):
        return None, items.X.path(row).resolve(), ""
    if items.kind == "text":
        return items.view(row)["text"].encode("utf8", errors="surrogateescape"), None, ".txt"
    data, media_type = items.image(row)
    return data, None, ENDINGS[media_type]


def _put(target: Path, data: bytes | None, source: Path | None, how: str) -> str:
    if source is None:
        content = data or b""
        target.write_bytes(content)
        return hashlib.sha256(content).hexdigest()
    if how == "copy":
        shutil.copyfile(source, target)
    elif how == "hardlink":
        _link(source, target)
    else:
        target.symlink_to(source)
    return _digest(target)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError as error:
        raise ValueError(
            f"`how` must be 'copy' or 'symlink' here, got 'hardlink', which this disk refused for "
            f"{source.name!r} ({error.strerror})."
        ) from error


def _digest(path: Path) -> str:
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _from_manifest(path: Path, verify: bool) -> Table:
    entries = [json.loads(line) for line in decoded(path / MANIFEST).splitlines() if line]
    changed = []
    for entry in entries:
        file = path / check_inside(entry["file"], "a file of the manifest")
        if verify and not (file.is_file() and _digest(file) == entry["sha256"]):
            changed.append(entry["file"])
    if changed:
        raise ValueError(
            f"files must be what {MANIFEST} says, got others or none for {listed(changed)}; pass "
            "verify=False to take the labels all the same."
        )
    names = set().union(*entries) - {"file", "sha256"} if entries else {"key", "label"}
    return as_table({name: [entry.get(name) for entry in entries] for name in names})
