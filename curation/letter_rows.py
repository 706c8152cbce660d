"""Letter rows: which marks of a figure are its panel letters: A, B, C in one size, in the order in which one reads."""

from collections.abc import Sequence
from string import ascii_lowercase, ascii_uppercase
from typing import NamedTuple

import numpy as np

from curation.glyph_marks import Mark
from curation.glyph_model import CLASSES, Values

_SAME_SHAPE = "ciklopsuvwxyz"
"""Letters whose small form looks like the large one once both fill a square; l and i like I."""
STROKES = "Iijl"
"""Letters that a tick or a bar looks like."""
_TALL: dict[str, float] = {**dict.fromkeys("acemnorsuvwxz", 0.74), "j": 1.25, "t": 0.9, "Q": 1.15}
"""Height of letters beside that of a capital."""
_BRACKET = 1.3
"""Height of a bracket, with which a letter may have run together."""
_LIKELY, _POSSIBLE = 0.35, 0.12
_SAME_SIZE = 0.22
_MISSING = 0.7
_ASIDE, _DISORDER = 0.35, 0.5
_DOUBT = 0.35
"""How likely a letter must at least be to make its row likelier."""
_LEAST, _LEAST_SPREAD = 1.0, 0.15
_FIRST_SIZES = 4
"""How many of the first letters say which sizes are tried."""


class Sighting(NamedTuple):
    """A panel letter on the sheet."""

    label: str
    mark: Mark
    confidence: float


def letter_row(marks: Sequence[Mark], likely: Values, size: tuple[int, int]) -> list[Sighting]:
    """Return the panel letters among marks, given how likely each is each letter; none where there are not two.

    `size` is the sheet's (width, height).
    """
    best: list[Sighting] = []
    best_score = 0.0
    for letters in (ascii_uppercase, ascii_lowercase):
        chances = _chances(likely, letters)
        heights = np.array([mark.box[3] - mark.box[1] for mark in marks], float)
        sizes = heights[:, None] / np.array([_TALL.get(letter, 1.0) for letter in letters])
        tried = {round(sizes[at, k], 1) for k in range(_FIRST_SIZES) for at in np.flatnonzero(chances[:, k] > _LIKELY)}
        for one in tried:
            fits = (np.abs(sizes / one - 1) < _SAME_SIZE) | (np.abs(heights / one / _BRACKET - 1) < _SAME_SIZE / 2)[
                :, None
            ]
            row = _row(marks, np.where(fits, chances, 0), letters, size)
            start, score = _best_start(row, size, letters)
            if score > best_score:
                best, best_score = start, score
    return best


def _chances(likely: Values, letters: str) -> Values:
    """Return how likely each mark is each letter of one case, forms that both cases share counted for either."""
    chances = likely[:, [CLASSES.index(letter) for letter in letters]]
    for at, letter in enumerate(letters):
        if letter.lower() in _SAME_SHAPE:
            chances[:, at] += likely[:, CLASSES.index(letter.swapcase())]
    if letters == ascii_uppercase:
        chances[:, letters.index("I")] += likely[:, CLASSES.index("l")]
    return chances


def _row(marks: Sequence[Mark], chances: Values, letters: str, size: tuple[int, int]) -> list[Sighting]:
    """Return the likeliest mark for each letter, up to where two letters in a row are missing."""
    row: list[Sighting] = []
    taken: set[int] = set()
    missing = 0
    for k, letter in enumerate(letters):
        order = [int(at) for at in np.argsort(-chances[:, k], kind="stable") if int(at) not in taken]
        able = [at for at in order[:6] if chances[at, k] > _POSSIBLE and chances[at, k] > 0.6 * chances[order[0], k]]
        if not able:
            missing += 1
            if missing > 1:
                break
            continue
        at = min(able, key=lambda at: _unlike(marks[at], row, size) - 0.5 * float(chances[at, k]))
        taken.add(at)
        missing = 0
        row.append(Sighting(letter, marks[at], float(chances[at, k])))
    return row


def _unlike(mark: Mark, row: Sequence[Sighting], size: tuple[int, int]) -> float:
    """Return how badly a mark goes on from the letters before it: other ink, out of line, against the order."""
    if not row:
        return (mark.box[0] / size[0] + mark.box[1] / size[1]) / 2
    last = row[-1].mark
    is_after = mark.box[0] > last.box[2] or mark.box[1] > last.box[3]
    out_of_line = min(
        min(abs(mark.box[0] - other.mark.box[0]) / size[0], abs(mark.box[1] - other.mark.box[1]) / size[1])
        for other in row
    )
    return (not is_after) * _DISORDER + min(_ASIDE, 2 * out_of_line) + 0.1 * (mark.is_light != last.is_light)


def _best_start(row: Sequence[Sighting], size: tuple[int, int], letters: str) -> tuple[list[Sighting], float]:
    """Return the first letters of a row, as many as make it likeliest, and how likely that is; 0 for no row."""
    if len(row) < 2 or letters.index(row[0].label) > 1:
        return [], 0.0
    total, best, most = 0.0, 0, 0.0
    for at, each in enumerate(row):
        before = row[at - 1] if at else None
        missing = letters.index(each.label) - (letters.index(before.label) + 1 if before else 0)
        sure = each.confidence * (0.5 if each.label in STROKES else 1.0)
        total += sure - _DOUBT - _MISSING * missing - (_unlike(each.mark, row[:at], size) if before else 0)
        if at and total > most:
            best, most = at + 1, total
    chosen = list(row[:best])
    if len(chosen) < 2:
        return [], 0.0
    lefts, tops = [each.mark.box[0] for each in chosen], [each.mark.box[1] for each in chosen]
    spread = (max(lefts) - min(lefts)) / size[0] + (max(tops) - min(tops)) / size[1]
    return (chosen, most + min(1.0, spread)) if most > _LEAST and spread > _LEAST_SPREAD else ([], 0.0)
