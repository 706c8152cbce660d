"""Orientations: the eight ways to turn and mirror a picture, and its negative, in pixels and in a hash.

The hash of a turned picture needs no pixels: mirroring flips the sign of every second frequency of the cosine
transform, turning by 90 degrees also swaps the axes. So a picture is hashed once, and asked for in all ways.
"""

from itertools import product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt


class Orientation(NamedTuple):
    """What is done to a picture, in this order: axes swapped, mirrored left to right, upside down, inverted."""

    swapped: bool = False
    mirrored: bool = False
    upside_down: bool = False
    inverted: bool = False

    @property
    def is_plain(self) -> bool:
        """Return whether nothing is done."""
        return not any(self)


ORIENTATIONS = tuple(Orientation(*ways) for ways in product((False, True), repeat=4))
"""The first is the picture as it is."""


def oriented(plane: npt.NDArray[Any], orientation: Orientation) -> npt.NDArray[Any]:
    """Return a picture of grey levels as an orientation shows it."""
    plane = plane.T if orientation.swapped else plane
    plane = plane[:, ::-1] if orientation.mirrored else plane
    plane = plane[::-1] if orientation.upside_down else plane
    return np.ascontiguousarray(-plane if orientation.inverted else plane)


def oriented_frequencies(low: npt.NDArray[Any], orientation: Orientation) -> npt.NDArray[Any]:
    """Return the low frequencies, [..., row, column], of what `oriented` makes of pictures."""
    low = np.swapaxes(low, -1, -2) if orientation.swapped else low
    signs = np.ones(low.shape[-2:], low.dtype)
    signs[:, 1::2] *= -1 if orientation.mirrored else 1
    signs[1::2] *= -1 if orientation.upside_down else 1
    if orientation.inverted:
        signs *= -1
        signs[0, 0] = 1  # the mean of a negative is as positive as that of the picture
    return low * signs
