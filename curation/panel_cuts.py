"""Panel cuts: a figure without letters cut into pictures along gutters and seams, again and again."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from curation.gutters import Gutter, gutters, trimmed
from curation.seams import seams
from curation.sheet import Box, Sheet, hull, inside, with_reach

_STRAIGHT, _STRONG, _ANY_COLOUR = 0.6, 0.8, 0.7
"""Part of a gutter's length along which a picture's edge follows it: on paper, beyond doubt, in another colour."""
_SMALL, _AXES_SIDE, _SEAM_SIDE, _LARGE = 0.05, 0.1, 0.09, 0.15
"""Parts of the figure's longer side: what is smaller is words beside a panel; the least plot, the least picture
between seams; and what is larger is a panel whatever it shows."""
_LEAST_PX = 16
_BLANK = 0.008
"""Part of that side that paper between two plots takes at least."""
_LIGHT_PAPER, _LIGHT_GUTTER, _BLACK, _DIM = 200, 160, 8, 70
_FILLED, _TEXTURE = 0.6, 0.25
_AXIS, _DARK = 0.5, 50
_DEEPEST = 8


class Block(NamedTuple):
    """A part of the figure, and whether it shows a picture of its own or only words or lines."""

    box: Box
    is_core: bool


def blocks(sheet: Sheet, box: Box, paper: float, depth: int = 0) -> list[Block]:
    """Return the pictures in a part of a figure, or the part itself where there is none."""
    tight = trimmed(sheet, box, paper)
    if tight is None:
        return []
    if depth < _DEEPEST and not _is_small(sheet, tight):
        for axis, cuts in _ways(sheet, tight, paper, depth):
            found = _split(sheet, tight, axis, cuts, depth)
            if len(found) > 1:
                return found
    return [Block(tight, _is_core(sheet, tight, paper))]


def paper_of(sheet: Sheet) -> float:
    """Return the grey level of the paper: of an even rim, else of the widest clear gutter, else white."""
    rims = (sheet.grey[0], sheet.grey[-1], sheet.grey[:, 0], sheet.grey[:, -1])
    even = [float(np.median(rim)) for rim in rims if rim.std() < 5]
    if len(even) > 2 and max(even) - min(even) < 8:
        return float(np.median(even))
    runs = [run for axis in (0, 1) for run in gutters(sheet, sheet.box, axis, 255.0)]
    clear = [run for run in runs if min(run.edge_before, run.edge_after) > _STRAIGHT]
    if clear:
        return float(max(clear, key=lambda run: run.width).grey)
    return float(np.median(even)) if len(even) > 1 else 255.0


def _side(sheet: Sheet, part: float) -> float:
    return float(max(_LEAST_PX, part * max(sheet.grey.shape)))


def _shorter(box: Box) -> int:
    return min(box[2] - box[0], box[3] - box[1])


def _is_small(sheet: Sheet, box: Box) -> bool:
    return _shorter(box) < _side(sheet, _SMALL)


def _ways(sheet: Sheet, box: Box, paper: float, depth: int) -> Iterator[tuple[int, list[Gutter]]]:
    """Yield along which axis to cut where: the clearer gutters, the others, then seams."""
    ways = []
    for axis in (0, 1):
        found = [each for each in gutters(sheet, box, axis, paper) if box[axis] < each.start < each.end < box[axis + 2]]
        # What colour gutters have shows at first; later an even run of another colour is part of a picture.
        cuts = [each for each in found if (each.is_paper or depth == 0 or each.grey < _BLACK) and _parts(sheet, each)]
        if cuts:
            ways.append((max(each.width * (1 + 4 * _is_straight(each)) for each in cuts), axis, cuts))
    yield from ((axis, cuts) for _, axis, cuts in sorted(ways, key=lambda way: -way[0]))
    for axis in (1, 0):
        places = seams(sheet, box, axis, round(_side(sheet, _SEAM_SIDE)), paper)
        if places:
            yield axis, [Gutter(at, at, paper, True, 1.0, 1.0, 1.0) for at in places]


def _parts(sheet: Sheet, gutter: Gutter) -> bool:
    """Return whether a gutter may part two panels: along a straight edge, or as wide light paper."""
    is_wide = gutter.width >= max(2, _BLANK * max(sheet.grey.shape))
    return _is_straight(gutter) or (gutter.is_paper and gutter.grey > _LIGHT_PAPER and is_wide)


def _is_straight(gutter: Gutter) -> bool:
    edges = sorted((gutter.edge_before, gutter.edge_after))
    if not gutter.is_paper:
        return edges[0] >= _ANY_COLOUR
    if gutter.grey > _LIGHT_GUTTER:
        return edges[1] >= _STRAIGHT
    return edges[0] >= _STRAIGHT or gutter.strong >= _STRONG  # a dark picture's own ground may end evenly too


def _split(sheet: Sheet, box: Box, axis: int, cuts: Sequence[Gutter], depth: int) -> list[Block]:
    """Return the blocks between cuts; what is no picture joins the nearest that is."""
    marks = [box[axis], *(mark for cut in cuts for mark in (cut.start, cut.end)), box[axis + 2]]
    papers = [cuts[0].grey, *(cut.grey for cut in cuts)]
    parts = [
        blocks(sheet, with_reach(box, axis, low, high), grey, depth + 1)
        for low, high, grey in zip(marks[::2], marks[1::2], papers, strict=True)
    ]
    return _joined([part for part in parts if part], axis, _side(sheet, _LARGE))


def _joined(parts: Sequence[list[Block]], axis: int, large_px: float) -> list[Block]:
    """Return the blocks of all parts; a part without a core joins the nearest part with one, if it is not large."""
    hulls = [hull([block.box for block in part]) for part in parts]
    kept = {at: list(part) for at, part in enumerate(parts) if any(block.is_core for block in part)}
    if not kept:
        return [Block(hull(hulls), is_core=False)] if parts else []
    cores = list(kept)
    for at, loose in enumerate(hulls):
        if at in kept:
            continue
        if _shorter(loose) > large_px:
            kept[at] = [Block(loose, is_core=True)]
        else:
            near = min(cores, key=lambda core: _gap(hulls[core], loose, axis))
            _attach(kept[near], loose)
    return [block for at in sorted(kept) for block in kept[at]]


def _gap(one: Box, other: Box, axis: int) -> int:
    return max(0, one[axis] - other[axis + 2], other[axis] - one[axis + 2])


def _attach(found: list[Block], loose: Box) -> None:
    """Widen the block that words belong to; words over several blocks, a title, belong to none."""
    apart = [float(np.hypot(_gap(block.box, loose, 0), _gap(block.box, loose, 1))) for block in found]
    near = apart.index(min(apart))
    if sum(each <= 1.1 * apart[near] + 1 for each in apart) == 1:
        found[near] = Block(hull([found[near].box, loose]), is_core=True)


def _is_core(sheet: Sheet, box: Box, paper: float) -> bool:
    """Return whether a part is a picture of its own: filled with texture, or axes with what they measure."""
    if _is_small(sheet, box):
        return False
    values = inside(sheet.grey, box)
    is_ink = np.abs(values - np.float32(paper)) > (12 if paper > _DIM else 2)
    if is_ink.mean() > _FILLED and (values.mean() < _DIM or np.mean(values[:, 1:] != values[:, :-1]) > _TEXTURE):
        return True
    if _shorter(box) < _side(sheet, _AXES_SIDE):
        return False
    is_dark = np.abs(values - np.float32(np.median(values))) > _DARK
    return bool(is_dark.mean(axis=0).max() > _AXIS and is_dark.mean(axis=1).max() > _AXIS)
