"""VQA marks: what each answer is worth, between 0 and 1, and why one counts as none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from captioning.vqa_asking import Given, Manner
from captioning.vqa_boxes import grit, named_boxes, rescaled
from captioning.vqa_items import Answering, Item, shown_order
from captioning.vqa_letters import Unparsable, begins_bare, named_option
from captioning.vqa_points_masks import masks_worth, named_masks, named_points, points_worth

_SAID_OF: dict[str, Unparsable] = {"refused": "refused", "answer_cut": "cut", "answer_empty": "empty"}


Metric = Literal["accuracy", "grit", "points", "masks"]
"""What a worth is measured in: right or wrong, and GRIT's measure of boxes, of points in boxes, of pixels."""

_METRICS: dict[Answering, Metric] = {"letter": "accuracy", "boxes": "grit", "points": "points", "masks": "masks"}

_READ: dict[Answering, Callable[[str], Any]] = {"boxes": named_boxes, "points": named_points, "masks": named_masks}


@dataclass(frozen=True)
class Mark:
    """An item's worth, from 0 to 1."""

    item: Item
    given: Given
    worth: float
    choice: int | None = None
    """The place in the file of the option that was named."""
    places: tuple[tuple[float, ...], ...] = ()
    """Boxes or points that were named, in px of the picture as filed."""
    fault: Unparsable | None = None
    """Why the answer can't be read."""

    @property
    def metric(self) -> Metric:
        """Return what the worth is measured in."""
        return _METRICS[self.item.answering]


def marked(items: Sequence[Item], given: Sequence[Given], manner: Manner) -> list[Mark]:
    """Return the mark of each item; what isn't answered, or can't be read, is worth nothing."""
    answers = {one.number: one for one in given}
    return [_mark(item, answers[item.number], manner) for item in items]


def _mark(item: Item, given: Given, manner: Manner) -> Mark:
    if not given.was_answered:
        return Mark(item, given, 0.0)
    return _by_letter(item, given, manner) if item.answering == "letter" else _by_places(item, given, manner)


def _by_letter(item: Item, given: Given, manner: Manner) -> Mark:
    if given.reason == "refused":
        return Mark(item, given, 0.0, fault="refused")
    order = shown_order(item, manner.order_seed)
    shown = [item.options[place] for place in order]
    named = named_option(given.text, shown)
    if given.reason == "answer_cut" and (isinstance(named, str) or not begins_bare(given.text, shown)):
        named = "cut"
    if isinstance(named, int):
        choice = order[named]
        return Mark(item, given, float(choice == item.answer_index), choice=choice)
    return Mark(item, given, 0.0, fault=_fault(named, given))


def _by_places(item: Item, given: Given, manner: Manner) -> Mark:
    if given.reason == "refused" or given.sent_px is None or given.filed_px is None:
        return Mark(item, given, 0.0, fault="refused")
    named: Any = _READ[item.answering](given.text)
    if isinstance(named, str):
        return Mark(item, given, 0.0, fault=_fault(named, given))  # type: ignore[arg-type]
    if item.answering == "masks":
        return Mark(item, given, masks_worth(named, item.masks))
    corners = [(*one, *one)[:4] for one in named]  # a point is a box without size
    told = rescaled(corners, manner.frame, given.sent_px, given.filed_px)
    if item.answering == "boxes":
        return Mark(item, given, grit(told, item.boxes), places=tuple(told))
    points = [(x, y) for x, y, _, _ in told]
    return Mark(item, given, points_worth(points, item.boxes), places=tuple(points))


def _fault(named: Unparsable, given: Given) -> Unparsable:
    """Return why an answer can't be read: that it was cut, where nothing was found in what there is of it."""
    said = _SAID_OF.get(given.reason or "")
    return said if said and named in {"no_option", "no_places", "empty"} else named
