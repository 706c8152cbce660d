"""Stretch: deep and many-channelled samples to 8-bit pictures, by percentile, so that nothing saturates unseen."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

Array = npt.NDArray[Any]
Array8 = npt.NDArray[np.uint8]

_LOW_PERCENTILE, _HIGH_PERCENTILE = 0.1, 99.9
_SAMPLED_PIXELS = 1_000_000
_BLOCK_SAMPLES = 1 << 22
"""So many samples are turned to floating point at a time: 32 MB of them."""


def stretch(array: Array, *, colours: bool = True, hues: Sequence[str] = ()) -> Array8:
    """Return `array` in 8 bit, stretched between its 0.1 and 99.9 percentile.

    With `colours` the samples of a pixel are grey, RGB or either with alpha: they share one stretch, which keeps
    their balance. Otherwise they are channels: each has its own stretch and is given a colour, that of `hues` (#rrggbb)
    where there is one for each. An 8-bit L, RGB or RGBA array comes back as it is; anything deeper is stretched, never
    cut at 255, as Pillow's own conversion does with 16-bit data (python-pillow issue 1108).
    """
    if array.dtype == np.uint8 and (array.ndim == 2 or (colours and array.shape[2] in (3, 4))):
        return array
    if array.ndim == 2:
        return _scaled(array, value_range(array))
    if colours and array.shape[2] in (2, 3, 4):
        return _coloured(array)
    channels = [_scaled(channel, value_range(channel)) for channel in np.moveaxis(array, 2, 0)]
    return _merged(channels, range(len(channels)), channel_colours(len(channels), hues))


def toned(  # noqa: PLR0913  (what somebody chose to see)
    part: Array,
    ranges: Sequence[tuple[float, float]],
    *,
    colours: bool,
    hues: Sequence[str] = (),
    channels: Sequence[int] = (),
    between: tuple[float, float] = (0.0, 1.0),
) -> Array8:
    """Return a part of a picture in 8 bit as `stretch` would, between two shares of its whole range.

    `ranges` are of the whole picture: one for all samples that are colours, else one a channel, so that the parts of
    a picture fit together. Of `channels`, all if none are named, the others stay dark.
    """
    if part.dtype == np.uint8 and colours and not channels and between == (0.0, 1.0) and part.shape[2:] != (2,):
        return part
    narrowed = [(low + between[0] * (high - low), low + between[1] * (high - low)) for low, high in ranges]
    if part.ndim == 2:
        return _scaled(part, narrowed[0])
    count = part.shape[2] - (colours and part.shape[2] in (2, 4))
    kept = [at for at in range(count) if not channels or at in channels]
    if not colours:
        planes = [_scaled(part[..., at], narrowed[at]) for at in kept]
        colour_of = channel_colours(count, hues)
        return _merged(planes, kept, colour_of) if planes else np.zeros((*part.shape[:2], 3), np.uint8)
    layers = [
        _scaled(part[..., at], narrowed[0]) if at in kept else np.zeros(part.shape[:2], np.uint8) for at in range(count)
    ]
    shown = [layers[0]] * 3 if count == 1 else layers
    return np.stack([*shown, _opacity(part[..., -1])] if count < part.shape[2] else shown, axis=-1)


def value_range(samples: Array) -> tuple[float, float]:
    """Return the 0.1 and the 99.9 percentile: the values that become 0 and 255; all where these are one."""
    step = max(1, int(np.sqrt(samples.shape[0] * samples.shape[1] / _SAMPLED_PIXELS)))
    seen = samples[::step, ::step]
    if seen.dtype == np.uint8 and seen.size:
        low, high = (_percentile8(seen, each) for each in (_LOW_PERCENTILE, _HIGH_PERCENTILE))
    else:
        seen = seen.astype(np.float64)
        seen = seen[np.isfinite(seen)]
        if not seen.size:
            return 0.0, 0.0
        low, high = map(float, np.percentile(seen, (_LOW_PERCENTILE, _HIGH_PERCENTILE)))
    return (low, high) if high > low else (float(seen.min()), float(seen.max()))


def percentiles(samples: Array, percents: Sequence[float]) -> npt.NDArray[np.float64]:
    """Return what np.percentile does of numbers in floating point, by sorting: a quarter of the time.

    >>> percentiles(np.array([[0, 4], [3, 1]], np.float32), (0, 50, 100))
    array([0., 2., 4.])
    """
    ordered = np.sort(samples, axis=None)
    places = np.asarray(percents) / 100 * (ordered.size - 1)
    first = places.astype(np.intp)
    share, below, above = places - first, ordered[first], ordered[np.minimum(first + 1, ordered.size - 1)]
    step = above - below
    return np.asarray(np.where(share < 0.5, below + step * share, above - step * (1 - share)))


def _percentile8(samples: Array8, percent: float) -> float:
    """Return what np.percentile does, by counting: a tenth of the time."""
    flat = np.ascontiguousarray(samples).reshape(samples.shape[0], -1)
    upto = np.cumsum(Image.fromarray(flat).histogram())
    place = percent / 100 * (samples.size - 1)
    below, above = (
        int(np.searchsorted(upto, at, "right")) for at in (int(place), min(int(place) + 1, samples.size - 1))
    )
    return below + (above - below) * (place - int(place))


def _scaled(samples: Array, between: tuple[float, float]) -> Array8:
    low, high = between
    scaled = np.zeros(samples.shape, np.uint8)
    if high <= low:
        return scaled
    rows = max(1, _BLOCK_SAMPLES * samples.shape[0] // samples.size)
    for top in range(0, samples.shape[0], rows):
        block = samples[top : top + rows].astype(np.float64)
        block = np.nan_to_num(block, copy=False, nan=low, posinf=high, neginf=low)
        block = (np.clip(block, low, high) - low) * (255.0 / (high - low))
        np.rint(block, out=block)
        scaled[top : top + rows] = block
    return scaled


def _coloured(array: Array) -> Array8:
    """Return RGB, or RGBA where the last sample is alpha."""
    has_alpha = array.shape[2] in (2, 4)
    seen = array[..., : array.shape[2] - has_alpha]
    shown = seen if seen.dtype == np.uint8 else _scaled(seen, value_range(seen))
    layers = [shown[..., at] for at in ((0, 0, 0) if shown.shape[2] == 1 else (0, 1, 2))]
    return np.stack([*layers, _opacity(array[..., -1])] if has_alpha else layers, axis=-1)


def _opacity(alpha: Array) -> Array8:
    """Return alpha in 8 bit: its full scale is that of its type, of floating point 1."""
    full = 1.0 if alpha.dtype.kind == "f" else float(np.iinfo(alpha.dtype).max)
    return _scaled(alpha, (0.0, full))


# Colours for channels that are not RGB: green and magenta stay apart for most colour-blind eyes.
_TWO = ("#00ff00", "#ff00ff")
_MANY = ("#ff0000", "#00ff00", "#0000ff", "#00ffff", "#ff00ff", "#ffff00")


def channel_colours(count: int, hues: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the colours in which that many channels are shown, as #rrggbb: `hues` if there are so many, else ours.

    One channel alone is white, whatever colour it was given: grey is seen in finer steps.
    """
    if count > 1 and len(hues) == count:
        return tuple(hues)
    colours = ("#ffffff",) if count == 1 else _TWO if count == 2 else _MANY
    return tuple(colours[at % len(colours)] for at in range(count))


def _merged(channels: Sequence[Array8], places: Sequence[int], colours: Sequence[str]) -> Array8:
    """Return an RGB picture in which each channel has a colour; where they meet the brighter one shows.

    `colours` are those of all channels, `places` those among them that are here.
    """
    if len(colours) == 1:
        return channels[0]
    merged = np.zeros((*channels[0].shape, 3), np.uint8)
    for at, channel in zip(places, channels, strict=True):
        for layer, part in enumerate(bytes.fromhex(colours[at].removeprefix("#"))):
            if part:
                lit = channel if part == 255 else (channel.astype(np.uint16) * part // 255).astype(np.uint8)
                np.maximum(merged[..., layer], lit, out=merged[..., layer])
    return merged
