"""VQA points and masks: centres and pixels that an answer names, and how well they fit the true objects.

Both are scored as boxes are, by GRIT's sum over the best pairs: a point is worth 1 to the object in whose box it lies,
a mask its intersection over union.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from captioning.vqa_answer_json import values_in
from captioning.vqa_boxes import Place, paired_worth
from captioning.vqa_letters import Unparsable
from captioning.vqa_spoken import spoken
from pipeline.rle import counts_of
from schemas.errors import PixelError

Point = tuple[float, float]
"""(x, y)."""
Coded = Mapping[str, Any]
"""A mask in COCO's compressed form: {"size": [height, width], "counts": text}."""
Mask = npt.NDArray[np.bool_]
"""Pixels down the columns, of a picture whose size is known."""

MOST_POINTS: Final = 2000
MOST_MASKS: Final = 50
_PAIR: Final = re.compile(r"[\[(]\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*[\])]")
_LISTS: Final = ("points", "centres", "centers", "objects", "answer", "masks")
_KEYS: Final = ("point_2d", "point", "centre", "center")


def named_points(answer: str) -> list[Point] | Unparsable:
    """Return the points of an answer, in its own frame; or why it has none.

    >>> named_points("[[1, 2], [3, 4.5]]")
    [(1.0, 2.0), (3.0, 4.5)]
    """
    text = spoken(answer)
    if not text:
        return "cut" if text is None else "empty"
    each = [_points(said) for said in values_in(text)]
    if each and None not in each:
        found = [point for some in each if some for point in some]
    else:
        found = [(float(one[1]), float(one[2])) for one in _PAIR.finditer(text)]
        if not found:
            return "no_places"
    return found if len(found) <= MOST_POINTS else "no_places"


def points_worth(found: Sequence[Point], true: Sequence[Place]) -> float:
    """Return GRIT's measure where a point is worth 1 to the box that it lies in; boxes without right and bottom edges.

    >>> points_worth([(5, 5), (50, 50)], [(0, 0, 10, 10), (0, 0, 8, 8)])
    0.3333333333333333
    """
    if not found or not true:
        return paired_worth(np.zeros((len(found), len(true))))
    places, boxes = np.asarray(found, float)[:, None, :], np.asarray(true, float)[None, :, :]
    inside = (places >= boxes[..., :2]).all(-1) & (places < boxes[..., 2:]).all(-1)
    return paired_worth(inside.astype(float))


def named_masks(answer: str) -> list[Coded] | Unparsable:
    """Return the masks of an answer, as COCO's compressed run lengths; or why it has none."""
    text = spoken(answer)
    if not text:
        return "cut" if text is None else "empty"
    found = [mask for said in values_in(text) for mask in _masks(said)]
    return found if found and len(found) <= MOST_MASKS else "no_places"


def masks_worth(found: Sequence[Coded], true: Sequence[Coded]) -> float:
    """Return GRIT's measure where a mask is worth its intersection over union, and nothing if it can't be decoded."""
    wanted = [_decoded(one, one) for one in true]
    given = [_decoded(one, true[0]) for one in found] if true else []
    overlaps = [[_overlap(one, other) for other in wanted] for one in given]
    return paired_worth(np.asarray(overlaps, float).reshape(len(found), len(true)))


def covered(true: Sequence[Coded]) -> float:
    """Return what one mask of the whole picture is worth."""
    pixels = [_decoded(one, one) for one in true]
    return paired_worth(np.asarray([[0.0 if one is None else float(one.mean()) for one in pixels]]))


def is_mask(said: object) -> bool:
    """Return whether a JSON value is a mask in COCO's compressed form."""
    if not isinstance(said, dict) or not isinstance(said.get("counts"), str):
        return False
    size = said.get("size")
    return isinstance(size, list) and len(size) == 2 and all(type(side) is int and side > 0 for side in size)


def _points(said: Any) -> list[Point] | None:  # noqa: ANN401  (JSON)
    if isinstance(said, dict):
        if _is_number(said.get("x")) and _is_number(said.get("y")):
            return [(float(said["x"]), float(said["y"]))]
        inner = next((said[key] for key in (*_KEYS, *_LISTS) if key in said), None)
        return None if inner is None else _points(inner)
    if not isinstance(said, list):
        return None
    if len(said) == 2 and all(_is_number(one) for one in said):
        return [(float(said[0]), float(said[1]))]
    each = [_points(one) if isinstance(one, list | dict) and one else None for one in said]
    return None if None in each else [point for some in each if some for point in some]


def _is_number(one: object) -> bool:
    return isinstance(one, int | float) and not isinstance(one, bool) and abs(one) < float("inf")


def _masks(said: Any) -> list[Coded]:  # noqa: ANN401
    if is_mask(said):
        return [said]
    inner = said if isinstance(said, list) else next((said[key] for key in _LISTS if key in said), [])
    return [one for one in inner if is_mask(one)] if isinstance(inner, list) else []


def _decoded(mask: Coded, like: Coded) -> Mask | None:
    """Return the pixels of a mask; None where it is none of that size."""
    if mask["size"] != like["size"]:
        return None
    try:
        counts = counts_of(mask["counts"])
    except PixelError:
        return None
    height, width = mask["size"]
    if (counts < 0).any() or int(counts.sum()) != height * width:
        return None
    return np.repeat(np.arange(len(counts)) % 2 == 1, counts)


def _overlap(one: Mask | None, other: Mask | None) -> float:
    if one is None or other is None:
        return 0.0
    whole = int((one | other).sum())
    return int((one & other).sum()) / whole if whole else 0.0
