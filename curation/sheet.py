"""Sheet: a figure reduced for measuring, with sums that answer for any part of a row or column at once.

Arrays are [row, column]; boxes are (left, top, right, bottom) in pixels of the sheet. Lines of axis 0 are columns,
counted along x; lines of axis 1 are rows, counted along y.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from pipeline.stretch import Array8

Sums = npt.NDArray[np.int32]
Means = npt.NDArray[np.float64]
Box = tuple[int, int, int, int]

SIDE_PX = 800
"""The longer side is reduced to at most this; gutters of two pixels in a figure of 1500 px still show."""


@dataclass(frozen=True)
class Sheet:
    """A reduced figure; `step` is how many pixels of the figure one of the sheet stands for."""

    rgb: Array8
    grey: Array8
    step: int
    sums: tuple[Sums, Sums]
    """Grey summed along each column (0) and along each row (1), from the start."""
    squares: tuple[Sums, Sums]
    leaps: tuple[Sums, Sums]
    """How much a line differs from the one before it, in the colour that differs most, summed along the line."""

    @property
    def box(self) -> Box:
        """The whole sheet."""
        return 0, 0, self.grey.shape[1], self.grey.shape[0]


def reduced(pixels: Array8) -> tuple[Array8, int]:
    """Return a figure, H x W or H x W x 3, in colour and small enough, and by how much it was reduced."""
    picture = Image.fromarray(pixels).convert("RGB")
    step = -(-max(picture.size) // SIDE_PX)
    return np.array(picture.reduce(step) if step > 1 else picture), step


def sheet_of(rgb: Array8, step: int) -> Sheet:
    """Return a reduced figure as a sheet."""
    grey = grey_of(rgb)
    squared = np.multiply(grey, grey, dtype=np.int32)
    return Sheet(
        rgb,
        grey,
        step,
        (_summed(grey, 0), _summed(grey, 1)),
        (_summed(squared, 0), _summed(squared, 1)),
        (_summed(_leaps(rgb, 0), 0), _summed(_leaps(rgb, 1), 1)),
    )


def grey_of(rgb: Array8) -> Array8:
    """Return a figure's luma."""
    return np.asarray(Image.fromarray(rgb).convert("L"))


def _summed(values: npt.NDArray[np.integer], axis: int) -> Sums:
    height, width = values.shape
    sums = np.zeros((height + 1, width) if axis == 0 else (height, width + 1), np.int32)
    np.cumsum(values, axis=axis, dtype=np.int32, out=sums[1:] if axis == 0 else sums[:, 1:])
    return sums


def _leaps(rgb: Array8, axis: int) -> Array8:
    """Return for each pixel its distance from the one in the line before; lines of axis 0 are columns."""
    here, before = (rgb[:, 1:], rgb[:, :-1]) if axis == 0 else (rgb[1:], rgb[:-1])
    apart = np.maximum(here, before) - np.minimum(here, before)
    leap = np.zeros(rgb.shape[:2], np.uint8)
    inner = leap[:, 1:] if axis == 0 else leap[1:]
    np.maximum(np.maximum(apart[..., 0], apart[..., 1]), apart[..., 2], out=inner)
    return leap


def along(sums: Sums, box: Box, axis: int) -> Means:
    """Return the mean of each line of a part, from the sums along such lines."""
    low, high = box[axis], box[axis + 2]
    start, end = box[1 - axis], box[3 - axis]
    total = sums[end, low:high] - sums[start, low:high] if axis == 0 else sums[low:high, end] - sums[low:high, start]
    return total / max(1, end - start)


def line_means(sheet: Sheet, box: Box, axis: int) -> tuple[Means, Means]:
    """Return mean and standard deviation of each line of a part."""
    mean = along(sheet.sums[axis], box, axis)
    square = along(sheet.squares[axis], box, axis)
    return mean, np.sqrt(np.maximum(square - mean * mean, 0))


def with_reach(box: Box, axis: int, low: int, high: int) -> Box:
    """Return a box with another reach along an axis."""
    changed = list(box)
    changed[axis], changed[axis + 2] = low, high
    return changed[0], changed[1], changed[2], changed[3]


def inside(values: Array8, box: Box) -> Array8:
    """Return the part of an array that lies in a box."""
    return values[box[1] : box[3], box[0] : box[2]]


def hull(boxes: list[Box]) -> Box:
    """Return the box around boxes."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)
