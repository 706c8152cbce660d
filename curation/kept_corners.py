"""Kept corners: how many corners of a panel lie as those that a hash list keeps of a picture, where no pixels are.

A list keeps 64 of a corner's 256 bits, so that chance alone lays some on each other; how many must agree is said where
it is asked.
"""

import numpy as np

from curation.local_features import Features

_FAR, _CLEARLY = 14, 0.9
"""Bits of 64 beyond which corners aren't the same, and how much nearer than the second the nearest must be."""
_NEAR_PX, _TRIES = 4.0, 2000
_CELL_PX = 8
_VOTING_BYTES = 8


def corners_alike(panel: Features, kept: Features) -> int:
    """Return how many corners a picture, turned, scaled and shifted, shares with a panel; those within 8 px are one."""
    import cv2

    if min(len(panel.bits), len(kept.bits)) < 4:
        return 0
    ours = np.ascontiguousarray(panel.bits[:, :_VOTING_BYTES])
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(np.ascontiguousarray(kept.bits[:, :_VOTING_BYTES]), ours, k=2)
    good = [two[0] for two in pairs if two[0].distance <= _FAR and two[0].distance < _CLEARLY * two[1].distance]
    if len(good) < 4:
        return 0
    source, target = kept.places[[match.queryIdx for match in good]], panel.places[[match.trainIdx for match in good]]
    cv2.setRNGSeed(1)
    laid, agree = cv2.estimateAffinePartial2D(source, target, ransacReprojThreshold=_NEAR_PX, maxIters=_TRIES)
    if laid is None:
        return 0
    kept_ones = agree.ravel().astype(bool)
    return min(_cells(source[kept_ones]), _cells(target[kept_ones]))


def _cells(places: np.ndarray) -> int:
    return len(np.unique((places // _CELL_PX).astype(np.int64), axis=0))
