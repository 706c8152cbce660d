"""Sheet: a figure reduced for measuring, with sums that answer for any part of a row or column at once.

Arrays are [row, column]; boxes are (left, top, right, bottom) in pixels of the sheet. Lines of axis 0 are columns,
counted along x; lines of axis 1 are rows, counted along y.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

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
    """Grey summed along each column (0) and along each row (1), from the start: [place on the line, line]."""
    squares: tuple[Sums, Sums]
    leaps: tuple[Sums, Sums]
    """How much a line differs from the one before it, in the colour that differs most, summed along the line."""

    @property
    def box(self) -> Box:
        """The whole sheet."""
        return 0, 0, self.grey.shape[1], self.grey.shape[0]


class Pictures(NamedTuple):
    """A figure as it is measured: in colour and small enough, by how much it was reduced, and in grey as it was."""

    rgb: Array8
    step: int
    full: Image.Image


def pictures(pixels: Array8) -> Pictures:
    """Return a figure, H x W or H x W x 3, reduced, and its luma in full."""
    full = Image.fromarray(pixels)
    step = -(-max(full.size) // SIDE_PX)
    small = full.reduce(step) if step > 1 else full
    return Pictures(np.array(small.convert("RGB")), step, full.convert("L"))


def sheet_of(rgb: Array8, step: int) -> Sheet:
    """Return a reduced figure as a sheet."""
    grey = grey_of(rgb)
    squared = np.multiply(grey, grey, dtype=np.int32)
    across, down = _leaps(rgb)
    columns, rows = _summed(grey, squared, across), _summed(grey.T, squared.T, down.T)
    sums, squares, leaps = zip(columns, rows, strict=True)
    return Sheet(rgb, grey, step, sums, squares, leaps)


def grey_of(rgb: Array8) -> Array8:
    """Return a figure's luma."""
    return np.asarray(Image.fromarray(rgb).convert("L"))


def _summed(*tables: npt.NDArray[np.integer]) -> list[Sums]:
    """Return sums down the columns of tables of one size; all at once, row by row, is much faster than `cumsum`."""
    height, width = tables[0].shape
    sums = np.zeros((height + 1, width * len(tables)), np.int32)
    np.concatenate(tables, axis=1, out=sums[1:])
    for before, row in itertools.pairwise(sums[1:]):
        np.add(before, row, out=row)
    return np.split(sums, len(tables), axis=1)


def _leaps(rgb: Array8) -> tuple[Array8, Array8]:
    """Return for each pixel its distance from the one in the column before, and from the one in the row before."""
    leaps = np.zeros(rgb.shape[:2], np.uint8), np.zeros(rgb.shape[:2], np.uint8)
    for plane in _planes(rgb):
        for leap, here, before in (
            (leaps[0][:, 1:], plane[:, 1:], plane[:, :-1]),
            (leaps[1][1:], plane[1:], plane[:-1]),
        ):
            np.maximum(leap, np.maximum(here, before) - np.minimum(here, before), out=leap)
    return leaps


def _planes(rgb: Array8) -> list[Array8]:
    """Return the channels each for itself, one of them where all are alike."""
    planes = [np.ascontiguousarray(rgb[..., channel]) for channel in range(3)]
    is_grey = np.array_equal(planes[0], planes[1]) and np.array_equal(planes[0], planes[2])
    return planes[:1] if is_grey else planes


def along(sums: Sums, box: Box, axis: int) -> Means:
    """Return the mean of each line of a part, from the sums along such lines."""
    low, high = box[axis], box[axis + 2]
    start, end = box[1 - axis], box[3 - axis]
    return (sums[end, low:high] - sums[start, low:high]) / max(1, end - start)


def pieces_along(sums: Sums, box: Box, axis: int, count: int) -> Means:
    """Return the mean of each line of a part, a row for each of `count` pieces of its length."""
    marks = np.linspace(box[1 - axis], box[3 - axis], count + 1).astype(int)
    return np.diff(sums[marks, box[axis] : box[axis + 2]], axis=0) / np.maximum(1, np.diff(marks))[:, None]


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


def hull(boxes: Sequence[Box]) -> Box:
    """Return the box around boxes."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)
