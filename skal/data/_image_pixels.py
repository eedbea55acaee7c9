"""One image file as pixels: its size, whether it has colour, its grey or coloured square."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from skal.exceptions import ImageError

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["has_color", "height_width", "read_pixels", "read_whole"]

# What Pillow raises on damaged files, besides its own DecompressionBombError. The last three come
# from header fields that hold a value of the wrong type, such as a TIFF offset of 24.0.
DAMAGE = (
    *(OSError, SyntaxError, ValueError, EOFError, struct.error),
    *(TypeError, ArithmeticError, LookupError),
)
ORIENTATION = 0x0112  # of EXIF; from 5 on the sides are swapped
TINGE = 20  # levels between the channels of a pixel: JPEG gives grey ones three or four
SHARE = 0.01  # of the pixels of an image with colour


@contextmanager
def _opened(file: Path) -> "Iterator[Image]":
    from PIL import Image  # matplotlib brings it; `import skal` needs neither

    if not file.is_file():
        if file.exists():  # opening a named pipe would wait for ever
            raise ImageError("a folder, a pipe or the like")
        if file.is_symlink():
            raise ImageError("a link that leads nowhere")
    try:
        with file.open("rb") as stream, Image.open(stream) as image:
            yield image
    except ImageError:
        raise
    except Image.UnidentifiedImageError as error:  # its message names the stream
        raise ImageError("no image of a known format") from error
    except (*DAMAGE, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise ImageError(reason) from error


def height_width(file: Path) -> tuple[int, int]:
    """Height and width as a viewer shows the image; only its header is read."""
    with _opened(file) as image:
        width, height = image.size
        # of a PNG Pillow would decode the pixels, for EXIF may come after them
        known = image.info if image.format == "PNG" else ("exif",)
        turned = width != height and "exif" in known and image.getexif().get(ORIENTATION, 1) >= 5
        return (width, height) if turned else (height, width)


def has_color(file: Path) -> bool:
    """Tell whether an image shows more than shades of grey."""
    with _opened(file) as image:
        if image.mode in ("1", "L", "LA", "La") or image.mode[0] in "IF":  # I;16 and the like
            return False
        image.draft(None, (64, 64))
        image.thumbnail((64, 64))
        pixels = np.asarray(image.convert("RGBA" if image.mode == "P" else "RGB"))[..., :3]
    spread = pixels.max(axis=-1).astype(int) - pixels.min(axis=-1)  # (height, width)
    return bool(np.mean(spread > TINGE) > SHARE)


def read_pixels(file: Path, shape: tuple[int, int], color: bool) -> NDArray[np.uint8]:
    """Pixels of one file, of shape (height, width) or (3, height, width)."""
    from PIL import Image, ImageOps

    with _opened(file) as opened:
        # a JPEG is decoded at an eighth of its size where that is enough
        opened.draft(None, (2 * max(shape), 2 * max(shape)))
        image = _upright(opened).convert("RGB" if color else "L")
        # 0025: the longer side loses what a rectangle has beyond the square; antialiased
        image = ImageOps.fit(image, shape[::-1], Image.Resampling.BILINEAR)
    pixels = np.asarray(image)
    return np.moveaxis(pixels, -1, 0) if color else pixels


def read_whole(file: Path, longest: int | None = None) -> "Image":
    """Read an image as a viewer shows it, its longer side brought down to `longest` pixels."""
    with _opened(file) as opened:
        if longest is not None:
            opened.draft(None, (2 * longest, 2 * longest))
        image = _upright(opened)
        if image.mode not in ("L", "RGB", "RGBA"):
            has_alpha = image.mode in ("LA", "La", "RGBa")
            image = image.convert("RGBA" if has_alpha else "L" if image.mode == "1" else "RGB")
        if longest is not None:
            image.thumbnail((longest, longest))
    return image


def _upright(opened: "Image") -> "Image":
    """Decode an image, so that damage shows, turn it as EXIF says, and bring it to 8 bits."""
    from PIL import ImageOps

    image = ImageOps.exif_transpose(opened)
    if image.mode[0] in "IF":
        image = _eight_bits(image)
    # straight to grey, PIL warns of transparent colours
    return image.convert("RGBA") if image.mode == "P" else image


def _eight_bits(image: "Image") -> "Image":
    """Scale 16 bits to 8; converting would clip."""
    from PIL import Image

    pixels = np.asarray(image)
    if image.mode == "F" or pixels.min() < 0 or pixels.max() > 0xFFFF:
        raise ImageError(
            f"mode {image.mode} with values from {pixels.min():g} to {pixels.max():g}, "
            "whose black and white nobody knows"
        )
    return Image.fromarray(np.rint(pixels / 257).astype(np.uint8))  # 65,535 becomes 255
