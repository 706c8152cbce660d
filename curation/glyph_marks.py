"""Glyph marks: small marks in a figure that stand alone, as panel letters do, and letters of words do not.

Boxes are (left, top, right, bottom) in pixels of the reduced figure, one a row where they stand in an array.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from curation.sheet import Box
from pipeline.stretch import Array8

Boxes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Lines = npt.NDArray[np.intp]

_LEAST_PX, _MOST = 5, 0.07
"""Height of a letter: pixels of the reduced figure, part of its longer side."""
_WIDEST = 1.9
_ALONE = 0.28
"""Part of its height within which a letter has no neighbour but a bracket or a dot; letters of a word are closer."""
_RIM_PX = 1
_STROKE_PX = 13
_CONTRAST = 55
"""Grey levels between a stroke of up to `_STROKE_PX` and what lies on both sides of it."""
_MOST_MARKS = 160
"""Of each ink; a figure with more marks that stand alone has dots or grains, whose letters are the largest."""


class Mark(NamedTuple):
    """A mark: where it is, whether it is light on dark, and where it ends with its brackets or its dot."""

    box: Box
    is_light: bool
    whole: Box


class Loners(NamedTuple):
    """What stands alone as letters do: its boxes, and all small ones of that ink, from the left."""

    boxes: Boxes
    rimmed: Boxes
    """The same with what ground there is around them, where no bracket stands so near."""
    small: Boxes
    is_light: bool


def loners(luma: Array8) -> list[Loners]:
    """Return what stands alone, dark on light and light on dark."""
    closed = _reached(_reached(luma, np.maximum), np.minimum)
    opened = _reached(_reached(luma, np.minimum), np.maximum)
    return [_loners(closed - luma > _CONTRAST, is_light=False), _loners(luma - opened > _CONTRAST, is_light=True)]


def _reached(values: Array8, chosen: np.ufunc) -> Array8:
    """Return for each pixel the largest or smallest value within half a stroke, by windows that grow."""
    half = _STROKE_PX // 2
    for axis in (0, 1):
        lines = np.pad(values, [(half, half) if axis == each else (0, 0) for each in (0, 1)], mode="edge")
        width = 1
        while width < _STROKE_PX:
            shift = min(width, _STROKE_PX - width)
            lines = chosen(lines[:-shift], lines[shift:]) if axis == 0 else chosen(lines[:, :-shift], lines[:, shift:])
            width += shift
        values = lines
    return values


def _loners(is_ink: Flags, *, is_light: bool) -> Loners:
    boxes = _components(is_ink)
    most = max(_LEAST_PX + 1, _MOST * max(is_ink.shape))
    wide, tall = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    small = boxes[(tall <= most) & (wide <= most) & (tall * wide > 2)]
    small = small[np.argsort(small[:, 0], kind="stable")]
    wide, tall = small[:, 2] - small[:, 0], small[:, 3] - small[:, 1]
    able = np.flatnonzero((tall >= _LEAST_PX) & (wide <= _WIDEST * tall))
    able = able[~_in_words(small, able)]
    able = able[np.lexsort((small[able, 1], -tall[able]))][:_MOST_MARKS]
    free = np.column_stack((_is_free_after(_mirrored(small), able), able >= 0, _is_free_after(small, able), able >= 0))
    boxes = small[able]
    is_slim = 2 * (boxes[:, 2] - boxes[:, 0]) <= boxes[:, 3] - boxes[:, 1]
    boxes[is_slim, 1] = [_with_dot(small, box) for box in boxes[is_slim].tolist()]
    return Loners(boxes, boxes + _RIM_PX * free * (-1, -1, 1, 1), small, is_light)


def _components(is_ink: Flags) -> Boxes:
    from scipy import ndimage

    labels, count = ndimage.label(is_ink, np.ones((3, 3)))
    places = ndimage.find_objects(labels)
    return np.array([(x.start, y.start, x.stop, y.stop) for y, x in places], np.int64).reshape(count, 4)


def _in_words(boxes: Boxes, able: Lines) -> Flags:
    """Return which of some boxes have a letter beside them, on either side."""
    return _has_letter_after(boxes, able) | _has_letter_after(_mirrored(boxes), able)


def _mirrored(boxes: Boxes) -> Boxes:
    return np.column_stack((-boxes[:, 2], boxes[:, 1], -boxes[:, 0], boxes[:, 3]))


def _has_letter_after(boxes: Boxes, able: Lines) -> Flags:
    """Return which of some boxes have a box of their height to the right, on their line, that is no bracket."""
    one, other = _pairs(boxes, able, np.maximum(3.0, _ALONE * (boxes[able, 3] - boxes[able, 1])))
    is_letter = _is_level(boxes[other], boxes[able][one]) & ~_is_bracket(boxes[other], boxes[able][one])
    return np.asarray(np.bincount(one, is_letter, len(able)) > 0)


def _is_free_after(boxes: Boxes, able: Lines) -> Flags:
    """Return which of some boxes have nothing right behind them."""
    one, other = _pairs(boxes, able, np.full(len(able), _RIM_PX + 1.0))
    is_beside = (boxes[other, 1] < boxes[able, 3][one]) & (boxes[other, 3] > boxes[able, 1][one])
    return np.asarray(np.bincount(one, is_beside, len(able)) == 0)


def _pairs(boxes: Boxes, able: Lines, reach: npt.NDArray[np.float64]) -> tuple[Lines, Lines]:
    """Return each of some boxes, by its place among them, with each box that begins right of it within a reach."""
    order, ends = np.argsort(boxes[:, 0], kind="stable"), boxes[able, 2]
    low = np.searchsorted(boxes[order, 0], ends - 1)
    high = np.searchsorted(boxes[order, 0], ends + reach)
    counts = np.maximum(high - low, 0)
    one = np.repeat(np.arange(len(able)), counts)
    at = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(low, counts)
    return one, order[at]


def _is_level(boxes: Boxes, beside: Boxes) -> Flags:
    tall = beside[..., 3] - beside[..., 1]
    rise, fall = np.abs(boxes[..., 1] - beside[..., 1]), np.abs(boxes[..., 3] - beside[..., 3])
    return np.asarray((rise < 0.4 * tall) & (fall < 0.4 * tall))


def _is_bracket(boxes: Boxes, beside: Boxes) -> Flags:
    tall, height = beside[..., 3] - beside[..., 1], boxes[..., 3] - boxes[..., 1]
    is_slim = boxes[..., 2] - boxes[..., 0] <= 0.5 * height
    encloses = (boxes[..., 1] <= beside[..., 1] + 1) & (boxes[..., 3] >= beside[..., 3] - 1)
    return np.asarray(is_slim & encloses & (height >= 0.95 * tall) & (height <= 2.4 * tall))


def _is_full_stop(boxes: Boxes, beside: Box) -> Flags:
    tall = beside[3] - beside[1]
    side = np.maximum(boxes[:, 3] - boxes[:, 1], boxes[:, 2] - boxes[:, 0])
    return np.asarray((side <= 0.4 * tall) & (boxes[:, 3] > beside[3] - 0.3 * tall) & (boxes[:, 1] < beside[3]))


def mark_of(loner: Loners, at: int) -> Mark | None:
    """Return a mark with its brackets or dot; None where it opens a word whose next letter is narrow."""
    box, is_light = loner.boxes[at], loner.is_light
    left, top, right, bottom = (int(side) for side in box)
    tall, reach = bottom - top, max(3.0, _ALONE * (bottom - top))
    near = _near(loner.small, (left - tall, top - tall, right + 2 * tall, bottom + tall))
    if len(near) == 1:  # itself
        return Mark((left, top, right, bottom), is_light, (left, top, right, bottom))
    before = near[(near[:, 2] <= left + 1) & (near[:, 2] > left - reach)]
    after = near[(near[:, 0] >= right - 1) & (near[:, 0] < right + reach)]
    opens = before[_is_bracket(before, box)]
    closes = after[_is_bracket(after, box) | _is_full_stop(after, (left, top, right, bottom))][:1]
    if len(opens) > 1 or (len(closes) and _goes_on(near, closes[0], reach)):
        return None
    whole = np.concatenate(([[left, top, right, bottom]], opens, closes))
    (low_x, low_y), (high_x, high_y) = whole[:, :2].min(axis=0), whole[:, 2:].max(axis=0)
    return Mark((left, top, right, bottom), is_light, (int(low_x), int(low_y), int(high_x), int(high_y)))


def _near(small: Boxes, around: Box) -> Boxes:
    """Return the boxes that reach into a part, all of them being in the order of their left sides."""
    left, top, right, bottom = around
    beside = small[: np.searchsorted(small[:, 0], right)]
    return beside[(beside[:, 2] > left) & (beside[:, 3] > top) & (beside[:, 1] < bottom)]


def _goes_on(near: Boxes, bracket: Boxes, reach: float) -> bool:
    """Return whether a word goes on after what looks like a bracket: it was a narrow letter."""
    after = near[(near[:, 0] >= bracket[2] - 1) & (near[:, 0] < bracket[2] + reach)]
    return bool(_is_level(after, bracket).any())


def _with_dot(small: Boxes, box: Box) -> int:
    """Return the top of a mark with the dot of i and j above it."""
    left, top, right, bottom = box
    tall = bottom - top
    near = _near(small, (left - tall, top - tall, right + tall, bottom))
    side = np.maximum(near[:, 3] - near[:, 1], near[:, 2] - near[:, 0])
    is_middle = np.abs((near[:, 0] + near[:, 2]) / 2 - (left + right) / 2) < 0.25 * tall
    dots = near[is_middle & (near[:, 3] <= top) & (near[:, 3] > top - 0.5 * tall) & (side <= 0.4 * tall)]
    return int(dots[0, 1]) if len(dots) == 1 else top
