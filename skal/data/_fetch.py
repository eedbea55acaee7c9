"""Where data sets lie on disk, and how a missing file gets there whole or not at all."""

import gzip
import hashlib
import logging
import os
import shutil
import uuid
import zlib
from collections.abc import Sequence
from http.client import HTTPException
from pathlib import Path
from urllib.request import urlopen

logger = logging.getLogger(__name__)

GZIP_DAMAGE = (EOFError, zlib.error, gzip.BadGzipFile)  # what reading a broken .gz can raise
_TIMEOUT = 60  # seconds without an answer before a mirror is given up
_BLOCK = 1 << 20  # bytes read at a time


def find_data_home(data_home: str | os.PathLike[str] | None) -> Path:
    """Return the folder of the data sets: the argument, ``SKAL_DATA``, or ``~/skal_data``."""
    if data_home is None:
        data_home = os.environ.get("SKAL_DATA") or "~/skal_data"
    return Path(data_home).expanduser()


def download(target: Path, mirrors: Sequence[str], sha256: str) -> None:
    """Put the file ``target.name`` of the first good mirror at ``target``, whole or not at all.

    ``sha256`` is that of the *uncompressed* content: mirrors may compress the same bytes
    differently, and it is the content that an experiment depends on.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    failures = []
    for mirror in mirrors:
        url = mirror + target.name
        try:
            return _download_from(url, target, sha256)
        except (OSError, HTTPException) as error:
            failures.append(f"{url}: {error!r}")
    raise OSError(
        f"{target.name} could not be downloaded to {target.parent} ({'; '.join(failures)}). "
        f"Try again, or put the file there by hand, or point data_home (or the environment "
        f"variable SKAL_DATA) at a folder that has it."
    )


def _download_from(url: str, target: Path, sha256: str) -> None:
    """Download one URL beside the target, check it, and move it into place in one step."""
    logger.info("Downloading %s to %s", url, target.parent)
    part = target.with_name(f".{target.name}.{uuid.uuid4().hex}.part")
    try:
        with urlopen(url, timeout=_TIMEOUT) as response, part.open("xb") as file:
            shutil.copyfileobj(response, file, _BLOCK)
            file.flush()
            os.fsync(file.fileno())  # a power cut must not leave a short file under the real name
        found = content_sha256(part)
        if found != sha256:
            raise OSError(f"its content has SHA-256 {found}, needed {sha256}")
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)  # also after Ctrl-C


def content_sha256(path: Path) -> str:
    """SHA-256 of what a ``.gz`` file holds; OSError if it is no whole gzip file."""
    digest = hashlib.sha256()
    try:
        with gzip.open(path) as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
    except GZIP_DAMAGE as error:
        raise OSError(f"it is not a whole gzip file: {error}") from error
    return digest.hexdigest()
