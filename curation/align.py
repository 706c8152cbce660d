"""Align: panel boxes, letters read in them and the caption's labels, brought together; or why they can't be.

What doesn't fit is not guessed at: the figure then stays whole, with its whole caption, which is true of it.

1.  A caption without labels, or a picture of one box, is one panel.
2.  Letters that were read decide, where they are the caption's labels, each once. A box without a letter belongs to the
    letter before it: the one it lies right of or below, the nearest first. A label's box is what its boxes span.
3.  Where letters are missing but there are as many boxes as labels, reading order decides: by rows or by columns,
    whichever the letters that were read agree with, where the two differ. Without such a letter nothing is decided.
    In one row or one column, letters must follow each other as their boxes do.
4.  A letter that surely stands in the picture and that the caption doesn't name leaves everything undecided.
5.  Boxes of two labels must not overlap; else nothing is decided.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from curation.captions import Subcaption, Subcaptions
from curation.letter_rows import STROKES
from curation.panel_boxes import PanelBox
from curation.panel_letters import Letter
from curation.reading_orders import is_line, reading_orders
from curation.sheet import hull
from schemas.records import Box

BELIEVED = 0.6
"""Confidence from which an alignment is used."""

_BY_ALL_LETTERS, _BY_ORDER, _BY_ORDER_AND_LETTERS = 0.95, 0.75, 0.9
_DISAGREE = "letters and reading order disagree"
_MOST_OVERLAP = 0.1
"""Share of the smaller box that two labels' boxes may have in common."""
_SURE_LETTER = 0.5
_SURE_STRANGER, _SURE_STROKE = 0.8, 0.95
"""For a letter that the caption doesn't name; for one that a tick or a bar looks like."""


class Aligned(NamedTuple):
    """A panel: its part of the picture and its part of the caption."""

    label: str
    box: Box
    subcaption: Subcaption
    confidence: float


class Alignment(NamedTuple):
    """The panels of a figure; none where it stays whole, and then why, if there was something to decide."""

    panels: tuple[Aligned, ...]
    doubt: str = ""


def align(boxes: Sequence[PanelBox], letters: Sequence[Letter], caption: Subcaptions) -> Alignment:
    """Return the panels on which picture and caption agree."""
    outer = [number for number, box in enumerate(boxes) if box.parent is None]
    if len(caption.panels) < 2 or len(outer) < 2:
        return Alignment((), _told_apart(outer, letters, caption))
    labels = [panel.label for panel in caption.panels]
    if strangers := _strangers(letters, labels):
        return Alignment((), f"{', '.join(strangers)} in the picture, which the caption doesn't name")
    pairs = _named(letters, labels, outer)
    read = {label: numbers[0] for label, numbers in pairs.items() if len(numbers) == 1}
    if set(read) == set(labels):
        return _by_letters(boxes, outer, read, caption)
    if len(outer) != len(labels):
        return Alignment((), f"{len(outer)} boxes and {len(read)} letters for {len(labels)} labels")
    return _by_order(boxes, outer, pairs, caption)


def _by_letters(
    boxes: Sequence[PanelBox], outer: Sequence[int], read: Mapping[str, int], caption: Subcaptions
) -> Alignment:
    places = [read[panel.label] for panel in caption.panels]
    if places != sorted(places) and is_line([boxes[number].box for number in outer]):
        return Alignment((), _DISAGREE)
    return _checked(boxes, _claimed(boxes, outer, read), caption, _BY_ALL_LETTERS)


def _by_order(
    boxes: Sequence[PanelBox], outer: Sequence[int], pairs: Mapping[str, Sequence[int]], caption: Subcaptions
) -> Alignment:
    orders = _orders(boxes, outer, [panel.label for panel in caption.panels])
    able = [order for order in orders if all([order[label]] == numbers for label, numbers in pairs.items())]
    if len(able) != 1:
        return Alignment((), "by rows or by columns: no letter tells which" if able else _DISAGREE)
    by_order = {label: [number] for label, number in able[0].items()}
    return _checked(boxes, by_order, caption, _BY_ORDER_AND_LETTERS if pairs else _BY_ORDER)


