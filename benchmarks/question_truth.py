"""Question truth: which options of a mask's question hold, and whether places are right, told from the pixels anew.

Nothing here reads runs of pixels or what made the question: objects are pictures of their own
(`benchmarks.mask_truth`), and what is asked is read from the question's words. An answer is right if the right option
alone is true, or none where "none of the above" is right.
"""

import json
import math
import re
import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from pycocotools import mask as coco
from scipy import ndimage

from benchmarks.mask_truth import Truth
from schemas.questions import Question

_GROUP = r"objects(?: of the class (?P<name>.+?))?"
_RANKED = rf"the (?P<rank>largest|second largest|smallest) of the {_GROUP} that the border of the image does not cut"
_NEAREST = r"the object(?: of the class (?P<name>.+?))? whose centre is nearest to the middle of the image"
_POINT = re.compile(r"\((\d+), (\d+)\)")
_SIDES = {"to the left": (0, -1), "to the right": (0, 1), "above": (1, -1), "below": (1, 1)}
_CROSS = ndimage.generate_binary_structure(2, 1)


def disagreement(question: Question, truth: Truth) -> str | None:
    """Return what is wrong with a question's answer, or None."""
    if question.options:
        if question.answer != question.options[question.answer_index or 0]:
            return f"{question.answer} is not the right option of {question.options}"
        holds = _HOLDS[question.task](question, truth)
        options = [option for option in question.options if option != "none of the above"]
        true = [option for option in options if holds(option)]
        wanted = [] if question.answer == "none of the above" else [question.answer]
        if question.held_back and not (holds(question.held_back) and not wanted):
            return f"{question.question} {question.held_back} is said to be held back"
        return None if true == wanted else f"{question.question} {question.options}: {true} hold, {wanted} are said"
    return _places(question, truth)


def _found(pattern: "re.Pattern[str] | str", text: str) -> "re.Match[str]":
    found = re.search(pattern, text)
    if found is None:
        raise ValueError(f"no {pattern} in {text}")
    return found


def _at_point(text: str, truth: Truth) -> list[int]:
    x, y = map(int, _found(_POINT, text).groups())
    return truth.at(x, y)


Holds = Callable[[str], bool]


def _ranked(text: str, truth: Truth) -> int:
    if found := re.search(_NEAREST, text):
        x, y = (truth.size[0] - 1) / 2, (truth.size[1] - 1) / 2
        return min(truth.group(found["name"]), key=lambda at: math.dist((x, y), truth.centres[at]))
    found = _found(_RANKED, text)
    return truth.ranked(found["rank"], found["name"])


def _counting(question: Question, truth: Truth) -> Holds:
    count = len(truth.group(_found(rf"How many {_GROUP} are in", question.question)["name"]))
    return lambda option: int(option) == count


def _object_class(question: Question, truth: Truth) -> Holds:
    if "at the point" in question.question:
        classes = {truth.classes[at] for at in _at_point(question.question, truth)}
        return lambda option: option in classes
    numbers = Counter(truth.classes)
    return lambda option: numbers[option] == max(numbers.values())


def _one_box(question: Question, truth: Truth) -> Holds:
    boxes = {
        str(truth.boxes[at]) for at in truth.group(_found(rf"one of the {_GROUP} tightly", question.question)["name"])
    }
    return lambda option: option in boxes


def _position(question: Question, truth: Truth) -> Holds:
    seen_from, asked = question.question.removesuffix(" lie?").split(", where does ")
    here, there = truth.centres[_ranked(seen_from, truth)], truth.centres[_ranked(asked, truth)]
    away = (there[0] - here[0], there[1] - here[1])
    main = int(abs(away[1]) > abs(away[0]))
    return lambda option: _SIDES[option][0] == main and _SIDES[option][1] * away[main] > 0


