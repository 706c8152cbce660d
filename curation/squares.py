"""Squares: a picture's light and its edges, made small and square, for the two hashes by which copies are looked for.

Where light is nearly even, as in phase contrast, the bits of its hash are noise; where the edges lie is not. Edges are
as strong in a negative, and they are turned and mirrored as the picture is.
"""

from math import isqrt

import numpy as np
from PIL import Image

from curation.hashing import Frequencies, low_frequencies
from curation.local_features import Plane
from pipeline.stretch import percentiles

_SIDE_PX, _SEEN_PX = 256, 256
_CLIPPED = (1.0, 99.0)
"""Percentiles: hot pixels, and what was made too bright, weigh no more than the rest."""


def light_of(grey: Plane) -> Plane:
    """Return grey levels, clipped, as a square of 256 px."""
    step = max(1, min(grey.shape) // _SEEN_PX)
    low, high = percentiles(grey[::step, ::step], _CLIPPED).astype(np.float32)
    return _square(np.clip(np.asarray(grey, np.float32), low, high), _SIDE_PX)


def edges_of(light: Plane) -> Plane:
    """Return how strong the edges are, place by place; of their root, so that few strong ones are not all."""
    import cv2

    across, down = (cv2.Sobel(light, cv2.CV_32F, *way) for way in ((1, 0), (0, 1)))
    # not cv2.magnitude: its last bits change with where an array happens to lie in memory
    return np.asarray(np.sqrt(np.sqrt(across * across + down * down)), np.float32)


def hashed(square: Plane, bits: int) -> Frequencies:
    """Return the low frequencies of a square, as many as a hash of `bits` needs."""
    return low_frequencies(Image.fromarray(_square(square, 4 * isqrt(bits))), bits).astype(np.float32)


def _square(plane: Plane, side_px: int) -> Plane:
    import cv2

    # means of areas: no column weighs more than another, so that mirrored pictures have mirrored squares
    way = cv2.INTER_AREA if min(plane.shape) >= side_px else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(plane, (side_px, side_px), interpolation=way), np.float32)
