"""Pillow pictures: JPEG, PNG, GIF, WebP, BMP, JPEG 2000: what they are, and their samples."""

import io

import numpy as np
from PIL import ExifTags, Image, ImageOps

from pipeline import jpegs
from pipeline.photometry import Samples
from pipeline.refusals import refuse_bomb
from pipeline.tiff_pictures import ON_ITS_SIDE, turned
from schemas.errors import PixelError

# Pillow's EPS and WMF readers start other programs, so readers are named one by one.
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "JPEG2000")
_NAMES = {"MPO": "jpeg"}
_BITS = {"1": 1, "I;16": 16, "I;16B": 16, "I;16L": 16, "I": 32, "F": 32}
_OTHER_COLOURS = frozenset({"CMYK", "YCbCr", "LAB", "HSV"})
PNG_BIT_DEPTH_AT = 24  # signature 8, chunk head 8, width 4, height 4: PNG specification, 11.2.1


def open_picture(blob: bytes) -> Image.Image:
    """Return a picture that isn't decoded yet.

    Raises:
        PixelError: it is empty, a bomb, or a JPEG of a strange kind.
    """
    if not blob:
        raise PixelError("image_empty", "0 bytes")
    if blob.startswith(jpegs.MAGIC):
        jpegs.refuse_strange(blob)
    picture = Image.open(io.BytesIO(blob), formats=_FORMATS)
    refuse_bomb(*picture.size)
    return picture


def picture_layout(blob: bytes) -> tuple[str, tuple[int, int], int, int, int]:
    """Return format, (width, height) as it is seen, bits a sample, samples a pixel, and frames."""
    with open_picture(blob) as picture:
        name = _NAMES.get(str(picture.format), str(picture.format).lower())
        bits = blob[PNG_BIT_DEPTH_AT] if name == "png" else _BITS.get(picture.mode, 8)
        size = picture.size[::-1] if _orientation(picture) in ON_ITS_SIDE else picture.size
        return name, size, bits, len(picture.getbands()), getattr(picture, "n_frames", 1)


def _orientation(picture: Image.Image) -> int:
    said: object = picture.getexif().get(ExifTags.Base.Orientation)
    return said if isinstance(said, int) and 1 <= said <= 8 else 1


def picture_samples(blob: bytes, bit_depth: int) -> Samples:
    """Return the samples of a picture that is no TIFF, the right way up."""
    with open_picture(blob) as picture:
        if picture.format == "PNG" and bit_depth > 8:
            import imagecodecs  # Pillow cuts 16-bit RGB to 8

            deep = np.asarray(imagecodecs.png_decode(blob))
            upright = turned(deep, _orientation(picture))
            return Samples(upright, colours=True, complete=True)
        complete = getattr(picture, "n_frames", 1) == 1 and picture.mode not in _OTHER_COLOURS
        return Samples(np.asarray(plain(ImageOps.exif_transpose(picture))), colours=True, complete=complete)


def plain(picture: Image.Image) -> Image.Image:
    """Return the picture in a mode whose samples are 8-bit L, RGB or RGBA, or its own deeper mode."""
    if picture.mode in ("L", "RGB", "RGBA", "I", "F") or picture.mode.startswith("I;16"):
        return picture
    if picture.mode in ("1", "LA"):
        return picture.convert("L" if picture.mode == "1" else "RGBA")
    return picture.convert("RGBA" if "transparency" in picture.info else "RGB")
