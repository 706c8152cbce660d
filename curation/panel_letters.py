"""Panel letters: A, B, C read in the pixels of a figure, at the corners of its panels or just outside."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image

from curation.corner_letters import corner_letters
from curation.glyph_forms import forms
from curation.glyph_marks import Mark, loners, mark_of
from curation.glyph_model import CLASSES, Values, likelihoods
from curation.letter_rows import Sighting, letter_row
from curation.sheet import Box, grey_of, pictures
from pipeline.stretch import Array8

_BESIDE = 3.0
"""Heights of a letter within which the panel begins that it names."""
_POSSIBLE = 0.06
"""How likely a mark must be one of the letters to be looked at; large and small together it is then too little."""


class Letter(NamedTuple):
    """A panel letter with its brackets, in pixels of the figure; `panel` is the place of the box that it names."""

    label: str
    box: Box
    panel: int | None
    confidence: float


class Marks(NamedTuple):
    """Marks of the reduced figure, and how likely each is each letter."""

    marks: Sequence[Mark]
    likely: Values


def letters_in(pixels: Array8, boxes: Sequence[Box]) -> list[Letter]:
    """Return the panel letters of a figure, each with the box that it names; a box is named once, by the nearest."""
    rgb, step, full = pictures(pixels)
    luma = grey_of(rgb)
    seen = marks_in(luma, full, step)
    return letters_of(seen, row_of(seen, luma), step, boxes)


def letters_of(seen: Marks, row: Sequence[Sighting], step: int, boxes: Sequence[Box]) -> list[Letter]:
    """Return the letters of a copy reduced by `step`, in pixels of the figure, with their boxes.

    They are the row that was read; where there is none, what stands at the same corner of several boxes.
    """
    if not row:
        small = [
            (left // step, top // step, -(-right // step), -(-bottom // step)) for left, top, right, bottom in boxes
        ]
        found = corner_letters(seen.marks, seen.likely, small)
        return [Letter(one.label, _full(one.mark.whole, step), one.panel, one.confidence) for one in found]
    places = [_full(each.mark.whole, step) for each in row]
    named = _named(places, boxes)
    return [
        Letter(each.label, place, named.get(at), each.confidence)
        for at, (each, place) in enumerate(zip(row, places, strict=True))
    ]


def marks_in(luma: Array8, full: Image.Image, step: int) -> Marks:
    """Return what may be a letter in a figure of mode L, on its reduced copy."""
    found: list[Mark] = []
    likely: list[Values] = []
    for loner in loners(luma):
        own = likelihoods(forms(full, loner.rimmed * step, is_light=loner.is_light))
        for at in np.flatnonzero(own[:, :-1].max(axis=1) > _POSSIBLE):
            mark = mark_of(loner, int(at))
            if mark:
                found.append(mark)
                likely.append(own[at])
    return Marks(found, np.stack(likely) if likely else np.zeros((0, len(CLASSES)), np.float32))


def row_of(seen: Marks, luma: Array8) -> list[Sighting]:
    """Return the row of letters among marks; none where there are not two in order."""
    return letter_row(seen.marks, seen.likely, (luma.shape[1], luma.shape[0])) if seen.marks else []


def _full(box: Box, step: int) -> Box:
    return box[0] * step, box[1] * step, box[2] * step, box[3] * step


def _named(letters: Sequence[Box], boxes: Sequence[Box]) -> dict[int, int]:
    """Return which box each letter names, the surest pairs first."""
    pairs = sorted(
        (_distance(letter, box), at, place) for at, letter in enumerate(letters) for place, box in enumerate(boxes)
    )
    named: dict[int, int] = {}
    for distance, at, place in pairs:
        if distance <= _BESIDE and at not in named and place not in named.values():
            named[at] = place
    return named


def _distance(letter: Box, box: Box) -> float:
    """Return how far a letter stands from the corner of a box where it belongs, in its own heights."""
    tall = letter[3] - letter[1]
    across, down = (letter[0] + letter[2]) / 2, (letter[1] + letter[3]) / 2
    outside = max(0.0, box[0] - across, across - box[2]) + max(0.0, box[1] - down, down - box[3])
    size = max(1, box[2] - box[0]) + max(1, box[3] - box[1])
    corner = min(abs(across - box[0]), abs(across - box[2])) + min(abs(down - box[1]), abs(down - box[3]))
    return outside / tall + corner / size
