"""Insets: a small framed picture laid into a panel, at its corner, at its edge or within.

What is looked for are lines of one grey that stand out from both sides, two that meet at a corner and end there: a line
that goes on beyond parts tiles, and frames nothing. A side without a line must be the panel's own edge. Arrays are
[row, column]; a line of axis 0 is upright, at an x, and reaches over y; boxes are (left, top, right, bottom).
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from curation.sheet import Box, inside
from pipeline.stretch import Array8

_EVERY = 4
"""Pixels of which one is looked at along a line."""
_LEVEL, _STANDS_OUT = 12, 25
"""Grey levels by which neighbours in a line may differ, and by which it must differ from what lies beside."""
_BESIDE_PX = 7
"""A line is thinner."""
_LEAST_SIDE, _MOST_SIDE, _LEAST_PX = 0.12, 0.65, 40
"""Sides of an inset, as parts of the panel's and in pixels."""
_MEET_PX, _EDGE_PX, _SAME_PX = 10, 12, 3
_BOTH_SIDES, _ONE_GREY = 0.6, 24
_TEXTURE = 0.3
_PAPER, _MOST_PAPER, _DIM = 245, 0.5, 70
_MOST_LINES = 60
"""Of each axis, the longest; a picture with more of them has stripes."""


class _Line(NamedTuple):
    """A line at `at` across, from `start` to `end` along, of a grey."""

    at: int
    start: int
    end: int
    grey: int


def insets_in(grey: Array8, panel: Box) -> list[Box]:
    """Return the framed pictures in a panel of a figure's luma, in pixels of the figure."""
    own = inside(grey, panel)
    if min(own.shape) * _MOST_SIDE < _LEAST_PX or not _is_textured(own):
        return []
    upright, level = _lines(own), _lines(own.T)
    begun = {box for one in upright for other in level for box in _corners(one, other)}
    frames = {_drawn_to(box, upright, level, own.shape) for box in begun}
    kept: list[Box] = []
    for box in sorted(frames, key=lambda box: (-_area(box), box)):
        if all(_are_apart(box, other) for other in kept) and _is_framed(box, upright, level, own):
            kept.append(box)
    return [(left + panel[0], top + panel[1], right + panel[0], bottom + panel[1]) for left, top, right, bottom in kept]


def _is_textured(grey: Array8) -> bool:
    """Return whether a part is a picture: drawings are mostly flat or mostly paper; dark fields may be flat."""
    seen = grey[::_EVERY]
    is_uneven = seen.mean() < _DIM or np.mean(seen[:, 1:] != seen[:, :-1]) > _TEXTURE
    return bool(is_uneven and np.mean(seen > _PAPER) < _MOST_PAPER)


