"""Object relations: where one object lies from another, where the largest is, which objects touch.

Objects are told by their rank in size or as the one nearest to the middle, never by a box: where two boxes stand to
each other, or which is the larger, could be told without the picture. Points of a question lie in objects, and tell
nothing of their sizes.
"""

from collections.abc import Iterator
from itertools import permutations

import numpy as np

from captioning.clear_objects import LEAST_PX, Described, central, clear, described, point_words
from captioning.counting import LEAST_OPTIONS, place_words
from captioning.panel_objects import Flags, PanelObjects
from captioning.point_options import points_of
from captioning.question_options import shuffled
from captioning.question_records import Closed
from pipeline.strokes import Ints

SIDES = ("to the left", "to the right", "above", "below")
QUARTERS = ("upper left", "upper right", "lower left", "lower right")
_OFF_MIDDLE = 0.05
"""Of the image's side: a centre nearer to a middle line is in no quarter."""
_APART = 0.1
"""Of the image's side: centres of objects that are said to lie on one side of each other."""
GAP_PX = 3
"""Objects that are said not to touch are so far apart."""


def relative_position(scene: PanelObjects, seed: int) -> Iterator[Closed]:
    """Yield on which side of one object another lies, for one pair by chance, of a group or of two classes."""
    key = (seed, scene.panel_id, "relative position")
    named = [group for group in scene.groups if group.name] or scene.groups
    told = [one for group in named for one in (*described(scene, group), *central(scene, group))]
    for one, other in shuffled(permutations(told, 2), *key):
        side = side_of(scene, one.at, other.at) if one.at != other.at else None
        if side:
            yield _position(scene, (one, other), side, key)
            return


def _position(scene: PanelObjects, pair: tuple[Described, Described], side: str, key: tuple[object, ...]) -> Closed:
    one, other = pair
    return Closed(
        task="relative_position",
        about=(one.words, other.words),
        question=f"Seen from {other.words}, where does {one.words} lie?",
        right=side,
        wrong=shuffled([each for each in SIDES if each != side], *key, "wrong"),
        sentence=lambda said: f"An image in which {one.words} lies {said}{_joined(said)} {other.words}.",
        boxes=[tuple(scene.boxes[each.at].tolist()) for each in pair],
    )


def _joined(side: str) -> str:
    return " of" if side.startswith("to") else ""


def side_of(scene: PanelObjects, one: int, other: int) -> str | None:
    """Return on which side of `other` the object `one` lies, or None where it isn't plain.

    Their boxes share no column (or no row), and the centres are twice as far apart one way as the other.
    """
    across, down = (scene.centroids[one] - scene.centroids[other]).tolist()
    axis, far, less = (0, across, down) if abs(across) > abs(down) else (1, down, across)
    first, last = sorted((one, other), key=lambda at: scene.centroids[at][axis])
    clear_of = scene.boxes[first][axis + 2] <= scene.boxes[last][axis]
    if not clear_of or abs(far) < 2 * abs(less) or abs(far) < _APART * (scene.width_px, scene.height_px)[axis]:
        return None
    return SIDES[2 * axis + (far > 0)]


def extremes(scene: PanelObjects, seed: int) -> Iterator[Closed]:
    """Yield in which quarter the largest or smallest object is, and which of some points lies in it."""
    for group in scene.groups:
        for one in described(scene, group):
            if one.rank != "second largest":
                yield from _quarter(scene, one, (seed, scene.panel_id, "quarter", group.name, one.rank))
                others = group.at[~scene.cut[group.at]]
                yield from _which_point(scene, one, others, (seed, scene.panel_id, "which", group.name, one.rank))


def _quarter(scene: PanelObjects, one: Described, key: tuple[object, ...]) -> Iterator[Closed]:
    quarter = quarter_of(scene, one.at)
    if quarter:
        yield Closed(
            task="extreme_size",
            about=key[2:],
            question=f"In which quarter of this image is the centre of {one.words}?",
            right=quarter,
            wrong=shuffled([each for each in QUARTERS if each != quarter], *key, "wrong"),
            sentence=lambda said: f"An image with the {one.rank} object in the {said} quarter.",
            boxes=[tuple(scene.boxes[one.at].tolist())],
            tags=[one.rank],
        )