def _touching(question: Question, truth: Truth) -> Holds:
    def holds(option: str) -> bool:
        at = _at_point(option, truth)[0]
        touches, near = (
            bool((ndimage.binary_dilation(truth.pieces[at].flags, shape) & truth.others(at)).any())
            for shape in (_CROSS, np.ones((5, 5)))
        )
        if near != touches:
            raise ValueError(f"the object at {option} is neither touching nor alone")
        return touches == ("touches" in question.question.split(" another?")[0])

    return holds


def _extreme(question: Question, truth: Truth) -> Holds:
    asked = _ranked(question.question, truth)
    if "which of these points" in question.question.lower():
        return lambda option: _at_point(option, truth) == [asked]
    (x, y), (width, height) = truth.centres[asked], truth.size
    quarter = f"{'upper' if 2 * y + 1 < height else 'lower'} {'left' if 2 * x + 1 < width else 'right'}"
    return lambda option: option == quarter


def _rounded(true: float) -> Holds:
    def holds(option: str) -> bool:
        number = option.split(maxsplit=1)[0]
        half = 0.5 * 10.0 ** -len(number.partition(".")[2])
        return abs(float(number) - true) <= half * (1 + 1e-6)

    return holds


def _size(question: Question, truth: Truth) -> Holds:
    asked, um_per_px = _ranked(question.question, truth), truth.um_per_px or 0
    left, top, right, bottom = truth.boxes[asked]
    if "bounding box" in question.question:
        return _rounded(max(right - left, bottom - top) * um_per_px)
    return _rounded(float(np.sqrt(4 * truth.areas[asked] / np.pi)) * um_per_px)


def _share(question: Question, truth: Truth) -> Holds:
    group = truth.group(_found(rf"do the {_GROUP} cover", question.question)["name"])
    return _rounded(100 * float((truth.union(group) > 0).mean()))


def _field(question: Question, truth: Truth) -> Holds:
    return _rounded(truth.size["How high" in question.question] * (truth.um_per_px or 0))


def _bar(question: Question, truth: Truth) -> Holds:
    (left, _, right, _), *_ = question.boxes
    measured = (right - left) * (truth.um_per_px or 0)
    true = measured if "drawn" in question.tags else truth.bar_um or 0
    return lambda option: abs(float(option.removesuffix(" µm")) - true) <= 0.05 * true


_HOLDS: dict[str, Callable[[Question, Truth], Holds]] = {
    "counting": _counting,
    "object_class": _object_class,
    "localization": _one_box,
    "relative_position": _position,
    "touching": _touching,
    "extreme_size": _extreme,
    "size": _size,
    "area_fraction": _share,
    "field_of_view": _field,
    "scale_bar": _bar,
}


def _places(question: Question, truth: Truth) -> str | None:
    """Return what is wrong with the places that a question of localization gives."""
    asked, answer = _asked_for(question.question, truth), json.loads(question.answer)
    boxes = sorted(truth.boxes[at] for at in asked)
    if sorted(map(tuple, question.boxes)) != boxes:
        return f"{question.question}: boxes {question.boxes} for {boxes}"
    if "box" in question.tags and sorted(map(tuple, answer)) != boxes:
        return f"{question.question}: {answer} for {boxes}"
    if "centroid" in question.tags:
        centres = np.array([truth.centres[at] for at in asked])
        if len(answer) != len(centres) or not np.allclose(np.array(answer), centres, rtol=0, atol=0.0051):
            return f"{question.question}: {answer} for {centres.tolist()}"
    pixels = _decoded(answer[0]) if "_mask" in question.tags[0] else None
    if pixels is not None and not (len(answer) == 1 and np.array_equal(pixels, truth.union(asked) > 0)):
        return f"{question.question}: other pixels"
    return None


def _decoded(runs: dict[str, Any]) -> npt.NDArray[np.uint8]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of NumPy 2, about how pycocotools hands over its pixels
        pixels: npt.NDArray[np.uint8] = coco.decode(runs)
    return pixels


def _asked_for(text: str, truth: Truth) -> list[int]:
    if "at the point" in text:
        return _at_point(text, truth)
    if " of all " in text:
        return truth.group(_found(rf"of all {_GROUP} in this image", text)["name"])
    return [_ranked(text, truth)]
