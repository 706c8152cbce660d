"""Stretch: deep and many-channelled samples to 8-bit pictures, by percentile, so that nothing saturates unseen."""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Array8 = npt.NDArray[np.uint8]

_LOW_PERCENTILE, _HIGH_PERCENTILE = 0.1, 99.9
_SAMPLED_PIXELS = 1_000_000


def stretch(array: Array) -> Array8:
    """Return `array` in 8 bit, each channel stretched between its 0.1 and 99.9 percentile.

    An 8-bit L, RGB or RGBA array comes back as it is. Anything deeper is stretched, never cut at 255, as
    Pillow's own conversion does with 16-bit data (python-pillow issue 1108).
    """
    if array.dtype == np.uint8 and (array.ndim == 2 or array.shape[2] in (3, 4)):
        return array
    if array.ndim == 2:
        return _stretch_channel(array)
    return _merge([_stretch_channel(array[..., at]) for at in range(array.shape[2])])


def _stretch_channel(channel: Array) -> Array8:
    step = max(1, int(np.sqrt(channel.size / _SAMPLED_PIXELS)))
    seen = channel[::step, ::step].astype(np.float64)
    seen = seen[np.isfinite(seen)]
    low, high = np.percentile(seen, (_LOW_PERCENTILE, _HIGH_PERCENTILE)) if seen.size else (0.0, 0.0)
    if high <= low and seen.size:
        low, high = seen.min(), seen.max()
    if high <= low:
        return np.zeros(channel.shape, np.uint8)
    scaled = np.clip((np.nan_to_num(channel.astype(np.float64)) - low) * (255.0 / (high - low)), 0, 255)
    return np.rint(scaled).astype(np.uint8)


# Colours for channels that are not RGB: green and magenta stay apart for most colour-blind eyes.
_TWO = ((0, 255, 0), (255, 0, 255))
_MANY = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 255, 255), (255, 0, 255), (255, 255, 0))


def _merge(channels: list[Array8]) -> Array8:
    """Return an RGB picture in which each channel has a colour; where they meet the brighter one shows."""
    if len(channels) == 1:
        return channels[0]
    colours = _TWO if len(channels) == 2 else _MANY
    merged = np.zeros((*channels[0].shape, 3), np.uint8)
    for at, channel in enumerate(channels):
        tinted = channel[..., None].astype(np.uint16) * np.array(colours[at % len(colours)], np.uint16) // 255
        np.maximum(merged, tinted.astype(np.uint8), out=merged)
    return merged
