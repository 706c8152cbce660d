"""Same pixels: whether two pictures show the same everywhere, once one is laid on the other.

A publisher scales, compresses, greys a figure and cuts or adds margin: laid exactly on the original, it still agrees
with it in each block. A revised figure (one micrograph of six is another, one bar is redrawn) doesn't, in a few.
`benchmarks.one_work` measures the constants below.
"""

from math import ceil, exp
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from pipeline.pixels import Pixels, luma
from schemas.records import Box

Grey = npt.NDArray[np.uint8]
"""A small grey picture, [row, column]."""
_Values = npt.NDArray[np.floating]
_Where = npt.NDArray[np.bool_]

SIDE_PX = 192
"""The longer side of what is compared: 36 kB a picture at most."""
_READ_PX = 384
_TINY_PX = 24
"""Below this a side says nothing in blocks."""
_BLOCKS = 8
_NOISE = 8.0
"""Grey levels that a block must vary by to show something: what JPEG 60 does to a flat one stays below."""
_FEW_BLOCKS = 4
"""With fewer blocks that show something, equal blocks prove nothing."""
_CLEAR = 0.1
"""Below this a difference needs no second try at laying one on the other."""
_MOST_SCALE, _MOST_SHIFT = 0.1, 0.06
"""Natural logarithm, and part of the side: 3 % of margin on two sides are 0.06 and 0.03."""
_MOST_GAIN = 1.4
_RIM_PX = 2
"""What is left out around both: there the blur mixes the picture with its margin, or with none."""
_EDGE = 12
"""Grey levels by which a margin may differ from its corner."""


class _Laid(NamedTuple):
    """How one picture lies on another, in parts of its sides, and the light between them."""

    scale: tuple[float, float] = (1.0, 1.0)
    shift: tuple[float, float] = (0.0, 0.0)
    gain: float = 1.0
    offset: float = 0.0


def shrunk(blob: bytes, pixels: Pixels, box: Box) -> Grey:
    """Return the part of a picture in `box` in grey, its longer side `SIDE_PX` at most.

    Raises:
        PixelError: the picture can't be decoded.
    """
    left, top, right, bottom = box
    share = min(pixels.width_px, pixels.height_px) / min(right - left, bottom - top)
    grey = luma(blob, pixels, side_px=ceil(_READ_PX * share))
    across, down = grey.width / pixels.width_px, grey.height / pixels.height_px
    part = (left * across, top * down, right * across, bottom * down)
    scale = min(1.0, SIDE_PX / max(right - left, bottom - top))
    size = (max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))
    return np.asarray(grey.resize(size, Image.Resampling.LANCZOS, box=part))


def difference(one: Grey, other: Grey) -> float | None:
    """Return how much the block that differs most does: 0 where all agree, about 1 where one is another picture.

    None where too little is seen to tell.
    """
    if np.array_equal(one, other) and one.std() > _NOISE:
        return 0.0
    if min(*one.shape, *other.shape) < _TINY_PX:
        return None
    first, second = _evened(one, other)
    as_it_is = _worst(first, second, _laid(first, second, _Laid()))
    if as_it_is is None or as_it_is < _CLEAR:
        return as_it_is
    by_ink = _worst(first, second, _laid(first, second, _ink_on_ink(first, second)))
    return None if by_ink is None else min(as_it_is, by_ink)


def _evened(one: Grey, other: Grey) -> tuple[Grey, Grey]:
    """Return both at the resolution of the smaller."""
    side = min(max(one.shape), max(other.shape))
    return _sized(one, side), _sized(other, side)


def _sized(grey: Grey, side: int) -> Grey:
    scale = side / max(grey.shape)
    if scale == 1:
        return grey
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    return np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.LANCZOS))


def _ink_on_ink(one: Grey, other: Grey) -> _Laid:
    """Return how the other lies where what its margin encloses covers what the one's does."""
    scale, shift = [], []
    for axis in (0, 1):
        (low, high), (its_low, its_high) = _ink(one, axis), _ink(other, axis)
        scale.append((its_high - its_low) / (high - low))
        shift.append((its_low + its_high) / 2 - 0.5 - ((low + high) / 2 - 0.5) * scale[-1])
    return _bounded(_Laid((scale[0], scale[1]), (shift[0], shift[1])))


def _ink(grey: Grey, axis: int) -> tuple[float, float]:
    """Return where along an axis, in parts of it, the picture departs from its corner."""
    departs = np.abs(grey.astype(np.int16) - int(grey[0, 0])).max(axis=1 - axis) > _EDGE
    at = np.flatnonzero(departs)
    return (at[0] / departs.size, (at[-1] + 1) / departs.size) if at.size else (0.0, 1.0)


