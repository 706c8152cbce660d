"""Box scores: found boxes against true ones, one to one, with what chance may add or take."""

import random
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from benchmarks.figure_layouts import Box

IOUS = (0.5, 0.75)
_ROUNDS = 1000


class Hits(NamedTuple):
    """Of one figure: how many were right, found, and to be found."""

    right: int
    found: int
    wanted: int


def iou(one: Box, other: Box) -> float:
    """Return the shared area of two boxes over the area of both."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0, across) * max(0, down)
    return shared / max(1, _area(one) + _area(other) - shared)


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def pairs(found: Sequence[Box], wanted: Sequence[Box], least_iou: float) -> list[tuple[int, int]]:
    """Return the largest one-to-one matching of boxes that share at least `least_iou`: places in both lists."""
    shared = np.array([[iou(one, other) for other in wanted] for one in found]).reshape(len(found), len(wanted))
    fits = shared >= least_iou
    rows, columns = linear_sum_assignment(fits + 1e-3 * shared, maximize=True)
    return [(int(row), int(column)) for row, column in zip(rows, columns, strict=True) if fits[row, column]]


def hits(found: Sequence[Box], wanted: Sequence[Box], least_iou: float) -> Hits:
    """Return what one figure adds to the score."""
    return Hits(len(pairs(found, wanted, least_iou)), len(found), len(wanted))


def f1(counted: Sequence[Hits]) -> float:
    """Return the harmonic mean of precision and recall over the panels of all figures."""
    right = sum(each.right for each in counted)
    return 2 * right / max(1, sum(each.found + each.wanted for each in counted))


def interval(counted: Sequence[Hits]) -> tuple[float, float]:
    """Return between what 95 of 100 draws of as many figures lie."""
    rng = random.Random(0)
    drawn = sorted(f1(rng.choices(counted, k=len(counted))) for _ in range(_ROUNDS))
    return drawn[_ROUNDS // 40], drawn[-_ROUNDS // 40 - 1]