def _lines(grey: Array8) -> list[_Line]:
    """Return upright lines that are as long as a side of an inset may be, one of those side by side."""
    seen = np.ascontiguousarray(grey[::_EVERY])
    least = max(_LEAST_PX, int(_LEAST_SIDE * len(grey))) // _EVERY
    middle = seen[:, _BESIDE_PX:-_BESIDE_PX]
    stands_out = _apart(middle, seen[:, : -2 * _BESIDE_PX]) > _STANDS_OUT
    stands_out |= _apart(middle, seen[:, 2 * _BESIDE_PX :]) > _STANDS_OUT
    stands_out[1:] &= _apart(middle[1:], middle[:-1]) <= _LEVEL
    longest = sorted(_runs(stands_out, least), key=lambda run: run[1] - run[2])[:_MOST_LINES]
    return [
        _Line(at + _BESIDE_PX, start * _EVERY, end * _EVERY, int(middle[(start + end) // 2, at]))
        for at, start, end in longest
        if (end - start) * _EVERY <= _MOST_SIDE * len(grey) and _is_ridge(seen, at + _BESIDE_PX, start, end)
    ]


def _apart(one: Array8, other: Array8) -> Array8:
    apart = np.maximum(one, other)
    apart -= np.minimum(one, other)
    return apart


def _runs(flags: npt.NDArray[np.bool_], least: int) -> Iterator[tuple[int, int, int]]:
    """Yield column, first row and the one behind the last of runs down the columns, at least so long."""
    long, reached = flags, 1
    while reached < least:
        shift = min(reached, least - reached)
        long = long[:-shift] & long[shift:]
        reached += shift
    edges = np.zeros((flags.shape[1], len(long) + 2), bool)
    edges[:, 1:-1] = long.T
    changes = np.flatnonzero(edges[:, 1:] != edges[:, :-1])
    columns, rows = np.divmod(changes, edges.shape[1] - 1)
    for column, start, end in zip(columns[::2].tolist(), rows[::2].tolist(), rows[1::2].tolist(), strict=True):
        yield column, start, end + least - 1


def _is_ridge(seen: Array8, at: int, start: int, end: int) -> bool:
    """Return whether a line stands out from both sides along most of its length."""
    line = seen[start:end, at]
    sides = (seen[start:end, at - _BESIDE_PX], seen[start:end, at + _BESIDE_PX])
    least = _BOTH_SIDES * len(line)
    return all(np.count_nonzero(_apart(line, side) > _STANDS_OUT) >= least for side in sides)


def _corners(upright: _Line, level: _Line) -> Iterator[Box]:
    """Yield the frame that two lines begin, where an end of each is at the other."""
    if abs(upright.grey - level.grey) > _ONE_GREY:
        return
    for x, is_right in ((level.end, True), (level.start, False)):
        for y, is_bottom in ((upright.end, True), (upright.start, False)):
            if abs(x - upright.at) <= _MEET_PX and abs(y - level.at) <= _MEET_PX:
                left, right = (level.start, upright.at + 1) if is_right else (upright.at, level.end)
                top, bottom = (upright.start, level.at + 1) if is_bottom else (level.at, upright.end)
                yield left, top, right, bottom


def _drawn_to(box: Box, upright: Sequence[_Line], level: Sequence[_Line], shape: tuple[int, ...]) -> Box:
    """Return a box whose sides are at the lines that they almost touch, else at such edges of the panel."""
    (left, right), (top, bottom) = (
        (_low(box[axis], lines), _high(box[axis + 2], lines, shape[1 - axis]))
        for axis, lines in ((0, upright), (1, level))
    )
    return left, top, right, bottom


def _low(side: int, lines: Sequence[_Line]) -> int:
    near = [line.at for line in lines if abs(line.at - side) <= _MEET_PX]
    return min(near) if near else 0 if side <= _EDGE_PX else side


def _high(side: int, lines: Sequence[_Line], full: int) -> int:
    near = [line.at + 1 for line in lines if abs(line.at + 1 - side) <= _MEET_PX]
    return max(near) if near else full if side >= full - _EDGE_PX else side


def _is_framed(box: Box, upright: Sequence[_Line], level: Sequence[_Line], grey: Array8) -> bool:
    """Return whether all four sides are lines or the panel's edges, and what they frame is a picture."""
    left, top, right, bottom = box
    height, width = grey.shape
    if min(right - left, bottom - top) < _LEAST_PX or not _is_textured(inside(grey, box)):
        return False
    sides = (
        (left, width, upright, top, bottom),
        (right - 1, width, upright, top, bottom),
        (top, height, level, left, right),
        (bottom - 1, height, level, left, right),
    )
    return all(at in {0, full - 1} or _is_side(lines, at, start, end) for at, full, lines, start, end in sides)


def _is_side(lines: Sequence[_Line], at: int, start: int, end: int) -> bool:
    """Return whether a line lies from start to end, and none goes on from there: it would part tiles."""
    own = [line for line in lines if _lies(line, at, start, end)]
    return bool(own) and not any(_goes_on(line, other) for line in own for other in lines)


def _goes_on(line: _Line, other: _Line) -> bool:
    is_same = abs(line.at - other.at) <= _SAME_PX and abs(line.grey - other.grey) <= _ONE_GREY
    return is_same and (other.start >= line.end - _MEET_PX or other.end <= line.start + _MEET_PX)


def _lies(line: _Line, at: int, start: int, end: int) -> bool:
    ends = abs(line.start - start) <= 2 * _MEET_PX and abs(line.end - end) <= 2 * _MEET_PX
    return abs(line.at - at) <= _MEET_PX and ends


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _are_apart(one: Box, other: Box) -> bool:
    return one[0] >= other[2] or other[0] >= one[2] or one[1] >= other[3] or other[1] >= one[3]
