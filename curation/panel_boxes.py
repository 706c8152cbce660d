"""Panel boxes: from the pixels of a figure to the boxes of its panels, by cuts along letters, gutters and seams."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image

from curation.insets import insets_in
from curation.letter_rows import Sighting
from curation.lettered_cuts import lettered
from curation.panel_cuts import blocks, paper_of
from curation.panel_letters import Letter, letters_of, marks_in, row_of
from curation.sheet import Box, Sheet, grey_of, pictures, sheet_of
from pipeline.stretch import Array8

_UNLETTERED, _NO_PICTURE, _FRAMED = 0.7, 0.5, 0.9
"""Confidence in a picture without a letter, in a part that is no picture for sure, and in a framed inset."""
_GROUND, _ON_PAPER = 16, 0.8
_LEAST_PX = 4
"""A figure with a shorter side has no parts."""


class PanelBox(NamedTuple):
    """Where a panel lies in a figure, and how sure that is; `parent` is the place of the panel that it lies in."""

    box: Box
    confidence: float
    parent: int | None = None


def panel_boxes(pixels: Array8) -> list[PanelBox]:
    """Return the panels of a figure, H x W or H x W x 3, in reading order; the whole figure where none is told apart.

    A panel's letter is left out of its box where it stands on paper; axis labels, titles and legends are in it. Framed
    pictures within a panel, its insets, come last, with the panel's place as `parent`.
    """
    return boxes_and_letters(pixels)[0]


def boxes_and_letters(pixels: Array8) -> tuple[list[PanelBox], list[Letter]]:
    """Return the panels of a figure as `panel_boxes` does, and its letters with the boxes they name, read once."""
    height, width = pixels.shape[:2]
    whole = [PanelBox((0, 0, width, height), _NO_PICTURE)]
    if min(height, width) < _LEAST_PX:
        return whole, []
    rgb, step, full_size = pictures(pixels)
    luma = grey_of(rgb)
    seen = marks_in(luma, full_size, step)
    letters = row_of(seen, luma)
    _erase(rgb, [letter.mark.whole for letter in letters])
    sheet = sheet_of(rgb, step)
    found = _by_letters(sheet, letters) if letters else _by_pictures(sheet)
    full = [each._replace(box=_full(each.box, step, (width, height))) for each in found]
    # Letters on top of each other may leave a part without pixels, which would be in no row.
    boxes = _in_reading_order([each for each in full if _has_pixels(each.box)]) or whole
    return [*boxes, *_insets(full_size, boxes)], letters_of(seen, letters, step, [each.box for each in boxes])


def _insets(grey: Image.Image, boxes: Sequence[PanelBox]) -> list[PanelBox]:
    values = np.asarray(grey)
    return [PanelBox(found, _FRAMED, at) for at, each in enumerate(boxes) for found in insets_in(values, each.box)]


def _has_pixels(box: Box) -> bool:
    return box[0] < box[2] and box[1] < box[3]


def _full(box: Box, step: int, size: tuple[int, int]) -> Box:
    left, top, right, bottom = (side * step for side in box)
    return left, top, min(size[0], right), min(size[1], bottom)


def _by_pictures(sheet: Sheet) -> list[PanelBox]:
    found = blocks(sheet, sheet.box, paper_of(sheet))
    return [PanelBox(each.box, _UNLETTERED if each.is_core else _NO_PICTURE) for each in found]


def _by_letters(sheet: Sheet, letters: Sequence[Sighting]) -> list[PanelBox]:
    """Return the part of each letter; one beside a missing letter is cut in two where it shows two pictures."""
    paper = paper_of(sheet)
    found = []
    for part in lettered(sheet, [letter.mark.whole for letter in letters], paper):
        letter = letters[part.letter]
        sure = letter.confidence * min(1.0, max(0.1, 1 - part.cost))
        inner = blocks(sheet, part.box, paper) if _is_beside_gap(letter, letters) else []
        boxes = [block.box for block in inner] if len(inner) == 2 else [part.box]
        found += [PanelBox(box, sure / len(boxes)) for box in boxes]
    return found


def _is_beside_gap(letter: Sighting, letters: Sequence[Sighting]) -> bool:
    """Return whether the letter before, or the one after, was not read."""
    known = {ord(each.label) for each in letters}
    at = ord(letter.label)
    return (at - 1 not in known and letter.label not in "Aa") or (at + 1 not in known and at != max(known))


def _erase(rgb: Array8, letters: Sequence[Box]) -> None:
    """Paint over letters that stand on paper or on one colour, in place: they are no part of what they name."""
    for box in letters:
        left, top, right, bottom = max(0, box[0] - 1), max(0, box[1] - 1), box[2] + 1, box[3] + 1
        patch = rgb[top:bottom, left:right]
        ring = np.concatenate((patch[0], patch[-1], patch[:, 0], patch[:, -1])).astype(np.int16)
        ground = np.median(ring, axis=0)
        if np.mean(np.abs(ring - ground).max(axis=1) < _GROUND) > _ON_PAPER:
            patch[:] = ground.astype(np.uint8)


def _in_reading_order(found: Sequence[PanelBox]) -> list[PanelBox]:
    """Return boxes row by row: a row is what begins above the middle of its first box."""
    left = sorted(found, key=lambda each: (each.box[1], each.box[0]))
    ordered: list[PanelBox] = []
    while left:
        middle = (left[0].box[1] + left[0].box[3]) / 2
        row = [left[0], *(each for each in left[1:] if each.box[1] < middle)]
        ordered += sorted(row, key=lambda each: each.box[0])
        left = left[len(row) :]
    return ordered
