"""Glyph forms: small marks of a picture as the network sees them, many at once.

A form is the mark in the middle of a square of `SIDE` pixels, its aspect kept, ink 1 and ground 0. Each mark is laid
into the corner of a square of `_GRID` pixels, reduced where it is larger; all else is done for all marks together.
Boxes are (left, top, right, bottom), one a row, and should leave a rim of ground around the mark.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image

Values = npt.NDArray[np.float32]
Boxes = npt.NDArray[np.int64]
Lines = npt.NDArray[np.intp]

SIDE = 16
_GRID = 48
_CUT = 0.35
"""Ink below this part of the mark's darkest is fringe."""
_GROUND = 0.4
"""Part of the rim that is darker than its ground: letters touch little of it."""
_LEAST_INK = 0.1


def forms(grey: Image.Image, boxes: Boxes, *, is_light: bool) -> Values:
    """Return the forms of marks in a picture of mode L; one that hardly differs from its ground is all 0."""
    if not len(boxes):
        return np.zeros((0, SIDE, SIDE), np.float32)
    ink = _inks(grey, boxes, is_light=is_light)
    strong = ink.max(axis=(1, 2))
    reaches = [_reach(ink.max(axis=2 - axis), strong) for axis in (0, 1)]
    scale = np.float32(SIDE) / np.maximum(*(high - low for low, high in reaches))
    down, across = (_resized(low, high, scale) for low, high in reaches)
    shown = down @ ink @ across.transpose(0, 2, 1)
    shown *= ((strong >= _LEAST_INK) / np.maximum(strong, _LEAST_INK))[:, None, None]
    return np.asarray(shown, np.float32)


def _inks(grey: Image.Image, boxes: Boxes, *, is_light: bool) -> Values:
    """Return the marks as grids: ink 1, ground 0."""
    seen = np.asarray(grey)
    inside = np.column_stack((np.maximum(boxes[:, :2], 0), np.minimum(boxes[:, 2:], (grey.width, grey.height))))
    grids = np.zeros((len(boxes), _GRID, _GRID), np.uint8)
    for grid, (left, top, right, bottom) in zip(grids, inside.tolist(), strict=True):
        mark = seen[top:bottom, left:right]
        if max(mark.shape) > _GRID:
            mark = _reduced(mark)
        turned = mark if is_light else 255 - mark
        ground = _ground(turned)
        grid[: mark.shape[0], : mark.shape[1]] = np.maximum(turned, ground) - ground
    return grids.astype(np.float32) / np.float32(255)


def _reduced(mark: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    scale = _GRID / max(mark.shape)
    size = max(1, round(mark.shape[1] * scale)), max(1, round(mark.shape[0] * scale))
    return np.asarray(Image.fromarray(mark).resize(size, Image.Resampling.BOX))


def _ground(mark: npt.NDArray[np.uint8]) -> np.uint8:
    rim = np.concatenate((mark[0], mark[-1], mark[:, 0], mark[:, -1]))
    rim.sort()
    return np.uint8(rim[int(_GROUND * len(rim))])


def _reach(profile: Values, strong: Values) -> tuple[Lines, Lines]:
    """Return the first line of each mark that is no fringe, and the one behind the last."""
    is_mark = profile > _CUT * strong[:, None]
    return is_mark.argmax(axis=1), _GRID - is_mark[:, ::-1].argmax(axis=1)


def _resized(low: Lines, high: Lines, scale: Values) -> Values:
    """Return how much each line of a grid gives to each of a form: the mean where it shrinks, else what is near."""
    size = np.maximum(1, np.rint((high - low) * scale)).astype(np.float32)
    each = ((high - low) / size).astype(np.float32)[:, None, None]
    place = np.arange(SIDE, dtype=np.float32) - (SIDE - size[:, None]) // 2
    line = np.arange(_GRID, dtype=np.float32)
    off = line - (low[:, None, None].astype(np.float32) + (place[:, :, None] + 0.5) * each - 0.5)
    near = np.where(each > 1, (off > -each / 2) & (off <= each / 2), np.maximum(1 - np.abs(off), 0))
    near *= ((line >= low[:, None]) & (line < high[:, None]))[:, None]
    is_filled = (place >= 0) & (place < size[:, None])
    return np.asarray(near * (is_filled[:, :, None] / np.maximum(near.sum(axis=2, keepdims=True), 1e-6)), np.float32)
