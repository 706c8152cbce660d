"""Lettered cuts: a figure with panel letters cut so that every part has one letter, just before the letters."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from curation.gutters import FLAT, gutters, trimmed
from curation.seams import seam_strengths
from curation.sheet import Box, Means, Sheet, line_means, with_reach

_UNEVEN = 60.0
"""Grey levels by which a line varies that is as bad as one can be."""
_RIM_PX = 3
_FAR = 1.2
"""Cost of a cut that lies a whole region before the letters it is made for."""
_WIDE = 0.03
"""Part of the figure's longer side that is as wide as a gutter need be."""
_WIDE_GAIN, _EDGE_GAIN, _STRANGE, _SEAM_GAIN = 0.15, 0.15, 0.15, 0.7


class Cut(NamedTuple):
    """Where a part is cut: the first ends at `end`, the second begins at `start`; cost 0 or less for a clear one."""

    axis: int
    end: int
    start: int
    cost: float
    first: tuple[int, ...]


class Lettered(NamedTuple):
    """A part of the figure with one letter, by its place, and what the worst cut that made it cost."""

    box: Box
    letter: int
    cost: float


class _Lines(NamedTuple):
    """What a cut at each line of a part costs, and the gutter that a line lies in."""

    costs: Means
    runs: dict[int, tuple[int, int]]


def lettered(sheet: Sheet, letters: Sequence[Box], paper: float) -> list[Lettered]:
    """Return the part of the figure that belongs to each letter."""
    return list(_divided(sheet, sheet.box, letters, paper, Lettered(sheet.box, 0, 0.0), tuple(range(len(letters)))))


def _divided(  # noqa: PLR0913, PLR0917
    sheet: Sheet, box: Box, letters: Sequence[Box], paper: float, before: Lettered, chosen: tuple[int, ...]
) -> Iterator[Lettered]:
    if len(chosen) == 1:
        tight = trimmed(sheet, box, paper)
        if tight:
            yield Lettered(tight, chosen[0], before.cost)
        return
    cuts = [cut for axis in (0, 1) for cut in _cuts(sheet, box, axis, {at: letters[at] for at in chosen}, paper)]
    if not cuts:  # letters on top of each other: one of them is none
        yield Lettered(box, chosen[0], 1.0)
        return
    best = min(cuts, key=lambda cut: cut.cost)
    worst = before._replace(cost=max(before.cost, best.cost))
    low = with_reach(box, best.axis, box[best.axis], best.end)
    high = with_reach(box, best.axis, best.start, box[best.axis + 2])
    yield from _divided(sheet, low, letters, paper, worst, best.first)
    yield from _divided(sheet, high, letters, paper, worst, tuple(at for at in chosen if at not in best.first))


def _cuts(sheet: Sheet, box: Box, axis: int, letters: dict[int, Box], paper: float) -> Iterator[Cut]:
    """Yield the best cut before each letter that others stand before."""
    order = sorted(letters, key=lambda at: letters[at][axis])
    lines: _Lines | None = None
    for count in range(1, len(order)):
        end = max(letters[at][axis + 2] for at in order[:count])
        start = letters[order[count]][axis]
        low, high = max(end - box[axis], _RIM_PX), start - box[axis] + 1
        if start <= end or high <= low:
            continue
        lines = lines or _lines(sheet, box, axis, paper)
        before = np.arange(high - low)[::-1] / len(lines.costs)
        total = lines.costs[low:high] + _FAR * before
        at = int(total.argmin())
        place = at + low + box[axis]
        yield Cut(axis, *lines.runs.get(place, (place, place)), float(total[at]), tuple(order[:count]))


def _lines(sheet: Sheet, box: Box, axis: int, paper: float) -> _Lines:
    _, spread = line_means(sheet, box, axis)
    costs = np.where(spread < FLAT, 0.0, np.minimum(1.0, 0.15 + spread / _UNEVEN))
    costs = np.maximum(0.0, costs - _SEAM_GAIN * np.minimum(1.0, seam_strengths(sheet, box, axis) / 2))
    runs: dict[int, tuple[int, int]] = {}
    for run in gutters(sheet, box, axis, paper):
        width = min(1.0, run.width / (_WIDE * max(sheet.grey.shape)))
        gain = _WIDE_GAIN * width + _EDGE_GAIN * max(run.edge_before, run.edge_after)
        costs[run.start - box[axis] : run.end - box[axis]] -= gain if run.is_paper else -_STRANGE
        runs.update(dict.fromkeys(range(run.start, run.end), (run.start, run.end)))
    return _Lines(costs, runs)
