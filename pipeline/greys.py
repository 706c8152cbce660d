"""Greys: a picture's grey levels made small for a perceptual hash: nearly the same in 8 bit and in more.

What would tell depths apart is left out: levels are clipped at the same percentiles whatever their depth, and are
never rounded to 8 bit. A hash of their cosine transform is blind to their scale and offset.
"""

import numpy as np
from PIL import Image

from pipeline.stretch import Array, value_range

_WEIGHTS = np.array([0.299, 0.587, 0.114], np.float32)
"""Of red, green and blue in grey: ITU-R BT.601, as in Pillow."""
_BAND_SAMPLES = 1 << 22


def small_grey(array: Array, *, side_px: int) -> Image.Image:
    """Return grey or RGB samples as floating-point grey, made smaller while that leaves both sides >= `side_px`.

    A pixel is the mean of a square of pixels.
    """
    if array.dtype == np.uint8 and array.ndim == 3:
        array = np.asarray(Image.fromarray(array).convert("L"))
    low, high = value_range(_seen(array))
    square = max(1, min(array.shape[:2]) // side_px)
    rows = square * max(1, _BAND_SAMPLES // (array.shape[1] * square))
    bands = [_small(array[top : top + rows], square, low, high) for top in range(0, array.shape[0], rows)]
    return Image.fromarray(np.concatenate(bands))


def _seen(array: Array) -> Array:
    """Return enough of the grey levels to know their range."""
    step = max(1, int(np.sqrt(array.shape[0] * array.shape[1] / _BAND_SAMPLES)))
    seen = array[::step, ::step]
    return seen if seen.ndim == 2 else seen.astype(np.float32) @ _WEIGHTS


def _small(band: Array, square: int, low: float, high: float) -> Array:
    grey = band.astype(np.float32)
    grey = grey if grey.ndim == 2 else grey @ _WEIGHTS
    if band.dtype.kind == "f":
        grey = np.nan_to_num(grey, nan=low, posinf=high, neginf=low)
    return np.asarray(Image.fromarray(np.clip(grey, low, high, out=grey)).reduce(square))
