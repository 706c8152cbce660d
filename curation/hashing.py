"""Hashing: the perceptual hash of a picture, with the version that says how it was made."""

from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image

from pipeline.greys import small_grey
from pipeline.pixels import Pixels, crop, hash_luma
from pipeline.stretch import Array8
from schemas.records import Box

VERSION = "phash64-clipped64-3"
"""imagehash's phash of 8 x 8 bits, on grey clipped at its 0.1 and 99.9 percentile, in floating point, made smaller
while that leaves 64 px a side: the same picture in 8 and in 16 bit has nearly the same bits."""

_SIDE_PX = 64
_BITS, _SAMPLES = 8, 32


def phash(blob: bytes, pixels: Pixels) -> str:
    """Return the hash in hex.

    Raises:
        PixelError: the picture can't be decoded.
    """
    return phash_of(hash_luma(blob, pixels, side_px=_SIDE_PX))


def phash_in(shown: Array8, box: Box) -> str:
    """Return the hash in hex of the part of an 8-bit picture in `box`."""
    return phash_of(small_grey(crop(shown, box), side_px=_SIDE_PX))


def phash_of(grey: Image.Image) -> str:
    """Return what `str(imagehash.phash(grey))` returns, by the products of matrices that it is.

    The 8 x 8 lowest frequencies of the cosine transform of 32 x 32 samples, each above their median or not.
    """
    samples = np.asarray(grey.resize((_SAMPLES, _SAMPLES), Image.Resampling.LANCZOS), np.float64)
    waves = _waves()
    low = waves @ samples @ waves.T
    bits = low > np.median(low)
    return np.packbits(bits).tobytes().hex()


@cache
def _waves() -> npt.NDArray[np.float64]:
    """Return the first 8 rows of the 32-point DCT-II, unnormalised."""
    rows, samples = np.mgrid[:_BITS, :_SAMPLES]
    waves: npt.NDArray[np.float64] = 2 * np.cos(np.pi * rows * (2 * samples + 1) / (2 * _SAMPLES))
    return waves