def _orders(boxes: Sequence[PanelBox], outer: Sequence[int], labels: Sequence[str]) -> list[dict[str, int]]:
    """Return which box each label may have: in the order in which the boxes come, by rows and by columns."""
    ways = reading_orders([boxes[number].box for number in outer]) | {tuple(range(len(outer)))}
    return [{label: outer[place] for label, place in zip(labels, way, strict=True)} for way in sorted(ways)]


def _strangers(letters: Sequence[Letter], labels: Sequence[str]) -> list[str]:
    """Return the letters in the picture that begin no label of the caption: several, or one that is very sure."""
    known = {label[:1].upper() for label in labels}
    found = [one for one in letters if one.confidence > _SURE_LETTER and one.label.upper() not in known]
    is_sure = any(one.confidence > (_SURE_STROKE if one.label in STROKES else _SURE_STRANGER) for one in found)
    return sorted({one.label for one in found}) if is_sure or len(found) > 1 else []


def _told_apart(outer: Sequence[int], letters: Sequence[Letter], caption: Subcaptions) -> str:
    """Return what speaks for several panels where only the picture or only the caption has them."""
    if len(caption.panels) > 1:
        return f"{len(outer) or 1} box for {len(caption.panels)} labels"
    sure = {letter.label.upper() for letter in letters if letter.confidence > _SURE_LETTER}
    return "letters in the picture, none in the caption" if len(sure) > 1 and len(outer) > 1 else ""


def _named(letters: Sequence[Letter], labels: Sequence[str], outer: Sequence[int]) -> dict[str, list[int]]:
    """Return the boxes at which each label's letter was read, whatever its case."""
    known = {label.upper(): label for label in labels}
    found: dict[str, list[int]] = {}
    for letter in letters:
        label = known.get(letter.label.upper())
        panel = letter.panel
        if label is not None and panel is not None and panel in outer and letter.confidence > _SURE_LETTER:
            found.setdefault(label, []).append(panel)
    return found


def _claimed(boxes: Sequence[PanelBox], outer: Sequence[int], read: Mapping[str, int]) -> dict[str, list[int]]:
    """Return the boxes of each label: that of its letter, and those behind it that have none of their own."""
    claimed = {label: [number] for label, number in read.items()}
    for number in outer:
        if number not in read.values():
            claimed[_owner(boxes, number, read)].append(number)
    return claimed


def _owner(boxes: Sequence[PanelBox], number: int, read: Mapping[str, int]) -> str:
    """Return the label whose box is the nearest that doesn't begin right of or below this one."""
    left, top, *_ = boxes[number].box

    def far(label: str) -> tuple[bool, int]:
        own_left, own_top, own_right, own_bottom = boxes[read[label]].box
        behind = own_left > left + _slack(own_right - own_left) or own_top > top + _slack(own_bottom - own_top)
        gap = max(0, left - own_right) + max(0, top - own_bottom)
        return behind, gap

    return min(read, key=far)


def _slack(side_px: int) -> int:
    return side_px // 4


def _checked(
    boxes: Sequence[PanelBox], claimed: Mapping[str, Sequence[int]], caption: Subcaptions, confidence: float
) -> Alignment:
    spans = {label: hull([boxes[number].box for number in numbers]) for label, numbers in claimed.items()}
    pairs = [(one, other) for one in spans for other in spans if one < other]
    clash = next((pair for pair in pairs if _share(spans[pair[0]], spans[pair[1]]) > _MOST_OVERLAP), None)
    if clash:
        return Alignment((), f"what belongs to {clash[0]} and to {clash[1]} overlaps")
    panels = []
    for subcaption in caption.panels:
        found = [boxes[number].confidence for number in claimed[subcaption.label]]
        sure = min(confidence, subcaption.confidence, caption.confidence, *found)
        panels.append(Aligned(subcaption.label, spans[subcaption.label], subcaption, sure))
    weakest = min(panels, key=lambda panel: panel.confidence)
    if weakest.confidence < BELIEVED:
        return Alignment((), f"panel {weakest.label} is believed by {weakest.confidence:.2f} only")
    return Alignment(tuple(panels))


def _share(one: Box, other: Box) -> float:
    """Return how much of the smaller box the other covers."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    smaller = min(_area(one), _area(other))
    return width * height / smaller if width > 0 and height > 0 else 0.0


def _area(box: Box) -> int:
    left, top, right, bottom = box
    return (right - left) * (bottom - top)
