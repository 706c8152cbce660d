"""Described: true sentences about a picture, counted and measured in its mask, where data have no words."""

from collections.abc import Sequence
from math import pi, sqrt
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from training.chat import PLACE, Turn

_CAPTIONED: Final = "Write the caption of this picture."
_DESCRIBED: Final = "Describe the image in detail."


def conversation_about(
    labels: npt.NDArray[np.integer[Any]], dataset: str, purpose: str, side_px: int
) -> tuple[Turn, Turn]:
    """Return a question and its answer about the objects of `labels` (H, W), 0 = background.

    Lengths are said in pixels of the frame, whose side is `side_px`: what a model sees of them.
    """
    told = sentences(labels, dataset, side_px)
    question, answer = (_CAPTIONED, told[0]) if purpose == "align" else (_DESCRIBED, " ".join(told))
    return ("user", f"{question}\n{PLACE}"), ("assistant", answer)


def sentences(labels: npt.NDArray[np.integer[Any]], dataset: str, side_px: int) -> Sequence[str]:
    """Return what is true of the objects: how many, of which set, how large, how much of the picture.

    >>> mask = np.zeros((100, 200), np.int32)
    >>> mask[:50, :50] = 7
    >>> " ".join(sentences(mask, "plates", 100))
    'An image of the set plates with 1 object. It is 28 px across in a frame of 100 px. It covers 12 % of the image.'
    """
    _, areas = np.unique(labels[labels > 0], return_counts=True)
    count = len(areas)
    first = f"An image of the set {dataset} with {count or 'no'} object{'s' * (count != 1)}."
    if not count:
        return [first]
    scale = side_px / max(labels.shape)
    across_px = round(2 * sqrt(float(np.median(areas)) / pi) * scale)  # the disk of the same area
    share = round(100 * float(areas.sum()) / labels.size)
    subject, verb = ("It", "is") if count == 1 else ("Half of them", "are at most")
    covers = "It covers" if count == 1 else "They cover"
    return [
        first,
        f"{subject} {verb} {across_px} px across in a frame of {side_px} px.",
        f"{covers} {share} % of the image.",
    ]
