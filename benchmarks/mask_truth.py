"""Mask truth: the objects of a panel, each a picture of its own, and what is measured of them.

Nothing here reads runs of pixels or what made a question: each object is cut out of the label map with a rim.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Flags = npt.NDArray[np.bool_]


class Piece(NamedTuple):
    """An object as a picture [row, column] that is cut out with a rim of `RIM_PX`, and where that lies."""

    left: int
    top: int
    flags: Flags


RIM_PX = 3


@dataclass(frozen=True)
class Truth:
    """The objects of a panel with their classes, and the scale."""

    pieces: Sequence[Piece]
    classes: Sequence[str | None]
    size: tuple[int, int]
    """(width, height) in px."""
    um_per_px: float | None = None
    bar_um: float | None = None
    """The length that the panel's scale bar stands for."""
    hidden: frozenset[int] = frozenset()
    """Objects that go on beyond the panel."""

    @cached_property
    def boxes(self) -> Sequence[tuple[int, ...]]:
        """Return (left, top, right, bottom) of each."""
        found = []
        for left, top, flags in self.pieces:
            rows, columns = np.flatnonzero(flags.any(axis=1)) + top, np.flatnonzero(flags.any(axis=0)) + left
            found.append((int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1))
        return found

    @cached_property
    def centres(self) -> list[tuple[float, float]]:
        """Return (x, y) of each."""
        found = [(ndimage.center_of_mass(each.flags), each) for each in self.pieces]
        return [(float(x) + each.left, float(y) + each.top) for (y, x), each in found]

    @cached_property
    def areas(self) -> list[int]:
        """Return the pixels of each."""
        return [int(np.count_nonzero(each.flags)) for each in self.pieces]

    def union(self, objects: Iterable[int]) -> npt.NDArray[np.int64]:
        """Return in how many of the objects each pixel lies."""
        rim = np.zeros((self.size[1] + 2 * RIM_PX, self.size[0] + 2 * RIM_PX), np.int64)
        for left, top, flags in (self.pieces[at] for at in objects):
            height, width = flags.shape
            rim[top + RIM_PX : top + RIM_PX + height, left + RIM_PX : left + RIM_PX + width] += flags
        return rim[RIM_PX:-RIM_PX, RIM_PX:-RIM_PX]

    @cached_property
    def crowd(self) -> npt.NDArray[np.int64]:
        """Return in how many objects each pixel lies, with a rim of `RIM_PX` round the panel."""
        return np.pad(self.union(range(len(self.pieces))), RIM_PX)

    def others(self, at: int) -> Flags:
        """Return which pixels of an object's piece lie in another object."""
        left, top, flags = self.pieces[at]
        height, width = flags.shape
        here = self.crowd[top + RIM_PX : top + RIM_PX + height, left + RIM_PX : left + RIM_PX + width]
        other: Flags = here - flags > 0
        return other

    def group(self, name: str | None) -> list[int]:
        """Return which objects are of a class, or all."""
        return [at for at, own in enumerate(self.classes) if name is None or own == name]

    def uncut(self, name: str | None) -> list[int]:
        """Return which objects of a group the border leaves whole."""
        width, height = self.size
        return [
            at
            for at in self.group(name)
            if at not in self.hidden
            and min(self.boxes[at][:2]) > 0
            and self.boxes[at][2] < width
            and self.boxes[at][3] < height
        ]

    def ranked(self, rank: str, name: str | None) -> int:
        """Return the object that is the largest (or other) of the uncut ones of a group."""
        order = sorted(self.uncut(name), key=lambda at: -self.areas[at])
        return order[{"largest": 0, "second largest": 1, "smallest": -1}[rank]]

    def at(self, x: int, y: int) -> list[int]:
        """Return the objects that a point lies in."""
        return [at for at, each in enumerate(self.pieces) if _holds_point(each, x, y)]


def _holds_point(piece: Piece, x: int, y: int) -> bool:
    row, column = y - piece.top, x - piece.left
    inside = 0 <= row < piece.flags.shape[0] and 0 <= column < piece.flags.shape[1]
    return inside and bool(piece.flags[row, column])


def pieces_of_labels(labels: npt.NDArray[Any]) -> list[Piece]:
    """Return the objects of a label map [row, column], by their numbers."""
    numbers, places = np.unique(labels, return_inverse=True)
    compact = places.reshape(labels.shape) + int(numbers[0] != 0)
    return [_piece(compact[found] == at, found) for at, found in enumerate(ndimage.find_objects(compact), 1)]


def pieces_of_masks(masks: Iterable[Flags]) -> list[Piece]:
    """Return objects that are given as a picture [row, column] each."""
    found = [(mask, ndimage.find_objects(mask.astype(np.uint8))[0]) for mask in masks]
    return [_piece(mask[at], at) for mask, at in found]


def _piece(flags: Flags, at: tuple[slice, slice]) -> Piece:
    return Piece(at[1].start - RIM_PX, at[0].start - RIM_PX, np.pad(flags, RIM_PX))
