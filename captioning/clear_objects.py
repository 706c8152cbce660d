"""Clear objects: which objects of a panel may be pointed at or described without being taken for another."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from captioning.panel_objects import Flags, Group, PanelObjects
from pipeline.strokes import Ints

LEAST_PX = 25
"""Of an object that is pointed at or described."""
MARGIN = 1.2
"""The largest object has so many times the pixels of the next, and the next to the smallest those of the smallest."""
NEARER = 0.05
"""Of the panel's shorter side: so much nearer to the middle than the next is the object that is nearest."""
NEAREST = "whose centre is nearest to the middle of the image"
UNCUT = "that the border of the image does not cut"


class Described(NamedTuple):
    """An object by its rank in size among the uncut ones of its group, or by its place."""

    rank: str
    at: int
    words: str


def clear(scene: PanelObjects) -> Flags:
    """Return which objects are of one piece, share no pixel, and are large enough to be seen."""
    flags: Flags = (scene.areas_px >= LEAST_PX) & (scene.parts == 1) & ~scene.overlaps & ~scene.slivers
    return flags


def point_words(point: Ints) -> str:
    """Return a point as it stands in a question."""
    x, y = point.tolist()
    return f"({x}, {y})"


def described(scene: PanelObjects, group: Group) -> Iterator[Described]:
    """Yield the largest, the second largest and the smallest uncut object of a group, as far as each is clearly that.

    One pixel more doesn't make an object the largest: `MARGIN` must lie between it and the next.
    """
    whole = group.at[~scene.cut[group.at]]
    order = whole[np.argsort(-scene.areas_px[whole], kind="stable")]
    areas, fine = scene.areas_px[order], clear(scene)
    apart = areas[:-1] >= MARGIN * areas[1:]
    ranks = {
        "largest": (0, len(order) > 0 and bool(apart[:1].all())),
        "second largest": (1, len(order) > 2 and bool(apart[:2].all())),
        "smallest": (-1, len(order) > 1 and bool(apart[-1:].all())),
    }
    for rank, (place, holds) in ranks.items():
        if holds and fine[order[place]]:
            yield Described(rank, int(order[place]), f"the {rank} of the {group.many} {UNCUT}")


def central(scene: PanelObjects, group: Group) -> Iterator[Described]:
    """Yield the object of a group whose centre is nearest to the middle of the panel, if it is so by far."""
    middle = (np.array([scene.width_px, scene.height_px]) - 1) / 2
    away = np.hypot(*(scene.centroids[group.at] - middle).T)
    order = np.argsort(away, kind="stable")
    rooms = np.diff(away[order[:2]])
    if (rooms >= NEARER * min(scene.width_px, scene.height_px)).all() and clear(scene)[group.at[order[0]]]:
        yield Described("central", int(group.at[order[0]]), f"the {group.one} {NEAREST}")
