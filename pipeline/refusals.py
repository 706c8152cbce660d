"""Refusals: why a picture can't be read, the limits against bombs, and what decoders raise turned into reasons."""

import mmap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, UnidentifiedImageError

from schemas.errors import PixelError, ReasonedError

REASONS = (
    *("image_empty", "not_an_image", "image_truncated", "image_corrupt", "image_too_large"),
    "image_unsupported",
)
"""Every reason a picture is refused with."""

MAX_PIXELS = 178_956_970
"""Above this a picture counts as a bomb: twice Pillow's MAX_IMAGE_PIXELS, where Pillow itself refuses."""

TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_ROOM_BYTES = 1 << 30
"""What any picture below that limit can be decoded in."""

_MAGIC = (b"\xff\xd8\xff", b"\x89PNG", *TIFF_MAGIC, b"GIF8", b"RIFF", b"BM")
_ENDS_EARLY = ("truncated", "Premature end of JPEG file", "input stream too small")


@contextmanager
def reasoned(head: bytes) -> Iterator[None]:
    """Turn whatever a decoder raises into a PixelError with a reason; `head` is how the file begins.

    Raises:
        PixelError: with one of `REASONS`.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # broken EXIF and the like; what matters is whether it decodes
            yield
    except ReasonedError:
        raise
    except (Image.DecompressionBombError, MemoryError) as error:
        refuse_shortage(error)
        raise PixelError("image_too_large", str(error) or "out of memory") from error
    except UnidentifiedImageError as error:
        reason = "image_corrupt" if head.startswith(_MAGIC) else "not_an_image"
        raise PixelError(reason, f"starts with {head[:12]!r}") from error
    except Exception as error:  # decoders raise OSError, SyntaxError, struct.error, KeyError, zlib.error, ...
        said = f"{type(error).__name__}: {error}"
        ends_early = any(words in said for words in _ENDS_EARLY)
        if ends_early:
            raise PixelError("image_truncated", f"ends early ({type(error).__name__})") from error
        raise PixelError("image_corrupt", said) from error


def refuse_shortage(error: Exception) -> None:
    """Raise a MemoryError again where this process is short of memory: it is the machine's fault, not the picture's."""
    if not isinstance(error, MemoryError):
        return
    try:
        mmap.mmap(-1, _ROOM_BYTES).close()  # addresses alone, no page is touched
    except (OSError, MemoryError):
        raise error from None


def refuse_bomb(width_px: int, height_px: int) -> None:
    """Refuse a picture that says it has more pixels than any real one.

    Raises:
        PixelError: `image_too_large`.
    """
    if width_px * height_px > MAX_PIXELS:
        raise PixelError("image_too_large", f"{width_px} x {height_px} px")
