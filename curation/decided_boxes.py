"""Decided boxes: where a reviewer says a figure's panels are, and which words of the caption are a panel's."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from pipeline.decisions import Decision
from pipeline.replay import UNREADABLE, Replay
from pipeline.seen import seen_of_boxes, seen_of_spans
from schemas.licence import permits
from schemas.records import Box, Span

BOXES, SPANS = "boxes", "subcaption_spans"
_PLACE = re.compile(r"\d+(?:,\d+){3,}")
"""Keys of boxes without a label; a label that reads like one is no key."""


class Drawn(NamedTuple):
    """A box as it was drawn, with the key that its panel goes by."""

    key: str
    label: str | None
    box: Box


class _Box(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str | None = None
    label: str | None = None
    box: Box


_BOXES, _SPANS = TypeAdapter(list[_Box]), TypeAdapter(list[Span])
Figure = Mapping[str, Any]


def drawn_boxes(figure: Figure, size_px: tuple[int, int], replay: Replay, *, why_whole: str = "") -> list[Drawn] | None:
    """Return the boxes that were decided for a figure of this width and height; None where nobody did.

    `why_whole` says why it may not be split, if so; its licence may forbid it too.
    """
    said = replay.on(figure["id"], BOXES, lambda: seen_of_boxes(figure))
    if said is None:
        return None
    drawn, why = read_boxes(said.after, size_px, why_whole=why_whole or why_not_cut(figure))
    if why:
        replay.ignore(said, why)
    return None if why else drawn


def read_boxes(after: object, size_px: tuple[int, int], *, why_whole: str = "") -> tuple[list[Drawn], str]:
    """Return the boxes that somebody says a picture of this size has, and why they can't be; "" if they can.

    The review page refuses by it what the stage wouldn't carry out. `why_whole` says why there may be no part, if so.
    """
    try:
        drawn = _keyed(_BOXES.validate_python(after))
    except ValidationError:
        return [], UNREADABLE
    return drawn, _fault(drawn, size_px) or ("" if _is_whole(drawn, size_px) else why_whole)


def _is_whole(drawn: Sequence[Drawn], size_px: tuple[int, int]) -> bool:
    return [one.box for one in drawn] == [(0, 0, *size_px)]


def why_not_cut(figure: Figure) -> str:
    """Return why no part of a figure may be shared; "" where it may."""
    if figure["third_party"]:
        return "the figure is another owner's, so no part of it may be cut out"
    if not permits(figure["license"]).crop:
        return f"the licence lets no part be cut out: {figure['license'] or 'none is known'}"
    return ""


def _fault(drawn: Sequence[Drawn], size_px: tuple[int, int]) -> str:
    if not drawn:
        return "a figure has at least one panel"
    if any(left >= right or top >= bottom for left, top, right, bottom in (one.box for one in drawn)):
        return "a box has no area"
    if any(one.box[2] > size_px[0] or one.box[3] > size_px[1] for one in drawn):
        return "a box lies outside the picture"
    if len({one.key for one in drawn}) < len(drawn) or len({one.box for one in drawn}) < len(drawn):
        return "two boxes are one panel"
    return ""


def _keyed(boxes: Sequence[_Box]) -> list[Drawn]:
    """Give each new box the key that a panel found there would have: its label where that is unique, else the box.

    A panel that was moved away keeps the key of its old place, so that a new one there has a number after it.
    """
    kept = {one.key for one in boxes if one.key}
    labels = Counter(one.label for one in boxes if not one.key and one.label)
    return [Drawn(one.key or _new_key(one, labels, kept), one.label or None, one.box) for one in boxes]


def _new_key(one: _Box, labels: Counter[str], kept: set[str]) -> str:
    if one.label and labels[one.label] == 1 and one.label not in kept and not _PLACE.fullmatch(one.label):
        return one.label
    place = key_of_box(one.box)
    return next(key for number in count(1) if (key := place if number == 1 else f"{place},{number}") not in kept)


def key_of_box(box: Box) -> str:
    """Return the key of a panel that no label names."""
    return ",".join(map(str, box))


def decided_spans(
    figure: Figure, panel_id: str, label: str | None, box: Box, replay: Replay
) -> tuple[Span, ...] | None:
    """Return the spans of the caption that a reviewer says are a panel's; None where nobody did."""
    said = replay.on(panel_id, SPANS, lambda: seen_of_spans(figure, label, box))
    if said is None:
        return None
    spans = _spans(said, len(figure["caption"]))
    why = why_not_cut(figure) or (UNREADABLE if spans is None else "")
    if why:
        replay.ignore(said, why)
    return None if why else spans


def _spans(said: Decision, length: int) -> tuple[Span, ...] | None:
    """Return spans that are in order, within the caption and apart; None where they aren't."""
    try:
        spans = _SPANS.validate_python(said.after)
    except ValidationError:
        return None
    places = [0, *(at for span in spans for at in span), length]
    is_sound = places == sorted(places) and all(start < end for start, end in spans)
    return tuple(spans) if is_sound else None
