"""Files that are whole or not there, and names that stay inside a folder."""

import os
from pathlib import Path, PurePosixPath
from typing import Any

__all__ = ["check_inside", "decoded", "safe_name", "write_whole"]

RESERVED = '<>:"/\\|?*%'  # by some file system, or by this very writing


def write_whole(path: Any, data: bytes) -> Path:
    """Write a file in one step: whoever reads it sees the old content or the new one."""
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(part, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # else a name may survive a power cut, and its content not
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return path


def decoded(path: Any) -> str:
    """Read a text in UTF-8, with a byte order mark or without."""
    data = Path(path).read_bytes()
    try:
        # names of files that are no UTF-8 were written as the bytes that they are
        return data.decode("utf-8-sig", errors="surrogateescape")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} must be a text in UTF-8, got {error}.") from error


def safe_name(text: str) -> str:
    """Turn a text into one name of a file or folder; different texts stay different."""
    unsafe = {char for char in text if char in RESERVED or not char.isprintable()}
    if text[:1] == ".":
        unsafe.add(".")
    name = "".join(_percent(char) if char in unsafe else char for char in text)
    return name[:-1] + _percent(name[-1]) if name[-1:] in (" ", ".") else name


def check_inside(name: str, what: str) -> str:
    """Refuse the path of a file that leads out of the folder that it is relative to."""
    parts = PurePosixPath(name.replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts or parts.drive or name[1:2] == ":":
        raise ValueError(
            f"{what} must lie inside its folder, got {name!r}, which leads out of it; use paths "
            "below the folder."
        )
    return name


def _percent(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf8", errors="surrogateescape"))
