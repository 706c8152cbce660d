"""JPEGs: read strictly, so that damage shows, and at the smallest scale that does."""

import io

import numpy as np
from PIL import Image

from pipeline.stretch import Array8
from schemas.errors import PixelError

MAGIC = b"\xff\xd8\xff"
_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG's markers that begin a frame: ITU T.81, table B.1."""
_SOF_READ = frozenset({0xC0, 0xC1, 0xC2})
"""Of these, what libjpeg can make smaller while it decodes: baseline, extended, progressive."""


def refuse_strange(blob: bytes) -> None:
    """Refuse frames of other kinds than everybody has: decoders write beyond their buffers for a lossless one.

    Raises:
        PixelError: `image_unsupported`, or `image_truncated` where there is no frame.
    """
    place = 2
    while place + 9 < len(blob):
        if blob[place] != 0xFF or blob[place + 1] in (0x00, 0xFF):
            place += 1
            continue
        marker = blob[place + 1]
        if marker in _SOF:
            if marker not in _SOF_READ or blob[place + 4] != 8:
                raise PixelError("image_unsupported", f"a JPEG of kind {marker:#x} with {blob[place + 4]} bits")
            return
        alone = marker == 0x01 or 0xD0 <= marker <= 0xD8
        place += 2 if alone else 2 + int.from_bytes(blob[place + 2 : place + 4], "big")
    raise PixelError("image_truncated", "a JPEG without a frame")


def grey_of(blob: bytes, *, channels: int, side_px: int) -> Image.Image:
    """Return a JPEG in grey at the smallest scale, in eighths, that leaves both sides >= `side_px`.

    Pillow shows a JPEG whose data are damaged in the middle as if nothing were wrong with it; here that is an error.
    """
    refuse_strange(blob)
    decoded = _decoded(blob, "CMYK" if channels == 4 else "GRAY", side_px)
    if decoded is not None and channels != 4:
        return Image.fromarray(decoded[..., 0])
    with Image.open(io.BytesIO(blob), formats=["JPEG"]) as picture:
        picture.draft("L", (side_px, side_px))
        return picture.convert("L")


def refuse_damaged(blob: bytes, *, channels: int) -> None:
    """Read a JPEG to its end at an eighth of its scale.

    Raises:
        ValueError: it is damaged or cut.
    """
    _decoded(blob, "CMYK" if channels == 4 else "GRAY", 1)


def _decoded(blob: bytes, colours: str, side_px: int) -> Array8 | None:
    import simplejpeg

    try:
        return np.asarray(simplejpeg.decode_jpeg(blob, colours, min_height=side_px, min_width=side_px))
    except ValueError as error:
        if "tjDecompressHeader" not in str(error):  # else a subsampling that only Pillow reads
            raise
        return None
