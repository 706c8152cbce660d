"""VQA boxes: the places that an answer names, and how well they fit the true ones (GRIT's measure)."""

import math
import re
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from captioning.vqa_answer_json import values_in
from captioning.vqa_items import Frame
from captioning.vqa_letters import Unparsable
from captioning.vqa_spoken import spoken

Place = tuple[float, float, float, float]
"""(left, top, right, bottom)."""

MOST_BOXES: Final = 2000
"""Of one answer; what names more names none."""

_KEYS: Final = ("bbox_2d", "box_2d", "bbox", "box")
_LISTS: Final = ("boxes", "bboxes", "objects", "answer", "predictions")
_NUMBER: Final = r"\s*(-?\d+(?:\.\d+)?)\s*"
_FOUR: Final = re.compile(rf"[\[(]{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER}[\])]")
_TWO_PAIRS: Final = re.compile(rf"\({_NUMBER},{_NUMBER}\)\s*,?\s*\({_NUMBER},{_NUMBER}\)")
_SMALL: Final = 1e-6


def named_boxes(answer: str) -> list[Place] | Unparsable:
    """Return the boxes of an answer, in its own frame; or why it has none.

    Taken are JSON (a list of lists of four numbers, one such list, objects with "box", "bbox" or "bbox_2d"), with or
    without fences and words around it, and pairs of corners "(1, 2), (3, 4)". "[]" says that there is nothing.

    >>> named_boxes("[[0, 0, 10, 5]]")
    [(0.0, 0.0, 10.0, 5.0)]
    """
    text = spoken(answer)
    if not text:
        return "cut" if text is None else "empty"
    found = _of_json(text)
    if found is None:
        found = [_place(one.groups()) for one in _FOUR.finditer(text)]
        found = found or [_place(one.groups()) for one in _TWO_PAIRS.finditer(text)] or None
    if found is None or len(found) > MOST_BOXES:
        return "no_places"
    return found


def rescaled(boxes: Sequence[Place], frame: Frame, sent_px: tuple[int, int], filed_px: tuple[int, int]) -> list[Place]:
    """Return boxes of a frame in px of the picture as filed; sizes are (width, height)."""
    spans = {"sent": sent_px, "original": filed_px, "thousand": (1000, 1000), "unit": (1, 1)}
    wide, tall = filed_px[0] / spans[frame][0], filed_px[1] / spans[frame][1]
    return [(left * wide, top * tall, right * wide, bottom * tall) for left, top, right, bottom in boxes]


def grit(found: Sequence[Place], true: Sequence[Place]) -> float:
    """Return GRIT's measure of localisation: the sum of IoU over pairs / (boxes found + true ones missed).

    Pairs are those of the assignment with the largest sum; one without overlap is none. Of Gupta et al. 2022
    (arXiv 2204.13653), as Micro-Bench uses it.

    >>> grit([(0, 0, 10, 10)], [(0, 0, 10, 10), (20, 20, 30, 30)])
    0.5
    """
    return paired_worth(ious(found, true) if found and true else np.zeros((len(found), len(true))))


def paired_worth(overlaps: npt.NDArray[np.float64]) -> float:
    """Return the same of an array (found, true) of what each pair is worth; 1 where nothing was found nor is."""
    if not overlaps.size:
        return float(not any(overlaps.shape))
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(overlaps, maximize=True)
    paired = overlaps[rows, columns]
    missed = overlaps.shape[1] - int((paired > 0).sum())
    return float(paired.sum() / (overlaps.shape[0] + missed))


def ious(found: Sequence[Place], true: Sequence[Place]) -> npt.NDArray[np.float64]:
    """Return the intersection over union of each found box with each true one; boxes turned inside out have none."""
    one, other = np.asarray(found, float)[:, None, :], np.asarray(true, float)[None, :, :]
    corner, end = np.maximum(one[..., :2], other[..., :2]), np.minimum(one[..., 2:], other[..., 2:])
    shared = np.clip(end - corner, 0, None).prod(-1)
    areas = [np.clip(boxes[..., 2:] - boxes[..., :2], 0, None).prod(-1) for boxes in (one, other)]
    whole = areas[0] + areas[1] - shared
    return np.where((shared > 0) & (whole > _SMALL * _SMALL), shared / np.where(whole > 0, whole, 1), 0.0)


def _of_json(text: str) -> list[Place] | None:
    """Return the boxes of all JSON values in a text; None where there is none, or one is something else."""
    each = [_places(said) for said in values_in(text)]
    return None if not each or None in each else [place for found in each if found for place in found]


def _places(said: Any) -> list[Place] | None:  # noqa: ANN401  (JSON)
    """Return the boxes of a JSON value; None where it is something else."""
    if isinstance(said, dict):
        inner = next((said[key] for key in (*_KEYS, *_LISTS) if key in said), None)
        return None if inner is None else _places(inner)
    if not isinstance(said, list):
        return None
    if len(said) == 4 and all(_is_number(one) for one in said):
        return [_place(said)]
    each = [_places(one) if isinstance(one, list | dict) and one else None for one in said]
    return None if None in each else [place for found in each if found for place in found]


def _is_number(one: object) -> bool:
    return isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one)


def _place(numbers: Sequence[Any]) -> Place:
    left, top, right, bottom = (float(number) for number in numbers)
    return left, top, right, bottom
