"""Panel tiles: how many fields of a strip or grid (channels, time points) thin uniform lines part within a panel."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from curation.panel_copies import Bytes

_SAMPLES = 96
"""Pixels of a line that are looked at."""
_NEAR, _ALIKE = 14, 0.97
"""A line is uniform if so many of its pixels lie so near to their median: JPEG rings, a letter may cross."""
_PAPER = 236
_WIDEST, _SMALLEST_TILE = 0.08, 0.06
"""Of the side: a wider gap parts panels, not tiles; what is smaller than a tile is a scratch or a rule."""
_LEAST_CONTENT = 0.3
"""How much of a tile isn't paper; a line of letters beside the tiles has less."""
_UNEVEN = 0.12
_DEEPEST = 3
_BESIDE, _STEP, _CLEAR, _CLEAR_ON_PAPER = 2, 22, 0.25, 0.1
"""Two lines off a gap's edge so much of a line must differ by so many levels; a dim field's edge doesn't."""


class Run(NamedTuple):
    """Neighbouring uniform lines of one tone, and how much of the lines beside them is of another."""

    start: int
    end: int
    tone: float
    step: float


def tiles_in(pixels: Bytes) -> int:
    """Return the number of tiles, 1 where nothing parts the panel.

    >>> noise = np.random.default_rng(0).integers(0, 200, (60, 130), np.uint8)
    >>> noise[:, 64:66] = 255
    >>> tiles_in(noise)
    2
    """
    bright = pixels if pixels.ndim == 2 else np.maximum(np.maximum(pixels[..., 0], pixels[..., 1]), pixels[..., 2])
    return max(1, _count(bright, 0))


def _count(bright: Bytes, depth: int) -> int:
    """Return the tiles within a cut-out: 0 if it shows nothing."""
    if min(bright.shape) < 8 or (bright[:: max(1, bright.shape[0] // 100)] < _PAPER).mean() < _LEAST_CONTENT:
        return 0
    if depth == _DEEPEST:
        return 1
    for turned in (bright, bright.T):
        parts = list(_parts(turned))
        if len(parts) > 1:
            counts = [_count(part, depth + 1) for part in parts]
            if sum(count > 0 for count in counts) > 1 or len(counts) - counts.count(0) == 1:
                return sum(counts)
    return 1


def _parts(bright: Bytes) -> Iterator[Bytes]:
    """Return what uniform lines part from top to bottom; the whole, without its margin, if nothing is parted."""
    height = bright.shape[0]
    runs = _runs(bright)
    start, end = 0, height
    if runs and runs[0].start == 0:
        start = runs.pop(0).end
    if runs and runs[-1].end == height:
        end = runs.pop().start
    edges = [Run(start, start, 0, 0), *_lines(runs, start, end), Run(end, end, 0, 0)]
    for before, after in pairwise(edges):
        if after.start > before.end:
            yield bright[before.end : after.start]


def _runs(bright: Bytes) -> list[Run]:
    seen = bright[:, :: max(1, bright.shape[1] // _SAMPLES)].astype(np.int16)
    tone = np.partition(seen, seen.shape[1] // 2, axis=1)[:, seen.shape[1] // 2]
    is_even = (np.abs(seen - tone[:, None]) <= _NEAR).mean(1) >= _ALIKE
    is_start = np.abs(np.diff(tone, prepend=tone[0])) > _NEAR
    starts = np.flatnonzero(is_even & (is_start | ~np.concatenate([[False], is_even[:-1]])))
    runs = []
    for at in starts.tolist():
        ends = np.flatnonzero(~is_even[at + 1 :] | is_start[at + 1 :])
        end = at + 1 + int(ends[0]) if len(ends) else len(tone)
        middle = float(np.median(tone[at:end]))
        beside = [seen[line] for line in (at - _BESIDE, end - 1 + _BESIDE) if 0 <= line < len(seen)]
        steps = [float((np.abs(line - middle) > _STEP).mean()) for line in beside]
        runs.append(Run(at, end, middle, min(steps, default=0.0)))
    return runs


def _lines(runs: list[Run], start: int, end: int) -> list[Run]:
    """Return the runs that part tiles: those with a sharp step on both sides, else only ones at even distances."""
    thin = [run for run in runs if run.end - run.start <= max(3, _WIDEST * (end - start))]
    clear = [run for run in thin if run.step >= (_CLEAR_ON_PAPER if run.tone >= _PAPER else _CLEAR)]
    return _spaced(clear, start, end) if clear else _even(thin, start, end)


def _spaced(runs: list[Run], start: int, end: int) -> list[Run]:
    """Return the runs but those that would leave a scrap between them and the one before."""
    kept, before, least = list[Run](), start, _SMALLEST_TILE * (end - start)
    for run in runs:
        if run.start - before >= least and end - run.end >= least:
            kept.append(run)
            before = run.end
    return kept


def _even(runs: list[Run], start: int, end: int) -> list[Run]:
    """Return the runs of one tone and width that cut equal parts: dark lines on a dark ground are else no lines."""
    kept = _spaced([run for run in runs if run.end - run.start <= _WIDEST / 2 * (end - start)], start, end)
    if not kept or len({run.tone < 40 for run in kept}) > 1:
        return []
    sizes = np.diff(np.array([start, *(at for run in kept for at in run[:2]), end]))
    parts, widths = sizes[::2], sizes[1::2]
    return kept if _is_even(parts, 2) and _is_even(widths, 2) else []


def _is_even(sizes: npt.NDArray[np.int64], slack_px: int) -> bool:
    middle = float(np.median(sizes))
    return bool((np.abs(sizes - middle) <= _UNEVEN * middle + slack_px).all())
