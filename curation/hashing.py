"""Hashing: the perceptual hash of a picture, with the version that says how it was made."""

from pipeline.pixels import Pixels, luma

VERSION = "phash64-draft64-1"
"""imagehash's phash of 8 x 8 bits of 8-bit grey; JPEGs decoded at reduced scale, 64 px a side or more."""

_SIDE_PX = 64


def phash(blob: bytes, pixels: Pixels) -> str:
    """Return the hash in hex.

    Raises:
        PixelError: the picture can't be decoded.
    """
    import imagehash

    return str(imagehash.phash(luma(blob, pixels, side_px=_SIDE_PX)))
