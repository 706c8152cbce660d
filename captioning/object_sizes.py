"""Object sizes: how large the largest or smallest object is in µm, and which share of a panel the objects cover.

Sizes are asked of objects that no border cuts, where the scale is known. Those beside the true one differ from it by
a fifth at least; shares by a factor of their odds.
"""

import math
from collections.abc import Iterator
from functools import partial

from captioning.clear_objects import Described, described
from captioning.number_options import SIZE_RATIO, right_and_wrong, shares, sizes, written
from captioning.panel_objects import Group, PanelObjects, Scale
from captioning.question_options import chance
from captioning.question_records import Closed

MEASURES = {
    "diameter": "the diameter of a circle with the same area",
    "longest side": "the longer side of its bounding box",
}
LEAST_SHARE, MOST_SHARE = 0.02, 0.95
"""Shares of an image beyond which options would be too close together."""
_TIMES = f"at least {SIZE_RATIO:g} times"


def in_microns(scene: PanelObjects, seed: int) -> Iterator[Closed]:
    """Yield the size of the largest and the smallest object of each group, by one measure by chance."""
    told = scale_words(scene.scale)
    for group in scene.groups if told else []:
        for one in described(scene, group):
            if one.rank != "second largest":
                yield from _size(scene, one, str(told), (seed, scene.panel_id, "size", group.name, one.rank))


def _size(scene: PanelObjects, one: Described, told: str, key: tuple[object, ...]) -> Iterator[Closed]:
    measure = "diameter" if chance(*key, "measure") < 0.5 else "longest side"
    true_px = size_px(scene, one.at, measure)
    found = sizes(true_px, *key, power=2 if measure == "diameter" else 1)
    lengths_um = [um_of(each, measure, scene.scale) for each in found or ()]
    texts = written(lengths_um, digits=3) if lengths_um else None
    if texts is None:
        return
    true = um_of(true_px, measure, scene.scale)
    right, wrong = right_and_wrong(lengths_um, [f"{text} µm" for text in texts], true, *key)
    yield Closed(
        task="size",
        about=(*key[3:], measure),
        question=(
            f"How large is {one.words}, measured as {MEASURES[measure]}? {told}"
            f" Each size is {_TIMES} the next smaller one."
        ),
        right=right,
        wrong=wrong,
        sentence=lambda said: f"An image whose {one.rank} object measures {said}: {MEASURES[measure]}.",
        boxes=[tuple(scene.boxes[one.at].tolist())],
        tags=[one.rank, measure.replace(" ", "_")],
    )


def size_px(scene: PanelObjects, at: int, measure: str) -> int:
    """Return what an object's size is taken from: its area in px for the diameter, else the longer side of its box."""
    left, top, right, bottom = scene.boxes[at].tolist()
    return int(scene.areas_px[at]) if measure == "diameter" else max(right - left, bottom - top)


def um_of(size_px: int, measure: str, scale: Scale) -> float:
    """Return a size in µm."""
    px = 2 * math.sqrt(size_px / math.pi) if measure == "diameter" else size_px
    return px * (scale.microns_per_pixel or math.nan)


def scale_words(scale: Scale) -> str | None:
    """Return how the scale is told in a question: by the bar where there is one of known length; None if unknown."""
    if scale.microns_per_pixel is None:
        return None
    if scale.bar and scale.bar.length_um and scale.source == "scale_bar":
        return "The image's scale bar tells the scale."
    if scale.bar and scale.bar.length_um and scale.source == "caption":
        return f"The image's scale bar stands for {scale.bar.length_um:g} µm."
    return f"A pixel of the image is {scale.microns_per_pixel:.4g} µm wide."


def covered(scene: PanelObjects, seed: int) -> Iterator[Closed]:
    """Yield which share of the panel the objects of each group cover."""
    for group in scene.groups:
        key, true = (seed, scene.panel_id, "share", group.name), share_of(scene, group)
        if not LEAST_SHARE <= true <= MOST_SHARE:
            continue
        values = [100 * value for value in shares(true, *key)]
        texts = written(values)
        if texts is None:
            continue
        right, wrong = right_and_wrong(values, [f"{text} %" for text in texts], 100 * true, *key)
        yield Closed(
            task="area_fraction",
            about=(group.name,),
            question=f"Which share of this image's area do the {group.many} cover?",
            right=right,
            wrong=wrong,
            sentence=partial(_covered_words, group),
            tags=[f"class:{group.name}"] if group.name else [],
        )


def _covered_words(group: Group, said: str) -> str:
    return f"An image of whose area {said} is covered by {group.many}."


def share_of(scene: PanelObjects, group: Group) -> float:
    """Return which share of the panel's pixels lie in an object of a group, each counted once."""
    if scene.overlaps[group.at].any():
        covered_px = int(scene.map_of(group).sum())
    else:
        covered_px = int(scene.areas_px[group.at].sum())
    return covered_px / (scene.width_px * scene.height_px)