def _bounded(laid: _Laid) -> _Laid:
    low, high = exp(-_MOST_SCALE), exp(_MOST_SCALE)
    down, across = (min(max(each, low), high) for each in laid.scale)
    below, beside = (min(max(each, -_MOST_SHIFT), _MOST_SHIFT) for each in laid.shift)
    gain = min(max(laid.gain, 1 / _MOST_GAIN), _MOST_GAIN)
    return _Laid((down, across), (below, beside), gain, laid.offset)


def _laid(one: Grey, other: Grey, laid: _Laid) -> _Laid:
    """Return how the other lies best on the one: least squares, coarse to fine (Lucas and Kanade)."""
    side = max(one.shape)
    for share in (4, 2, 1):
        first, second = _soft(_sized(one, ceil(side / share))), _soft(_sized(other, ceil(side / share)))
        for _ in range(6):
            laid = _nearer(first, second, laid)
    return laid


def _soft(grey: Grey) -> _Values:
    """Return the picture blurred by a pixel: fine lines may lie half a pixel off."""
    values: _Values = np.pad(grey.astype(np.float32), 1, mode="edge")
    values = (values[:-2] + 2 * values[1:-1] + values[2:]) / 4
    return (values[:, :-2] + 2 * values[:, 1:-1] + values[:, 2:]) / 4


def _drawn(values: _Values, shape: tuple[int, ...], laid: _Laid) -> tuple[_Values, _Where]:
    """Return the picture as it lies on a grid of `shape`, and where on that grid it has pixels."""
    (down, inside_down), (across, inside_across) = (
        _samples(values.shape[axis], shape[axis], laid.scale[axis], laid.shift[axis]) for axis in (0, 1)
    )
    return down @ values @ across.T, np.outer(inside_down, inside_across)


def _samples(size: int, of: int, scale: float, shift: float) -> tuple[_Values, _Where]:
    """Return the matrix that samples `size` pixels linearly at `of` places, and which lie well inside."""
    place = np.arange(of)
    at = (((place + 0.5) / of - 0.5) * scale + 0.5 + shift) * size - 0.5
    weights = np.maximum(0, 1 - np.abs(at.clip(0, size - 1)[:, None] - np.arange(size))).astype(np.float32)
    is_inner = (place >= _RIM_PX) & (place < of - _RIM_PX)
    return weights, is_inner & (at >= _RIM_PX - 0.5) & (at < size - _RIM_PX - 0.5)


def _nearer(one: _Values, other: _Values, laid: _Laid) -> _Laid:
    """Return one step of least squares over scale, shift and light."""
    drawn, inside = _drawn(other, one.shape, laid)
    down, across = np.gradient(drawn)
    rows, columns = ((np.arange(size, dtype=np.float32) + 0.5) / size - 0.5 for size in one.shape)
    down, across = down * one.shape[0], across * one.shape[1]
    slopes = [down * rows[:, None], across * columns, down, across]
    known = np.stack([*(laid.gain * slope for slope in slopes), drawn, np.ones_like(drawn)])[:, inside]
    missing = (one - laid.gain * drawn - laid.offset)[inside]
    normal = known @ known.T
    step = np.linalg.solve(normal + np.diag(np.diag(normal) * 1e-3 + 1e-3), known @ missing)
    scale = (laid.scale[0] + float(step[0]), laid.scale[1] + float(step[1]))
    shift = (laid.shift[0] + float(step[2]), laid.shift[1] + float(step[3]))
    return _bounded(_Laid(scale, shift, laid.gain + float(step[4]), laid.offset + float(step[5])))


def _worst(one: Grey, other: Grey, laid: _Laid) -> float | None:
    """Return the difference of the block that differs most; None where few show anything."""
    first = _soft(one)
    drawn, inside = _drawn(_soft(other), one.shape, laid)
    second = laid.gain * drawn + laid.offset
    count, apart = _sums(inside, inside), _sums((first - second) ** 2, inside)
    shown = _spread(first, inside) + _spread(second, inside)
    seen = count > one.size / _BLOCKS**2 / 4
    if np.count_nonzero(seen & (shown > 2 * count * _NOISE**2)) < _FEW_BLOCKS:
        return None
    return float((apart[seen] / (shown + 2 * count * _NOISE**2)[seen]).max())


def _spread(values: _Values, inside: _Where) -> _Values:
    """Return the sum over each block of the squared distance from its mean."""
    sums, count = _sums(values, inside), np.maximum(_sums(inside, inside), 1)
    return np.maximum(_sums(values**2, inside) - sums**2 / count, 0)


def _sums(values: _Values | _Where, inside: _Where) -> _Values:
    """Return the sum of what lies inside, by block."""
    rows, columns = (np.arange(size) * _BLOCKS // size for size in values.shape)
    block = rows[:, None] * _BLOCKS + columns
    return np.bincount(block[inside], values[inside].astype(np.float64), _BLOCKS**2).astype(np.float64)
