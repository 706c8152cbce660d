"""Counting: how many objects a panel shows, which class is the most frequent, and of which class one is.

An object that the border cuts counts as one; the question says so. A panel with fewer than five objects gets no such
question, nor one in which so many are hard to see or of several pieces that another option might be meant.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from captioning.class_names import may_both_be_true, without_doubles
from captioning.clear_objects import LEAST_PX, MARGIN, clear, point_words
from captioning.number_options import counts, right_and_wrong
from captioning.panel_objects import Group, PanelObjects, class_words
from captioning.question_options import shuffled
from captioning.question_records import Closed

_SPECK = 0.05
"""Of the median area; what is smaller, or than `LEAST_PX`, may be no object to whoever counts."""
LEAST_OPTIONS = 4


def how_many(scene: PanelObjects, seed: int) -> Iterator[Closed]:
    """Yield a question for each group whose number is plain."""
    for group in scene.groups:
        key, true = (seed, scene.panel_id, "counting", group.name), len(group.at)
        ladder = counts(true, *key, apart=doubtful(scene, group))
        if ladder is None:
            continue
        right, wrong = right_and_wrong(ladder, list(map(str, ladder)), true, *key)
        yield Closed(
            task="counting",
            about=(group.name,),
            question=f"How many {group.many} are in this image? Those that the border cuts count too.",
            right=right,
            wrong=wrong,
            sentence=partial(_sentence, group),
            tags=_tags(group),
        )


def _sentence(group: Group, number: str) -> str:
    return f"An image with {number} {group.one if number == '1' else group.many}."


def doubtful(scene: PanelObjects, group: Group) -> int:
    """Return by how many a person may be wrong who counts well: specks, what an edge leaves little of, loose pieces."""
    areas = scene.areas_px[group.at]
    unseen = scene.slivers[group.at] | (areas < max(LEAST_PX, _SPECK * np.median(areas)))
    return int(unseen.sum() + (scene.parts[group.at] - 1).sum())


def most_frequent(scene: PanelObjects, classes: Sequence[str], seed: int) -> Iterator[Closed]:
    """Yield which class most objects are of, where all have one and none is close to the first."""
    numbers = Counter({group.name: len(group.at) for group in scene.groups if group.name})
    if sum(numbers.values()) != len(scene) or len(numbers) < 2:
        return
    (first, many), (_, next_many) = numbers.most_common(2)
    others = _others(first, [*numbers, *classes], seed, scene.panel_id, "most frequent")
    if many < MARGIN * next_many or len(others) < LEAST_OPTIONS - 1:
        return
    yield Closed(
        task="object_class",
        about=("most frequent",),
        question="Of which class are the most objects in this image? Those that the border cuts count too.",
        right=str(first),
        wrong=others,
        sentence="An image in which most objects are of the class {}.".format,
        tags=["most_frequent"],
    )


def class_at_point(scene: PanelObjects, classes: Sequence[str], seed: int) -> Iterator[Closed]:
    """Yield of which class the object at a point is, for one object by chance."""
    groups = [group for group in scene.groups if group.name]
    fine = clear(scene) if groups else np.empty(0, np.bool_)
    key = (seed, scene.panel_id, "class at point")
    for group in shuffled(groups, *key)[:1]:
        others = _others(group.name, [*(each.name for each in groups), *classes], *key, "wrong")
        for at in shuffled(group.at[fine[group.at]].tolist(), *key)[:1] if len(others) >= LEAST_OPTIONS - 1 else []:
            x_y = point_words(scene.points[at])
            yield Closed(
                task="object_class",
                about=("point", at),
                question=f"Of which class is the object at the point {x_y}? {place_words(scene)}",
                right=str(group.name),
                wrong=others,
                sentence=f"An image with an object of the class {{}} at the point {x_y}.".format,
                boxes=[tuple(scene.boxes[at].tolist())],
                tags=["at_point"],
            )


def _others(name: str | None, classes: Sequence[str | None], *key: object) -> list[str]:
    """Return the classes that are surely not the right one, in an order by chance, no two of which may be one."""
    found: list[str] = []
    words = filter(None, map(class_words, classes))
    for other in shuffled(without_doubles(words, [name or ""]), *key):
        if not any(may_both_be_true(other, each) for each in found):
            found.append(other)
    return found


def place_words(scene: PanelObjects) -> str:
    """Return how places are told, for a question."""
    size = f"{scene.width_px} px wide and {scene.height_px} px high"
    return f"Pixels are counted right and down from the upper left corner of the image, which is {size}."


def _tags(group: Group) -> list[str]:
    return [f"class:{group.name}"] if group.name else []
