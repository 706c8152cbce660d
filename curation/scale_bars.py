"""Scale bars: level bars found in pixels, with their length to a part of a pixel.

Candidates are cheap and many (`curation.bar_candidates`); the strongest are measured in full resolution
(`curation.bar_measure`). What is joined to something is left out by rule; of the rest, signs such as evenness, square
corners and free ends say together how sure it is that a bar was drawn. Their weights were learnt by
`scripts/learn_bars.py`.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from curation.bar_candidates import candidates
from curation.bar_measure import Measured, measured

_LEAST_CONFIDENCE = 0.5
_LEAST_ASPECT = 3
_MOST_SPREAD = 0.2
_MOST_SHARE = 0.65
"""Of a picture's width: longer lines part pictures or stand under headings."""
_TEXTURE = 0.15
_LONG = 15
"""Times its thickness from which a bar on texture may touch some of it."""
_LIKE_PX = 1.5
_HARDLY_COVERED = 0.3
"""Share of a pixel at an end up to which it isn't the bar's."""
_PAPER = 240
"""Greys from which a ground is paper, not a micrograph: there, lines are those of charts and letters."""


class Signs(NamedTuple):
    """What speaks for a bar and against it, each about 0 to 1."""

    unevenness: float
    holes: float
    slenderness: float
    contrast: float
    open_ends: float
    ticks: float
    paper: float
    length: float


_WEIGHTS = Signs(-2.07, -1.14, 0.44, 0.86, -0.53, -0.66, -2.05, 1.53)
_BIAS = 0.94


class Bar(NamedTuple):
    """A scale bar in a picture."""

    box: tuple[int, int, int, int]
    """Left, top, right, bottom in px: whole pixels that hold the bar, for masking; end ticks are outside."""
    length_px: float
    confidence: float
    text: str | None = None
    """What is written beside it; not read yet, so always None."""


def bars_in(pixels: npt.NDArray[np.uint8]) -> list[Bar]:
    """Return the horizontal scale bars of a picture (H x W or H x W x 3), surest first."""
    seen = [found for run in candidates(pixels) if (found := measured(pixels, run))]
    most = _MOST_SHARE * pixels.shape[1]
    alone = (
        found for found in seen if found.right - found.left <= most and not any(_twins(found, other) for other in seen)
    )
    bars = [_bar(found, sure) for found in alone if (sure := confidence(found)) >= _LEAST_CONFIDENCE]
    return _apart(sorted(bars, key=lambda bar: (-bar.confidence, bar.box)))


def confidence(found: Measured) -> float:
    """Return how sure it is that a measured thing is a scale bar; 0 where it can't be one."""
    if not may_be_bar(found):
        return 0.0
    total = _BIAS + sum(weight * sign for weight, sign in zip(_WEIGHTS, signs(found), strict=True))
    return 1 / (1 + math.exp(-total))


def may_be_bar(found: Measured) -> bool:
    """Return whether nothing rules a bar out: it is slender and even, ends on both sides, and nothing rises from it."""
    length, thick = found.right - found.left, found.bottom - found.top
    slender = length >= _LEAST_ASPECT * thick
    most_stems = (0.25 if found.calm > _TEXTURE and length > _LONG * thick else 0.1) * length
    smooth = found.stems <= max(1, most_stems) and found.evenness <= _MOST_SPREAD
    return slender and smooth and max(found.ends) <= 0.5 and _ends_alike(found, length, thick)


def signs(found: Measured) -> Signs:
    """Return the signs of a measured thing, scaled."""
    length, thick = found.right - found.left, found.bottom - found.top
    return Signs(
        found.evenness / 0.1,
        found.holes / 0.1,
        min(3.0, math.log2(length / thick / 3)),
        min(1.0, (found.contrast - 30) / 100),
        max(0.0, *found.ends) / 0.4,
        max(found.ticks) / (length / 4),
        float(min(found.ground) > _PAPER),
        min(1.0, math.log2(length / 8) / 4),
    )


def _ends_alike(found: Measured, length: float, thick: int) -> bool:
    """Return whether nothing stands across the ends, or a like tick to both sides of both; texture may touch one."""
    low, second, third, high = sorted(found.ticks)
    free = high <= max(2, min(thick, length / 8))
    touched = found.calm > _TEXTURE and high <= min(14, length / 10) and second <= 2
    # A letter that touches a tick makes it look longer.
    ticked = low >= 2 and third - low <= 2 + 0.2 * third and third <= length / 3
    return free or touched or ticked


def _twins(one: Measured, other: Measured) -> bool:
    """Return whether two things lie one above the other, as in "=" and in double lines; an outline lies nearer."""
    level = abs(one.left - other.left) <= _LIKE_PX and abs(one.right - other.right) <= _LIKE_PX
    gap = max(one.top, other.top) - min(one.bottom, other.bottom)
    return level and 1 < gap <= 4 * max(one.bottom - one.top, other.bottom - other.top)


def _bar(found: Measured, sure: float) -> Bar:
    first, behind = math.floor(found.left + _HARDLY_COVERED), math.ceil(found.right - _HARDLY_COVERED)
    box = (first, found.top, behind, found.bottom)
    return Bar(box, round(found.right - found.left, 2), round(sure, 3))


def _apart(bars: list[Bar]) -> list[Bar]:
    kept: list[Bar] = []
    for bar in bars:
        if not any(_touch(bar.box, other.box) for other in kept):
            kept.append(bar)
    return kept


def _touch(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] + 2 and other[1] < one[3] + 2
