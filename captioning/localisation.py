"""Localisation: where objects are, answered with boxes, centres or pixels as JSON, or by one of several boxes.

Of several boxes all have the size of the right one, so nothing but the picture tells it; no other fits an object.
"""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from captioning.clear_objects import clear, described, point_words
from captioning.counting import LEAST_OPTIONS, doubtful, place_words
from captioning.panel_objects import Flags, Group, PanelObjects
from captioning.question_options import MOST, chance, shuffled
from captioning.question_records import Closed, Open
from pipeline.rle import MAX_COUNT_CHARS, texts_of
from pipeline.stroke_parts import chosen
from pipeline.strokes import Ints, strokes_of_labels
from schemas.records import Box

MOST_LISTED = 50
"""Objects whose places are asked for one by one."""
MOST_RUNS_CHARS = 50_000
"""Of an answer that tells the pixels of all objects; nobody writes a longer one."""
_FRAME_CHARS = 60
"""Of such an answer beside its runs, at most."""
_LEAST_SIDE_PX = 8
_TRIES, _TRIES_AT_ONCE = 64, 8
_UNLIKE = 0.25
"""Of a wrong box: its overlap with an object's box, or with another option, by their union is less."""
_BOXES = "as a JSON list of boxes [left, top, right, bottom] in pixels, right and bottom exclusive"
_CENTRES = "as a JSON list of points [x, y] in pixels, the mean of the object's pixels to a hundredth"
_RUNS = 'as a JSON list of masks {"size": [height, width], "counts": COCO\'s compressed run lengths}'


def which_box(scene: PanelObjects, seed: int) -> Iterator[Closed]:
    """Yield which of several boxes fits an object, for one object of each group by chance."""
    sides = scene.boxes[:, 2:] - scene.boxes[:, :2]
    small = (2 * sides <= (scene.width_px, scene.height_px)).all(axis=1)
    fine: Flags = clear(scene) & ~scene.cut & (sides >= _LEAST_SIDE_PX).all(axis=1) & small
    for group in scene.groups:
        key = (seed, scene.panel_id, "which box", group.name)
        for at in shuffled(group.at[fine[group.at]].tolist(), *key)[:1]:
            wrong = _wrong_boxes(scene, at, key)
            if len(wrong) >= LEAST_OPTIONS - 1:
                yield _boxes(scene, group, at, wrong)


def _boxes(scene: PanelObjects, group: Group, at: int, wrong: Sequence[Box]) -> Closed:
    box: Box = tuple(scene.boxes[at].tolist())
    return Closed(
        task="localization",
        about=("which box", group.name, at),
        question=(
            f"Which of these boxes fits one of the {group.many} tightly?"
            f" Boxes are (left, top, right, bottom). {place_words(scene)}"
        ),
        right=str(box),
        wrong=list(map(str, wrong)),
        sentence=lambda said: f"An image with an {group.one} in the box {said}.",
        boxes=[box],
        tags=["which_box"],
    )


def _wrong_boxes(scene: PanelObjects, at: int, key: tuple[object, ...]) -> list[Box]:
    """Return boxes of the size of an object's that fit neither an object nor each other."""
    left, top, right, bottom = scene.boxes[at].tolist()
    width, height = right - left, bottom - top
    room = (scene.width_px - width + 1, scene.height_px - height + 1)
    found: list[Box] = []
    for first in range(0, _TRIES, _TRIES_AT_ONCE):
        numbers = range(first, first + _TRIES_AT_ONCE)
        draws = np.array([[chance(*key, "x", number), chance(*key, "y", number)] for number in numbers])
        corners = (draws * room).astype(np.int64)
        tried = np.concatenate([corners, corners + np.array([width, height])], axis=1)
        for box in tried[(overlap(tried, scene.boxes) < _UNLIKE).all(axis=1)]:
            if not found or (overlap(box[None], np.array(found)) < _UNLIKE).all():
                found.append(tuple(box.tolist()))
            if len(found) == MOST - 1:
                return found
    return found


