"""Hashing: the perceptual hash of a picture, with the version that says how it was made."""

from functools import cache
from math import isqrt
from typing import Any

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
_SAMPLES_A_SIDE = 4
"""Samples for each bit along a side: imagehash's highfreq_factor."""
Frequencies = npt.NDArray[np.floating[Any]]


def phash(blob: bytes, pixels: Pixels) -> str:
    """Return the hash in hex.

    Raises:
        PixelError: the picture can't be decoded.
    """
    return phash_of(hash_luma(blob, pixels, side_px=_SIDE_PX))


def phash_in(shown: Array8, box: Box) -> str:
    """Return the hash in hex of the part of an 8-bit picture in `box`."""
    return phash_of(small_grey(crop(shown, box), side_px=_SIDE_PX))


def phash_of(grey: Image.Image, bits: int = 64) -> str:
    """Return what `str(imagehash.phash(grey))` returns, by the products of matrices that it is; of 64 or 256 bits.

    The lowest frequencies of the cosine transform, each above their median or not.
    """
    return np.packbits(above_median(low_frequencies(grey, bits))).tobytes().hex()


def low_frequencies(grey: Image.Image, bits: int = 64) -> Frequencies:
    """Return the 8 x 8 lowest frequencies of 32 x 32 samples of a picture; for 256 bits 16 x 16 of 64 x 64."""
    side = isqrt(bits)
    size = (side * _SAMPLES_A_SIDE, side * _SAMPLES_A_SIDE)
    samples = np.asarray(grey.resize(size, Image.Resampling.LANCZOS), np.float64)
    waves = _waves(side)
    return waves @ samples @ waves.T


def above_median(low: Frequencies) -> npt.NDArray[np.bool_]:
    """Return the bits of hashes, [..., bit], of low frequencies, [..., row, column]."""
    flat = low.reshape(*low.shape[:-2], -1)
    return flat > np.median(flat, axis=-1, keepdims=True)


def hash_words(low: Frequencies) -> npt.NDArray[np.uint64]:
    """Return hashes, [picture, word], of low frequencies, [picture, row, column]."""
    return np.packbits(above_median(low), axis=-1).view(np.uint64)


@cache
def _waves(side: int) -> Frequencies:
    """Return the first rows of the DCT-II of four times as many points, unnormalised."""
    points = side * _SAMPLES_A_SIDE
    rows, samples = np.mgrid[:side, :points]
    waves: Frequencies = 2 * np.cos(np.pi * rows * (2 * samples + 1) / (2 * points))
    return waves
