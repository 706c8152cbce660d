"""Local features: corners of a picture that are found again in its copies, turned, cut or laid into another.

OpenCV's ORB (Rublee et al. 2011): corners on an image pyramid, each with a direction and 256 comparisons of grey
levels around it. Mirrored and inverted pictures have other features, so these are asked for in that form.
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.stretch import percentiles

Plane = npt.NDArray[np.float32]
"""Grey levels, [row, column]."""
Affine = npt.NDArray[np.float64]
"""[2, 3]: takes (x, y, 1) of one picture to (x, y) of another, in px."""

SIDE_PX = 1024
"""The longer side of what is looked at."""
_SMALL_PX = 384
"""Pictures with no longer side are enlarged: corners need surroundings."""
_MOST = 1500
STEP = 1.2
"""From one level of the pyramid to the next."""
_LEVELS, _CONTRAST = 12, 5
_LEAST_PX = 16
_FAR, _CLEARLY = 64, 0.9
"""Bits of 256 beyond which corners aren't the same, and how much nearer than the second the nearest must be."""
_NEAR_PX, _TRIES = 4.0, 2000
_MOST_SCALE = 8.0
_CELL_PX = 8
_CLIPPED = (0.1, 99.9)


class Features(NamedTuple):
    """Corners of a picture."""

    places: npt.NDArray[np.float32]
    """[corner, (x, y)] in px of the picture."""
    bits: npt.NDArray[np.uint8]
    """[corner, 32]."""
    directions: npt.NDArray[np.float32]
    """Degrees, clockwise."""
    levels: npt.NDArray[np.int32]
    """Of the pyramid: how often the picture was made smaller by `STEP`."""
    strengths: npt.NDArray[np.float32]

    def best(self, most: int) -> "Features":
        """Return the strongest corners, as many of each level as its part of all."""
        if len(self.bits) <= most:
            return self
        order = np.lexsort((-self.strengths, self.levels))
        levels = self.levels[order]
        rank = np.arange(len(order)) - np.searchsorted(levels, levels)
        kept = order[np.argsort(rank / np.bincount(levels)[levels], kind="stable")[:most]]
        return Features(
            self.places[kept], self.bits[kept], self.directions[kept], self.levels[kept], self.strengths[kept]
        )


def sized(grey: npt.NDArray[Any]) -> Plane:
    """Return grey levels with a longer side of `SIDE_PX` at most; small pictures come twice as large."""
    import cv2

    longer, plane = max(grey.shape), np.asarray(grey, np.float32)
    if longer > SIDE_PX:
        scale = SIDE_PX / longer
        size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
        return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)
    if longer <= _SMALL_PX:
        return np.asarray(cv2.resize(plane, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR), np.float32)
    return plane


def features_of(grey: Plane, most: int = _MOST) -> Features:
    """Return the strongest corners of a picture, its contrast stretched."""
    is_thin = min(grey.shape) < _LEAST_PX  # OpenCV fails on pyramids that end in nothing
    points, bits = ((), None) if is_thin else _orb(most).detectAndCompute(_stretched(grey), None)
    if bits is None:
        bits, points = np.zeros((0, 32), np.uint8), ()
    return Features(
        np.array([point.pt for point in points], np.float32).reshape(-1, 2),
        np.asarray(bits),
        np.array([point.angle for point in points], np.float32),
        np.array([point.octave for point in points], np.int32),
        np.array([point.response for point in points], np.float32),
    )


@cache
def _orb(most: int) -> Any:  # noqa: ANN401  (its class has no types)
    import cv2

    cv2.setNumThreads(1)  # the engine's workers share the processors
    return cv2.ORB.create(most, scaleFactor=STEP, nlevels=_LEVELS, fastThreshold=_CONTRAST)


def _stretched(grey: Plane) -> npt.NDArray[np.uint8]:
    low, high = percentiles(grey[::2, ::2], _CLIPPED)
    if high <= low:
        return np.asarray(np.clip(grey, 0, 255), np.uint8)
    scaled = grey - low
    scaled *= 255 / (high - low)  # in place, as the next: new arrays of this size take longer than what fills them
    return np.asarray(np.clip(scaled, 0, 255, out=scaled), np.uint8)


def similarity(one: Features, other: Features) -> tuple[Affine, int] | None:
    """Return what lays `other` on `one` by turning, scaling and shifting, and how many corners say so.

    Corners nearer than 8 px to each other count once.
    """
    import cv2

    if min(len(one.bits), len(other.bits)) < 4:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(other.bits, one.bits, k=2)
    good = [two[0] for two in pairs if two[0].distance < min(_FAR, _CLEARLY * two[1].distance)]
    if len(good) < 4:
        return None
    source, target = other.places[[m.queryIdx for m in good]], one.places[[m.trainIdx for m in good]]
    cv2.setRNGSeed(1)
    laid, agree = cv2.estimateAffinePartial2D(source, target, ransacReprojThreshold=_NEAR_PX, maxIters=_TRIES)
    if laid is None or not 1 / _MOST_SCALE < np.hypot(laid[0, 0], laid[1, 0]) < _MOST_SCALE:
        return None
    kept = agree.ravel().astype(bool)
    return np.asarray(laid, np.float64), min(_cells(source[kept]), _cells(target[kept]))


def _cells(places: npt.NDArray[np.float32]) -> int:
    return len(np.unique((places // _CELL_PX).astype(np.int64), axis=0))
