"""Strokes: the pixels of objects as vertical runs, and what is measured on them, for all objects at once.

A stroke is [start, end) in the image laid out column by column, the order in which COCO counts; none leaves its
column. Strokes are sorted by object, then by start. No measure makes a pass over the image for each object.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from schemas.errors import PixelError

Ints = npt.NDArray[np.int64]
Labels = npt.NDArray[Any]

MAX_STROKES = 1 << 24
"""Above this a mask counts as a bomb; 20,000 nuclei of 40 px across have 800,000."""

_TURNED_FAST = (np.uint8, np.uint16, np.int32)
_BLOCK_PX = 4 << 20
"""A label map is read so many pixels at a time."""


@dataclass(frozen=True)
class Strokes:
    """The strokes of the objects of an image; object n has those from `first[n]` up to `first[n + 1]`."""

    height_px: int
    width_px: int
    start: Ints
    end: Ints
    first: Ints

    def __len__(self) -> int:
        return len(self.first)


def strokes_of_labels(labels: Labels) -> tuple[Ints, Strokes]:
    """Return the numbers in a label map [row, column], ascending, and the strokes of their objects.

    Raises:
        PixelError: mask_too_large.
    """
    height, width = labels.shape
    blocks, count = [], 0
    for number, start, end in _blocks(labels):
        count += len(number)
        _refuse_many(count)
        blocks.append((number, start, end))
    number, start, end = (np.concatenate(column) for column in zip(*blocks, strict=True))
    order = np.argsort(number, kind="stable")
    sorted_ = number[order]
    first = np.flatnonzero(np.append(len(order) > 0, sorted_[1:] != sorted_[:-1]))
    return sorted_[first].astype(np.int64), Strokes(height, width, start[order], end[order], first)


def _blocks(labels: Labels) -> Iterator[tuple[Labels, Ints, Ints]]:
    """Yield (number, start, end) of the strokes, a few columns at a time."""
    height, width = labels.shape
    wide = max(1, _BLOCK_PX // height)
    for left in range(0, width, wide):
        columns = _by_columns(labels[:, left : left + wide])
        begins = np.empty(columns.shape, np.bool_)
        begins[:, 0] = True
        np.not_equal(columns[:, 1:], columns[:, :-1], out=begins[:, 1:])
        start = np.flatnonzero(begins)
        end = np.append(start[1:], columns.size)
        number = columns.ravel()[start]
        there = number != 0
        yield number[there], start[there] + left * height, end[there] + left * height


def _by_columns(labels: Labels) -> Labels:
    """Return a map's columns as rows; OpenCV turns large maps ten times as fast as NumPy."""
    if labels.T.flags.c_contiguous or labels.dtype not in _TURNED_FAST:
        return np.ascontiguousarray(labels.T)
    import cv2

    turned: Labels = cv2.transpose(labels)
    return turned


def strokes_of_counts(each: Iterable[Ints], *, height_px: int, width_px: int) -> Strokes:
    """Return the strokes of objects that are given as run lengths, of background first.

    Raises:
        PixelError: mask_corrupt, mask_too_large.
    """
    starts: list[Ints] = []
    ends: list[Ints] = []
    first = [0]
    for counts in each:
        start, end = _in_columns(_spans(counts, height_px * width_px), height_px)
        first.append(first[-1] + len(start))
        _refuse_many(first[-1])
        starts.append(start)
        ends.append(end)
    none = np.empty(0, np.int64)
    start, end = np.concatenate([none, *starts]), np.concatenate([none, *ends])
    return Strokes(height_px, width_px, start, end, np.array(first[:-1], np.int64))


