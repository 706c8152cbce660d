"""Corner letters: marks at the same corner of several panels, in one size, whatever the order of what they say.

A row of letters starts with A or B and goes on in order (`curation.letter_rows`); what stands where letters stand and
isn't such a row speaks of the panels all the same: D, E, F, or B and D alone where A and C were not read.
"""

from collections.abc import Iterator, Sequence
from string import ascii_lowercase, ascii_uppercase
from typing import NamedTuple

from curation.glyph_marks import Mark
from curation.glyph_model import CLASSES, Values
from curation.sheet import Box

_SURE = 0.6
"""How likely a mark must be a letter, large or small."""
_NEAR = 2.0
"""Heights of a letter within which it stands from its corner."""
_SAME_PLACE, _SAME_SIZE = 0.35, 0.22
_MOST_BOXES = 26
"""More panels than letters have none."""
_CORNERS = ((0, 1), (2, 1), (0, 3), (2, 3))
"""Which sides of a box meet, by their places in it."""


class _Sure(NamedTuple):
    """A mark that is a letter for all that it looks like."""

    label: str
    mark: Mark
    confidence: float


class CornerLetter(NamedTuple):
    """A letter at a corner of a box, by the box's place."""

    label: str
    mark: Mark
    panel: int
    confidence: float


class _At(NamedTuple):
    """A letter with its offset from the corner, in its own heights."""

    letter: CornerLetter
    across: float
    down: float
    tall: int


def corner_letters(marks: Sequence[Mark], likely: Values, boxes: Sequence[Box]) -> list[CornerLetter]:
    """Return the letters at the same corner of the most boxes; none where there are not two that differ."""
    best: list[CornerLetter] = []
    sure = list(_sure(marks, likely)) if 1 < len(boxes) <= _MOST_BOXES else []
    for corner in _CORNERS:
        there = [_at(each, corner, panel, box) for each in sure for panel, box in enumerate(boxes)]
        near = [each for each in there if max(abs(each.across), abs(each.down)) < _NEAR]
        for one in near:
            alike = _alike(one, near)
            if len({each.label for each in alike}) > 1 and _weight(alike) > _weight(best):
                best = alike
    return best


def _weight(letters: Sequence[CornerLetter]) -> float:
    return sum(letter.confidence for letter in letters)


def _sure(marks: Sequence[Mark], likely: Values) -> Iterator[_Sure]:
    large = likely[:, [CLASSES.index(letter) for letter in ascii_uppercase]]
    small = likely[:, [CLASSES.index(letter) for letter in ascii_lowercase]]
    for at, mark in enumerate(marks):
        k = int((large[at] + small[at]).argmax())
        chance = float(large[at, k] + small[at, k])
        if chance > _SURE:
            letters = ascii_uppercase if large[at, k] >= small[at, k] else ascii_lowercase
            yield _Sure(letters[k], mark, chance)


def _at(one: _Sure, corner: tuple[int, int], panel: int, box: Box) -> _At:
    across, down = corner
    tall = one.mark.box[3] - one.mark.box[1]
    letter = CornerLetter(one.label, one.mark, panel, one.confidence)
    return _At(letter, (one.mark.box[across] - box[across]) / tall, (one.mark.box[down] - box[down]) / tall, tall)


def _alike(one: _At, near: Sequence[_At]) -> list[CornerLetter]:
    """Return for each box the surest letter that has one's size and offset."""
    surest: dict[int, CornerLetter] = {}
    for each in near:
        is_there = abs(each.across - one.across) < _SAME_PLACE and abs(each.down - one.down) < _SAME_PLACE
        known = surest.get(each.letter.panel)
        is_surer = known is None or each.letter.confidence > known.confidence
        if is_there and abs(each.tall / one.tall - 1) < _SAME_SIZE and is_surer:
            surest[each.letter.panel] = each.letter
    return [surest[panel] for panel in sorted(surest)]
