"""Stroke parts: some objects alone, what of them lies in a box, and of how many pieces each is."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline.strokes import Ints, Strokes
from schemas.records import Box


def owners(strokes: Strokes) -> Ints:
    """Return for each stroke the place of its object."""
    return np.repeat(np.arange(len(strokes)), np.diff(np.append(strokes.first, len(strokes.start))))


def chosen(strokes: Strokes, objects: Sequence[int] | Ints) -> Strokes:
    """Return the strokes of these objects alone; their places are ascending."""
    owner = owners(strokes)
    there = np.isin(owner, objects)
    return Strokes(strokes.height_px, strokes.width_px, strokes.start[there], strokes.end[there], _firsts(owner[there]))


def cropped(strokes: Strokes, box: Box) -> tuple[Ints, Strokes]:
    """Return which objects have a pixel in a box, ascending, and their strokes in a picture of that box alone."""
    left, top, right, bottom = box
    if box == (0, 0, strokes.width_px, strokes.height_px):
        return np.arange(len(strokes)), strokes
    column = strokes.start // strokes.height_px
    above = column * strokes.height_px
    start, end = np.maximum(strokes.start - above, top), np.minimum(strokes.end - above, bottom)
    there = (column >= left) & (column < right) & (end > start)
    owner = owners(strokes)[there]
    moved = ((column - left) * (bottom - top) - top)[there]
    cut = Strokes(bottom - top, right - left, start[there] + moved, end[there] + moved, _firsts(owner))
    return owner[cut.first], cut


def _firsts(owner: Ints) -> Ints:
    """Return where each object begins among strokes that are sorted by object."""
    return np.flatnonzero(np.diff(owner, prepend=-1)).astype(np.int64)


def parts(strokes: Strokes) -> Ints:
    """Return of how many pieces each object is; pixels that meet at a corner are of one piece (8-neighbourhood)."""
    found, loose = np.ones(len(strokes), np.int64), np.flatnonzero(~_unbroken(strokes))
    if len(loose):
        found[loose] = _pieces(chosen(strokes, loose))
    return found


def _unbroken(strokes: Strokes) -> npt.NDArray[np.bool_]:
    """Return which objects have one stroke a column, which meets the one before: they are of one piece."""
    if not len(strokes):
        return np.ones(0, np.bool_)
    height, start, end = strokes.height_px, strokes.start, strokes.end
    meets = np.ones(len(start), np.bool_)
    beside = start[1:] // height == start[:-1] // height + 1
    meets[1:] = beside & (start[1:] - height <= end[:-1]) & (end[1:] - height >= start[:-1])
    meets[strokes.first] = True
    whole: npt.NDArray[np.bool_] = np.logical_and.reduceat(meets, strokes.first)
    return whole


def _pieces(strokes: Strokes) -> Ints:
    """Return of how many pieces each object is, whatever its form."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    owner, count = owners(strokes), len(strokes.start)
    one, other = _neighbours(strokes, owner)
    graph = coo_array((np.ones(len(one), np.bool_), (one, other)), shape=(count, count))
    piece = connected_components(graph, directed=False)[1]
    first = np.unique(piece, return_index=True)[1]
    pieces: Ints = np.bincount(owner[first], minlength=len(strokes)).astype(np.int64)
    return pieces


def _neighbours(strokes: Strokes, owner: Ints) -> tuple[Ints, Ints]:
    """Return pairs of strokes of one object that meet: in neighbouring columns, or end to start in one column."""
    height, start, end = strokes.height_px, strokes.start, strokes.end
    # Objects far apart on one number line, so that one search finds the neighbours of all.
    away = owner * (height * (strokes.width_px + 3))
    begin = (start // height + 1) * height
    low = np.maximum(np.searchsorted(end + away, start + height + away), np.searchsorted(start + away, begin + away))
    high = np.searchsorted(start + away, np.minimum(end + height + 1, begin + height) + away)
    many = np.maximum(high - low, 0)
    one = np.repeat(np.arange(len(start)), many)
    other = np.arange(len(one)) - np.repeat(np.cumsum(many) - many, many) + np.repeat(low, many)
    joined = np.flatnonzero((start[1:] == end[:-1]) & (start[1:] % height != 0) & (owner[1:] == owner[:-1]))
    return np.append(one, joined), np.append(other, joined + 1)