def overlap(some: Ints, others: Ints) -> npt.NDArray[np.float64]:
    """Return the intersection by the union [some, others] of boxes."""
    low = np.maximum(some[:, None, :2], others[None, :, :2])
    high = np.minimum(some[:, None, 2:], others[None, :, 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=2)
    areas = [np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (some, others)]
    ratio: npt.NDArray[np.float64] = shared / (areas[0][:, None] + areas[1][None] - shared)
    return ratio


def all_places(scene: PanelObjects, seed: int) -> Iterator[Open]:
    """Yield where all objects of each group are: boxes and centres if they aren't too many, and their pixels."""
    size = place_words(scene)
    for group in scene.groups:
        boxes = _listed(scene, group.at)
        every = f"all {group.many} in this image, also those that the border cuts,"
        if len(group.at) <= MOST_LISTED and not doubtful(scene, group):
            asked = f"Give the boxes of {every} {_BOXES}. {size}"
            yield Open(("boxes", group.name), asked, partial(_listed, scene, group.at), boxes, ["box"])
            asked = f"Give the centres of {every} {_CENTRES}. {size}"
            yield Open(("centres", group.name), asked, partial(_centres, scene, group.at), boxes, ["centroid"])
        runs = partial(union_runs, scene, group)
        if _surely_short(scene, group) or len(str(runs()[0])) <= MOST_RUNS_CHARS:
            asked = f"Give the pixels of {every} {_RUNS}: one mask of all. {size}"
            yield Open(("semantic", group.name), asked, runs, boxes, ["semantic_mask"])


def one_place(scene: PanelObjects, seed: int) -> Iterator[Open]:
    """Yield where the largest object is, and the pixels of the object at a point."""
    size = place_words(scene)
    for group in scene.groups:
        for one in described(scene, group):
            if one.rank == "largest":
                boxes = _listed(scene, [one.at])
                asked = f"Give the box of {one.words} {_BOXES}. {size}"
                yield Open(("box", group.name), asked, partial(_listed, scene, [one.at]), boxes, ["box", "largest"])
                asked = f"Give the centre of {one.words} {_CENTRES}. {size}"
                centres = partial(_centres, scene, [one.at])
                yield Open(("centre", group.name), asked, centres, boxes, ["centroid", "largest"])
        yield from _at_point(scene, group, seed)


def _at_point(scene: PanelObjects, group: Group, seed: int) -> Iterator[Open]:
    fine = clear(scene)
    for at in shuffled(group.at[fine[group.at]].tolist(), seed, scene.panel_id, "at point", group.name)[:1]:
        x_y, boxes = point_words(scene.points[at]), _listed(scene, [at])
        asked = f"Give the box of the object at the point {x_y} {_BOXES}. {place_words(scene)}"
        yield Open(("box at", group.name, at), asked, partial(_listed, scene, [at]), boxes, ["box", "at_point"])
        asked = f"Give the pixels of the object at the point {x_y} {_RUNS}. {place_words(scene)}"
        runs = partial(_runs, scene, at)
        yield Open(("mask at", group.name, at), asked, runs, boxes, ["instance_mask", "at_point"])


def _listed(scene: PanelObjects, at: Sequence[int] | Ints) -> list[Box]:
    return [tuple(box) for box in scene.boxes[at].tolist()]


def _centres(scene: PanelObjects, at: Sequence[int] | Ints) -> list[list[float]]:
    return [[round(x, 2), round(y, 2)] for x, y in scene.centroids[at].tolist()]


def _runs(scene: PanelObjects, at: int) -> list[dict[str, object]]:
    alone = chosen(scene.objects.strokes, [at])
    return [{"size": [scene.height_px, scene.width_px], "counts": next(texts_of(alone))}]


def _surely_short(scene: PanelObjects, group: Group) -> bool:
    """Return whether the pixels of a group are told in few enough characters, however they lie."""
    first = np.append(scene.objects.strokes.first, len(scene.objects.strokes.start))
    runs = 2 * int((first[group.at + 1] - first[group.at]).sum()) + 1
    return MAX_COUNT_CHARS * runs + _FRAME_CHARS <= MOST_RUNS_CHARS


def union_runs(scene: PanelObjects, group: Group) -> list[dict[str, object]]:
    """Return the pixels that lie in any object of a group, as COCO's compressed run lengths."""
    union = strokes_of_labels(scene.map_of(group))[1]
    return [{"size": [scene.height_px, scene.width_px], "counts": next(texts_of(union))}]
