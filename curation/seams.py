"""Seams: straight lines at which one picture ends and the next begins, with no gutter between them."""

import numpy as np

from curation.sheet import Box, Means, Sheet, Sums, inside, pieces_along, with_reach
from pipeline.stretch import Array8

_PIECES = 24
_PIECE_PX = 6
_NEAR, _FAR = 3, 9
"""Lines on either side, from and to, with which a line's leap is compared."""
_RATIO, _FAINT, _SHARP = 1.5, 2.0, 1.5
"""A piece votes that leaps so much more than those beside it, and than those two lines away; the least leap."""
_VOTES, _SPOKEN = 0.85, 0.5
_MEAN_RATIO = 1.8
_SILENT, _BLACK = 1.0, 60
"""A piece that leaps less than this on black says nothing: black may lie beside black."""
_FILLED, _TEXTURE = 0.7, 0.25
_PAPER, _WHITE, _DIM = 12, 246, 60
_GROUND_PX = 24


def seams(sheet: Sheet, box: Box, axis: int, least_px: int, paper: float) -> list[int]:
    """Return where lines of a part begin another picture, at least `least_px` from each other and from its rims."""
    if box[axis + 2] - box[axis] < 2 * least_px:
        return []
    strengths = seam_strengths(sheet, box, axis)
    found: list[int] = []
    for at in np.argsort(-strengths):
        if strengths[at] <= 0:
            break
        is_apart = all(abs(int(at) - other) >= least_px for other in (0, len(strengths), *found))
        if is_apart and _parts_pictures(sheet, box, axis, int(at) + box[axis], paper):
            found.append(int(at))
    return sorted(at + box[axis] for at in found)


def seam_strengths(sheet: Sheet, box: Box, axis: int) -> Means:
    """Return how clearly each line of a part begins another picture; 0 where it does not."""
    pieces = _pieces(sheet.leaps, box, axis)
    beside = _beside(pieces)
    votes = (pieces > _RATIO * np.maximum(beside, _FAINT)) & (pieces > _SHARP * _nearby(pieces))
    speaks = (pieces > _SILENT) | (beside > _SILENT) | (_pieces(sheet.sums, box, axis) > _BLACK)
    spoken = speaks.sum(axis=0)
    share = (votes & speaks).sum(axis=0) / np.maximum(spoken, 1)
    ratio = pieces.mean(axis=0) / np.maximum(beside.mean(axis=0), 0.5)
    fits = (share >= _VOTES) & (ratio >= _MEAN_RATIO) & (spoken >= _SPOKEN * len(pieces))
    return np.where(fits, ratio * share, 0)


def _pieces(sums: tuple[Sums, Sums], box: Box, axis: int) -> Means:
    """Return the mean of each line, a row for each piece of its length."""
    length = box[3 - axis] - box[1 - axis]
    return pieces_along(sums[axis], box, axis, max(1, min(_PIECES, length // _PIECE_PX)))


def _beside(pieces: Means) -> Means:
    """Return what lines on either side leap, on the side where they leap more."""
    padded = np.pad(pieces, ((0, 0), (_FAR, _FAR)), mode="edge")
    sums = np.cumsum(np.pad(padded, ((0, 0), (1, 0))), axis=1)
    at, count = np.arange(pieces.shape[1]) + _FAR, _FAR - _NEAR
    before = sums[:, at - _NEAR + 1] - sums[:, at - _FAR + 1]
    after = sums[:, at + _FAR] - sums[:, at + _NEAR]
    return np.maximum(before, after) / count


def _nearby(pieces: Means) -> Means:
    """Return what the lines two before and two after leap, whichever leaps less: a blurred edge is no seam."""
    padded = np.pad(pieces, ((0, 0), (2, 2)), mode="edge")
    return np.minimum(padded[:, :-4], padded[:, 4:])


def _parts_pictures(sheet: Sheet, box: Box, axis: int, at: int, paper: float) -> bool:
    """Return whether beside a line, all along it, lie pictures and not paper or flat fills with ink on them."""
    strips = [inside(sheet.grey, with_reach(box, axis, at + low, at + high)) for low, high in ((-8, -2), (2, 8))]
    shown = []
    for strip in strips:
        is_paper = (np.abs(strip - np.float32(paper)) < _PAPER) | (strip > _WHITE)
        shown.append((is_paper.mean(axis=1 - axis) < 0.5) & _is_textured(strip))
    return bool(np.mean(shown[0] | shown[1]) > _FILLED) and not _is_one_ground(sheet, box, axis, at)


def _is_textured(strip: Array8) -> bool:
    """Return whether a strip is no flat fill: a drawn box is, a picture is not, unless it is dark."""
    return bool(strip.mean() < _DIM or np.mean(strip[:, 1:] != strip[:, :-1]) > _TEXTURE)


def _is_one_ground(sheet: Sheet, box: Box, axis: int, at: int) -> bool:
    """Return whether the same even light ground lies on both sides, as around the bands of a blot."""
    low, high = max(box[axis], at - _GROUND_PX), min(box[axis + 2], at + _GROUND_PX)
    sides = [inside(sheet.grey, with_reach(box, axis, *reach)) for reach in ((low, at - 3), (at + 3, high))]
    # The lighter part of a side is its ground; bands take less than two thirds of it.
    (dim, grey, light), (its_dim, its_grey, its_light) = (np.percentile(side, (70, 80, 90)) for side in sides)
    is_even = max(light - dim, its_light - its_dim) < 14
    return bool(is_even and abs(grey - its_grey) < 6 and grey > 100)
