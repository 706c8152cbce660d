"""Bar candidates: level runs of one colour that stand out from what lies right above and below.

Arrays are [row, column]; a grey is taken of every second or third column, which a bar spans many of. A bright bar
stays above a grey opening by a column of 16 px, a dark one below the closing: bars are thinner than that. Such runs
are few on pictures that have no bar; where texture makes many, only the longer ones are looked at.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]

_COLUMN_PX = 16
_LEAST_CONTRAST = 22
_MOST_STEP = 12
"""Grey levels by which neighbours in a bar may differ: JPEG's ripples."""
_LEAST_SAMPLES = 4
_MOST_RUNS = 1500
_MOST = 20
_LEAST_PX = 9
_REACH_PX = 14
_LOOKS = 6
_EDGE = 15
_LEAST_CHROMA = 60
_BEYOND_SAMPLES = np.array([2, 6, 12])
"""Samples beyond an end at one of which the colour must be another."""
_LEAST_ASPECT = 2.5


class _Runs(NamedTuple):
    """Row, first and last sample of level runs."""

    rows: npt.NDArray[np.intp]
    firsts: npt.NDArray[np.intp]
    lasts: npt.NDArray[np.intp]

    def where(self, mask: npt.NDArray[np.bool_]) -> "_Runs":
        return _Runs(self.rows[mask], self.firsts[mask], self.lasts[mask])


class Run(NamedTuple):
    """Where a bar may be: the middle row and the outer rows, first column and the one behind the last."""

    top: int
    bottom: int
    left: int
    right: int


def candidates(pixels: npt.NDArray[np.uint8]) -> list[Run]:
    """Return the runs that may be bars, those that stand out most first."""
    step = _step(pixels.shape[1])
    if pixels.shape[0] <= _COLUMN_PX or pixels.shape[1] <= _LEAST_SAMPLES * step:
        return []
    grey, *colourful = _planes(pixels, step)
    found = _of_plane(grey, grey, step) + _of_plane(grey, ~grey, step)
    for plane in colourful:
        found += _of_plane(plane, plane, step)
    return _apart([run for _, run in sorted(found, reverse=True)[: 2 * _MOST]])[:_MOST]


def _step(width_px: int) -> int:
    """Return which columns are looked at: all of a small picture, every third of a large one."""
    return 1 if width_px < 500 else 2 if width_px < 1200 else 3