def _spans(counts: Ints, size: int) -> tuple[Ints, Ints]:
    """Return (starts, ends) of the runs that are the object's."""
    if not counts.size or counts.min() < 0 or counts.max() > size:
        raise PixelError("mask_corrupt", f"runs that no image of {size} px has")
    edges = np.cumsum(counts)
    if edges[-1] != size:
        raise PixelError("mask_corrupt", f"runs of {edges[-1]} px in all for {size} px")
    start, end = edges[: len(edges) // 2 * 2 : 2], edges[1::2]
    there = end > start
    if not there.any():
        raise PixelError("mask_corrupt", "an object has no pixel")
    return start[there], end[there]


def _in_columns(spans: tuple[Ints, Ints], height: int) -> tuple[Ints, Ints]:
    """Return the spans cut where a column ends."""
    start, end = spans
    left = start // height
    columns = (end - 1) // height - left + 1
    _refuse_many(int(columns.sum()))
    before = np.repeat(np.cumsum(columns) - columns, columns)
    top = (np.repeat(left, columns) + np.arange(len(before)) - before) * height
    return np.maximum(np.repeat(start, columns), top), np.minimum(np.repeat(end, columns), top + height)


def _refuse_many(count: int) -> None:
    if count > MAX_STROKES:
        raise PixelError("mask_too_large", f"more than {MAX_STROKES} runs of pixels")


def areas_px(strokes: Strokes) -> Ints:
    """Return the pixels of each object."""
    return _added(strokes, strokes.end - strokes.start)


def boxes(strokes: Strokes) -> Ints:
    """Return a row (left, top, right, bottom) for each object, right and bottom exclusive."""
    column = strokes.start // strokes.height_px
    top, bottom = strokes.start - column * strokes.height_px, strokes.end - column * strokes.height_px
    sides = [
        np.minimum.reduceat(column, strokes.first),
        np.minimum.reduceat(top, strokes.first),
        np.maximum.reduceat(column, strokes.first) + 1,
        np.maximum.reduceat(bottom, strokes.first),
    ]
    return np.stack(sides, axis=1)


def centroids(strokes: Strokes) -> npt.NDArray[np.float64]:
    """Return a row (x, y) for each object: the mean of its pixels' columns and rows."""
    column = strokes.start // strokes.height_px
    length = strokes.end - strokes.start
    top, last = strokes.start - column * strokes.height_px, strokes.end - column * strokes.height_px - 1
    twice = np.stack([_added(strokes, 2 * column * length), _added(strokes, (top + last) * length)], axis=1)
    centres: npt.NDArray[np.float64] = twice / (2 * areas_px(strokes)[:, None])
    return centres


def _added(strokes: Strokes, values: Ints) -> Ints:
    sums: Ints = np.add.reduceat(values, strokes.first)
    return sums


def overlapping(strokes: Strokes) -> npt.NDArray[np.bool_]:
    """Return for each object whether it shares a pixel with another."""
    order = np.argsort(strokes.start, kind="stable")
    start, end = strokes.start[order], strokes.end[order]
    shared = np.zeros(len(order), np.bool_)
    shared[1:] = start[1:] < np.maximum.accumulate(end)[:-1]
    shared[:-1] |= end[:-1] > start[1:]
    by_stroke = np.empty_like(shared)
    by_stroke[order] = shared
    found: npt.NDArray[np.bool_] = np.logical_or.reduceat(by_stroke, strokes.first)
    return found


def run_lengths(strokes: Strokes) -> Iterator[list[int]]:
    """Yield COCO's run lengths of each object, of background first; they cross columns."""
    size = strokes.height_px * strokes.width_px
    begins = np.ones(len(strokes.start), np.bool_)
    begins[1:] = strokes.start[1:] != strokes.end[:-1]
    begins[strokes.first] = True
    edges = np.stack([strokes.start[begins], strokes.end[np.append(begins[1:], True)]], axis=1).ravel()
    first = 2 * np.cumsum(begins)[strokes.first] - 2
    counts = np.diff(edges, prepend=0)
    counts[first] = edges[first]
    for low, high in pairwise([*first.tolist(), len(edges)]):
        rest = size - int(edges[high - 1])
        yield [*counts[low:high].tolist(), *([rest] if rest else [])]


def painted(strokes: Strokes, numbers: Iterable[int]) -> npt.NDArray[np.uint16]:
    """Return a label map [row, column] with a number for each object, the later above the earlier."""
    strokes_of_each = np.diff(np.append(strokes.first, len(strokes.start)))
    each = np.repeat(np.fromiter(numbers, np.uint16, len(strokes)), strokes_of_each)
    order = np.argsort(strokes.start, kind="stable")
    start, end = strokes.start[order], strokes.end[order]
    if (start[1:] < end[:-1]).any():
        columns = _painted_over(strokes, each)
    else:
        edges = np.stack([start, end], axis=1).ravel()
        size = strokes.width_px * strokes.height_px
        columns = np.repeat(
            np.append(np.stack([np.zeros_like(each), each[order]], axis=1).ravel(), np.uint16(0)),
            np.diff(edges, prepend=0, append=size),
        )
    return columns.reshape(strokes.width_px, strokes.height_px).T


def _painted_over(strokes: Strokes, each: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint16]:
    """Return the pixels, column by column, of strokes some of which share pixels, given the number of each."""
    columns = np.zeros(strokes.width_px * strokes.height_px, np.uint16)
    for number, start, end in zip(each.tolist(), strokes.start.tolist(), strokes.end.tolist(), strict=True):
        columns[start:end] = number
    return columns
