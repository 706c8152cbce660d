"""Gutters: runs of lines of one colour in a part of a figure, and how straight the edges beside them are."""

from typing import NamedTuple

import numpy as np

from curation.sheet import Box, Means, Sheet, inside, line_means, with_reach

FLAT = 5.0
"""Grey levels a line of a gutter may vary by: JPEG leaves less, a black pixel in a white line of 700 makes ten."""
_SAME = 2.5
"""Grey levels by which the mean of one line of a gutter may differ from that of the next."""
_PAPER = 4.0
_WHITE = 250.0
_FAINT, _CLEAR, _STRONG = 3.0, 10.0, 40.0
"""Grey levels by which an edge stands out from a gutter of paper, from one of another colour, and beyond doubt."""


class Gutter(NamedTuple):
    """A run of lines of one colour, and which part of the lines beside it differs from that colour."""

    start: int
    end: int
    grey: float
    is_paper: bool
    edge_before: float
    edge_after: float
    strong: float
    """The same for the clearer of both edges, where only what differs beyond doubt is counted."""

    @property
    def width(self) -> int:
        """How many lines it has."""
        return self.end - self.start


def gutters(sheet: Sheet, box: Box, axis: int, paper: float) -> list[Gutter]:
    """Return the runs of lines of one colour across a part, those at its rims included."""
    mean, spread = line_means(sheet, box, axis)
    is_flat = spread < FLAT
    if not is_flat.any():
        return []
    steps = np.abs(np.diff(mean)) > _SAME
    starts = np.flatnonzero(is_flat & np.concatenate(([True], ~is_flat[:-1] | steps)))
    ends = np.flatnonzero(is_flat & np.concatenate((~is_flat[1:] | steps, [True]))) + 1
    return [
        _gutter(sheet, box, axis, _run(mean, spread, int(start), int(end)), paper)
        for start, end in zip(starts, ends, strict=True)
    ]


def _run(mean: Means, spread: Means, start: int, end: int) -> tuple[int, int, float, float]:
    """Return a run with its grey level and its noise."""
    middle = (start + end) // 2
    return start, end, float(mean[middle]), float(spread[middle])


def _gutter(sheet: Sheet, box: Box, axis: int, run: tuple[int, int, float, float], paper: float) -> Gutter:
    start, end, grey, noise = run
    start, end = start + box[axis], end + box[axis]
    is_paper = abs(grey - paper) < _PAPER or min(grey, paper) > _WHITE
    least = max(_FAINT if is_paper else _CLEAR, 4 * noise)
    before = with_reach(box, axis, max(box[axis], start - 2), start)
    after = with_reach(box, axis, end, min(box[axis + 2], end + 2))
    (faint, strong), (its_faint, its_strong) = (_edge(sheet, strip, axis, grey, least) for strip in (before, after))
    return Gutter(start, end, grey, is_paper, faint, its_faint, max(strong, its_strong))


def _edge(sheet: Sheet, strip: Box, axis: int, grey: float, least: float) -> tuple[float, float]:
    """Return which part of the strip's length differs from a grey level by `least`, and beyond doubt."""
    if strip[axis] >= strip[axis + 2]:
        return 0.0, 0.0
    apart = np.abs(inside(sheet.grey, strip) - np.float32(grey)).max(axis=1 - axis)
    return float(np.count_nonzero(apart > least) / apart.size), float(np.count_nonzero(apart > _STRONG) / apart.size)


def trimmed(sheet: Sheet, box: Box, paper: float) -> Box | None:
    """Return a part without the lines of paper at its rims; None where nothing else is there."""
    for axis in (0, 1, 0):
        if box[axis] >= box[axis + 2] or box[1 - axis] >= box[3 - axis]:
            return None
        mean, spread = line_means(sheet, box, axis)
        inked = np.flatnonzero((spread >= FLAT) | (np.abs(mean - paper) >= _SAME))
        if not inked.size:
            return None
        box = with_reach(box, axis, box[axis] + int(inked[0]), box[axis] + int(inked[-1]) + 1)
    return box