def _of_plane(plane: Grey, bright: Grey, step: int) -> list[tuple[float, Run]]:
    relief = bright - _opening(bright)
    mask = _level(plane) & (relief[:, :-1] > _LEAST_CONTRAST)
    return _standing_out(plane, _runs(mask, max(_LEAST_SAMPLES, -(-_LEAST_PX // step))), step)


def _planes(pixels: npt.NDArray[np.uint8], step: int) -> list[Grey]:
    """Return the picture's greys and, where it has colours, how colourful it is: a red bar may be as dark as tissue."""
    if pixels.ndim == 2:
        return [np.ascontiguousarray(pixels[:, ::step])]
    red, green, blue = (np.ascontiguousarray(pixels[:, ::step, channel]) for channel in range(3))
    grey = (red >> 2) + (green >> 1) + (blue >> 2)
    chroma = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
    return [grey, chroma] if chroma.max() > _LEAST_CHROMA else [grey]


def _opening(grey: Grey) -> Grey:
    """Return the grey opening by a column, by doubling: four minima, four maxima."""
    low = grey
    for shift in (1, 2, 4, 8):
        low = np.minimum(low[:-shift], low[shift:])
    high = np.pad(low, ((_COLUMN_PX - 1, _COLUMN_PX - 1), (0, 0)))
    for shift in (1, 2, 4, 8):
        high = np.maximum(high[:-shift], high[shift:])
    return high


def _level(grey: Grey) -> npt.NDArray[np.bool_]:
    left, right = grey[:, :-1], grey[:, 1:]
    return (np.maximum(left, right) - np.minimum(left, right)) <= _MOST_STEP


def _runs(mask: npt.NDArray[np.bool_], least: int) -> _Runs:
    """Return row, first and last sample of the runs of a mask; the longer ones where there are too many."""
    kept = mask
    for shift in _shifts(least - 1):
        kept = kept[:, :-shift] & kept[:, shift:]
    edges = np.zeros((kept.shape[0], kept.shape[1] + 2), np.int8)
    edges[:, 1:-1] = kept
    flat = edges.ravel()
    places = np.flatnonzero(flat[1:] != flat[:-1])
    starts, ends = places[::2], places[1::2]
    lengths = ends - starts
    if lengths.size > _MOST_RUNS:
        longest = np.sort(np.argpartition(lengths, -_MOST_RUNS)[-_MOST_RUNS:])
        starts, lengths = starts[longest], lengths[longest]
    rows, firsts = np.divmod(starts, edges.shape[1])
    return _Runs(rows, firsts, firsts + lengths + least - 2)


def _shifts(span: int) -> list[int]:
    """Return the shifts whose repeated AND joins `span` neighbours.

    >>> _shifts(5), _shifts(8)
    ([1, 2, 1], [1, 2, 4])
    """
    shifts, reached = [], 1
    while reached < span:
        shifts.append(min(reached, span - reached))
        reached += shifts[-1]
    return shifts


def _standing_out(grey: Grey, runs: _Runs, step: int) -> list[tuple[float, Run]]:
    """Return the runs that end on all sides, above and below within a bar's thickness, and how much they stand out."""
    runs = runs.where((runs.rows >= 2) & (runs.rows < grey.shape[0] - 2))
    runs = runs.where(_ends(grey, runs))
    if not runs.rows.size:
        return []
    columns = runs.firsts + ((runs.lasts - runs.firsts) * np.linspace(0.1, 0.9, _LOOKS)[:, None]).astype(np.intp)
    reached = np.clip(runs.rows[:, None] + np.arange(-_REACH_PX, _REACH_PX + 1), 0, grey.shape[0] - 1)
    seen = grey[reached[None], columns[:, :, None]].astype(np.int16)
    # A column in six may meet a neighbour of the bar's colour.
    outside = (np.abs(seen - seen[:, :, _REACH_PX : _REACH_PX + 1]) > _EDGE).sum(axis=0) >= _LOOKS - 1
    up = np.argmax(outside[:, _REACH_PX::-1], axis=1)
    down = np.argmax(outside[:, _REACH_PX:], axis=1)
    # Of the rows of a bar, the middle one speaks.
    middle = (up > 0) & (down > 0) & (up + down <= _REACH_PX + 1) & (np.abs(up - down) <= 1)
    slender = (runs.lasts - runs.firsts + 1) * step >= _LEAST_ASPECT * (up + down - 1)
    good = np.flatnonzero(middle & slender)
    own = seen[:, good, _REACH_PX]
    # Two rows beyond the edge, since JPEG spreads colours over as many.
    away = [np.maximum(_REACH_PX - up[good] - 2, 0), np.minimum(_REACH_PX + down[good] + 2, 2 * _REACH_PX)]
    ground = np.stack([seen[:, good, row] for row in away])
    strength = np.abs(ground - own).mean(axis=1).min(axis=0) - 2 * own.std(axis=0)
    boxes = np.stack([runs.rows - up + 1, runs.rows + down, runs.firsts * step, (runs.lasts + 1) * step], axis=1)[good]
    return [(score, Run(*box)) for score, box in zip(strength.tolist(), boxes.tolist(), strict=True)]


def _ends(grey: Grey, runs: _Runs) -> npt.NDArray[np.bool_]:
    """Return which runs have another grey beyond both ends, inside the picture."""
    own = grey[runs.rows, (runs.firsts + runs.lasts) // 2].astype(np.int16)
    good: npt.NDArray[np.bool_] = (runs.firsts > 0) & (runs.lasts < grey.shape[1] - 2)
    for end, way in ((runs.firsts, -1), (runs.lasts, 1)):
        reached = np.clip(end + way * _BEYOND_SAMPLES[:, None], 0, grey.shape[1] - 1)
        # The nearer samples may lie in a tick that crosses the end.
        good &= (np.abs(grey[runs.rows, reached] - own) > _EDGE).any(axis=0)
    return good


def _apart(runs: list[Run]) -> list[Run]:
    """Return runs of which none overlaps a longer one."""
    kept: list[Run] = []
    for run in runs:
        if not any(_overlap(run, other) for other in kept):
            kept.append(run)
    return kept


def _overlap(one: Run, other: Run) -> bool:
    return one.left < other.right and other.left < one.right and one.top < other.bottom and other.top < one.bottom
