"""Sketches: what is kept of a picture to find its duplicates: frequencies of its hash, features, and its panels' own.

A figure on paper is also sketched panel by panel: a picture laid into it is mostly one of its panels, and a hash or
the strongest corners of a whole page say little of one.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from curation.confirm import View, view_of
from curation.duplicates import Sketch
from curation.local_features import Plane, features_of, sized
from curation.panel_boxes import panel_boxes
from curation.panel_views import grey_of_panel
from curation.squares import edges_of, hashed, light_of
from curation.votes import MOST
from pipeline.pixels import inspect
from schemas.records import Box

_LEAST_SPREAD = 0.5
"""Grey levels: what varies less has no hash that tells it from others."""
_LEAST_PART_PX = 64
_MOST_PARTS = 40
_WHITE, _MUCH_WHITE = 235, 0.15


class Found(NamedTuple):
    """A picture, or one of its panels."""

    sketch: Sketch
    box: Box | None
    """In px of the grey picture; None for all of it."""


def grey_of(blob: bytes) -> Plane:
    """Return the grey levels of a picture, its longer side about `SIDE_PX` where it is larger.

    Raises:
        PixelError: it can't be decoded.
    """
    pixels = inspect(blob)
    return grey_of_panel(blob, pixels, (0, 0, pixels.width_px, pixels.height_px))


def sketches_of(grey: Plane, bits: int, *, parts: bool) -> Iterator[Found]:
    """Yield the sketch of a picture, then of its panels where `parts` are asked for and it is a page of several."""
    yield Found(sketch_of(grey, bits, features=parts), None)
    for box in _panels(grey) if parts else ():
        left, top, right, bottom = box
        yield Found(sketch_of(grey[top:bottom, left:right], bits, features=True), box)


def view_in(grey: Plane, box: Box | None) -> View:
    """Return a picture, or the part of it in `box`, as it is compared."""
    if box is None:
        return view_of(sized(grey))
    left, top, right, bottom = box
    return view_of(sized(grey[top:bottom, left:right]))


def sketch_of(grey: Plane, bits: int, *, features: bool) -> Sketch:
    """Return the sketch of a picture in grey."""
    light, plane = light_of(grey), sized(grey)
    found = features_of(plane).best(MOST) if features else None
    says_little = float(light.std()) < _LEAST_SPREAD
    return Sketch(hashed(light, bits), says_little, found, float(max(plane.shape)), hashed(edges_of(light), bits))


def _panels(grey: Plane) -> list[Box]:
    shown = np.asarray(np.clip(grey, 0, 255), np.uint8)
    if np.mean(shown >= _WHITE) < _MUCH_WHITE:
        return []
    boxes = [each.box for each in panel_boxes(shown)]
    large = [box for box in boxes if min(box[2] - box[0], box[3] - box[1]) >= _LEAST_PART_PX]
    return large[:_MOST_PARTS] if len(large) > 1 else []