def quarter_of(scene: PanelObjects, at: int) -> str | None:
    """Return in which quarter an object's centre is, or None where it is near a middle line."""
    shares = (scene.centroids[at] + 0.5) / (scene.width_px, scene.height_px) - 0.5
    if (np.abs(shares) < _OFF_MIDDLE).any():
        return None
    right, lower = (shares > 0).tolist()
    return QUARTERS[2 * lower + right]


def _which_point(scene: PanelObjects, one: Described, others: Ints, key: tuple[object, ...]) -> Iterator[Closed]:
    fine, at_px, size = clear(scene), scene.points, (scene.width_px, scene.height_px)
    beside = [at for at in others.tolist() if at != one.at and fine[at]]
    if len(beside) < LEAST_OPTIONS - 1:
        return
    _, wrong = points_of(at_px, size, [one.at], beside, *key)
    yield Closed(
        task="extreme_size",
        about=key[2:],
        question=f"Which of these points lies in {one.words}? {place_words(scene)}",
        right=point_words(at_px[one.at]),
        wrong=[point_words(at_px[at]) for at in wrong],
        sentence=lambda said: f"An image whose {one.rank} object is at the point {said}.",
        boxes=[tuple(scene.boxes[one.at].tolist())],
        tags=[one.rank, "points"],
    )


def touching(scene: PanelObjects, seed: int) -> Iterator[Closed]:
    """Yield which of some points lies in an object that touches another, or in one that doesn't."""
    if len(scene) < LEAST_OPTIONS:
        return
    touch, alone = contacts(scene)
    fine, key = clear(scene) | _shared(scene), (seed, scene.panel_id, "touching")
    ways = [("touches", touch & fine & own_points(scene)), ("does not touch", alone & fine)]
    (said, right), (other, wrong) = shuffled(ways, *key)
    made = _touching(scene, said, (right, wrong), key) or _touching(scene, other, (wrong, right), key)
    yield from [made] if made else []


def _touching(scene: PanelObjects, said: str, sets: tuple[Flags, Flags], key: tuple[object, ...]) -> Closed | None:
    rights, others = (np.flatnonzero(each).tolist() for each in sets)
    if not rights or len(others) < LEAST_OPTIONS - 1:
        return None
    at_px, size = scene.points, (scene.width_px, scene.height_px)
    right, wrong = points_of(at_px, size, rights, others, *key, "points")
    return Closed(
        task="touching",
        about=(said, right),
        question=(
            f"As far as this image shows, which of these points lies in an object that {said} another? Objects touch"
            " where pixels of them share a side (4-neighbourhood) or lie in both. Of the objects at these points, those"
            f" that touch none are at least {GAP_PX} px from any other. {place_words(scene)}"
        ),
        right=point_words(at_px[right]),
        wrong=[point_words(at_px[at]) for at in wrong],
        sentence=lambda point: f"An image in which the object at the point {point} {said} another.",
        boxes=[tuple(scene.boxes[right].tolist())],
        tags=[said.replace(" ", "_")],
    )


def _shared(scene: PanelObjects) -> Flags:
    flags: Flags = scene.overlaps & (scene.parts == 1) & (scene.areas_px >= LEAST_PX)
    return flags


def own_points(scene: PanelObjects) -> Flags:
    """Return whose point lies in no later object too."""
    x, y = scene.points.T
    flags: Flags = scene.label_map[y, x] == np.arange(1, len(scene) + 1)
    return flags


def contacts(scene: PanelObjects) -> tuple[Flags, Flags]:
    """Return which objects touch or overlap another, and which have none within `GAP_PX`; some are neither.

    The label map shows one object of several that share a pixel, but which objects do is known; of all others the map
    shows every pixel, and who else is near.
    """
    import cv2

    labels = scene.label_map.T  # on its side its pixels lie as OpenCV reads them
    there = labels > 0
    # Counted down, the lowest beside is the highest; background stays lowest.
    downwards = np.multiply(~labels, there)
    side = 2 * GAP_PX - 1
    near, beside = scene.overlaps.copy(), scene.overlaps.copy()
    for found, around in ((near, cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))), (beside, np.ones((side, side)))):
        for counted in (labels, downwards):
            highest = cv2.dilate(counted, around.astype(np.uint8), borderType=cv2.BORDER_REPLICATE)
            found[labels[(highest != counted) & there].astype(np.int64) - 1] = True
    return near, ~beside
