"""Point options: which objects' points stand beside the right one, so that where they lie doesn't tell which it is.

The largest object lies far from the edge more often than others, and one that touches none far from the other points.
Of several draws that one is taken in which the right point has the ranks that were drawn for it.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from captioning.question_options import MOST, chance, shuffled
from pipeline.strokes import Ints

_DRAWS, _POOL = 32, 16

Numbers = npt.NDArray[np.float64]


def points_of(
    points: Ints, size: tuple[int, int], right: Sequence[int], wrong: Sequence[int], *key: object
) -> tuple[int, list[int]]:
    """Return one of `right` and at most `MOST - 1` of `wrong`; neither is empty.

    `points` are rows (x, y) of all objects in a picture of `size`.
    """
    rights, pool = shuffled(right, *key, "right")[:_POOL], shuffled(wrong, *key, "wrong")[:_POOL]
    count = min(MOST, 1 + len(pool))
    draws = [
        [rights[draw % len(rights)], *shuffled(pool, *key, draw)[: count - 1]]
        for draw in range(_DRAWS if len(pool) >= MOST else len(rights))
    ]
    at = points[np.array(draws)]
    found = np.stack([_rank(measure) for measure in (_from_edge(at, size), _from_nearest(at))], axis=1)
    wanted = np.array([int(chance(*key, rule) * count) for rule in ("edge", "nearest")])
    best, *others = draws[int(np.abs(found - wanted).sum(axis=1).argmin())]
    return best, others


def _rank(measure: Numbers) -> Ints:
    """Return how many others have less than the first, for each row."""
    less: Ints = (measure[:, 1:] < measure[:, :1]).sum(axis=1)
    return less


def _from_edge(at: Ints, size: tuple[int, int]) -> Numbers:
    nearer: Numbers = np.minimum(at, np.array(size) - 1 - at).min(axis=2).astype(np.float64)
    return nearer


def _from_nearest(at: Ints) -> Numbers:
    away = np.abs(at[:, :, None] - at[:, None]).sum(axis=3).astype(np.float64)
    away[:, range(at.shape[1]), range(at.shape[1])] = np.inf
    nearest: Numbers = away.min(axis=2)
    return nearest
